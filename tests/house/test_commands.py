"""Every command and every option is on docs/commands.md, under the heading of its command."""

from __future__ import annotations

import re
from collections.abc import Iterator

import click
import pytest

from digest.cli import COMMANDS, digest
from tests.house.tree import ROOT

PAGE = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
NAMES = [name for group in COMMANDS.values() for name in group]

#: every command has them; the page says so once, at the top
EVERYWHERE = frozenset({"--config", "--debug", "--verbose", "--help"})


def part(name: str) -> str:
    """What the page says of a command; empty when it has no heading."""
    found = re.search(rf"^## digest {name}\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL)
    return found[1] if found else ""


def command(name: str) -> click.Command:
    found = digest.get_command(click.Context(digest), name)
    assert found
    return found


def spoken(command: click.Command, path: str) -> Iterator[str]:
    """What somebody may type: "digest sources add", and each long option."""
    yield path
    for parameter in command.params:
        yield from (name for name in parameter.opts if name.startswith("--") and name not in EVERYWHERE)
    if isinstance(command, click.Group):
        for name, inner in command.commands.items():
            yield from spoken(inner, f"{path} {name}")


@pytest.mark.parametrize("name", NAMES)
def test_every_command_and_option_is_explained(name: str) -> None:
    said = part(name)

    assert [word for word in spoken(command(name), f"digest {name}") if word not in said] == []


def test_no_command_is_explained_that_is_not_there() -> None:
    assert set(re.findall(r"^## digest ([\w-]+)$", PAGE, re.MULTILINE)) - set(NAMES) == set()
