"""Laws of what becomes of new entries (gather I4, I6, I7, I8), and the one law: new exactly once."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.gather.bookkeeping import GatherPlan
from digest.gather.document import ParsedEntry, ParsedFeed
from digest.model import EntryState
from digest.settings.schema import Filter, Gather, SourceSettings
from tests.gathering import DAY, NOW, SETTINGS, Shelf, feed, item, of, planned, source

FRESH = source(seeded_at=None, succeeded_at=None, checked_at=None)


def states(made: GatherPlan) -> dict[str, EntryState]:
    return {new.content.title.removeprefix("About "): new.state for new in made.gathering.new}


def news(made: GatherPlan) -> set[str]:
    return {name for name, state in states(made).items() if state is EntryState.WAITING}


class TestSeeding:
    def test_of_a_new_source_the_newest_by_date_are_news(self) -> None:
        made = planned(
            FRESH, feed(*(item(name, date=NOW - n * DAY) for n, name in [(9, "c"), (1, "a"), (5, "b")]))
        )
        assert states(made) == {"a": EntryState.WAITING, "b": EntryState.WAITING, "c": EntryState.SEEDED}

    def test_without_dates_the_first_of_the_document_are(self) -> None:
        assert news(planned(FRESH, feed(*map(item, "abcd")))) == {"a", "b"}

    def test_none_are_when_none_are_wanted(self) -> None:
        made = planned(FRESH, feed(item("a")), gather=Gather(first_entries=0))
        assert states(made) == {"a": EntryState.SEEDED}

    def test_after_an_empty_first_document_the_first_entry_is_news(self) -> None:
        empty = planned(FRESH, feed(), gather=Gather(first_entries=0)).gathering.source
        assert news(planned(empty, feed(item("a", date=NOW)), gather=Gather(first_entries=0))) == {"a"}

    def test_after_an_empty_first_document_an_archive_is_seeded(self) -> None:
        empty = planned(FRESH, feed()).gathering.source
        made = planned(empty, feed(*(item(str(n), date=NOW - (30 + n) * DAY) for n in range(50))))
        assert Counter(states(made).values()) == {EntryState.WAITING: 5, EntryState.SEEDED: 45}
        assert not made.gathering.notices

    def test_kept_out_entries_take_no_place(self) -> None:
        picky = replace_settings(drop=Filter(words=("ad",)))
        made = planned(FRESH, feed(item("ad"), item("a"), item("b")), configured=picky)
        assert news(made) == {"a", "b"}


def replace_settings(**changes: object) -> SourceSettings:
    return SETTINGS.model_copy(update=changes)


class TestFlood:
    KNOWN = tuple(of(item(f"known {n}", date=NOW - n * DAY), n) for n in range(1, 20))

    def test_five_old_ones_are_news_and_the_rest_waits_for_hands(self) -> None:
        made = planned(
            source(), feed(*(item(str(n), date=NOW - (100 + n) * DAY) for n in range(30))), self.KNOWN
        )
        assert news(made) == {"0", "1", "2", "3", "4"}
        assert Counter(states(made).values())[EntryState.QUARANTINED] == 25
        assert [notice.kind for notice in made.gathering.notices] == ["quarantine"]

    def test_five_old_ones_alone_are_no_flood(self) -> None:
        made = planned(source(), feed(*(item(str(n), date=NOW - 100 * DAY) for n in range(5))), self.KNOWN)
        assert len(news(made)) == 5

    def test_a_year_of_posts_after_a_year_of_silence_is_news(self) -> None:
        back = source(succeeded_at=NOW - 365 * DAY)
        known = (of(item("old", date=NOW - 366 * DAY), 1),)
        made = planned(back, feed(*(item(str(n), date=NOW - n * 30 * DAY) for n in range(12))), known)
        assert len(news(made)) == 12

    def test_a_planet_whose_members_are_days_late_is_no_flood(self) -> None:
        made = planned(source(), feed(*(item(str(n), date=NOW - 3 * DAY) for n in range(30))), self.KNOWN)
        assert len(news(made)) == 30

    def test_undated_entries_are_news(self) -> None:
        assert len(news(planned(source(), feed(*(item(str(n)) for n in range(50))), self.KNOWN))) == 50


class TestDates:
    @pytest.mark.parametrize(
        ("published", "updated", "label"),
        [
            (NOW - DAY, NOW, NOW - DAY),
            (None, NOW - DAY, NOW - DAY),
            (None, None, NOW),
            (datetime(1970, 1, 1, tzinfo=UTC), None, NOW),
            (NOW + timedelta(hours=2), NOW - DAY, NOW),
            (NOW + 400 * DAY, NOW - DAY, NOW - DAY),
            (NOW + 400 * DAY, None, NOW),
        ],
    )
    def test_the_label_is_the_first_plausible_date(
        self, published: datetime | None, updated: datetime | None, label: datetime
    ) -> None:
        made = planned(source(), feed(item("a", date=published, updated_at=updated)))
        assert made.gathering.new[0].dated_at == label

    def test_a_date_that_moves_makes_nothing_new_and_moves_no_label(self) -> None:
        shelf = Shelf(source())
        shelf.take(feed(item("a", date=NOW - DAY)), now=NOW)
        for days in (0, 5, -30):
            shelf.take(feed(item("a", date=NOW + days * DAY)), now=NOW + DAY)
        assert len(shelf.arrived) == 1
        assert shelf.known[1].dated_at == NOW - DAY

    def test_a_future_entry_is_held_where_the_source_says_so(self) -> None:
        made = planned(
            source(), feed(item("a", date=NOW + 3 * DAY)), configured=replace_settings(future="hold")
        )
        (new,) = made.gathering.new
        assert (new.state, new.held_until_at, new.dated_at) == (EntryState.HELD, NOW + 3 * DAY, NOW + 3 * DAY)

    def test_what_is_held_follows_its_date(self) -> None:
        known = of(item("a", date=NOW + 3 * DAY), 1, state=EntryState.HELD)
        (changed,) = planned(source(), feed(item("a", date=NOW)), (known,)).gathering.changed
        assert changed.held_until_at == NOW

    def test_dates_of_events_are_no_labels_and_hold_nothing(self) -> None:
        calendar = replace_settings(dates="event", future="hold")
        (new,) = planned(source(), feed(item("a", date=NOW + 30 * DAY)), configured=calendar).gathering.new
        assert (new.state, new.dated_at, new.event_at) == (EntryState.WAITING, NOW, NOW + 30 * DAY)


class TestFilter:
    DROP = replace_settings(drop=Filter(words=("Sponsorisé",), categories=("Ads",)))
    KEEP = replace_settings(keep=Filter(words=("python",)))

    def test_a_word_drops_whatever_its_case_and_accents(self) -> None:
        (new,) = planned(
            source(), feed(item("a", title="SPONSORISE : du neuf")), configured=self.DROP
        ).gathering.new
        assert (new.state, new.reason) == (EntryState.DROPPED, "drop word 'Sponsorisé'")

    def test_a_category_drops(self) -> None:
        (new,) = planned(source(), feed(item("a", categories=("ads",))), configured=self.DROP).gathering.new
        assert (new.state, new.reason) == (EntryState.DROPPED, "drop category 'Ads'")

    def test_only_what_keep_names_is_kept(self) -> None:
        made = planned(source(), feed(item("Python 3.15"), item("Pythonesque")), configured=self.KEEP)
        assert states(made) == {"Python 3.15": EntryState.WAITING, "Pythonesque": EntryState.DROPPED}


class TestWithdrawal:
    DAYS = tuple(item(str(n), date=NOW - n * DAY) for n in range(6))
    KNOWN = tuple(of(each, n) for n, each in enumerate(DAYS, start=1))

    def test_an_entry_missing_among_others_is_withdrawn(self) -> None:
        made = planned(source(), feed(*self.DAYS[:2], *self.DAYS[3:]), self.KNOWN)
        assert made.gathering.withdrawn == (3,)

    @pytest.mark.parametrize("window", [DAYS[1:], DAYS[:4]], ids=["newest gone", "oldest gone"])
    def test_at_the_ends_a_gap_means_nothing(self, window: tuple[ParsedEntry, ...]) -> None:
        assert not planned(source(), feed(*window), self.KNOWN).gathering.withdrawn

    def test_in_a_malformed_document_a_gap_means_nothing(self) -> None:
        made = planned(source(), feed(*self.DAYS[:2], *self.DAYS[3:], malformed=True), self.KNOWN)
        assert not made.gathering.withdrawn

    def test_in_a_document_out_of_order_a_gap_means_nothing(self) -> None:
        made = planned(source(), feed(self.DAYS[5], self.DAYS[1], self.DAYS[0]), self.KNOWN)
        assert not made.gathering.withdrawn

    def test_what_is_held_or_seeded_is_not_withdrawn(self) -> None:
        known = tuple(replace(each, state=EntryState.SEEDED) for each in self.KNOWN)
        assert not planned(source(), feed(*self.DAYS[:2], *self.DAYS[3:]), known).gathering.withdrawn

    def test_coming_back_ends_it(self) -> None:
        known = (replace(self.KNOWN[0], withdrawn_at=NOW - DAY),)
        made = planned(source(), feed(self.DAYS[0]), known)
        assert (made.gathering.returned, made.gathering.new) == ((1,), ())


class TestEdits:
    def test_an_edit_is_stored_under_the_same_entry(self) -> None:
        (changed,) = planned(source(), feed(item("a", text="Better.")), (of(item("a"), 1),)).gathering.changed
        assert (changed.id, changed.content.text, changed.edited) == (1, "Better.", True)

    def test_a_new_link_is_stored_but_is_no_edit(self) -> None:
        moved = item("a", link="https://blog.example/2026/a")
        (changed,) = planned(source(), feed(moved), (of(item("a"), 1),)).gathering.changed
        assert changed.edited is False

    def test_nothing_is_written_for_what_did_not_change(self) -> None:
        assert not planned(source(), feed(item("a")), (of(item("a"), 1),)).gathering.changed


names = st.sampled_from("abcdefgh")
versions = st.builds(
    lambda name, edit, days: item(
        name,
        title=f"About {name}",
        text=f"Text {edit} of {name}.",
        date=None if days is None else NOW - days * DAY,
    ),
    names,
    st.integers(0, 3),
    st.none() | st.integers(-3, 400),
)
documents = st.lists(
    st.lists(versions, max_size=8, unique_by=lambda each: each.guid).map(lambda entries: feed(*entries)),
    max_size=12,
)


@given(documents)
def test_an_entry_comes_exactly_once_whatever_its_feed_does(history: list[ParsedFeed]) -> None:
    """Edits, other orders, other dates, leaving and coming back: never new twice, never lost."""
    shelf = Shelf(FRESH)
    for night, document in enumerate(history):
        shelf.take(document, now=NOW + night * DAY)
    seen = {each.content.title for document in history for each in document.entries}
    assert Counter(name for name, _ in shelf.arrived) == Counter(dict.fromkeys(seen, 1))


@given(st.lists(versions, min_size=1, max_size=8, unique_by=lambda each: each.guid), st.integers(0, 3))
def test_new_guids_for_the_same_entries_bring_nothing_new(entries: list[ParsedEntry], seed: int) -> None:
    shelf = Shelf(source())
    shelf.take(feed(*entries), now=NOW)
    shelf.take(feed(*(replace(each, guid=f"{seed}:{each.guid}") for each in entries)), now=NOW + DAY)
    again = [each for each in entries if each.content.published_at]
    came_twice = Counter(name for name, _ in shelf.arrived)
    assert all(came_twice[each.content.title] == 1 for each in again)
