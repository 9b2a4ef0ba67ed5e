"""CSV lines to rows: our own columns, by many names in French and English, or as they are mapped.

A line that cannot be taken is a value with its number and the reason; the lines after it are read on.
Nothing here knows who is already there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import BinaryIO

from subscribers import cells
from subscribers.addresses import BadAddress, parse
from subscribers.catalogue import Catalogue, Unknown, wishes_from
from subscribers.lines import Reading, Refused, Row, refused
from subscribers.model import Consent, Wishes
from subscribers.sheet import Sheet, Told, name_of

__all__ = ["COLUMNS", "Refused", "Row", "columns_of", "read"]

#: our columns, and what they are called; an earlier name is believed before a later one
COLUMNS = {
    "email": (
        *("email", "e-mail", "mail", "email address", "e-mail address", "adresse email", "adresse e-mail"),
        *("adresse mail", "adresse électronique", "courriel", "adresse courriel", "adresse de courriel"),
        *("mél", "address", "adresse"),
    ),
    "cadence": ("cadence", "frequency", "fréquence", "périodicité", "rythme"),
    "weekday": ("weekday", "day", "jour", "jour de la semaine"),
    "hour": ("hour", "heure"),
    "timezone": ("timezone", "time zone", "tz", "fuseau", "fuseau horaire"),
    "language": ("language", "lang", "langue", "preferred language", "locale"),
    "format": ("format",),
    "mute": ("mute", "muted", "except", "sauf"),
    "only": ("only", "follow", "seulement", "uniquement"),
    "consent": ("consent", "consentement", "status", "statut"),
}
_NO_EMAIL = 'There is no column "email" in the first line.'


def read(stream: BinaryIO, catalogue: Catalogue, *, mapped: Mapping[str, str] | None = None) -> Reading:
    """The people of a CSV file. `mapped`: our column -> the file's own name for it."""
    sheet = Sheet(stream)
    return Reading(_rows(sheet, catalogue, mapped or {}), header=sheet.header, say=sheet.notes)


def columns_of(header: Sequence[str], mapped: Mapping[str, str]) -> list[str | None] | Unknown:
    """Which of our columns each column of the file is; None: one that is passed over."""
    names = [name_of(each) for each in header]
    found: list[str | None] = [None] * len(names)
    for column, theirs in mapped.items():
        if name_of(theirs) not in names:
            there = ", ".join(each for each in header if each) or "nothing"
            return Unknown(f'There is no column "{theirs}" in the first line; it has {there}.')
        found[names.index(name_of(theirs))] = column
    for column in COLUMNS.keys() - mapped.keys():
        at = next((names.index(name) for name in COLUMNS[column] if name in names), None)
        if at is not None and found[at] is None:
            found[at] = column
    return found if "email" in found else Unknown(_NO_EMAIL)


def _rows(sheet: Sheet, catalogue: Catalogue, mapped: Mapping[str, str]) -> Iterator[Row | Refused]:
    if sheet.fault:
        yield Refused(1, sheet.fault)
        return
    columns = columns_of(sheet.header, mapped)
    if isinstance(columns, Unknown):
        yield Refused(1, columns.words)
        return
    for each in sheet.rows(columns):
        yield each if isinstance(each, Refused) else _row(each, catalogue)


def _row(line: Told, catalogue: Catalogue) -> Row | Refused:
    told = line.told
    email = told.get("email", "")
    address = parse(email)
    if isinstance(address, BadAddress):
        return refused(line.line, address.words, value=email, cells=line.cells)
    wishes = _wishes(told, catalogue)
    if isinstance(wishes, Unknown):
        return refused(line.line, wishes.words, value=email, cells=line.cells)
    try:
        consent = cells.consent(told.get("consent", ""))
        return Row(
            line=line.line,
            address=address,
            cadence=cells.cadence(told.get("cadence", "")),
            weekday=cells.weekday(told.get("weekday", "")),
            hour=cells.hour(told.get("hour", "")),
            timezone=cells.timezone(told.get("timezone", "")),
            language=cells.language(told.get("language", "")),
            format=cells.format_(told.get("format", "")),
            wishes=wishes,
            left=consent is Consent.UNSUBSCRIBED,
            unconfirmed=consent is Consent.UNCONFIRMED,
        )
    except cells.Unread as cause:
        return refused(line.line, str(cause), value=email, cells=line.cells)


def _wishes(told: Mapping[str, str], catalogue: Catalogue) -> Wishes | Unknown | None:
    if not (told.get("mute") or told.get("only")):
        return None
    mute, only = (re.split(r"[\s,;|]+", told.get(column, "")) for column in ("mute", "only"))
    return wishes_from(catalogue, mute=filter(None, mute), only=filter(None, only))
