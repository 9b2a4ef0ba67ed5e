"""What the galley is set from, as plain values: the site, the list, the issue, names and headings.

Knows how `group_by` becomes heading levels, so that galley and cut agree on which forms exist.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Literal, NamedTuple
from zoneinfo import ZoneInfo

from digest.compose.lines import isolate
from digest.model import Issue, NewIssue, Note, Picture, Source, SourceId, Story, StoryId
from digest.press.words import Words
from digest.settings.addresses import issue_url
from digest.settings.schema import ListSettings, Settings, in_language
from subscribers.model import Cadence

#: the forms each story is set in
FORMS = ("full", "brief", "title")
#: one line where a pinned story would have stood: it is at the top
BACK = "back"
#: what stands for the topic "" (Others) in the name of a fragment; no slug looks like it
OTHERS = "~"

Kind = Literal["topic", "source"]
#: the fragments around a list of stories in brief
BRIEF_OPEN, BRIEF_CLOSE = "brief/open", "brief/close"
#: the heading over the pinned stories
PINS_HEADING = "pins/top/2"
#: pinned stories stand under a heading of their own, straight below the issue's
PINS = 3
Show = Literal["full", "summary", "title"]


class Place(NamedTuple):
    """Where a story stands: the level of its heading, and whether a heading already names its source."""

    level: int
    under_source: bool

    def __str__(self) -> str:
        return f"{'under' if self.under_source else 'line'}{self.level}"


#: where pinned stories stand
TOP = Place(3, under_source=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceName:
    """A source as it is named to readers."""

    slug: str
    title: str
    #: http(s), or None
    site_url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """Everything of an issue that is not a story."""

    site_title: str
    #: every link of ours starts here; without a trailing "/"
    site_url: str
    contact: str
    postal_address: str
    zone: ZoneInfo
    list_slug: str
    list_title: str
    show: Show
    group_by: tuple[Kind, ...]
    #: None: an extra
    number: int | None
    night: date
    #: "fr" or "en": what the mail itself is in
    language: str
    sources: Mapping[SourceId, SourceName]
    #: topic slug -> title in `language`
    topics: Mapping[str, str] = field(default_factory=dict)
    #: the list's own; readers may have chosen another
    cadence: Cadence = Cadence.WEEKLY
    #: how many sources the list follows
    followed: int = 0
    #: the issue's page, where there is a planet to show it
    web_url: str | None = None
    #: what the editor says above the issue
    note: Note | None = None
    #: stories the editor wants at the top, in their order
    pins: tuple[StoryId, ...] = ()
    #: our copies of what stories show, by their publishers' addresses; the others are words
    pictures: Mapping[str, Picture] = field(default_factory=dict)
    #: the site's own folder of templates, whose catalogue of texts comes before ours
    templates: Path | None = None

    @property
    def words(self) -> Words:
        return Words(self.language, self.zone, self.templates)

    @property
    def issue_name(self) -> str:
        """ "No. 12", or what an extra is called."""
        words = self.words
        return (
            words.say("Extra issue") if self.number is None else words.say("No. {number}", number=self.number)
        )

    def chains(self) -> tuple[tuple[Kind, ...], ...]:
        """The headings a story may stand under, outermost first, as `sort.sections` arranges them: ungrouped
        stories come as Others, and grouping by topics falls to sources where there are no topics."""
        whole: tuple[Kind, ...] = self.group_by or ("topic",)
        found = {whole[:depth] for depth in range(1, len(whole) + 1)}
        if "topic" in self.group_by:
            found.add(("source",))
        return tuple(sorted(found))

    def places(self) -> tuple[Place, ...]:
        """Where stories may stand."""
        return tuple(sorted({Place(len(chain) + 2, "source" in chain) for chain in self.chains()}))

    def headings(self, kind: Kind) -> tuple[int, ...]:
        """The levels at which headings of a kind may stand."""
        return tuple(sorted({len(chain) + 1 for chain in self.chains() if chain[-1] == kind}))


def paper_of(
    settings: Settings,
    list_: ListSettings,
    issue: Issue | NewIssue,
    language: str,
    sources: Iterable[Source],
    *,
    note: Note | None = None,
    pins: Iterable[StoryId] = (),
    pictures: Mapping[str, Picture] | None = None,
    templates: Path | None = None,
) -> Paper:
    """The paper of one issue in one language. Of `pins` the first three stand at the top."""
    sources = tuple(sources)
    return Paper(
        site_title=settings.site.title,
        site_url=settings.site.url.rstrip("/"),
        contact=settings.site.contact,
        postal_address=settings.site.postal_address,
        zone=settings.site.zone,
        list_slug=list_.slug,
        list_title=list_.title,
        show=list_.show,
        group_by=list_.group_by,
        number=issue.number,
        night=issue.night,
        language=language,
        sources={source.id: source_name(source, settings) for source in sources},
        topics={topic.slug: in_language(topic.title, language) for topic in settings.topics},
        cadence=list_.cadence,
        followed=sum(
            source.retired_at is None and ("*" in list_.sources or source.slug in list_.sources)
            for source in sources
        ),
        web_url=issue_url(settings, list_.slug, issue),
        note=note,
        pins=tuple(pins)[:PINS],
        pictures=pictures or {},
        templates=templates,
    )


def source_name(source: Source, settings: Settings) -> SourceName:
    """The name digest.toml gives a source, else its feed's, else its slug."""
    configured = settings.source(source.slug)
    title = (configured.title if configured else None) or source.title or source.slug
    site = source.site_url if (source.site_url or "").startswith(("https://", "http://")) else None
    return SourceName(slug=source.slug, title=isolate(title), site_url=site)


def place_names(story: Story, paper: Paper) -> tuple[Place, ...]:
    """Where this story may stand. One of several sources may come under another one's heading: then it
    carries its own on its line."""
    several = len({entry.source_id for entry in story.entries}) > 1
    lines = {Place(place.level, under_source=False) for place in paper.places()} if several else set()
    top = {TOP} if story.id in paper.pins else set()
    return tuple(sorted({*paper.places(), *lines, *top}))


def story_name(story: int, form: str, place: Place) -> str:
    return f"story/{story}/{form}/{place}"


def heading_name(kind: Kind, level: int, key: str) -> str:
    return f"{kind}/{key or OTHERS}/{level}"
