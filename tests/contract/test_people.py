"""People: what every store keeps of them, and the units of work on it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial

import pytest

from digest.storage import Store
from subscribers.addresses import address_hash
from subscribers.joining import Decision, Outcome, Proof, Start, ask, confirm
from subscribers.leaving import leave, undo
from subscribers.model import (
    Cadence,
    Consent,
    Format,
    ListId,
    OnReturn,
    Reason,
    Rhythm,
    Subscription,
    SubscriptionId,
    Suppression,
    Weekday,
    Wishes,
    Word,
)
from subscribers.store import Change, Step
from tests.contract.ledger import sent
from tests.people.makers import address, terms

SALT = b"salt" * 8


@pytest.fixture
def weekly(store: Store, now: datetime) -> ListId:
    store.lists.sync([("weekly", "Weekly", ()), ("daily", "Daily", ())], now)
    found = store.lists.by_slug("weekly")
    assert found
    return found.id


def join(
    store: Store, weekly: ListId, now: datetime, email: str = "jean@example.org", **how: object
) -> Change:
    """A confirmed place, due in a day, served up to 10."""
    person = address(email)
    start = Start(due_at=now + timedelta(days=1), cursor=10)
    return store.people.join(
        person,
        address_hash(person.key, SALT),
        terms(weekly, **how),  # type: ignore[arg-type]
        proof=Proof(at=now, method="cli"),
        decide=partial(confirm, start=start, now=now, event="added"),
    )


def place(store: Store, id: SubscriptionId) -> Subscription:
    found = store.people.subscription(id)
    assert found
    return found


def everyone_due(store: Store, weekly: ListId, before: datetime, page: int = 100) -> Iterator[Subscription]:
    after = None
    while found := store.people.due(weekly, before=before, after=after, limit=page):
        yield from found
        after = found[-1]


def test_joining_makes_the_person_the_place_and_its_proof_at_once(
    store: Store, weekly: ListId, now: datetime
) -> None:
    joined = join(store, weekly, now)
    assert joined.outcome is Outcome.JOINED
    subscription = joined.member.subscription
    assert place(store, subscription.id) == subscription
    assert store.people.find(address("JEAN@example.org")) == joined.member.subscriber
    assert store.people.subscriptions_of(joined.member.subscriber.id) == (subscription,)
    (proof,) = store.people.consents(subscription.id)
    assert (proof.event, proof.method, proof.at) == ("added", "cli", now)


def test_a_person_is_one_whatever_the_case_of_their_address(
    store: Store, weekly: ListId, now: datetime
) -> None:
    first = join(store, weekly, now, "Jean@Example.org")
    again = join(store, weekly, now, "jean@example.ORG")
    assert again.outcome is Outcome.ALREADY
    assert again.member == first.member
    assert len(store.people.consents(first.member.subscription.id)) == 1


def test_a_decision_that_fails_leaves_no_trace(store: Store, weekly: ListId, now: datetime) -> None:
    def decide(current: Subscription | None) -> Decision:
        raise RuntimeError("no")

    with pytest.raises(RuntimeError):
        store.people.join(
            address("x@example.org"), "h", terms(weekly), proof=Proof(at=now, method="cli"), decide=decide
        )
    assert store.people.find(address("x@example.org")) is None


def test_equal_wishes_are_one_row(store: Store, weekly: ListId, now: datetime) -> None:
    wishes = Wishes.of(sources={"b": Word.MUTE, "a": Word.FOLLOW}, topics={"t": Word.MUTE}, languages=("fr",))
    one = join(store, weekly, now, "a@example.org", wishes=wishes).member.subscription
    two = join(store, weekly, now, "b@example.org").member.subscription
    assert one.wishes_id != two.wishes_id
    store.people.set_wishes(two.id, wishes)
    two = place(store, two.id)
    assert two.wishes == wishes
    assert two.wishes_id == one.wishes_id


def test_wishes_follow_a_renamed_slug_and_merge_with_equal_ones(
    store: Store, weekly: ListId, now: datetime
) -> None:
    old = Wishes.of(sources={"old": Word.MUTE})
    one = join(store, weekly, now, "a@example.org", wishes=old).member.subscription
    two = join(store, weekly, now, "b@example.org", wishes=Wishes.of(sources={"new": Word.MUTE}))
    assert store.people.rename(sources={"old": "new"}, topics={}) == 1
    assert place(store, one.id).wishes_id == two.member.subscription.wishes_id
    assert store.people.rename(sources={"old": "new"}, topics={}) == 0


def test_rhythm_look_and_pause_are_kept_as_given(store: Store, weekly: ListId, now: datetime) -> None:
    id = join(store, weekly, now).member.subscription.id
    rhythm = Rhythm(cadence=Cadence.WEEKLY, weekday=Weekday.FRIDAY, hour=0, timezone="Asia/Tokyo")
    store.people.set_rhythm(id, rhythm, due_at=now)
    store.people.set_look(id, language="en", format=Format.TEXT)
    store.people.pause(id, until=now + timedelta(days=9), on_return=OnReturn.CATCH_UP)
    found = place(store, id)
    assert (found.rhythm, found.due_at, found.language, found.format) == (rhythm, now, "en", Format.TEXT)
    assert (found.paused_until, found.on_return) == (now + timedelta(days=9), OnReturn.CATCH_UP)


def test_a_new_rhythm_makes_nobody_due_who_is_not_confirmed(
    store: Store, weekly: ListId, now: datetime
) -> None:
    start = Start(due_at=now, cursor=1)
    asked = store.people.join(
        address("a@example.org"),
        "h",
        terms(weekly),
        proof=Proof(at=now, method="web"),
        decide=partial(ask, start=start),
    )
    id = asked.member.subscription.id
    store.people.set_rhythm(id, Rhythm(cadence=Cadence.NIGHTLY), due_at=now)
    assert place(store, id).due_at is None
    store.people.restart(id, cursor=5, due_at=now)
    assert place(store, id).due_at is None


def test_leaving_and_taking_it_back_leave_a_line_each(store: Store, weekly: ListId, now: datetime) -> None:
    before = join(store, weekly, now).member.subscription
    proof = Proof(at=now, method="one-click", ip_prefix="192.0.2.0/24")
    left = store.people.change(before.id, proof=proof, decide=partial(leave, now=now))
    assert left
    assert left.member.subscription.consent is Consent.UNSUBSCRIBED
    assert left.member.subscription.due_at is None
    again = store.people.change(before.id, proof=proof, decide=partial(leave, now=now))
    assert again
    assert again.outcome is Outcome.ALREADY
    back = store.people.change(
        before.id,
        proof=proof,
        decide=partial(
            undo, now=now, due_at=now + timedelta(days=1), served_to=store.people.served_to(before.id)
        ),
    )
    assert back
    assert back.member.subscription == before
    assert [line.event for line in store.people.consents(before.id)] == ["added", "unsubscribed", "undone"]
    assert store.people.consents(before.id)[1].ip_prefix == "192.0.2.0/24"


def test_who_rejoins_gets_the_terms_they_ask_for_now(store: Store, weekly: ListId, now: datetime) -> None:
    id = join(store, weekly, now).member.subscription.id
    store.people.pause(id, until=now + timedelta(days=90), on_return=OnReturn.CATCH_UP)
    store.people.change(id, proof=Proof(at=now, method="cli"), decide=partial(leave, now=now))
    again = join(store, weekly, now, cadence=Cadence.MONTHLY, language="en")
    assert again.outcome is Outcome.REJOINED
    found = again.member.subscription
    assert (found.id, found.rhythm.cadence, found.language) == (id, Cadence.MONTHLY, "en")
    assert found.paused_until is None


def test_nobody_changes_a_place_that_is_not_there(store: Store, weekly: ListId, now: datetime) -> None:
    proof = Proof(at=now, method="cli")
    assert store.people.change(SubscriptionId(99), proof=proof, decide=partial(leave, now=now)) is None
    assert store.people.subscription(SubscriptionId(99)) is None


def test_a_list_is_read_in_pages_and_counted_by_consent(store: Store, weekly: ListId, now: datetime) -> None:
    ids = [join(store, weekly, now, f"a{n}@example.org").member.subscription.id for n in range(5)]
    store.people.change(ids[2], proof=Proof(at=now, method="cli"), decide=partial(leave, now=now))
    first = store.people.members(weekly, limit=3)
    rest = store.people.members(weekly, after=first[-1].subscription.id, limit=3)
    assert [member.subscription.id for member in (*first, *rest)] == ids
    gone = store.people.members(weekly, consent=Consent.UNSUBSCRIBED, limit=9)
    assert [member.subscription.id for member in gone] == [ids[2]]
    counts = store.people.counts(weekly)
    assert counts == {Consent.CONFIRMED: 4, Consent.UNSUBSCRIBED: 1, Consent.UNCONFIRMED: 0}


def test_due_are_the_confirmed_before_that_instant_in_pages(
    store: Store, weekly: ListId, now: datetime
) -> None:
    ids = [join(store, weekly, now, f"a{n}@example.org").member.subscription.id for n in range(7)]
    store.people.change(ids[0], proof=Proof(at=now, method="cli"), decide=partial(leave, now=now))
    store.people.advance([Step(id=ids[1], due_at=now - timedelta(days=3))])
    at = now + timedelta(days=1)
    assert list(everyone_due(store, weekly, at, page=2)) == [place(store, ids[1])]
    found = [each.id for each in everyone_due(store, weekly, at + timedelta(seconds=1), page=2)]
    assert found == ids[1:]


def test_who_is_paused_is_not_due_until_the_pause_ends(store: Store, weekly: ListId, now: datetime) -> None:
    id = join(store, weekly, now).member.subscription.id
    until = now + timedelta(days=5)
    store.people.pause(id, until=until, on_return=OnReturn.SKIP)
    assert list(everyone_due(store, weekly, until)) == []
    assert store.people.next_due(weekly) == until
    assert [each.id for each in everyone_due(store, weekly, until + timedelta(seconds=1))] == [id]
    store.people.advance([Step(id=id, due_at=until + timedelta(days=7), resumed=True)])
    assert place(store, id).paused_until is None
    assert store.people.next_due(weekly) == until + timedelta(days=7)


def test_nobody_at_all_means_no_next_date(store: Store, weekly: ListId) -> None:
    assert store.people.next_due(weekly) is None


def test_a_cursor_never_moves_back_and_stays_without_a_new_one(
    store: Store, weekly: ListId, now: datetime
) -> None:
    id = join(store, weekly, now).member.subscription.id
    cursors = []
    for cursor in (None, 5, 30, 20, 0):
        store.people.advance([Step(id=id, due_at=now, cursor=cursor)])
        cursors.append(place(store, id).cursor)
    store.people.restart(id, cursor=3, due_at=now)
    assert cursors == [10, 10, 30, 30, 30]
    assert place(store, id).cursor == 30


def test_planning_moves_nobody_who_left_meanwhile(store: Store, weekly: ListId, now: datetime) -> None:
    id = join(store, weekly, now).member.subscription.id
    store.people.change(id, proof=Proof(at=now, method="cli"), decide=partial(leave, now=now))
    store.people.advance([Step(id=id, due_at=now, cursor=99)])
    assert (place(store, id).due_at, place(store, id).cursor) == (None, 10)


@pytest.mark.parametrize("status", ["planned", "deferred", "sending"])
def test_who_has_an_open_delivery_waits(store: Store, weekly: ListId, now: datetime, status: str) -> None:
    id = join(store, weekly, now).member.subscription.id
    sent(store, weekly, id, now=now, status=status, stories=(1,))
    assert list(everyone_due(store, weekly, now + timedelta(days=2))) == []


def test_who_let_tonights_issue_expire_is_not_planned_into_it_again(
    store: Store, weekly: ListId, now: datetime
) -> None:
    id = join(store, weekly, now).member.subscription.id
    issue = sent(store, weekly, id, now=now, status="expired", stories=(1,))
    before = now + timedelta(days=2)
    assert store.people.due(weekly, before=before, issue_id=issue, limit=9) == ()
    assert [each.id for each in store.people.due(weekly, before=before, issue_id=issue + 1, limit=9)] == [id]


def test_the_lowest_cursor_is_of_those_due(store: Store, weekly: ListId, now: datetime) -> None:
    assert store.people.lowest_due_cursor(weekly, before=now) is None
    ids = [join(store, weekly, now, f"a{n}@example.org").member.subscription.id for n in range(3)]
    later = now + timedelta(days=9)
    store.people.advance(
        [
            Step(id=ids[0], due_at=now, cursor=40),
            Step(id=ids[1], due_at=now, cursor=30),
            Step(id=ids[2], due_at=later),
        ]
    )
    assert store.people.lowest_due_cursor(weekly, before=now + timedelta(days=1)) == 30
    store.people.pause(ids[1], until=later, on_return=OnReturn.SKIP)
    assert store.people.lowest_due_cursor(weekly, before=now + timedelta(days=1)) == 40
    assert store.people.lowest_due_cursor(weekly, before=later + timedelta(days=1)) == 10


def test_served_is_what_was_sent_or_may_have_been_in_sixty_days(
    store: Store, weekly: ListId, now: datetime
) -> None:
    id = join(store, weekly, now).member.subscription.id
    for days, status, stories in (
        (70, "sent", (1,)),
        (50, "sent", (2, 3)),
        (40, "failed", (4,)),
        (30, "uncertain", (5,)),
        (20, "expired", (6,)),
        (10, "suppressed", (7,)),
    ):
        sent(store, weekly, id, now=now - timedelta(days=days), status=status, stories=stories)
    assert store.people.served(id, since=now - timedelta(days=60)) == {2, 3, 5}
    assert store.people.served_to(id) == 5
    assert [each.id for each in everyone_due(store, weekly, now + timedelta(days=2))] == [id]


def test_a_suppression_is_in_force_until_its_end(store: Store, now: datetime) -> None:
    until = now + timedelta(days=30)
    soft = Suppression(
        address_hash="h",
        address="a@example.org",
        reason=Reason.SOFT,
        since_at=now,
        until_at=until,
        detail="452",
    )
    store.people.suppress(soft)
    assert store.people.suppression("h", now=now) == soft
    assert store.people.suppression("h", now=until) is None
    assert store.people.suppression("other", now=now) is None
    assert store.people.suppressions(limit=5) == (soft,)
    assert store.people.suppressions(after="h", limit=5) == ()
    assert store.people.lift("h")
    assert not store.people.lift("h")
    assert store.people.suppression("h", now=now) is None


def test_a_bounce_does_not_soften_a_complaint(store: Store, now: datetime) -> None:
    complaint = Suppression(address_hash="h", address=None, reason=Reason.COMPLAINT, since_at=now)
    store.people.suppress(complaint)
    soft = Suppression(address_hash="h", address=None, reason=Reason.SOFT, since_at=now, until_at=now)
    store.people.suppress(soft)
    assert store.people.suppression("h", now=now) == complaint


def test_the_erased_are_nobody_and_stay_suppressed(store: Store, weekly: ListId, now: datetime) -> None:
    member = join(store, weekly, now).member
    hashed = store.people.hash_of(member.subscriber.id)
    assert hashed == address_hash("jean@example.org", SALT)
    for _ in range(2):
        store.people.erase(member.subscriber.id, now=now)
    assert store.people.subscriber(member.subscriber.id) is None
    assert store.people.find(address("jean@example.org")) is None
    assert store.people.members(weekly, limit=9) == ()
    assert sum(store.people.counts(weekly).values()) == 0
    assert list(everyone_due(store, weekly, now + timedelta(days=9))) == []
    kept = store.people.suppression(hashed, now=now)
    assert kept
    assert (kept.reason, kept.address) == (Reason.ERASED, None)
    assert join(store, weekly, now).member.subscriber.id != member.subscriber.id
