"""Our small pictures, as files of the planet's folder: mails of any age show them from there.

A file is named after the address its picture came from, and after its size: what is there needs no second
look, neither at its publisher's nor at the file. It is never replaced: a mail goes on showing what its reader
saw. The pages' folder does not list these files as its own, so publishing pages leaves them alone.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterable
from pathlib import Path

from digest.model import Picture
from digest.pictures.thumbnail import Thumbnail
from digest.planet.folder import ALBUM

_NAME = re.compile(r"([0-9a-f]{40})-([1-9][0-9]{0,3})x([1-9][0-9]{0,3})\.(?:jpg|png)")


class Album:
    """The pictures there are. `folder`: the planet's; `url`: the site's."""

    def __init__(self, folder: Path, *, url: str) -> None:
        self._folder = folder / ALBUM
        self._url = f"{url.rstrip('/')}/{ALBUM}"

    def find(self, addresses: Iterable[str]) -> dict[str, Picture]:
        """Those of these addresses whose picture we have."""
        there = self._there()
        return {address: there[key] for address in addresses if (key := _key(address)) in there}

    def keep(self, address: str, thumbnail: Thumbnail) -> None:
        """Whole or not at all; a run that died half-way is made good by the next. Raises OSError."""
        self._folder.mkdir(parents=True, exist_ok=True)
        name = f"{_key(address)}-{thumbnail.width}x{thumbnail.height}.{thumbnail.kind}"
        part = self._folder / f".{name}.part"
        with part.open("wb") as file:
            file.write(thumbnail.data)
            file.flush()
            os.fsync(file.fileno())
        part.replace(self._folder / name)

    def _there(self) -> dict[str, Picture]:
        if not self._folder.is_dir():
            return {}
        found = {}
        for file in sorted(self._folder.iterdir()):
            if match := _NAME.fullmatch(file.name):
                key, width, height = match.groups()
                found[key] = Picture(url=f"{self._url}/{file.name}", width=int(width), height=int(height))
        return found


def _key(address: str) -> str:
    return hashlib.sha256(address.encode("utf-8", "surrogatepass")).hexdigest()[:40]
