"""A mailbox read over IMAP (RFC 3501) with TLS from the first byte. imaplib is at home here.

Reads without marking, so that whoever acts on a message can commit first and mark after; a message seen twice
is the reader's business. A server may announce anything: nothing larger than we asked for is ever held.
"""

from __future__ import annotations

import imaplib
import re
import ssl
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self
from urllib.parse import unquote, urlsplit

from digest.errors import MailboxError, SettingsError

_FORM = 'Write "imaps://user@mail.example.org/INBOX".'
#: the sizes asked for in one command
_WINDOW = 1_000
#: messages marked in one command; its line stays short
_MARKED = 100
#: what surrounds a message in a response
_SLACK = 65_536
_SIZE = re.compile(rb"\bRFC822\.SIZE (\d{1,12})")
_UID = re.compile(rb"\bUID (\d{1,10})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a mailbox is."""

    host: str
    port: int
    user: str
    folder: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A message that nobody has marked."""

    uid: int
    #: None: it is larger than was asked for, and was not fetched
    content: bytes | None


def place_of(url: str, password: str | None) -> Place:
    """The mailbox that `mail.bounces` names; `password` stands before the URL's own. Raises SettingsError."""
    try:
        parts = urlsplit(url)
        port = parts.port or 993
    except ValueError as cause:
        raise SettingsError(("mail.bounces: this is no address of a mailbox.",), mend=_FORM) from cause
    if parts.scheme != "imaps" or not parts.hostname or not parts.username or parts.query or parts.fragment:
        raise SettingsError(("mail.bounces: this is no address of a mailbox.",), mend=_FORM)
    secret = password or (unquote(parts.password) if parts.password else None)
    if not secret:
        raise SettingsError(
            (f"mail.bounces: {unquote(parts.username)} needs a password.",),
            mend='Set mail.bounces_password = "file:/run/secrets/bounces".',
        )
    return Place(
        host=parts.hostname,
        port=port,
        user=unquote(parts.username),
        folder=unquote(parts.path.strip("/")) or "INBOX",
        password=secret,
    )


class Mailbox:
    """One open mailbox. Raises MailboxError from every method, and nothing else."""

    def __init__(
        self, place: Place, *, largest: int, timeout: float = 60, context: ssl.SSLContext | None = None
    ) -> None:
        """`largest`: octets of a message that is fetched at all. `timeout`: seconds of silence."""
        self._place = place
        self._largest = largest
        with self._ours("cannot be reached"):
            self._imap = _Bounded(place, largest + _SLACK, timeout, context or ssl.create_default_context())
        try:
            self._log_in()
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Leave. A server that does not say goodbye is left all the same."""
        with suppress(imaplib.IMAP4.error, OSError, ValueError):
            self._imap.logout()
        with suppress(OSError):
            # After an error imaplib leaves the socket to whoever is last.
            self._imap.shutdown()

    def waiting(self) -> Iterator[Waiting]:
        """Every message without a mark, oldest first, as there were when this began.

        Messages are counted, not ids: there may be any number of ids. Whatever moves meanwhile is met next
        time.
        """
        for first in range(1, self._there + 1, _WINDOW):
            last = min(first + _WINDOW - 1, self._there)
            for uid, size in self._sizes(self._unseen(first, last)):
                yield Waiting(uid=uid, content=self._fetch(uid) if size <= self._largest else None)

    def mark(self, uids: Iterable[int]) -> None:
        """These have been dealt with: they are seen (RFC 3501 §2.3.2)."""
        each = list(uids)
        for start in range(0, len(each), _MARKED):
            self._uid("STORE", _set(each[start : start + _MARKED]), "+FLAGS.SILENT", r"(\Seen)")

    def _log_in(self) -> None:
        place = self._place
        if re.search(r"[\x00-\x1f\x7f]", place.user + place.password + place.folder):
            words = "there is a control character in its user, password or folder."
            raise MailboxError(f"The mailbox at {place.host}: {words}")
        with self._ours("does not let us in"):
            self._imap.login(_quotable(place.user), place.password)
        with self._ours(f"has no folder {place.folder}"):
            kind, data = self._imap.select(f'"{_escaped(place.folder)}"')
            if kind != "OK" or not data or not (data[0] or b"").isdigit():
                raise imaplib.IMAP4.error("SELECT refused")
            self._there = int(data[0] or b"0")

    def _unseen(self, first: int, last: int) -> list[int]:
        data = self._uid("SEARCH", f"{first}:{last}", "UNSEEN")
        words = (word for line in data if isinstance(line, bytes) for word in line.split())
        return [int(word) for word in words if word.isdigit()]

    def _sizes(self, uids: list[int]) -> list[tuple[int, int]]:
        """(uid, octets) as the server says; what it keeps to itself counts as too large."""
        found: dict[int, int] = {}
        for start in range(0, len(uids), _MARKED):
            for line in self._uid("FETCH", _set(uids[start : start + _MARKED]), "(RFC822.SIZE)"):
                text = line if isinstance(line, bytes) else b""
                uid, size = _UID.search(text), _SIZE.search(text)
                if uid and size:
                    found[int(uid[1])] = int(size[1])
        return [(uid, found.get(uid, self._largest + 1)) for uid in uids]

    def _fetch(self, uid: int) -> bytes | None:
        """The message, without marking it; None: it is gone."""
        for line in self._uid("FETCH", str(uid), f"(BODY.PEEK[]<0.{self._largest}>)"):
            if isinstance(line, tuple) and isinstance(line[1], bytes):
                return line[1]
        return None

    def _uid(self, command: str, *arguments: str) -> list[bytes | tuple[bytes, bytes] | None]:
        with self._ours(f"refuses to {command.lower()}"):
            self._imap.asked()
            kind, data = self._imap.uid(command, *arguments)
            if kind != "OK":
                raise imaplib.IMAP4.error(f"{command} {kind}")
            return list(data)

    def _ours(self, what: str) -> _Ours:
        return _Ours(f"The mailbox {self._place.folder} at {self._place.host} {what}")


class _Ours:
    """What imaplib and the network raise becomes a sentence; a password is never in it."""

    def __init__(self, words: str) -> None:
        self._words = words

    def __enter__(self) -> None:
        return None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if isinstance(error, imaplib.IMAP4.error | OSError | ValueError | EOFError):
            said = re.sub(r"[^\x20-\x7e]+", " ", str(error))[:200] or type(error).__name__
            raise MailboxError(
                f"{self._words} ({said}).", mend="Check mail.bounces, mail.bounces_password and the server."
            ) from error


class _Bounded(imaplib.IMAP4_SSL):
    """An answer larger than what was asked for ends the connection instead of our memory."""

    def __init__(self, place: Place, most: int, timeout: float, context: ssl.SSLContext) -> None:
        self._most = most
        self._got = 0
        super().__init__(place.host, place.port, ssl_context=context, timeout=timeout)

    def asked(self) -> None:
        """A command begins: what answers it is counted anew."""
        self._got = 0

    def read(self, size: int) -> bytes:
        self._bound(size)
        return super().read(size)

    def readline(self) -> bytes:
        line = super().readline()
        self._bound(len(line))
        return line

    def _bound(self, size: int) -> None:
        self._got += size
        if self._got > self._most:
            raise self.abort(f"the server sends more than the {self._most} octets there can be")


def _set(uids: list[int]) -> str:
    return ",".join(map(str, uids))


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')


def _quotable(user: str) -> str:
    """As LOGIN takes it: the password is quoted by imaplib itself, the user is not."""
    return f'"{_escaped(user)}"'
