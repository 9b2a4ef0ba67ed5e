"""What deliver must remember of its own pace from run to run: levels of buckets, and paused domains."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """How full a bucket, or how far a count, was at an instant. What it means is `deliver.pace`'s."""

    name: str
    #: microseconds owed, or messages counted
    level: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """A domain that blames the sender, left alone for a while."""

    domain: str
    until_at: datetime
    #: pauses in a row; each lasts longer
    times: int
    #: what the domain said last
    words: str


class Throttles(Protocol):
    """Each write is a unit of work of its own, or joins the caller's: pace is saved with what it let go."""

    def load(self) -> tuple[Level, ...]:
        """Every level, by name."""
        ...

    def save(self, levels: Iterable[Level]) -> None:
        """Set these; others stay."""
        ...

    def pauses(self) -> tuple[Pause, ...]:
        """Every pause, by domain; also those that have run out and may go on."""
        ...

    def save_pauses(self, pauses: Iterable[Pause]) -> None:
        """These and no others."""
        ...

    def queue(self, domain: str, now: datetime) -> int:
        """Deliveries to that domain that may leave now. Reads every open row: once a run."""
        ...
