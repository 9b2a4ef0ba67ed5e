"""Laws of the cut: what is in an edition, in which form, under the budget, and what its inbox line says."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from functools import cache

from hypothesis import given, settings
from hypothesis import strategies as st

from digest.compose import headline
from digest.compose.encode import full_size
from digest.compose.lines import clip, width, wrap
from digest.compose.shrink import BUDGET, Candidate, shrink
from digest.model import IssueId, Section, StoryId
from tests.papers import PAPER, Galley, sections, story

STORIES = tuple(
    story(
        id,
        source=1 + id % 3,
        topic=("events", "web", "")[id % 3 if id % 5 else 0],
        twins=(2,) if id == 3 else (),
    )
    for id in range(1, 31)
)
GALLEY = Galley.of(STORIES)
LONG = Galley.of(
    [story(id, source=1 + (id > 20), content_html=f"<p>{'é' * 700} {id}</p>") for id in range(1, 41)],
    replace(PAPER, show="full"),
)


@cache
def huge() -> Galley:
    """Titles alone are more than a mail may hold."""
    return Galley.of([story(id, title="長" * 500) for id in range(1, 200)])


def all_in(chosen: Sequence[Section]) -> list[StoryId]:
    return [id for each in chosen for id in (*each.stories, *all_in(each.sections))]


def shown(recipe: bytes) -> list[tuple[int, str]]:
    """(story, form) in order."""
    names = [
        step.split("/") for step in json.loads(recipe) if isinstance(step, str) and step.startswith("story/")
    ]
    return [(int(name[1]), name[2]) for name in names]


chosen = st.sets(st.sampled_from(STORIES), min_size=1).map(
    lambda found: sorted(found, key=lambda each: each.id)
)


@given(chosen)
def test_an_edition_holds_exactly_the_wanted_stories_in_order(some: list) -> None:  # type: ignore[type-arg]
    edition = GALLEY.cut(sections(some))
    assert [id for id, _ in shown(edition.recipe)] == all_in(sections(some)) == list(edition.stories)


@given(chosen, st.integers(min_value=1, max_value=40))
def test_beyond_max_entries_stories_are_listed_by_title(some: list, most: int) -> None:  # type: ignore[type-arg]
    forms = [form for _, form in shown(GALLEY.cut(sections(some), max_entries=most).recipe)]
    assert forms == ["full"] * min(most, len(some)) + ["title"] * max(0, len(some) - most)


@given(chosen, chosen)
def test_keys_are_equal_exactly_when_editions_are(one: list, other: list) -> None:  # type: ignore[type-arg]
    first, second = GALLEY.cut(sections(one)), GALLEY.cut(sections(other))
    assert (first.key == second.key) == (first == second) == (sections(one) == sections(other))


def test_format_older_ones_and_period_tell_editions_apart() -> None:
    base = GALLEY.cut(sections(STORIES))
    others = [
        GALLEY.cut(sections(STORIES), **more)
        for more in ({"format": "text"}, {"older": 2}, {"max_entries": 3})
    ]
    assert len({base.key, *(other.key for other in others)}) == 4


@settings(max_examples=20, deadline=None)
@given(st.integers(min_value=1, max_value=40))
def test_html_stays_under_the_budget_and_all_of_it_counts_as_served(n: int) -> None:
    ids = tuple(StoryId(id) for id in range(1, n + 1))
    edition = LONG.cut((Section(kind="topic", key="", stories=ids),))
    assert edition.html_bytes < BUDGET
    assert sorted(edition.stories) == sorted(ids)
    assert [id for id, _ in shown(edition.recipe)] == list(edition.stories)
    assert edition.html_bytes == sum(
        full_size(LONG.fragments[step].html) if isinstance(step, str) else len(step[0])
        for step in json.loads(edition.recipe)
    )


def test_what_is_left_out_for_size_is_a_number_with_the_older_ones() -> None:
    ids = tuple(StoryId(id) for id in range(1, 200))
    edition = huge().cut((Section(kind="topic", key="", stories=ids),), older=4, max_entries=1000)
    left = 199 - len(shown(edition.recipe))
    assert left > 0
    assert any(
        f"et {left + 4} autres articles" in step[0] for step in json.loads(edition.recipe) if len(step) == 2
    )


def test_the_foot_is_in_every_edition() -> None:
    ids = tuple(StoryId(id) for id in range(1, 200))
    edition = huge().cut((Section(kind="topic", key="", stories=ids),))
    assert json.loads(edition.recipe)[-2:] == ["html/foot", "text/foot"]


def test_a_text_edition_has_no_html() -> None:
    edition = GALLEY.cut(sections(STORIES), format="text")
    assert edition.html_bytes == 0
    assert edition.message_bytes < GALLEY.cut(sections(STORIES)).message_bytes


def test_a_cut_becomes_an_edition_of_its_issue() -> None:
    edition = GALLEY.cut(sections(STORIES))
    stored = edition.edition(IssueId(9))
    assert (stored.issue_id, stored.key, stored.recipe) == (9, edition.key, edition.recipe)


def test_a_story_under_another_sources_heading_carries_its_own_on_its_line() -> None:
    edition = GALLEY.cut((Section(kind="source", key="logilab", stories=(StoryId(3),)),))
    assert "story/3/full/line3" in json.loads(edition.recipe)


sources = st.sampled_from("abc")
sizes = st.tuples(st.integers(50, 300), st.integers(20, 50), st.integers(1, 20)).map(
    lambda each: {"full": each[0], "brief": each[1], "title": each[2], "": 0}
)


@st.composite
def running(draw: st.DrawFn) -> tuple[list[Candidate], list[int]]:
    headings = draw(st.lists(st.integers(1, 60), min_size=1, max_size=4))
    n = draw(st.integers(0, 12))
    return [
        Candidate(
            id=StoryId(at),
            source=draw(sources),
            age=(str(draw(st.integers(10, 99))), at),
            sizes=draw(sizes),
            headings=(draw(st.integers(0, len(headings) - 1)),),
        )
        for at in range(n)
    ], headings


def total(candidates: list[Candidate], headings: list[int], forms: list[str], fixed: int) -> int:
    used = {h for each, form in zip(candidates, forms, strict=True) if form for h in each.headings}
    return (
        fixed
        + sum(headings[h] for h in used)
        + sum(each.sizes[form] for each, form in zip(candidates, forms, strict=True))
    )


@given(running(), st.integers(100, 1500))
def test_shrinking_reaches_the_budget_or_leaves_nothing(
    given_: tuple[list[Candidate], list[int]], budget: int
) -> None:
    candidates, headings = given_
    forms = shrink(candidates, headings, fixed=90, max_entries=60, budget=budget)
    assert total(candidates, headings, forms, 90) < budget or not any(forms)


@given(running(), st.integers(100, 1500))
def test_nothing_is_listed_by_title_while_another_is_full(
    given_: tuple[list[Candidate], list[int]], budget: int
) -> None:
    forms = set(shrink(given_[0], given_[1], fixed=90, max_entries=60, budget=budget))
    assert not {"full", "title"} <= forms
    assert not ("" in forms and forms & {"full", "brief"})


def test_the_oldest_of_the_source_with_most_full_ones_gives_way_first() -> None:
    candidates = [
        Candidate(id=StoryId(at), source=source, age=(age, at), headings=(),
                  sizes={"full": 100, "brief": 50, "title": 10, "": 0})
        for at, (source, age) in enumerate([("a", "1"), ("b", "3"), ("b", "2"), ("b", "4"), ("a", "5")])
    ]  # fmt: skip
    forms = shrink(candidates, [], fixed=0, max_entries=60, budget=401)
    # "b" has three: its oldest goes. Then both have two: the first by name, and there the oldest.
    assert forms == ["brief", "full", "brief", "full", "full"]


@given(st.text(), st.lists(st.text(max_size=80), max_size=5))
def test_a_subject_is_one_short_clean_line(title: str, titles: list[str]) -> None:
    found = headline.subject(title, titles, PAPER.words)
    assert width(found) <= headline.SUBJECT_WIDTH
    assert not any(char in found for char in "\r\n\t\x00\u202e\u2066\u200b")


def test_a_subject_is_cut_at_a_word() -> None:
    found = headline.subject(
        "La semaine", ["Une première nouvelle", "une seconde nouvelle vraiment longue"], PAPER.words
    )
    assert found == "La semaine\u00a0: Une première nouvelle, une seconde nouvelle…"


def test_the_preheader_does_not_repeat_the_first_title() -> None:
    assert (
        headline.preheader("3 articles", ["Un", "Deux", "Trois"], PAPER.words)
        == "3 articles\u00a0: Deux, Trois"
    )


@given(st.text(max_size=300), st.integers(2, 80))
def test_a_clipped_text_is_within_its_width(text: str, limit: int) -> None:
    assert width(clip(text, limit)) <= max(limit, 0)


@given(st.text(st.characters(categories=["L", "N", "P", "Zs", "So"]), max_size=400))
def test_a_wrapped_text_is_within_72_cells_and_loses_nothing(text: str) -> None:
    lines = wrap(text).split("\n")
    assert all(width(line) <= 72 for line in lines if not line.startswith(("http", "mailto:")))
    assert "".join("".join(lines).split()) == "".join(text.split())


def test_an_address_is_never_broken() -> None:
    address = "https://blog.example.org/" + "a" * 90
    assert wrap(f"voir {address} ici").split("\n") == ["voir", address, "ici"]
