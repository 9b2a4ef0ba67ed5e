"""Lines of text as terminals show them: how wide, where wrapped, where cut. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

WIDTH = 72

#: Latin letters and the marks of French and English: one cell each
_NARROW = re.compile("[\x00-\u02ff\u2010-\u2027\u202f\u2039\u203a\u20ac]*")
_ADDRESS = re.compile(r"https?://|mailto:")


def width(text: str) -> int:
    """Cells of a terminal: East Asian wide characters take two, combining ones none."""
    if _NARROW.fullmatch(text):
        return len(text)
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1
        for char in text
    )


def clip(text: str, limit: int) -> str:
    """At most `limit` cells, cut at a word where that keeps half of it, with "…" in place of the rest."""
    if width(text) <= limit:
        return text
    end = limit - 1
    if not _NARROW.fullmatch(text[:limit]):
        end, room = 0, limit - 1
        while (room := room - width(text[end])) >= 0:
            end += 1
    cut = text[:end]
    # A word that ends just here is whole.
    if text[end : end + 1].isspace():
        return f"{cut.rstrip(' ,;:–—-')}…"
    at_word = cut.rpartition(" ")[0]
    return f"{(at_word if len(at_word) * 2 >= len(cut) else cut).rstrip(' ,;:–—-')}…"


@lru_cache(maxsize=2048)
def wrap(text: str) -> str:
    """The text on lines of at most 72 cells. Spaces that do not break stay; an address is never broken."""
    lines: list[str] = []
    line, used = "", 0
    for word in re.split(r"[ \t\r\n]+", text.strip()):
        for at, part in enumerate(_parts(word)):
            space = " " if line and at == 0 else ""
            if line and used + len(space) + width(part) > WIDTH:
                lines.append(line)
                line, used, space = "", 0, ""
            line += space + part
            used += len(space) + width(part)
    return "\n".join([*lines, line])


def _parts(word: str) -> Iterable[str]:
    """What may not be parted: a word that fits a line, an address; of others (CJK) each character."""
    return (word,) if width(word) <= WIDTH or _ADDRESS.match(word) else word
