"""Mailchimp's audience export: a ZIP of one CSV for the subscribed, the unsubscribed and the cleaned each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from subscribers.addresses import BadAddress, ip_prefix, parse
from subscribers.cells import language_told
from subscribers.lines import Reading, Refused, Row, refused
from subscribers.model import Reason
from subscribers.sheet import Sheet, Told, name_of

#: which file of the ZIP it is, by a column that only that one has
_BY_COLUMN = {"unsub time": Reason.UNSUBSCRIBED, "clean time": Reason.HARD}
#: or by how its name begins
_BY_NAME = {"unsubscribed": Reason.UNSUBSCRIBED, "cleaned": Reason.HARD}


def read(stream: BinaryIO, name: str) -> Reading:
    sheet = Sheet(stream)
    return Reading(_rows(sheet, name.lower()), header=sheet.header, say=sheet.notes)


def _rows(sheet: Sheet, name: str) -> Iterator[Row | Refused]:
    columns = [name_of(each) for each in sheet.header]
    if sheet.fault or "email address" not in columns:
        yield Refused(1, sheet.fault or 'There is no column "Email Address": is it Mailchimp\'s export?')
        return
    barred = next((reason for column, reason in _BY_COLUMN.items() if column in columns), None)
    barred = barred or next((reason for start, reason in _BY_NAME.items() if name.startswith(start)), None)
    # Whoever bought something, and never asked for mail.
    never_asked = name.startswith(("nonsubscribed", "non-subscribed", "non_subscribed"))
    for each in sheet.rows(columns):
        yield each if isinstance(each, Refused) else _row(each, barred, never_asked=never_asked)


def _row(line: Told, barred: Reason | None, *, never_asked: bool) -> Row | Refused:
    told = line.told
    email = told.get("email address", "")
    address = parse(email)
    if isinstance(address, BadAddress):
        return refused(line.line, address.words, value=email, cells=line.cells)
    if barred is Reason.UNSUBSCRIBED and any(
        word in told.get("unsub reason", "").lower() for word in ("spam", "abuse")
    ):
        barred = Reason.COMPLAINT
    return Row(
        line=line.line,
        address=address,
        language=language_told(told.get("language", "")),
        left=never_asked and barred is None,
        barred=barred,
        told=_told(told),
        ip_prefix=ip_prefix(told.get("confirm ip") or told.get("optin ip", "")),
    )


def _told(told: dict[str, str]) -> str:
    """What the export says about when they came and went."""
    times = {
        "optin time": "asked",
        "confirm time": "confirmed",
        "unsub time": "unsubscribed",
        "clean time": "cleaned",
    }
    said = [f"{word} {told[column][:19]}" for column, word in times.items() if told.get(column)]
    return f"Mailchimp: {', '.join(said)}" if said else "Mailchimp"
