"""Laws of who is who (gather I1, I2, I3, I11)."""

from __future__ import annotations

import pytest

from digest.gather.document import ParsedEntry
from digest.gather.identity import BAD_IDS_ENTRIES, MAX_KEY, bad_ids, keyed, link_key
from digest.gather.matching import Matching, match, suspects
from digest.model import EntryId, Identity
from digest.model.gathering import KnownEntry
from tests.gathering import DAY, NOW, item, of

LONG = "A text long enough to tell: " + "one word after another, and then some more of them, " * 6


def matched(
    *found: ParsedEntry, known: tuple[KnownEntry, ...], texts: dict[EntryId, str] | None = None
) -> Matching:
    return match(keyed(found, Identity.ID), known, identity=Identity.ID, texts=texts or {})


@pytest.mark.parametrize(
    "link",
    [
        "https://example.org/post?a=1",
        "http://example.org/post?a=1",
        "https://www.example.org:443/post/?a=1",
        "https://EXAMPLE.org/post?utm_source=rss&a=1&fbclid=x#comments",
        "https://example.org/post?a=1#top",
    ],
)
def test_a_link_is_known_whatever_does_not_change_what_it_shows(link: str) -> None:
    assert link_key(link) == "example.org/post?a=1"


@pytest.mark.parametrize(
    "link", ["https://example.org/Post?a=1", "https://example.org/post", "https://example.org:8443/post?a=1"]
)
def test_links_to_other_pages_stay_apart(link: str) -> None:
    assert link_key(link) != "example.org/post?a=1"


@pytest.mark.parametrize("link", ["http://[::1", "mailto:a@b", "  "])
def test_what_is_no_link_never_raises(link: str) -> None:
    link_key(link)


def test_a_guid_is_taken_as_it_is() -> None:
    lower, upper = keyed((item("a", guid="abc"), item("b", guid="ABC")), Identity.ID)
    assert (lower.guid, upper.guid) == ("abc", "ABC")


def test_zero_is_a_guid() -> None:
    assert keyed((item("a", guid="0"),), Identity.ID)[0].key == "id:0"


def test_without_a_guid_the_link_identifies_and_without_a_link_the_text() -> None:
    by_link, by_text = keyed((item("a", guid=None), item("b", guid=None, link=None)), Identity.ID)
    assert (by_link.key, by_text.key[:5]) == ("link:blog.example/a", "hash:")


def test_a_huge_guid_is_bounded() -> None:
    one, other = keyed((item("a", guid="x" * 5000), item("b", guid="x" * 5001)), Identity.ID)
    assert one.key != other.key
    assert len(one.guid) < MAX_KEY


def test_entries_with_one_link_and_distinct_guids_are_all_kept() -> None:
    home = [item(name, link="https://blog.example/") for name in "abc"]
    assert len(keyed(home, Identity.ID)) == 3


def test_one_guid_with_different_fragments_is_one_entry() -> None:
    twice = [
        item("a", link="https://blog.example/a#one"),
        item("a", link="https://blog.example/a?utm_source=x"),
    ]
    assert len(keyed(twice, Identity.ID)) == 1


def test_a_repeated_guid_is_told_apart_by_link() -> None:
    found = keyed((item("a", guid="x"), item("b", guid="x"), item("c")), Identity.ID)
    assert len({each.key for each in found}) == 3


def test_a_repeated_guid_without_links_is_told_apart_by_title_whatever_comes_before() -> None:
    older = [item("a", guid="x", link=None), item("b", guid="x", link=None)]
    before = {each.content.title: each.key for each in keyed(older, Identity.ID)}
    after = {
        each.content.title: each.key
        for each in keyed([item("new", guid="x", link=None), *older], Identity.ID)
    }
    assert before.items() <= after.items()


def test_the_same_thing_twice_is_one() -> None:
    assert len(keyed((item("a"), item("a")), Identity.ID)) == 1


def test_many_repeated_ids_are_bad() -> None:
    assert bad_ids([item(str(n), guid=str(n // 2)) for n in range(BAD_IDS_ENTRIES)])


def test_one_repeated_id_among_many_is_not() -> None:
    assert not bad_ids([item(str(n), guid=str(max(n, 1))) for n in range(40)])


def test_ids_are_kept_when_links_tell_less() -> None:
    assert not bad_ids([item(str(n), guid=str(n // 2), link="https://blog.example/") for n in range(20)])


def test_no_ids_at_all_are_no_fault() -> None:
    assert not bad_ids([item(str(n), guid=None) for n in range(20)])


def test_a_known_key_is_enough() -> None:
    known = of(item("a", date=NOW), 1)
    other = item("a", title="New title", text="New text", link="https://elsewhere.example/", date=NOW + DAY)
    assert [pair.known.id for pair in matched(other, known=(known,)).matched] == [1]


MOVES = {
    "to another domain": {"link": "https://new.example/a"},
    "and took another title": {"title": "Retitled"},
    "to https with new ids": {"link": "http://blog.example/a"},
    "and lost its link": {"link": None},
}


@pytest.mark.parametrize("change", MOVES.values(), ids=MOVES)
def test_an_entry_that_lost_its_guid_is_known_by_two_things(change: dict[str, str]) -> None:
    known = of(item("a", date=NOW, text=LONG), 1)
    found = matched(
        item("a", guid="tag:other", date=NOW, text=LONG, **change), known=(known,), texts={EntryId(1): LONG}
    )
    assert [pair.known.id for pair in found.matched] == [1]
    assert found.matched[0].keys == ("id:tag:other",)


def test_a_text_edited_a_little_with_the_same_date_is_known() -> None:
    known = of(item("a", date=NOW, text=LONG), 1)
    moved = item("b", date=NOW, title="Retitled", text=LONG + "A line more.")
    assert suspects(keyed((moved,), Identity.ID), (known,)) == (1,)
    assert matched(moved, known=(known,), texts={EntryId(1): LONG}).matched


def test_link_and_title_alone_do_not_make_it_the_same() -> None:
    """The weather has them every day."""
    known = of(item("a", title="Forecast", text="Rain", date=NOW - DAY), 1)
    found = matched(item("a", guid="next", title="Forecast", text="Sun", date=NOW), known=(known,))
    assert len(found.new) == 1


def test_an_entry_still_in_the_document_is_nobody_else() -> None:
    here, twin = item("a", date=NOW, text=LONG), item("a", guid="tag:other", date=NOW, text=LONG)
    assert len(matched(here, twin, known=(of(here, 1),)).new) == 1


def test_each_known_entry_is_found_once() -> None:
    known = of(item("a", date=NOW), 1)
    copies = [item("a", guid=f"tag:{n}", date=NOW, link=f"https://x.example/{n}") for n in range(2)]
    found = matched(*copies, known=(known,))
    assert (len(found.matched), len(found.new)) == (1, 1)


def test_falling_to_links_makes_nothing_new() -> None:
    known = tuple(of(item(str(n), date=NOW), n) for n in range(1, 12))
    edited = [item(str(n), guid="same", text="Edited.", title=f"Retitled {n}") for n in range(1, 12)]
    found = match(keyed(edited, Identity.LINK), known, identity=Identity.LINK, texts={})
    assert not found.new
