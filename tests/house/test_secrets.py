"""Nothing of one machine, one registry or one key is in the tree."""

from __future__ import annotations

import re

import pytest

from tests.house.tree import ROOT, our_files

#: folders of somebody's machine. Written in pieces: this file is read as well.
MACHINES = re.compile(r"(?<![\w.~-])/(?:root|home|Users|work)/" + r"[\w.]|\.pye" + r"nv\b")

#: hosts and switches that tie an installation to one package registry
REGISTRIES = re.compile(
    r"pypi\.(?:python\.)?o"
    r"rg|files\.pythonh"
    r"osted|registry\.npmj"
    r"s|--(?:extra-)?index-u"
    r"rl"
)

PRIVATE_KEYS = re.compile(r"-----BEGIN (?:\w+ )*PRIVATE KE" + r"Y-----")

LOCK_FILES = frozenset({
    "Pipfile.lock", "package-lock.json", "pdm.lock", "pixi.lock", "poetry.lock", "pylock.toml",
    "uv.lock", "yarn.lock",
})  # fmt: skip


def lines_with(pattern: re.Pattern[str]) -> list[str]:
    found = []
    for path in our_files():
        text = path.read_bytes().decode("utf-8", errors="replace")
        found += [
            f"{path.relative_to(ROOT)}:{number}: {line.strip()[:80]}"
            for number, line in enumerate(text.splitlines(), start=1)
            if pattern.search(line)
        ]
    return found


def test_no_file_names_a_folder_of_somebodys_machine() -> None:
    assert lines_with(MACHINES) == []


def test_no_file_names_a_package_registry() -> None:
    assert lines_with(REGISTRIES) == []


def test_no_file_holds_a_private_key() -> None:
    assert lines_with(PRIVATE_KEYS) == []


def test_there_is_no_lock_file() -> None:
    assert [path for path in our_files() if path.name in LOCK_FILES] == []


def test_every_pin_is_a_plain_version() -> None:
    pins = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    plain = re.compile(r"#.*|[A-Za-z0-9][\w.-]*==[\w.+!]+")

    assert [pin for pin in pins if not plain.fullmatch(pin)] == []


@pytest.mark.parametrize("path", ["/ro" + "ot/demo", "cd /ho" + "me/ada", "file:///Us" + "ers/ada"])
def test_a_folder_of_somebodys_machine_is_recognised(path: str) -> None:
    assert MACHINES.search(path)


@pytest.mark.parametrize("path", ["https://example.org/home/", "/var/lib/digest", "~/work/x", "/workers/1"])
def test_other_paths_are_nobodys(path: str) -> None:
    assert not MACHINES.search(path)
