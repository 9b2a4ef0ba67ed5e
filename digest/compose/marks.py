"""Marks in a rendered template: where fragments begin, where variables and tokens go.

Every mark carries the galley's nonce, which no content holds (asserted before anything is set), so
text that looks like a mark is text. Marks are taken out here; nothing later searches for a place.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from digest.compose.encode import encode
from digest.model import Piece, Slot
from digest.press.templates import Markup


@dataclass(frozen=True, slots=True)
class Marks:
    """The marks of one galley."""

    nonce: str

    def begin(self, name: str) -> Markup:
        """A fragment begins here, in HTML; it ends where the next one begins."""
        return Markup("<!--{}-->").format(self._mark("begin", name))

    def begin_text(self, name: str) -> str:
        return self._mark("begin", name)

    def variable(self, name: str) -> str:
        """What the cut fills in for each edition."""
        return self._mark("variable", name)

    def slot(self, name: str) -> str:
        """A token, spliced in for each reader."""
        return self._mark("slot", Slot(name))

    def fragments(self, text: str, *, first: str) -> Iterator[tuple[str, Piece]]:
        """The encoded fragments, in order. One with variables is several: `first/0`, `first/1/<variable>`…,
        each holding what follows its variable."""
        # The template's newline after a mark belongs to the mark, not to the fragment.
        begin = re.compile(rf"(?:<!--{self.nonce}:begin:([^;]+);-->|{self.nonce}:begin:([^;]+);)\n?")
        found = begin.split(text)
        names = [first, *(html or plain for html, plain in zip(found[1::3], found[2::3], strict=True))]
        for name, body in zip(names, found[0::3], strict=True):
            yield from self._pieces(name, body)

    def _pieces(self, name: str, body: str) -> Iterator[tuple[str, Piece]]:
        runs = re.split(rf"{self.nonce}:variable:([^;]+);", body)
        if len(runs) == 1:
            yield name, self._encoded(body)
            return
        yield f"{name}/0", self._encoded(runs[0])
        for number, (variable, run) in enumerate(zip(runs[1::2], runs[2::2], strict=True), start=1):
            yield f"{name}/{number}/{variable}", self._encoded(run)

    def _encoded(self, run: str) -> Piece:
        parts = re.split(rf"{self.nonce}:slot:([^;]+);", run)
        return encode(Slot(part) if at % 2 else part for at, part in enumerate(parts) if at % 2 or part)

    def _mark(self, kind: str, name: str) -> str:
        return f"{self.nonce}:{kind}:{name};"
