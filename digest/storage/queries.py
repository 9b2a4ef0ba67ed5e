"""Loads the named statements of `sql/*.sql`; a file in the engine's folder overrides by name.

    -- name: source_by_slug(slug)
    -- What it is for, when the name does not say it.
    SELECT … WHERE slug = :slug

The parameters declared are checked against the body, names are unique, and `%` is doubled for
PostgreSQL. The rules that keep one text good for both engines are in docs/decisions/0002.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

from digest.errors import StorageError

_HEAD = re.compile(r"^--\s*name:\s*(?P<name>\w+)\((?P<parameters>[^)]*)\)\s*$", re.MULTILINE)
#: what was meant as one; not understood, it would be read into the statement before
_ALMOST = re.compile(r"^\s*--\s*name\s*:", re.MULTILINE | re.IGNORECASE)
#: strings, comments and quoted names are passed over; `::` casts are not ours to read
_TOKEN = re.compile(r"'(?:[^']|'')*'|\"[^\"]*\"|--[^\n]*|::|:(?P<parameter>[a-z_][a-z0-9_]*)")


@dataclass(frozen=True, slots=True)
class Query:
    name: str
    #: with `:name` parameters, as SQLite takes them
    sql: str
    parameters: frozenset[str]
    #: "entries.sql:12", for errors
    place: str

    def for_psycopg(self) -> str:
        """The same statement with `%(name)s` parameters and doubled `%`."""

        def swap(found: re.Match[str]) -> str:
            name = found["parameter"]
            return found[0] if name is None else f"%({name})s"

        return _TOKEN.sub(swap, self.sql.replace("%", "%%"))


@cache
def load(engine: str) -> dict[str, Query]:
    """Every statement of ours for "sqlite" or "postgres", by name."""
    return load_from(files("digest.storage") / "sql", engine)


def load_from(root: Traversable, engine: str) -> dict[str, Query]:
    """The statements of the folder `root`, overridden by those of its folder `engine`."""
    shared, own = _folder(root), _folder(root / engine)
    for name in shared.keys() & own.keys():
        if shared[name].parameters != own[name].parameters:
            raise StorageError(
                f"{own[name].place}: {name} overrides {shared[name].place} with other parameters"
            )
    return shared | own


def _folder(folder: Traversable) -> dict[str, Query]:
    found: dict[str, Query] = {}
    if not folder.is_dir():  # an engine without a statement of its own
        return found
    for file in sorted(folder.iterdir(), key=lambda file: file.name):
        if not file.name.endswith(".sql"):
            continue
        for query in parse(file.read_text(encoding="utf-8"), file.name):
            if query.name in found:
                raise StorageError(f"{query.place}: {query.name} stands in {found[query.name].place} too")
            found[query.name] = query
    return found


def parse(text: str, file: str) -> list[Query]:
    """The statements of one file, in its order."""
    heads = list(_HEAD.finditer(text))
    if len(heads) != len(_ALMOST.findall(text)):
        raise StorageError(f'{file}: a head is not of the form "-- name: verb(parameter, …)"')
    queries = []
    for head, after in zip(heads, [*heads[1:], None], strict=True):
        place = f"{file}:{text.count(chr(10), 0, head.start()) + 1}"
        body = text[head.end() : after.start() if after else len(text)].strip().rstrip(";")
        declared = frozenset(word for word in re.split(r"[,\s]+", head["parameters"]) if word)
        used = frozenset(found["parameter"] for found in _TOKEN.finditer(body) if found["parameter"])
        if declared != used:
            raise StorageError(f"{place}: {head['name']} declares {sorted(declared)} but uses {sorted(used)}")
        queries.append(Query(name=head["name"], sql=body, parameters=declared, place=place))
    return queries
