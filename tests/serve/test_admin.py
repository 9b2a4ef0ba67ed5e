"""docs/admin.md: every command on it is there, every option, every key."""

from __future__ import annotations

import re
import shlex
import tomllib
from collections.abc import Iterator
from typing import Any

import pytest

from digest.settings.schema import Settings
from tests.cli.run import inside
from tests.house.tree import ROOT

PAGE = (ROOT / "docs" / "admin.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


def commands() -> Iterator[str]:
    """Each `digest …` of a block, and each that is named in the text."""
    for line in "\n".join([*blocks("bash"), *blocks("cron")]).splitlines():
        if found := re.search(r"(?:^|bin/)(digest [a-z].+)", line):
            yield found[1]
    prose = re.sub(r"^```.*?^```", "", PAGE, flags=re.MULTILINE | re.DOTALL)
    yield from re.findall(r"`(digest [a-z][^`]*)`", prose)


COMMANDS = sorted(set(commands()))


def test_the_page_has_the_whole_way() -> None:
    first = {command.split()[1] for command in COMMANDS}

    assert first >= {
        "init",
        "sources",
        "doctor",
        "dkim",
        "serve",
        "subscribers",
        "nightly",
        "backup",
        "restore",
    }


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_and_option_is_there(command: str) -> None:
    words = shlex.split(command.rsplit(" && ", maxsplit=1)[-1])[1:]
    # A second word is a command of a group, or an argument.
    tried = [(names, inside(*names, "--help")) for names in (words[:2], words[:1])]
    found = [ran for names, ran in tried if ran.out.startswith(f"Usage: digest {' '.join(names)} ")]
    assert found, tried
    ran = found[0]
    options = [word for word in words if word.startswith("--")]
    assert [option for option in options if option not in ran.out] == []
    if "Commands:" in ran.out:
        assert len(words) == 1


@pytest.mark.parametrize("text", blocks("toml"))
def test_every_key_is_one_of_digest_toml(text: str) -> None:
    """The site's own block is a whole digest.toml; others add to it."""
    whole: dict[str, Any] = tomllib.loads(blocks("toml")[0])
    for table, keys in tomllib.loads(text).items():
        whole[table] = {**whole.get(table, {}), **keys}
    whole["mail"].pop("password", None)

    assert Settings.model_validate(whole).site.title == "Planet Example"


def test_every_file_of_deploy_that_is_named_is_there() -> None:
    named = set(re.findall(r"deploy/([\w.-]+[\w])", PAGE))

    assert named
    assert [name for name in named if not (ROOT / "deploy" / name).exists()] == []
