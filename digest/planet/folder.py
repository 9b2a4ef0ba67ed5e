"""A folder of ours on disk: brought to what it should hold, whole or not at all, touching nothing else.

What changed is first written beside and synced, then renamed into place file by file: a full disk or a
broken template leaves everything as it was. What we wrote is listed in a manifest, so that pages that are
no more go, and files of others stay. Knows nothing of what is in the files.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from digest.errors import Busy, FolderError

MANIFEST = ".digest-planet.json"
LOCK = ".digest-planet.lock"
STAGE = ".digest-planet.part"
#: the pictures of mails: beside the pages, and none of them
ALBUM = "images"
#: what a new disk or a repository holds without being anybody's site
_NOBODYS = frozenset({LOCK, STAGE, ALBUM, "lost+found", ".gitkeep"})


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A file as it should be."""

    #: relative, with "/"
    path: str
    content: Callable[[], bytes]
    #: does not change any more: not even set again where it is there already
    settled: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """What publishing did."""

    #: files that the folder holds of us now
    files: int
    #: those of them that were new or different
    written: int
    #: that were ours, and are no more
    removed: int


class Folder:
    """A folder to publish into. `force`: take it over although it holds what is not ours."""

    def __init__(self, path: Path, *, force: bool = False) -> None:
        self.path = path
        self._force = force

    def publish(self, files: Iterable[File]) -> Published:
        """Make the folder hold these files, and of ours no others.

        Raises FolderError when it is not ours or cannot be written, and whatever making a file raises.
        """
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            with self._locked():
                ours = self._ours()
                stage = self.path / STAGE
                _remove(stage)
                try:
                    names, staged = self._stage(files, ours, stage)
                    return self._swap(names, staged, ours, stage)
                finally:
                    _remove(stage)
        except OSError as cause:
            raise FolderError(
                f"The planet cannot be written: {cause.filename or self.path}: {cause.strerror}.",
                mend="Make room, or give its owner the right to write there; then `digest planet build`.",
            ) from cause

    def _stage(
        self, files: Iterable[File], ours: frozenset[str], stage: Path
    ) -> tuple[frozenset[str], list[str]]:
        """Set every file; those that differ from what is there lie in `stage`, synced."""
        names: set[str] = set()
        staged: list[str] = []
        for file in files:
            assert file.path not in names, f"{file.path} is made twice"
            names.add(file.path)
            target = self.path / file.path
            if file.settled and file.path in ours and target.is_file():
                continue
            data = file.content()
            if target.is_file() and target.read_bytes() == data:
                continue
            if os.path.lexists(target) and file.path not in ours and not self._force:
                raise self._foreign(file.path)
            _write_synced(stage / file.path, data)
            staged.append(file.path)
        return frozenset(names), staged

    def _swap(self, names: frozenset[str], staged: list[str], ours: frozenset[str], stage: Path) -> Published:
        """From here on only renames: each file is the old or the new one at any instant."""
        stale = sorted(ours - names)
        if names - ours:
            # Listed before they are there: after a crash between, the next run knows them as ours.
            self._write_manifest(ours | names, stage)
        for name in staged:
            target = self.path / name
            target.parent.mkdir(parents=True, exist_ok=True)
            (stage / name).replace(target)
        for name in stale:
            (self.path / name).unlink(missing_ok=True)
            self._prune((self.path / name).parent)
        for folder in sorted({(self.path / name).parent for name in (*staged, *stale)}):
            if folder.is_dir():
                _sync(folder)
        if stale:
            self._write_manifest(names, stage)
        return Published(files=len(names), written=len(staged), removed=len(stale))

    def _ours(self) -> frozenset[str]:
        """The files we wrote. Raises FolderError when the folder is somebody else's."""
        try:
            listed = list(json.loads((self.path / MANIFEST).read_text(encoding="utf-8"))["files"])
        except FileNotFoundError:
            others = sorted(each.name for each in self.path.iterdir() if each.name not in _NOBODYS)
            if others and not self._force:
                raise self._foreign(others[0]) from None
            return frozenset()
        except (ValueError, KeyError, TypeError) as cause:
            raise FolderError(
                f"{self.path / MANIFEST} is damaged: we cannot tell which files here are ours.",
                mend="Delete it, then `digest planet build DIR --force`.",
            ) from cause
        # A manifest is data: a name in it never leads out of the folder.
        return frozenset(
            name for name in listed if isinstance(name, str) and not {"", ".", ".."} & {*name.split("/")}
        )

    def _foreign(self, name: str) -> FolderError:
        return FolderError(
            f"{self.path} holds {name}, which is not ours; nothing is written there.",
            mend="Name an empty folder in [planet] dir; or, if what is in the way may be overwritten, run "
            "`digest planet build DIR --force` once.",
        )

    def _write_manifest(self, names: frozenset[str], stage: Path) -> None:
        text = json.dumps({"by": "planet-digest", "files": sorted(names)}, indent=1) + "\n"
        _write_synced(stage / MANIFEST, text.encode())
        (stage / MANIFEST).replace(self.path / MANIFEST)
        _sync(self.path)

    def _prune(self, folder: Path) -> None:
        """Folders that hold nothing any more."""
        while folder != self.path and folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()
            folder = folder.parent

    @contextmanager
    def _locked(self) -> Iterator[None]:
        held = os.open(self.path / LOCK, os.O_CREAT | os.O_RDWR, 0o600)
        try:
            try:
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as cause:
                raise Busy(
                    f"Another run writes {self.path}.", mend="Wait for it to end, then run again."
                ) from cause
            yield
        finally:
            os.close(held)


def _write_synced(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _sync(folder: Path) -> None:
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def _remove(stage: Path) -> None:
    if stage.is_dir() and not stage.is_symlink():
        shutil.rmtree(stage)
    else:
        stage.unlink(missing_ok=True)
