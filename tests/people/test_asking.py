"""Who asks to join gets the letter that fits, one reminder, and is forgotten when they never answer."""

from __future__ import annotations

from datetime import timedelta

import pytest

from subscribers.asking import Asking, Do, Reply, reply_to, what_is_due
from subscribers.model import Consent, Reason, SubscriptionId
from tests.people.makers import NOW

HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("consent", "suppressed", "letter"),
    [
        (None, None, Reply.CONFIRM),
        (Consent.UNCONFIRMED, None, Reply.CONFIRM),
        (Consent.CONFIRMED, None, Reply.ALREADY),
        (Consent.UNSUBSCRIBED, None, Reply.CONFIRM),
        (Consent.UNSUBSCRIBED, Reason.UNSUBSCRIBED, Reply.CONFIRM),
        (None, Reason.ERASED, Reply.CONFIRM),
        (Consent.UNCONFIRMED, Reason.SOFT, Reply.CONFIRM),
        (Consent.CONFIRMED, Reason.SOFT, Reply.ALREADY),
        *((consent, reason, None)
          for consent in (None, *Consent) for reason in (Reason.HARD, Reason.COMPLAINT, Reason.ADMIN)),
    ],
)  # fmt: skip
def test_the_letter_fits_how_they_stand(
    consent: Consent | None, suppressed: Reason | None, letter: Reply | None
) -> None:
    assert reply_to(consent, suppressed) is letter


@pytest.mark.parametrize(
    ("hours", "reminded", "do"),
    [
        (0, False, None),
        (47.9, False, None),
        (48, False, Do.REMIND),
        (48, True, None),
        (24 * 7, False, None),
        (24 * 29.9, True, None),
        (24 * 30, False, Do.FORGET),
        (24 * 30, True, Do.FORGET),
    ],
)
def test_one_reminder_after_two_days_and_nothing_is_kept_after_thirty(
    hours: float,
    reminded: bool,
    do: Do | None,
) -> None:
    asking = Asking(
        subscription_id=SubscriptionId(1), asked_at=NOW - HOUR * hours, reminded_at=NOW if reminded else None
    )
    assert what_is_due([asking], NOW) == (((asking, do),) if do else ())
