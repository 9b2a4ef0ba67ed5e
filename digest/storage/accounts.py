"""The ledger read: counts, balances, everybody with the reason. A part of `Deliveries`; it never writes."""

from __future__ import annotations

from datetime import date, datetime

from digest.errors import NotFound
from digest.model import DeliveryId, IssueId, Status, SubscriptionId, Tally
from digest.storage.connection import Connection
from digest.storage.protocol.accounts import Account, Attempt, Balance, LedgerLine
from digest.storage.reasons import reason
from digest.storage.rows import day, instant, parse_instant
from digest.storage.rows import deliveries as rows


class Accounts:
    """`storage.protocol.accounts.Accounts` over a connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def tally(self, issue_id: IssueId) -> Tally:
        return rows.tally(self._connection.rows("deliveries_tally", issue_id=issue_id))

    def tally_night(self, night: date) -> Tally:
        return rows.tally(self._connection.rows("deliveries_tally_night", night=day(night)))

    def conservation(self, issue_id: IssueId) -> Balance:
        with self._connection.atomic():
            candidates = self._connection.value("deliveries_candidates", issue_id=issue_id)
            if candidates is None:
                raise NotFound(f"There is no issue with the id {issue_id}.")
            return Balance(candidates=int(candidates), tally=self.tally(issue_id))

    def open_count(self) -> int:
        return int(self._connection.value("deliveries_open_count"))

    def due_count(self, now: datetime) -> int:
        return int(self._connection.value("deliveries_due_count", now=instant(now)))

    def held_count(self) -> int:
        return int(self._connection.value("deliveries_held_count"))

    def tried_count(self) -> int:
        return int(self._connection.value("deliveries_tried_count"))

    def next_attempt_at(self) -> datetime | None:
        waiting = self._connection.rows("deliveries_open_issues", issue_id=None)
        return parse_instant(waiting[0]["not_before_at"]) if waiting else None

    def account(
        self,
        issue_id: IssueId,
        now: datetime,
        *,
        after: DeliveryId | None = None,
        limit: int = 100,
        status: Status | None = None,
        address: str | None = None,
    ) -> tuple[Account, ...]:
        lines = self.of_issue(issue_id, after=after, limit=limit, status=status, address=address)
        held = {hold["scope"]: hold["words"] for hold in self._connection.rows("holds")}
        return tuple(Account(line=line, reason=reason(line, now=now, holds=held)) for line in lines)

    def of_issue(
        self,
        issue_id: IssueId,
        *,
        after: DeliveryId | None = None,
        limit: int = 100,
        status: Status | None = None,
        address: str | None = None,
    ) -> tuple[LedgerLine, ...]:
        found = self._connection.rows(
            "deliveries_of_issue",
            issue_id=issue_id,
            after=after or 0,
            status=None if status is None else status.value,
            address=address,
            limit=limit,
        )
        return tuple(map(rows.ledger_line, found))

    def of_subscription(self, subscription_id: SubscriptionId, *, limit: int = 100) -> tuple[LedgerLine, ...]:
        found = self._connection.rows(
            "deliveries_of_subscription", subscription_id=subscription_id, limit=limit
        )
        return tuple(map(rows.ledger_line, found))

    def attempts_of(self, delivery_id: DeliveryId) -> tuple[Attempt, ...]:
        return tuple(map(rows.attempt, self._connection.rows("attempts_of", delivery_id=delivery_id)))
