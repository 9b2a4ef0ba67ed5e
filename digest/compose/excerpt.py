"""The first words of a story, laid out as meant: sentences run on, what was listed stays a list. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from digest.compose.lines import clip, width

EXCERPT_WORDS = 40
#: scripts without spaces have few "words"; this many cells of width end any excerpt
EXCERPT_WIDTH = 320
#: more lines than this are a list of their own, not a taste of the story
EXCERPT_LINES = 5
BULLET = "• "

_ENDS = tuple('.!?…:;,»”")】。！？、')


def excerpt(text: str, *, words: int = EXCERPT_WORDS) -> str:
    """The first words of a text, with "…" where it goes on: one line, and one for each thing it lists."""
    lines: list[str] = []
    room, cells = words, EXCERPT_WIDTH
    for line in _lines(text):
        if not room or cells < 2 or len(lines) == EXCERPT_LINES:
            return _going_on(lines)
        kept = line.split(" ")
        short = " ".join(kept[:room])
        if width(short) > cells:
            return "\n".join([*lines, clip(short, cells)])
        if len(kept) > room:
            return _going_on([*lines, short])
        lines.append(short)
        room, cells = room - len(kept), cells - width(short)
    return "\n".join(lines)


def _lines(text: str) -> Iterator[str]:
    """Paragraphs as one running line; each item of a list as a line of its own."""
    running = ""
    for paragraph in text.split("\n"):
        line = " ".join(paragraph.split())
        if line.startswith("- "):
            if running:
                yield running
            running = ""
            yield BULLET + line[2:]
        elif line and running:
            # A heading or a short line runs into the next sentence, and would be read as part of it.
            running += f" {line}" if running.endswith(_ENDS) else f" — {line}"
        else:
            running += line
    if running:
        yield running


def _going_on(lines: list[str]) -> str:
    """The lines with "…" at the end of the last that says something."""
    while lines and not lines[-1].strip(" •"):
        lines = lines[:-1]
    return "\n".join([*lines[:-1], f"{lines[-1].rstrip(' ,;:.–—-…')}…"]) if lines else ""
