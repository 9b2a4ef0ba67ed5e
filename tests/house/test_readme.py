"""What README.md tells people to type works (its shell is run, see `blocks` for the convention)."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.blocks import Block, shell_blocks
from tests.house.tree import ROOT

README = ROOT / "README.md"
PAGES = (README, *sorted((ROOT / "docs").glob("**/*.md")), ROOT / "CONTRIBUTING.md")

#: no block of a README may make its reader wait longer; a guard against hanging, not a measurement
PATIENCE_SECONDS = 300


def run(block: Block, folder: Path, path: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", "-euo", "pipefail", "-c", block.script],
        cwd=folder,
        env={**os.environ, "PATH": path, "HOME": str(folder), "PYTHONPATH": str(ROOT)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_SECONDS,
    )


@pytest.fixture
def path_with_digest(tmp_path: Path) -> str:
    """PATH as after an installation: `digest` first, whether or not this tree is installed."""
    command = tmp_path / "bin" / "digest"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m digest "$@"\n', encoding="utf-8")
    command.chmod(0o755)
    return os.pathsep.join((str(command.parent), str(Path(sys.executable).parent), os.environ["PATH"]))


def test_the_readme_works_as_it_is_written(tmp_path: Path, path_with_digest: str) -> None:
    """All its blocks, in order, in one folder that is empty at first."""
    folder = tmp_path / "reader"
    folder.mkdir()
    blocks = [block for block in shell_blocks(README.read_text(encoding="utf-8")) if not block.is_skipped]

    assert blocks
    for block in blocks:
        done = run(block, folder, path_with_digest)
        where = f"README.md, line {block.line}:\n{block.script}"
        assert done.returncode == 0, f"{where}\n{done.stdout}{done.stderr}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_the_shell_on_every_page_is_well_formed(page: Path, tmp_path: Path) -> None:
    for block in shell_blocks(page.read_text(encoding="utf-8")):
        done = subprocess.run(
            ["bash", "-n"], cwd=tmp_path, input=block.script, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{page.name}, line {block.line}: {done.stderr}"


def test_a_block_of_bash_is_run_as_it_stands() -> None:
    page = "Words.\n\n```bash\nmkdir a\ncd a\n```\n"

    assert shell_blocks(page) == (Block(line=4, script="mkdir a\ncd a\n", is_skipped=False),)


def test_of_a_session_only_what_was_typed_is_run() -> None:
    page = "```console\n$ digest init \\\n>   mine\nmade mine\n$ ls\n```\n"

    assert [block.script for block in shell_blocks(page)] == ["digest init \\\n  mine\nls\n"]


def test_a_block_marked_skip_is_not_run() -> None:
    assert [block.is_skipped for block in shell_blocks("```bash skip\nsudo true\n```\n")] == [True]


def test_other_languages_are_no_shell() -> None:
    assert shell_blocks('```toml\n[site]\ntitle = "x"\n```\n') == ()


def test_a_block_inside_a_list_loses_its_indent() -> None:
    assert [block.script for block in shell_blocks("1. Do:\n\n   ```bash\n   ls\n   ```\n")] == ["ls\n"]
