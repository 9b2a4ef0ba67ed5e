"""What the page of preferences shows of a list: its topics with their sources, and how each stands. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from math import ceil
from zoneinfo import ZoneInfo

from subscribers.house import Choice, ListCard
from subscribers.model import Cadence, Rhythm, Weekday, Wishes, Word
from subscribers.slots import zone_named
from subscribers.web.choices import Typed
from subscribers.wishes import Reception, reception

#: sources on one page, in French: 45 KB of the 50 that a page may have (page S19); 200 would be 56
SOURCES = 150


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A source."""

    #: of its field
    name: str
    title: str
    #: as it is filled in
    word: str
    #: as it stands
    reception: Reception


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A topic with the sources whose entries are always in it."""

    #: of its field; "": the sources that are in no topic always
    name: str
    title: str
    word: str
    #: whether it comes, as it stands
    comes: bool
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Which of the sources a page shows."""

    number: int
    count: int
    #: places in the list: [begin, end)
    begin: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Hour:
    """An instant on their clock."""

    #: "07:00"
    clock: str
    weekday: Weekday
    #: its IANA name
    zone: str
    day: date


def part_of(card: ListCard, wanted: str) -> Part:
    """The part of that number; the first for what is none."""
    count = max(1, ceil(len(card.sources) / SOURCES))
    number = int(wanted) if wanted.isascii() and wanted.isdecimal() and len(wanted) < 4 else 1
    number = number if 1 <= number <= count else 1
    begin = (number - 1) * SOURCES
    return Part(number=number, count=count, begin=begin, end=min(begin + SOURCES, len(card.sources)))


def groups(card: ListCard, wishes: Wishes, typed: Typed, language: str, part: Part) -> tuple[Group, ...]:
    """A group a topic, with its sources on this page; last, those of no topic of their own."""
    words = dict(wishes.topics)
    homes: dict[str, list[Row]] = {topic.slug: [] for topic in card.topics}
    others: list[Row] = []
    for choice in card.sources[part.begin : part.end]:
        home = next((topic for topic in choice.topics if topic in homes), None)
        (others if home is None else homes[home]).append(_row(card, choice, wishes, typed, language))
    found = [
        Group(
            name=f"t.{topic.slug}",
            title=topic.title_in(language),
            word=typed[f"t.{topic.slug}"],
            comes=words.get(topic.slug) is Word.FOLLOW or (not wishes.only and words.get(topic.slug) is None),
            rows=tuple(homes[topic.slug]),
        )
        for topic in card.topics
    ]
    if others:
        found.append(Group(name="", title="", word="", comes=True, rows=tuple(others)))
    return tuple(found)


def _row(card: ListCard, choice: Choice, wishes: Wishes, typed: Typed, language: str) -> Row:
    return Row(
        name=f"s.{choice.slug}",
        title=choice.title_in(language),
        word=typed[f"s.{choice.slug}"],
        reception=reception(wishes, choice.slug, choice.topics, topics=[each.slug for each in card.topics]),
    )


def mails_a_week(rhythm: Rhythm) -> int | None:
    """About how many; None: fewer than one."""
    return {Cadence.NIGHTLY: 7, Cadence.WEEKLY: 1, Cadence.MONTHLY: None}[rhythm.cadence]


def hour_of(at: datetime, rhythm: Rhythm, site_zone: ZoneInfo) -> Hour:
    """On their clock where they chose an hour, else on the site's."""
    zone = site_zone if rhythm.hour is None else zone_named(rhythm.timezone, site_zone)
    local = at.astimezone(zone)
    return Hour(
        clock=f"{local:%H:%M}", weekday=list(Weekday)[local.weekday()], zone=zone.key, day=local.date()
    )
