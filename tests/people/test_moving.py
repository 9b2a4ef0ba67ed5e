"""Moving from one list to another: who goes, and who is left in peace."""

from __future__ import annotations

import pytest

from subscribers.model import Consent, Reason, Subscription
from subscribers.moving import DONE, WORDS, Move, decide
from tests.people.makers import subscription

HERE = subscription()
GONE = subscription(Consent.UNSUBSCRIBED)
ASKED = subscription(Consent.UNCONFIRMED)


@pytest.mark.parametrize(
    ("place", "there", "suppressed", "has_open", "expected"),
    [
        (HERE, None, None, False, Move.MOVED),
        (ASKED, None, None, False, Move.MOVED),
        (HERE, HERE, None, False, Move.MERGED),
        (ASKED, HERE, None, False, Move.MERGED),
        (ASKED, ASKED, None, False, Move.MERGED),
        (HERE, ASKED, None, False, Move.UNCONFIRMED),
        (HERE, GONE, None, False, Move.STAYS_OUT),
        (GONE, None, None, False, Move.LEFT),
        (GONE, HERE, Reason.HARD, True, Move.LEFT),
        (HERE, None, Reason.HARD, False, Move.SUPPRESSED),
        (HERE, None, Reason.ADMIN, True, Move.SUPPRESSED),
        (HERE, None, None, True, Move.WAITS),
        (HERE, HERE, None, True, Move.WAITS),
    ],
)
def test_each_case_has_its_answer(
    place: Subscription, there: Subscription | None, suppressed: Reason | None, has_open: bool, expected: Move
) -> None:
    assert decide(place, there, suppressed=suppressed, has_open=has_open) is expected


def test_every_answer_has_words_and_two_of_them_change_something() -> None:
    assert set(WORDS) == set(Move)
    assert set(DONE) == {Move.MOVED, Move.MERGED}
