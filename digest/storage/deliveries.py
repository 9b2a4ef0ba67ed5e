"""The ledger of deliveries in SQL. Its laws are written in `protocol.deliveries`.

It moves cursors and suppresses addresses in the transaction that records why. It knows no reply codes.
What a try that lasts, or one the relay took, has to tell stands in its delivery; `attempts` keeps the rest.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Literal

from digest.errors import LeaseLost, NotFound
from digest.model import IssueId, Status
from digest.storage.chunks import CHUNK, breathe, chunked
from digest.storage.connection import Row
from digest.storage.protocol.deliveries import Began, Claim, Ending, Held, Owed, Settlement, Suppressed
from digest.storage.rows import deliveries as rows
from digest.storage.rows import instant
from digest.storage.steering import Steering


class Deliveries(Steering):
    """`storage.protocol.Deliveries` over a connection. Every method is one unit of work."""

    def plan(self, rows: Iterable[Owed]) -> int:
        new = 0
        for chunk in chunked(rows):
            new += self._plan(chunk)
            breathe(len(chunk), CHUNK)
        return new

    def claim(
        self,
        now: datetime,
        lease_until: datetime,
        limit: int,
        *,
        issue_id: IssueId | None = None,
        address: str | None = None,
        newest_first: bool = False,
    ) -> tuple[Claim, ...]:
        asked = {"now": instant(now), "address": address, "limit": limit}
        with self._connection.atomic():
            issues = self._connection.rows("deliveries_open_issues", issue_id=issue_id)
            due = [issue for issue in issues if issue["not_before_at"] <= asked["now"]]
            found = self._newest(due, asked) if newest_first else self._oldest(due, asked)
            lease = instant(lease_until)
            self._connection.run_many(
                "deliveries_lease", ({"id": row["id"], "lease_until_at": lease} for row in found)
            )
        of = {issue["id"]: issue for issue in due}
        return tuple(rows.claim(row, of[row["issue_id"]], now=now, lease_until=lease_until) for row in found)

    def settle(
        self, ended: Sequence[tuple[Held, Ending]], begun: Sequence[Held], now: datetime
    ) -> Settlement:
        at = str(instant(now))
        with self._connection.atomic():
            sent = [one for one in ended if one[1].status is Status.SENT]
            lost = self._send(sent, at)
            served: list[Mapping[str, object]] = []
            for held, ending in ended:
                if ending.status is not Status.SENT and not self._end(held, ending, at, served):
                    lost.append(held.id)
            self._connection.run_many("deliveries_move_cursor", served)
            return Settlement(lost=tuple(lost), begun=self._begin(begun, at))

    def bar(self, held: Held, now: datetime) -> Suppressed | None:
        at = str(instant(now))
        with self._connection.atomic():
            found = self._connection.row("deliveries_last_look", id=held.id, fence=held.fence, now=at)
            if found is None:
                raise _lost(held)
            return None if found["barred"] is None else self._suppress(held, found["barred"], at)

    def postpone(self, rows: Iterable[tuple[Held, datetime, str]]) -> None:
        with self._connection.atomic():
            self._connection.run_many(
                "deliveries_postpone",
                (
                    {"id": held.id, "fence": held.fence, "not_before_at": instant(until), "reply": words}
                    for held, until, words in rows
                ),
            )

    def give_back(self, held: Iterable[Held]) -> None:
        with self._connection.atomic():
            self._connection.run_many(
                "deliveries_give_back", ({"id": each.id, "fence": each.fence} for each in held)
            )

    def take_over(self, now: datetime, on_uncertain: Literal["resend", "hold"]) -> int:
        with self._connection.atomic():
            self._connection.run("deliveries_lapse")
            then = Status.DEFERRED if on_uncertain == "resend" else Status.UNCERTAIN
            orphans = self._settle_orphans(then, now)
            cancelled = self._connection.rows("cancelled_issues_open")
        for issue in cancelled:  # somebody's `cancel` died half-way
            self.cancel(IssueId(issue["id"]), now)
        return orphans

    def expire(self, now: datetime, max_age: timedelta) -> int:
        before = instant(now - max_age)
        return self._in_chunks(
            lambda: self._connection.rows(
                "deliveries_expire", now=instant(now), first_before=before, limit=CHUNK
            ),
            "deliveries_make_due",
            now,
        )

    def _plan(self, chunk: Iterable[Owed]) -> int:
        by_issue: dict[IssueId, list[Owed]] = defaultdict(list)
        for owed in chunk:
            by_issue[owed.issue_id].append(owed)
        new = 0
        with self._connection.atomic():
            for issue_id, owed_by_it in sorted(by_issue.items()):
                plannable = self._connection.value("deliveries_plannable", issue_id=issue_id)
                if plannable is None:
                    raise NotFound(f"There is no issue with the id {issue_id}.")
                if not plannable:
                    continue
                added = self._connection.run_many("deliveries_plan", map(rows.owed, owed_by_it))
                self._connection.run("deliveries_add_candidates", issue_id=issue_id, n=added)
                new += added
        return new

    def _oldest(self, issues: Iterable[Row], asked: Mapping[str, object]) -> list[Row]:
        """Of all issues the rows first due, by not_before, issue and id. Asks no more issues than it must."""
        found: list[Row] = []
        limit = int(str(asked["limit"]))
        for issue in issues:
            if len(found) == limit and _place(found[-1]) < (issue["not_before_at"], issue["id"]):
                break
            found += self._connection.rows("deliveries_claimable", issue_id=issue["id"], **asked)
            found = sorted(found, key=_place)[:limit]
        return found

    def _newest(self, issues: Iterable[Row], asked: Mapping[str, object]) -> list[Row]:
        """Of all issues the rows of who confirmed last."""
        found: list[Row] = []
        for issue in issues:
            found += self._connection.rows("deliveries_claimable_newest", issue_id=issue["id"], **asked)
        found.sort(key=lambda row: row["id"])
        found.sort(key=lambda row: row["confirmed_at"] or "", reverse=True)
        return found[: int(str(asked["limit"]))]

    def _begin(self, begun: Sequence[Held], at: str) -> tuple[Began | Suppressed | None, ...]:
        """All at once; only if some may not begin is each asked for."""
        values = (
            {
                "id": held.id,
                "fence": held.fence,
                "now": at,
                "dated_at": instant(held.dated_at),
                "key_id": held.key_id,
            }
            for held in begun
        )
        if self._connection.run_many("deliveries_begin", values) == len(begun):
            return (Began(),) * len(begun)
        return tuple(self._has_begun(held, at) for held in begun)

    def _has_begun(self, held: Held, at: str) -> Began | Suppressed | None:
        if self._stands(held, Status.SENDING):
            return Began()
        found = self._connection.row("deliveries_last_look", id=held.id, fence=held.fence, now=at)
        return None if found is None else self._suppress(held, found["barred"], at)

    def _send(self, ended: Sequence[tuple[Held, Ending]], at: str) -> list[int]:
        """Record those the relay took, all at once. Ids of those whose lease was lost."""
        values = [
            {
                "id": held.id,
                "fence": held.fence,
                "now": at,
                "code": ending.code,
                "enhanced": ending.enhanced,
                "reply": ending.reply,
            }
            for held, ending in ended
        ]
        taken = [held for held, _ in ended]
        lost: list[int] = []
        if self._connection.run_many("deliveries_sent", values) != len(values):
            taken = [held for held in taken if self._stands(held, Status.SENT)]
            served: list[Mapping[str, object]] = []
            for held, ending in ended:
                # Never begun, as in no run of ours: or taken over meanwhile.
                if held not in taken and not self._end(held, ending, at, served):
                    lost.append(held.id)
            self._connection.run_many("deliveries_move_cursor", served)
        self._connection.run_many("deliveries_serve", ({"id": held.id} for held in taken))
        return lost

    def _stands(self, held: Held, status: Status) -> bool:
        asked = {"id": held.id, "fence": held.fence, "status": status.value}
        return self._connection.value("deliveries_stands", **asked) is not None

    def _end(self, held: Held, ending: Ending, at: str, served: list[Mapping[str, object]]) -> bool:
        """Record one end; whose cursor moves by it joins `served`. Was the lease still ours?"""
        status = ending.status
        ended = self._connection.row(
            "deliveries_finish",
            id=held.id,
            fence=held.fence,
            now=at,
            status=status.value,
            not_before_at=instant(ending.not_before_at),
            ended_at=None if status.is_open else at,
            dated_at=instant(held.dated_at),
            key_id=held.key_id,
            code=ending.code,
            enhanced=ending.enhanced,
            reply=ending.reply,
        )
        if ended is None:
            return False
        if status is not Status.SENT:
            self._connection.run("attempts_add", **rows.attempt_values(held, ending, ended["tried_at"], at))
        if status.moves_cursor:
            served.append(rows.place(ended))
        if status is Status.EXPIRED:
            self._follow([ended], "deliveries_make_due", at)
        if ending.suppress is not None:
            self._connection.run(
                "deliveries_suppress_address",
                subscription_id=ended["subscription_id"],
                now=at,
                until_at=rows.until(ending.suppress, at),
                reason=ending.suppress.value,
                detail=ending.reply or "",
            )
        return True

    def _suppress(self, held: Held, reason: str, at: str) -> Suppressed:
        ended = self._connection.row(
            "deliveries_suppress", id=held.id, fence=held.fence, now=at, reply=reason
        )
        if ended is not None:
            self._connection.run("deliveries_move_cursor", **rows.place(ended))
        return Suppressed(reason=reason)


def _place(row: Row) -> tuple[str, int, int]:
    """Where a row stands in the order of claims."""
    return row["not_before_at"], row["issue_id"], row["id"]


def _lost(held: Held) -> LeaseLost:
    return LeaseLost(f"Delivery {held.id} was taken over by another run; nothing was written.")
