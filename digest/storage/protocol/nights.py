"""Nights: how far each one came, so that a second run of it goes on where the first one died."""

from __future__ import annotations

from datetime import date, datetime
from typing import Protocol

from digest.model import NightRecord


class Nights(Protocol):
    """One record a night. Marking is idempotent, a unit of work each, and raises NotFound for a night
    that never started."""

    def start(self, night: date, now: datetime, settings_json: str) -> None:
        """The night begins, or is run again: its first instant stays, the settings are the latest.

        `settings_json` holds no secrets. A unit of work."""
        ...

    def mark_closed(self, night: date, now: datetime) -> None:
        """The gathering is closed. The first mark stays. Call it inside the release's `atomic()`."""
        ...

    def mark_cut(self, night: date, now: datetime) -> None:
        """Every list due is cut. The first mark stays."""
        ...

    def mark_finished(self, night: date, now: datetime) -> None:
        """Nothing is left to do. The latest mark stays: deferred mail may end hours later."""
        ...

    def get(self, night: date) -> NightRecord | None:
        """The night's record, or None when it never started."""
        ...

    def last(self) -> NightRecord | None:
        """The latest night that started, by its date."""
        ...

    def settings(self, night: date) -> str | None:
        """The settings its last run had, as JSON; None when it never started."""
        ...
