"""Many people at once: enrolled as if one by one, found by any text, moved; and let in again."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial

import pytest

from digest.errors import StorageError
from digest.storage import Store
from subscribers.addresses import address_hash, folded
from subscribers.asking import LIFTED
from subscribers.joining import Outcome, Proof, Start, bring, confirm
from subscribers.leaving import leave
from subscribers.model import Cadence, Consent, ListId, Reason, SubscriptionId, Suppression, Wishes, Word
from subscribers.store import Change, Newcomer, Standing
from tests.contract.ledger import sent
from tests.people.makers import address, terms

SALT = b"salt" * 8


@pytest.fixture
def lists(store: Store, now: datetime) -> tuple[ListId, ListId]:
    store.lists.sync([("weekly", "Weekly", ()), ("daily", "Daily", ())], now)
    weekly, daily = store.lists.by_slug("weekly"), store.lists.by_slug("daily")
    assert weekly
    assert daily
    return weekly.id, daily.id


def hashed(email: str) -> str:
    return address_hash(address(email).key, SALT)


def newcomer(email: str, list_id: ListId, now: datetime, **how: object) -> Newcomer:
    start = Start(due_at=now + timedelta(days=1), cursor=7)
    return Newcomer(
        address=address(email),
        address_hash=hashed(email),
        terms=terms(list_id, **how),  # type: ignore[arg-type]
        decision=bring(None, start, now=now, confirmed=True),
        proof=Proof(at=now, method="import", wording="as told", ip_prefix="192.0.2.0/24"),
    )


def join(store: Store, email: str, list_id: ListId, now: datetime, *, event: str = "added") -> Change:
    start = Start(due_at=now + timedelta(days=1), cursor=7)
    return store.people.join(
        address(email),
        hashed(email),
        terms(list_id),
        proof=Proof(at=now, method="web"),
        decide=partial(confirm, start=start, now=now, event=event),
    )


def suppress(store: Store, email: str, reason: Reason, now: datetime) -> None:
    store.people.suppress(
        Suppression(address_hash=hashed(email), address=email, reason=reason, since_at=now, detail="told")
    )


def test_who_is_enrolled_is_there_as_if_they_had_joined(
    store: Store, lists: tuple[ListId, ListId], now: datetime
) -> None:
    wishes = Wishes.of(topics={"events": Word.MUTE})
    made = [
        newcomer("a@example.org", lists[0], now),
        newcomer("b@example.org", lists[0], now, cadence=Cadence.MONTHLY, wishes=wishes),
        newcomer("c@example.org", lists[0], now, wishes=wishes),
    ]
    store.people.enrol(made)
    for each in made:
        joined = store.people.join(
            address(f"x{each.address}"),
            hashed(f"x{each.address}"),
            each.terms,
            proof=each.proof,
            decide=lambda _, each=each: each.decision,  # type: ignore[misc]
        ).member
        person = store.people.find(each.address)
        assert person
        (place,) = store.people.subscriptions_of(person.id)
        other = joined.subscription
        for name in ("list_id", "consent", "rhythm", "language", "format", "wishes_id", "due_at", "cursor"):
            assert getattr(place, name) == getattr(other, name)
        assert (place.created_at, place.confirmed_at) == (other.created_at, other.confirmed_at)
        (mine,), (theirs,) = store.people.consents(place.id), store.people.consents(other.id)
        assert (mine.at, mine.event, mine.method) == (theirs.at, theirs.event, theirs.method)
        assert (mine.wording, mine.ip_prefix) == ("as told", "192.0.2.0/24")


def test_an_address_that_is_taken_fails_all_of_them(
    store: Store, lists: tuple[ListId, ListId], now: datetime
) -> None:
    join(store, "a@example.org", lists[1], now)
    made = [newcomer(f"{name}@example.org", lists[0], now) for name in ("b", "a")]
    with pytest.raises(StorageError):
        store.people.enrol(made)
    assert store.people.find(address("b@example.org")) is None


def test_enrolling_nobody_is_nothing(store: Store) -> None:
    store.people.enrol([])


def test_a_standing_is_who_they_are_and_whether_they_may_be_mailed(
    store: Store, lists: tuple[ListId, ListId], now: datetime
) -> None:
    def standing(email: str, at: datetime = now) -> Standing:
        return store.people.standing(address(email), hashed(email), now=at)

    person = join(store, "a@example.org", lists[0], now).member.subscriber
    assert standing("A@example.org") == Standing(subscriber_id=person.id, suppressed=None)
    assert standing("b@example.org") == Standing(subscriber_id=None, suppressed=None)
    ends = now + timedelta(days=1)
    store.people.suppress(
        Suppression(
            address_hash=hashed("b@example.org"),
            address=None,
            reason=Reason.SOFT,
            since_at=now,
            until_at=ends,
        )
    )
    assert standing("b@example.org").suppressed is Reason.SOFT
    assert standing("b@example.org", ends).suppressed is None


def found(store: Store, **how: object) -> list[str]:
    return [each.subscriber.address for each in store.people.search(limit=99, **how)]  # type: ignore[arg-type]


ADDRESSES = [
    "Ada@example.org",
    "100%@example.org",
    "un_der@example.org",
    "o'neill@example.org",
    "été@example.org",
]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ADA@Ex", ["Ada@example.org"]),
        ("%", ["100%@example.org"]),
        ("_", ["un_der@example.org"]),
        ("'", ["o'neill@example.org"]),
        ("' OR 1=1 --", []),
        ("'; DROP TABLE subscribers; --", []),
        ('"', []),
        ("*", []),
        ("ÉTÉ", ["été@example.org"]),
        ("example.org", ADDRESSES),
        ("", ADDRESSES),
    ],
)
def test_a_search_takes_its_text_as_it_is(
    store: Store, lists: tuple[ListId, ListId], now: datetime, text: str, expected: list[str]
) -> None:
    for email in ADDRESSES:
        join(store, email, lists[0], now)
    assert found(store, text=folded(text)) == expected
    assert len(found(store)) == len(ADDRESSES)


def test_a_search_narrows_by_list_consent_and_cadence_a_page_at_a_time(
    store: Store, lists: tuple[ListId, ListId], now: datetime
) -> None:
    weekly, daily = lists
    store.people.enrol(
        [newcomer(f"m{n}@example.org", weekly, now, cadence=Cadence.MONTHLY) for n in range(3)]
    )
    here = join(store, "w@example.org", weekly, now).member.subscription
    join(store, "d@example.org", daily, now)
    store.people.change(here.id, proof=Proof(at=now, method="cli"), decide=partial(leave, now=now))
    assert found(store, list_id=daily) == ["d@example.org"]
    assert found(store, consent=Consent.UNSUBSCRIBED) == ["w@example.org"]
    assert found(store, cadence=Cadence.MONTHLY, list_id=weekly) == [f"m{n}@example.org" for n in range(3)]
    assert found(store, cadence=Cadence.MONTHLY, list_id=daily) == []
    first = store.people.search(limit=2)
    rest = store.people.search(limit=9, after=first[-1].subscription.id)
    assert [each.subscription.id for each in (*first, *rest)] == sorted(
        each.subscription.id for each in store.people.search(limit=9)
    )


def test_the_erased_are_not_found(store: Store, lists: tuple[ListId, ListId], now: datetime) -> None:
    store.people.erase(join(store, "a@example.org", lists[0], now).member.subscriber.id, now=now)
    assert found(store) == []


def test_a_place_that_moves_keeps_wishes_proof_and_what_was_served(
    store: Store, lists: tuple[ListId, ListId], now: datetime
) -> None:
    weekly, daily = lists
    before = join(store, "a@example.org", weekly, now).member.subscription
    later = Start(due_at=now + timedelta(days=2), cursor=90)
    store.people.move(before.id, daily, start=later, proof=Proof(at=now, method="cli"))
    after = store.people.subscription(before.id)
    assert after
    assert (after.list_id, after.cursor, after.due_at) == (daily, 90, later.due_at)
    assert (after.wishes_id, after.rhythm, after.consent) == (before.wishes_id, before.rhythm, before.consent)
    assert [each.event for each in store.people.consents(before.id)] == ["added", "moved"]
    store.people.move(before.id, weekly, start=Start(due_at=now, cursor=3), proof=Proof(at=now, method="cli"))
    back = store.people.subscription(before.id)
    assert back
    assert back.cursor == 90


def test_nobody_moves_onto_a_list_they_are_on(
    store: Store, lists: tuple[ListId, ListId], now: datetime
) -> None:
    weekly, daily = lists
    place = join(store, "a@example.org", weekly, now).member.subscription
    join(store, "a@example.org", daily, now)
    with pytest.raises(StorageError):
        store.people.move(
            place.id, daily, start=Start(due_at=now, cursor=3), proof=Proof(at=now, method="cli")
        )
    assert len(store.people.consents(place.id)) == 1


@pytest.mark.parametrize(("status", "is_open"), [("planned", True), ("deferred", True), ("sent", False)])
def test_a_digest_on_its_way_is_known(
    store: Store, lists: tuple[ListId, ListId], now: datetime, status: str, is_open: bool
) -> None:
    place = join(store, "a@example.org", lists[0], now).member.subscription
    assert not store.people.has_open(place.id)
    sent(store, lists[0], place.id, now=now, status=status, stories=[1])
    assert store.people.has_open(place.id) is is_open


@pytest.mark.parametrize("reason", list(Reason))
def test_their_own_confirmation_lifts_what_they_said_and_nothing_else(
    store: Store, lists: tuple[ListId, ListId], now: datetime, reason: Reason
) -> None:
    suppress(store, "a@example.org", reason, now)
    assert join(store, "a@example.org", lists[0], now, event="confirmed").outcome is Outcome.JOINED
    standing = store.people.suppression(hashed("a@example.org"), now=now)
    assert (standing is None) is (reason in LIFTED)


@pytest.mark.parametrize("reason", [Reason.UNSUBSCRIBED, Reason.ERASED])
def test_an_admin_s_word_lifts_nothing(
    store: Store, lists: tuple[ListId, ListId], now: datetime, reason: Reason
) -> None:
    suppress(store, "a@example.org", reason, now)
    join(store, "a@example.org", lists[0], now, event="added")
    assert store.people.suppression(hashed("a@example.org"), now=now)


def test_who_was_confirmed_all_along_starts_again_when_that_lifts_a_suppression(
    store: Store, lists: tuple[ListId, ListId], now: datetime
) -> None:
    place = join(store, "a@example.org", lists[0], now).member.subscription
    start = Start(due_at=now + timedelta(days=9), cursor=40)

    def again(id: SubscriptionId) -> Change:
        done = store.people.change(
            id, proof=Proof(at=now, method="web"), decide=partial(confirm, start=start, now=now)
        )
        assert done
        return done

    assert again(place.id).member.subscription == place
    suppress(store, "a@example.org", Reason.UNSUBSCRIBED, now)
    lifted = again(place.id)
    assert lifted.outcome is Outcome.ALREADY
    assert (lifted.member.subscription.cursor, lifted.member.subscription.due_at) == (40, start.due_at)
