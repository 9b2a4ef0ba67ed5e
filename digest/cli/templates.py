"""`digest templates`: ours, and a site's own in place of them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import click

from digest.cli.files import write_whole
from digest.cli.frame import Group
from digest.cli.installation import installation
from digest.cli.printing import json_option, print_json, say, table
from digest.errors import DigestError, NotFound, UsageError


@click.group(cls=Group)
def templates() -> None:
    """What mails and pages are made with, and your own copies."""


@templates.command("list")
@json_option
def list_(*, as_json: bool) -> None:
    """Our templates, and which of them your folder replaces."""
    from digest.press.copies import copies, names

    site = _site()
    own = {copy.name: copy for copy in copies(site)} if site else {}
    rows = [
        {
            "name": name,
            "copy": str(own[name].path) if name in own else None,
            "from": own[name].version if name in own else None,
            "differs": name in own and own[name].differs,
            "ours_changed": name in own and own[name].ours_changed,
        }
        for name in names()
    ]
    if as_json:
        print_json(rows)
        return
    table(("template", "used", "remarks"), [(row["name"], *_in_words(row)) for row in rows])


@templates.command("copy")
@click.argument("name")
def copy_(name: str) -> None:
    """Write our template into your folder, to be changed there; it says where it came from."""
    from digest.press.copies import copied

    site = _needed_site()
    text = copied(name)
    path = site / name
    if path.exists():
        raise UsageError(
            f"{path} is there already, and stays as it is.",
            mend=f"`digest templates diff {name}` shows what is different.",
        )
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as cause:
        raise DigestError(f"{path.parent} cannot be made: {cause.strerror}.") from cause
    write_whole(path, text)
    say(f"Wrote {path}. `digest send-test` shows what your changes make of a mail.")


@templates.command()
@click.argument("name", required=False)
def diff(name: str | None) -> None:
    """From ours, as it is now, to your copy: of one template, or of all that you have."""
    from digest.press.copies import copies, difference

    site = _needed_site()
    own = [copy for copy in copies(site) if name in (None, copy.name)]
    if name is not None and not own:
        raise NotFound(f"{site} has no copy of {name}.", mend="`digest templates list` names what there is.")
    for copy in own:
        if copy.ours_changed:
            say(f"{copy.name}: ours has changed since you copied it from planet-digest {copy.version}.")
        elif copy.version is None:
            say(f"{copy.name}: the copy does not say which of ours it came from.")
        click.echo(difference(copy.name, site), nl=False)
    if not any(copy.differs for copy in own):
        say("No difference.")


def _in_words(row: Mapping[str, object]) -> tuple[str, str]:
    if row["copy"] is None:
        return "ours", ""
    if row["ours_changed"]:
        return "yours", f"ours has changed since planet-digest {row['from']}"
    return "yours", "changed by you" if row["differs"] else "as ours"


def _site() -> Path | None:
    """The folder that `site.templates` names."""
    house = installation()
    named = house.settings().site.templates
    return house.base / named if named else None


def _needed_site() -> Path:
    site = _site()
    if site is None:
        raise UsageError(
            "digest.toml names no folder for templates.", mend='Set templates = "my-templates" in [site].'
        )
    return site
