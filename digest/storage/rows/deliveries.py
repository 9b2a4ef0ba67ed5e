"""Rows of the ledger to its dataclasses."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from digest.model import Delivery, DeliveryId, EditionId, IssueId, Status, SubscriptionId, Tally
from digest.storage.connection import Row
from digest.storage.protocol.deliveries import Attempt, Claim, LedgerLine
from digest.storage.rows.instants import parse_day, parse_instant


def delivery(row: Row) -> Delivery:
    return Delivery(
        id=DeliveryId(row["id"]),
        issue_id=IssueId(row["issue_id"]),
        subscription_id=SubscriptionId(row["subscription_id"]),
        edition_id=EditionId(row["edition_id"]),
        status=Status(row["status"]),
        attempts=row["attempts"],
        fence=row["fence"],
        lease_until_at=parse_instant(row["lease_until_at"]),
        not_before_at=_instant(row["not_before_at"]),
        first_attempt_at=parse_instant(row["first_attempt_at"]),
        dated_at=parse_instant(row["dated_at"]),
        key_id=row["key_id"],
        ended_at=parse_instant(row["ended_at"]),
        code=row["code"],
        enhanced=row["enhanced"],
        reply=row["reply"],
    )


def claim(row: Row, *, now: datetime) -> Claim:
    """A claim, dated by its first attempt, else by `now`."""
    claimed = delivery(row)
    return Claim(
        delivery=claimed,
        address=row["address"],
        list=row["list"],
        night=_day(row["night"]),
        number=row["number"],
        language=row["language"],
        dated_at=claimed.dated_at or now,
        barred=row["barred"],
    )


def ledger_line(row: Row) -> LedgerLine:
    return LedgerLine(
        delivery=delivery(row),
        address=row["address"],
        list=row["list"],
        night=_day(row["night"]),
        number=row["number"],
        subject=row["subject"],
    )


def attempt(row: Row) -> Attempt:
    return Attempt(
        started_at=_instant(row["started_at"]),
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


def _instant(text: str) -> datetime:
    """Of a column that is NOT NULL."""
    at = parse_instant(text)
    if at is None:
        raise ValueError("an instant is missing where the schema has NOT NULL")
    return at


def _day(text: str) -> date:
    on = parse_day(text)
    if on is None:
        raise ValueError("a night is missing where the schema has NOT NULL")
    return on
