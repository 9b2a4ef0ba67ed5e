"""`digest check`: every rule of a good mail, held against files or against an issue."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from digest.cli import typed
from digest.cli.frame import Command
from digest.cli.printing import count, json_option, print_json, say, table
from digest.errors import DigestError, NotFound, UsageError

if TYPE_CHECKING:
    from digest.check import Finding, Rule

#: findings, also in the exit codes of design §7
FINDINGS = 3


@click.command(cls=Command)
@click.argument("files", nargs=-1, metavar="FILE.eml...", type=click.Path(path_type=Path))
@click.option(
    "--issue", "number", type=int, metavar="N", help="One message of each of this issue's editions."
)
@click.option("--email", metavar="EMAIL", help="With --issue: the one this reader got.")
@click.option("--strict", is_flag=True, help="Count warnings as findings.")
@click.option("--rules", "wants_rules", is_flag=True, help="List every rule, and who decides it.")
@json_option
@click.pass_context
def check(
    ctx: click.Context,
    files: tuple[Path, ...],
    number: int | None,
    email: str | None,
    strict: bool,
    wants_rules: bool,
    as_json: bool,
) -> None:
    """Hold mails against every rule; exit 3 when one is broken.

    \b
      digest check outbox/*.eml
      digest check --issue 12
    """
    if wants_rules:
        _print_rules(as_json=as_json)
        return
    if bool(files) == (number is not None):
        raise UsageError("Name files, or an issue with --issue N.")
    if email and number is None:
        raise UsageError("--email goes with --issue N.")
    found = dict(_checked(_of_files(files) if number is None else _of_issue(number, email)))
    if as_json:
        print_json({"messages": [{"file": name, "findings": each} for name, each in _facts(found)]})
    else:
        for name, each in found.items():
            _print(name, each)
    if _is_broken(found, strict=strict):
        ctx.exit(FINDINGS)


def _of_files(files: tuple[Path, ...]) -> Iterator[tuple[str, bytes]]:
    for path in files:
        try:
            yield str(path), path.read_bytes()
        except FileNotFoundError as cause:
            raise NotFound(f"There is no file {path}.") from cause
        except OSError as cause:
            raise DigestError(f"{path} cannot be read: {cause.strerror}.") from cause


def _of_issue(number: int, email: str | None) -> Iterator[tuple[str, bytes]]:
    from digest.cli.tonight import tonight
    from digest.model import IssueId
    from digest.night.postroom import reprint

    address = typed.address(email) if email else None
    with tonight(in_step=False) as one:
        issue = one.store.issues.get(IssueId(number)) if number > 0 else None
        if issue is None:
            raise NotFound(f"There is no issue {number}.", mend="`digest issues list` names them.")
        person = one.store.people.find(address) if address else None
        reader = person.address if person else email
        if issue.closed_at is not None:
            say("The issue is closed: its messages are set again from the stories as they are now.")
        seen = 0
        for each in reprint(one, issue, email=reader, one_an_edition=True):
            seen += 1
            yield each
        if not seen:
            raise NotFound(f"Issue {number} has no message" + (f" for {email}." if email else "."))


def _checked(mails: Iterator[tuple[str, bytes]]) -> Iterator[tuple[str, tuple[Finding, ...]]]:
    from digest.check import check as hold

    for name, raw in mails:
        try:
            yield name, hold(raw)
        except DigestError as cause:
            raise DigestError(f"{name}: {cause.message}", mend=cause.mend) from cause


def _is_broken(found: dict[str, tuple[Finding, ...]], *, strict: bool) -> bool:
    from digest.check import Severity

    counted = {Severity.FAIL, Severity.WARN} if strict else {Severity.FAIL}
    return any(each.severity in counted for findings in found.values() for each in findings)


def _facts(found: dict[str, tuple[Finding, ...]]) -> Iterator[tuple[str, list[dict[str, object]]]]:
    for name, findings in found.items():
        yield name, [asdict(each) for each in findings]


def _print(name: str, findings: tuple[Finding, ...]) -> None:
    """The file, then a line a finding."""
    if not findings:
        click.echo(f"{name}: passes every rule")
        return
    click.echo(f"{name}: {count(len(findings), 'finding')}")
    for each in findings:
        place = each.part if each.line is None else f"{each.part}:{each.line}"
        click.echo(f"  {each.rule:<4} {each.severity}  {place}  {each.words}")
        if each.excerpt:
            click.echo(f"       {each.excerpt}")


def _print_rules(*, as_json: bool) -> None:
    from digest.check import RULES

    if as_json:
        print_json([_rule(each) for each in RULES])
        return
    table(
        ("rule", "decided by", "what it asks", "why"),
        [(each.number, each.kind, each.title, _why(each)) for each in RULES],
    )


def _why(each: Rule) -> str:
    return f"{each.reason}. Look yourself: {each.rest}" if each.rest else each.reason


def _rule(each: Rule) -> dict[str, object]:
    severity = each.severity if each.kind == "machine" else None
    return {
        "number": each.number,
        "kind": each.kind,
        "part": each.part,
        "severity": severity,
        "title": each.title,
        "reason": each.reason,
        "rest": each.rest,
    }
