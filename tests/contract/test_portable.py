"""One text of every statement is good for both engines."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from itertools import chain
from pathlib import Path

import psycopg
import pytest

import digest
from digest.storage.migrate import migrate
from digest.storage.queries import Query, load, parse
from digest.storage.sqlite import SqliteConnection
from tests.contract.postgres import postgres
from tests.contract.schema import NOW

ENGINES = ("sqlite", "postgres")
STATEMENTS = sorted(load("postgres"))
#: what one engine takes and the other refuses or reads otherwise: the pattern, what to write, an example
UNPORTABLE = [
    (r"%", "psycopg reads % as a parameter: bind the pattern", "SELECT 7 % 2"),
    (r"::", "write CAST(… AS …)", "SELECT :x::text"),
    (r"(?i)\b(LIKE|ILIKE|GLOB|REGEXP)\b", "case and escapes differ: compare a folded key", "WHERE a LIKE :x"),
    (r"(?i)\bINSERT\s+OR\b", "write ON CONFLICT", "INSERT OR IGNORE INTO a"),
    (r"(?i)\bREPLACE\s+INTO\b", "write ON CONFLICT", "REPLACE INTO a VALUES (1)"),
    (r"(?i)\bIN\s*\(\s*:", "a list cannot be bound: join, or run_many", "WHERE a IN (:ids)"),
    (r"(?i)last_insert_rowid|\browid\b|\bctid\b", "write RETURNING id", "SELECT rowid"),
    (r"(?i)\bjson\w*\s*\(|->", "only Python reads JSON", "SELECT json_extract(a, :b)"),
    (r"(?i)\b(strftime|julianday|unixepoch|datetime|date|now)\s*\(", "bind an instant", "SELECT now()"),
    (r"(?i)\bcurrent_(date|time)", "bind an instant", "SELECT CURRENT_TIMESTAMP"),
    (r"(?i)\b(TRUE|FALSE)\b", "booleans are 0 and 1", "WHERE a = TRUE"),
    (r"(?i)\b(ifnull|iif|printf|instr|random\w*)\s*\(", "a function of one engine", "SELECT ifnull(a, 0)"),
    (r"(?i)\b(group_concat|string_agg)\s*\(", "a function of one engine", "SELECT group_concat(a)"),
    (r"==|`|\[\w+\]", "not standard SQL", "WHERE a == 1"),
    (r"(?i)\bIS\s+(NOT\s+)?:", "PostgreSQL compares with IS NOT DISTINCT FROM", "WHERE a IS :x"),
    (r"\?|\$\d", "parameters have names", "WHERE a = ?"),
    (r"(?i):\w+\s+IS\s+(NOT\s+)?NULL", "PostgreSQL gives it no type: CAST(:x AS TEXT)", "WHERE :x IS NULL"),
]
_PASSED_OVER = re.compile(r"'(?:[^']|'')*'|--[^\n]*")


@pytest.fixture(scope="module")
def there() -> Iterator[psycopg.Connection]:
    with postgres() as connection:
        yield connection


@pytest.fixture(scope="module")
def here() -> Iterator[SqliteConnection]:
    connection = SqliteConnection(None)
    migrate(connection, now=NOW)
    yield connection
    connection.close()


def bare(query: Query) -> str:
    """The statement without strings and comments."""
    return _PASSED_OVER.sub("''", query.sql)


def numbered(query: Query) -> str:
    """As PREPARE takes it: `$1` for the first parameter, as psycopg itself rewrites it."""
    places = {name: place for place, name in enumerate(sorted(query.parameters), 1)}
    text = re.sub(r"%\((\w+)\)s", lambda found: f"${places[found[1]]}", query.for_psycopg())
    return text.replace("%%", "%")


@pytest.mark.parametrize("name", STATEMENTS)
def test_postgresql_prepares_every_statement(there: psycopg.Connection, name: str) -> None:
    with there.transaction(force_rollback=True):
        there.execute(f"PREPARE one AS {numbered(load('postgres')[name])}".encode())
        there.execute(b"DEALLOCATE one")


@pytest.mark.parametrize("name", sorted(load("sqlite")))
def test_sqlite_prepares_every_statement(here: SqliteConnection, name: str) -> None:
    query = load("sqlite")[name]
    here.database.execute(f"EXPLAIN {query.sql}", dict.fromkeys(query.parameters, 0)).fetchall()


def test_both_engines_have_the_same_statements() -> None:
    assert load("sqlite").keys() == load("postgres").keys()


def test_every_statement_is_declared_once() -> None:
    folder = files("digest.storage") / "sql"
    for place in (folder, *(folder / engine for engine in ENGINES)):
        if not place.is_dir():
            continue
        texts = [file.read_text(encoding="utf-8") for file in place.iterdir() if file.name.endswith(".sql")]
        names = [query.name for query in chain.from_iterable(parse(text, "") for text in texts)]
        assert len(names) == len(set(names))


@cache
def product() -> str:
    root = Path(digest.__file__).parent
    return "\n".join(file.read_text(encoding="utf-8") for file in root.rglob("*.py"))


@pytest.mark.parametrize("name", STATEMENTS)
def test_every_statement_is_used(name: str) -> None:
    assert f'"{name}"' in product()


@pytest.mark.parametrize("name", STATEMENTS)
def test_no_statement_says_what_one_engine_reads_otherwise(name: str) -> None:
    query = load("sqlite")[name]
    assert [why for pattern, why, _ in UNPORTABLE if re.search(pattern, bare(query))] == [], query.place


@pytest.mark.parametrize(("pattern", "example"), [(pattern, example) for pattern, _, example in UNPORTABLE])
def test_the_lint_finds_what_it_looks_for(pattern: str, example: str) -> None:
    assert re.search(pattern, example)


@cache
def nullable() -> dict[str, frozenset[str]]:
    """The columns of each table that may be NULL."""
    connection = SqliteConnection(None)
    migrate(connection, now=NOW)
    found = {
        table: frozenset(
            column.name
            for column in connection.database[table].columns
            if not column.notnull and not column.is_pk
        )
        for table in connection.database.table_names()
    }
    connection.close()
    return found


def never_null(column: str, sql: str) -> bool:
    """The statement itself leaves NULLs out: a comparison does, and what is released has its seq."""
    if column == "seq" and "state = 'released'" in sql:
        return True
    return bool(re.search(rf"\b{column}\s*(<|>|=|IS NOT NULL|BETWEEN)", sql))


def orders(sql: str) -> list[str]:
    """What follows each ORDER BY."""
    return re.findall(r"ORDER\s+BY\s+(.+?)(?=\bLIMIT\b|\)|\bFOR\b|;|$)", sql, re.DOTALL | re.IGNORECASE)


def loose_orders(text: str) -> list[str]:
    """Terms of ORDER BY that put NULLs first on one engine and last on the other."""
    sql = re.sub(r"--[^\n]*", "", text)
    tables = set(re.findall(r"\w+", sql)) & nullable().keys()
    columns = set(chain.from_iterable(nullable()[table] for table in tables))
    loose = []
    for term in ",".join(orders(sql)).split(","):
        found = re.match(r"\s*(?:\w+\.)?(\w+)", term)
        if found and found[1] in columns and "NULLS" not in term.upper() and not never_null(found[1], sql):
            loose.append(term.strip())
    return loose


@pytest.mark.parametrize("name", STATEMENTS)
def test_an_order_by_what_may_be_null_says_where_nulls_go(name: str) -> None:
    assert loose_orders(load("sqlite")[name].sql) == []


@pytest.mark.parametrize(
    ("sql", "loose"),
    [
        ("SELECT 1 FROM entries ORDER BY published_at DESC, id", ["published_at DESC"]),
        ("SELECT 1 FROM entries e ORDER BY e.published_at DESC NULLS LAST, e.id LIMIT 3", []),
        ("SELECT 1 FROM entries ORDER BY dated_at DESC, id", []),
        ("SELECT 1 FROM entries WHERE published_at < :x ORDER BY published_at, id", []),
        ("SELECT 1 FROM entries WHERE state = 'released' ORDER BY seq", []),
        ("SELECT 1 FROM entries WHERE state = 'waiting' ORDER BY seq", ["seq"]),
    ],
)
def test_the_lint_of_orders_finds_what_it_looks_for(sql: str, loose: list[str]) -> None:
    assert loose_orders(sql) == loose


@cache
def telling() -> dict[str, frozenset[str]]:
    """The columns of each table that are in a key: one of them ends an order."""
    connection = SqliteConnection(None)
    migrate(connection, now=NOW)
    found = {}
    for table in connection.database.table_names():
        shape = connection.database.table(table)
        unique = (index.columns for index in shape.indexes if index.unique)
        found[table] = frozenset(shape.pks).union(*unique)
    connection.close()
    return found


@pytest.mark.parametrize("name", STATEMENTS)
def test_an_order_ends_with_a_column_of_a_key_or_of_the_group(name: str) -> None:
    sql = bare(load("sqlite")[name])
    tables = set(re.findall(r"\w+", sql)) & telling().keys()
    keys = set(chain.from_iterable(telling()[table] for table in tables))
    groups = re.findall(r"GROUP\s+BY\s+(.+?)(?=\bORDER\b|\bHAVING\b|\)|;|$)", sql, re.DOTALL)
    keys.update(chain.from_iterable(re.findall(r"\w+", group) for group in groups))
    last = [re.findall(r"\w+", terms.split(",")[-1]) for terms in orders(sql)]
    assert [words for words in last if not keys.intersection(words)] == []


@pytest.mark.parametrize("name", STATEMENTS)
def test_what_is_cut_off_by_a_limit_is_ordered(name: str) -> None:
    sql = bare(load("sqlite")[name])
    assert len(re.findall(r"\bLIMIT\b", sql)) <= len(re.findall(r"\bORDER\s+BY\b", sql))
