"""`digest issues`: what was published, to whom, and what comes next."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from digest.cli import typed
from digest.cli.frame import Group
from digest.cli.holds import cancel, hold, in_words, release, resume
from digest.cli.issue import facts, named, show, slug_of, title_of
from digest.cli.notes import note
from digest.cli.printing import count, json_option, local, print_json, say, table
from digest.cli.tonight import tonight
from digest.errors import DigestError, NotFound

if TYPE_CHECKING:
    from digest.model import Issue
    from digest.night.tonight import Tonight
    from digest.night.trial import Outlook

#: editions that `issues next` tells in words
SHOWN = 5


@click.group(cls=Group)
def issues() -> None:
    """What was published, and what comes next."""


for each in (show, note, hold, release, cancel, resume):
    issues.add_command(each)


@issues.command("list")
@click.option("--list", "slug", metavar="SLUG", help="Only this list's.")
@click.option("--limit", default=30, show_default=True, type=click.IntRange(min=1))
@json_option
def list_(slug: str | None, limit: int, as_json: bool) -> None:
    """The latest issues first."""
    from digest.night.holding import in_force
    from digest.night.people import list_named

    with tonight() as one:
        list_id = list_named(one, slug)[0] if slug else None
        found = one.store.issues.list_all(list_id, limit=limit)
        if as_json:
            print_json([facts(one, each) for each in found])
            return
        if not found:
            say("No issue yet: `digest nightly` cuts one when a list is due and there is news.")
            return
        table(
            ("issue", "list", "number", "night", "sent", "open", "not sent"),
            [_row(one, each) for each in found],
        )
        for held in in_force(one):
            say(in_words(one, held))


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
@click.option("--email", metavar="EMAIL", help="Only this reader's.")
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), help="Write them there as .eml files."
)
def messages(number: int, email: str | None, out: Path | None) -> None:
    """The messages of an issue, byte for byte as they are sent: to standard output, or as files."""
    from digest.night.postroom import reprint

    address = typed.address(email) if email else None
    with tonight() as one:
        issue = named(one, number)
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
        yield f"pinned: {short(id)} {title_of(one, id)}"
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


def _row(one: Tonight, issue: Issue) -> tuple[object, ...]:
    tally = one.store.deliveries.tally(issue.id)
    ended = tally.failed + tally.suppressed + tally.expired + tally.uncertain
    number = "extra" if issue.number is None else issue.number
    return (issue.id, slug_of(one, issue), number, issue.night, tally.sent, tally.open, ended)
