"""What a reader wants: the table of docs/wishes.md, and what it leaves out."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from subscribers.model import Wishes, Word
from subscribers.wishes import Traits, Why, muted_topics, renamed, standing, standing_of, stands_under, wanted

PAGE = Path(__file__).parents[2] / "docs" / "wishes.md"
ROW = re.compile(r"^\| \d \| (.+?) \| (.+?) \| (in|out) \| (in|out) \|$", re.MULTILINE)
WORDS = {"no word": None, "follow": Word.FOLLOW, "mute": Word.MUTE}
CASES = [
    (source, topic, only, answer)
    for source, topic, everything, only_these in ROW.findall(PAGE.read_text(encoding="utf-8"))
    if topic in WORDS
    for only, answer in ((False, everything), (True, only_these))
]


#: an entry of two topics
MUTED = {"none muted": (), "some muted": ("t",), "all muted": ("t", "u")}
SEVERAL_ROW = re.compile(
    r"^\| \d \| (no word|follow|mute) \| (none|some|all) muted \| (in|out) \| (in|out) \|$", re.MULTILINE
)
SEVERAL = [
    (source, f"{muted} muted", only, answer)
    for source, muted, everything, only_these in SEVERAL_ROW.findall(PAGE.read_text(encoding="utf-8"))
    for only, answer in ((False, everything), (True, only_these))
]


def said(slug: str, word: Word | None) -> dict[str, Word]:
    return {} if word is None else {slug: word}


def test_the_page_tells_all_nine_cases() -> None:
    assert len({(source, topic) for source, topic, _, _ in CASES}) == 9
    assert len(CASES) == 18


@pytest.mark.parametrize(("source", "topic", "only", "answer"), CASES)
def test_precedence_is_as_the_page_says(source: str, topic: str, only: bool, answer: str) -> None:
    wishes = Wishes.of(only=only, sources=said("s", WORDS[source]), topics=said("t", WORDS[topic]))
    assert wanted(wishes, [Traits(source="s", topics=("t",))]) is (answer == "in")


def test_the_page_tells_the_nine_cases_of_several_topics() -> None:
    assert len({(source, muted) for source, muted, _, _ in SEVERAL}) == 9
    assert len(SEVERAL) == 18


@pytest.mark.parametrize(("source", "muted", "only", "answer"), SEVERAL)
def test_so_is_precedence_among_several_topics(source: str, muted: str, only: bool, answer: str) -> None:
    topics = dict.fromkeys(MUTED[muted], Word.MUTE)
    entry = [Traits(source="s", topics=("t", "u"))]
    wishes = Wishes.of(only=only, sources=said("s", WORDS[source]), topics=topics)
    assert wanted(wishes, entry) is (answer == "in")
    followed = Wishes.of(only=only, sources=said("s", WORDS[source]), topics={**topics, "v": Word.FOLLOW})
    too = [Traits(source="s", topics=("t", "u", "v"))]
    assert wanted(followed, too) is (WORDS[source] is not Word.MUTE)


def test_an_entry_is_out_only_when_all_its_topics_are_muted_and_stands_under_the_first_that_is_not() -> None:
    wishes = Wishes.of(topics={"a": Word.MUTE, "b": Word.MUTE})
    assert standing_of(wishes, Traits(source="s", topics=("a", "b", "c"))).topic == "c"
    out = standing_of(wishes, Traits(source="s", topics=("a", "b")))
    assert (out.wanted, out.why, out.about, out.topic) == (False, Why.TOPICS_MUTED, "a, b", None)


def test_a_reader_of_only_these_finds_it_under_what_they_follow() -> None:
    wishes = Wishes.of(only=True, topics={"b": Word.FOLLOW})
    assert stands_under(wishes, ("a", "b")) == "b"
    assert stands_under(wishes, ("a",)) == "a"


def test_a_followed_source_brings_an_entry_of_muted_topics_under_the_others() -> None:
    wishes = Wishes.of(sources={"s": Word.FOLLOW}, topics={"a": Word.MUTE})
    found = standing_of(wishes, Traits(source="s", topics=("a",)))
    assert (found.wanted, found.why, found.topic) == (True, Why.SOURCE_FOLLOWED, None)


def test_an_entry_without_topics_is_muted_by_no_topic() -> None:
    assert wanted(Wishes.of(topics={"a": Word.MUTE}), [Traits(source="s")])


@pytest.mark.parametrize(
    ("language", "answer"), [("fr", True), ("fr-ca", True), ("en", False), ("fro", False), (None, True)]
)
def test_languages_let_in_their_own_variants_and_what_is_unknown(language: str | None, answer: bool) -> None:
    assert wanted(Wishes.of(languages=("fr",)), [Traits(source="s", language=language)]) is answer


def test_a_language_not_read_is_out_whatever_its_source() -> None:
    wishes = Wishes.of(sources={"s": Word.FOLLOW}, languages=("fr",))
    out = standing_of(wishes, Traits(source="s", language="en"))
    assert (out.wanted, out.why, out.about) == (False, Why.LANGUAGE, "en")


def test_a_story_is_wanted_if_any_entry_of_it_is_and_stands_as_that_one() -> None:
    wishes = Wishes.of(sources={"blog": Word.MUTE})
    found = standing(wishes, [Traits(source="blog", topics=("a",)), Traits(source="planet", topics=("b",))])
    assert (found.wanted, found.why, found.topic) == (True, Why.NOTHING_AGAINST, "b")


def test_a_story_nobody_wants_stands_as_its_first_entry() -> None:
    wishes = Wishes.of(sources={"blog": Word.MUTE, "planet": Word.MUTE})
    found = standing(wishes, [Traits(source="blog"), Traits(source="planet")])
    assert (found.wanted, found.why, found.about) == (False, Why.SOURCE_MUTED, "blog")


def test_every_rule_names_what_it_is_about() -> None:
    named = Wishes.of(only=True, topics={"t": Word.FOLLOW})
    assert standing_of(named, Traits(source="s", topics=("t",))).about == "t"
    assert standing_of(named, Traits(source="s")).why is Why.NOT_NAMED


def test_muted_topics_are_those_muted() -> None:
    assert muted_topics(Wishes.of(topics={"a": Word.MUTE, "b": Word.FOLLOW})) == {"a"}


def test_a_renamed_slug_keeps_its_word_unless_one_was_said_on_the_new_name() -> None:
    wishes = Wishes.of(sources={"a": Word.MUTE, "b": Word.FOLLOW}, topics={"a": Word.MUTE})
    moved = renamed(wishes, sources={"a": "c"}, topics={})
    assert moved == Wishes.of(sources={"b": Word.FOLLOW, "c": Word.MUTE}, topics={"a": Word.MUTE})
    merged = renamed(wishes, sources={"a": "b"}, topics={"a": "z"})
    assert merged == Wishes.of(sources={"b": Word.FOLLOW}, topics={"z": Word.MUTE})
