"""Comparing words as people do: any case, any accent, whole words. Pure.

What topics, keep and drop lists and duplicate titles are compared with: one answer in every room.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

#: letters that no Unicode decomposition takes apart, after casefolding ("ß" is "ss" by then)
_LETTERS = str.maketrans({"æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i"})
#: a run of letters and digits; "+" and "#" stay on the word they end, else "c++" and "c#" would be "c"
_WORD = re.compile(r"[^\W_]+(?:[+#]+(?!\w))?")


def fold(text: str) -> str:
    """The text without case, accents and punctuation: its words, parted by single spaces.

    Apostrophes and hyphens part words: "L'Été à Saint-Malo" is "l ete a saint malo".
    """
    if text.isascii():
        return " ".join(_WORD.findall(text.lower()))
    apart = unicodedata.normalize("NFKD", text.casefold()).casefold()
    bare = "".join(letter for letter in apart if not unicodedata.combining(letter))
    return " ".join(_WORD.findall(bare.translate(_LETTERS)))


def has_word(folded: str, word: str) -> bool:
    """Whether `word`, or a phrase of several, stands in a text that `fold` gave, as whole words."""
    wanted = _folded(word)
    return bool(wanted) and f" {wanted} " in f" {folded} "


@lru_cache(maxsize=4096)
def _folded(word: str) -> str:
    return fold(word)
