"""Joining: consent, slot and cursor change together, and nothing comes twice."""

from __future__ import annotations

import pytest

from subscribers.joining import Decision, Outcome, Place, ask, bring, confirm, first_cursor
from subscribers.model import Consent, Subscription
from tests.people.makers import NOW, START, subscription


def test_an_admin_who_vouches_makes_a_confirmed_place_that_is_due() -> None:
    assert confirm(None, START, now=NOW, event="added") == Decision(
        outcome=Outcome.JOINED,
        place=Place(consent=Consent.CONFIRMED, due_at=START.due_at, cursor=10, confirmed_at=NOW),
        event="added",
    )


def test_who_asks_is_due_only_once_confirmed() -> None:
    asked = ask(None, START)
    assert (asked.outcome, asked.event) == (Outcome.JOINED, "asked")
    assert (asked.place.consent, asked.place.due_at) == (Consent.UNCONFIRMED, None)
    waiting = subscription(Consent.UNCONFIRMED, due_at=None, confirmed_at=None)
    done = confirm(waiting, START, now=NOW)
    assert (done.outcome, done.event) == (Outcome.CONFIRMED, "confirmed")
    assert (done.place.due_at, done.place.cursor) == (START.due_at, START.cursor)


@pytest.mark.parametrize("consent", [Consent.UNCONFIRMED, Consent.CONFIRMED])
def test_asking_again_changes_nothing(consent: Consent) -> None:
    current = subscription(consent)
    assert ask(current, START) == Decision(outcome=Outcome.ALREADY, place=Place.of(current))


def test_confirming_again_changes_nothing() -> None:
    current = subscription(cursor=3)
    found = confirm(current, START, now=NOW)
    assert (found.outcome, found.place, found.event) == (Outcome.ALREADY, Place.of(current), None)


@pytest.mark.parametrize("current", [None, subscription(), subscription(Consent.UNSUBSCRIBED)])
def test_only_their_own_word_lifts_a_suppression(current: Subscription | None) -> None:
    assert confirm(current, START, now=NOW).lifts == START
    assert confirm(current, START, now=NOW, event="added").lifts is None
    assert bring(current, START, now=NOW, confirmed=True).lifts is None
    assert ask(current, START).lifts is None


@pytest.mark.parametrize(("cursor", "expected"), [(3, 10), (44, 44)])
def test_rejoining_starts_at_the_last_issue_and_never_before_what_they_had(
    cursor: int, expected: int
) -> None:
    left = subscription(Consent.UNSUBSCRIBED, cursor=cursor, undo_cursor=cursor, due_at=None, left_at=NOW)
    back = confirm(left, START, now=NOW)
    assert (back.outcome, back.place.cursor) == (Outcome.REJOINED, expected)
    assert (back.place.left_at, back.place.undo_cursor) == (None, None)


def test_asking_again_before_confirming_forgets_nothing_of_what_they_had() -> None:
    left = subscription(Consent.UNSUBSCRIBED, cursor=44, undo_cursor=44, due_at=None, left_at=NOW)
    asked = ask(left, START).place
    waiting = subscription(asked.consent, cursor=asked.cursor, due_at=None, confirmed_at=asked.confirmed_at)

    assert confirm(waiting, START, now=NOW).place.cursor == 44


def test_rejoining_unconfirmed_forgets_the_old_confirmation() -> None:
    left = subscription(Consent.UNSUBSCRIBED, due_at=None, left_at=NOW)
    assert ask(left, START).place.confirmed_at is None


@pytest.mark.parametrize("vouched", [True, False])
def test_an_import_never_brings_back_who_left(vouched: bool) -> None:
    left = subscription(Consent.UNSUBSCRIBED, due_at=None, left_at=NOW)
    brought = bring(left, START, now=NOW, confirmed=vouched)
    assert brought == Decision(outcome=Outcome.STAYS_OUT, place=Place.of(left))


@pytest.mark.parametrize(("vouched", "consent"), [(True, Consent.CONFIRMED), (False, Consent.UNCONFIRMED)])
def test_an_import_confirms_only_what_an_admin_vouches_for(vouched: bool, consent: Consent) -> None:
    brought = bring(None, START, now=NOW, confirmed=vouched)
    assert (brought.outcome, brought.event, brought.place.consent) == (Outcome.JOINED, "imported", consent)


def test_an_import_leaves_who_is_there_as_they_are() -> None:
    for consent in (Consent.UNCONFIRMED, Consent.CONFIRMED):
        assert bring(subscription(consent), START, now=NOW, confirmed=False).event is None
    waiting = subscription(Consent.UNCONFIRMED, due_at=None, confirmed_at=None)
    assert bring(waiting, START, now=NOW, confirmed=True).outcome is Outcome.CONFIRMED


@pytest.mark.parametrize(("head", "expected"), [(None, 4), (0, 0), (9, 9)])
def test_a_first_digest_starts_at_the_last_numbered_issue_or_a_period_ago(
    head: int | None, expected: int
) -> None:
    assert first_cursor(last_issue_head=head, one_period_ago=4) == expected
