"""The schemas of both engines are one schema: the same tables, columns, types, NULLs, keys and references."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from importlib.resources import files

import psycopg
import pytest

from digest.storage.migrate import migrate
from digest.storage.sqlite import SqliteConnection
from tests.contract.postgres import postgres
from tests.contract.schema import NOW

TYPES = {"INTEGER": "bigint", "TEXT": "text", "BLOB": "bytea"}
Rows = set[tuple[object, ...]]


@pytest.fixture(scope="module")
def there() -> Iterator[psycopg.Connection]:
    with postgres() as connection:
        yield connection


@pytest.fixture
def here() -> Iterator[sqlite3.Connection]:
    connection = SqliteConnection(None)
    migrate(connection, now=NOW)
    yield connection.database.conn
    connection.close()


def asked(connection: psycopg.Connection, sql: bytes) -> Rows:
    return set(connection.execute(sql).fetchall())


def tables(here: sqlite3.Connection) -> list[str]:
    found = here.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT GLOB '_sqlite_*'")
    return [row[0] for row in found]


def test_every_migration_has_a_twin() -> None:
    folder = files("digest.storage") / "sql" / "migrations"
    found = {tuple(file.name.split(".")) for file in folder.iterdir() if file.name.endswith(".sql")}
    names = {name for name, *_ in found}
    assert found == {(name, engine, "sql") for name in names for engine in ("sqlite", "postgres")}


def test_tables_columns_types_and_nulls_agree(here: sqlite3.Connection, there: psycopg.Connection) -> None:
    ours: Rows = set()
    for table in tables(here):
        for column in here.execute(f"PRAGMA table_info({table})"):
            # The alias of the row id is never NULL, though it does not say so.
            nullable = not column["notnull"] and not (column["pk"] and column["type"] == "INTEGER")
            ours.add((table, column["name"], TYPES[column["type"]], nullable))
    assert ours == asked(
        there,
        b"SELECT table_name, column_name, data_type, is_nullable = 'YES' "
        b"FROM information_schema.columns WHERE table_schema = 'public'",
    )


def test_defaults_agree(here: sqlite3.Connection, there: psycopg.Connection) -> None:
    ours = {
        (table, column["name"], column["dflt_value"])
        for table in tables(here)
        for column in here.execute(f"PRAGMA table_info({table})")
        if column["dflt_value"] is not None
    }
    assert ours == asked(
        there,
        b"SELECT table_name, column_name, replace(column_default, '::text', '') "
        b"FROM information_schema.columns WHERE table_schema = 'public' AND column_default IS NOT NULL",
    )


def test_primary_and_unique_keys_agree(here: sqlite3.Connection, there: psycopg.Connection) -> None:
    ours: Rows = set()
    for table in tables(here):
        primary = [column for column in here.execute(f"PRAGMA table_info({table})") if column["pk"]]
        ours.add((table, tuple(column["name"] for column in sorted(primary, key=lambda one: one["pk"]))))
        for index in here.execute(f"PRAGMA index_list({table})"):
            if index["unique"]:
                columns = here.execute(f"PRAGMA index_info({index['name']})")
                ours.add((table, tuple(column["name"] for column in columns)))
    theirs = asked(
        there,
        b"""SELECT t.relname::text,
                   string_agg(a.attname, ' ' ORDER BY array_position(i.indkey::int2[], a.attnum))
            FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid
            JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = ANY (i.indkey)
            WHERE i.indisunique AND t.relnamespace = 'public'::regnamespace
            GROUP BY i.indexrelid, t.relname""",
    )
    assert ours == {(table, tuple(str(columns).split())) for table, columns in theirs}


def test_references_agree(here: sqlite3.Connection, there: psycopg.Connection) -> None:
    ours = {
        (table, reference["from"], reference["table"], reference["to"])
        for table in tables(here)
        for reference in here.execute(f"PRAGMA foreign_key_list({table})")
    }
    assert ours == asked(
        there,
        b"""SELECT c.conrelid::regclass::text, a.attname::text, c.confrelid::regclass::text, b.attname::text
            FROM pg_constraint c
            JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
            JOIN pg_attribute b ON b.attrelid = c.confrelid AND b.attnum = c.confkey[1]
            WHERE c.contype = 'f'""",
    )


def test_indexes_agree(here: sqlite3.Connection, there: psycopg.Connection) -> None:
    ours: Rows = set()
    for table in tables(here):
        for index in here.execute(f"PRAGMA index_list({table})"):
            # What is unique is compared with the keys.
            if index["origin"] == "c" and not index["unique"] and "_sqlite_" not in table:
                columns = " ".join(one["name"] for one in here.execute(f"PRAGMA index_info({index['name']})"))
                ours.add((index["name"], columns, bool(index["partial"])))
    assert ours == asked(
        there,
        b"""SELECT c.relname::text,
                   string_agg(a.attname, ' ' ORDER BY array_position(i.indkey::int2[], a.attnum)),
                   i.indpred IS NOT NULL
            FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
            JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)
            WHERE c.relnamespace = 'public'::regnamespace AND NOT i.indisunique
            GROUP BY i.indexrelid, c.relname, i.indpred""",
    )
