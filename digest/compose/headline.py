"""What the inbox shows of an edition: subject, preheader, and the counts under its title. Pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from digest.compose.lines import clip
from digest.press.words import Words

SUBJECT_WIDTH = 60
PREHEADER_WIDTH = 90


def subject(list_title: str, titles: Sequence[str], words: Words) -> str:
    """ "List: first titles", at most 60 cells, cut at a word."""
    name = clean(list_title)
    if not titles:
        return clip(name, SUBJECT_WIDTH)
    # More titles than fit are never shown: joining them all would cost for nothing.
    shown = ", ".join(clean(title) for title in titles[:6])
    return clip(words.say("{name}: {words}", name=name, words=shown), SUBJECT_WIDTH)


def preheader(counts: str, titles: Sequence[str], words: Words) -> str:
    """What follows the subject in an inbox: the counts, and the titles after the first."""
    rest = ", ".join(clean(title) for title in titles[1:6])
    return clip(words.say("{name}: {words}", name=counts, words=rest) if rest else counts, PREHEADER_WIDTH)


def counts(stories: int, sources: int, words: Words) -> str:
    """ "12 stories from 5 sources"."""
    return f"{words.count('{n} story', stories)} {words.count('from {n} source', sources)}"


def clean(text: str) -> str:
    """One line without control, format (bidirectional overrides) and private characters."""
    if text.isascii() and text.isprintable() and "  " not in text:
        return text.strip()
    # Joiners make letters and emoji of several characters; the others steer how lines are shown.
    kept = (
        char
        for char in text
        if unicodedata.category(char) not in ("Cf", "Co", "Cs", "Cn") or char in "\u200c\u200d"
    )
    return " ".join(
        "".join(char if unicodedata.category(char) != "Cc" else " " for char in kept).split(" ")
    ).strip()
