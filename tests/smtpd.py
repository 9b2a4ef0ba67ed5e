"""A small SMTP server with a script: it records what arrives, and fails where and how it is told to.

    with Smtpd(at("RCPT", say("550 5.1.1 nobody"), nth=2)) as server: …   # server.port, server.messages

A message is recorded before it is answered, as smtp-sink's transcript would be (reference 5b).
"""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self


@dataclass(frozen=True, slots=True)
class Command:
    """What the client did: a verb, CONNECT, or DOT (the message is complete)."""

    verb: str
    line: str
    #: 1 for the first on this server
    nth: int
    connection: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Instead of the usual answer."""

    #: what is said; None: nothing
    answer: str | None = None
    #: the connection is closed after that
    hangs_up: bool = False
    #: nothing is said until the client goes away
    is_silent: bool = False


Script = Callable[[Command], Fault | None]


def say(answer: str) -> Fault:
    return Fault(answer=answer)


def say_and_drop(answer: str) -> Fault:
    return Fault(answer=answer, hangs_up=True)


DROP = Fault(hangs_up=True)
SILENCE = Fault(is_silent=True)


def at(verb: str, fault: Fault, *, nth: int | None = None, holding: str = "") -> Script:
    """The fault at that verb: each time, or the nth; of lines that hold some text."""

    def script(command: Command) -> Fault | None:
        fits = command.verb == verb and holding in command.line and nth in (None, command.nth)
        return fault if fits else None

    return script


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    mail_from: str
    rcpt_to: tuple[str, ...]
    #: as the client meant it: dots undoubled
    content: bytes
    connection: int


@dataclass(slots=True)
class _Transaction:
    mail_from: str | None = None
    rcpt_to: list[str] = field(default_factory=list)


class Smtpd:
    """The server, on a free port of 127.0.0.1, a thread a connection."""

    extensions: tuple[str, ...] = ("SIZE 1000000", "ENHANCEDSTATUSCODES")

    def __init__(
        self,
        *scripts: Script,
        extensions: tuple[str, ...] | None = None,
        tls: ssl.SSLContext | None = None,
        journal: Callable[[Received], None] = lambda _received: None,
    ) -> None:
        """`journal` is told of each message before it is answered."""
        self.messages: list[Received] = []
        #: every line of the clients, and CONNECT
        self.lines: list[str] = []
        self.connections = 0
        self._scripts = scripts
        self._journal = journal
        self._extensions = self.extensions if extensions is None else extensions
        self._tls = tls
        self._seen: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._threads: list[threading.Thread] = []
        self._sockets: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]

    @property
    def recipients(self) -> list[str]:
        """Who got a message, in order of arrival."""
        return [recipient for message in self.messages for recipient in message.rcpt_to]

    def __enter__(self) -> Self:
        self._start(self._accept)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        with self._lock:
            sockets = list(self._sockets)
        for one in sockets:
            _hang_up(one)
        for thread in self._threads:
            thread.join(10)
        self._listener.close()

    def _start(self, work: Callable[..., None], *values: object) -> None:
        thread = threading.Thread(target=work, args=values, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                accepted, _ = self._listener.accept()
            except OSError:
                return
            with self._lock:
                self.connections += 1
                number = self.connections
                self._sockets.append(accepted)
            self._start(self._serve, accepted, number)

    def _serve(self, sock: socket.socket, connection: int) -> None:
        try:
            with sock:
                if self._tls is not None:
                    with self._tls.wrap_socket(sock, server_side=True) as private:
                        _Session(self, private, connection).talk()
                else:
                    _Session(self, sock, connection).talk()
        except OSError:
            return  # the client, or the end of the test, closed it

    def fault(self, verb: str, line: str, connection: int) -> Fault | None:
        """Note a command; what the script says to it."""
        with self._lock:
            self._seen[verb] += 1
            self.lines.append(line)
            command = Command(verb, line, self._seen[verb], connection)
        return next((fault for script in self._scripts if (fault := script(command))), None)

    def take(self, received: Received) -> None:
        self._journal(received)
        self.messages.append(received)

    def answer_to_ehlo(self) -> str:
        lines = ["smtpd", *self._extensions]
        return "\r\n".join(f"250{'-' if n < len(lines) else ' '}{line}" for n, line in enumerate(lines, 1))


class _Session:
    def __init__(self, server: Smtpd, sock: socket.socket, connection: int) -> None:
        self.server = server
        self.sock = sock
        self.connection = connection
        self.file = sock.makefile("rb")
        self.transaction = _Transaction()

    def talk(self) -> None:
        with self.file:
            if not self._say("CONNECT", "CONNECT", "220 smtpd"):
                return
            while line := self.file.readline().decode("utf-8", "replace").rstrip("\r\n"):
                verb = line.split(" ")[0].upper()
                if not self._say(verb, line, self._usual(verb, line)) or verb == "QUIT":
                    return
                if verb == "DATA" and self._is_awaiting and not self._take_content():
                    return

    def _usual(self, verb: str, line: str) -> str:
        """The answer where no fault is scripted; it moves the transaction on only when it is given."""
        match verb:
            case "EHLO" | "LHLO":
                return self.server.answer_to_ehlo()
            case "DATA" if not self.transaction.rcpt_to:
                return "503 5.5.1 no valid recipients"
            case "RCPT" if self.transaction.mail_from is None:
                return "503 5.5.1 need MAIL first"
            case "MAIL" if self.transaction.mail_from is not None:
                return "503 5.5.1 nested MAIL command"
            case "DATA":
                return "354 go ahead"
            case "QUIT":
                return "221 bye"
            case "HELO" | "MAIL" | "RCPT" | "RSET" | "NOOP":
                return "250 2.0.0 ok"
            case _:
                return f"500 5.5.2 {line[:20]}: unknown"

    def _say(self, verb: str, line: str, usual: str, *, taken: Received | None = None) -> bool:
        """Answer, or fail as scripted; record before that what is not refused. May the session go on?"""
        self._is_awaiting = False
        fault = self.server.fault(verb, line, self.connection)
        is_refused = fault is not None and (fault.answer or "").startswith(("4", "5"))
        if taken is not None and not is_refused:
            self.server.take(taken)
        if fault is None:
            if usual.startswith(("2", "3")):
                self._note(verb, line)
            self._is_awaiting = usual.startswith("354")
            self.sock.sendall(f"{usual}\r\n".encode())
            return True
        if fault.is_silent:
            while self.sock.recv(4096):
                pass
            return False
        if fault.answer is not None:
            self.sock.sendall(f"{fault.answer}\r\n".encode())
            self._is_awaiting = fault.answer.startswith("354")
        if fault.hangs_up:
            _hang_up(self.sock)
        return not fault.hangs_up

    def _note(self, verb: str, line: str) -> None:
        if verb == "MAIL":
            self.transaction.mail_from = line.partition("<")[2].partition(">")[0]
        elif verb == "RCPT":
            self.transaction.rcpt_to.append(line.partition("<")[2].partition(">")[0])
        elif verb in ("RSET", "EHLO", "LHLO", "HELO"):
            self.transaction = _Transaction()

    def _take_content(self) -> bool:
        lines = []
        while (line := self.file.readline()) != b".\r\n":
            if not line.endswith(b"\n"):
                return False
            lines.append(line.removeprefix(b"."))
        message = Received(
            mail_from=self.transaction.mail_from or "",
            rcpt_to=tuple(self.transaction.rcpt_to),
            content=b"".join(lines),
            connection=self.connection,
        )
        self.transaction = _Transaction()
        words = f"DOT {' '.join(message.rcpt_to)}"
        return self._say("DOT", words, "250 2.0.0 ok", taken=message)


def _hang_up(sock: socket.socket) -> None:
    with contextlib.suppress(OSError):  # gone already
        sock.shutdown(socket.SHUT_RDWR)
