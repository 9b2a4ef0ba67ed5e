"""Leaving: at once, as often as it is asked, and taken back within a day."""

from __future__ import annotations

from datetime import timedelta

import pytest

from subscribers.joining import Decision, Outcome, Place
from subscribers.leaving import UNDO_FOR, cursor_on_return, is_paused, leave, undo
from subscribers.model import Consent, OnReturn, Subscription
from tests.people.makers import NOW, START, subscription

LEFT = subscription(Consent.UNSUBSCRIBED, cursor=40, undo_cursor=7, due_at=None, left_at=NOW)


def back(current: Subscription, *, hours: float = 1, served_to: int = 0) -> Decision:
    return undo(current, now=NOW + timedelta(hours=hours), due_at=START.due_at, served_to=served_to)


@pytest.mark.parametrize("consent", [Consent.CONFIRMED, Consent.UNCONFIRMED])
def test_who_leaves_is_due_no_more_and_keeps_a_cursor_to_come_back_to(consent: Consent) -> None:
    left = leave(subscription(consent, cursor=7), now=NOW)
    assert (left.outcome, left.event) == (Outcome.LEFT, "unsubscribed")
    place = left.place
    assert (place.consent, place.due_at, place.undo_cursor) == (Consent.UNSUBSCRIBED, None, 7)
    assert place.left_at == NOW


def test_leaving_again_is_already_so() -> None:
    assert leave(LEFT, now=NOW + timedelta(days=9)) == Decision(outcome=Outcome.ALREADY, place=Place.of(LEFT))


@pytest.mark.parametrize(("hours", "outcome"), [(0, "undone"), (24, "undone"), (24.01, "too-late")])
def test_leaving_is_taken_back_within_a_day(hours: float, outcome: str) -> None:
    assert timedelta(hours=24) == UNDO_FOR
    assert back(LEFT, hours=hours).outcome == outcome


def test_taking_it_back_is_as_if_they_had_never_left() -> None:
    """A delivery suppressed meanwhile moved the cursor on; nobody had read it."""
    place = back(LEFT).place
    assert (place.consent, place.cursor, place.due_at) == (Consent.CONFIRMED, 7, START.due_at)
    assert (place.left_at, place.undo_cursor) == (None, None)


def test_a_message_that_was_on_its_way_does_not_come_twice() -> None:
    assert back(LEFT, served_to=40).place.cursor == 40


def test_who_never_confirmed_has_nothing_to_take_back() -> None:
    stranger = subscription(Consent.UNSUBSCRIBED, undo_cursor=7, confirmed_at=None, left_at=NOW)
    assert back(stranger).outcome is Outcome.TOO_LATE
    assert back(subscription(Consent.UNCONFIRMED, confirmed_at=None)).outcome is Outcome.TOO_LATE


def test_taking_it_back_twice_changes_nothing_more() -> None:
    assert back(subscription()).event is None


def test_a_pause_holds_for_nights_that_end_before_it() -> None:
    assert not is_paused(None, before=NOW)
    assert is_paused(NOW, before=NOW)
    assert not is_paused(NOW, before=NOW + timedelta(seconds=1))


def test_the_end_of_a_pause_brings_what_the_reader_chose() -> None:
    assert cursor_on_return(5, OnReturn.SKIP, head_then=50) == 50
    assert cursor_on_return(60, OnReturn.SKIP, head_then=50) == 60
    assert cursor_on_return(5, OnReturn.CATCH_UP, head_then=50) == 5
