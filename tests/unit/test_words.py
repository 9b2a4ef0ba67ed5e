"""Words, dates and plurals as readers of each language expect them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from digest.errors import DigestError
from digest.press.words import Words, right_to_left

PARIS = ZoneInfo("Europe/Paris")
FR = Words("fr", PARIS)
EN = Words("en", PARIS)
PILOT = datetime(2016, 9, 16, 9, 34, tzinfo=UTC)


def test_french_says_when_a_story_was_published_in_the_zone_of_the_site() -> None:
    assert FR.published(PILOT) == "Publié le 16 septembre 2016 à 11:34"


def test_a_stamp_is_the_date_as_planets_write_it_in_the_zone_of_the_site() -> None:
    assert (FR.stamp(PILOT), EN.stamp(PILOT)) == ("2016-09-16 11:34:00", "2016-09-16 11:34:00")


def test_english_says_when_a_story_was_published() -> None:
    assert EN.published(PILOT) == "Published on September 16, 2016 at 11:34\u202fAM"


def test_the_day_of_an_instant_is_that_of_the_zone() -> None:
    assert FR.day(datetime(2016, 9, 15, 23, 0, tzinfo=UTC)) == "16 septembre 2016"


def test_the_first_of_a_month_is_1er_in_french_alone() -> None:
    assert (FR.day(date(2026, 9, 1)), FR.day(date(2026, 9, 11))) == (
        "1er septembre 2026",
        "11 septembre 2026",
    )
    assert EN.day(date(2026, 9, 1)) == "September 1, 2026"


@pytest.mark.parametrize(
    ("words", "start", "end", "said"),
    [
        (FR, date(2026, 11, 15), date(2026, 11, 22), "du 15 au 22 novembre 2026"),
        (FR, date(2026, 11, 1), date(2026, 11, 8), "du 1er au 8 novembre 2026"),
        (FR, date(2026, 10, 25), date(2026, 11, 1), "du 25 octobre au 1er novembre 2026"),
        (FR, date(2025, 12, 28), date(2026, 1, 4), "du 28 décembre 2025 au 4 janvier 2026"),
        (FR, date(2026, 11, 22), date(2026, 11, 22), "22 novembre 2026"),
        (EN, date(2026, 11, 15), date(2026, 11, 22), "November 15 to November 22, 2026"),
    ],
)
def test_a_period_says_no_month_or_year_twice(words: Words, start: date, end: date, said: str) -> None:
    assert words.period(start, end) == said


@pytest.mark.parametrize(
    ("words", "n", "said"),
    [
        (FR, 0, "0 article"), (FR, 1, "1 article"), (FR, 2, "2 articles"),
        (EN, 0, "0 stories"), (EN, 1, "1 story"), (EN, 1234, "1,234 stories"),
    ],
)  # fmt: skip
def test_counts_agree_as_each_language_counts(words: Words, n: int, said: str) -> None:
    assert words.count("{n} story", n) == said


def test_names_are_joined_as_people_say_them() -> None:
    assert [FR.join(names) for names in ([], ["a"], ["a", "b"], ["a", "b", "c"])] == [
        "",
        "a",
        "a et b",
        "a, b et c",
    ]


def test_values_are_put_in_as_they_are() -> None:
    assert FR.say("Mute {source}", source="C'est {vous} ?") == "Ne plus recevoir C'est {vous} ?"


def test_a_language_without_words_is_refused() -> None:
    with pytest.raises(DigestError):
        Words("tlh", PARIS)


def test_some_languages_are_written_from_right_to_left() -> None:
    assert [tag for tag in ("fr", "ar", "he", "en-GB", "fa-IR", "no such tag") if right_to_left(tag)] == [
        "ar", "he", "fa-IR",
    ]  # fmt: skip
