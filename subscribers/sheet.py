"""A CSV as the world writes it: any usual delimiter, UTF-8 or windows-1252, bad lines as values.

It knows no column; who reads people names them (`csv_in`, `imports`).
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO

from subscribers.lines import Refused, refused

#: what makes a spreadsheet run a cell; an apostrophe before it is ours and is taken off again
FORMULA = ("=", "+", "-", "@", "\t", "\r")
#: longest line taken; what is longer is no line of a list of people
_LONGEST = 100_000


@dataclass(frozen=True, slots=True)
class Told:
    """One line, by the names its reader gave the columns."""

    line: int
    told: dict[str, str]
    cells: tuple[str, ...]


class Sheet:
    """The lines of a CSV whose first line names its columns."""

    def __init__(self, stream: BinaryIO) -> None:
        self._lines = _Lines(stream)
        self._reader = csv.reader(self._lines, delimiter=delimiter_of(self._lines.first), strict=True)
        self.header = () if self._lines.utf16 else self._first()

    @property
    def fault(self) -> str | None:
        """Why nothing of it can be read."""
        return "This file is UTF-16. Save it as CSV in UTF-8." if self._lines.utf16 else None

    def notes(self) -> tuple[str, ...]:
        """What there is to say of the file, once it was read."""
        odd = self._lines.not_utf8
        if not odd:
            return ()
        was = "1 line is" if odd == 1 else f"{odd:,} lines are"
        return (f"{was} not UTF-8, and read as windows-1252. If accents came out wrong, save it as UTF-8.",)

    def rows(self, columns: Sequence[str | None]) -> Iterator[Told | Refused]:
        """The lines under the first. A column called None is passed over; empty lines are, too."""
        named = [(at, column) for at, column in enumerate(columns) if column]
        while True:
            line = self._lines.number + 1
            try:
                cells = next(self._reader)
            except StopIteration:
                return
            except csv.Error as cause:
                until = f" (up to line {self._lines.number})" if self._lines.number > line else ""
                yield refused(line, f"This is not a line of CSV: {cause}{until}.")
                continue
            width = len(cells)
            told = {column: _cell(cells[at]) for at, column in named if at < width}
            if any(told.values()):
                yield Told(line, told, tuple(cells))

    def _first(self) -> tuple[str, ...]:
        try:
            return tuple(cell.strip("\ufeff") for cell in next(self._reader, []))
        except csv.Error:
            return ()


class _Lines:
    """Lines of text from bytes: each as UTF-8, or else as windows-1252, for files pasted together."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.number = 0
        self.not_utf8 = 0
        start = stream.readline(_LONGEST)
        self.utf16 = start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
        self.first = self._text(start.removeprefix(codecs.BOM_UTF8))

    def __iter__(self) -> Iterator[str]:
        self.number = 1
        yield self.first
        while line := self._stream.readline(_LONGEST):
            self.number += 1
            yield self._text(line)

    def _text(self, line: bytes) -> str:
        try:
            return line.decode("utf-8")
        except UnicodeDecodeError:
            self.not_utf8 += 1
            return line.decode("cp1252", errors="replace")


def delimiter_of(header: str) -> str:
    """The one that parts the header most; a comma where there is one column."""
    return max(",;\t", key=header.count)


def name_of(header: str) -> str:
    """A column's name, so that "E-Mail_Address " and "e-mail address" are one."""
    return re.sub(r"[\s_]+", " ", header.strip().strip("\ufeff").lower())


def line_out(cells: Sequence[str]) -> str:
    """One line of CSV. A cell that a spreadsheet would run as a formula gets an apostrophe before it, and so
    does one that already begins that way: what is read again is what was written."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerow([_safe(cell) for cell in cells])
    return out.getvalue()


def _safe(cell: str) -> str:
    return f"'{cell}" if cell.lstrip("'").startswith(FORMULA) else cell


def _cell(text: str) -> str:
    text = text.strip(" \t\xa0")
    return text[1:] if text.startswith("'") and text.lstrip("'").startswith(FORMULA) else text
