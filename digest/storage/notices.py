"""What an admin must hear of, said once."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from digest.model import Notice
from digest.storage.connection import Connection
from digest.storage.rows import instant
from digest.storage.rows.notices import notice


class Notices:
    """Implements `protocol.notices.Notices`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def raise_(self, kind: str, subject: str, words: str, now: datetime) -> bool:
        with self._connection.atomic():
            raised = self._connection.run(
                "raise_notice", kind=kind, subject=subject, words=words, now=instant(now)
            )
        return bool(raised)

    def open(self) -> tuple[Notice, ...]:
        return tuple(map(notice, self._connection.rows("open_notices")))

    def settle(self, kind: str, subject: str, now: datetime) -> bool:
        with self._connection.atomic():
            settled = self._connection.run("settle_notice", kind=kind, subject=subject, now=instant(now))
        return bool(settled)

    def untold(self) -> tuple[Notice, ...]:
        return tuple(map(notice, self._connection.rows("untold_notices")))

    def over(self) -> tuple[Notice, ...]:
        return tuple(map(notice, self._connection.rows("over_notices")))

    def told(self, notices: Iterable[Notice], now: datetime) -> None:
        with self._connection.atomic():
            self._connection.run_many(
                "tell_notice", ({"id": each.id, "now": instant(now)} for each in notices)
            )
