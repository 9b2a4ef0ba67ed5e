"""Quoted-printable (RFC 2045 §6.7) as whole CRLF lines of at most 76 bytes, with places for tokens.

Every piece is whole lines, so joining pieces is concatenation; a text that does not end in a newline
ends in a soft break. Places are given, never searched for: each one begins a line of its own, so a
token spliced in is never cut and never lengthens a line. Two choices keep the wire bytes equal to the
signed bytes: a leading `.` is `=2E` (no dot-stuffing) and `From ` is `=46rom ` (no mbox quoting).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from digest.model import Piece, Slot
from subscribers.tokens import TOKEN_LENGTH

#: what may be spliced in: QP-safe, no leading dot, and no longer than sizes are reckoned with
TOKEN = re.compile(rf"[A-Za-z0-9_-]{{1,{TOKEN_LENGTH}}}")

_SOFT = b"=\r\n"
_UNSAFE = re.compile(rb"[^\t\n\x20-\x3c\x3e-\x7e]")
_ESCAPES = {bytes([byte]): b"=%02X" % byte for byte in range(256)}
#: the longest run of at most 75 bytes that does not end inside `=XX`; the 76th is the soft break's
_CHUNK = re.compile(rb".{1,75}(?<!=)(?<!=[0-9A-F])", re.DOTALL)


def encode(content: str | Iterable[str | Slot]) -> Piece:
    """The text as whole lines, and where its tokens go. A newline becomes a hard break."""
    parts = (content,) if isinstance(content, str) else content
    out: list[bytes] = []
    slots: list[tuple[int, Slot]] = []
    length = size = 0
    for part in parts:
        if isinstance(part, Slot):
            slots.append((length, part))
            lines = [_SOFT]
        else:
            raw = part.encode("utf-8", "replace")
            size += len(raw) + raw.count(b"\n")
            lines = list(_lines(raw))
        out += lines
        length += sum(map(len, lines))
    return Piece(data=b"".join(out), slots=tuple(slots), decoded_size=size)


def _lines(raw: bytes) -> Iterator[bytes]:
    if not raw:
        return
    *whole, rest = _UNSAFE.sub(lambda found: _ESCAPES[found[0]], raw).split(b"\n")
    for line in whole:
        if line[-1:] in (b" ", b"\t"):
            line = line[:-1] + _ESCAPES[line[-1:]]
        yield from _wrapped(line, end=b"\r\n")
    if rest:
        yield from _wrapped(rest, end=_SOFT)


def _wrapped(line: bytes, *, end: bytes) -> Iterator[bytes]:
    """One line of text as lines of the wire; `end` closes the last."""
    room = 76 - len(end) + 2
    while True:
        if line.startswith(b"."):
            line = b"=2E" + line[1:]
        elif line.startswith(b"From "):
            line = b"=46" + line[1:]
        if len(line) <= room:
            yield line + end
            return
        found = _CHUNK.match(line)
        assert found, "no `=XX` is longer than a line"
        yield found[0] + _SOFT
        line = line[found.end() :]


def full_size(piece: Piece) -> int:
    """Bytes of a piece with its tokens at full length: the larger of decoded and encoded."""
    # Encoded is never the smaller: every byte takes one or three, and breaks only add.
    return len(piece.data) + TOKEN_LENGTH * len(piece.slots)
