"""A planet built from a house of `tests.night.house`, and its files as their readers see them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from lxml import html

from digest.planet import Folder, Published, build
from tests.night.house import NIGHT, House

PLANET = {"dir": "public", "per_page": 3}


@dataclass(frozen=True, slots=True)
class Story:
    """A story as a page shows it."""

    heading: str
    link: str | None
    published: str
    text: str
    lang: str


def gathered(root: Path, *, at: datetime = NIGHT, **tables: object) -> House:
    """A house with a blog of seven entries, not built yet."""
    house = House(root, planet=PLANET, **tables)
    house.publish("blog", *(f"n{number}" for number in range(7, 0, -1)))
    house.night(at)
    return house


def built(
    house: House,
    *,
    at: datetime = NIGHT,
    to: str = "public",
    format: Literal["html", "text"] = "html",
    force: bool = False,
) -> Published:
    with house.tonight(at) as one:
        folder = Folder(house.root / to, force=force)
        return build(one.store, one.settings, folder, base=house.root, format=format)


def document(house: House, path: str = "index.html") -> html.HtmlElement:
    return html.document_fromstring((house.root / "public" / path).read_bytes())


def stories(house: House, path: str = "index.html") -> list[Story]:
    return [_story(article) for article in document(house, path).iter("article")]


def headings(house: House, path: str = "index.html") -> list[str]:
    return [story.heading for story in stories(house, path)]


def files(folder: Path) -> set[str]:
    """What anybody can see there."""
    names = (path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    return {name for name in names if not name.startswith(".")}


def links(house: House, path: str) -> Iterator[str]:
    """Everything a page points to."""
    for _, _, link, _ in document(house, path).iterlinks():
        yield link


def _story(article: html.HtmlElement) -> Story:
    (heading,) = article.find_class("title")
    anchors = heading.findall(".//a")
    (time,) = article.iter("time")
    return Story(
        heading=_plain(heading),
        link=anchors[0].get("href") if anchors else None,
        published=_plain(time),
        text=_plain(article),
        lang=str(article.get("lang")),
    )


def _plain(element: html.HtmlElement) -> str:
    return " ".join(element.text_content().split())
