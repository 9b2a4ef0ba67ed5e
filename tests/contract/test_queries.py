"""The loader of named statements."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from digest.errors import StorageError
from digest.storage.queries import Query, load_from, parse


def one(text: str) -> Query:
    (query,) = parse(text, "some.sql")
    return query


def test_a_statement_has_its_name_its_text_and_its_place() -> None:
    _, second = parse(
        "-- A comment of the file.\n\n-- name: a()\nSELECT 1;\n\n-- name: b(x)\nSELECT :x;\n", "some.sql"
    )
    assert (second.name, second.sql, second.place) == ("b", "SELECT :x", "some.sql:6")
    assert second.parameters == {"x"}


@pytest.mark.parametrize("head", ["a()", "a(x, y)"])
def test_declared_and_used_parameters_must_agree(head: str) -> None:
    with pytest.raises(StorageError, match=r"some\.sql:1: a declares .* but uses \['x'\]"):
        parse(f"-- name: {head}\nSELECT :x", "some.sql")


@pytest.mark.parametrize(
    "body",
    [
        "SELECT ':no' || :x",
        'SELECT ":no" || :x',
        "SELECT :x -- not :no",
        "SELECT 'it''s :no', :x",
        "SELECT :x::no",
    ],
)
def test_strings_names_comments_and_casts_hold_no_parameters(body: str) -> None:
    assert one(f"-- name: a(x)\n{body}").parameters == {"x"}


def test_a_parameter_used_twice_is_one() -> None:
    assert one("-- name: a(x)\nSELECT :x, :x").parameters == {"x"}


@pytest.mark.parametrize("head", ["-- name: a", "--name: a b()", " -- name: a()", "-- Name: a()"])
def test_a_head_that_is_not_understood_is_an_error_not_a_comment(head: str) -> None:
    with pytest.raises(StorageError, match="head"):
        parse(f"-- name: first()\nSELECT 1;\n{head}\nSELECT 2;", "some.sql")


def test_psycopg_gets_its_own_parameters_and_doubled_percents() -> None:
    query = one("-- name: a(x)\nSELECT :x || '%', ':x', 7 % 2 -- 5 % of :x")
    assert query.for_psycopg() == "SELECT %(x)s || '%%', ':x', 7 %% 2 -- 5 %% of :x"


def test_two_statements_of_one_name_are_refused_with_both_places(tmp_path: Path) -> None:
    (tmp_path / "a.sql").write_text("-- name: twice()\nSELECT 1", encoding="utf-8")
    (tmp_path / "b.sql").write_text("\n-- name: twice()\nSELECT 2", encoding="utf-8")
    with pytest.raises(StorageError, match=r"b\.sql:2: twice stands in a\.sql:1 too"):
        load_from(tmp_path, "sqlite")


def test_the_engines_folder_overrides_by_name(tmp_path: Path) -> None:
    (tmp_path / "postgres").mkdir()
    (tmp_path / "a.sql").write_text(
        "-- name: claim()\nSELECT 1;\n-- name: other()\nSELECT 3", encoding="utf-8"
    )
    (tmp_path / "postgres" / "a.sql").write_text("-- name: claim()\nSELECT 2", encoding="utf-8")
    queries = load_from(tmp_path, "postgres")
    assert (queries["claim"].sql, queries["other"].sql) == ("SELECT 2", "SELECT 3")


def test_another_engines_folder_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "postgres").mkdir()
    (tmp_path / "a.sql").write_text("-- name: claim()\nSELECT 1", encoding="utf-8")
    (tmp_path / "postgres" / "a.sql").write_text("-- name: claim()\nSELECT 2", encoding="utf-8")
    assert load_from(tmp_path, "sqlite")["claim"].sql == "SELECT 1"


def test_an_engine_without_a_folder_takes_the_shared_statements(tmp_path: Path) -> None:
    (tmp_path / "a.sql").write_text("-- name: claim()\nSELECT 1", encoding="utf-8")
    shutil.rmtree(tmp_path / "postgres", ignore_errors=True)
    assert set(load_from(tmp_path, "postgres")) == {"claim"}


def test_an_override_takes_the_same_parameters(tmp_path: Path) -> None:
    (tmp_path / "sqlite").mkdir()
    (tmp_path / "a.sql").write_text("-- name: claim(now)\nSELECT :now", encoding="utf-8")
    (tmp_path / "sqlite" / "a.sql").write_text("-- name: claim(at)\nSELECT :at", encoding="utf-8")
    with pytest.raises(StorageError, match=r"a\.sql:1: claim overrides a\.sql:1 with other parameters"):
        load_from(tmp_path, "sqlite")
