"""`digest init`: a commented digest.toml that works as it is, and a first database."""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path

import click

from digest.cli.files import write_whole
from digest.cli.frame import Command
from digest.cli.installation import Installation
from digest.cli.printing import say
from digest.errors import DigestError, UsageError


@click.command(cls=Command)
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), default=".", metavar="[DIR]")
@click.option("--title", help="The planet's title.")
@click.option("--language", type=click.Choice(["en", "fr"]), help="Language of mails and pages.")
@click.option("--timezone", help='Time zone, like "Europe/Paris".')
@click.option("--contact", help="Your mail address.")
def init(
    folder: Path, title: str | None, language: str | None, timezone: str | None, contact: str | None
) -> None:
    """A commented digest.toml that works as it is, and a first database, in DIR (default: here)."""
    path = folder / "digest.toml"
    if path.exists():
        raise UsageError(f"{path} is there already, and stays as it is.", mend="`digest doctor` checks it.")
    text = (files("digest.settings") / "starter.toml").read_text(encoding="utf-8")
    for key, value in {
        "title": title,
        "language": language,
        "timezone": timezone,
        "contact": contact,
    }.items():
        if value is not None:
            text = _with(text, key, value)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as cause:
        raise DigestError(f"{folder} cannot be made: {cause.strerror}.") from cause
    house = Installation(path)
    write_whole(path, text)
    try:
        house.store(house.settings()).close()
    except DigestError:
        path.unlink()
        raise
    say(f"Wrote {path} and the database beside it. Next{'' if folder == Path() else f', in {folder}'}:")
    say("  digest sources add https://blog.example.org   follow a feed: its page's address will do")
    say("  digest subscribers add you@example.org --list weekly --confirmed")
    say(f"  digest nightly                                the night; mails go to {folder / 'outbox'} for now")


def _with(text: str, key: str, value: str) -> str:
    """The first `key = "…"` of the text with another value."""
    quoted = value.replace("\\", "\\\\").replace('"', '\\"')
    head, tail = re.split(rf'(?m)^{key} = "[^"]*"', text, maxsplit=1)
    return f'{head}{key} = "{quoted}"{tail}'
