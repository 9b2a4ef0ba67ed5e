"""The sites that are served."""

from __future__ import annotations

from tests.cli.sites import _demo_once, demo, empty

__all__ = ["_demo_once", "demo", "empty"]
