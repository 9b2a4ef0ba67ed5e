"""`digest issues`: what was published, to whom, and what comes next."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from digest.cli import typed
from digest.cli.frame import Group
from digest.cli.notes import note
from digest.cli.printing import count, json_option, local, print_json, say, table
from digest.cli.tonight import tonight
from digest.errors import DigestError, NotFound, UsageError

if TYPE_CHECKING:
    from digest.model import EntryId, Issue, IssueStory
    from digest.night.tonight import Tonight
    from digest.night.trial import Outlook
    from digest.storage.protocol.deliveries import Balance

#: editions that `issues next` tells in words
SHOWN = 5


@click.group(cls=Group)
def issues() -> None:
    """What was published, and what comes next."""


issues.add_command(note)


@issues.command("list")
@click.option("--list", "slug", metavar="SLUG", help="Only this list's.")
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
@click.option("--list", "slug", metavar="SLUG", help="Only this list's.")
@json_option
def next_(slug: str | None, as_json: bool) -> None:
    """What would go if the night were now: which stories first, to how many, how large."""
    from digest.model import ListId, short
    from digest.night.people import list_named
    from digest.night.trial import outlook

    with tonight() as one:
        chosen = [list_named(one, slug)] if slug else [(ListId(id), each) for id, each in one.lists()]
        found = [outlook(one, id, configured) for id, configured in chosen]
        if as_json:
            print_json([asdict(each) | {"pins": [short(id) for id in each.pins]} for each in found])
            return
        if not found:
            say("There is no list: digest.toml needs a [[lists]].")
        for each in found:
            click.echo(_outlook_in_words(each))
            for line in _details(one, each):
                click.echo(f"  {line}")
            if not each.due:
                due = local(each.next_due, one.zone) if each.next_due else "nobody is subscribed"
                say(f"  next due: {due}; `digest send-test you@example.org --list {each.list}` shows it now")


@issues.command()
@click.argument("number", type=int, metavar="N")
@json_option
def show(number: int, as_json: bool) -> None:
    """One issue (its id, as `issues list` prints it): its stories, and everybody accounted for."""
    with tonight() as one:
        issue = _issue(one, number)
        balance = one.store.deliveries.conservation(issue.id)
        stories = _stories(one, issue)
        notes = one.store.notes.of_issue(issue.id)
        if as_json:
            print_json(
                _facts(one, issue)
                | {
                    "stories": [
                        {"title": title, "topic": line.topic, "pin": line.pin} for title, line in stories
                    ]
                }
                | {"notes": {language: each.text for language, each in notes.items()}}
                | {"candidates": balance.candidates, "adds_up": balance.holds}
            )
            return
        name = "an extra" if issue.number is None else f"no. {issue.number}"
        cut = local(issue.cut_at, one.zone)
        click.echo(f"issue {issue.id}: {_slug(one, issue)} {name}, night of {issue.night}, cut {cut}")
        click.echo(f"  {_balance_in_words(balance)}")
        for language, each in notes.items():
            click.echo(f"  note ({language}): {' '.join(each.text.split())}")
        pinned = sorted((line.pin, title) for title, line in stories if line.pin is not None)
        for place, title in pinned:
            click.echo(f"  pinned {place}: {title}")
        before: str | None = ""
        for title, line in stories:
            if line.topic != before:
                click.echo(f"  {line.topic or 'others'}")
            before = line.topic
            click.echo(f"    {title}")
        for owed in one.store.deliveries.of_issue(issue.id, limit=200):
            if owed.delivery.status != "sent":
                why = f": {owed.delivery.reply}" if owed.delivery.reply else ""
                click.echo(f"  {owed.address}: {owed.delivery.status}{why}")


@issues.command()
@click.argument("number", type=int, metavar="N")
@click.option("--email", metavar="EMAIL", help="Only this reader's.")
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), help="Write them there as .eml files."
)
def messages(number: int, email: str | None, out: Path | None) -> None:
    """The messages of an issue, byte for byte as they are sent: to standard output, or as files."""
    from digest.night.postroom import reprint

    address = typed.address(email) if email else None
    with tonight() as one:
        issue = _issue(one, number)
        # Under the spelling they are kept by.
        person = one.store.people.find(address) if address else None
        reader = person.address if person else email
        if issue.closed_at is not None:
            say("The issue is closed: its messages are set again from the stories as they are now.")
        found = 0
        for name, content in reprint(one, issue, email=reader):
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


def _stories(one: Tonight, issue: Issue) -> list[tuple[str, IssueStory]]:
    """The titles of the issue's stories, in order."""
    lines = one.store.issues.stories(issue.id)
    return [(_title(one, line.entry_id), line) for line in lines]


def _title(one: Tonight, id: EntryId) -> str:
    entry = one.store.entries.get(id)
    return entry.content.title if entry else "(not kept any more)"


def _outlook_in_words(found: Outlook) -> str:
    words = f"{found.list}: {count(len(found.stories), 'new story', 'new stories')}"
    if found.due:
        words += f"; {count(found.due, 'reader')} due tonight, {found.served:,} would get something"
    if found.served:
        words += f" ({count(found.editions, 'edition')})"
    if found.html_bytes:
        words += f"; HTML up to {found.html_bytes // 1024} KB of 90"
    return words


def _details(one: Tonight, found: Outlook) -> Iterator[str]:
    """What stands in it first, and what most readers would get."""
    from digest.model import short

    if found.subject:
        yield f"subject: {found.subject}"
    for id in found.pins:
        yield f"pinned: {short(id)} {_title(one, id)}"
    if found.notes:
        yield f"note: {', '.join(found.notes)}; `digest issues note {found.list} --show`"
    for share in found.shares[:SHOWN]:
        size = f", {share.html_bytes // 1024} KB of HTML" if share.html_bytes else ""
        yield (
            f"{count(share.readers, 'reader')}: {count(share.stories, 'story', 'stories')}"
            f" ({share.language}, {share.format}{size})"
        )
    if found.editions > SHOWN:
        yield f"and {count(found.editions - SHOWN, 'edition')} more"


def _balance_in_words(balance: Balance) -> str:
    names = ("sent", "failed", "suppressed", "expired", "uncertain", "open")
    parts = " + ".join(f"{getattr(balance.tally, name):,} {name}" for name in names)
    wrong = "" if balance.holds else "  DOES NOT ADD UP: `digest doctor`"
    return f"{count(balance.candidates, 'candidate')} = {parts}{wrong}"


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
        "deliveries": {**asdict(tally), "open": tally.open},
    }
