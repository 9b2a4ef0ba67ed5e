"""listmonk: its CSV of subscribers, the JSON of its API, or one subscriber a line.

The CSV has no lists; the JSON says how somebody stands on each of theirs.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

from subscribers.addresses import BadAddress, parse
from subscribers.cells import language_told
from subscribers.imports.records import ahead, is_json, records
from subscribers.lines import Reading, Refused, Row, refused
from subscribers.model import Reason
from subscribers.sheet import Sheet, name_of

#: attributes of theirs that say in which language somebody reads
_LANGUAGES = ("language", "lang", "langue", "locale")
_STATUSES = ("", "enabled", "disabled", "blocklisted", "blacklisted")


def read(stream: BinaryIO, _name: str) -> Reading:
    buffered, start = ahead(stream)
    if is_json(start):
        return Reading(_of_json(buffered))
    sheet = Sheet(buffered)
    return Reading(_of_sheet(sheet), header=sheet.header, say=sheet.notes)


def _of_json(stream: BinaryIO) -> Iterator[Row | Refused]:
    for each in records(stream):
        if isinstance(each, Refused):
            yield each
            continue
        number, record = each
        yield _row(number, record, record.get("attribs") or record.get("attributes"), tuple(record.values()))


def _of_sheet(sheet: Sheet) -> Iterator[Row | Refused]:
    columns = [name_of(column) for column in sheet.header]
    if sheet.fault or "email" not in columns:
        yield Refused(1, sheet.fault or 'There is no column "email": is it listmonk\'s export?')
        return
    for each in sheet.rows(columns):
        if isinstance(each, Refused):
            yield each
            continue
        yield _row(each.line, each.told, _attributes(each.told.get("attributes", "")), each.cells)


def _row(line: int, told: Mapping[str, Any], attributes: object, cells: tuple[Any, ...]) -> Row | Refused:
    email = str(told.get("email") or "")
    address = parse(email)
    if isinstance(address, BadAddress):
        return refused(line, address.words, value=email, cells=cells)
    status = str(told.get("status") or "").lower()
    if status not in _STATUSES:
        return refused(line, f'"{status}" is no status of listmonk\'s.', value=email, cells=cells)
    places = _places(told.get("lists"))
    blocked = status in ("blocklisted", "blacklisted")
    barred = Reason.ADMIN if blocked else Reason.UNSUBSCRIBED if places == {"unsubscribed"} else None
    since = str(told.get("created at") or told.get("created_at") or "")[:19]
    return Row(
        line=line,
        address=address,
        language=_language(attributes),
        left=status == "disabled",
        barred=barred,
        unconfirmed=bool(places) and "confirmed" not in places and barred is None,
        told=f"listmonk: {status or 'there'}" + (f" since {since}" if since else ""),
    )


def _places(lists: object) -> set[str]:
    """How they stand on their lists: "confirmed", "unconfirmed", "unsubscribed"."""
    if not isinstance(lists, list):
        return set()
    found = set()
    for each in lists:
        if isinstance(each, dict):
            # Who joins a list of theirs with a single opt-in stays "unconfirmed" there, and is mailed.
            single = each.get("optin") == "single" and each.get("subscription_status") == "unconfirmed"
            found.add("confirmed" if single else str(each.get("subscription_status") or "confirmed"))
    return found


def _attributes(text: str) -> object:
    try:
        return json.loads(text) if text else None
    except (ValueError, RecursionError):
        return None


def _language(attributes: object) -> str | None:
    if not isinstance(attributes, dict):
        return None
    named = (attributes.get(name) for name in _LANGUAGES)
    return next((found for text in named if text and (found := language_told(str(text)))), None)
