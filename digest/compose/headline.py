"""What the inbox shows of an edition: subject, preheader, and the counts under its title. Pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from functools import lru_cache

from digest.compose.lines import clip, isolate, width
from digest.press.words import Words

SUBJECT_WIDTH = 60
PREHEADER_WIDTH = 90
PREHEADER_LEAST = 35
#: how fast people read
WORDS_A_MINUTE = 200


def subject(list_title: str, titles: Sequence[str], words: Words) -> str:
    """ "List: first titles", at most 60 cells, cut at a word."""
    name = clean(list_title)
    if not titles:
        return clip(name, SUBJECT_WIDTH)
    # More titles than fit are never shown: joining them all would cost for nothing.
    shown = ", ".join(clean(title) for title in titles[:6])
    return clip(words.say("{name}: {words}", name=name, words=shown), SUBJECT_WIDTH)


def preheader(counts: str, titles: Sequence[str], words: Words, *, lead: str = "") -> str:
    """What follows the subject in an inbox: the counts, the titles after the first, and where that is
    little to show (mail D2), the first words of the first story."""
    rest = ", ".join(clean(title) for title in titles[1:6])
    shown = words.say("{name}: {words}", name=counts, words=rest) if rest else counts
    if lead and width(shown) < PREHEADER_LEAST:
        shown = words.say("{name}: {words}", name=shown, words=clean(lead))
    return clip(shown, PREHEADER_WIDTH)


def counts(stories: int, sources: int, words: Words) -> str:
    """ "12 stories from 5 sources"."""
    return f"{words.count('{n} story', stories)} {words.count('from {n} source', sources)}"


def masthead(counts: str, read: int, words: Words) -> str:
    """The counts, and how long reading takes: "12 stories from 5 sources, about 4 minutes"."""
    return f"{counts}, {words.count('about {n} minute', max(1, round(read / WORDS_A_MINUTE)))}"


@lru_cache(maxsize=4096)
def clean(text: str) -> str:
    """One line without control, format (bidirectional overrides) and private characters; set apart where it
    runs from right to left."""
    if text.isascii() and text.isprintable() and "  " not in text:
        return text.strip()
    # Joiners make letters and emoji of several characters; the others steer how lines are shown.
    kept = (
        char
        for char in text
        if unicodedata.category(char) not in ("Cf", "Co", "Cs", "Cn") or char in "\u200c\u200d"
    )
    line = "".join(char if unicodedata.category(char) != "Cc" else " " for char in kept)
    return isolate(" ".join(line.split(" ")).strip())
