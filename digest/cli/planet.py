"""`digest planet build`: the public pages, written into a folder."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, cast

import click

from digest.cli.frame import Group
from digest.cli.printing import count, json_option, print_json
from digest.cli.tonight import tonight

if TYPE_CHECKING:
    from digest.planet.desk import Format


@click.group(cls=Group)
def planet() -> None:
    """The public pages."""


@planet.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "--format", type=click.Choice(["html", "text"]), default="html", help="Pages and feeds, or plain text."
)
@click.option("--force", is_flag=True, help="Write there although the folder holds what is not ours.")
@json_option
def build(folder: Path, format: str, force: bool, as_json: bool) -> None:
    """Write the planet into DIR: pages, topics, issues, feeds. Only what changed is written."""
    from digest.planet import Folder
    from digest.planet import build as build_planet

    with tonight(in_step=False) as one:
        done = build_planet(
            one.store,
            one.settings,
            Folder(folder, force=force),
            base=one.base,
            format=cast("Format", format),
        )
    if as_json:
        print_json({"files": done.files, "written": done.written, "removed": done.removed})
        return
    click.echo(f"{folder}: {count(done.files, 'file')}, {done.written:,} written, {done.removed:,} removed")
