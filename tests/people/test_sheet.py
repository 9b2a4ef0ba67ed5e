"""CSV cells: no formula goes out, and what goes out comes back."""

from __future__ import annotations

import csv
import io
from importlib import import_module

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subscribers.lines import Refused, refused
from subscribers.sheet import FORMULA, Sheet, line_out

#: what an address, a slug or a word of ours may hold, and what a spreadsheet fears
CELLS = st.text(
    st.one_of(st.sampled_from("'=+-@\"';,\n"), st.characters(exclude_categories=["Cs", "Cc", "Zs"])),
    max_size=12,
).map(str.strip)


def back(text: str) -> list[tuple[str, ...]]:
    sheet = Sheet(io.BytesIO(text.encode()))
    columns = [f"c{at}" for at in range(len(sheet.header))]
    found = list(sheet.rows(columns))
    return [tuple(each.told.values()) for each in found if not isinstance(each, Refused)]


@given(st.lists(CELLS, min_size=1, max_size=5).filter(any))
def test_what_goes_out_comes_back(cells: list[str]) -> None:
    assert back(line_out([f"c{at}" for at in range(len(cells))]) + line_out(cells)) == [tuple(cells)]


@given(st.text(max_size=20))
def test_no_cell_that_goes_out_is_a_formula(cell: str) -> None:
    (row,) = csv.reader(io.StringIO(line_out([cell, "x"]), newline=""))
    assert not row[0].startswith(FORMULA)


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@sum(a)", "\tx", "\rx", "'=1", "''+1"])
def test_each_start_of_a_formula_gets_an_apostrophe(cell: str) -> None:
    (row,) = csv.reader(io.StringIO(line_out([cell]), newline=""))
    assert row == [f"'{cell}"]


def test_a_name_with_an_apostrophe_stays_as_it_is() -> None:
    assert line_out(["o'neill", "'t"]) == "o'neill,'t\r\n"


def test_lines_of_another_encoding_are_counted_and_said() -> None:
    sheet = Sheet(io.BytesIO(b"email\n" + "é@a.example\n".encode("cp1252") * 2 + "é@b.example\n".encode()))
    assert len(list(sheet.rows(["email"]))) == 3
    assert "2 lines are not UTF-8, and read as windows-1252" in sheet.notes()[0]


def test_a_file_in_utf8_is_not_spoken_of() -> None:
    sheet = Sheet(io.BytesIO(b"\xef\xbb\xbfemail\n" + "é@a.example\n".encode()))
    assert (sheet.header, len(list(sheet.rows(["email"]))), sheet.notes()) == (("email",), 1, ())


def test_a_refusal_shows_no_control_character_and_no_endless_cell() -> None:
    found = refused(3, "a\x1b[2Jb" + "c" * 999, value="x\r\n" + "y" * 999)
    assert len(found.value) <= 48
    assert len(found.words) <= 240
    assert found.value.isprintable()
    assert found.words.isprintable()


def test_there_is_no_other_writer_of_csv_among_people() -> None:
    """Every cell that leaves goes through `line_out`."""
    for name in ("csv_out", "transfer", "csv_in", "lines"):
        assert not hasattr(import_module(f"subscribers.{name}"), "csv")
