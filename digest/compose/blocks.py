"""A whole content for the text part: paragraphs and items to wrap, code to leave alone. Pure.

Reads the cleaned HTML, because plain text has forgotten what was code.
"""

from __future__ import annotations

from dataclasses import dataclass
from html.parser import HTMLParser

from digest.compose.lines import wrap

#: how far code is set in: what tells it from words
INDENT = "    "

_BLOCKS = frozenset(
    "p div h1 h2 h3 h4 h5 h6 ul ol li dl dt dd table caption tr pre blockquote figure figcaption hr".split()
)
_CELLS = frozenset(("td", "th"))


@dataclass(frozen=True, slots=True)
class Block:
    """One block of text: words to wrap, or code as it was written."""

    text: str
    code: bool = False
    #: stands before the first line; the others are set in as far
    bullet: str = ""

    def __str__(self) -> str:
        if self.code:
            return "\n".join((INDENT + line).rstrip() for line in self.text.split("\n"))
        return wrap(self.text, hang=self.bullet)


def set_blocks(html: str) -> str:
    """What a content says, in lines: a blank one between blocks, none between the items of a list. Images
    are their alternative text."""
    found = blocks(html)
    text = ""
    for before, block in zip((None, *found), found, strict=False):
        if before is not None:
            text += "\n" if before.bullet and block.bullet else "\n\n"
        text += str(block)
    return text


def blocks(html: str) -> tuple[Block, ...]:
    """The same, block by block."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    reader.end()
    return tuple(reader.found)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[Block] = []
        self._words: list[str] = []
        self._pre = 0
        #: of each open list the number its next item has; None: its items are not numbered
        self._lists: list[int | None] = []
        self._bullet = ""

    def end(self) -> None:
        """What was read so far is a block."""
        text = "".join(self._words)
        self._words.clear()
        if self._pre:
            text = text.strip("\n")
            if text.strip():
                self.found.append(Block(text.expandtabs(4), code=True))
            return
        text = " ".join(text.split(" ")).strip()
        text = "\n".join(line for part in text.split("\n") if (line := " ".join(part.split(" ")).strip()))
        if text:
            self.found.append(Block(text, bullet=self._bullet))
            self._bullet = " " * len(self._bullet) if self._lists else ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _BLOCKS:
            self.end()
        if tag == "pre":
            self._pre += 1
        elif tag in _CELLS and "".join(self._words).strip():
            self._words.append(" | ")
        elif tag in ("ul", "ol"):
            self._lists.append(1 if tag == "ol" else None)
        elif tag == "li":
            self._item()
        elif tag == "br":
            self._words.append("\n")
        elif tag == "img":
            self._words.append(" ".join((dict(attrs).get("alt") or "").split()))

    def handle_endtag(self, tag: str) -> None:
        if tag in _BLOCKS:
            self.end()
        if tag == "pre":
            self._pre = max(0, self._pre - 1)
        elif tag in ("ul", "ol") and self._lists:
            self._lists.pop()
        if tag == "li" or not self._lists:
            self._bullet = ""

    def handle_data(self, data: str) -> None:
        self._words.append(data if self._pre else " ".join(data.replace("\n", " ").split(" ")))

    def _item(self) -> None:
        depth = "  " * max(0, len(self._lists) - 1)
        number = self._lists[-1] if self._lists else None
        if number is None:
            self._bullet = f"{depth}- "
        else:
            self._bullet = f"{depth}{number}. "
            self._lists[-1] = number + 1
