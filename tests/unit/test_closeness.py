"""When two texts are one: near enough in text and title, of different sources, and nobody else nearer."""

from __future__ import annotations

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.model import EntryId, SourceId
from digest.model.gathering import Heading
from digest.model.words import fold
from digest.sort.closeness import CLOSE, near, text_score, title_score, twins

WORDS = st.sampled_from("planet feed issue night source reader mail story writes sends reads keeps".split())
TEXTS = st.lists(WORDS, min_size=48, max_size=90).map(" ".join)


def heading(id: int, source: int, title: str = "On planets and readers") -> Heading:
    return Heading(id=EntryId(id), source_id=SourceId(source), title_key=fold(title))


def numbered(seed: int, *, words: int = 60) -> str:
    """A text that shares no word with that of another seed."""
    return " ".join(f"w{seed}x{n}" for n in range(words))


def titles(one: str, other: str) -> bool:
    return title_score(heading(1, 1, one), heading(2, 2, other)) >= CLOSE


def told(*entries: tuple[Heading, str]) -> dict[int, tuple[int, ...]]:
    texts = {each.id: text for each, text in entries}
    found = twins(near([each for each, _ in entries], ()), texts.__getitem__)
    return {int(id): tuple(map(int, others)) for id, others in found.items()}


@pytest.mark.parametrize(
    "other",
    [
        "Monitor all the things! … and early too",
        "[cubicweb] Monitor all the things ... and early too!",
        "Jane Doe: Monitor all the things... and early too!",
        "[AFPy Salt-fr 2] MONITOR all the things, and early too",
        "Monitor all the thing ... and early too!",
    ],
)
def test_a_title_is_the_same_with_what_a_planet_puts_before_it(other: str) -> None:
    assert titles("Monitor all the things! ... and early too!", other)
    assert titles(other, "Monitor all the things! ... and early too!")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Writing a planet, part 1", "Writing a planet, part 2"),
        ("PolyMC 1.3.1 now available", "PolyMC 1.3.2 now available"),
        ("AFPyro à Lyon le 24 mai", "AFPyro à Lyon le 25 mai"),
        ("Week 9", "GSoC: week 10"),
        ("Formations décembre 2024", "Formations septembre 2024"),
        ("", ""),
        ("!", "?"),
        ("here", "a very long title that only happens to end here"),
    ],
)
def test_another_number_or_word_is_another_title(one: str, other: str) -> None:
    assert not titles(one, other)


def test_forty_eight_words_on_both_sides_are_needed() -> None:
    short, enough = numbered(1, words=47), numbered(1, words=48)
    assert text_score(short, short) == 0
    assert text_score(short, enough) == 0
    assert text_score(enough, enough) == 100


def test_what_is_written_without_spaces_has_words_too() -> None:
    japanese = "毎日のニュースを集めて読者に送る仕組みについて書きました。" * 6
    assert text_score(fold(japanese), fold(japanese)) == 100
    assert text_score(fold(japanese[:40]), fold(japanese[:40])) == 0


def test_an_excerpt_is_no_copy_of_its_article() -> None:
    article = numbered(1, words=100)
    assert text_score(article[: len(article) * 2 // 3], article) == 0


@given(TEXTS, TEXTS)
def test_closeness_is_the_same_from_either_side(one: str, other: str) -> None:
    assert text_score(one, other) == pytest.approx(text_score(other, one))
    assert text_score(one, one) == 100


def test_texts_of_one_source_are_never_twins() -> None:
    assert told((heading(1, 1), numbered(1)), (heading(2, 1), numbered(1))) == {}


def test_what_a_source_says_twice_is_nobody_s_copy() -> None:
    assert told(*((heading(id, source), numbered(1)) for id, source in ((1, 1), (2, 1), (3, 2)))) == {}


def test_the_closest_of_a_source_is_the_twin_whatever_the_order() -> None:
    a, b = numbered(1, words=100), f"{numbered(1, words=98)} another end"
    entries = [(heading(1, 1), a), (heading(2, 1), b), (heading(3, 2), a), (heading(4, 2), b)]
    for order in permutations(entries):
        assert told(*order) == {1: (3,), 3: (1,), 2: (4,), 4: (2,)}


def test_a_text_may_be_copied_by_several_sources() -> None:
    found = told(*((heading(source, source), numbered(1)) for source in (1, 2, 3)))
    assert {id: set(others) for id, others in found.items()} == {1: {2, 3}, 2: {1, 3}, 3: {1, 2}}


def test_only_what_arrives_is_compared_with_what_came_before() -> None:
    old = [heading(1, 1), heading(2, 2)]
    assert near([], old) == ()
    assert near([heading(3, 3)], old) == ((heading(3, 3), old[0]), (heading(3, 3), old[1]))


def test_texts_are_read_only_under_titles_that_are_alike() -> None:
    read: list[int] = []

    def text_of(id: EntryId) -> str:
        read.append(id)
        return numbered(1)

    crowd = [heading(id, id, f"Title number{id} of its own") for id in range(10, 200)]
    twins(near([heading(1, 1), heading(2, 2)], crowd), text_of)
    assert set(read) == {1, 2}


@given(
    st.lists(
        st.tuples(st.integers(1, 3), st.sampled_from(["A tale", "[x] A tale", "Else"]), TEXTS), max_size=6
    )
)
def test_twins_are_mutual_and_one_a_source(rows: list[tuple[int, str, str]]) -> None:
    entries = {n: (heading(n, source, title), text) for n, (source, title, text) in enumerate(rows, 1)}
    found = told(*entries.values())
    for id, others in found.items():
        sources = [entries[other][0].source_id for other in others]
        assert len(set(sources)) == len(sources)
        assert entries[id][0].source_id not in sources
        assert all(id in found[other] for other in others)
