"""What the galley is set from, as plain values: the site, the list, the issue, names and headings.

Knows how `group_by` becomes heading levels, so that galley and cut agree on which forms exist.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal, NamedTuple
from zoneinfo import ZoneInfo

from digest.model import Issue, NewIssue, Source, SourceId, Story
from digest.press.words import Words
from digest.settings.schema import ListSettings, Settings, in_language

#: the forms each story is set in
FORMS = ("full", "brief", "title")
#: what stands for the topic "" (Others) in the name of a fragment; no slug looks like it
OTHERS = "~"

Kind = Literal["topic", "source"]
Show = Literal["full", "summary", "title"]


class Place(NamedTuple):
    """Where a story stands: the level of its heading, and whether a heading already names its source."""

    level: int
    under_source: bool

    def __str__(self) -> str:
        return f"{'under' if self.under_source else 'line'}{self.level}"


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

    @property
    def words(self) -> Words:
        return Words(self.language, self.zone)

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
) -> Paper:
    """The paper of one issue in one language."""
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
    )


def source_name(source: Source, settings: Settings) -> SourceName:
    """The name digest.toml gives a source, else its feed's, else its slug."""
    configured = settings.source(source.slug)
    title = (configured.title if configured else None) or source.title or source.slug
    site = source.site_url if (source.site_url or "").startswith(("https://", "http://")) else None
    return SourceName(slug=source.slug, title=title, site_url=site)


def place_names(story: Story, paper: Paper) -> tuple[Place, ...]:
    """Where this story may stand. One of several sources may come under another one's heading: then it
    carries its own on its line."""
    several = len({entry.source_id for entry in story.entries}) > 1
    lines = {Place(place.level, under_source=False) for place in paper.places()} if several else set()
    return tuple(sorted({*paper.places(), *lines}))


def story_name(story: int, form: str, place: Place) -> str:
    return f"story/{story}/{form}/{place}"


def heading_name(kind: Kind, level: int, key: str) -> str:
    return f"{kind}/{key or OTHERS}/{level}"
