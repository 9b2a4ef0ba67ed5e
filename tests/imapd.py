"""A small scripted IMAP server on loopback, with TLS from the first byte: enough of RFC 3501 to be read from,
and every way to misbehave that a reader must survive."""

from __future__ import annotations

import re
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread
from typing import IO

import trustme


@dataclass
class Letter:
    """A message of the mailbox."""

    uid: int
    content: bytes
    is_seen: bool = False


@dataclass
class Imapd:
    """`with imapd(…) as server:` then `server.port`; messages may be put in at any time."""

    password: str = "secret"
    letters: list[Letter] = field(default_factory=list)
    folder: str = "INBOX"
    #: announces a literal of so many octets, whatever was asked for
    announces: int | None = None
    #: answers every fetch with lines without end
    is_endless: bool = False
    #: the size it tells, whatever the message is
    tells: int | None = None
    #: the connection is cut when this command comes, once
    cuts_at: str | None = None
    #: every command as it came, without its tag
    said: list[str] = field(default_factory=list)
    port: int = 0

    def put(self, *contents: bytes) -> None:
        for content in contents:
            uid = max((each.uid for each in self.letters), default=100) + 1
            self.letters.append(Letter(uid=uid, content=content))

    @property
    def unseen(self) -> list[int]:
        return [each.uid for each in self.letters if not each.is_seen]

    def talk(self, wire: ssl.SSLSocket) -> None:
        wire.sendall(b"* OK ready\r\n")
        with wire.makefile("rb") as lines:
            self.converse(wire, lines)

    def converse(self, wire: ssl.SSLSocket, lines: IO[bytes]) -> None:
        for line in lines:
            tag, _, command = line.decode().rstrip("\r\n").partition(" ")
            self.said.append(command)
            if self.cuts_at and self.cuts_at in command:
                self.cuts_at = None
                return
            if self.is_endless and "BODY" in command:
                while True:
                    wire.sendall(b"* 1 FETCH (FLAGS ())\r\n" * 1_000)
            # In one write: two would wait for each other's acknowledgement (Nagle).
            wire.sendall(self.answer(command) + f"{tag} {self.verdict(command)}\r\n".encode())
            if command == "LOGOUT":
                return

    def verdict(self, command: str) -> str:
        if command.startswith("LOGIN"):
            return "OK in" if command.endswith(f'"{self.password}"') else "NO wrong password"
        if command.startswith("SELECT"):
            return "OK [READ-WRITE] open" if f'"{self.folder}"' in command else "NO no such folder"
        return "OK done"

    def answer(self, command: str) -> bytes:
        if command == "CAPABILITY":
            return b"* CAPABILITY IMAP4rev1\r\n"
        if command.startswith("SELECT"):
            return b"* %d EXISTS\r\n" % len(self.letters)
        if found := re.fullmatch(r"UID SEARCH (\d+):(\d+) UNSEEN", command):
            there = self.letters[int(found[1]) - 1 : int(found[2])]
            uids = " ".join(str(each.uid) for each in there if not each.is_seen)
            return f"* SEARCH {uids}".rstrip().encode() + b"\r\n"
        if found := re.fullmatch(r"UID FETCH ([\d,]+) \(RFC822\.SIZE\)", command):
            return b"".join(
                b"* %d FETCH (RFC822.SIZE %d UID %d)\r\n"
                % (number, len(each.content) if self.tells is None else self.tells, each.uid)
                for number, each in self._named(found[1])
            )
        if found := re.fullmatch(r"UID FETCH (\d+) \(BODY\.PEEK\[\]<0\.(\d+)>\)", command):
            return b"".join(
                b"* %d FETCH (UID %d BODY[]<0> {%d}\r\n%s)\r\n"
                % (
                    number,
                    each.uid,
                    len(each.content[: int(found[2])]) if self.announces is None else self.announces,
                    each.content[: int(found[2])],
                )
                for number, each in self._named(found[1])
            )
        if found := re.fullmatch(r"UID STORE ([\d,]+) \+FLAGS\.SILENT \(\\Seen\)", command):
            for _, each in self._named(found[1]):
                each.is_seen = True
        return b""

    def _named(self, uids: str) -> list[tuple[int, Letter]]:
        wanted = set(map(int, uids.split(",")))
        return [(n, each) for n, each in enumerate(self.letters, 1) if each.uid in wanted]


#: trusted by `trusting()`; one for a run, keys take time
_CA = trustme.CA()


def trusted(folder: Path) -> dict[str, str]:
    """The environment of a child that believes the server."""
    path = folder / "ca.pem"
    _CA.cert_pem.write_to_path(str(path))
    return {"SSL_CERT_FILE": str(path)}


def trusting() -> ssl.SSLContext:
    """What a client needs to believe the server."""
    context = ssl.create_default_context()
    _CA.configure_trust(context)
    return context


@contextmanager
def imapd(**script: object) -> Iterator[Imapd]:
    """The server, in a thread that ends with it; one connection at a time."""
    server = Imapd(**script)  # type: ignore[arg-type]
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    _CA.issue_cert("localhost").configure_cert(context)
    listener = socket.create_server(("127.0.0.1", 0))
    server.port = listener.getsockname()[1]

    def serve() -> None:
        with suppress(OSError):
            while True:
                plain, _ = listener.accept()
                with suppress(OSError), context.wrap_socket(plain, server_side=True) as wire:
                    server.talk(wire)

    thread = Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        # A listener that is only closed goes on being waited for.
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(30)
