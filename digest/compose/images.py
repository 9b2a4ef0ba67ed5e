"""Pictures in a content: which are worth one of ours, and how ours are shown.

Reads the cleaned HTML of `gather`: what tracks readers has gone there. Fetches nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from html.parser import HTMLParser
from typing import NamedTuple

from digest.model import Picture

#: pixels. What a publisher shows smaller stands among words, and its alternative text does so better
LEAST_WIDTH, LEAST_HEIGHT = 100, 50
#: pixels of the one above an excerpt: half of the file's, so it is sharp where pixels are small
SMALL_WIDTH, SMALL_HEIGHT = 300, 220


class Image(NamedTuple):
    """A picture of a publisher's."""

    address: str
    #: "" where it says nothing
    alt: str


def images_of(html: str) -> tuple[Image, ...]:
    """The pictures of a content that may be shown as such, each once, in order."""
    if "<img" not in html:
        return ()
    reader = _Images()
    reader.feed(html)
    reader.close()
    return tuple(reader.found.values())


def is_for_words(given: Mapping[str, str]) -> bool:
    """Whether an image of these attributes says itself that it stands among words: a smiley, a badge."""
    sides = ((given.get("width", ""), LEAST_WIDTH), (given.get("height", ""), LEAST_HEIGHT))
    return any(said.isascii() and said.isdigit() and int(said) < least for said, least in sides)


def picture_html(picture: Picture, alt: str) -> str:
    """The picture as large as it is, or as its column."""
    return _html(picture, alt, picture.width, picture.height)


def small_html(picture: Picture, alt: str, link: str | None) -> str:
    """The picture above an excerpt, leading where the title does; without words, which would name that
    link, nowhere."""
    share = min(1.0, SMALL_WIDTH / picture.width, SMALL_HEIGHT / picture.height)
    shown = _html(picture, alt, max(1, round(picture.width * share)), max(1, round(picture.height * share)))
    return f'<a href="{escape(link)}">{shown}</a>' if link and alt else shown


def _html(picture: Picture, alt: str, width: int, height: int) -> str:
    said = {"src": picture.url, "alt": alt, "width": str(width), "height": str(height)}
    attributes = "".join(f' {name}="{escape(value)}"' for name, value in said.items())
    return f'<img class="picture"{attributes}>'


class _Images(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, Image] = {}
        #: how many tables are open: what stands in one is part of it
        self._tables = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._tables += tag == "table"
        if tag != "img" or self._tables:
            return
        given = {key: value or "" for key, value in attrs}
        address = given.get("src", "")
        if address.startswith(("https://", "http://")) and not is_for_words(given):
            alt = " ".join(given.get("alt", "").split())
            self.found.setdefault(address, Image(address=address, alt=alt))

    def handle_endtag(self, tag: str) -> None:
        self._tables -= tag == "table" and self._tables > 0
