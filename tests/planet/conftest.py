"""One browser for all of a run's pages."""

from __future__ import annotations

from tests.browser import chromium

__all__ = ["chromium"]
