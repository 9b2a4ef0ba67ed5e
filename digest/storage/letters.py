"""Letters in SQL. The laws are written in `protocol.letters`; the machine is that of the ledger.

It wipes a letter's bytes in the transaction that records its end, and suppresses addresses there too.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Literal

from digest.model import LetterId, NewLetter
from digest.storage.connection import Connection
from digest.storage.protocol.deliveries import Began, Ending, Held, Settlement, Suppressed
from digest.storage.protocol.letters import LetterClaim
from digest.storage.rows import instant, parse_instant
from digest.storage.rows import letters as rows
from subscribers.model import HARD_FOR, Reason

#: a run that died between `sending` and the outcome; nobody knows whether the relay took it
_ORPHANED = "The run that was sending this ended before it knew the relay's answer."


class Letters:
    """Implements `protocol.letters.Letters`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def post(self, letter: NewLetter) -> LetterId:
        with self._connection.atomic():
            id = self._connection.value("letters_post", **rows.new_values(letter))
            if id is None:
                id = self._connection.value("letters_known", dedupe=letter.dedupe)
        return LetterId(int(id))

    def claim(
        self, now: datetime, lease_until: datetime, limit: int, *, address: str | None = None
    ) -> tuple[LetterClaim, ...]:
        with self._connection.atomic():
            found = self._connection.rows("letters_claimable", now=instant(now), address=address, limit=limit)
            lease = instant(lease_until)
            self._connection.run_many(
                "letters_lease", ({"id": row["id"], "lease_until_at": lease} for row in found)
            )
        return tuple(rows.claim(row, lease_until=lease_until) for row in found)

    def settle(
        self, ended: Sequence[tuple[Held, Ending]], begun: Sequence[Held], now: datetime
    ) -> Settlement:
        with self._connection.atomic():
            lost = tuple(held.id for held, ending in ended if not self._finish(held, ending, now))
            return Settlement(lost=lost, begun=tuple(self._begin(held, now) for held in begun))

    def bar(self, held: Held, now: datetime) -> Suppressed | None:
        with self._connection.atomic():
            found = self._connection.row("letters_last_look", **_fenced(held, now))
            if found is None or found["barred"] is None:
                return None
            return self._suppress(held, found["barred"], now)

    def postpone(self, rows: Iterable[tuple[Held, datetime, str]]) -> None:
        with self._connection.atomic():
            self._connection.run_many(
                "letters_postpone",
                (
                    {"id": held.id, "fence": held.fence, "not_before_at": instant(until), "reply": words}
                    for held, until, words in rows
                ),
            )

    def give_back(self, held: Iterable[Held]) -> None:
        with self._connection.atomic():
            self._connection.run_many(
                "letters_give_back", ({"id": each.id, "fence": each.fence} for each in held)
            )

    def take_over(self, now: datetime, on_uncertain: Literal["resend", "hold"]) -> int:
        statement = "letters_resend_orphans" if on_uncertain == "resend" else "letters_hold_orphans"
        with self._connection.atomic():
            self._connection.run("letters_lapse")
            return self._connection.run(statement, now=instant(now), reply=_ORPHANED)

    def expire(self, now: datetime, max_age: timedelta) -> int:
        with self._connection.atomic():
            return self._connection.run(
                "letters_expire", now=instant(now), first_before=instant(now - max_age)
            )

    def open_count(self) -> int:
        return int(self._connection.value("letters_open_count"))

    def due_count(self, now: datetime) -> int:
        return int(self._connection.value("letters_due_count", now=instant(now)))

    def next_attempt_at(self) -> datetime | None:
        return parse_instant(self._connection.value("letters_next_attempt_at"))

    def forget(self, address_hash: str, now: datetime) -> None:
        with self._connection.atomic():
            self._connection.run("letters_forget_open", address_hash=address_hash, now=instant(now))
            self._connection.run("letters_forget", address_hash=address_hash)

    def forget_goodbyes(self) -> int:
        with self._connection.atomic():
            return self._connection.run("letters_forget_goodbyes")

    def retain(self, since: datetime) -> int:
        with self._connection.atomic():
            return self._connection.run("letters_retain", since=instant(since))

    def _begin(self, held: Held, now: datetime) -> Began | Suppressed | None:
        found = self._connection.row("letters_last_look", **_fenced(held, now))
        if found is None:
            return None
        if found["barred"] is not None:
            return self._suppress(held, found["barred"], now)
        self._connection.run("letters_begin", **_fenced(held, now), key_id=held.key_id)
        return Began()

    def _finish(self, held: Held, ending: Ending, now: datetime) -> bool:
        changed = self._connection.run(
            "letters_finish",
            **_fenced(held, now),
            status=ending.status.value,
            not_before_at=instant(ending.not_before_at),
            ended_at=None if ending.status.is_open else instant(now),
            key_id=held.key_id,
            phase=ending.phase,
            code=ending.code,
            enhanced=ending.enhanced,
            reply=ending.reply,
        )
        if changed and ending.suppress is not None:
            self._connection.run(
                "letters_suppress_address",
                id=held.id,
                now=instant(now),
                until_at=instant(now + HARD_FOR) if ending.suppress is Reason.HARD else None,
                reason=ending.suppress.value,
                detail=ending.reply or "",
            )
        return bool(changed)

    def _suppress(self, held: Held, reason: str, now: datetime) -> Suppressed:
        self._connection.run("letters_suppress", **_fenced(held, now), reply=reason)
        return Suppressed(reason=reason)


def _fenced(held: Held, now: datetime) -> dict[str, object]:
    return {"id": held.id, "fence": held.fence, "now": instant(now)}
