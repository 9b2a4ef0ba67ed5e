"""A story's own content, made fit for a mail.

Takes the cleaned HTML of `gather` and never cleans again. Here images become words or our own copies
(never hot-linked: they would track our readers), headings go below the story's own, tables say what they
are for, code and quotes get room without padding, and places that links lead to get the story's prefix.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from html import escape
from html.parser import HTMLParser
from types import MappingProxyType

from digest.compose.images import is_for_words, picture_html
from digest.model import Picture
from digest.press.words import Words

_HEADING = re.compile(r"h[1-6]")
#: a header that says nothing is announced for each cell below it
_EMPTY_HEADER = re.compile(r"<th((?: [^<>]*)?)>\s*</th>")
_VOID = frozenset({"br", "hr", "wbr", "img", "col"})
#: mail clients lose what lies deeper (mail E12); ours stand two deep around a content
MAX_TABLES = 5
_TABLE = frozenset({"table", "caption", "thead", "tbody", "tfoot", "tr", "td", "th"})
#: an anchor may not stand inside these
_OUTSIDE = frozenset({"ul", "ol", "dl", "table", "a"})
_NOWHERE = frozenset({"thead", "tbody", "tfoot", "tr"})
#: what stands around an element, so that no padding is needed on it (mail E10)
_AROUND = {
    "pre": ('<table role="presentation" class="code" width="100%"><tr><td>', "</td></tr></table>"),
}
#: no pictures
_NONE: Mapping[str, Picture] = MappingProxyType({})
_WITHIN = {"blockquote": ('<div class="quoted">', "</div>")}


def body_html(
    html: str,
    *,
    level: int,
    link: str | None,
    words: Words,
    prefix: str = "",
    pictures: Mapping[str, Picture] = _NONE,
) -> str:
    """The content for a story whose own heading has `level`; places in it are named after `prefix`. Of
    images those in `pictures` are shown, the others said."""
    reader = _Body(
        level=level, link=link, words=words, levels=_levels(html, level), prefix=prefix, pictures=pictures
    )
    reader.feed(html)
    reader.close()
    return _EMPTY_HEADER.sub(r"<td\1></td>", reader.text())


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
        if tag == "a" and href and not href.startswith("#"):
            self.found.append(href)


class _Body(HTMLParser):
    """Writes the same HTML again, balanced, with the changes this module is for."""

    def __init__(
        self,
        *,
        level: int,
        link: str | None,
        words: Words,
        levels: dict[str, int],
        prefix: str,
        pictures: Mapping[str, Picture],
    ) -> None:
        super().__init__(convert_charrefs=True)
        self._prefix = prefix
        self._pictures = pictures
        self._words = words
        self._link = link
        self._levels = levels
        #: where an open link leads that holds no word yet: a picture without alternative text
        self._wordless = ""
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
        given = {key: value or "" for key, value in attrs}
        place = given.pop("id", "")
        if tag == "img":
            self._anchor(place)
            self._image(given)
            return
        if tag in _OUTSIDE:
            self._anchor(place)
        name = self._renamed(tag)
        if tag == "table":
            self._tables.append((len(self._out) + 1, False))
        elif tag == "th" and self._tables:
            self._tables[-1] = (self._tables[-1][0], True)
        if tag == "a":
            self._wordless = given.get("href", "")
        if given.get("href", "").startswith("#"):
            given["href"] = f"#{self._prefix}{given['href'][1:]}"
        if tag not in _VOID:
            self._open.append((tag, name))
        around, within = _AROUND.get(tag, ("", ""))[0], _WITHIN.get(tag, ("", ""))[0]
        self._out += [around, f"<{name}{''.join(_attributes(given, name, tag))}>", within]
        if tag not in _OUTSIDE | _NOWHERE | _VOID:
            self._anchor(place)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in (given for given, _ in self._open):
            return
        while self._end_last() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if data.strip():
            self._wordless = ""
        self._out.append(escape(data, quote=False))

    def _end_last(self) -> str:
        tag, name = self._open.pop()
        if tag == "a" and self._wordless:
            self.handle_data(_file_of(self._wordless))
        around, within = _AROUND.get(tag, ("", ""))[1], _WITHIN.get(tag, ("", ""))[1]
        self._out.append(f"{within}</{name}>{around}")
        if tag == "table":
            at, has_header = self._tables.pop()
            if not has_header:
                self._out[at] = self._out[at].replace("<table", '<table role="presentation"', 1)
        return tag

    def _renamed(self, tag: str) -> str:
        if tag in _TABLE and len(self._tables) - (tag != "table") >= MAX_TABLES:
            return "div"
        if not _HEADING.fullmatch(tag):
            return tag
        self._before = min(self._levels.get(tag, 6), self._before + 1)
        return f"h{self._before}"

    def _anchor(self, place: str) -> None:
        # Gmail, Outlook and Yahoo go to a `name`, not to an `id` (mail E27).
        if place:
            self._out.append(f'<a name="{escape(self._prefix + place)}"></a>')

    def _image(self, given: Mapping[str, str]) -> None:
        alt = " ".join(given.get("alt", "").split())
        # In a cell it would be as wide as it is, and push the others out of the window.
        picture = None if self._tables or is_for_words(given) else self._pictures.get(given.get("src", ""))
        if picture is not None:
            # A link that holds nothing else is named by it.
            alt = alt or (_file_of(self._wordless) if self._wordless else "")
            shown = picture_html(picture, alt)
        elif alt:
            shown = escape(self._words.say("[image: {alt}]", alt=alt), quote=False)
        else:
            return
        if alt:
            self._wordless = ""
        # Inside a link it is that link's text already; without words it would be a link without a name.
        linked = alt and self._link and not any(tag == "a" for tag, _ in self._open)
        self._out.append(f'<a href="{escape(self._link or "")}">{shown}</a>' if linked else shown)


def _file_of(address: str) -> str:
    """The last name in an address: what a link is called that has no other name."""
    path = re.split(r"[?#]", address)[0]
    return path.rstrip("/").rpartition("/")[2][:60] or address[:60]


def _attributes(given: dict[str, str], name: str, tag: str) -> Iterator[str]:
    """An element that had to become another keeps what is true of any: its language and direction."""
    for key, value in given.items():
        if name == tag or tag not in _TABLE or key in ("lang", "dir"):
            yield f' {key}="{escape(value)}"'
