"""`digest issues`: what was published, to whom, and what comes next."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from digest.cli.frame import Group
from digest.cli.printing import count, json_option, local, print_json, say, table
from digest.cli.tonight import tonight
from digest.errors import DigestError, NotFound, UsageError

if TYPE_CHECKING:
    from digest.model import Issue
    from digest.night.tonight import Tonight


@click.group(cls=Group)
def issues() -> None:
    """What was published, and what comes next."""


@issues.command("list")
@click.option("--list", "slug", help="Only this list's.")
@click.option("--limit", default=30, show_default=True, type=click.IntRange(min=1))
@json_option
def list_(slug: str | None, limit: int, as_json: bool) -> None:
    """The latest issues first."""
    from digest.night.people import list_named

    with tonight() as one:
        list_id = list_named(one, slug)[0] if slug else None
        found = one.store.issues.list_all(list_id, limit=limit)
        if as_json:
            print_json([_facts(one, each) for each in found])
            return
        if not found:
            say("No issue yet: `digest nightly` cuts one when a list is due and there is news.")
            return
        table(
            ("issue", "list", "number", "night", "sent", "open", "not sent"),
            [_row(one, each) for each in found],
        )


@issues.command("next")
@click.option("--list", "slug", help="Only this list's.")
@json_option
def next_(slug: str | None, as_json: bool) -> None:
    """What would go if the night were now: how many stories, to how many, how large."""
    from digest.model import ListId
    from digest.night.people import list_named
    from digest.night.trial import outlook

    with tonight() as one:
        chosen = [list_named(one, slug)] if slug else [(ListId(id), each) for id, each in one.lists()]
        found = [outlook(one, id, configured) for id, configured in chosen]
        if as_json:
            print_json([asdict(each) for each in found])
            return
        for each in found:
            click.echo(
                f"{each.list}: {count(len(each.stories), 'new story', 'new stories')}; "
                f"{count(each.due, 'reader')} due tonight, {each.served} would get something "
                f"({count(each.editions, 'edition')}, HTML up to {each.html_bytes // 1024} KB of 90)"
            )
            if not each.due:
                say(f"  next due: {local(each.next_due, one.zone)}; `digest send-test you@example.org --list {each.list}`")


@issues.command()
@click.argument("number", type=int)
@json_option
def show(number: int, as_json: bool) -> None:
    """One issue (its id, as `issues list` prints it): its stories, and everybody accounted for."""
    with tonight() as one:
        issue = _issue(one, number)
        balance = one.store.deliveries.conservation(issue.id)
        stories = one.store.issues.stories(issue.id)
        titles = {entry.id: entry.content.title for entry in map(one.store.entries.get, {s.entry_id for s in stories}) if entry}
        if as_json:
            print_json(
                _facts(one, issue)
                | {"stories": [{"title": titles.get(each.entry_id), "topic": each.topic} for each in stories]}
                | {"accounts": asdict(balance.tally), "candidates": balance.candidates, "adds_up": balance.holds}
            )
            return
        name = "an extra" if issue.number is None else f"no. {issue.number}"
        click.echo(f"issue {issue.id}: {_slug(one, issue)} {name}, night of {issue.night}, cut {local(issue.cut_at, one.zone)}")
        tally = balance.tally
        click.echo(f"  {balance.candidates} candidates = " + " + ".join(
            f"{value} {key}" for key, value in (
                ("sent", tally.sent), ("failed", tally.failed), ("suppressed", tally.suppressed),
                ("expired", tally.expired), ("uncertain", tally.uncertain), ("open", tally.open),
            )
        ) + ("" if balance.holds else "  — DOES NOT ADD UP: see `digest doctor`"))
        topic: str | None = ""
        for each in stories:
            if each.topic != topic:
                topic = each.topic
                click.echo(f"  {topic or 'others'}")
            click.echo(f"    {titles.get(each.entry_id, '?')}")
        for line in one.store.deliveries.of_issue(issue.id, limit=200):
            status = line.delivery.status
            if status != "sent":
                why = f": {line.delivery.reply}" if line.delivery.reply else ""
                click.echo(f"  {line.address}: {status}{why}")


@issues.command()
@click.argument("number", type=int)
@click.option("--email", help="Only this reader's.")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="Write them there as .eml files.")
def messages(number: int, email: str | None, out: Path | None) -> None:
    """The messages of an issue, byte for byte as they are sent: to standard output, or as files."""
    from digest.night.postroom import reprint

    with tonight() as one:
        issue = _issue(one, number)
        if issue.closed_at is not None:
            say("The issue is closed: its messages are set again from the stories as they are now.")
        found = 0
        for name, content in reprint(one, issue, email=email):
            found += 1
            if out is None:
                click.echo(content, nl=False)
                continue
            try:
                out.mkdir(parents=True, exist_ok=True)
                (out / name).write_bytes(content)
            except OSError as cause:
                raise DigestError(f"{out} cannot be written: {cause.strerror}.") from cause
        if not found:
            raise NotFound(f"Issue {number} has no message" + (f" for {email}." if email else "."))
        if out is not None:
            say(f"Wrote {count(found, 'message')} to {out}.")


def _issue(one: Tonight, number: int) -> Issue:
    from digest.model import IssueId

    if number < 1:
        raise UsageError(f"{number} is no issue's id; `digest issues list` names them.")
    found = one.store.issues.get(IssueId(number))
    if found is None:
        raise NotFound(f"There is no issue {number}.", mend="`digest issues list` names them.")
    return found


def _slug(one: Tonight, issue: Issue) -> str:
    row = one.store.lists.by_id(issue.list_id)
    return row.slug if row else "?"


def _row(one: Tonight, issue: Issue) -> tuple[object, ...]:
    tally = one.store.deliveries.tally(issue.id)
    ended = tally.failed + tally.suppressed + tally.expired + tally.uncertain
    number = "extra" if issue.number is None else issue.number
    return (issue.id, _slug(one, issue), number, issue.night, tally.sent, tally.open, ended)


def _facts(one: Tonight, issue: Issue) -> dict[str, object]:
    tally = one.store.deliveries.tally(issue.id)
    return {
        "id": issue.id,
        "list": _slug(one, issue),
        "number": issue.number,
        "night": issue.night,
        "cut_at": issue.cut_at,
        "closed_at": issue.closed_at,
        "deliveries": asdict(tally),
    }
