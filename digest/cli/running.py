"""A room of the night run as a command: its progress shown, its end told, its exit code (design §7)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from digest.cli.printing import count, print_json, say
from digest.cli.progress import Progress
from digest.cli.stopping import Stop
from digest.cli.summary import nobody, summary
from digest.cli.tonight import tonight

if TYPE_CHECKING:
    from digest.night.report import NightReport
    from digest.night.tonight import Tonight

#: design §7
STILL_OPEN, FINDINGS = 4, 3


@contextmanager
def ran(
    now: str | None, work: Callable[[Tonight], NightReport], *, in_step: bool = True
) -> Iterator[tuple[Tonight, NightReport]]:
    """The work done, its progress on standard error, and then its report, still with the shelves open."""
    verbose = int(click.get_current_context().meta.get("digest.verbose", 0)) > 0
    stop, progress = Stop(), Progress(verbose=verbose)
    with tonight(now=now, show=progress.show, rest=progress.rest, stop=stop.asked, in_step=in_step) as one:
        with stop, progress:
            report = work(one)
        try:
            yield one, report
        except click.exceptions.Exit:
            if stop.exit_code is None:
                raise
        finally:
            if stop.is_asked:
                say(what_remains(report))
        if stop.exit_code is not None:
            raise click.exceptions.Exit(stop.exit_code)


def what_remains(report: NightReport) -> str:
    """ "1,204 mails remain. Go on with: digest deliver"."""
    left = report.deliver.open if report.deliver is not None else 0
    if not left:
        return "No mail remains."
    return f"{count(left, 'mail remains', 'mails remain')}. Go on with: digest deliver"


def print_report(one: Tonight, report: NightReport, *, as_json: bool) -> None:
    """What the run did, as one object or in words; what to do when nobody was due, in words."""
    if as_json:
        from digest.night.report import night_json

        print_json(night_json(report))
        return
    for line in summary(one, report):
        click.echo(line)
    for line in nobody(one, report):
        say(line)


def leave(one: Tonight, report: NightReport, *, strict: bool) -> None:
    """End with the report's exit code."""
    if report.has_stopped or (report.deliver is not None and _is_late(one, report)):
        raise click.exceptions.Exit(STILL_OPEN)
    if strict and ((report.gather and report.gather.failed) or report.notices):
        raise click.exceptions.Exit(FINDINGS)


def _is_late(one: Tonight, report: NightReport) -> bool:
    """Mail is open that was tried: what only waits for its reader's hour is as it should be."""
    assert report.deliver is not None, "asked of a delivery only"
    return bool(report.deliver.open) and one.store.deliveries.tried_count() > 0
