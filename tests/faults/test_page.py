"""docs/faults.md: every fault of the matrix has a test, and every test it names is there."""

from __future__ import annotations

import re
from collections import defaultdict
from functools import cache

import pytest

from tests.corpus import ROOT

FAULTS = [f"B{number}" for number in (*range(1, 22), *range(27, 31))] + ["C8", "C23"]
_ROW = re.compile(r"^\| (?P<fault>[BC]\d+) \|.*\| (?P<tests>.*) \|$", re.MULTILINE)
_TEST = re.compile(r"`(?P<file>[a-z_/]+)(?:::(?P<test>test_\w+))?`")


@cache
def named() -> dict[str, list[tuple[str, str | None]]]:
    found: defaultdict[str, list[tuple[str, str | None]]] = defaultdict(list)
    for row in _ROW.finditer((ROOT / "docs" / "faults.md").read_text(encoding="utf-8")):
        found[row["fault"]] += [(test["file"], test["test"]) for test in _TEST.finditer(row["tests"])]
    return found


@pytest.mark.parametrize("fault", FAULTS)
def test_every_fault_has_a_test_that_is_there(fault: str) -> None:
    assert named()[fault]
    for file, test in named()[fault]:
        text = (ROOT / "tests" / f"{file}.py").read_text(encoding="utf-8")
        assert f"\ndef {test or 'test_'}" in text, (file, test)
