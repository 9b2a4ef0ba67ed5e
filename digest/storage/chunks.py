"""Long writes in pieces, so that the web process gets its turn (design §4)."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

#: rows in a transaction of a long write: some 50 ms of the lock
CHUNK = 5_000
#: seconds outside the lock between two of them: a waiting writer asks again within that
BREATH = 0.001

_T = TypeVar("_T")


def chunked(values: Iterable[_T], size: int = CHUNK) -> Iterator[list[_T]]:
    """In lists of `size`; of an iterable of any length only one is held."""
    rest = iter(values)
    while chunk := list(islice(rest, size)):
        yield chunk


def breathe(done: int, size: int) -> None:
    """Let others write, when a whole chunk was done and more may follow."""
    if done >= size:
        time.sleep(BREATH)
