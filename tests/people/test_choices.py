"""The form of preferences: what its fields mean, whoever filled them in."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subscribers.house import Choice, ListCard
from subscribers.model import Cadence, ListId, OnReturn, Weekday, Wishes, Word
from subscribers.preferences import Preferences
from subscribers.web.choices import Context, filled, meant, shown
from tests.people.makers import NOW
from tests.people.test_preferences import PLAIN, any_preferences

PARIS = ZoneInfo("Europe/Paris")
CARD = ListCard(
    id=ListId(1),
    slug="weekly",
    title="Weekly",
    description="",
    language="fr",
    cadence=Cadence.WEEKLY,
    weekday=Weekday.MONDAY,
    hour=None,
    public=True,
    max_entries=60,
    sources=(Choice(slug="a", title="A"), Choice(slug="b", title="B", topics=("t",))),
    topics=(Choice(slug="t", title="T"),),
)
HERE = Context(card=CARD, zone=PARIS, now=NOW)


def with_fields(before: Preferences = PLAIN, **fields: str) -> Preferences:
    found = meant({**shown(before, HERE), **fields}, before, HERE)
    assert isinstance(found, Preferences), found
    return found


@given(any_preferences)
def test_a_form_sent_back_as_it_was_means_what_was(preferences: Preferences) -> None:
    followed = Wishes.of(
        only=preferences.wishes.only,
        sources={**dict(preferences.wishes.sources), "a": Word.FOLLOW},
        topics=dict(preferences.wishes.topics),
        languages=preferences.wishes.languages,
    )
    before = replace(preferences, wishes=followed)
    again = Context(card=CARD, zone=PARIS, now=datetime(2026, 1, 1, tzinfo=UTC))
    if before.paused_until is not None and before.paused_until.year > 2026:
        before = replace(before, paused_until=None)

    # A pause of this very day is over tonight, and asked about again.
    found = meant(shown(before, again), before, again)
    assert found == before or (isinstance(found, tuple) and {each.field for each in found} == {"until"})


@given(st.dictionaries(st.sampled_from(sorted(shown(PLAIN, HERE))), st.text(max_size=20)))
def test_whatever_is_typed_is_preferences_or_faults(fields: dict[str, str]) -> None:
    sent = {name: (value,) for name, value in fields.items()}
    found = meant(filled(shown(PLAIN, HERE), sent), PLAIN, HERE)
    assert isinstance(found, Preferences) or (found and {each.field for each in found} <= {*fields, "until"})


@pytest.mark.parametrize(
    ("typed", "zone"),
    [
        ("Asia/Tokyo", "Asia/Tokyo"),
        ("asia/tokyo", "Asia/Tokyo"),
        ("Tokyo", "Asia/Tokyo"),
        ("sao paulo", "America/Sao_Paulo"),
        ("UTC", "UTC"),
        ("", None),
        ("Paris", None),
    ],
)
def test_a_zone_is_known_by_its_name_or_its_city(typed: str, zone: str | None) -> None:
    assert with_fields(zone=typed).rhythm.timezone == zone


@pytest.mark.parametrize("typed", ["../../etc/passwd", "/etc/localtime", "posix", "Mars/Olympus", "\0", "é"])
def test_what_is_no_zone_is_a_fault(typed: str) -> None:
    found = meant({**shown(PLAIN, HERE), "zone": typed}, PLAIN, HERE)
    assert isinstance(found, tuple)
    assert [each.field for each in found] == ["zone"]


def test_words_on_what_is_not_shown_stay() -> None:
    before = replace(PLAIN, wishes=Wishes.of(sources={"gone": Word.MUTE}, topics={"past": Word.FOLLOW}))
    found = with_fields(before, **{"s.a": "mute", "s.b": "follow"})
    assert found.wishes == Wishes.of(
        sources={"a": Word.MUTE, "b": Word.FOLLOW, "gone": Word.MUTE}, topics={"past": Word.FOLLOW}
    )


def test_languages_that_a_command_set_stay_until_another_is_chosen() -> None:
    before = replace(PLAIN, wishes=Wishes.of(languages=("de", "fr")))
    assert with_fields(before, cadence="monthly").wishes.languages == ("de", "fr")
    assert with_fields(before, entries="all").wishes.languages == ()


def test_a_pause_ends_at_the_start_of_its_day_in_the_zone_of_the_site() -> None:
    found = with_fields(pause="until", until="2026-12-24", back="catch-up")
    assert found.paused_until == datetime(2026, 12, 23, 23, tzinfo=UTC)
    assert found.on_return is OnReturn.CATCH_UP


def test_a_pause_that_is_not_touched_keeps_its_instant() -> None:
    before = replace(PLAIN, paused_until=datetime(2026, 12, 24, 14, 5, tzinfo=UTC))
    assert with_fields(before, cadence="monthly").paused_until == before.paused_until
