"""Rows of `benchmarks.deliver`: what each pass took, round by round; ratios are to the first of the table."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """One pass."""

    #: messages a second, by the clock
    rate: float
    #: seconds of processors a message: the sender's, and the sink's
    busy: float
    sink: float
    #: MB at most; 0: not asked
    memory: float

    @classmethod
    def of(cls, count: int, wall: float, busy: float, *, sink: float, memory: float = 0) -> Taken:
        return cls(rate=count / wall, busy=busy / count, sink=sink / count, memory=memory)


@dataclass(slots=True)
class Row:
    """One sender."""

    name: str
    measure: Callable[[], Taken]
    #: the ratio to reach
    wanted: str = ""
    rounds: list[Taken] = field(default_factory=list)


class Table:
    """Senders that do the same job; ratios are to the first."""

    def __init__(self, title: str, rows: Sequence[Row]) -> None:
        self._title, self._rows = title, rows

    def take_round(self) -> None:
        for row in self._rows:
            row.rounds.append(row.measure())

    def print(self) -> None:
        """As Markdown."""
        print(
            f"\n| {self._title} | messages/s | ratio: min / **median** / max "
            "| processors, µs a message: sender's, sink's | MB | wanted |"
        )
        print("|---|---|---|---|---|---|")
        base = [each.rate for each in self._rows[0].rounds]
        for row in self._rows:
            rates = [each.rate for each in row.rounds]
            ratios = [rate / first for rate, first in zip(rates, base, strict=True)]
            told = f"{min(ratios):.2f} / **{statistics.median(ratios):.2f}** / {max(ratios):.2f}"
            busy, sink = (
                statistics.median(getattr(each, of) for each in row.rounds) * 1e6 for of in ("busy", "sink")
            )
            memory = max(each.memory for each in row.rounds)
            print(
                f"| {row.name} | {statistics.median(rates):,.0f} | {'' if row is self._rows[0] else told} "
                f"| {busy:,.0f}, {sink:,.0f} | {f'{memory:.0f}' if memory else ''} | {row.wanted} |"
            )
