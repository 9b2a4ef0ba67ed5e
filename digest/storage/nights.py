"""What each night did, and the settings it ran with."""

from __future__ import annotations

from datetime import date, datetime

from digest.errors import NotFound
from digest.model import NightRecord
from digest.storage.connection import Connection
from digest.storage.rows import day, instant
from digest.storage.rows.nights import night_record


class Nights:
    """Implements `protocol.nights.Nights`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def start(self, night: date, now: datetime, settings_json: str) -> None:
        with self._connection.atomic():
            self._connection.run("start_night", night=day(night), now=instant(now), settings=settings_json)

    def mark_closed(self, night: date, now: datetime) -> None:
        self._mark("mark_night_closed", night, now)

    def mark_cut(self, night: date, now: datetime) -> None:
        self._mark("mark_night_cut", night, now)

    def mark_finished(self, night: date, now: datetime) -> None:
        self._mark("mark_night_finished", night, now)

    def get(self, night: date) -> NightRecord | None:
        found = self._connection.row("night", night=day(night))
        return night_record(found) if found else None

    def last(self) -> NightRecord | None:
        found = self._connection.row("last_night")
        return night_record(found) if found else None

    def settings(self, night: date) -> str | None:
        found: str | None = self._connection.value("night_settings", night=day(night))
        return found

    def _mark(self, statement: str, night: date, now: datetime) -> None:
        with self._connection.atomic():
            if not self._connection.run(statement, night=day(night), now=instant(now)):
                raise NotFound(f"the night {night} never started")
