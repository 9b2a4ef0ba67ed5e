"""Mailman 3: what `mailman members` prints, its REST API's `members` as JSON, or the same fields as CSV.

Mailman 2's `list_members` prints the same lines.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping
from functools import partial
from typing import BinaryIO

from subscribers.addresses import BadAddress, parse
from subscribers.cells import language_told
from subscribers.imports.records import ahead, is_json, records
from subscribers.lines import Reading, Refused, Row, refused
from subscribers.model import Format, Reason
from subscribers.sheet import Sheet, delimiter_of, name_of

#: by delivery_status; who turned mail off themselves is merely not brought
_BARRED = {"bybounces": Reason.HARD, "bymoderator": Reason.ADMIN}
_OFF = ("byuser", *_BARRED)
#: "Anne Person <anne@example.com>"
_NAMED = re.compile(r"<([^<>]*)>$")


def read(stream: BinaryIO, _name: str) -> Reading:
    buffered, start = ahead(stream)
    if is_json(start):
        return Reading(_of_json(buffered))
    first = start.removeprefix(b"\xef\xbb\xbf").partition(b"\n")[0].decode("utf-8", "replace")
    names = [name_of(each) for each in first.strip().replace('"', "").split(delimiter_of(first))]
    if "email" in names or "address" in names:
        sheet = Sheet(buffered)
        return Reading(_of_sheet(sheet), header=sheet.header, say=sheet.notes)
    return Reading(_of_lines(buffered))


def _of_json(stream: BinaryIO) -> Iterator[Row | Refused]:
    for each in records(stream):
        if isinstance(each, Refused):
            yield each
            continue
        number, record = each
        told = {name_of(key): str(value) for key, value in record.items() if value is not None}
        yield _row(number, told, cells=tuple(map(str, record.values())))


def _of_sheet(sheet: Sheet) -> Iterator[Row | Refused]:
    for each in sheet.rows([name_of(column) for column in sheet.header]):
        yield each if isinstance(each, Refused) else _row(each.line, each.told, cells=each.cells)


def _of_lines(stream: BinaryIO) -> Iterator[Row | Refused]:
    """ "Anne Person <anne@example.com>", or the address alone; empty lines and remarks are passed over."""
    text = io.TextIOWrapper(stream, "utf-8-sig", errors="replace")
    for number, raw in enumerate(iter(partial(text.readline, 10_000), ""), start=1):
        line = raw.strip()
        if not line or line.startswith("#"):
            continue
        named = _NAMED.search(line)
        yield _row(number, {"email": named[1] if named else line}, cells=(line,))


def _row(line: int, told: Mapping[str, str], *, cells: tuple[str, ...]) -> Row | Refused:
    # In the REST API's answers "address" is a link, and "email" the address.
    email = told.get("email") or told.get("address", "")
    address = parse(email)
    if isinstance(address, BadAddress):
        return refused(line, address.words, value=email, cells=cells)
    role = _word(told.get("role", "")) or "member"
    if role != "member":
        return refused(line, f"On the list as {role}, not as a member.", value=email, cells=cells)
    status = _word(told.get("delivery status", ""))
    off = f"Mailman: mail turned off {status[:2]} {status[2:]}" if status in _OFF else "Mailman"
    return Row(
        line=line,
        address=address,
        language=language_told(told.get("preferred language", "")),
        format=Format.TEXT if _word(told.get("delivery mode", "")).startswith("plaintext") else None,
        left=status == "byuser",
        barred=_BARRED.get(status),
        told=off,
    )


def _word(text: str) -> str:
    """ "DeliveryStatus.by_bounces", "by bounces" and "bybounces" are one."""
    return text.rpartition(".")[2].lower().replace("_", "").replace(" ", "").replace("-", "")
