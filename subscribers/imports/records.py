"""JSON records out of a stream, one at a time: what another program's API or export prints.

Takes an array, an object that holds one (`{"entries": [...]}`), or one object a line. A million records cost
the memory of a few.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO, cast

from subscribers.lines import Refused, refused

_BLOCK = 1 << 18
#: longest record taken
_LONGEST = 1 << 22
_ARRAY = re.compile(r'^\{[^\[]*?"(?:results|entries|subscribers|members)"\s*:\s*\[')

Record = Mapping[str, Any]


class Rest(io.RawIOBase):
    """A stream as a raw one, for `io.BufferedReader`, which looks ahead."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        found = self._stream.read(len(buffer))
        buffer[: len(found)] = found
        return len(found)


def ahead(stream: BinaryIO) -> tuple[BinaryIO, bytes]:
    """The stream, and how it begins: nothing of it is lost."""
    buffered = io.BufferedReader(Rest(stream), _BLOCK)
    # A generic of its raw stream for mypy, and a stream of bytes all the same.
    return cast("BinaryIO", buffered), buffered.peek(_BLOCK)


def is_json(start: bytes) -> bool:
    return start.removeprefix(b"\xef\xbb\xbf").lstrip().startswith((b"[", b"{"))


def records(stream: BinaryIO) -> Iterator[tuple[int, Record] | Refused]:
    """Every record with its number, from 1. After what is no JSON nothing more is read."""
    text = io.TextIOWrapper(stream, "utf-8-sig", errors="replace")
    buffer = text.read(_BLOCK).lstrip()
    whole = _ARRAY.match(buffer)
    in_array = bool(whole) or buffer.startswith("[")
    at = whole.end() if whole else int(in_array)
    number = 0
    while True:
        at = _skip(buffer, at)
        if at == len(buffer):
            buffer, at = text.read(_BLOCK), 0
            if not buffer:
                if in_array:
                    yield refused(number + 1, "The file ends before its array does.")
                return
            continue
        if in_array and buffer[at] == "]":
            return
        found = _decoded(buffer, at)
        if found is None:
            more = text.read(_BLOCK)
            if not more or len(buffer) - at > _LONGEST:
                yield refused(number + 1, "This is not JSON, or not a record.", value=buffer[at : at + 80])
                return
            buffer, at = buffer[at:] + more, 0
            continue
        record, at = found
        number += 1
        if isinstance(record, dict):
            yield number, record
        else:
            yield refused(number, "This is not a record.", value=record)


def _skip(buffer: str, at: int) -> int:
    while at < len(buffer) and buffer[at] in ", \t\r\n":
        at += 1
    return at


def _decoded(buffer: str, at: int) -> tuple[Any, int] | None:
    try:
        return json.JSONDecoder().raw_decode(buffer, at)
    except (ValueError, RecursionError):
        return None
