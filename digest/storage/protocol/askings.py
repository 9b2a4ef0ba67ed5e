"""Askings: the protocol is `subscribers`', named here beside the other shelves'."""

from __future__ import annotations

from subscribers.asking import Asking, Askings

__all__ = ["Asking", "Askings"]
