"""The golden issues are made today as they were when somebody read them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from digest.compose.shrink import BUDGET
from tests.browser import Chromium, Shown, needs_chromium
from tests.issues.bless import bless, main
from tests.issues.kept import GOLDEN, TREE, differences, files_of, tree_text
from tests.issues.specimens import SPECIMENS
from tests.papers import part

every_issue = pytest.mark.parametrize("name", SPECIMENS)
ROOT = Path(__file__).resolve().parents[2]


@every_issue
def test_an_issue_is_the_golden_one(name: str) -> None:
    found = "".join(differences(GOLDEN / name, files_of(SPECIMENS[name]())))
    assert not found, f"`python -m tests.issues.bless {name}` keeps this:\n{found}"


@needs_chromium
@every_issue
def test_a_screen_reader_meets_the_golden_tree(name: str, chromium: Chromium) -> None:
    tree = chromium.show(part(SPECIMENS[name](), "html"), Shown.tree)
    found = "".join(differences(GOLDEN / name, {TREE: tree_text(tree)}))
    assert not found, f"`python -m tests.issues.bless {name}` keeps this:\n{found}"


@every_issue
def test_no_issue_is_clipped(name: str) -> None:
    raw = SPECIMENS[name]()
    encoded = raw.rpartition(b"Content-Type: text/html")[2]
    assert max(len(encoded), len(part(raw, "html").encode())) < BUDGET


def test_nothing_golden_is_left_of_an_issue_that_is_gone() -> None:
    assert {folder.name for folder in GOLDEN.iterdir()} == set(SPECIMENS)


def test_blessing_says_what_changed_and_keeps_it(tmp_path: Path) -> None:
    assert bless("one", {"mail.txt": "as it was\n"}, tmp_path).endswith("+as it was\n")

    assert "-as it was\n+as it is\n" in bless("one", {"mail.txt": "as it is\n"}, tmp_path)
    assert bless("one", {"mail.txt": "as it is\n"}, tmp_path) == ""


def test_nothing_is_blessed_where_nobody_reads_it(tmp_path: Path) -> None:
    assert main([], golden=tmp_path, environment={"CI": "true"}) == 2
    assert list(tmp_path.iterdir()) == []


def test_the_command_refuses_in_ci() -> None:
    before = {path: path.stat().st_mtime_ns for path in GOLDEN.rglob("*")}
    ran = subprocess.run(
        [sys.executable, "-m", "tests.issues.bless"],
        cwd=ROOT,
        env={**os.environ, "CI": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 2 and "CI is set" in ran.stderr
    assert {path: path.stat().st_mtime_ns for path in GOLDEN.rglob("*")} == before


def test_a_golden_tree_is_json() -> None:
    tree = ["RootWebArea", "Un “titre”", ["heading", "a", {"level": 1}], ["paragraph", "", ["link", "b"]]]
    assert json.loads(tree_text(tree)) == tree
