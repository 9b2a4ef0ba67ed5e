"""A folder of ours: whole or not at all, quiet where nothing changed, and nobody else's files touched."""

from __future__ import annotations

import errno
import fcntl
import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from digest.errors import Busy, FolderError
from digest.planet.folder import LOCK, MANIFEST, File, Folder, Published
from tests.planet.pages import files


def publish(folder: Path, *, force: bool = False, **told: str) -> Published:
    return Folder(folder, force=force).publish(
        File(path=path.replace("__", "/"), content=text.encode) for path, text in told.items()
    )


def test_what_is_published_is_there(tmp_path: Path) -> None:
    done = publish(tmp_path / "new" / "public", index="one", page__2="two")

    assert (tmp_path / "new" / "public" / "page" / "2").read_text() == "two"
    assert done == Published(files=2, written=2, removed=0)


def test_published_again_nothing_is_written(tmp_path: Path) -> None:
    publish(tmp_path, index="one", page__2="two")
    before = {path: path.stat() for path in tmp_path.rglob("*")}

    done = publish(tmp_path, index="one", page__2="two")

    assert done == Published(files=2, written=0, removed=0)
    after = {path: path.stat() for path in tmp_path.rglob("*")}
    # The lock and the stage come and go in the folder itself.
    assert {path: stat.st_mtime_ns for path, stat in after.items()} == {
        path: stat.st_mtime_ns for path, stat in before.items()
    }


def test_only_what_changed_is_written(tmp_path: Path) -> None:
    publish(tmp_path, index="one", other="same")
    before = (tmp_path / "other").stat()

    done = publish(tmp_path, index="changed", other="same")

    assert done.written == 1
    after = (tmp_path / "other").stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_what_was_ours_and_is_no_more_goes_with_its_folders(tmp_path: Path) -> None:
    publish(tmp_path, index="one", a__b__c="deep")

    done = publish(tmp_path, index="one")

    assert done.removed == 1
    assert files(tmp_path) == {"index"}
    assert not (tmp_path / "a").exists()


def test_files_of_others_stay(tmp_path: Path) -> None:
    publish(tmp_path, index="one", a__ours="x")
    (tmp_path / "a" / "theirs").write_text("mine")
    (tmp_path / "robots.txt").write_text("mine")

    publish(tmp_path, index="two")

    assert files(tmp_path) == {"index", "a/theirs", "robots.txt"}


@pytest.mark.parametrize("name", ["index", "index.php", ".htaccess"])
def test_a_folder_that_holds_something_else_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("theirs")

    with pytest.raises(FolderError, match="not ours"):
        publish(tmp_path, index="ours")

    assert (tmp_path / name).read_text() == "theirs"
    assert not (tmp_path / MANIFEST).exists()


def test_a_file_of_others_in_a_place_of_ours_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    publish(tmp_path, index="one")
    (tmp_path / "topics").write_text("theirs")

    with pytest.raises(FolderError, match="topics"):
        publish(tmp_path, index="two", topics="ours")

    assert ((tmp_path / "index").read_text(), (tmp_path / "topics").read_text()) == ("one", "theirs")


def test_a_folder_that_is_given_to_us_is_ours_from_then_on(tmp_path: Path) -> None:
    (tmp_path / "index").write_text("theirs")
    (tmp_path / "other").write_text("theirs")

    publish(tmp_path, force=True, index="ours")
    publish(tmp_path, index="ours again")

    assert ((tmp_path / "index").read_text(), (tmp_path / "other").read_text()) == ("ours again", "theirs")


def _failing(error: Exception) -> Iterator[File]:
    yield File(path="index", content=lambda: b"two")
    yield File(path="new", content=lambda: b"new")
    raise error


@pytest.mark.parametrize("error", [ValueError("a page"), OSError(errno.ENOSPC, "No space left on device")])
def test_what_fails_half_way_changes_nothing(tmp_path: Path, error: Exception) -> None:
    publish(tmp_path, index="one", old="old")
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}

    with pytest.raises((ValueError, FolderError)):
        Folder(tmp_path).publish(_failing(error))

    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before
    assert {path.name for path in tmp_path.iterdir()} == {"index", "old", MANIFEST, LOCK}


def test_what_a_run_that_died_left_behind_is_taken_up(tmp_path: Path) -> None:
    publish(tmp_path, index="one")
    # Listed and half renamed, as a run killed between two files leaves it.
    (tmp_path / MANIFEST).write_text(json.dumps({"files": ["index", "orphan", "never-written"]}))
    (tmp_path / "orphan").write_text("of the run that died")
    (tmp_path / ".digest-planet.part" / "sub").mkdir(parents=True)
    (tmp_path / ".digest-planet.part" / "sub" / "index").write_text("half")

    publish(tmp_path, index="two")

    assert files(tmp_path) == {"index"}
    assert (tmp_path / "index").read_text() == "two"
    assert not (tmp_path / ".digest-planet.part").exists()


@pytest.mark.parametrize("text", ["", "[]", "{}", "no json", '{"files": 3}'])
def test_a_damaged_manifest_is_said_and_nothing_is_removed(tmp_path: Path, text: str) -> None:
    publish(tmp_path, index="one", old="old")
    (tmp_path / MANIFEST).write_text(text)

    with pytest.raises(FolderError, match="damaged"):
        publish(tmp_path, index="two")

    assert files(tmp_path) == {"index", "old"}


@pytest.mark.parametrize("name", ["../outside", "a/../../outside", "/outside", ".", ""])
def test_a_manifest_leads_to_nothing_outside_the_folder(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "public"
    publish(folder, index="one")
    (tmp_path / "outside").write_text("theirs")
    (folder / MANIFEST).write_text(json.dumps({"files": ["index", name, 7]}))

    publish(folder, index="two")

    assert (tmp_path / "outside").read_text() == "theirs"
    assert (folder / "index").read_text() == "two"


def test_what_settled_is_not_even_asked_for_again(tmp_path: Path) -> None:
    def never() -> bytes:
        raise AssertionError("set again")

    publish(tmp_path, issue="frozen")

    done = Folder(tmp_path).publish([File(path="issue", content=never, settled=True)])

    assert done == Published(files=1, written=0, removed=0)


def test_what_settled_and_was_lost_is_set_again(tmp_path: Path) -> None:
    publish(tmp_path, issue="frozen")
    (tmp_path / "issue").unlink()

    Folder(tmp_path).publish([File(path="issue", content=lambda: b"again", settled=True)])

    assert (tmp_path / "issue").exists()


def test_two_runs_do_not_write_at_once(tmp_path: Path) -> None:
    publish(tmp_path, index="one")
    held = os.open(tmp_path / LOCK, os.O_RDWR)
    fcntl.flock(held, fcntl.LOCK_EX)

    with pytest.raises(Busy):
        publish(tmp_path, index="two")

    os.close(held)
    publish(tmp_path, index="two")
    assert (tmp_path / "index").read_text() == "two"


def test_a_place_that_is_a_file_is_said(tmp_path: Path) -> None:
    (tmp_path / "public").write_text("a file")

    with pytest.raises(FolderError, match="cannot be written"):
        publish(tmp_path / "public", index="one")
