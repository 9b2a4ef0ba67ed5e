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
#: kana, hanzi and hangul
_WIDE = re.compile("[\u3000-\u9fff\uac00-\ud7ff\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff]")
#: letters of right-to-left scripts: Hebrew, Arabic, Syriac, Thaana, N'Ko and their presentation forms
_RIGHT_TO_LEFT = re.compile(
    "[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff\U00010800-\U00010fff\U0001e800-\U0001efff]"
)
#: first strong isolate, and its end (UAX 9): what is between does not turn its neighbours round
ISOLATE, ISOLATED = "\u2068", "\u2069"
_UNSEEN = frozenset((ISOLATE, ISOLATED))


def width(text: str) -> int:
    """Cells of a terminal: East Asian wide characters take two, combining ones none."""
    if _NARROW.fullmatch(text):
        return len(text)
    return sum(
        0
        if unicodedata.combining(char) or char in _UNSEEN
        else 2
        if unicodedata.east_asian_width(char) in "WF"
        else 1
        for char in text
    )


def reading_words(text: str) -> int:
    """How much there is to read, in words; of scripts without spaces five characters count as two."""
    if _NARROW.fullmatch(text):
        return len(text.split())
    wide = sum(unicodedata.east_asian_width(char) in "WF" for char in text)
    return len(_WIDE.sub(" ", text).split()) + wide * 2 // 5


def isolate(text: str) -> str:
    """A name or title set apart, where its letters run from right to left and our words do not (mail E28)."""
    return f"{ISOLATE}{text}{ISOLATED}" if _RIGHT_TO_LEFT.search(text) else text


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
    if not text[end : end + 1].isspace():
        at_word = cut.rpartition(" ")[0]
        cut = at_word if len(at_word) * 2 >= len(cut) else cut
    return _closed(f"{cut.rstrip(' ,;:–—-')}…")


def _closed(text: str) -> str:
    """An isolate that was cut off ends here."""
    return text + ISOLATED * (text.count(ISOLATE) - text.count(ISOLATED))


@lru_cache(maxsize=2048)
def wrap(text: str, *, hang: str = "") -> str:
    """The text on lines of at most 72 cells. Spaces that do not break stay; an address is never broken.

    `hang` stands before the first line, and as many blanks before the others."""
    lines: list[str] = []
    for given in text.strip().split("\n"):
        lines += _wrapped(given, WIDTH - len(hang))
    return hang + f"\n{' ' * len(hang)}".join(lines)


def _wrapped(text: str, room: int) -> list[str]:
    lines: list[str] = []
    line, used = "", 0
    for word in re.split(r"[ \t\r]+", text.strip(" \t\r")):
        for at, part in enumerate(_parts(word, room)):
            space = " " if line and at == 0 else ""
            if line and used + len(space) + width(part) > room:
                lines.append(line)
                line, used, space = "", 0, ""
            line += space + part
            used += len(space) + width(part)
    return [*lines, line]


def _parts(word: str, room: int) -> Iterable[str]:
    """What may not be parted: a word that fits a line, an address; of others (CJK) each character."""
    return (word,) if width(word) <= room or _ADDRESS.match(word) else word
