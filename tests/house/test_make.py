"""The first two commands and what CI runs hold together."""

from __future__ import annotations

import os
import re
import subprocess

import pytest

from tests.house.tree import ROOT

MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")


@pytest.mark.parametrize("target", ["demo", "test", "check", "bench", "faults"])
def test_help_names_every_command_a_newcomer_needs(target: str) -> None:
    shown = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout

    assert re.search(rf"^  make {target} +\w", shown, re.MULTILINE)


@pytest.mark.parametrize("target", ["demo", "test", "check", "bench", "faults"])
def test_every_command_makes_its_own_set_up(target: str) -> None:
    assert re.search(rf"^{target}: \$\((?:BASE|TEST|BENCH)\)", MAKEFILE, re.MULTILINE)


def test_the_set_up_obeys_the_pins() -> None:
    assert "--constraint constraints.txt" in MAKEFILE


def test_what_ci_runs_can_be_run() -> None:
    assert os.access(ROOT / ".ci" / "run", os.X_OK)


def test_what_ci_runs_is_well_formed() -> None:
    done = subprocess.run(["bash", "-n", ROOT / ".ci" / "run"], capture_output=True, text=True, check=False)

    assert (done.returncode, done.stderr) == (0, "")


def test_ci_runs_the_tests_and_the_gates() -> None:
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")

    assert re.findall(r"^make (\w+)", script, re.MULTILINE) == ["check", "test"]
