"""The ledger of deliveries in SQL. Its laws are written in `protocol.deliveries`.

It moves cursors and suppresses addresses in the transaction that records why. It knows no reply codes.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Literal

from digest.errors import LeaseLost, NotFound
from digest.model import DeliveryId, IssueId, Status, SubscriptionId, Tally
from digest.storage.connection import Connection
from digest.storage.protocol.deliveries import (
    Attempt,
    Balance,
    Began,
    Claim,
    Ending,
    Held,
    LedgerLine,
    Owed,
    Suppressed,
)
from digest.storage.rows import day, instant, parse_instant
from digest.storage.rows import deliveries as rows

#: a run that died between `sending` and the outcome; nobody knows whether the relay took it
_ORPHANED = "The run that was sending this ended before it knew the relay's answer."


class Deliveries:
    """`storage.protocol.Deliveries` over a connection. Every method is one unit of work."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def plan(self, rows: Iterable[Owed]) -> int:
        planned = tuple(rows)
        issues = sorted({row.issue_id for row in planned})
        with self._connection.atomic():
            before = sum(self._candidates(issue_id) for issue_id in issues)
            self._connection.run_many(
                "deliveries_plan",
                (
                    {
                        "issue_id": row.issue_id,
                        "subscription_id": row.subscription_id,
                        "edition_id": row.edition_id,
                        "not_before_at": instant(row.not_before_at),
                    }
                    for row in planned
                ),
            )
            for issue_id in issues:
                self._connection.run("deliveries_count_candidates", issue_id=issue_id)
            return sum(self._candidates(issue_id) for issue_id in issues) - before

    def claim(
        self, now: datetime, lease_until: datetime, limit: int, *, issue_id: IssueId | None = None
    ) -> tuple[Claim, ...]:
        with self._connection.atomic():
            found = self._connection.rows(
                "deliveries_claimable", now=instant(now), issue_id=issue_id, limit=limit
            )
            lease = instant(lease_until)
            self._connection.run_many(
                "deliveries_lease", ({"id": row["id"], "lease_until_at": lease} for row in found)
            )
        return tuple(_leased(rows.claim(row, now=now), lease_until) for row in found)

    def begin(self, held: Held, now: datetime) -> Began | Suppressed:
        with self._connection.atomic():
            attempts, barred = self._last_look(held, now)
            if barred is not None:
                return self._suppress(held, barred, now)
            self._connection.run(
                "deliveries_begin",
                **_fenced(held, now),
                dated_at=instant(held.dated_at),
                key_id=held.key_id,
            )
            self._connection.run("attempts_open", **_fenced(held, now))
        return Began(attempts=attempts + 1)

    def bar(self, held: Held, now: datetime) -> Suppressed | None:
        with self._connection.atomic():
            _, barred = self._last_look(held, now)
            return None if barred is None else self._suppress(held, barred, now)

    def finish(self, held: Held, ending: Ending, now: datetime) -> None:
        said = {"code": ending.code, "enhanced": ending.enhanced, "reply": ending.reply}
        with self._connection.atomic():
            changed = self._connection.run(
                "deliveries_finish",
                **_fenced(held, now),
                **said,
                status=ending.status.value,
                not_before_at=instant(ending.not_before_at),
                ended_at=None if ending.status.is_open else instant(now),
                dated_at=instant(held.dated_at),
                key_id=held.key_id,
            )
            if not changed:
                raise _lost(held)
            outcome = Status.UNCERTAIN if ending.is_doubtful else ending.status
            attempt = {**_fenced(held, now), **said, "outcome": outcome.value, "phase": ending.phase}
            if not self._connection.run("attempts_close", **attempt):
                self._connection.run("attempts_refused", **attempt)
            self._follow(held, ending, now)

    def finish_and_begin(self, held: Held, ending: Ending, after: Held, now: datetime) -> Began | Suppressed:
        with self._connection.atomic():
            self.finish(held, ending, now)
            return self.begin(after, now)

    def postpone(self, held: Held, not_before: datetime, words: str) -> None:
        with self._connection.atomic():
            changed = self._connection.run(
                "deliveries_postpone",
                id=held.delivery_id,
                fence=held.fence,
                not_before_at=instant(not_before),
                reply=words,
            )
            if not changed:
                raise _lost(held)

    def give_back(self, held: Iterable[Held]) -> None:
        with self._connection.atomic():
            self._connection.run_many(
                "deliveries_give_back", ({"id": each.delivery_id, "fence": each.fence} for each in held)
            )

    def take_over(self, now: datetime, on_uncertain: Literal["resend", "hold"]) -> int:
        at = instant(now)
        with self._connection.atomic():
            self._connection.run("attempts_orphan", now=at)
            self._connection.run("deliveries_lapse")
            if on_uncertain == "resend":
                return self._connection.run("deliveries_resend_orphans", now=at, reply=_ORPHANED)
            self._connection.run("deliveries_move_cursors_of_orphans")
            return self._connection.run("deliveries_hold_orphans", now=at, reply=_ORPHANED)

    def settle_uncertain(self, now: datetime, how: Literal["resume", "drop"]) -> int:
        with self._connection.atomic():
            if how == "drop":
                return self._connection.run("deliveries_drop_uncertain", now=instant(now))
            self._connection.run("deliveries_reopen_issues")
            return self._connection.run("deliveries_resume_uncertain", now=instant(now))

    def expire(self, now: datetime, max_age: timedelta) -> int:
        when = {"now": instant(now), "first_before": instant(now - max_age)}
        with self._connection.atomic():
            self._connection.run("deliveries_make_expiring_due", **when)
            return self._connection.run("deliveries_expire", **when)

    def tally(self, issue_id: IssueId) -> Tally:
        return rows.tally(self._connection.rows("deliveries_tally", issue_id=issue_id))

    def tally_night(self, night: date) -> Tally:
        return rows.tally(self._connection.rows("deliveries_tally_night", night=day(night)))

    def open_count(self) -> int:
        return int(self._connection.value("deliveries_open_count"))

    def due_count(self, now: datetime) -> int:
        return int(self._connection.value("deliveries_due_count", now=instant(now)))

    def tried_count(self) -> int:
        return int(self._connection.value("deliveries_tried_count"))

    def next_attempt_at(self) -> datetime | None:
        return parse_instant(self._connection.value("deliveries_next_attempt_at"))

    def conservation(self, issue_id: IssueId) -> Balance:
        with self._connection.atomic():
            candidates = self._candidates(issue_id)
            return Balance(candidates=candidates, tally=self.tally(issue_id))

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

    def _candidates(self, issue_id: IssueId) -> int:
        found = self._connection.value("deliveries_candidates", issue_id=issue_id)
        if found is None:
            raise NotFound(f"There is no issue with the id {issue_id}.")
        return int(found)

    def _last_look(self, held: Held, now: datetime) -> tuple[int, str | None]:
        """Attempts so far, and why it must not be sent, if so."""
        found = self._connection.row("deliveries_last_look", **_fenced(held, now))
        if found is None:
            raise _lost(held)
        return found["attempts"], found["barred"]

    def _suppress(self, held: Held, reason: str, now: datetime) -> Suppressed:
        self._connection.run("deliveries_suppress", **_fenced(held, now), reply=reason)
        self._connection.run("deliveries_move_cursor", id=held.delivery_id)
        return Suppressed(reason=reason)

    def _follow(self, held: Held, ending: Ending, now: datetime) -> None:
        """What an end means for the subscription and the address."""
        if ending.status.moves_cursor:
            self._connection.run("deliveries_move_cursor", id=held.delivery_id)
        if ending.status is Status.EXPIRED:
            self._connection.run("deliveries_make_due", id=held.delivery_id, now=instant(now))
        if ending.suppress is not None:
            self._connection.run(
                "deliveries_suppress_address",
                id=held.delivery_id,
                now=instant(now),
                reason=ending.suppress.value,
                detail=ending.reply or "",
            )


def _leased(claim: Claim, until: datetime) -> Claim:
    """The claim as the update left its row."""
    delivery = replace(claim.delivery, fence=claim.delivery.fence + 1, lease_until_at=until)
    return replace(claim, delivery=delivery)


def _fenced(held: Held, now: datetime) -> dict[str, object]:
    return {"id": held.delivery_id, "fence": held.fence, "now": instant(now)}


def _lost(held: Held) -> LeaseLost:
    return LeaseLost(f"Delivery {held.delivery_id} was taken over by another run; nothing was written.")
