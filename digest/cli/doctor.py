"""`digest doctor`: what is wrong with this installation, and the mend."""

from __future__ import annotations

from dataclasses import asdict

import click

from digest.cli.frame import Command
from digest.cli.printing import json_option, print_json
from digest.cli.tonight import tonight

MARKS = {"ok": ("ok  ", "green"), "warn": ("warn", "yellow"), "fail": ("FAIL", "red")}


@click.command(cls=Command)
@click.option("--offline", is_flag=True, help="Leave the relay alone.")
@click.option("--strict", is_flag=True, help="Exit 3 on warnings too.")
@json_option
def doctor(offline: bool, strict: bool, as_json: bool) -> None:
    """What is wrong with this installation, and the mend. Changes nothing, sends nothing."""
    from digest.night.health import Level, examine

    with tonight(in_step=False) as one:
        findings = list(examine(one, offline=offline))
    if as_json:
        print_json([asdict(finding) for finding in findings])
    else:
        for finding in findings:
            mark, colour = MARKS[finding.level]
            click.echo(f"{click.style(mark, fg=colour)}  {finding.id}: {finding.words}")
            if finding.mend:
                click.echo(f"      → {finding.mend}")
    levels = {finding.level for finding in findings}
    if Level.FAIL in levels:
        raise click.exceptions.Exit(1)
    if strict and Level.WARN in levels:
        raise click.exceptions.Exit(3)
