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

_REPLY = re.compile(rb"[2-5][0-9]{2}(?:[ -]|\r?$)")
_ENHANCED = re.compile(r"[245]\.\d{1,3}\.\d{1,3}(?=\s|$)")
_BARE = re.compile(rb"(?<!\r)\n|\r(?!\n)")


class Replies:
    """The incoming half of a connection: bytes in, whole replies out."""

    def __init__(self) -> None:
        self._unread = b""
        #: of it, what was taken already
        self._at = 0
        #: of a reply that has begun: its code, and the words of its lines
        self._code = b""
        self._lines: list[bytes] = []

    @property
    def has_unread(self) -> bool:
        """The other side said more than was taken."""
        return self._at < len(self._unread) or bool(self._lines)

    def feed(self, data: bytes) -> None:
        self._unread = self._unread[self._at :] + data
        self._at = 0

    def take(self) -> tuple[int, bytes] | None:
        """The next whole reply, its lines joined by newlines. Raises ConnectionError for what is none."""
        while (end := self._unread.find(b"\n", self._at)) >= 0 and end - self._at <= _LONGEST_LINE:
            line = self._unread[self._at : end]
            self._at = end + 1
            if not _REPLY.match(line):
                raise ConnectionError(f"{line[:60]!r} is no reply")
            words = line[4:].strip()
            if self._lines and line[:3] != self._code:
                # RFC 5321 4.2.1: every line bears the same. Which of two we obey may cost a reader.
                raise ConnectionError(f"a reply of {self._code!r} and {line[:3]!r} at once")
            if line[3:4] != b"-":
                if self._lines:
                    words = b"\n".join((*self._lines, words))
                    self._lines.clear()
                return int(line[:3]), words
            self._code = line[:3]
            self._lines.append(words)
            if len(self._lines) >= _MOST_LINES:
                raise ConnectionError("the reply does not end")
        if len(self._unread) - self._at > _LONGEST_LINE:
            raise ConnectionError("the line does not end")
        return None

    def read(self, sock: socket.socket, *, seconds: float) -> tuple[int, bytes]:
        """The next whole reply, waited for. Raises OSError, also for what is no reply."""
        deadline = time.monotonic() + seconds
        while (reply := self.take()) is None:
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError("timed out")
            sock.settimeout(left)
            more = sock.recv(4096)
            if not more:
                raise ConnectionError("the other side closed")
            self.feed(more)
        return reply


def plain(words: bytes | str) -> str:
    """A reply's words on one line, printable, bounded."""
    text = words if isinstance(words, str) else words.decode("utf-8", "replace")
    if not text.isprintable():
        text = "".join(char for char in " ".join(text.split()) if char.isprintable())
    return text[:KEPT]


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
