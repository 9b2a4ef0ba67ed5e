"""Reading what a relay says, bounded in lines, bytes and time; writing content as DATA takes it.

A relay that trickles, never ends a reply or speaks out of turn must not hold the night (abuse C23).
"""

from __future__ import annotations

import re
import socket
import time

#: RFC 5321 4.5.3.1.5 says 512 a line; the world sends more
_LONGEST_LINE = 8192
_MOST_LINES = 100
#: of a reply's text, as we keep it
KEPT = 500

_REPLY = re.compile(rb"[2-5][0-9]{2}(?:[ -]|$)")
_ENHANCED = re.compile(r"[245]\.\d{1,3}\.\d{1,3}(?=\s|$)")
_BARE = re.compile(rb"(?<!\r)\n|\r(?!\n)")


class Replies:
    """The incoming half of a connection."""

    def __init__(self) -> None:
        self._unread = bytearray()

    @property
    def has_unread(self) -> bool:
        """The other side said more than it was asked."""
        return bool(self._unread)

    def read(self, sock: socket.socket, *, seconds: float) -> tuple[int, bytes]:
        """The next whole reply, its lines joined by newlines. Raises OSError, also for what is no reply."""
        deadline = time.monotonic() + seconds
        lines: list[bytes] = []
        while len(lines) < _MOST_LINES:
            line = self._line(sock, deadline)
            if not _REPLY.match(line):
                raise ConnectionError(f"{line[:60]!r} is no reply")
            lines.append(line[4:].strip())
            if line[3:4] != b"-":
                return int(line[:3]), b"\n".join(lines)
        raise ConnectionError("the reply does not end")

    def _line(self, sock: socket.socket, deadline: float) -> bytes:
        while (end := self._unread.find(b"\n")) < 0:
            if len(self._unread) > _LONGEST_LINE:
                raise ConnectionError("the line does not end")
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError("timed out")
            sock.settimeout(left)
            more = sock.recv(4096)
            if not more:
                raise ConnectionError("the other side closed")
            self._unread += more
        line = bytes(self._unread[:end]).rstrip(b"\r")
        del self._unread[: end + 1]
        return line


def plain(words: bytes | str) -> str:
    """A reply's words on one line, printable, bounded."""
    text = words if isinstance(words, str) else words.decode("utf-8", "replace")
    return "".join(char for char in " ".join(text.split()) if char.isprintable())[:KEPT]


def parted(text: str) -> tuple[str | None, str]:
    """The enhanced code (RFC 3463) and the words after it; None where the relay gave no code."""
    found = _ENHANCED.match(text)
    if found is None:
        return None, text
    return found[0], text[found.end() :].strip()


def dotted(content: bytes) -> bytes:
    """The content as DATA takes it: CRLF, dots doubled at line starts, the final dot (RFC 5321 4.5.2)."""
    if not content.count(b"\n") == content.count(b"\r\n") == content.count(b"\r"):
        content = _BARE.sub(b"\r\n", content)
    if content.startswith(b".") or b"\n." in content:
        content = re.sub(rb"^\.", b"..", content, flags=re.MULTILINE)
    return content + (b".\r\n" if content.endswith(b"\r\n") or not content else b"\r\n.\r\n")
