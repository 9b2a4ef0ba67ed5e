"""`digest subscribers import` and `export`: people as CSV."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, BinaryIO

import click

from digest.cli.frame import Command
from digest.cli.printing import count, json_option, print_json, say
from digest.cli.tonight import tonight
from digest.errors import DigestError, UsageError

if TYPE_CHECKING:
    from digest.night.tonight import Tonight
    from subscribers.csv_in import Refused
    from subscribers.transfer import Importing, Tally


@click.command("import", cls=Command)
@click.argument("file", type=click.File("rb"), metavar="FILE.csv")
@click.option("--list", "slug", required=True, metavar="SLUG", help="The list to put them on.")
@click.option("--confirmed", is_flag=True, help="They all agreed, and you can show it.")
@click.option("--dry-run", is_flag=True, help="Say what would happen; change nothing.")
@json_option
def import_(file: BinaryIO, slug: str, confirmed: bool, dry_run: bool, as_json: bool) -> None:
    """Put the people of a CSV (-: standard input) on a list. A column `email` is enough."""
    from digest.night import people
    from subscribers.csv_in import read
    from subscribers.transfer import bring_in

    refused: list[Refused] = []
    with tonight() as one:
        importing = _importing(one, slug, confirmed=confirmed, dry_run=dry_run)
        lines = read(file, people.catalogue_of(one))
        tally = bring_in(one.store.people, lines, importing, refuse=refused.append)
    if as_json:
        print_json({**asdict(tally), "refused_lines": [asdict(bad) for bad in refused], "dry_run": dry_run})
    else:
        for bad in refused:
            say(f"{getattr(file, 'name', '-')}:{bad.line}: {bad.words}")
        say(_in_words(tally, slug, dry_run=dry_run))
        if tally.joined and not confirmed and not dry_run:
            say("They are unconfirmed: nothing is mailed. Import again with --confirmed if they agreed.")
    if tally.lines == tally.refused:
        raise DigestError("No line of the file could be used.", mend="It needs a column named email.")


@click.command(cls=Command)
@click.option("--list", "slug", metavar="SLUG", help="Only this list.")
def export(slug: str | None) -> None:
    """Everybody as CSV on standard output, safe to open in a spreadsheet."""
    from digest.model import ListId
    from digest.night import people
    from subscribers.transfer import csv_out, everybody

    with tonight() as one:
        chosen = [people.list_named(one, slug)[0]] if slug else [ListId(id) for id, _ in one.lists()]
        if len(chosen) > 1:
            names = ", ".join(each.slug for _, each in one.lists())
            raise UsageError(f"There are several lists: say which with --list ({names}).")
        members = (member for id in chosen for member in everybody(one.store.people, id))
        for line in csv_out(members, catalogue=people.catalogue_of(one)):
            # Bytes: what reads a CSV expects UTF-8, whatever the terminal speaks.
            click.echo(line.encode(), nl=False)


def _importing(one: Tonight, slug: str, *, confirmed: bool, dry_run: bool) -> Importing:
    """What an import needs beside its lines. Raises NotFound."""
    from functools import partial

    from digest.night import people
    from subscribers.transfer import Importing

    list_id, configured = people.list_named(one, slug)
    return Importing(
        terms=people.terms_for(one, list_id, configured, people.Asked()),
        start=partial(people.start_for, one, list_id, configured),
        salt=one.store.keys.secret("salt").secret,
        now=one.clock(),
        confirmed=confirmed,
        dry_run=dry_run,
    )


def _in_words(tally: Tally, slug: str, *, dry_run: bool) -> str:
    brought = count(tally.joined + tally.confirmed, "person", "people")
    aside = {
        "there already": tally.already,
        "left once": tally.left,
        "suppressed": tally.suppressed,
        "given twice": tally.repeated,
        "refused": tally.refused,
    }
    rest = "".join(f", {number:,} {words}" for words, number in aside.items() if number)
    return f"{'DRY RUN: would bring' if dry_run else 'Brought'} {brought} to {slug}{rest}."
