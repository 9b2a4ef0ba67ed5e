"""An edition written down: names of fragments, and the few parts that are its own. Only compose reads it.

A JSON list. A string is a fragment, for both parts; a pair is an own piece, already encoded, for the
HTML part and for the text part.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache

from digest.errors import StorageError
from digest.model import Fragment, Piece

Step = str | tuple[str, str]


def write(steps: Iterable[Step]) -> bytes:
    return json.dumps(list(steps), separators=(",", ":"), ensure_ascii=True).encode()


def pieces(recipe: bytes, fragments: Mapping[str, Fragment]) -> Iterator[tuple[Piece, Piece]]:
    """The (HTML, text) pieces of an edition, in order. Raises StorageError when a fragment is gone."""
    for step in json.loads(recipe):
        if isinstance(step, str):
            found = fragments.get(step)
            if found is None:
                raise StorageError(f"The fragment {step!r} of this edition is gone: its issue is closed.")
            yield found.html, found.text
        else:
            html, text = step
            yield _own(html), _own(text)


@lru_cache(maxsize=4096)
def _own(data: str) -> Piece:
    """Most are alike from edition to edition: "", a count, a period."""
    return Piece(data=data.encode())
