"""`digest issues show`: one issue, its stories, and everybody accounted for with the reason."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from digest.cli.frame import Command
from digest.cli.printing import count, json_option, local, print_json, say
from digest.cli.running import FINDINGS
from digest.cli.tonight import tonight
from digest.errors import NotFound, UsageError

if TYPE_CHECKING:
    from digest.model import EntryId, Issue, IssueStory, Status
    from digest.night.accounting import Group
    from digest.night.tonight import Tonight
    from digest.storage.protocol.accounts import Account, Balance

#: groups of a status told of; the others are counted
TOLD = 8

STATUSES = ("planned", "sending", "sent", "deferred", "failed", "suppressed", "expired", "uncertain")


@click.command(cls=Command)
@click.argument("number", type=int, metavar="N")
@click.option("--status", type=click.Choice(STATUSES), help="Only who stands so.")
@click.option("--all", "everyone", is_flag=True, help="Everybody by name, instead of groups.")
@json_option
def show(number: int, status: str | None, everyone: bool, as_json: bool) -> None:
    """One issue (its id, as `issues list` prints it): its stories, and everybody accounted for."""
    from digest.model import Status

    chosen = Status(status) if status else None
    with tonight() as one:
        issue = named(one, number)
        balance = one.store.deliveries.conservation(issue.id)
        if as_json:
            print_json(_as_json(one, issue, balance, chosen, everyone=everyone))
        elif everyone:
            _page(_told(one, account) for account in _accounts(one, issue, chosen))
        else:
            for line in _in_words(one, issue, balance, chosen):
                click.echo(line)
        if not balance.holds:
            say(
                f"ALARM: issue {issue.id} does not add up: {balance.candidates:,} were planned, "
                f"{balance.tally.candidates:,} are accounted for. Keep a copy of the database and tell us."
            )
            raise click.exceptions.Exit(FINDINGS)


def named(one: Tonight, number: int) -> Issue:
    """The issue of that id. Raises UsageError, NotFound."""
    from digest.model import IssueId

    if number < 1:
        raise UsageError(f"{number} is no issue's id; `digest issues list` names them.")
    found = one.store.issues.get(IssueId(number))
    if found is None:
        raise NotFound(f"There is no issue {number}.", mend="`digest issues list` names them.")
    return found


def name_of(issue: Issue) -> str:
    """ "no. 12", "an extra"."""
    return "an extra" if issue.number is None else f"no. {issue.number}"


def slug_of(one: Tonight, issue: Issue) -> str:
    row = one.store.lists.by_id(issue.list_id)
    return row.slug if row else "?"


def facts(one: Tonight, issue: Issue) -> dict[str, object]:
    """The issue as JSON tells it."""
    tally = one.store.deliveries.tally(issue.id)
    return {
        "id": issue.id,
        "list": slug_of(one, issue),
        "number": issue.number,
        "night": issue.night,
        "cut_at": issue.cut_at,
        "closed_at": issue.closed_at,
        "deliveries": {**asdict(tally), "open": tally.open},
    }


def title_of(one: Tonight, id: EntryId) -> str:
    entry = one.store.entries.get(id)
    return entry.content.title if entry else "(not kept any more)"


def _accounts(one: Tonight, issue: Issue, status: Status | None) -> Iterator[Account]:
    from digest.night.accounting import everybody

    return everybody(one, issue.id, status=status)


def _in_words(one: Tonight, issue: Issue, balance: Balance, status: Status | None) -> Iterator[str]:
    from digest.night.accounting import groups

    cut = local(issue.cut_at, one.zone)
    yield f"issue {issue.id}: {slug_of(one, issue)} {name_of(issue)}, night of {issue.night}, cut {cut}"
    yield f"  {_balance_in_words(balance)}"
    yield from _grouped(groups(one, issue.id, status=status))
    if status is None:
        yield from _contents(one, issue)


def _balance_in_words(balance: Balance) -> str:
    names = ("sent", "failed", "suppressed", "expired", "uncertain", "open")
    parts = " + ".join(f"{getattr(balance.tally, name):,} {name}" for name in names)
    return f"{count(balance.candidates, 'candidate')} = {parts}" + (
        "" if balance.holds else "  DOES NOT ADD UP"
    )


def _grouped(found: tuple[Group, ...]) -> Iterator[str]:
    """The reasons under their status, the most common first."""
    before, told, left = None, 0, 0
    for group in found:
        if group.status is not before:
            if left:
                yield f"    and {left:,} more, each for a reason of its own: --status {before} --all"
            before, told, left = group.status, 0, 0
            yield f"  {group.status}"
        if told == TOLD:
            left += group.count
            continue
        told += 1
        others = ", …" if group.count > len(group.examples) else ""
        yield f"    {group.count:,}: {group.reason} ({', '.join(group.examples)}{others})"
    if left:
        yield f"    and {left:,} more, each for a reason of its own: --status {before} --all"


def _contents(one: Tonight, issue: Issue) -> Iterator[str]:
    """Note, pins and stories, by topic."""
    for language, note in one.store.notes.of_issue(issue.id).items():
        yield f"  note ({language}): {' '.join(note.text.split())}"
    stories = _stories(one, issue)
    for place, title in sorted((line.pin, title) for title, line in stories if line.pin is not None):
        yield f"  pinned {place}: {title}"
    yield f"  {count(len(stories), 'story', 'stories')}"
    before: str | None = ""
    for title, line in stories:
        if line.topic != before:
            yield f"    {line.topic or 'others'}"
        before = line.topic
        yield f"      {title}"


def _stories(one: Tonight, issue: Issue) -> list[tuple[str, IssueStory]]:
    """The titles of the issue's stories, in order."""
    return [(title_of(one, line.entry_id), line) for line in one.store.issues.stories(issue.id)]


def _told(one: Tonight, account: Account) -> str:
    """One reader in a line."""
    delivery = account.line.delivery
    at = f" {local(delivery.ended_at, one.zone)}" if delivery.ended_at else ""
    return f"{account.line.address}: {delivery.status}{at}: {account.reason}"


def _page(lines: Iterator[str]) -> None:
    """Line by line as they are read; through a pager where somebody looks on."""
    import sys

    if sys.stdout.isatty():
        click.echo_via_pager(f"{line}\n" for line in lines)
        return
    for line in lines:
        click.echo(line)


def _as_json(
    one: Tonight, issue: Issue, balance: Balance, status: Status | None, *, everyone: bool
) -> dict[str, object]:
    from digest.night.accounting import groups

    told = facts(one, issue) | {
        "stories": [
            {"title": title, "topic": line.topic, "pin": line.pin} for title, line in _stories(one, issue)
        ],
        "notes": {language: each.text for language, each in one.store.notes.of_issue(issue.id).items()},
        "candidates": balance.candidates,
        "adds_up": balance.holds,
        "reasons": [asdict(group) for group in groups(one, issue.id, status=status)],
    }
    if everyone:
        told["readers"] = [
            {
                "address": account.line.address,
                "status": account.line.delivery.status,
                "at": account.line.delivery.ended_at,
                "attempts": account.line.delivery.attempts,
                "reason": account.reason,
            }
            for account in _accounts(one, issue, status)
        ]
    return told
