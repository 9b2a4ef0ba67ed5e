"""`digest nightly` and its rooms, one at a time."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from digest.cli.frame import Command
from digest.cli.printing import json_option, print_json, say
from digest.cli.progress import progress
from digest.cli.summary import nobody, summary
from digest.cli.tonight import now_option, refuse_far_clock, tonight

if TYPE_CHECKING:
    from digest.night.report import NightReport
    from digest.night.tonight import Show, Tonight

WORDS = {"gather": "Gathering", "compose": "Planning", "deliver": "Sending"}


@click.command(cls=Command)
@now_option
@click.option("--dry-run", is_flag=True, help="Gather and cut on a copy; send nothing, change nothing.")
@click.option("--strict", is_flag=True, help="Exit 3 when a source failed or a notice was raised.")
@click.option("--yes", is_flag=True, help="Send real mail although --now is far off.")
@json_option
def nightly(now: str | None, dry_run: bool, strict: bool, yes: bool, as_json: bool) -> None:
    """The whole night: gather, sort, cut, send. Run it twice and nothing happens twice."""
    from digest.night.run import run_night
    from digest.night.rehearsal import rehearse

    with _running(now) as one:
        if dry_run:
            report = rehearse(one)
            say("DRY RUN: nothing is changed, nothing is sent.")
        else:
            refuse_far_clock(one, yes=yes)
            report = run_night(one)
        _end(one, report, as_json=as_json, strict=strict)


@click.command(cls=Command)
@now_option
@click.option("--force", is_flag=True, help="Ask every source, whatever its interval.")
@json_option
def gather(now: str | None, force: bool, as_json: bool) -> None:
    """Fetch the sources that are due, and take in what is new."""
    from digest.night.run import gather_room
    from digest.night.report import gather_json

    with _running(now) as one:
        report = gather_room(one, force=force)
        if as_json and report.gather is not None:
            print_json(gather_json(report.gather))
            return
        for line in summary(one, report):
            click.echo(line)
        if not one.settings.sources:
            for line in nobody(one, report):
                say(line)


@click.command(cls=Command)
@now_option
@json_option
def compose(now: str | None, as_json: bool) -> None:
    """Cut tonight's issues and plan who gets what."""
    from digest.night.run import compose_room

    with _running(now) as one:
        report = compose_room(one)
        _end(one, report, as_json=as_json, strict=False)


@click.command(cls=Command)
@now_option
@click.option("--yes", is_flag=True, help="Send real mail although --now is far off.")
@json_option
def deliver(now: str | None, yes: bool, as_json: bool) -> None:
    """Send what is due: planned, deferred, or waiting for its reader's hour."""
    from digest.night.run import deliver_room

    with _running(now) as one:
        refuse_far_clock(one, yes=yes)
        report = deliver_room(one)
        _end(one, report, as_json=as_json, strict=False, whole=False)


def _end(one: Tonight, report: NightReport, *, as_json: bool, strict: bool, whole: bool = True) -> None:
    """Print the report, then leave with its exit code (design §7)."""
    from digest.night.report import night_json

    if as_json:
        print_json(night_json(report))
    else:
        for line in summary(one, report):
            click.echo(line)
        if whole:
            for line in nobody(one, report):
                say(line)
    delivered = report.deliver
    if delivered is not None and (delivered.stopped or _is_late(one, report)):
        raise click.exceptions.Exit(4)
    if strict and ((report.gather and report.gather.failed) or report.notices):
        raise click.exceptions.Exit(3)


def _is_late(one: Tonight, report: NightReport) -> bool:
    """Mail is open that was tried: what only waits for its reader's hour is as it should be."""
    assert report.deliver is not None
    return bool(report.deliver.open) and one.store.deliveries.tried_count() > 0


@contextmanager
def _running(now: str | None) -> Iterator[Tonight]:
    """A Tonight with progress on standard error, that ends after the message in flight when asked to."""
    asked = threading.Event()

    def stop(_signal: int, _frame: object) -> None:
        if asked.is_set():
            raise KeyboardInterrupt
        asked.set()

    with _bars() as show, tonight(now=now, show=show, stop=asked.is_set) as one:
        before = {number: signal.signal(number, stop) for number in (signal.SIGTERM,)}
        try:
            yield one
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


@contextmanager
def _bars() -> Iterator[Show]:
    """One bar or series of lines for each room, opened when it is first heard of."""
    from contextlib import ExitStack

    with ExitStack() as stack:
        shown: dict[str, Callable[[int, int], None]] = {}

        def show(room: str, done: int, total: int) -> None:
            if room not in shown:
                stack.close()
                shown[room] = stack.enter_context(progress(WORDS.get(room, room)))
            shown[room](done, total)

        yield show
