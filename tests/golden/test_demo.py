"""What the demo says."""

from __future__ import annotations

from pathlib import Path

from tests.cli.run import NIGHT, child
from tests.golden.golden import check, transcript


def test_the_demo_says_what_it_did_and_where_to_look(tmp_path: Path) -> None:
    ran = child("demo", "demo", "--now", NIGHT, at=tmp_path)

    check("demo", transcript(f"digest demo demo --now {NIGHT}", ran, folder=tmp_path))


def test_a_second_run_says_that_there_was_nothing_to_do(demo: Path) -> None:
    ran = child("nightly", "--now", "2026-11-22T03:10", at=demo)

    check("second-run", transcript("digest nightly --now 2026-11-22T03:10", ran, folder=demo))


def test_the_demo_in_a_folder_of_something_else_touches_nothing(tmp_path: Path) -> None:
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "to-odette.txt").write_text("Chère Odette", encoding="utf-8")
    ran = child("demo", "letters", at=tmp_path)

    check("demo-elsewhere", transcript("digest demo letters", ran, folder=tmp_path))
    assert [path.name for path in (tmp_path / "letters").iterdir()] == ["to-odette.txt"]
