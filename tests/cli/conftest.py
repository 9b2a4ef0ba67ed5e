"""The sites that commands run in."""

from __future__ import annotations

from tests.cli.sites import _demo_once, demo, empty

__all__ = ["_demo_once", "demo", "empty"]
