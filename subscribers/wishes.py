"""What a reader wants of what there is (design §3.3), and why. Pure.

The rules in their readable form, for one story at a time; `news` answers the same question for a whole
issue and many readers. The table of precedence is in docs/wishes.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from subscribers.model import Wishes, Word
from subscribers.rhythm import advance, first_due, is_due, next_due

__all__ = [
    "Reception",
    "Standing",
    "Traits",
    "Why",
    "advance",
    "first_due",
    "is_due",
    "muted_topics",
    "next_due",
    "reads",
    "reception",
    "renamed",
    "standing",
    "standing_of",
    "stands_under",
    "wanted",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Traits:
    """What wishes can tell of an entry."""

    source: str
    #: slugs in file order
    topics: tuple[str, ...] = ()
    #: "fr", "en", "pt-br"…; None: unknown, which no reader's languages keep out
    language: str | None = None


class Why(StrEnum):
    """The one rule that decided, in the order they are asked; `explain` prints it after "because"."""

    LANGUAGE = "it is not in a language they read"
    SOURCE_FOLLOWED = "they follow its source"
    SOURCE_MUTED = "they muted its source"
    TOPICS_MUTED = "they muted every topic it is in"
    TOPIC_FOLLOWED = "they follow its topic"
    NOT_NAMED = "they want only what they follow, and follow neither its source nor a topic of it"
    NOTHING_AGAINST = "nothing they said is against it"


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Whether an entry is wanted, by which rule, and where it stands."""

    wanted: bool
    why: Why
    #: the source, topic or language the rule is about; "" for the two rules that name none
    about: str
    #: the topic it stands under for this reader; None: under the others, or not wanted
    topic: str | None


class Reception(StrEnum):
    """How much of a source reaches a reader, and by which rule; languages are another matter."""

    FOLLOWED = "all: they follow it"
    TOPIC_FOLLOWED = "all: they follow its topic"
    ALL = "all: nothing is against it"
    NOT_ONLY_MUTED = "all but what is in muted topics alone"
    OTHER_TOPICS = "what is in another topic too: its own are muted"
    FOLLOWED_TOPICS = "what is in a topic they follow"
    MUTED = "nothing: they muted it"
    TOPICS_MUTED = "nothing: every topic is muted"
    NOT_FOLLOWED = "nothing: they follow neither it nor a topic"

    @property
    def is_nothing(self) -> bool:
        return self.value.startswith("nothing")


def wanted(wishes: Wishes, entries: Iterable[Traits]) -> bool:
    """Whether a story of these entries is wanted: any entry of it is."""
    return any(standing_of(wishes, entry).wanted for entry in entries)


def standing(wishes: Wishes, entries: Iterable[Traits]) -> Standing:
    """How a story stands: as its first entry that is wanted, else as its first (give the origin first)."""
    standings = [standing_of(wishes, entry) for entry in entries]
    return next((each for each in standings if each.wanted), standings[0])


def standing_of(wishes: Wishes, entry: Traits) -> Standing:
    """How one entry stands. A word on the source beats its topics."""
    word = dict(wishes.sources).get(entry.source)
    topics = dict(wishes.topics)
    topic = stands_under(wishes, entry.topics)
    if not reads(wishes, entry.language):
        return _out(Why.LANGUAGE, entry.language or "")
    if word is Word.FOLLOW:
        return Standing(wanted=True, why=Why.SOURCE_FOLLOWED, about=entry.source, topic=topic)
    if word is Word.MUTE:
        return _out(Why.SOURCE_MUTED, entry.source)
    if entry.topics and all(topics.get(each) is Word.MUTE for each in entry.topics):
        return _out(Why.TOPICS_MUTED, ", ".join(entry.topics))
    followed = next((each for each in entry.topics if topics.get(each) is Word.FOLLOW), None)
    if followed is not None:
        return Standing(wanted=True, why=Why.TOPIC_FOLLOWED, about=followed, topic=topic)
    if wishes.only:
        return _out(Why.NOT_NAMED, "")
    return Standing(wanted=True, why=Why.NOTHING_AGAINST, about="", topic=topic)


def stands_under(wishes: Wishes, topics: Iterable[str]) -> str | None:
    """The topic an entry stands under: the first that isn't muted; for a reader who wants only what they
    follow, the first they follow, if they follow one. None: under the others."""
    words = dict(wishes.topics)
    heard = [topic for topic in topics if words.get(topic) is not Word.MUTE]
    if wishes.only:
        heard.sort(key=lambda topic: words.get(topic) is not Word.FOLLOW)
    return next(iter(heard), None)


def reception(wishes: Wishes, source: str, own: Iterable[str], *, topics: Iterable[str]) -> Reception:
    """What a reader gets of a source. `own`: the topics all of its entries are in; `topics`: those there
    are, any of which an entry may be in too."""
    word, words = dict(wishes.sources).get(source), dict(wishes.topics)
    own = tuple(own)
    if word is not None:
        return Reception.FOLLOWED if word is Word.FOLLOW else Reception.MUTED
    if any(words.get(topic) is Word.FOLLOW for topic in own):
        return Reception.TOPIC_FOLLOWED
    if wishes.only:
        followed = any(words.get(topic) is Word.FOLLOW for topic in topics)
        return Reception.FOLLOWED_TOPICS if followed else Reception.NOT_FOLLOWED
    if not own:
        muted = any(words.get(topic) is Word.MUTE for topic in topics)
        return Reception.NOT_ONLY_MUTED if muted else Reception.ALL
    if any(words.get(topic) is not Word.MUTE for topic in own):
        return Reception.ALL
    others = any(words.get(topic) is not Word.MUTE for topic in topics)
    return Reception.OTHER_TOPICS if others else Reception.TOPICS_MUTED


def muted_topics(wishes: Wishes) -> frozenset[str]:
    return frozenset(topic for topic, word in wishes.topics if word is Word.MUTE)


def renamed(wishes: Wishes, *, sources: Mapping[str, str], topics: Mapping[str, str]) -> Wishes:
    """Wishes after slugs were renamed (old -> new). A word already said on the new slug stands."""
    return Wishes.of(
        only=wishes.only,
        sources=_moved(wishes.sources, sources),
        topics=_moved(wishes.topics, topics),
        languages=wishes.languages,
    )


def reads(wishes: Wishes, language: str | None) -> bool:
    """Whether an entry in that language passes. "pt" takes "pt-br"; an unknown language passes."""
    if not wishes.languages or language is None:
        return True
    return language in wishes.languages or language.partition("-")[0] in wishes.languages


def _out(why: Why, about: str) -> Standing:
    return Standing(wanted=False, why=why, about=about, topic=None)


def _moved(words: Iterable[tuple[str, Word]], names: Mapping[str, str]) -> dict[str, Word]:
    told = dict(words)
    kept = {slug: word for slug, word in told.items() if slug not in names}
    return {names[slug]: word for slug, word in told.items() if slug in names} | kept
