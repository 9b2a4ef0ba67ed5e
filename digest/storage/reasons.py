"""Why a delivery stands where it stands, in a sentence. Pure; `issues show` prints it beside each reader."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import assert_never

from digest.model import Delivery, Status
from digest.storage.protocol.accounts import LedgerLine
from digest.storage.protocol.steering import EVERYTHING

#: what the last look found, as `reply` keeps it
_BARRED = {
    "unsubscribed": "They left the list before it was sent.",
    "unconfirmed": "Their address is not confirmed.",
    "erased": "Their data was erased.",
    "hard": "Mail to this address bounced for good.",
    "soft": "Mail to this address bounced again and again.",
    "complaint": "They reported a mail of ours as spam.",
    "admin": "An admin suppressed this address.",
}


def reason(line: LedgerLine, *, now: datetime, holds: Mapping[str, str]) -> str:
    """Why, at `now`. `holds`: the words of what is on hold, by scope."""
    delivery = line.delivery
    held = holds.get(EVERYTHING, holds.get(f"list:{line.list}"))
    if held is not None and delivery.status in (Status.PLANNED, Status.DEFERRED):
        return f"On hold: {held}" if held else "On hold."
    match delivery.status:
        case Status.PLANNED | Status.DEFERRED:
            return _waiting(delivery, now)
        case Status.SENDING:
            is_live = delivery.lease_until_at is not None and delivery.lease_until_at > now
            return "It is being sent." if is_live else "A run died while sending it; the next one settles it."
        case Status.SENT:
            return "The relay took it."
        case Status.SUPPRESSED:
            return _BARRED.get(delivery.reply or "", f"Not mailed: {delivery.reply}.")
        case Status.FAILED:
            return f"The relay refused it for good: {spoken(delivery)}"
        case Status.EXPIRED:
            tried = f"Given up after {delivery.attempts} tries: " if delivery.code is not None else ""
            return f"{tried}{spoken(delivery)}"
        case Status.UNCERTAIN:
            return f"Nobody knows whether it arrived: {spoken(delivery)}"
        case _:
            assert_never(delivery.status)


def spoken(delivery: Delivery) -> str:
    """The last reply: "550 5.1.1 No such user"."""
    parts = (delivery.code, delivery.enhanced, delivery.reply)
    return " ".join(str(part) for part in parts if part) or "without a word."


def _waiting(delivery: Delivery, now: datetime) -> str:
    if delivery.lease_until_at is not None and delivery.lease_until_at > now:
        return "A run has it in hand."
    last = f" Last reply: {spoken(delivery)}" if delivery.reply or delivery.code is not None else ""
    if delivery.not_before_at > now:
        return f"Waits until {delivery.not_before_at:%Y-%m-%d %H:%M} UTC.{last}"
    return f"Waits for the next run.{last}"
