"""`digest explain`: why an entry is, or is not, in somebody's digest."""

from __future__ import annotations

import click

from digest.cli import typed
from digest.cli.entries import entry_named
from digest.cli.frame import Command
from digest.cli.printing import json_option, print_json
from digest.cli.tonight import tonight


@click.command(cls=Command)
@click.argument("entry")
@click.option("--email", help="For this person.")
@json_option
def explain(entry: str, email: str | None, as_json: bool) -> None:
    """Why an entry (like e42) is, or is not, in somebody's digest."""
    from digest.model import short
    from digest.night.explaining import explain as general
    from digest.night.explaining import explain_to
    from digest.night.people import places_of

    address = typed.address(email) if email else None
    with tonight() as one:
        found = entry_named(one, entry)
        lines = list(general(one, found))
        personal = list(explain_to(one, found, places_of(one, address))) if address else []
        if as_json:
            print_json(
                {"entry": short(found.id), "title": found.content.title, "why": lines, "for": personal}
            )
            return
        click.echo(f"{short(found.id)}  {found.content.title}")
        for line in lines:
            click.echo(f"  {line}")
        if address:
            click.echo(f"For {address}:")
            for line in personal or ["not on any list."]:
                click.echo(f"  {line}")
