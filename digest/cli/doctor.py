"""`digest doctor`: what is wrong with this installation, and the mend."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from digest.cli.frame import Command
from digest.cli.installation import installation
from digest.cli.printing import json_option, print_json
from digest.cli.tonight import tonight
from digest.errors import UsageError

if TYPE_CHECKING:
    from digest.net.names import Names
    from digest.night.findings import Finding

MARKS = {"ok": ("ok  ", "green"), "warn": ("warn", "yellow"), "fail": ("FAIL", "red")}


@click.command(cls=Command)
@click.option("--offline", is_flag=True, help="Leave the relay and the DNS alone.")
@click.option("--dns", is_flag=True, help="Print the DNS records to publish, and look at those alone.")
@click.option("--resolver", metavar="IP[:PORT]", help="Ask this name server; default: this machine's.")
@click.option("--strict", is_flag=True, help="Exit 3 on warnings too.")
@json_option
def doctor(offline: bool, dns: bool, resolver: str | None, strict: bool, as_json: bool) -> None:
    """What is wrong with this installation, and the mend. Changes nothing, sends nothing."""
    from digest.net.names import Names
    from digest.night.health import Level, examine

    names = Names(server=server_named(resolver))
    if dns:
        findings = _records(None if offline else names, as_json=as_json)
    else:
        with tonight(in_step=False) as one:
            findings = list(examine(one, offline=offline, names=names))
        if as_json:
            print_json([asdict(finding) for finding in findings])
        else:
            _tell(findings, err=False)
    levels = {finding.level for finding in findings}
    if Level.FAIL in levels:
        raise click.exceptions.Exit(1)
    if strict and Level.WARN in levels:
        raise click.exceptions.Exit(3)


def _records(names: Names | None, *, as_json: bool) -> list[Finding]:
    """The records to publish, as a zone file has them, and what of them is there."""
    from digest.night.dns_health import published
    from digest.night.records import reverse_hint, wanted
    from digest.night.signing import keys_of

    settings = installation().settings()
    records = list(wanted(settings, keys_of(settings)))
    findings = [] if names is None else list(published(settings, names))
    if as_json:
        print_json({"records": list(map(asdict, records)), "findings": list(map(asdict, findings))})
        return findings
    for record in records:
        click.echo(f"; {record.why}\n{record.line}")
    click.echo(f"; {reverse_hint(settings)}")
    _tell(findings, err=True)
    return findings


def _tell(findings: Sequence[Finding], *, err: bool) -> None:
    for finding in findings:
        mark, colour = MARKS[finding.level]
        click.echo(f"{click.style(mark, fg=colour)}  {finding.id}: {finding.words}", err=err)
        if finding.mend:
            click.echo(f"      → {finding.mend}", err=err)


def server_named(text: str | None) -> tuple[str, int] | None:
    """`9.9.9.9`, `127.0.0.1:5353`, `[::1]:53`."""
    from ipaddress import ip_address
    from urllib.parse import urlsplit

    if text is None:
        return None
    try:
        url = urlsplit(f"//{text}" if text.count(":") < 2 or text.startswith("[") else f"//[{text}]")
        return str(ip_address(url.hostname or "")), url.port or 53
    except ValueError as cause:
        raise UsageError(f"--resolver {text}: write an address, like 9.9.9.9 or 127.0.0.1:5353.") from cause
