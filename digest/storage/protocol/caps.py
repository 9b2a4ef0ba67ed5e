"""Caps: the protocol is `subscribers`', named here beside the other shelves'."""

from __future__ import annotations

from subscribers.caps import Cap, Caps

__all__ = ["Cap", "Caps"]
