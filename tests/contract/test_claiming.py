"""Which rows a claim takes, among several issues and a million; and planning any number of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import repeat

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from digest.errors import NotFound
from digest.model import IssueId
from digest.storage import Store, open_store
from digest.storage.chunks import CHUNK, chunked
from digest.storage.protocol.deliveries import Owed
from digest.storage.queries import load
from tests.ledger import LEASE, NOW, Planned, claim, explained, issue, peek, planned, poke, statuses

ADA, BOB, EVE = "ada@example.org", "bob@example.org", "eve@example.net"
LATER = NOW + timedelta(minutes=5)


@pytest.fixture
def three(store: Store) -> Planned:
    return planned(store, [ADA, BOB, EVE])


def confirmed(store: Store, *days: int | None) -> None:
    """When each reader confirmed: a day of October."""
    for id, day in enumerate(days, 1):
        at = None if day is None else f"2026-10-{day:02d}T00:00:00.000000Z"
        poke(store, "UPDATE subscriptions SET confirmed_at = ? WHERE id = ?", at, id)


def newest(store: Store, limit: int = 9) -> list[str]:
    found = store.deliveries.claim(NOW, NOW + LEASE, limit, newest_first=True)
    return [each.address for each in found]


def test_who_confirmed_last_comes_first_when_asked(store: Store, three: Planned) -> None:
    confirmed(store, 3, 9, None)

    assert newest(store, 1) == [BOB]
    assert newest(store) == [ADA, EVE]


def test_who_confirmed_last_comes_first_across_lists(store: Store, three: Planned) -> None:
    planned(store, ["dan@example.org"], slug="monthly")
    confirmed(store, 3, 9, 1, 5)

    assert newest(store) == [BOB, "dan@example.org", ADA, EVE]


def test_a_claim_can_keep_to_one_reader(store: Store, three: Planned) -> None:
    for is_newest in (False, True):
        found = store.deliveries.claim(NOW, NOW + LEASE, 9, address=BOB, newest_first=is_newest)
        assert [each.address for each in found] == [BOB]
        store.deliveries.give_back(each.held() for each in found)


def test_a_claim_carries_the_row_as_leasing_left_it(store: Store, three: Planned) -> None:
    (ada, *_) = claim(store)

    (line, *_) = store.deliveries.of_issue(three.issue_id)
    assert line.delivery == ada.delivery
    assert (ada.id, ada.attempts, ada.lease_until_at) == (1, 0, NOW + LEASE)
    assert ada.label == f"0001-weekly-{ADA}"


def test_the_newest_first_carry_the_same(store: Store, three: Planned) -> None:
    by_age = store.deliveries.claim(NOW, NOW + LEASE, 9)
    store.deliveries.give_back(each.held() for each in by_age)
    by_news = store.deliveries.claim(NOW, NOW + LEASE, 9, newest_first=True)

    assert [replace(each, delivery=replace(each.delivery, fence=1)) for each in by_news] == list(by_age)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    hours=st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=12),
    limit=st.integers(1, 5),
)
def test_rows_of_all_issues_come_by_hour_issue_and_id(
    tmp_path_factory: pytest.TempPathFactory, hours: list[tuple[int, int]], limit: int
) -> None:
    """As if they stood in one queue, whatever is asked of which index."""
    with open_store("sqlite://", base=tmp_path_factory.getbasetemp(), now=NOW) as store:
        for number in range(4):
            readers = [f"r{n}@{number}.example" for n, (of, _) in enumerate(hours) if of == number]
            made = planned(store, readers, slug=f"list-{number}")
            for subscription, hour in zip(
                made.subscriptions, [h for of, h in hours if of == number], strict=True
            ):
                at = f"2026-11-22T0{hour}:00:00.000000Z"
                poke(
                    store,
                    "UPDATE deliveries SET not_before_at = ? WHERE subscription_id = ?",
                    at,
                    subscription,
                )
        found = [each for batch in iter(lambda: claim(store, limit=limit), ()) for each in batch]
        queue = peek(store, "SELECT id FROM deliveries ORDER BY not_before_at, issue_id, id")

    assert [each.id for each in found] == [row["id"] for row in queue]


def test_a_claim_reads_open_rows_of_an_issue_in_their_order(store: Store) -> None:
    """No sorting of a million rows for ten of them."""
    sql = load("sqlite")["deliveries_claimable"].sql
    values = {"issue_id": 1, "now": "", "address": None, "limit": 1}

    plan = explained(store, sql, values)

    assert plan[0] == "SEARCH d USING INDEX deliveries_open (issue_id=? AND not_before_at<?)"
    assert not [step for step in plan if "TEMP B-TREE" in step or step.startswith("SCAN")]


# Planning


def test_planning_reads_rows_as_it_writes_them(store: Store, three: Planned) -> None:
    """A million rows are never held at once: when the second chunk is asked for, the first is there."""
    issue_id, edition_id = issue(store, night="2026-11-23", number=2)
    seen: list[int] = []

    def rows() -> Iterator[Owed]:
        for number in range(CHUNK + 1):
            if number == CHUNK:
                seen.append(store.deliveries.tally(issue_id).planned)
            yield replace(
                three.owed(three.subscriptions[number % 3]), issue_id=issue_id, edition_id=edition_id
            )

    assert store.deliveries.plan(rows()) == 3
    assert seen == [3]


def test_planning_into_an_issue_that_is_not_there_says_so(store: Store, three: Planned) -> None:
    with pytest.raises(NotFound):
        store.deliveries.plan([replace(three.owed(three.subscriptions[0]), issue_id=IssueId(9))])
    assert statuses(store) == ["planned"] * 3


def test_planning_within_a_unit_of_work_is_part_of_it(store: Store, three: Planned) -> None:
    issue_id, edition_id = issue(store, night="2026-11-23", number=2)
    owed = replace(three.owed(three.subscriptions[0]), issue_id=issue_id, edition_id=edition_id)

    def dying() -> Iterator[Owed]:
        yield from repeat(owed, CHUNK)
        raise RuntimeError

    with pytest.raises(RuntimeError), store.atomic():
        store.deliveries.plan(dying())

    assert store.deliveries.conservation(issue_id).candidates == 0


@given(st.integers(0, 40), st.integers(1, 9))
def test_chunks_joined_are_the_whole(length: int, size: int) -> None:
    chunks = list(chunked(range(length), size))

    assert [each for chunk in chunks for each in chunk] == list(range(length))
    assert all(len(chunk) == size for chunk in chunks[:-1])
    assert all(chunks)
