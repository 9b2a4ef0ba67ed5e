"""How far a long job is: a bar on a terminal; elsewhere, when asked to say more, a line a minute.

The only home of rich. Cron mails whatever is printed: what nobody looks at is not printed unasked.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from datetime import datetime
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, Self

import click

from digest.cli.tempo import Tempo, rate_in_words, span_in_words

if TYPE_CHECKING:
    from rich.progress import Progress as Bars
    from rich.progress import TaskID

WORDS = {"gather": "Gathering", "compose": "Planning", "deliver": "Sending"}
#: seconds between two lines
MINUTE = 60.0


class Shown(Protocol):
    """One room's progress, however it is shown."""

    def show(self, done: int, total: int, beside: str) -> None: ...

    def close(self) -> None: ...


class Progress:
    """One bar, or one series of lines, for each room of a night, opened when it is first heard of."""

    def __init__(self, *, verbose: bool = False, seconds: Callable[[], float] = time.monotonic) -> None:
        self._verbose = verbose
        self._seconds = seconds
        self._room = ""
        self._shown: Shown | None = None
        self._tempo = Tempo()
        self._at = (0, 0)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()

    def show(self, room: str, done: int, total: int) -> None:
        """`done` of `total` in this room; a total of 0: nobody knows."""
        if room != self._room:
            self._close()
            self._room, self._tempo = room, Tempo()
            self._shown = self._opened(WORDS.get(room, room))
        now = self._seconds()
        self._at = (done, total)
        self._tempo.note(done, at=now)
        if self._shown is not None:
            self._shown.show(done, total, self._beside(total, now))

    def rest(self, until: datetime, words: str) -> None:
        """The room waits, in these words, until then or until it is heard of again."""
        if self._shown is not None:
            # On the clock of whoever looks on.
            self._shown.show(*self._at, f"{words}, goes on at {until.astimezone():%H:%M:%S}")

    def _beside(self, total: int, now: float) -> str:
        """ "312/s, 4 min to go"."""
        rate = self._tempo.rate(at=now)
        if rate is None:
            return ""
        left = self._tempo.seconds_left(total, at=now) if total > self._at[0] else None
        return rate_in_words(rate) + (f", {span_in_words(left)} to go" if left is not None else "")

    def _opened(self, words: str) -> Shown | None:
        if _is_lively():
            return _Bar(words)
        return _Lines(words, self._seconds) if self._verbose else None

    def _close(self) -> None:
        if self._shown is not None:
            self._shown.close()
            self._shown = None


def _is_lively() -> bool:
    """Whether somebody looks on, at something that can move its cursor."""
    import os

    return sys.stderr is not None and sys.stderr.isatty() and os.environ.get("TERM") != "dumb"


class _Lines:
    """A line a minute."""

    def __init__(self, words: str, seconds: Callable[[], float]) -> None:
        self._words = words
        self._seconds = seconds
        self._next = seconds() + MINUTE

    def show(self, done: int, total: int, beside: str) -> None:
        now = self._seconds()
        if now < self._next:
            return
        self._next = now + MINUTE
        far = f"{done:,} of {total:,}" if total else f"{done:,}"
        click.echo(f"{self._words}: {far}" + (f", {beside}" if beside else ""), err=True)

    def close(self) -> None:
        pass


class _Bar:
    """A bar that is gone when the room is left."""

    def __init__(self, words: str) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn
        from rich.progress import Progress as Bars

        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[beside]}", markup=False),
        )
        self._bars: Bars = Bars(*columns, console=Console(stderr=True), transient=True)
        self._bars.start()
        self._task: TaskID = self._bars.add_task(words, total=None, beside="")

    def show(self, done: int, total: int, beside: str) -> None:
        self._bars.update(self._task, completed=done, total=total or None, beside=beside)

    def close(self) -> None:
        self._bars.stop()
