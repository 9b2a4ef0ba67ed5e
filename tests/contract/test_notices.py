"""What an admin must hear of is said once."""

from __future__ import annotations

from datetime import datetime, timedelta

from digest.storage import Store

LATER = timedelta(days=1)


def test_a_notice_is_open_until_it_is_settled(store: Store, now: datetime) -> None:
    store.notices.raise_("source-down", "cubicweb", "cubicweb has been down for 7 days.", now)
    (notice,) = store.notices.open()
    assert (notice.at, notice.kind, notice.subject) == (now, "source-down", "cubicweb")
    assert notice.words == "cubicweb has been down for 7 days."
    assert notice.settled_at is None
    store.notices.settle("source-down", "cubicweb", now)
    assert store.notices.open() == ()


def test_an_open_notice_is_not_doubled(store: Store, now: datetime) -> None:
    said = [store.notices.raise_("source-down", "cubicweb", "…", now + day * LATER) for day in range(3)]
    assert said == [True, False, False]
    assert [notice.at for notice in store.notices.open()] == [now]


def test_another_kind_or_another_subject_is_another_notice(store: Store, now: datetime) -> None:
    store.notices.raise_("source-down", "cubicweb", "…", now)
    store.notices.raise_("source-down", "afpyro", "…", now)
    store.notices.raise_("quarantine", "cubicweb", "…", now)
    assert len(store.notices.open()) == 3


def test_what_comes_back_is_said_again(store: Store, now: datetime) -> None:
    store.notices.raise_("source-down", "cubicweb", "…", now)
    store.notices.settle("source-down", "cubicweb", now + LATER)
    assert store.notices.raise_("source-down", "cubicweb", "…", now + 2 * LATER)
    assert [notice.at for notice in store.notices.open()] == [now + 2 * LATER]


def test_what_comes_back_at_the_same_instant_is_said_again(store: Store, now: datetime) -> None:
    store.notices.raise_("source-down", "cubicweb", "first", now)
    store.notices.settle("source-down", "cubicweb", now)
    assert store.notices.raise_("source-down", "cubicweb", "second", now)
    assert [notice.words for notice in store.notices.open()] == ["second"]


def test_settling_says_whether_there_was_something_to_settle(store: Store, now: datetime) -> None:
    store.notices.raise_("source-down", "cubicweb", "…", now)
    settled = [store.notices.settle("source-down", "cubicweb", now) for _ in range(2)]
    assert settled == [True, False]


def test_the_oldest_comes_first(store: Store, now: datetime) -> None:
    for subject, at in (("b", now + LATER), ("c", now), ("a", now + 2 * LATER)):
        store.notices.raise_("source-down", subject, "…", at)
    assert [notice.subject for notice in store.notices.open()] == ["c", "b", "a"]


def test_a_notice_is_told_once(store: Store, now: datetime) -> None:
    store.notices.raise_("source-down", "cubicweb", "…", now)
    (untold,) = store.notices.untold()
    store.notices.told([untold], now)
    assert store.notices.untold() == ()
    assert [notice.subject for notice in store.notices.open()] == ["cubicweb"]


def test_what_was_told_is_over_once_it_is_settled(store: Store, now: datetime) -> None:
    store.notices.raise_("source-down", "cubicweb", "…", now)
    store.notices.told(store.notices.untold(), now)
    assert store.notices.over() == ()
    store.notices.settle("source-down", "cubicweb", now + LATER)
    over = store.notices.over()
    assert [notice.subject for notice in over] == ["cubicweb"]
    store.notices.told(over, now + LATER)
    assert store.notices.over() == ()


def test_what_nobody_was_told_of_is_not_told_to_be_over(store: Store, now: datetime) -> None:
    store.notices.raise_("source-down", "cubicweb", "…", now)
    store.notices.settle("source-down", "cubicweb", now)
    assert (store.notices.untold(), store.notices.over()) == ((), ())


def test_what_comes_back_is_untold_again(store: Store, now: datetime) -> None:
    store.notices.raise_("source-down", "cubicweb", "…", now)
    store.notices.told(store.notices.untold(), now)
    store.notices.settle("source-down", "cubicweb", now)
    store.notices.raise_("source-down", "cubicweb", "again", now)
    assert [notice.words for notice in store.notices.untold()] == ["again"]
