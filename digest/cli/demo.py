"""`digest demo`: a whole night on our sample feeds, into a local outbox, and where to look."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from digest.cli.frame import Command
from digest.cli.summary import summary
from digest.cli.tonight import now_option, tonight
from digest.errors import DigestError, UsageError

if TYPE_CHECKING:
    from digest.night.people import Asked
    from digest.night.tonight import Tonight


@click.command(cls=Command)
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), default="demo", metavar="[DIR]")
@now_option
def demo(folder: Path, now: str | None) -> None:
    """A whole night on six sample feeds, into DIR/outbox (default: demo). Again: starts afresh."""
    from digest.night.run import run_night

    _lay_out(folder)
    click.get_current_context().meta["digest.config"] = folder / "digest.toml"
    click.echo(f"A night on six sample feeds, in {folder}/\n")
    with tonight(now=now) as one:
        for name, asked in _readers().items():
            _subscribe(one, name, asked)
        report = run_night(one)
        for line in summary(one, report):
            click.echo(line)
        click.echo("\nWho got what")
        for line in _who_got_what(one):
            click.echo(line)
    click.echo("\nWhere to look")
    click.echo(f"  the mails    {folder / 'outbox'}/*.eml: open one with your mail program")
    click.echo(f"  the planet   {folder / 'public' / 'index.html'}: open it with your browser")
    click.echo(f"  the settings {folder / 'digest.toml'}: change it and run `digest demo {folder}` again")
    config = f"--config {folder / 'digest.toml'}"
    click.echo(f"  why          digest explain e1 --email bruno@example.org {config}")
    click.echo(f"  the links    digest serve {config}: then those in the mails lead to their pages")
    click.echo(f"  twice?       digest nightly {config}: nothing happens twice")


def _readers() -> dict[str, Asked]:
    """Four readers with four wishes: what one night makes of the same feeds."""
    from digest.night.people import Asked
    from subscribers.model import Format

    return {
        "ada": Asked(language="en"),
        "bruno": Asked(mute=("slow-snakes",)),
        "chloe": Asked(only=("events",)),
        "dan": Asked(language="en", format=Format.TEXT, mute=("python-vallee",)),
    }


def _lay_out(folder: Path) -> None:
    """The demo's files in a fresh folder; an earlier demo's database, mails and pages go first."""
    from digest.planet import Folder
    from digest.sample import configuration, feeds

    settings = configuration().read_text(encoding="utf-8")
    config = folder / "digest.toml"
    is_ours = config.is_file() and (folder / "feeds").is_dir() and "Planète démo" in config.read_text("utf-8")
    if folder.exists() and any(folder.iterdir()) and not is_ours:
        raise UsageError(f"{folder} holds something else.", mend="Name an empty folder: digest demo DIR")
    try:
        for old in (*folder.glob("digest.db*"), *folder.glob("outbox/*.eml")):
            old.unlink()
        if (folder / "public").exists():
            Folder(folder / "public").publish(())
        (folder / "feeds").mkdir(parents=True, exist_ok=True)
        if not is_ours:
            config.write_text(settings, encoding="utf-8")
        for feed in feeds():
            (folder / "feeds" / feed.name).write_bytes(feed.read_bytes())
    except OSError as cause:
        raise DigestError(f"{folder} cannot be written: {cause.strerror}.") from cause


def _subscribe(one: Tonight, name: str, asked: Asked) -> None:
    from digest.night import people
    from subscribers.addresses import Address, parse

    address = parse(f"{name}@example.org")
    assert isinstance(address, Address), "our own readers have addresses"
    list_id, configured = people.list_named(one, "daily")
    people.add(one, address, list_id, configured, asked, confirmed=True)


def _who_got_what(one: Tonight) -> list[str]:
    from digest.cli.places import wishes_in_words

    lines = []
    for issue in one.store.issues.list_all(limit=1):
        for line in one.store.deliveries.of_issue(issue.id, limit=10):
            edition = one.store.issues.edition(line.delivery.edition_id)
            place = one.store.people.member(line.delivery.subscription_id)
            assert edition is not None and place is not None, "a delivery has both"
            wishes = f"{edition.language}, {edition.format}, {wishes_in_words(place)}"
            stories = f"{len(edition.stories)} stories"
            lines.append(f"  {line.address:<18} {stories:<11} {line.delivery.status}   ({wishes})")
    return lines
