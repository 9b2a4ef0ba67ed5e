"""`digest backup` and `digest restore`: a copy of everything, and the way back."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from digest.cli.frame import Command
from digest.cli.installation import installation
from digest.cli.printing import count, json_option, print_json, say

FILE = click.Path(path_type=Path)


@click.command(cls=Command)
@click.argument("file", type=FILE)
@click.option("--force", is_flag=True, help="Take the place of a file that is there.")
@json_option
def backup(file: Path, force: bool, as_json: bool) -> None:
    """A checked copy of everything in the database. A night may be running."""
    from digest.night.safekeeping import copy_out

    house = installation()
    made = copy_out(house.database(house.settings()), file, replaces=force)
    if as_json:
        print_json(asdict(made))
        return
    adds_up = "" if made.findings else ", every issue adds up"
    click.echo(f"{made.path}: {_size(made.size)}, whole{adds_up}.")
    for words in made.findings:
        say(f"ALARM: {words}")
    say("It holds addresses and signing keys: keep it where nobody else reads it.")


@click.command(cls=Command)
@click.argument("file", type=FILE)
@json_option
def restore(file: Path, as_json: bool) -> None:
    """Put a backup in the database's place. No mail leaves before `issues resume`."""
    from digest.clock import utc_now
    from digest.night.safekeeping import put_back

    house = installation()
    done = put_back(file, house.database(house.settings()), now=utc_now())
    if as_json:
        print_json(asdict(done))
        return
    click.echo(f"{done.path} is the backup {file} now.")
    if done.kept is not None:
        click.echo(f"What was there is kept as {done.kept.name}.")
    for words in done.findings:
        say(f"ALARM: {words}")
    waits = count(done.open, "mail waits", "mails wait") if done.open else "no mail waits yet"
    click.echo(
        f"Nothing is sent until you decide about it ({waits}): `digest issues resume` says what to choose."
    )


def _size(size: int) -> str:
    """ "1.4 MB"."""
    return f"{size / 1_000_000:,.1f} MB" if size >= 100_000 else f"{size / 1_000:,.0f} KB"
