"""The laws of a connection: units of work, rows and values, and errors as sentences."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from digest.errors import StorageError
from digest.storage.migrate import migrate
from digest.storage.sqlite import SqliteConnection, refuse_old

NOW = datetime(2026, 11, 22, 3, tzinfo=UTC)
AT = "2026-11-22T03:00:00.000000Z"


class Stop(Exception):
    """Raised to leave a unit of work."""


@pytest.fixture(params=["memory", "file"])
def connection(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SqliteConnection]:
    opened = SqliteConnection(tmp_path / "digest.db" if request.param == "file" else None, busy_timeout_ms=10)
    migrate(opened, now=NOW)
    yield opened
    opened.close()


@pytest.fixture
def two(tmp_path: Path) -> Iterator[tuple[SqliteConnection, SqliteConnection]]:
    """Two connections to one file."""
    path = tmp_path / "digest.db"
    pair = SqliteConnection(path, busy_timeout_ms=10), SqliteConnection(path, busy_timeout_ms=10)
    migrate(pair[0], now=NOW)
    yield pair
    for one in pair:
        one.close()


def raise_notice(connection: SqliteConnection, subject: str) -> None:
    connection.run("raise_notice", kind="test", subject=subject, words="", now=AT)


def unit(connection: SqliteConnection, *acts: Callable[[], object]) -> None:
    """All of `acts` in one unit of work."""
    with connection.atomic():
        for act in acts:
            act()


def stop(error: type[BaseException] = Stop) -> None:
    raise error


def subjects(connection: SqliteConnection) -> list[str]:
    return [row["subject"] for row in connection.rows("open_notices")]


def test_a_unit_of_work_is_kept_at_its_end(two: tuple[SqliteConnection, SqliteConnection]) -> None:
    one, other = two
    with one.atomic():
        raise_notice(one, "a")
        assert subjects(other) == []
    assert subjects(other) == ["a"]


@pytest.mark.parametrize("error", [Stop, KeyboardInterrupt])
def test_any_exception_takes_a_unit_of_work_back(
    connection: SqliteConnection, error: type[BaseException]
) -> None:
    with pytest.raises(error):
        unit(connection, lambda: raise_notice(connection, "a"), lambda: stop(error))
    assert subjects(connection) == []


def test_a_nested_unit_of_work_joins_the_outer_one(connection: SqliteConnection) -> None:
    with pytest.raises(Stop):
        unit(connection, lambda: unit(connection, lambda: raise_notice(connection, "a")), stop)
    assert subjects(connection) == []


def test_a_unit_of_work_can_be_tried_again(connection: SqliteConnection) -> None:
    with pytest.raises(Stop), connection.atomic():
        raise Stop
    with connection.atomic():
        raise_notice(connection, "a")
    assert subjects(connection) == ["a"]


def test_a_unit_of_work_takes_the_write_lock_at_its_start(
    two: tuple[SqliteConnection, SqliteConnection],
) -> None:
    one, other = two
    with one.atomic(), pytest.raises(StorageError, match="locked by another program"), other.atomic():
        pass


def test_a_unit_of_work_that_the_engine_ended_takes_no_more_writes(connection: SqliteConnection) -> None:
    with pytest.raises(StorageError, match="already rolled this unit of work back"):
        unit(
            connection,
            lambda: raise_notice(connection, "a"),
            lambda: connection.database.execute("ROLLBACK"),  # as SQLite does by itself after an I/O error
            lambda: raise_notice(connection, "b"),
        )
    assert subjects(connection) == []


def test_a_unit_of_work_that_the_engine_ended_does_not_pass_for_kept(connection: SqliteConnection) -> None:
    with pytest.raises(StorageError, match="already rolled this unit of work back"):
        unit(
            connection,
            lambda: raise_notice(connection, "a"),
            lambda: connection.database.execute("ROLLBACK"),
        )


def test_a_full_disk_takes_the_unit_of_work_back_and_says_so(connection: SqliteConnection) -> None:
    pages = connection.database.execute("PRAGMA page_count").fetchone()[0]
    connection.database.execute(f"PRAGMA max_page_count = {pages + 8}")
    with pytest.raises(StorageError, match="no room left") as caught:
        unit(
            connection,
            lambda: raise_notice(connection, "a"),
            lambda: raise_notice(connection, "b" * 100_000),
        )
    assert caught.value.mend == "Free some space and run again."
    assert subjects(connection) == []


def test_after_a_full_disk_the_same_connection_goes_on(connection: SqliteConnection) -> None:
    pages = connection.database.execute("PRAGMA page_count").fetchone()[0]
    connection.database.execute(f"PRAGMA max_page_count = {pages + 8}")
    with pytest.raises(StorageError), connection.atomic():
        raise_notice(connection, "b" * 100_000)
    connection.database.execute("PRAGMA max_page_count = 1000000")
    with connection.atomic():
        raise_notice(connection, "b" * 100_000)
    assert len(subjects(connection)) == 1


def test_rows_are_mappings_fetched_at_once(connection: SqliteConnection) -> None:
    raise_notice(connection, "a")
    found = connection.rows("open_notices")
    raise_notice(connection, "b")
    assert [row["subject"] for row in found] == ["a"]


def test_a_row_is_none_when_there_is_none(connection: SqliteConnection) -> None:
    assert connection.row("list_by_slug", slug="nobody") is None


def test_two_rows_where_one_was_expected_are_an_error(connection: SqliteConnection) -> None:
    raise_notice(connection, "a")
    raise_notice(connection, "b")
    with pytest.raises(StorageError, match="open_notices gave 2 rows"):
        connection.row("open_notices")


def test_a_value_is_the_first_column(connection: SqliteConnection) -> None:
    raise_notice(connection, "a")
    assert connection.value("open_notices") == connection.rows("open_notices")[0]["id"]


def test_a_value_is_none_without_a_row(connection: SqliteConnection) -> None:
    assert connection.value("night_settings", night="2026-11-22") is None


def test_run_says_how_many_rows_it_changed(connection: SqliteConnection) -> None:
    raise_notice(connection, "a")
    changed = [connection.run("settle_notice", kind="test", subject="a", now=AT) for _ in range(2)]
    assert changed == [1, 0]


def test_run_many_runs_once_for_each_mapping(connection: SqliteConnection) -> None:
    connection.run_many("keep_list", ({"slug": slug, "title": slug} for slug in "cab"))
    assert [row["slug"] for row in connection.rows("lists")] == ["a", "b", "c"]


def test_the_wrong_parameters_are_named(connection: SqliteConnection) -> None:
    with pytest.raises(StorageError, match=r"list_by_slug takes \['slug'\], not \['id'\]"):
        connection.row("list_by_slug", id=1)


def test_the_wrong_parameters_of_one_among_many_are_named(connection: SqliteConnection) -> None:
    with pytest.raises(StorageError, match=r"keep_list takes \['slug', 'title'\], not \['slug'\]"):
        connection.run_many("keep_list", [{"slug": "a", "title": "A"}, {"slug": "b"}])


@pytest.mark.parametrize("value", [True, NOW, NOW.date()])
def test_a_value_that_the_next_engine_would_store_otherwise_is_refused(
    connection: SqliteConnection, value: object
) -> None:
    with pytest.raises(StorageError, match="convert it in rows"):
        connection.row("list_by_slug", slug=value)


@pytest.mark.parametrize("value", [2**63, "\ud800", object()])
def test_a_value_that_the_engine_cannot_hold_is_an_error_of_ours(
    connection: SqliteConnection, value: object
) -> None:
    with pytest.raises(StorageError, match=r"lists\.sql:\d+"):
        connection.row("list_by_slug", slug=value)
    with pytest.raises(StorageError, match=r"lists\.sql:\d+"):
        connection.run_many("keep_list", [{"slug": "a", "title": value}])


def test_an_error_of_whoever_gives_the_values_stays_theirs(connection: SqliteConnection) -> None:
    def rows() -> Iterator[dict[str, object]]:
        yield {"slug": "a", "title": "A"}
        raise FileNotFoundError

    with pytest.raises(FileNotFoundError):
        unit(connection, lambda: connection.run_many("keep_list", rows()))
    assert connection.rows("lists") == []


def test_a_statement_that_nobody_wrote_is_an_error(connection: SqliteConnection) -> None:
    with pytest.raises(StorageError, match="no statement is called nothing"):
        connection.rows("nothing")


def test_a_broken_law_of_the_schema_names_the_statement(connection: SqliteConnection) -> None:
    with pytest.raises(StorageError, match=r"CHECK constraint failed.*at keys\.sql:\d+"):
        connection.row("add_key", purpose="another", secret=b"", now=AT)


def test_foreign_keys_hold(connection: SqliteConnection) -> None:
    assert connection.database.execute("PRAGMA foreign_keys").fetchone()[0] == 1


def test_every_commit_is_durable(connection: SqliteConnection) -> None:
    assert connection.database.execute("PRAGMA synchronous").fetchone()[0] == 2


def test_a_file_is_written_ahead(two: tuple[SqliteConnection, SqliteConnection]) -> None:
    assert two[0].database.execute("PRAGMA journal_mode").fetchone()[0] == "wal"


def test_a_connection_may_be_handed_to_another_thread_and_back(connection: SqliteConnection) -> None:
    """Deliver's scribe commits while its run touches nothing; then it is the run's turn again."""
    found: list[list[str]] = []

    def elsewhere() -> None:
        unit(connection, lambda: raise_notice(connection, "a"))
        found.append(subjects(connection))

    thread = threading.Thread(target=elsewhere)
    thread.start()
    thread.join()
    unit(connection, lambda: raise_notice(connection, "b"))

    assert (found, subjects(connection)) == ([["a"]], ["a", "b"])


def test_closing_takes_back_what_was_open(tmp_path: Path) -> None:
    path = tmp_path / "digest.db"
    connection = SqliteConnection(path)
    migrate(connection, now=NOW)
    with pytest.raises(StorageError, match="closed"):
        unit(connection, lambda: raise_notice(connection, "a"), connection.close)
    again = SqliteConnection(path)
    assert subjects(again) == []
    again.close()


def test_a_closed_connection_is_a_sentence_too(connection: SqliteConnection) -> None:
    connection.close()
    connection.close()
    with pytest.raises(StorageError, match="closed"):
        connection.rows("lists")


def test_a_database_that_may_not_be_written_is_named(connection: SqliteConnection) -> None:
    connection.database.execute("PRAGMA query_only = ON")
    with pytest.raises(StorageError, match="cannot be written") as caught:
        raise_notice(connection, "a")
    assert caught.value.mend is not None


def test_a_sqlite_that_cannot_read_our_schema_is_refused() -> None:
    with pytest.raises(StorageError, match=r"SQLite 3\.34\.1 is too old; 3\.37\.0"):
        refuse_old((3, 34, 1))


def test_the_oldest_sqlite_that_can_is_not_refused() -> None:
    refuse_old((3, 37, 0))
