"""`digest planet build` as an admin types it."""

from __future__ import annotations

from pathlib import Path

from tests.cli.run import NIGHT, inside
from tests.cli.sites import add


def test_the_pages_are_written_where_asked(demo: Path, tmp_path: Path) -> None:
    ran = inside("planet", "build", str(tmp_path / "out"), at=demo)

    assert ran.code == 0
    assert ran.out.startswith(f"{tmp_path / 'out'}: ")
    assert "Planète démo" in (tmp_path / "out" / "index.html").read_text("utf-8")


def test_built_again_nothing_is_written_and_json_says_so(demo: Path, tmp_path: Path) -> None:
    first = inside("planet", "build", str(tmp_path / "out"), "--json", at=demo).json
    again = inside("planet", "build", str(tmp_path / "out"), "--json", at=demo).json

    assert first["written"] == first["files"] > 0
    assert again == {"files": first["files"], "written": 0, "removed": 0}


def test_plain_text_takes_the_place_of_pages(demo: Path, tmp_path: Path) -> None:
    inside("planet", "build", str(tmp_path / "out"), at=demo)

    ran = inside("planet", "build", str(tmp_path / "out"), "--format", "text", at=demo)

    assert ran.code == 0
    kept = {path.suffix for path in (tmp_path / "out").rglob("*") if path.is_file() and path.name[0] != "."}
    assert kept == {".txt"}


def test_a_folder_of_somebody_else_is_refused_until_forced(demo: Path, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "theirs").write_text("theirs")

    refused = inside("planet", "build", str(tmp_path / "out"), at=demo)
    forced = inside("planet", "build", str(tmp_path / "out"), "--force", at=demo)

    assert (refused.code, forced.code) == (1, 0)
    assert "theirs, which is not ours; nothing is written there." in refused.err
    assert "--force" in refused.err
    assert (tmp_path / "out" / "theirs").read_text() == "theirs"


def test_a_night_says_what_it_wrote(empty: Path) -> None:
    add(empty, '[planet]\ndir = "public"')

    ran = inside("nightly", "--now", NIGHT, at=empty)

    assert "  planet    public: " in ran.out
    assert (empty / "public" / "index.html").is_file()


def test_a_dry_run_writes_no_page(empty: Path) -> None:
    add(empty, '[planet]\ndir = "public"')

    inside("nightly", "--now", NIGHT, "--dry-run", at=empty)

    assert not (empty / "public").exists()
