"""Rows of the ledger to its dataclasses."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from digest.model import Delivery, DeliveryId, EditionId, IssueId, Status, SubscriptionId, Tally
from digest.storage.connection import Row
from digest.storage.protocol.accounts import Attempt, LedgerLine
from digest.storage.protocol.deliveries import Claim, Ending, Held, Owed
from digest.storage.protocol.steering import Hold
from digest.storage.rows.instants import instant, known_day, known_instant, parse_instant
from subscribers.model import HARD_FOR, Reason

#: by value: a dictionary answers in a tenth of the time that calling the enum takes
_STATUSES = {status.value: status for status in Status}


def owed(row: Owed) -> dict[str, object]:
    return {
        "issue_id": row.issue_id,
        "subscription_id": row.subscription_id,
        "edition_id": row.edition_id,
        "not_before_at": instant(row.not_before_at),
    }


def delivery(row: Row) -> Delivery:
    return Delivery(
        id=DeliveryId(row["id"]),
        issue_id=IssueId(row["issue_id"]),
        subscription_id=SubscriptionId(row["subscription_id"]),
        edition_id=EditionId(row["edition_id"]),
        status=_STATUSES[row["status"]],
        attempts=row["attempts"],
        fence=row["fence"],
        lease_until_at=parse_instant(row["lease_until_at"]),
        not_before_at=known_instant(row["not_before_at"]),
        first_attempt_at=parse_instant(row["first_attempt_at"]),
        dated_at=parse_instant(row["dated_at"]),
        key_id=row["key_id"],
        ended_at=parse_instant(row["ended_at"]),
        code=row["code"],
        enhanced=row["enhanced"],
        reply=row["reply"],
    )


def claim(row: Row, issue: Row, *, now: datetime, lease_until: datetime) -> Claim:
    """A row as leasing it leaves it, with the facts of its issue; dated by its first attempt, else `now`."""
    dated_at = parse_instant(row["dated_at"])
    return Claim(
        delivery=Delivery(
            id=DeliveryId(row["id"]),
            issue_id=IssueId(row["issue_id"]),
            subscription_id=SubscriptionId(row["subscription_id"]),
            edition_id=EditionId(row["edition_id"]),
            status=_STATUSES[row["status"]],
            attempts=row["attempts"],
            fence=row["fence"] + 1,
            lease_until_at=lease_until,
            not_before_at=known_instant(row["not_before_at"]),
            first_attempt_at=parse_instant(row["first_attempt_at"]),
            dated_at=dated_at,
            key_id=row["key_id"],
            code=row["code"],
            enhanced=row["enhanced"],
            reply=row["reply"],
        ),
        address=row["address"],
        list=issue["list"],
        night=known_day(issue["night"]),
        number=issue["number"],
        language=row["language"],
        dated_at=dated_at or now,
        barred=row["barred"],
    )


def ledger_line(row: Row) -> LedgerLine:
    return LedgerLine(
        delivery=delivery(row),
        address=row["address"],
        list=row["list"],
        night=known_day(row["night"]),
        number=row["number"],
        subject=row["subject"],
    )


def attempt(row: Row) -> Attempt:
    return Attempt(
        started_at=known_instant(row["started_at"]),
        ended_at=parse_instant(row["ended_at"]),
        outcome=row["outcome"],
        phase=row["phase"],
        code=row["code"],
        enhanced=row["enhanced"],
        reply=row["reply"],
    )


def tally(rows: Iterable[Row]) -> Tally:
    """From one row a status, (status, n)."""
    return Tally(**{row["status"]: row["n"] for row in rows})


def hold(row: Row) -> Hold:
    return Hold(scope=row["scope"], since_at=known_instant(row["since_at"]), words=row["words"])


def place(row: Row) -> dict[str, object]:
    """Whose cursor moves, and to the head of which issue."""
    return {"issue_id": row["issue_id"], "subscription_id": row["subscription_id"]}


def attempt_values(held: Held, ending: Ending, started_at: str, at: str) -> dict[str, object]:
    """The try that ended so; its start as the ledger has it."""
    outcome = Status.UNCERTAIN if ending.is_doubtful else ending.status
    return {
        "id": held.id,
        "fence": held.fence,
        "started_at": started_at,
        "now": at,
        "outcome": outcome.value,
        "phase": ending.phase,
        "code": ending.code,
        "enhanced": ending.enhanced,
        "reply": ending.reply,
    }


def orphaned(row: Row, at: str) -> dict[str, object]:
    """The try of a run that died; the row's fence has gone up since."""
    said = dict.fromkeys(("phase", "code", "enhanced", "reply"))
    return {
        "id": row["id"],
        "fence": row["fence"] - 1,
        "started_at": row["tried_at"],
        "now": at,
        "outcome": "orphaned",
        **said,
    }


def until(reason: Reason, at: str) -> str | None:
    """When a suppression of that instant ends by itself; None: never."""
    return instant(known_instant(at) + HARD_FOR) if reason is Reason.HARD else None
