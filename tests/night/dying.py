"""A night in a process of its own that dies by SIGKILL at a place a test names.

    python -m tests.night.dying FOLDER INSTANT [DOMAIN.METHOD before|after NTH]

FOLDER holds `tables.json`, the settings of a `House`. Without a place nobody dies.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, cast

from digest.night.run import run_night
from digest.storage import Store
from tests.corpus import ROOT
from tests.night.house import House


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A call of the shelves: `deliveries.settle`, before or after, the nth time."""

    call: str
    when: str = "after"
    nth: int = 1

    def __str__(self) -> str:
        return f"{self.when} {self.call} {self.nth}"


class Dying:
    """The shelves, with the fault at one of their calls."""

    def __init__(self, inner: object, place: Place, path: str = "") -> None:
        self._inner, self._place, self._path = inner, place, path
        self._domains: dict[str, Dying] = {}
        self._calls = 0

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)
        path = f"{self._path}.{name}".lstrip(".")
        if path == self._place.call:
            return lambda *values, **named: self._fatal(found, *values, **named)
        if self._place.call.startswith(f"{path}."):
            return self._domains.setdefault(name, Dying(found, self._place, path))
        return found

    def _fatal(self, method: Callable[..., Any], *values: object, **named: object) -> Any:
        self._calls += 1
        is_now = self._calls == self._place.nth
        if is_now and self._place.when == "before":
            _die()
        result = method(*values, **named)
        if is_now:
            _die()
        return result


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def start(house: House, at: datetime, place: Place | None = None) -> subprocess.Popen[bytes]:
    """The night of a house in a process of its own."""
    (house.root / "tables.json").write_text(json.dumps(house.tables), encoding="utf-8")
    where = [] if place is None else [place.call, place.when, str(place.nth)]
    command = [sys.executable, "-m", "tests.night.dying", str(house.root), at.isoformat(), *where]
    return subprocess.Popen(command, cwd=ROOT)


def main() -> None:
    root = Path(sys.argv[1])
    tables = json.loads((root / "tables.json").read_text(encoding="utf-8"))
    with House(root, **tables).tonight(datetime.fromisoformat(sys.argv[2])) as one:
        if len(sys.argv) > 3:
            place = Place(call=sys.argv[3], when=sys.argv[4], nth=int(sys.argv[5]))
            one = replace(one, store=cast("Store", Dying(one.store, place)))
        run_night(one)


if __name__ == "__main__":
    main()
