"""What was published, on every engine: frozen once, numbered without gaps, closed when nothing is open."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from digest.errors import StorageError
from digest.model import (
    EditionId,
    EntryId,
    Fragment,
    Issue,
    IssueId,
    IssueStory,
    ListId,
    NewEdition,
    NewIssue,
    Piece,
    Seq,
    Slot,
    StoryId,
    SubscriptionId,
)
from digest.storage import Store
from digest.storage.rows import instant
from tests.contract.ledger import sent

NIGHT = date(2026, 11, 22)
FRAGMENTS = (
    Fragment(
        name="foot",
        html=Piece(data=b"a=\r\n=\r\nb\r\n", slots=((4, Slot.WISHES), (7, Slot.UNSUBSCRIBE)), decoded_size=4),
        text=Piece(data=b""),
    ),
    Fragment(
        name="topic/~/2", html=Piece(data=b"\r\n", decoded_size=2), text=Piece(data=b"x\r\n", decoded_size=3)
    ),
)


@pytest.fixture
def weekly(store: Store, now: datetime) -> ListId:
    store.lists.sync([("weekly", "Weekly", ()), ("daily", "Daily", ())], now)
    found = store.lists.by_slug("weekly")
    assert found is not None
    return found.id


def new(list_id: ListId, now: datetime, *, nights: int = 0, number: int | None = 1) -> NewIssue:
    return NewIssue(
        list_id=list_id,
        night=NIGHT + timedelta(days=nights),
        number=number,
        from_seq=Seq(3),
        head_seq=Seq(9),
        cut_at=now,
    )


def frozen(store: Store, issue: NewIssue) -> Issue:
    return store.issues.freeze(issue, (), {"fr": FRAGMENTS, "en": FRAGMENTS[:1]})


def written(store: Store, line: IssueStory, now: datetime) -> None:
    """The story and entry that a line names, as far as the tables ask."""
    raw = store._connection._raw  # type: ignore[attr-defined]
    raw.execute("INSERT OR IGNORE INTO sources (id, slug, url, address) VALUES (1, 'a', 'b', 'b')")
    raw.execute("INSERT INTO stories (id, origin_entry_id) VALUES (?, ?)", (line.story_id, line.entry_id))
    raw.execute(
        "INSERT INTO entries (id, source_id, guid, title, title_key, content_hash, shown_hash, dated_at,"
        " first_seen_at, changed_at, state, seq, story_id)"
        " VALUES (?, 1, ?, '', '', '', '', ?, ?, ?, 'released', ?, ?)",
        (line.entry_id, str(line.entry_id), *[instant(now)] * 3, line.entry_id, line.story_id),
    )


def join(store: Store, list_id: ListId, now: datetime) -> SubscriptionId:
    raw = store._connection._raw  # type: ignore[attr-defined]
    raw.execute(
        "INSERT INTO subscribers (id, address, address_key, address_hash, created_at)"
        " VALUES (1, 'a', 'a', 'a', ?)",
        (instant(now),),
    )
    raw.execute("INSERT INTO wishes (id, body) VALUES (1, '{}')")
    raw.execute(
        "INSERT INTO subscriptions (id, subscriber_id, list_id, consent, cadence, language, format,"
        " wishes_id, cursor, created_at) VALUES (1, 1, ?, 'confirmed', 'weekly', 'fr', 'html', 1, 0, ?)",
        (list_id, instant(now)),
    )
    return SubscriptionId(1)


def edition(issue_id: IssueId, key: str = "k") -> NewEdition:
    return NewEdition(
        issue_id=issue_id,
        key=key,
        language="fr",
        format="html",
        subject="Été : « oui »",
        recipe=b'["a"]\x00\xff',
        stories=(StoryId(4), StoryId(2)),
        html_bytes=90_000,
        message_bytes=95_000,
    )


def test_an_issue_is_read_as_it_was_frozen(store: Store, weekly: ListId, now: datetime) -> None:
    issue = frozen(store, new(weekly, now))
    assert issue == Issue(
        id=issue.id, list_id=weekly, night=NIGHT, number=1, from_seq=Seq(3), head_seq=Seq(9), cut_at=now
    )
    assert store.issues.get(issue.id) == store.issues.by_night(weekly, NIGHT) == issue


def test_fragments_are_read_as_they_were_set(store: Store, weekly: ListId, now: datetime) -> None:
    issue = frozen(store, new(weekly, now))
    assert store.issues.fragments(issue.id, "fr") == {each.name: each for each in FRAGMENTS}
    assert store.issues.fragments(issue.id, "de") == {}
    assert store.issues.languages(issue.id) == ("en", "fr")


def test_of_one_night_the_first_issue_wins_whole(store: Store, weekly: ListId, now: datetime) -> None:
    first = frozen(store, new(weekly, now))
    again = store.issues.freeze(replace(new(weekly, now), head_seq=Seq(99)), (), {"fr": ()})
    assert again == first
    assert len(store.issues.fragments(first.id, "fr")) == 2


def test_numbers_go_up_by_one_and_extras_have_none(store: Store, weekly: ListId, now: datetime) -> None:
    assert store.issues.next_number(weekly) == 1
    frozen(store, new(weekly, now))
    extra = frozen(store, new(weekly, now, nights=1, number=None))
    assert (extra.number, store.issues.next_number(weekly)) == (None, 2)
    second = frozen(store, new(weekly, now, nights=2, number=2))
    assert store.issues.last_numbered(weekly) == second


def test_a_number_that_is_not_the_next_freezes_nothing(store: Store, weekly: ListId, now: datetime) -> None:
    with pytest.raises(StorageError, match=r"no\. 2"):
        frozen(store, new(weekly, now, number=2))
    assert store.issues.list_all() == ()


def test_a_freeze_that_fails_leaves_nothing(store: Store, weekly: ListId, now: datetime) -> None:
    with pytest.raises(StorageError):
        store.issues.freeze(new(weekly, now), (), {"fr": (*FRAGMENTS, FRAGMENTS[0])})
    assert store.issues.by_night(weekly, NIGHT) is None


def test_what_is_not_there_is_none(store: Store, weekly: ListId) -> None:
    nothing = (
        store.issues.get(IssueId(1)),
        store.issues.by_night(weekly, NIGHT),
        store.issues.last_numbered(weekly),
        store.issues.edition(EditionId(1)),
    )
    assert nothing == (None, None, None, None)
    assert store.issues.stories(IssueId(1)) == ()
    assert store.issues.editions(IssueId(1)) == ()


def test_issues_come_latest_night_first_of_one_list_or_all(
    store: Store, weekly: ListId, now: datetime
) -> None:
    daily = store.lists.by_slug("daily")
    assert daily is not None
    one = frozen(store, new(weekly, now))
    two = frozen(store, new(weekly, now, nights=7, number=2))
    other = frozen(store, new(daily.id, now, nights=1))
    assert store.issues.list_all() == (two, other, one)
    assert store.issues.list_all(weekly) == (two, one)
    assert store.issues.list_all(limit=1) == (two,)


def test_an_edition_is_read_as_it_was_cut(store: Store, weekly: ListId, now: datetime) -> None:
    issue = frozen(store, new(weekly, now))
    ids = store.issues.add_editions([edition(issue.id)])
    found = store.issues.edition(ids["k"])
    assert found is not None
    assert {**{name: getattr(found, name) for name in NewEdition.__slots__}} == {
        name: getattr(edition(issue.id), name) for name in NewEdition.__slots__
    }
    assert store.issues.editions(issue.id) == (found,)


def test_an_edition_added_again_keeps_its_id_and_bytes(store: Store, weekly: ListId, now: datetime) -> None:
    issue = frozen(store, new(weekly, now))
    first = store.issues.add_editions([edition(issue.id), edition(issue.id, "l")])
    again = store.issues.add_editions([replace(edition(issue.id), subject="other"), edition(issue.id, "m")])
    assert again["k"] == first["k"]
    assert [each.subject for each in store.issues.editions(issue.id)] == ["Été : « oui »"] * 3
    assert len({*first.values(), *again.values()}) == 3


def test_the_first_mark_of_planning_stays(store: Store, weekly: ListId, now: datetime) -> None:
    issue = frozen(store, new(weekly, now))
    store.issues.mark_planned(issue.id, now)
    store.issues.mark_planned(issue.id, now + timedelta(hours=1))
    marked = store.issues.get(issue.id)
    assert marked is not None
    assert marked.planned_at == now


def test_what_a_dead_night_did_not_plan_is_left_to_later_issues(
    store: Store, weekly: ListId, now: datetime
) -> None:
    dead, tonight = frozen(store, new(weekly, now)), frozen(store, new(weekly, now, nights=1, number=2))
    later = now + timedelta(days=1)
    assert store.issues.mark_past_planned(tonight.night, later) == 1
    assert store.issues.close_finished(later) == (dead.id,)
    assert store.issues.mark_past_planned(tonight.night, later) == 0


def test_only_planned_issues_close_and_their_fragments_go(
    store: Store, weekly: ListId, now: datetime
) -> None:
    planned, unplanned = frozen(store, new(weekly, now)), frozen(store, new(weekly, now, nights=1, number=2))
    store.issues.add_editions([edition(planned.id)])
    store.issues.mark_planned(planned.id, now)
    assert store.issues.close_finished(now) == (planned.id,)
    assert store.issues.close_finished(now + timedelta(days=1)) == ()
    assert store.issues.fragments(planned.id, "fr") == {}
    assert len(store.issues.fragments(unplanned.id, "fr")) == 2
    assert len(store.issues.editions(planned.id)) == 1
    closed = store.issues.get(planned.id)
    assert closed is not None
    assert closed.closed_at == now


def test_the_lines_of_an_issue_keep_their_order(store: Store, weekly: ListId, now: datetime) -> None:
    lines = tuple(
        IssueStory(story_id=StoryId(id), entry_id=EntryId(id * 10), topic=topic)
        for id, topic in ((3, "events"), (1, None), (2, "events"))
    )
    for line in lines:
        written(store, line, now)
    issue = store.issues.freeze(new(weekly, now), lines, {})
    assert store.issues.stories(issue.id) == lines


@pytest.mark.parametrize("status", ["planned", "deferred", "sending"])
def test_an_issue_with_an_open_delivery_stays_open(
    store: Store, weekly: ListId, now: datetime, status: str
) -> None:
    reader = join(store, weekly, now)
    sent(store, weekly, reader, now=now, status=status, stories=(1,))
    issue = store.issues.by_night(weekly, now.date())
    assert issue is not None
    store.issues.mark_planned(issue.id, now)
    assert store.issues.close_finished(now) == ()
