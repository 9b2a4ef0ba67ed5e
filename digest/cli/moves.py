"""`digest subscribers move` and `erase`: by an admin's hand, and hard to take back."""

from __future__ import annotations

import sys
from collections import Counter

import click

from digest.cli import typed
from digest.cli.frame import Command
from digest.cli.printing import count, json_option, print_json, say
from digest.cli.tonight import tonight
from digest.errors import NotFound, UsageError


@click.command(cls=Command)
@click.option("--from", "source", required=True, metavar="SLUG", help="The list they are on.")
@click.option("--to", "target", required=True, metavar="SLUG", help="The list they are to be on.")
@click.option("--email", metavar="EMAIL", help="Only this person.")
@click.option("--all", "everybody", is_flag=True, help="Everybody on it.")
@click.option("--dry-run", is_flag=True, help="Say what would happen; change nothing.")
@json_option
def move(source: str, target: str, email: str | None, everybody: bool, dry_run: bool, as_json: bool) -> None:
    """Move people from one list to another, with their wishes and the proof of their consent."""
    from digest.night.moving import move as move_people
    from subscribers.moving import DONE, WORDS, Move

    if (email is None) is not everybody:
        raise UsageError("Say whom to move: --email EMAIL, or --all.")
    address = typed.address(email) if email else None
    counts: Counter[Move] = Counter()
    with tonight() as one:
        for each in move_people(one, source, target, address=address, dry_run=dry_run):
            counts[each.move] += 1
            if each.move not in DONE and each.move is not Move.LEFT and not as_json:
                say(f"{each.address} stays on {source}: {WORDS[each.move]}.")
    if as_json:
        print_json({**{each.value: counts[each] for each in Move}, "dry_run": dry_run})
        return
    if address is not None and not counts:
        raise NotFound(f"{address} is not on {source}.", mend=f"`digest subscribers show {address}`")
    done = count(sum(counts[each] for each in DONE), "person", "people")
    aside = "".join(
        f", {counts[each]:,} {WORDS[each]}" for each in Move if counts[each] and each is not Move.MOVED
    )
    say(f"{'DRY RUN: would move' if dry_run else 'Moved'} {done} from {source} to {target}{aside}.")


@click.command(cls=Command)
@click.argument("email")
@click.option("--yes", is_flag=True, help="Do not ask, on a terminal either.")
def erase(email: str, yes: bool) -> None:
    """Erase a person for good. Sums stay, and a salted hash that keeps mail away from them."""
    from digest.night.erasing import erase as erase_person

    address = typed.address(email)
    if not yes and sys.stdin.isatty():
        click.confirm(f"Erase {address} for good? It cannot be undone.", abort=True, err=True)
    with tonight() as one:
        erase_person(one, address)
    # The same words whoever it was: somebody erased before is not told from a stranger.
    say(f"Nothing of {address} is kept here but a hash that keeps mail away. Backups still have it.")
