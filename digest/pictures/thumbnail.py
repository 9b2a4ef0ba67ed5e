"""A small picture as a mail may show it, and the only form in which one leaves the process that made it."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

#: pixels; the column of a mail is 640 wide (mail E19)
WIDEST, TALLEST = 600, 800
#: bytes of a file
HEAVIEST = 60_000

Kind = Literal["jpg", "png"]
#: how the files of each kind begin, and how the kind is written in an answer
_BEGINS: Mapping[Kind, bytes] = MappingProxyType({"jpg": b"\xff\xd8\xff", "png": b"\x89PNG\r\n\x1a\n"})
#: kind, width, height
_HEAD = struct.Struct(">3sHH")
LONGEST_ANSWER = _HEAD.size + HEAVIEST


@dataclass(frozen=True, slots=True, kw_only=True)
class Thumbnail:
    """A finished file: no metadata, no transparency, one frame."""

    kind: Kind
    width: int
    height: int
    data: bytes


def framed(thumbnail: Thumbnail) -> bytes:
    return _HEAD.pack(thumbnail.kind.encode(), thumbnail.width, thumbnail.height) + thumbnail.data


def answer_in(payload: bytes) -> Thumbnail | None:
    """What a process answered; None for anything else. A picture may have taken that process over: nothing
    but a small file of our two kinds gets through, whatever it says."""
    if not _HEAD.size < len(payload) <= LONGEST_ANSWER:
        return None
    named, width, height = _HEAD.unpack_from(payload)
    data = payload[_HEAD.size :]
    if not (0 < width <= WIDEST and 0 < height <= TALLEST):
        return None
    for kind, begin in _BEGINS.items():
        if named == kind.encode() and data.startswith(begin):
            return Thumbnail(kind=kind, width=width, height=height, data=data)
    return None
