"""An SMTP sink that survives the death of the sender: what it took is on disk before it says 250.

    with Sink(tmp_path / "journal", Plan(rules=(Rule(verb="RCPT", nth=2, fault=DROP),))) as sink: …

In a process of its own it is `tests.faults.marksman`, which kills the sender where it is told to.
It keeps to RFC 2920 and 5321: replies in order, nested MAIL and DATA without recipient 503, RSET forgets.
"""

from __future__ import annotations

import contextlib
import hashlib
import re
import socket
import ssl
import struct
import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.faults.journal import Journal, Writer
from tests.faults.plan import DROP, End, Fault, Plan

#: told of each step: verb, when ("before" anything, "taken" is on disk, "after" the answer)
Watcher = Callable[[str, str], None]


class Once:
    """A watcher that acts at the nth such step; whoever comes to that step meanwhile waits for it."""

    def __init__(self, verb: str, when: str, nth: int, act: Callable[[], object]) -> None:
        self._step, self._left, self._act = (verb, when), nth, act
        self._lock = threading.Lock()

    def __call__(self, verb: str, when: str) -> None:
        if (verb, when) != self._step:
            return
        with self._lock:
            self._left -= 1
            if self._left == 0:
                self._act()


_MESSAGE_ID = re.compile(rb"^message-id:\s*(\S+)", re.IGNORECASE | re.MULTILINE)
#: a client may talk on this long after a connection was dropped
_LINGER_SECONDS = 2.0


class Sink:
    """The server, on a free port of 127.0.0.1, a thread a connection."""

    def __init__(
        self,
        journal: Path,
        plan: Plan | None = None,
        *,
        pipelining: bool = True,
        is_eager: bool = False,
        tls: ssl.SSLContext | None = None,
        keep: Path | None = None,
        watcher: Watcher = lambda _verb, _when: None,
    ) -> None:
        """`is_eager`: 354 also where no recipient was accepted, as some servers do (RFC 2920 3.1).
        `keep`: a folder for the contents, as the wire brought them."""
        self.plan = plan or Plan()
        self.pipelining = pipelining
        self.is_eager = is_eager
        self.tls = tls
        self.keep = keep
        self.watcher = watcher
        self.writer = Writer(journal)
        #: the end of the sink ends every delay and silence
        self.over = threading.Event()
        self._seen: Counter[str] = Counter()
        self._changed = threading.Condition()
        self._connections = 0
        self._sockets: dict[int, socket.socket] = {}
        self._threads: list[threading.Thread] = []
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.port: int = self._listener.getsockname()[1]

    @property
    def journal(self) -> Journal:
        return Journal.read(self.writer.path)

    @property
    def open(self) -> int:
        """Connections as we see them: one the client let go of counts until we read so."""
        with self._changed:
            return len(self._sockets)

    def __enter__(self) -> Self:
        self._start(self._accept)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.over.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        with self._changed:
            sockets = list(self._sockets.values())
        for one in sockets:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(10)
        self._listener.close()
        self.writer.close()

    def wait_until_alone(self, seconds: float = 20) -> bool:
        """Until every connection has ended: all that a dead sender had sent is read then."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._sockets, seconds)

    def fault(self, verb: str, line: str, *, connection: int, step: int) -> Fault | None:
        with self._changed:
            self._seen[verb] += 1
            nth = self._seen[verb]
        return self.plan.fault(verb, line, nth=nth, connection=connection, step=step)

    def seen(self, verb: str) -> int:
        with self._changed:
            return self._seen[verb]

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
            accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self._changed:
                self._connections += 1
                number = self._connections
                self._sockets[number] = accepted
            self.writer.note("open", connection=number)
            self._start(self._serve, accepted, number)

    def _serve(self, sock: socket.socket, number: int) -> None:
        session = Session(self, sock, number)
        with contextlib.suppress(OSError):  # the client, or the end of the test, closed it
            session.talk()
        self.writer.note("close", connection=number, how=session.how)
        with contextlib.suppress(OSError):
            session.sock.close()
        with self._changed:
            del self._sockets[number]
            self._changed.notify_all()


class Session:
    """One connection."""

    def __init__(self, sink: Sink, sock: socket.socket, number: int) -> None:
        self.sink = sink
        self.sock = sock
        self.number = number
        #: quit, gone (the client left), fault (we did)
        self.how = "gone"
        self._unread = bytearray()
        self._mail_from: str | None = None
        self._rcpt_to: list[str] = []
        self._steps = self._messages = 0
        self._awaits_content = False
        #: a dot was answered, and nothing came since that proves it was read
        self._is_dot_unheard = False

    def talk(self) -> None:
        if not self._answer("CONNECT", "CONNECT", "220 sink ESMTP"):
            return
        while (line := self._line()) is not None:
            verb = line.split(" ")[0].upper()
            if not self._answer(verb, line, self._usual(verb, line)):
                return
            if verb == "QUIT":
                self.how = "quit"
                return
            if verb == "STARTTLS" and self.sink.tls is not None:
                self._encrypt(self.sink.tls)
            if self._awaits_content and not self._content():
                return

    def _encrypt(self, context: ssl.SSLContext) -> None:
        self._unread.clear()  # what was said in the clear counts for nothing (RFC 3207 4.2)
        self._forget()
        self.sock = context.wrap_socket(self.sock, server_side=True)

    def _usual(self, verb: str, line: str) -> str:
        match verb:
            case "EHLO":
                return self._ehlo()
            case "MAIL" if self._mail_from is not None:
                return "503 5.5.1 nested MAIL command"
            case "RCPT" if self._mail_from is None:
                return "503 5.5.1 need MAIL first"
            case "DATA" if not self._rcpt_to and not self.sink.is_eager:
                return "503 5.5.1 no valid recipients"
            case "DATA":
                return "354 go ahead"
            case "STARTTLS" if self.sink.tls is not None:
                return "220 2.0.0 go ahead"
            case "QUIT":
                return "221 2.0.0 bye"
            case "HELO" | "MAIL" | "RCPT" | "RSET" | "NOOP":
                return "250 2.0.0 ok"
            case _:
                return f"502 5.5.2 {line[:20]!r}: unknown"

    def _ehlo(self) -> str:
        lines = ["sink", "SIZE 100000000", "8BITMIME", "ENHANCEDSTATUSCODES"]
        if self.sink.pipelining:
            lines.append("PIPELINING")
        if self.sink.tls is not None and not isinstance(self.sock, ssl.SSLSocket):
            lines.append("STARTTLS")
        return "\r\n".join(f"250{'-' if n < len(lines) else ' '}{line}" for n, line in enumerate(lines, 1))

    def _answer(self, verb: str, line: str, usual: str, *, message: bytes | None = None) -> bool:
        """Answer as usual, or fail as planned. May the session go on?"""
        sink = self.sink
        sink.watcher(verb, "before")
        self._steps += 1
        fault = sink.fault(verb, line, connection=self.number, step=self._steps) or Fault()
        is_mute = fault.say is None and fault.end is not End.NOT
        reply = usual if fault.say is None else fault.say
        is_yes = reply[0] in "23" and not is_mute
        is_taken = message is not None and (is_yes or fault.is_taken)
        if message is not None and is_taken:
            self._take(message)
        sink.watcher(verb, "taken")
        self._note(verb, line, fault, reply if not is_mute else "", is_taken=is_taken)
        if fault.seconds and fault.end not in (End.SILENCE, End.DEAF):
            sink.over.wait(fault.seconds)
        if not is_mute:
            self._watch_ahead(verb, reply)
            self._move_on(verb, line, is_yes=is_yes)
            self._say(reply, fault)
            self._is_dot_unheard = self._is_dot_unheard or is_taken
        sink.watcher(verb, "after")
        if fault.end is End.NOT:
            return True
        self._end(fault)
        return False

    def _note(self, verb: str, line: str, fault: Fault, reply: str, *, is_taken: bool) -> None:
        if reply[:1] in ("4", "5"):
            self.sink.writer.note("refused", verb=verb, line=_address(line), reply=reply)
        if fault == Fault():
            return
        is_unheard = is_taken and not reply
        may_be_unheard = fault.end is End.RESET and (is_taken or self._is_dot_unheard)
        self.sink.writer.note(
            "fault",
            connection=self.number,
            verb=verb,
            say=reply,
            end=fault.end.value,
            lost_reply=is_unheard or may_be_unheard,
        )

    def _watch_ahead(self, verb: str, reply: str) -> None:
        """Nothing may have been said yet that has to wait for this reply (RFC 2920 3.1)."""
        may_pipeline = self.sink.pipelining and verb not in ("EHLO", "HELO", "STARTTLS", "QUIT", "CONNECT")
        if self._pending() and (not may_pipeline or reply.startswith("354")):
            self.sink.writer.note("ahead", connection=self.number, verb=verb, said=str(self._unread[:60]))

    def _pending(self) -> bool:
        if self._unread or isinstance(self.sock, ssl.SSLSocket):
            return bool(self._unread)
        with contextlib.suppress(BlockingIOError):
            return bool(self.sock.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT))
        return False

    def _move_on(self, verb: str, line: str, *, is_yes: bool) -> None:
        self._awaits_content = verb == "DATA" and is_yes
        if verb in ("RSET", "EHLO", "HELO", "DOT"):
            self._forget()
        elif verb == "MAIL" and is_yes:
            self._mail_from = _address(line)
        elif verb == "RCPT" and is_yes:
            self._rcpt_to.append(_address(line))

    def _forget(self) -> None:
        self._mail_from, self._rcpt_to = None, []

    def _say(self, reply: str, fault: Fault) -> None:
        told = f"{reply}\r\n".encode()
        if not fault.trickle:
            self.sock.sendall(told)
            return
        for byte in told:
            self.sock.sendall(bytes([byte]))
            if self.sink.over.wait(fault.trickle):
                return

    def _content(self) -> bool:
        """Up to the final dot, then its answer."""
        self._awaits_content = False
        if not self._unread and not self._receive():
            return False
        self._is_dot_unheard = False
        self.sink.watcher("BODY", "before")
        self._steps += 1
        fault = self.sink.fault("BODY", " ".join(self._rcpt_to), connection=self.number, step=self._steps)
        if fault is not None:
            self._note("BODY", "", fault, "", is_taken=False)
            self._end(fault)
            return False
        raw = self._up_to_dot()
        if raw is None:
            return False
        if not self._rcpt_to:
            return self._answer("DOT", "", "554 5.5.1 no valid recipients")
        return self._answer("DOT", " ".join(self._rcpt_to), "250 2.0.0 kept", message=raw)

    def _up_to_dot(self) -> bytes | None:
        looked = 0
        while True:
            if self._unread.startswith(b".\r\n"):
                end = 0
            elif (end := self._unread.find(b"\r\n.\r\n", looked)) >= 0:
                end += 2
            else:
                looked = max(0, len(self._unread) - 4)
                if not self._receive():
                    return None
                continue
            raw = bytes(self._unread[:end])
            del self._unread[: end + 3]
            return raw

    def _take(self, raw: bytes) -> None:
        content = raw.removeprefix(b".").replace(b"\r\n.", b"\r\n")
        found = _MESSAGE_ID.search(content.partition(b"\r\n\r\n")[0])
        sha256 = hashlib.sha256(content).hexdigest()
        if self.sink.keep is not None:
            (self.sink.keep / sha256).write_bytes(raw)
        self._messages += 1
        self.sink.writer.note(
            "taken",
            durably=True,
            connection=self.number,
            seq=self._messages,
            mail_from=self._mail_from,
            rcpt_to=self._rcpt_to,
            message_id=found[1].decode() if found else sha256,
            sha256=sha256,
        )

    def _end(self, fault: Fault) -> None:
        self.how = "fault"
        match fault.end:
            case End.RESET:
                self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            case End.DEAF:
                self.sink.over.wait(fault.seconds)
            case End.SILENCE:
                self.sock.settimeout(fault.seconds or None)
                with contextlib.suppress(OSError):
                    while self.sock.recv(65536):
                        pass
            case _:
                # Read on for a while: closing on unread input is a reset, and would take replies with it.
                assert fault.end is DROP.end, fault
                self.sock.shutdown(socket.SHUT_WR)
                self.sock.settimeout(_LINGER_SECONDS)
                while self.sock.recv(65536):
                    pass

    def _line(self) -> str | None:
        while (end := self._unread.find(b"\n")) < 0:
            if not self._receive():
                return None
        line = self._unread[:end].decode("utf-8", "replace").rstrip("\r")
        del self._unread[: end + 1]
        return line

    def _receive(self) -> bool:
        more = self.sock.recv(65536)
        self._unread += more
        return bool(more)


def _address(line: str) -> str:
    return line.partition("<")[2].partition(">")[0]
