"""A migration killed before any of its statements leaves the old schema or the new one, and goes on."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.contract.schema import LATER, OURS, applied, make, names, query, schema
from tests.corpus import ROOT


def deaths(folder: Path, old: Path | None) -> list[Path]:
    """The databases left behind, in the order of their last statement; the last one was not killed."""
    command = [sys.executable, "-m", "tests.contract.killed", str(folder), str(old or "-")]
    subprocess.run(command, cwd=ROOT, check=True)
    return sorted(folder.glob("*.db"), key=lambda path: int(path.stem))


def copied(path: Path, folder: Path) -> Path:
    """With its write-ahead log: looking at a database takes that in."""
    for part in path.parent.glob(f"{path.name}*"):
        shutil.copy(part, folder)
    return folder / path.name


@pytest.fixture
def whole(tmp_path: Path) -> Path:
    make(tmp_path / "whole.db", (*OURS, LATER))
    return tmp_path / "whole.db"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "deaths").mkdir()
    return tmp_path / "deaths"


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """What deaths on the way to a first database left. Tests look; who writes, copies."""
    return deaths(tmp_path_factory.mktemp("fresh"), None)


def test_a_fresh_database_is_empty_or_has_whole_migrations_and_their_keys(
    fresh: list[Path], folder: Path
) -> None:
    left = [copied(path, folder) for path in fresh]
    assert len(left) > 40  # a statement for each table and index
    seen = set()
    for path in left:
        if not schema(path):
            seen.add(0)
            continue
        assert applied(path) == names((*OURS, LATER))[: len(applied(path))], path.stem
        assert query(path, "SELECT count(*) FROM keys") == [(4,)], path.stem
        seen.add(len(applied(path)))
    assert seen == set(range(len(OURS) + 2))


def test_a_database_with_data_has_the_old_schema_or_the_new_one(folder: Path, tmp_path: Path) -> None:
    make(tmp_path / "old.db")
    make(tmp_path / "new.db", OURS)
    make(tmp_path / "new.db", (*OURS, LATER))
    old, new = schema(tmp_path / "old.db"), schema(tmp_path / "new.db")
    left = [schema(path) for path in deaths(folder, tmp_path / "old.db")]
    assert len(left) > 8
    assert [one in (old, new) for one in left] == [True] * len(left)
    assert (left[0], left[-1]) == (old, new)


def test_a_backup_made_before_a_death_is_whole(folder: Path, tmp_path: Path) -> None:
    make(tmp_path / "old.db")
    deaths(folder, tmp_path / "old.db")
    kept = list(folder.glob("*.before-9001"))
    assert kept
    for backup in kept:
        assert query(backup, "PRAGMA integrity_check") == [("ok",)]
        assert schema(backup) == schema(tmp_path / "old.db")


def test_the_next_run_finishes_what_a_death_left(fresh: list[Path], folder: Path, whole: Path) -> None:
    for path in (copied(left, folder) for left in fresh):
        make(path, (*OURS, LATER))
        assert schema(path) == schema(whole), path.stem
        assert query(path, "SELECT count(*) FROM keys") == [(4,)], path.stem
