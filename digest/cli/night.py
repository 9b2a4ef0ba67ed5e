"""`digest nightly` and its rooms, one at a time."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from digest.cli.frame import Command
from digest.cli.printing import count, json_option, print_json, say
from digest.cli.progress import Progress
from digest.cli.stopping import Stop
from digest.cli.summary import nobody, summary
from digest.cli.tonight import now_option, refuse_far_clock, tonight
from digest.errors import UsageError

if TYPE_CHECKING:
    from digest.night.report import NightReport
    from digest.night.tonight import Tonight

#: design §7
STILL_OPEN, FINDINGS = 4, 3


@click.command(cls=Command)
@now_option
@click.option("--dry-run", is_flag=True, help="Gather and cut on a copy; send nothing, change nothing.")
@click.option("--strict", is_flag=True, help="Exit 3 when a source failed or a notice was raised.")
@click.option("--yes", is_flag=True, help="Send real mail although --now is far off.")
@json_option
def nightly(now: str | None, dry_run: bool, strict: bool, yes: bool, as_json: bool) -> None:
    """The whole night: gather, sort, cut, send. Run it twice and nothing happens twice."""

    def work(one: Tonight) -> NightReport:
        from digest.night.rehearsal import rehearse
        from digest.night.run import run_night

        if dry_run:
            return rehearse(one)
        refuse_far_clock(one, yes=yes)
        return run_night(one)

    with _ran(now, work, in_step=not dry_run) as (one, report):
        if dry_run:
            say("DRY RUN: nothing is changed, nothing is sent.")
        _print(one, report, as_json=as_json)
        _leave(one, report, strict=strict)


@click.command(cls=Command)
@now_option
@click.option("--force", is_flag=True, help="Ask every source, whatever its interval.")
@json_option
def gather(now: str | None, force: bool, as_json: bool) -> None:
    """Fetch the sources that are due, and take in what is new."""

    def work(one: Tonight) -> NightReport:
        from digest.night.run import gather_room

        return gather_room(one, force=force)

    with _ran(now, work) as (one, report):
        if as_json:
            from digest.night.report import gather_json

            assert report.gather is not None, "this room was entered"
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

    def work(one: Tonight) -> NightReport:
        from digest.night.run import compose_room

        return compose_room(one)

    with _ran(now, work) as (one, report):
        _print(one, report, as_json=as_json)


@click.command(cls=Command)
@now_option
@click.option("--resume", is_flag=True, help="Send once more what may have gone out already (uncertain).")
@click.option("--drop", is_flag=True, help="Give up what may have gone out already (uncertain).")
@click.option("--yes", is_flag=True, help="Send real mail although --now is far off.")
@json_option
def deliver(now: str | None, resume: bool, drop: bool, yes: bool, as_json: bool) -> None:
    """Send what is due: planned, deferred, or waiting for its reader's hour."""
    if resume and drop:
        raise UsageError("--resume and --drop are two answers to one question: give one.")

    def work(one: Tonight) -> NightReport:
        from digest.night.run import deliver_room

        refuse_far_clock(one, yes=yes)
        if resume or drop:
            settled = one.store.deliveries.settle_uncertain(one.clock(), "resume" if resume else "drop")
            what = "will be sent once more" if resume else "given up"
            say(f"{count(settled, 'uncertain mail')} {what}.")
        return deliver_room(one)

    with _ran(now, work) as (one, report):
        if as_json:
            _print(one, report, as_json=True)
        elif sys.stdout.isatty() or not _is_idle(report):
            # Cron mails whatever is printed, and asks every five minutes.
            for line in summary(one, report):
                click.echo(line)
        _leave(one, report, strict=False)


def _print(one: Tonight, report: NightReport, *, as_json: bool) -> None:
    if as_json:
        from digest.night.report import night_json

        print_json(night_json(report))
        return
    for line in summary(one, report):
        click.echo(line)
    for line in nobody(one, report):
        say(line)


def _leave(one: Tonight, report: NightReport, *, strict: bool) -> None:
    """End with the report's exit code."""
    if report.deliver is not None and (report.deliver.stopped or _is_late(one, report)):
        raise click.exceptions.Exit(STILL_OPEN)
    if strict and ((report.gather and report.gather.failed) or report.notices):
        raise click.exceptions.Exit(FINDINGS)


def _is_idle(report: NightReport) -> bool:
    """No mail was waiting, and none is."""
    from digest.deliver import DeliverReport

    return report.deliver == DeliverReport()


def _is_late(one: Tonight, report: NightReport) -> bool:
    """Mail is open that was tried: what only waits for its reader's hour is as it should be."""
    assert report.deliver is not None, "asked of a delivery only"
    return bool(report.deliver.open) and one.store.deliveries.tried_count() > 0


@contextmanager
def _ran(
    now: str | None, work: Callable[[Tonight], NightReport], *, in_step: bool = True
) -> Iterator[tuple[Tonight, NightReport]]:
    """The work done, its progress on standard error, and then its report, still with the shelves open."""
    stop, progress = Stop(), Progress()
    with tonight(now=now, show=progress.show, stop=stop.asked, in_step=in_step) as one:
        with stop, progress:
            report = work(one)
        try:
            yield one, report
        except click.exceptions.Exit:
            if stop.exit_code is None:
                raise
        if stop.exit_code is not None:
            raise click.exceptions.Exit(stop.exit_code)
