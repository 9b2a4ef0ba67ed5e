"""Preferences: all that a reader sets for one list, as one value; what tells two apart; written down, for an
undo that no database remembers. Pure."""

from __future__ import annotations

import base64
import json
import zlib
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from subscribers.model import Cadence, Format, OnReturn, Rhythm, Subscription, Weekday, Wishes, Word


@dataclass(frozen=True, slots=True, kw_only=True)
class Preferences:
    """When, how and what."""

    rhythm: Rhythm
    language: str
    format: Format
    wishes: Wishes
    #: no digests before this instant; one that is past waits for the next night, which reads `on_return`
    paused_until: datetime | None
    on_return: OnReturn

    @staticmethod
    def of(place: Subscription) -> Preferences:
        return Preferences(
            rhythm=place.rhythm,
            language=place.language,
            format=place.format,
            wishes=place.wishes,
            paused_until=place.paused_until,
            on_return=place.on_return,
        )

    def is_paused(self, now: datetime) -> bool:
        return self.paused_until is not None and self.paused_until > now


class Part(StrEnum):
    """What may have changed, in the order it is told."""

    RHYTHM = "rhythm"
    PAUSE = "pause"
    LANGUAGE = "language"
    FORMAT = "format"
    ENTRIES = "entries"
    ONLY = "only"


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A word that is new; None: it was taken back."""

    #: "topic" or "source"
    kind: str
    slug: str
    word: Word | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What tells preferences from earlier ones."""

    parts: tuple[Part, ...] = ()
    words: tuple[Said, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.parts or self.words)


def changes(before: Preferences, after: Preferences) -> Changes:
    pause_before, pause_after = (before.paused_until, before.on_return), (after.paused_until, after.on_return)
    told = {
        Part.RHYTHM: before.rhythm != after.rhythm,
        Part.PAUSE: pause_before != pause_after,
        Part.LANGUAGE: before.language != after.language,
        Part.FORMAT: before.format is not after.format,
        Part.ENTRIES: before.wishes.languages != after.wishes.languages,
        Part.ONLY: before.wishes.only != after.wishes.only,
    }
    words = (
        *_said("topic", before.wishes.topics, after.wishes.topics),
        *_said("source", before.wishes.sources, after.wishes.sources),
    )
    return Changes(parts=tuple(part for part, changed in told.items() if changed), words=words)


def _said(
    kind: str, before: tuple[tuple[str, Word], ...], after: tuple[tuple[str, Word], ...]
) -> tuple[Said, ...]:
    old, new = dict(before), dict(after)
    slugs = sorted(slug for slug in old.keys() | new.keys() if old.get(slug) is not new.get(slug))
    return tuple(Said(kind=kind, slug=slug, word=new.get(slug)) for slug in slugs)


def written(preferences: Preferences) -> str:
    """As text that a form can hold: letters, digits, "-", "_" and "="."""
    rhythm, wishes, until = preferences.rhythm, preferences.wishes, preferences.paused_until
    told = [
        [rhythm.cadence, rhythm.weekday, rhythm.hour, rhythm.timezone],
        [preferences.language, preferences.format],
        [wishes.only, wishes.sources, wishes.topics, wishes.languages],
        [until.isoformat() if until else None, preferences.on_return],
    ]
    text = json.dumps(told, separators=(",", ":"))
    return base64.urlsafe_b64encode(zlib.compress(text.encode(), 9)).decode()


def read(text: str) -> Preferences:
    """What `written` wrote: only for text whose signature holds."""
    rhythm, look, wishes, pause = json.loads(zlib.decompress(base64.urlsafe_b64decode(text)))
    cadence, weekday, hour, timezone = rhythm
    only, sources, topics, languages = wishes
    return Preferences(
        rhythm=Rhythm(
            cadence=Cadence(cadence),
            weekday=Weekday(weekday) if weekday else None,
            hour=hour,
            timezone=timezone,
        ),
        language=look[0],
        format=Format(look[1]),
        wishes=Wishes.of(
            only=only,
            sources={slug: Word(word) for slug, word in sources},
            topics={slug: Word(word) for slug, word in topics},
            languages=tuple(languages),
        ),
        paused_until=datetime.fromisoformat(pause[0]) if pause[0] else None,
        on_return=OnReturn(pause[1]),
    )
