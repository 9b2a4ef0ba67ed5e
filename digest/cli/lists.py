"""`digest lists`: the mailing lists, as configured and as they stand."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

import click

from digest.cli.frame import Group
from digest.cli.printing import count, json_option, local, print_json, say, table
from digest.cli.tonight import tonight

if TYPE_CHECKING:
    from datetime import date, datetime

    from digest.model import ListId
    from digest.night.tonight import Tonight
    from digest.settings import ListSettings


class LastIssue(TypedDict):
    """The list's last numbered issue."""

    id: int
    number: int | None
    night: date


class Facts(TypedDict):
    """What `--json` prints of a list."""

    slug: str
    title: str
    cadence: str
    confirmed: int
    unconfirmed: int
    unsubscribed: int
    next_due: datetime | None
    last_issue: LastIssue | None
    open: int


@click.group(cls=Group)
def lists() -> None:
    """The mailing lists. digest.toml says what they are; people join and leave them here."""


@lists.command("list")
@json_option
def list_(as_json: bool) -> None:
    """Every list, how many read it, and when its next digest is due."""
    with tonight() as one:
        rows = [_facts(one, id, configured) for id, configured in one.lists()]
        if as_json:
            print_json(rows)
            return
        if not rows:
            say("There is no list: digest.toml needs a [[lists]].")
            return
        zone = one.zone
        table(
            ("list", "cadence", "readers", "next due", "last issue", "title"),
            [
                (
                    row["slug"],
                    row["cadence"],
                    row["confirmed"],
                    local(row["next_due"], zone),
                    _issue_in_words(row["last_issue"], "-"),
                    row["title"],
                )
                for row in rows
            ],
        )


@lists.command()
@click.argument("slug")
@json_option
def show(slug: str, as_json: bool) -> None:
    """One list: what is in it, who reads it, what comes next."""
    from digest.night.people import list_named

    with tonight() as one:
        id, configured = list_named(one, slug)
        facts = _facts(one, id, configured)
        if as_json:
            print_json(facts)
            return
        click.echo(f"{configured.title} ({slug})")
        if configured.description:
            click.echo(f"  {configured.description}")
        day = f" on {configured.weekday}" if configured.cadence == "weekly" else ""
        click.echo(
            f"  comes      {configured.cadence}{day}, "
            f"shows {configured.show}, at most {configured.max_entries}"
        )
        names = "all" if "*" in configured.sources else ", ".join(configured.sources)
        click.echo(f"  sources    {names}")
        click.echo(
            f"  readers    {facts['confirmed']} confirmed, {facts['unconfirmed']} unconfirmed, "
            f"{facts['unsubscribed']} left"
        )
        click.echo(f"  next due   {local(one.store.people.next_due(id), one.zone)}")
        click.echo(f"  last issue {_issue_in_words(facts['last_issue'], 'none yet')}")
        if not facts["confirmed"]:
            say(f"Nobody reads it yet: `digest subscribers add you@example.org --list {slug} --confirmed`")
        elif facts["open"]:
            say(f"{count(facts['open'], 'mail')} still open: `digest deliver` sends what is due.")


def _issue_in_words(issue: LastIssue | None, none: str) -> str:
    return f"no. {issue['number']} of {issue['night']}" if issue else none


def _facts(one: Tonight, id: int | ListId, configured: ListSettings) -> Facts:
    from digest.model import ListId
    from subscribers.model import Consent

    list_id = ListId(id)
    consents = one.store.people.counts(list_id)
    last = one.store.issues.last_numbered(list_id)
    return {
        "slug": configured.slug,
        "title": configured.title,
        "cadence": configured.cadence.value,
        "confirmed": consents[Consent.CONFIRMED],
        "unconfirmed": consents[Consent.UNCONFIRMED],
        "unsubscribed": consents[Consent.UNSUBSCRIBED],
        "next_due": one.store.people.next_due(list_id),
        "last_issue": {"id": last.id, "number": last.number, "night": last.night} if last else None,
        "open": one.store.deliveries.tally(last.id).open if last else 0,
    }
