"""The browser that golden issues are shown in."""

from __future__ import annotations

from tests.browser import chromium

__all__ = ["chromium"]
