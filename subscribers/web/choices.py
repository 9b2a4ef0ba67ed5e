"""The form of preferences: what its fields hold, and what somebody means who fills it in. Pure.

Fields are text by name ("cadence", "s.cubicweb"). A field that was not sent is as it was, and one we do not
show is nobody's: ids and slugs of others change nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from subscribers.house import LANGUAGES, ListCard
from subscribers.model import Cadence, Format, OnReturn, Rhythm, Weekday, Wishes, Word
from subscribers.preferences import Preferences
from subscribers.slots import start_of

#: field -> what it holds
Typed = Mapping[str, str]

#: a longer break is a farewell
LONGEST_PAUSE = timedelta(days=366)
_HOURS = ("", *(str(hour) for hour in range(24)))
_WORDS = ("", Word.FOLLOW.value, Word.MUTE.value)
#: longer than the name of any zone
_ZONE_LENGTH = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What is wrong with a field; the page says it in words."""

    #: the field, and its id on the page
    field: str
    #: "choice", "zone", "date", "past", "far", "nothing"
    what: str
    #: a zone that may be meant
    hint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What a form is read against."""

    card: ListCard
    #: the site's
    zone: ZoneInfo
    now: datetime

    @property
    def today(self) -> date:
        return self.now.astimezone(self.zone).date()


def shown(preferences: Preferences, context: Context) -> dict[str, str]:
    """The fields as they stand."""
    rhythm, wishes, card = preferences.rhythm, preferences.wishes, context.card
    paused = preferences.is_paused(context.now)
    sources, topics = dict(wishes.sources), dict(wishes.topics)
    return {
        "cadence": rhythm.cadence.value,
        "weekday": (rhythm.weekday or card.weekday).value,
        "hour": "" if rhythm.hour is None else str(rhythm.hour),
        "zone": rhythm.timezone or context.zone.key,
        "pause": "until" if paused else "no",
        "until": _day(preferences, context).isoformat() if paused else "",
        "back": preferences.on_return.value,
        "language": preferences.language,
        "entries": _entries(wishes.languages),
        "format": preferences.format.value,
        "only": "yes" if wishes.only else "no",
        **{f"t.{each.slug}": topics[each.slug].value if each.slug in topics else "" for each in card.topics},
        **{
            f"s.{each.slug}": sources[each.slug].value if each.slug in sources else ""
            for each in card.sources
        },
    }


def filled(before: Typed, fields: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
    """The fields as somebody sent them."""
    return {name: fields[name][-1].strip() if name in fields else value for name, value in before.items()}


def meant(typed: Typed, before: Preferences, context: Context) -> Preferences | tuple[Fault, ...]:
    """The preferences the fields stand for, or all that is wrong with them."""
    reading = _Reading(typed)
    rhythm = _rhythm(reading, before.rhythm, context)
    until, on_return = _pause(reading, before, context)
    language = reading.one_of("language", {*LANGUAGES, before.language})
    format = reading.one_of("format", [each.value for each in Format])
    wishes = _wishes(reading, before.wishes, context.card)
    if reading.faults:
        return tuple(reading.faults)
    return Preferences(
        rhythm=rhythm,
        language=language,
        format=Format(format),
        wishes=wishes,
        paused_until=until,
        on_return=on_return,
    )


@dataclass(slots=True)
class _Reading:
    """Reads fields, and notes what is wrong with them."""

    typed: Typed
    faults: list[Fault] = field(default_factory=list)

    def one_of(self, name: str, allowed: Collection[str]) -> str:
        """The field's value; any of the allowed ones where it is none of them, and a fault."""
        value = self.typed[name]
        if value in allowed:
            return value
        self.faults.append(Fault(field=name, what="choice"))
        return next(iter(allowed))


def _rhythm(reading: _Reading, before: Rhythm, context: Context) -> Rhythm:
    cadence = Cadence(reading.one_of("cadence", [each.value for each in Cadence]))
    weekday = Weekday(reading.one_of("weekday", [each.value for each in Weekday]))
    hour = reading.one_of("hour", _HOURS)
    zone = _zone(reading, context)
    # What they never chose goes on following the list and the site.
    own_day = before.weekday is not None or weekday is not context.card.weekday
    own_zone = before.timezone is not None or zone != context.zone.key
    return Rhythm(
        cadence=cadence,
        weekday=weekday if own_day else None,
        hour=int(hour) if hour else None,
        timezone=zone if own_zone else None,
    )


def _zone(reading: _Reading, context: Context) -> str:
    """The zone of that name, however it is spelled; of a city's alone, where only one zone has it."""
    typed = reading.typed["zone"].replace(" ", "_")[:_ZONE_LENGTH].lower()
    if not typed:
        return context.zone.key
    names, cities = _zones()
    found = names.get(typed)
    if found is None and len(cities.get(typed, ())) == 1:
        (found,) = cities[typed]
    if found is None:
        near = sorted(name for city, those in cities.items() if typed in city for name in those)
        reading.faults.append(Fault(field="zone", what="zone", hint=near[0] if near else ""))
    return found or context.zone.key


def _pause(reading: _Reading, before: Preferences, context: Context) -> tuple[datetime | None, OnReturn]:
    pause = reading.one_of("pause", ("no", "until"))
    on_return = OnReturn(reading.one_of("back", [each.value for each in OnReturn]))
    if pause == "no":
        # One that is over, and that no night has met yet, still means what they asked for.
        return (None if before.is_paused(context.now) else before.paused_until), before.on_return
    try:
        day = date.fromisoformat(reading.typed["until"])
    except ValueError:
        reading.faults.append(Fault(field="until", what="date"))
        return before.paused_until, on_return
    if day <= context.today:
        reading.faults.append(Fault(field="until", what="past"))
    elif day > context.today + LONGEST_PAUSE:
        reading.faults.append(Fault(field="until", what="far"))
    elif before.is_paused(context.now) and day == _day(before, context):
        return before.paused_until, on_return
    else:
        return start_of(day, context.zone), on_return
    return before.paused_until, on_return


def _wishes(reading: _Reading, before: Wishes, card: ListCard) -> Wishes:
    entries = reading.one_of("entries", ("all", *LANGUAGES, _entries(before.languages)))
    languages = before.languages if entries == "own" else () if entries == "all" else (entries,)
    only = reading.one_of("only", ("no", "yes")) == "yes"
    topics = _words(reading, "t.", [each.slug for each in card.topics], dict(before.topics))
    sources = _words(reading, "s.", [each.slug for each in card.sources], dict(before.sources))
    if only and Word.FOLLOW not in (*topics.values(), *sources.values()):
        reading.faults.append(Fault(field="only", what="nothing"))
    return Wishes.of(only=only, sources=sources, topics=topics, languages=languages)


def _words(reading: _Reading, mark: str, slugs: Iterable[str], before: Mapping[str, Word]) -> dict[str, Word]:
    """Words on what is shown; those on what is not (it left the list for a while) stay."""
    words = dict(before)
    for slug in slugs:
        words.pop(slug, None)
        word = reading.one_of(mark + slug, _WORDS)
        if word:
            words[slug] = Word(word)
    return words


def _entries(languages: tuple[str, ...]) -> str:
    """ "all", "fr", "en"; "own": others, which a command set."""
    if not languages:
        return "all"
    return languages[0] if len(languages) == 1 and languages[0] in LANGUAGES else "own"


def _day(preferences: Preferences, context: Context) -> date:
    """The date a pause ends on."""
    assert preferences.paused_until is not None
    return preferences.paused_until.astimezone(context.zone).date()


@cache
def _zones() -> tuple[Mapping[str, str], Mapping[str, frozenset[str]]]:
    """Zones by their names, and by the cities they are named after, in small letters."""
    names = {name.lower(): name for name in available_timezones()}
    cities: dict[str, set[str]] = {}
    for name in names.values():
        area, slash, city = name.rpartition("/")
        # "posix/…" and the like are copies; "Etc/GMT+5" is no city.
        if slash and area.partition("/")[0] in _AREAS:
            cities.setdefault(city.lower(), set()).add(name)
    return names, {city: frozenset(those) for city, those in cities.items()}


_AREAS = frozenset(
    (
        "Africa",
        "America",
        "Antarctica",
        "Arctic",
        "Asia",
        "Atlantic",
        "Australia",
        "Europe",
        "Indian",
        "Pacific",
    )
)
