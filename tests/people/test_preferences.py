"""Preferences: what changed, and what a form holds of the earlier ones."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from subscribers.model import Cadence, Format, OnReturn, Rhythm, Weekday, Wishes, Word
from subscribers.preferences import Part, Preferences, Said, changes, read, written
from tests.people.makers import NOW, subscription

PLAIN = Preferences.of(subscription())
slugs = st.dictionaries(st.text("abc-09", min_size=1, max_size=8), st.sampled_from(Word), max_size=6)
any_preferences = st.builds(
    Preferences,
    rhythm=st.builds(
        Rhythm,
        cadence=st.sampled_from(Cadence),
        weekday=st.none() | st.sampled_from(Weekday),
        hour=st.none() | st.integers(0, 23),
        timezone=st.none() | st.sampled_from(("Europe/Paris", "America/Sao_Paulo")),
    ),
    language=st.sampled_from(("fr", "en")),
    format=st.sampled_from(Format),
    wishes=st.builds(
        Wishes.of,
        only=st.booleans(),
        sources=slugs,
        topics=slugs,
        languages=st.sampled_from(((), ("fr",), ("de", "fr"))),
    ),
    paused_until=st.none() | st.datetimes(datetime(2020, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    on_return=st.sampled_from(OnReturn),
)


@given(any_preferences)
def test_what_is_written_is_read_back(preferences: Preferences) -> None:
    assert read(written(preferences)) == preferences


@given(any_preferences)
def test_nothing_changed_says_nothing(preferences: Preferences) -> None:
    assert not changes(preferences, preferences)


def test_wishes_for_two_hundred_sources_stay_small_in_a_form() -> None:
    wishes = Wishes.of(sources={f"a-source-of-number-{n}": Word.MUTE for n in range(200)})
    assert len(written(replace(PLAIN, wishes=wishes))) < 2_000


def test_what_changed_is_told_part_by_part_and_word_by_word() -> None:
    before = replace(PLAIN, wishes=Wishes.of(sources={"a": Word.MUTE, "b": Word.MUTE}))
    after = replace(
        PLAIN,
        rhythm=Rhythm(cadence=Cadence.MONTHLY),
        paused_until=NOW + timedelta(days=3),
        wishes=Wishes.of(only=True, sources={"b": Word.FOLLOW}, topics={"t": Word.MUTE}),
    )
    told = changes(before, after)
    assert told.parts == (Part.RHYTHM, Part.PAUSE, Part.ONLY)
    assert told.words == (
        Said(kind="topic", slug="t", word=Word.MUTE),
        Said(kind="source", slug="a", word=None),
        Said(kind="source", slug="b", word=Word.FOLLOW),
    )


def test_a_pause_that_is_over_is_none() -> None:
    assert replace(PLAIN, paused_until=NOW + timedelta(seconds=1)).is_paused(NOW)
    assert not replace(PLAIN, paused_until=NOW).is_paused(NOW)
