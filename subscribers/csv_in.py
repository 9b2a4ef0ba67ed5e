"""CSV lines to rows: headers by many names, any usual delimiter, UTF-8 or windows-1252, line by line.

A line that cannot be taken is a value with its number and the reason; the lines after it are read on.
Nothing here knows who is already there.
"""

from __future__ import annotations

import codecs
import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import BinaryIO, TypeVar

from subscribers.addresses import Address, BadAddress, parse
from subscribers.catalogue import Catalogue, Unknown, wishes_from
from subscribers.model import Cadence, Consent, Format, Weekday, Wishes
from subscribers.slots import zone

#: what makes a spreadsheet run a cell; an apostrophe before it is ours and is taken off again
FORMULA = ("=", "+", "-", "@", "\t", "\r")
#: longest line taken; what is longer is no line of a list of people
_LONGEST = 100_000

_NAMES = {
    "email": ("email", "e-mail", "mail", "address", "email address", "adresse", "adresse email", "courriel"),
    "cadence": ("cadence", "frequency", "fréquence"),
    "weekday": ("weekday", "day", "jour"),
    "hour": ("hour", "heure"),
    "timezone": ("timezone", "time zone", "tz", "fuseau", "fuseau horaire"),
    "language": ("language", "lang", "langue"),
    "format": ("format",),
    "mute": ("mute", "muted"),
    "only": ("only", "follow"),
    "consent": ("consent", "status", "statut"),
}
_Words = TypeVar("_Words", bound=StrEnum)
_COLUMNS = {name: column for column, names in _NAMES.items() for name in names}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One person as a line tells them. None: the line does not say."""

    line: int
    address: Address
    cadence: Cadence | None = None
    weekday: Weekday | None = None
    hour: int | None = None
    timezone: str | None = None
    language: str | None = None
    format: Format | None = None
    wishes: Wishes | None = None
    #: the file itself says they left
    left: bool = False


@dataclass(frozen=True, slots=True)
class Refused:
    """A line that cannot be taken."""

    line: int
    words: str


def read(stream: BinaryIO, catalogue: Catalogue) -> Iterator[Row | Refused]:
    """The people of a CSV file, in its order. Empty lines are passed over."""
    lines = _Lines(stream)
    if lines.utf16:
        yield Refused(1, "This file is UTF-16. Save it as CSV in UTF-8.")
        return
    reader = csv.reader(lines, delimiter=_delimiter(lines.first), strict=True)
    columns = [_COLUMNS.get(_name(cell)) for cell in _names(reader)]
    if "email" not in columns:
        yield Refused(1, 'There is no column "email" in the first line.')
        return
    while True:
        line = lines.number + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as cause:
            until = f" (up to line {lines.number})" if lines.number > line else ""
            yield Refused(line, f"This is not a line of CSV: {cause}{until}.")
            continue
        told = {column: _cell(cell) for column, cell in zip(columns, cells, strict=False) if column}
        if any(told.values()):
            yield _row(line, told, catalogue)


class _Lines:
    """Lines of text from bytes: each as UTF-8, or else as windows-1252, for files pasted together."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.number = 0
        start = stream.readline(_LONGEST)
        self.utf16 = start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
        self.first = _text(start.removeprefix(codecs.BOM_UTF8))

    def __iter__(self) -> Iterator[str]:
        self.number = 1
        yield self.first
        while line := self._stream.readline(_LONGEST):
            self.number += 1
            yield _text(line)


def _names(reader: Iterator[list[str]]) -> list[str]:
    try:
        return next(reader, [])
    except csv.Error:
        return []


def _text(line: bytes) -> str:
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError:
        return line.decode("cp1252", errors="replace")


def _delimiter(header: str) -> str:
    """The one that parts the header most; a comma where there is one column."""
    return max(",;\t", key=header.count)


def _name(header: str) -> str:
    return re.sub(r"[\s_]+", " ", header.strip().strip("\ufeff").lower())


def _cell(text: str) -> str:
    text = text.strip(" \t\xa0")
    return text[1:] if text.startswith("'") and text[1:].startswith(FORMULA) else text


def _row(line: int, told: Mapping[str, str], catalogue: Catalogue) -> Row | Refused:
    address = parse(told.get("email", ""))
    if isinstance(address, BadAddress):
        return Refused(line, address.words)
    wishes = _wishes(told, catalogue)
    if isinstance(wishes, Unknown):
        return Refused(line, wishes.words)
    try:
        return Row(
            line=line,
            address=address,
            cadence=_one_of(Cadence, told.get("cadence", "")),
            weekday=_one_of(Weekday, told.get("weekday", "")),
            hour=_hour(told.get("hour", "")),
            timezone=_timezone(told.get("timezone", "")),
            language=_language(told.get("language", "")),
            format=_one_of(Format, told.get("format", "")),
            wishes=wishes,
            left=told.get("consent", "").lower() == Consent.UNSUBSCRIBED,
        )
    except _Unread as cause:
        return Refused(line, str(cause))


class _Unread(ValueError):
    """A cell that says nothing we know; the reason is its text."""


def _wishes(told: Mapping[str, str], catalogue: Catalogue) -> Wishes | Unknown | None:
    mute, only = (re.split(r"[\s,;|]+", told.get(column, "")) for column in ("mute", "only"))
    if not any((*mute, *only)):
        return None
    return wishes_from(catalogue, mute=filter(None, mute), only=filter(None, only))


def _one_of(words: type[_Words], text: str) -> _Words | None:
    if not text:
        return None
    try:
        return words(text.lower())
    except ValueError as cause:
        raise _Unread(f'"{text}" is none of {", ".join(words)}.') from cause


def _hour(text: str) -> int | None:
    """An hour as people write it: 7, 07, 7h, 07:00."""
    if not text:
        return None
    found = re.fullmatch(r"([01]?[0-9]|2[0-3])(?:h|:00|h00)?", text.lower())
    if not found:
        raise _Unread(f'"{text}" is no hour: a number from 0 to 23.')
    return int(found[1])


def _timezone(text: str) -> str | None:
    if text and zone(text) is None:
        raise _Unread(f'"{text}" is no time zone: names look like "Europe/Paris".')
    return text or None


def _language(text: str) -> str | None:
    if text.lower() not in ("", "fr", "en"):
        raise _Unread(f'Mails are written in "fr" and "en", not in "{text}".')
    return text.lower() or None
