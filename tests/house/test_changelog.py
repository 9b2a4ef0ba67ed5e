"""CHANGELOG.md is written for those who run this, and agrees with the version."""

from __future__ import annotations

import re
import tomllib

import digest
from tests.house.tree import ROOT

CHANGELOG = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")

#: in this order within a version
KINDS = ["Security", "Removed", "Deprecated", "Added", "Changed", "Fixed"]


def versions() -> list[str]:
    return re.findall(r"^## (.+)$", CHANGELOG, re.MULTILINE)


def kinds_by_version() -> list[list[str]]:
    return [
        re.findall(r"^### (.+)$", part, re.MULTILINE)
        for part in re.split(r"^## ", CHANGELOG, flags=re.MULTILINE)
    ]


def test_what_is_not_released_yet_stands_first() -> None:
    assert versions()[0] == "[Unreleased]"


def test_every_release_says_its_number_and_day_newest_first() -> None:
    releases = versions()[1:]
    shape = re.compile(r"\[(\d+\.\d+\.\d+)\] - (\d{4}-\d\d-\d\d)")
    found = [shape.fullmatch(release) for release in releases]
    days = [match[2] for match in found if match]

    assert len(days) == len(releases)
    assert days == sorted(days, reverse=True)


def test_entries_are_sorted_by_kind() -> None:
    for kinds in kinds_by_version():
        assert kinds == [kind for kind in KINDS if kind in kinds]


def test_the_version_is_the_same_in_the_code_and_in_the_package() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

    assert project["version"] == digest.__version__
