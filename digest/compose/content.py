"""A story's own words, made fit for a mail: an excerpt, or the whole content.

Takes the cleaned HTML of `gather` and never cleans again. Here images become words (never hot-linked:
they would track our readers), headings go below the story's own, and tables say what they are for.
"""

from __future__ import annotations

import re
from html import escape
from html.parser import HTMLParser

from digest.compose.lines import clip, width
from digest.press.words import Words

EXCERPT_WORDS = 60
#: scripts without spaces have few "words"; this many cells of width end any excerpt
EXCERPT_WIDTH = 480

_HEADING = re.compile(r"h[1-6]")
_VOID = frozenset({"br", "hr", "wbr", "img", "col"})


def excerpt(text: str, *, words: int = EXCERPT_WORDS) -> str:
    """The first words of a text on one line, with "…" where it goes on."""
    all_words = text.split()
    kept = all_words[:words]
    short = " ".join(kept)
    if width(short) > EXCERPT_WIDTH:
        short = clip(short, EXCERPT_WIDTH)
    elif len(all_words) > words:
        short = f"{short.rstrip(' ,;:.–—-')}…"
    return short


def body_html(html: str, *, level: int, link: str | None, words: Words) -> str:
    """The content for a story whose own heading has `level`."""
    reader = _Body(level=level, link=link, words=words, levels=_levels(html, level))
    reader.feed(html)
    reader.close()
    return reader.text()


def links_of(html: str) -> tuple[str, ...]:
    """The addresses that a content links to, each once, in order: the text part lists them (mail T1)."""
    reader = _Links()
    reader.feed(html)
    reader.close()
    return tuple(dict.fromkeys(reader.found))


def _levels(html: str, level: int) -> dict[str, int]:
    """Each heading used, brought below `level` without skips, and no deeper than h6."""
    used = sorted(set(re.findall(r"<(h[1-6])[\s>]", html)))
    return {name: min(6, level + 1 + rank) for rank, name in enumerate(used)}


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        href = dict(attrs).get("href")
        if tag == "a" and href:
            self.found.append(href)


class _Body(HTMLParser):
    """Writes the same HTML again, balanced, with the changes this module is for."""

    def __init__(self, *, level: int, link: str | None, words: Words, levels: dict[str, int]) -> None:
        super().__init__(convert_charrefs=True)
        self._words = words
        self._link = link
        self._levels = levels
        #: level of the heading before: the next may go one deeper, not two
        self._before = level
        self._out: list[str] = []
        #: open elements: their name in, and their name out
        self._open: list[tuple[str, str]] = []
        #: open tables: where each began in `_out`, and whether it has a header cell
        self._tables: list[tuple[int, bool]] = []

    def text(self) -> str:
        # What was left open must not swallow the layout after it.
        while self._open:
            self._end_last()
        return "".join(self._out)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "img":
            self._image(dict(attrs).get("alt") or "")
            return
        if tag == "table":
            self._tables.append((len(self._out), False))
        elif tag == "th" and self._tables:
            self._tables[-1] = (self._tables[-1][0], True)
        name = self._renamed(tag)
        if tag not in _VOID:
            self._open.append((tag, name))
        given = "".join(f' {key}="{escape(value or "")}"' for key, value in attrs)
        self._out.append(f"<{name}{given}>")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in (given for given, _ in self._open):
            return
        while self._end_last() != tag:
            pass

    def handle_data(self, data: str) -> None:
        self._out.append(escape(data, quote=False))

    def _end_last(self) -> str:
        tag, name = self._open.pop()
        self._out.append(f"</{name}>")
        if tag == "table":
            at, has_header = self._tables.pop()
            if not has_header:
                self._out[at] = self._out[at].replace("<table", '<table role="presentation"', 1)
        return tag

    def _renamed(self, tag: str) -> str:
        if not _HEADING.fullmatch(tag):
            return tag
        self._before = min(self._levels.get(tag, 6), self._before + 1)
        return f"h{self._before}"

    def _image(self, alt: str) -> None:
        alt = " ".join(alt.split())
        if not alt:
            return
        shown = escape(self._words.say("[image: {alt}]", alt=alt), quote=False)
        # Inside a link it is that link's text already.
        linked = self._link and not any(tag == "a" for tag, _ in self._open)
        self._out.append(f'<a href="{escape(self._link or "")}">{shown}</a>' if linked else shown)
