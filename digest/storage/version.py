"""Whether a database is at this code's schema, asked without what migrating needs: most commands find
that it is, and answer the sooner (number N11). What to do when it is not is `migrate`'s business.
"""

from __future__ import annotations

import re
from importlib.resources import files

#: sqlite-utils keeps its record of migrations there; `SET` is our name in it
TABLE, SET = "_sqlite_migrations", "digest"

FILE = re.compile(r"(?P<name>(?P<number>\d{4})_\w+)\.sqlite\.sql")


def names() -> frozenset[str]:
    """The migrations this code knows: "0001_the_house"."""
    folder = files("digest.storage") / "sql" / "migrations"
    found = (FILE.fullmatch(file.name) for file in folder.iterdir())
    return frozenset(match["name"] for match in found if match)
