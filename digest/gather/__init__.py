"""The gathering room: asks the sources, stores what is new, and closes the night's gathering.

Two doors: `gather` and `close`. They are loaded when first used: a reading process imports this package too,
and needs neither the network nor the store.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from digest.gather.asking import GatherReport, gather
    from digest.gather.closing import close

__all__ = ["GatherReport", "close", "gather"]

_HOMES = {
    "GatherReport": "digest.gather.asking",
    "gather": "digest.gather.asking",
    "close": "digest.gather.closing",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
