"""`digest nightly`, and the rooms of it that end before mail leaves: `gather`, `compose`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from digest.cli.frame import Command
from digest.cli.printing import json_option, print_json, say
from digest.cli.running import leave, print_report, ran
from digest.cli.summary import nobody, summary
from digest.cli.tonight import now_option, refuse_far_clock

if TYPE_CHECKING:
    from digest.night.report import NightReport
    from digest.night.tonight import Tonight


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

    with ran(now, work, in_step=not dry_run) as (one, report):
        if dry_run:
            say("DRY RUN: nothing is changed, nothing is sent.")
        print_report(one, report, as_json=as_json)
        leave(one, report, strict=strict)


@click.command(cls=Command)
@now_option
@click.option("--force", is_flag=True, help="Ask every source, whatever its interval.")
@json_option
def gather(now: str | None, force: bool, as_json: bool) -> None:
    """Fetch the sources that are due, and take in what is new."""

    def work(one: Tonight) -> NightReport:
        from digest.night.run import gather_room

        return gather_room(one, force=force)

    with ran(now, work) as (one, report):
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

    with ran(now, work) as (one, report):
        print_report(one, report, as_json=as_json)
