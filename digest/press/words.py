"""Words, dates and plurals in the reader's language. The one home of Babel.

`Words` is a value: a language and a zone. It says only what we say; what publishers wrote is never
passed through it. The texts themselves are in `catalogue`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_skeleton, format_time
from babel.numbers import format_decimal

from digest.press.catalogue import LANGUAGES, Catalogue, catalogue

__all__ = ["LANGUAGES", "Words", "right_to_left"]


@dataclass(frozen=True, slots=True)
class Words:
    """What we say in one language; instants are shown in one zone."""

    language: str
    zone: ZoneInfo
    #: the site's own templates, whose `locale/<language>.po` comes before ours
    site: Path | None = None
    _texts: Catalogue = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_texts", catalogue(self.language, self.site))

    def say(self, message: str, /, **values: object) -> str:
        """Our text for an English message; values are put in as they are."""
        return self._texts.text(message).format_map(values)

    def count(self, message: str, n: int, /, **values: object) -> str:
        """The form for `n` of a text whose English singular is `message`."""
        return self._texts.plural(message, n).format_map({**values, "n": self.number(n)})

    def number(self, n: int) -> str:
        return str(n) if -1000 < n < 1000 else _number(n, self.language)

    def join(self, names: Sequence[str]) -> str:
        """ "a", "a and b", "a, b and c"."""
        if len(names) < 2:
            return "".join(names)
        return self.say("{first} and {last}", first=", ".join(names[:-1]), last=names[-1])

    def day(self, moment: date | datetime) -> str:
        """ "16 septembre 2016", "1er septembre 2016", "September 16, 2016"."""
        return _day(self._local(moment), self.language)

    def time(self, moment: datetime) -> str:
        """ "11:34", "11:34 AM"."""
        return format_time(moment.astimezone(self.zone), "short", tzinfo=self.zone, locale=self.language)

    def stamp(self, moment: datetime) -> str:
        """ "2016-09-16 11:34:00", as planets date their entries."""
        return moment.astimezone(self.zone).strftime("%Y-%m-%d %H:%M:%S")

    def published(self, moment: datetime) -> str:
        """ "Publié le 16 septembre 2016 à 11:34"."""
        return self.say("Published on {day} at {time}", day=self.day(moment), time=self.time(moment))

    def period(self, start: date | datetime, end: date | datetime) -> str:
        """ "du 28 août au 1er septembre 2016"; a single day is that day."""
        first, last = self._local(start), self._local(end)
        if first == last:
            return _day(last, self.language)
        return self.say("{start} to {end}", start=self._start(first, last), end=_day(last, self.language))

    def language_name(self, tag: str) -> str:
        """The name of a language, in this one: "fr" is "français"."""
        try:
            return Locale.parse(tag, sep="-").get_display_name(self.language) or tag
        except (UnknownLocaleError, ValueError):
            return tag

    def _start(self, first: date, last: date) -> str:
        """The first day, without what the last one says again: French puts the month last, English first."""
        if first.year != last.year:
            return _day(first, self.language)
        if self.language == "fr" and first.month == last.month:
            return "1er" if first.day == 1 else str(first.day)
        return _day_of_year(first, self.language)

    def _local(self, moment: date | datetime) -> date:
        return moment.astimezone(self.zone).date() if isinstance(moment, datetime) else moment


@lru_cache(maxsize=4096)
def _day(day: date, language: str) -> str:
    return _first(format_date(day, "long", locale=language), day, language)


@lru_cache(maxsize=4096)
def _day_of_year(day: date, language: str) -> str:
    return _first(
        format_skeleton("MMMMd", datetime(day.year, day.month, day.day, tzinfo=UTC), locale=language),
        day,
        language,
    )


@lru_cache(maxsize=1024)
def _number(n: int, language: str) -> str:
    return format_decimal(n, locale=language)


def _first(text: str, day: date, language: str) -> str:
    """French says 1er for the first of a month, and a plain number for the others."""
    return "1er" + text[1:] if language == "fr" and day.day == 1 and text.startswith("1 ") else text


def right_to_left(tag: str) -> bool:
    """Whether a language is written from right to left."""
    return _direction(tag) == "rtl"


@lru_cache(maxsize=256)
def _direction(tag: str) -> str:
    try:
        return Locale.parse(tag, sep="-").text_direction
    except (UnknownLocaleError, ValueError):
        return "ltr"
