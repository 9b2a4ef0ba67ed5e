"""The pages of stories: all of them and each topic's, the newest first, so many to a page."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from digest.model import Shown
from digest.planet import places
from digest.planet.desk import Desk
from digest.planet.folder import File
from digest.planet.views import topic_titles
from digest.press.words import Words


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page of stories."""

    #: None: of all stories
    topic: str | None
    number: int
    total: int
    lines: Sequence[Shown]


def pages(desk: Desk) -> Iterator[Page]:
    """Everything first, then each topic; one without stories has a page that says so."""
    for topic in (None, *(each.slug for each in desk.settings.topics)):
        lines = lines_of(desk, topic)
        total = max(1, -(-len(lines) // desk.per_page))
        for number in range(1, total + 1):
            begin = (number - 1) * desk.per_page
            shown = lines[begin : begin + desk.per_page]
            yield Page(topic=topic, number=number, total=total, lines=shown)


def lines_of(desk: Desk, topic: str | None) -> Sequence[Shown]:
    return desk.lines if topic is None else [line for line in desk.lines if topic in line.topics]


def files(desk: Desk) -> Iterator[File]:
    for page in pages(desk):
        path = places.page(page.topic, page.number, desk.format)
        yield File(path=path, content=partial(_content, desk, page, path))


def _content(desk: Desk, page: Page, path: str) -> bytes:
    words = desk.viewer().words
    titles = topic_titles(desk.settings, words)

    def there(number: int) -> str | None:
        if not 1 <= number <= page.total:
            return None
        return places.between(path, places.page(page.topic, number, desk.format))

    name = titles[page.topic] if page.topic else ""
    where = words.say("Page {number} of {total}", number=page.number, total=page.total)
    values = {
        "page": page,
        "name": name,
        "title": " · ".join(
            part for part in (name, where if page.number > 1 else "", desk.settings.site.title) if part
        ),
        "where": where,
        "stories": desk.stories(page.lines),
        "newer": there(page.number - 1),
        "older": there(page.number + 1),
        "sources": desk.source_views(),
        # What changes with every night stands on the front page alone: the others stay as they are.
        "is_front": page.topic is None and page.number == 1,
    }
    return set_page(desk, "stories", path, values, words=words, topic=page.topic)


def set_page(
    desk: Desk,
    template: str,
    path: str,
    values: Mapping[str, object],
    *,
    words: Words,
    topic: str | None = None,
) -> bytes:
    """A page of ours from `planet/<template>` in the format of the desk."""
    titles = topic_titles(desk.settings, words)
    to: Callable[[str], str] = partial(places.between, path)
    frame = {
        "site": desk.settings.site,
        "language": words.language,
        "say": words.say,
        "count": words.count,
        "canonical": places.public(desk.url, path),
        "here": path,
        "is_front": False,
        "home": to(places.page(None, 1, desk.format)),
        "issues": to(places.issues(desk.format)),
        "topics": [(title, slug, to(places.page(slug, 1, desk.format))) for slug, title in titles.items()],
        "style": to(places.STYLE),
        "opml": to(places.OPML),
        "feeds": [
            (kind, title, to(places.feed(slug, kind)))
            for slug, title in (
                (None, desk.settings.site.title),
                *(((topic, titles[topic]),) if topic else ()),
            )
            for kind in ("atom", "rss")
        ],
    }
    name = f"planet/{template}{places.SUFFIX[desk.format]}"
    return desk.press.render(name, {**frame, **values}).encode("utf-8")
