"""How far a long job is: a bar on a terminal, a line every 10 % elsewhere (only home of rich)."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click

#: (done, total)
Progress = Callable[[int, int], None]


@contextmanager
def progress(words: str) -> Iterator[Progress]:
    """A callable that shows `done` of `total` under these words, on standard error."""
    if sys.stderr.isatty():
        with _bar(words) as bar:
            yield bar
        return
    yield _lines(words)


def _lines(words: str) -> Progress:
    shown = -1

    def show(done: int, total: int) -> None:
        nonlocal shown
        tenth = done * 10 // total if total else 10
        if tenth > shown and (done or total):
            shown = tenth
            if tenth:
                click.echo(f"{words}: {tenth * 10} % ({done:,} of {total:,})", err=True)

    return show


@contextmanager
def _bar(words: str) -> Iterator[Progress]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bars

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Bars(*columns, console=Console(stderr=True), transient=True) as bars:
        task = bars.add_task(words, total=None)
        yield lambda done, total: bars.update(task, completed=done, total=total)
