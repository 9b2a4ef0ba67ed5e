"""How far a long job is: a bar on a terminal, a line every 10 % elsewhere (only home of rich)."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import ExitStack
from types import TracebackType
from typing import Self

import click

#: (done, total); a total of 0: nobody knows
Shown = Callable[[int, int], None]

WORDS = {"gather": "Gathering", "compose": "Planning", "deliver": "Sending"}

#: a job of less is over before anybody wonders, and a line a piece would be noise in cron's mail
WORTH_A_LINE = 10
#: of a job without a known end, one line each
MANY = 10_000


class Progress:
    """One bar, or one series of lines, for each room of a night, opened when it is first heard of."""

    def __init__(self) -> None:
        self._open = ExitStack()
        self._shown: dict[str, Shown] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.close()

    def show(self, room: str, done: int, total: int) -> None:
        """`done` of `total` in this room."""
        if room not in self._shown:
            self._open.close()
            words = WORDS.get(room, room)
            self._shown[room] = _bar(words, self._open) if _is_lively() else _lines(words)
        self._shown[room](done, total)


def _is_lively() -> bool:
    """Whether somebody looks on, at something that can move its cursor."""
    import os

    return sys.stderr is not None and sys.stderr.isatty() and os.environ.get("TERM") != "dumb"


def _lines(words: str) -> Shown:
    shown = 0

    def show(done: int, total: int) -> None:
        nonlocal shown
        step = done // MANY if total == 0 else done * 10 // total if total >= WORTH_A_LINE else 0
        if step <= shown:
            return
        shown = step
        far = f"{step * 10} % ({done:,} of {total:,})" if total else f"{done:,}"
        click.echo(f"{words}: {far}", err=True)

    return show


def _bar(words: str, stack: ExitStack) -> Shown:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bars

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    bars = stack.enter_context(Bars(*columns, console=Console(stderr=True), transient=True))
    task = bars.add_task(words, total=None)
    return lambda done, total: bars.update(task, completed=done, total=total or None)
