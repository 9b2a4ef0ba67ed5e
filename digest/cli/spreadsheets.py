"""`digest subscribers import` and `export`: people in and out of files."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import click

from digest.cli import typed
from digest.cli.frame import Command
from digest.cli.printing import count, json_option, print_json, say
from digest.cli.rejects import Rejects
from digest.cli.tonight import tonight
from digest.errors import DigestError, UsageError

if TYPE_CHECKING:
    from digest.night.tonight import Tonight
    from subscribers.lines import Reading
    from subscribers.transfer import Importing, Tally

ORIGINS = ("csv", "listmonk", "mailman", "mailchimp")


@click.command("import", cls=Command)
@click.argument("file", type=click.File("rb"), metavar="FILE")
@click.option("--list", "slug", required=True, metavar="SLUG", help="The list to put them on.")
@click.option("--from", "origin", type=click.Choice(ORIGINS), default="csv", help="Whose export it is.")
@click.option("--map", "mapped", multiple=True, metavar="OURS=THEIRS", help="A column by its name (repeat).")
@click.option("--confirmed", is_flag=True, help="They all agreed, and you can show it.")
@click.option("--wording", default="", metavar="WORDS", help="What they agreed to, kept as proof.")
@click.option("--no-suppressions", is_flag=True, help="Who left or bounced there may be mailed here.")
@click.option(
    "--rejected",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE.csv",
    help="Write the lines that cannot be taken.",
)
@click.option("--dry-run", is_flag=True, help="Say what would happen; change nothing.")
@json_option
def import_(
    file: BinaryIO,
    slug: str,
    origin: str,
    mapped: tuple[str, ...],
    confirmed: bool,
    wording: str,
    no_suppressions: bool,
    rejected: Path | None,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Put the people of a file (-: standard input) on a list. A CSV with a column `email` is enough."""
    from dataclasses import replace

    from subscribers.transfer import bring_in

    name = Path(getattr(file, "name", "-")).name
    with tonight() as one, ExitStack() as stack:
        importing = replace(
            _importing(one, slug, confirmed=confirmed, dry_run=dry_run),
            wording=" ".join(wording.split()),
            file=name,
            suppressing=not no_suppressions,
        )
        reading = _reading(one, file, name, origin, mapped)
        rejects = stack.enter_context(Rejects(rejected, reading.header, in_words=not as_json))
        tally = bring_in(one.store.people, reading, importing, refuse=rejects.add)
    if as_json:
        lines = {"refused_lines": rejects.facts, "notes": reading.notes, "dry_run": dry_run}
        print_json({**asdict(tally), **lines})
    else:
        for note in reading.notes:
            say(note)
        say(_in_words(tally, slug, dry_run=dry_run))
        if tally.joined and not confirmed and not dry_run:
            say("They are unconfirmed: nothing is mailed. Import again with --confirmed if they agreed.")
    if tally.lines == tally.refused:
        raise DigestError("No line of the file could be used.", mend=_mend(origin))


@click.command(cls=Command)
@click.option("--list", "slug", metavar="SLUG", help="Only this list.")
@click.option("--email", metavar="EMAIL", help="Everything kept of one person, as JSON.")
def export(slug: str | None, email: str | None) -> None:
    """Everybody as CSV on standard output, safe to open in a spreadsheet; or one person as JSON."""
    from digest.model import ListId
    from digest.night import people
    from digest.night.dossier import dossier
    from subscribers.csv_out import csv_out, everybody

    if slug and email:
        raise UsageError("Either --list or --email: one person's data is all of it.")
    address = typed.address(email) if email else None
    with tonight() as one:
        if address is not None:
            print_json(dossier(one, address))
            return
        chosen = [people.list_named(one, slug)[0]] if slug else [ListId(id) for id, _ in one.lists()]
        if len(chosen) > 1:
            names = ", ".join(each.slug for _, each in one.lists())
            raise UsageError(f"There are several lists: say which with --list ({names}).")
        members = (member for id in chosen for member in everybody(one.store.people, id))
        for line in csv_out(members, catalogue=people.catalogue_of(one)):
            # Bytes: what reads a CSV expects UTF-8, whatever the terminal speaks.
            click.echo(line.encode(), nl=False)


def _reading(one: Tonight, file: BinaryIO, name: str, origin: str, mapped: tuple[str, ...]) -> Reading:
    """The file's people. Raises UsageError."""
    from digest.night.people import catalogue_of
    from subscribers.catalogue import Unknown
    from subscribers.csv_in import columns_of, read
    from subscribers.imports import READERS

    columns = _columns(mapped)
    if origin != "csv":
        if columns:
            raise UsageError(f"--map is for a CSV of your own; the columns of {origin} are known.")
        return READERS[origin](file, name)
    reading = read(file, catalogue_of(one), mapped=columns)
    if columns:
        found = columns_of(reading.header, columns)
        if isinstance(found, Unknown):
            raise UsageError(found.words)
    return reading


def _columns(mapped: tuple[str, ...]) -> dict[str, str]:
    """`--map email=Adresse`, our column first. Raises UsageError."""
    from subscribers.csv_in import COLUMNS

    found = {}
    for text in mapped:
        ours, equals, theirs = (part.strip() for part in text.partition("="))
        if not equals or not theirs or ours not in COLUMNS:
            raise UsageError(
                f'--map "{text}" is not a column of ours, = and the name it has in the file.',
                mend=f"Like --map email=Adresse; ours are {', '.join(COLUMNS)}.",
            )
        found[ours] = theirs
    return found


def _importing(one: Tonight, slug: str, *, confirmed: bool, dry_run: bool) -> Importing:
    """What an import needs beside its lines. Raises NotFound."""
    from functools import cache, partial

    from digest.night import people
    from subscribers.transfer import Importing

    list_id, configured = people.list_named(one, slug)
    return Importing(
        terms=people.terms_for(one, list_id, configured, people.Asked()),
        # Once for each rhythm, not for each of a hundred thousand lines.
        start=cache(partial(people.start_for, one, list_id, configured)),
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
        "suppressed now": tally.barred,
        "given twice": tally.repeated,
        "refused": tally.refused,
    }
    rest = "".join(f", {number:,} {words}" for words, number in aside.items() if number)
    return f"{'DRY RUN: would bring' if dry_run else 'Brought'} {brought} to {slug}{rest}."


def _mend(origin: str) -> str:
    if origin == "csv":
        return "It needs a column named email, or --map email=NAME."
    return f"It is read as an export of {origin}: see docs/importing.md."
