"""How many mail clients know a feature: a trimmed copy of caniemail's data (MIT, see CANIEMAIL-LICENSE)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

#: of the client platforms tested, full support asked of what a mail leans on
ASKED = 50


@dataclass(frozen=True, slots=True)
class Support:
    name: str
    #: per cent of the client platforms, each by the newest version tested
    full: int
    any: int
    platforms: int
    #: year and month of the last test; some are old, hence shown
    tested: str

    def __str__(self) -> str:
        more = f", {self.any} % in part" if self.any > self.full else ""
        share = f"{self.full} % of {self.platforms} client platforms know it{more}"
        return f"{share} (caniemail, tested {self.tested})"


@lru_cache(maxsize=1)
def _kinds() -> dict[str, dict[str, Support]]:
    data = json.loads(files("digest.check").joinpath("support.json").read_text(encoding="utf-8"))
    return {
        kind: {name: Support(name, *row) for name, row in rows.items()}
        for kind, rows in data.items()
        if isinstance(rows, dict)
    }


def support(kind: str, name: str) -> Support | None:
    """What the data says of it; None: it is well known, or not in the data."""
    return _kinds().get(kind, {}).get(name)


def too_rare(kind: str, name: str) -> Support | None:
    """Its support, where fewer platforms than asked have all of it."""
    found = support(kind, name)
    return found if found and found.full < ASKED else None
