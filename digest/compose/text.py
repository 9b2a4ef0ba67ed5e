"""The text part: its own template, lines of at most 72 cells, addresses alone on their line, unbroken.

Knows nothing of HTML: what publishers wrote reaches it as plain text.
"""

from __future__ import annotations

from collections.abc import Mapping

from digest.compose.marks import Marks
from digest.model import Piece
from digest.press.templates import Press


def set_text(press: Press, values: Mapping[str, object], marks: Marks, *, room: int = 0) -> dict[str, Piece]:
    """The text part of every fragment, by name."""
    text = press.render("mail/issue.txt", {**values, "begin": marks.begin_text}, room=room)
    return dict(marks.fragments(text, first="head"))
