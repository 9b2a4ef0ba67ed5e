"""Which topics an entry is in, and the rule that `explain` names."""

from __future__ import annotations

import pytest

from digest.model import Content, TopicRule
from digest.settings.schema import Match, Topic
from digest.sort.topics import Topics

EVENTS = Topic(
    slug="events",
    title="Events",
    match=Match(words=("meetup", "café python"), categories=("Événement", "!"), sources=("afpyro",)),
)
WEB = Topic(slug="web", title="Web", match=Match(words=("django",), categories=("web",)))
TOPICS = Topics([EVENTS, WEB])


def content(title: str = "Title", *, text: str = "", categories: tuple[str, ...] = ()) -> Content:
    return Content(title=title, link=None, text=text, categories=categories)


def rules(found: Content, *, source: str = "blog", always: tuple[str, ...] = ()) -> list[tuple[str, str]]:
    return [(each.topic, each.rule) for each in TOPICS.of(found, source=source, always=always)]


@pytest.mark.parametrize("text", ["Un MEETUP à Lyon", "meetup", "le «Meetup».", "un\nmeetup"])
def test_a_word_is_found_whole_in_any_case_in_title_or_text(text: str) -> None:
    assert rules(content(text)) == [("events", "word 'meetup'")]
    assert rules(content(text=text)) == [("events", "word 'meetup'")]


@pytest.mark.parametrize("text", ["meetups", "remeetup", "le_meetups", ""])
def test_a_part_of_a_word_is_not_the_word(text: str) -> None:
    assert rules(content(text=text)) == []


def test_accents_do_not_matter_and_a_phrase_is_one_word_after_another() -> None:
    assert rules(content("Cafe  Python de mai")) == [("events", "word 'café python'")]
    assert rules(content("Un café sans python")) == []


def test_a_phrase_does_not_reach_from_the_title_into_the_text() -> None:
    assert rules(content("Un café", text="python")) == []


def test_a_category_is_equal_when_folded_and_named_as_the_file_writes_it() -> None:
    assert rules(content(categories=("EVENEMENT",))) == [("events", "category 'Événement'")]
    assert rules(content(categories=("evenements",))) == []


def test_a_category_of_signs_alone_matches_nothing() -> None:
    assert rules(content(categories=("!", "?"))) == []


def test_a_source_is_in_the_topics_that_name_it_and_always_in_its_own() -> None:
    assert rules(content(), source="afpyro") == [("events", "source")]
    assert rules(content(), always=("web", "gone")) == [("web", "always")]


def test_the_surest_rule_is_named() -> None:
    found = content("meetup", categories=("événement",))
    assert rules(found, source="afpyro", always=("events",)) == [("events", "always")]
    assert rules(found, source="afpyro") == [("events", "source")]
    assert rules(found) == [("events", "category 'Événement'")]


def test_topics_come_in_file_order() -> None:
    assert TOPICS.of(content("Django meetup"), source="blog") == (
        TopicRule(topic="events", rule="word 'meetup'"),
        TopicRule(topic="web", rule="word 'django'"),
    )


@pytest.mark.parametrize(
    ("word", "text"),
    [
        ("événement", "L'ÉVÉNEMENT de l’année"),
        ("evenement", "l’événement"),
        ("œuvre", "Une oeuvre libre"),
        ("oeuvre", "UNE ŒUVRE LIBRE"),
        ("aujourd'hui", "Aujourd’hui, on code"),
        ("Saint-Malo", "à saint malo !"),
        ("logiciel libre", "Le « logiciel\u202flibre »"),
        ("C++", "du c++, en plus"),
        ("Straße", "STRASSE 12"),
        ("don't", "Why I DON’T test"),
        ("naive", "A naïve café"),
        ("été", "e\u0301te\u0301 2026"),
    ],
)
def test_words_are_found_as_french_and_english_write_them(word: str, text: str) -> None:
    topics = Topics([Topic(slug="t", title="T", match=Match(words=(word,)))])
    assert topics.of(content(text), source="blog") == (TopicRule(topic="t", rule=f"word '{word}'"),)


@pytest.mark.parametrize(
    ("word", "text"),
    [
        ("été", "étés"),
        ("python", "pythonic"),
        ("C", "C++ et C#"),
        ("art", "l'article"),
        ("libre", "librement"),
    ],
)
def test_inflected_words_are_other_words(word: str, text: str) -> None:
    topics = Topics([Topic(slug="t", title="T", match=Match(words=(word,)))])
    assert topics.of(content(text), source="blog") == ()
