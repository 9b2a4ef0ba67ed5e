"""The admin's hand on the ledger, in SQL. A part of `Deliveries`; its laws are in `protocol.steering`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Literal

from digest.errors import NotFound
from digest.model import IssueId, Status
from digest.storage.accounts import Accounts
from digest.storage.chunks import CHUNK, breathe
from digest.storage.connection import Row
from digest.storage.protocol.steering import Cancelled, Hold
from digest.storage.rows import deliveries as rows
from digest.storage.rows import instant

#: a run that died between `sending` and the outcome; nobody knows whether the relay took it
ORPHANED = "The run that was sending this ended before it knew the relay's answer."
_CANCELLED = "The issue was cancelled."
_SKIPPED = "Skipped after a restore: it may have been sent already."


class Steering(Accounts):
    """`storage.protocol.steering.Steering` over a connection."""

    def hold(self, scope: str, now: datetime, words: str) -> bool:
        with self._connection.atomic():
            return self._connection.run("add_hold", scope=scope, now=instant(now), words=words) > 0

    def release(self, scope: str) -> bool:
        with self._connection.atomic():
            if not self._connection.run("drop_hold", scope=scope):
                return False
            self._connection.run("deliveries_restart_age", scope=scope)
            return True

    def holds(self) -> tuple[Hold, ...]:
        return tuple(map(rows.hold, self._connection.rows("holds")))

    def cancel(self, issue_id: IssueId, now: datetime) -> Cancelled:
        with self._connection.atomic():
            if not self._connection.run("cancel_issue", issue_id=issue_id, now=instant(now)):
                raise NotFound(f"There is no issue with the id {issue_id}.")
            orphans = self._settle_orphans(Status.UNCERTAIN, now, issue_id=issue_id, lapsed_by=now)
        expired = self._expire_open(issue_id, now, _CANCELLED, "deliveries_make_due")
        sending = self._connection.value("deliveries_sending_count", issue_id=issue_id)
        return Cancelled(expired=expired, sending=int(sending), uncertain=orphans)

    def skip_open(self, now: datetime) -> int:
        with self._connection.atomic():
            orphans = self._settle_orphans(Status.UNCERTAIN, now)
            self._connection.run("letters_skip_open", now=instant(now), reply=_SKIPPED)
        return orphans + self._expire_open(None, now, _SKIPPED, "deliveries_move_cursor")

    def retry_failed(
        self, now: datetime, *, issue_id: IssueId | None = None, address: str | None = None
    ) -> int:
        with self._connection.atomic():
            found = self._connection.rows("deliveries_retriable", issue_id=issue_id, address=address)
            self._connection.run_many(
                "deliveries_lift_failure",
                ({"subscription_id": row["subscription_id"], "ended_at": row["ended_at"]} for row in found),
            )
            at = instant(now)
            self._connection.run_many("deliveries_retry", ({"id": row["id"], "now": at} for row in found))
            for reopened in {row["issue_id"] for row in found}:
                self._connection.run("reopen_issue", id=reopened)
        return len(found)

    def settle_uncertain(self, now: datetime, how: Literal["resume", "drop"]) -> int:
        with self._connection.atomic():
            if how == "drop":
                return self._connection.run("deliveries_drop_uncertain", now=instant(now))
            self._connection.run("deliveries_reopen_issues")
            return self._connection.run("deliveries_resume_uncertain", now=instant(now))

    def retain(self, before: datetime, *, chunk: int = CHUNK) -> int:
        found = self._connection.rows("issues_to_retain", before=instant(before))
        return sum(self._retain(IssueId(row["id"]), chunk) for row in found)

    def _retain(self, issue_id: IssueId, chunk: int) -> int:
        gone = 0
        while rows := self._sum_up(issue_id, chunk):
            gone += rows
            breathe(rows, chunk)
        while rows := self._drop_editions(issue_id, chunk):
            breathe(rows, chunk)
        return gone

    def _sum_up(self, issue_id: IssueId, chunk: int) -> int:
        with self._connection.atomic():
            upto = self._connection.value("retain_upto", issue_id=issue_id, limit=chunk)
            if upto is None:
                return 0
            self._connection.run("retain_sums", issue_id=issue_id, upto=upto)
            self._connection.run("retain_drop_attempts", issue_id=issue_id, upto=upto)
            return self._connection.run("retain_drop_deliveries", issue_id=issue_id, upto=upto)

    def _drop_editions(self, issue_id: IssueId, chunk: int) -> int:
        with self._connection.atomic():
            return self._connection.run("retain_drop_editions", issue_id=issue_id, limit=chunk)

    def _expire_open(self, issue_id: IssueId | None, now: datetime, words: str, then: str) -> int:
        """End what is open and not `sending`, some thousands in a transaction; `then` for each reader."""
        return self._in_chunks(
            lambda: self._connection.rows(
                "deliveries_expire_open", issue_id=issue_id, now=instant(now), reply=words, limit=CHUNK
            ),
            then,
            now,
        )

    def _in_chunks(self, end: Callable[[], list[Row]], then: str, now: datetime) -> int:
        ended = 0
        while True:
            with self._connection.atomic():
                found = end()
                self._follow(found, then, str(instant(now)))
            ended += len(found)
            if len(found) < CHUNK:
                return ended
            breathe(len(found), CHUNK)

    def _follow(self, found: list[Row], then: str, at: str) -> None:
        """What the ends of these rows mean for their readers' places."""
        if then == "deliveries_move_cursor":
            self._connection.run_many(then, (rows.place(row) for row in found))
            return
        self._connection.run_many(
            then, ({"subscription_id": row["subscription_id"], "now": at} for row in found)
        )

    def _settle_orphans(
        self,
        status: Status,
        now: datetime,
        *,
        issue_id: IssueId | None = None,
        lapsed_by: datetime | None = None,
    ) -> int:
        """End, or defer, what a dead run left `sending`, with the try it died in. In the caller's atomic."""
        at = str(instant(now))
        found = self._connection.rows(
            "deliveries_settle_orphans",
            issue_id=issue_id,
            lapsed_by=instant(lapsed_by),
            now=at,
            status=status.value,
            not_before_at=at if status.is_open else None,
            ended_at=None if status.is_open else at,
            reply=ORPHANED,
        )
        self._connection.run_many("attempts_add", (rows.orphaned(row, at) for row in found))
        if status.moves_cursor:
            self._connection.run_many("deliveries_move_cursor", (rows.place(row) for row in found))
        return len(found)
