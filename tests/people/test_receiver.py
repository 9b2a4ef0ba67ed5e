"""Our own door for what comes back: who is let in, what is answered when, and that nothing is smuggled in."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from threading import Event, current_thread

import pytest

from subscribers.inbound import Bounds, Language, Receiver

OURS = "b.ours@bounces.example.org"


class Desk:
    """Knows one address; keeps what it is handed, and by whom."""

    def __init__(self) -> None:
        self.taken: list[tuple[bytes, tuple[str, ...]]] = []
        self.threads: set[str] = set()
        self.fault: Exception | None = None
        #: says when it has a message in hand, and waits for leave to finish
        self.begun, self.leave = Event(), Event()
        self.leave.set()

    def knows(self, recipient: str) -> bool:
        self.threads.add(current_thread().name)
        if self.fault is not None:
            raise self.fault
        return recipient == OURS

    def take(self, message: bytes, *, recipients: Sequence[str]) -> None:
        self.threads.add(current_thread().name)
        self.begun.set()
        self.leave.wait(30)
        if self.fault is not None:
            raise self.fault
        self.taken.append((message, tuple(recipients)))

    @contextmanager
    def open(self) -> Iterator[Desk]:
        self.threads.add(current_thread().name)
        yield self
        self.threads.add(current_thread().name)


class Client:
    """Speaks by the byte, as no library would."""

    def __init__(self, address: tuple[str, int]) -> None:
        self.socket = socket.create_connection(address, timeout=30)
        self.file = self.socket.makefile("rb")
        self.greeting = self.reply()

    def reply(self) -> str:
        """The last line of a reply; empty when the connection is over."""
        line = self.file.readline().decode()
        while line[3:4] == "-":
            line = self.file.readline().decode()
        return line.rstrip("\r\n")

    def say(self, line: str | bytes) -> str:
        self.socket.sendall(line if isinstance(line, bytes) else line.encode() + b"\r\n")
        return self.reply()

    def hello(self, name: str = "EHLO") -> Client:
        assert self.say(f"{name} mx.example.net").startswith("250")
        return self

    def to(self, recipient: str = OURS, *, sender: str = "") -> str:
        assert self.say(f"MAIL FROM:<{sender}>").startswith("250")
        return self.say(f"RCPT TO:<{recipient}>")

    def data(self, body: bytes) -> str:
        assert self.say("DATA").startswith("354")
        return self.say(body + b"\r\n.\r\n")

    def close(self) -> None:
        self.file.close()
        self.socket.close()


Open = Callable[..., AbstractContextManager[Callable[[], Client]]]


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def serving(desk: Desk) -> Open:
    """`with serving(…) as client:` each call of `client` is a new connection."""

    @contextmanager
    def serve(
        *, language: Language = Language.SMTP, bounds: Bounds | None = None
    ) -> Iterator[Callable[[], Client]]:
        receiver = Receiver(
            desk.open, host="127.0.0.1", port=0, hostname="mx.example.org", language=language, bounds=bounds
        )
        receiver.start()
        clients: list[Client] = []

        def connect() -> Client:
            clients.append(Client(receiver.address))
            return clients[-1]

        try:
            yield connect
        finally:
            desk.leave.set()
            for each in clients:
                each.close()
            receiver.stop()

    return serve


def test_a_message_for_an_address_of_ours_is_taken(serving: Open, desk: Desk) -> None:
    with serving() as client:
        one = client().hello()
        assert one.to().startswith("250")
        assert one.data(b"Subject: x\r\n\r\nbody\r\n..dot").startswith("250")
        assert one.say("QUIT").startswith("221")

    assert desk.taken == [(b"Subject: x\r\n\r\nbody\r\n.dot\r\n", (OURS,))]


@pytest.mark.parametrize(
    "recipient", ["postmaster@bounces.example.org", "b.forged@bounces.example.org", "ada@example.com"]
)
def test_nobody_else_is_taken_for(serving: Open, desk: Desk, recipient: str) -> None:
    """No relay: not for others, not for us without a proof."""
    with serving() as client:
        one = client().hello()
        assert one.to(recipient, sender="a@b.example").startswith("550")
        assert one.say("DATA").startswith("503")

    assert desk.taken == []


def test_lmtp_is_spoken_where_it_is_wanted(serving: Open, desk: Desk) -> None:
    with serving(language=Language.LMTP) as client:
        assert client().say("EHLO x").startswith("500")
        one = client().hello("LHLO")
        assert one.to().startswith("250")
        assert one.data(b"Subject: x\r\n\r\n").startswith("250")

    assert len(desk.taken) == 1


@pytest.mark.parametrize("language", Language)
def test_a_message_has_one_recipient_so_that_it_has_one_answer(serving: Open, language: Language) -> None:
    with serving(language=language) as client:
        one = client().hello("LHLO" if language is Language.LMTP else "EHLO")
        assert one.to().startswith("250")
        assert one.say(f"RCPT TO:<{OURS}>").startswith("452")
        assert one.data(b"x").startswith("250")
        assert one.say("NOOP").startswith("250")


@pytest.mark.parametrize(
    "inside",
    [
        b"\n.\nMAIL FROM:<>\r\nRCPT TO:<%s>\r\nDATA\r\nSubject: smuggled\r\n" % OURS.encode(),
        b"\n.\r\nMAIL FROM:<>\r\nRCPT TO:<%s>\r\nDATA\r\nSubject: smuggled\r\n" % OURS.encode(),
        b"\r.\r\nMAIL FROM:<>\r\nRCPT TO:<%s>\r\nDATA\r\nSubject: smuggled\r\n" % OURS.encode(),
        b"\r.\rMAIL FROM:<>\r\nRCPT TO:<%s>\r\nDATA\r\nSubject: smuggled\r\n" % OURS.encode(),
    ],
)
def test_only_a_whole_line_with_a_dot_ends_a_message(serving: Open, desk: Desk, inside: bytes) -> None:
    """SMTP smuggling (abuse C8, CVE-2024-27305)."""
    with serving() as client:
        one = client().hello()
        assert one.to().startswith("250")
        assert one.data(b"Subject: one\r\n\r\nbody" + inside).startswith("250")
        assert one.say("NOOP").startswith("250")

    assert len(desk.taken) == 1
    assert b"smuggled" in desk.taken[0][0]


def test_a_message_too_large_is_refused_whole_and_the_next_one_taken(serving: Open, desk: Desk) -> None:
    with serving(bounds=Bounds(largest=10_000)) as client:
        one = client().hello()
        assert one.say("MAIL FROM:<> SIZE=10001").startswith("552")
        assert one.to().startswith("250")
        assert one.data((b"x" * 900 + b"\r\n") * 20).startswith("552")
        assert one.to().startswith("250")
        assert one.data(b"Subject: small\r\n").startswith("250")

    assert [len(message) for message, _ in desk.taken] == [18]


def test_a_line_longer_than_the_rfc_allows_is_taken(serving: Open, desk: Desk) -> None:
    with serving() as client:
        one = client().hello()
        assert one.to().startswith("250")
        assert one.data(b"X-Long: " + b"y" * 5_000).startswith("250")

    assert len(desk.taken[0][0]) > 5_000


def test_a_line_without_an_end_ends_the_connection_and_fills_no_memory(serving: Open, desk: Desk) -> None:
    with serving() as client:
        one = client().hello()
        assert one.to().startswith("250")
        assert one.say("DATA").startswith("354")
        with pytest.raises((ConnectionResetError, BrokenPipeError)):
            one.socket.sendall(b"x" * 64 * 1_048_576)

    assert desk.taken == []


def test_a_fault_of_the_desk_is_try_again_later(serving: Open, desk: Desk) -> None:
    with serving() as client:
        one = client().hello()
        assert one.to().startswith("250")
        desk.fault = RuntimeError("the database is locked")
        assert one.data(b"Subject: x\r\n").startswith("451")
        assert one.to().startswith("451")
        desk.fault = None
        assert one.say("RSET").startswith("250")
        assert one.to().startswith("250")
        assert one.data(b"Subject: x\r\n").startswith("250")

    assert len(desk.taken) == 1


def test_no_more_connections_than_agreed_are_held(serving: Open) -> None:
    with serving(bounds=Bounds(connections=2)) as client:
        first, second = client(), client()
        assert client().greeting.startswith("421")
        assert first.hello().say("QUIT").startswith("221")
        assert first.reply() == ""
        assert second.hello().to().startswith("250")


def test_a_room_that_was_left_is_free_again(serving: Open) -> None:
    with serving(bounds=Bounds(connections=1)) as client:
        for _ in range(5):
            one = client()
            assert one.greeting.startswith("220")
            assert one.say("QUIT").startswith("221")
            assert one.reply() == ""


def test_who_says_nothing_is_shown_out(serving: Open) -> None:
    with serving(bounds=Bounds(patience=0.2)) as client:
        assert client().reply() == ""


def test_a_command_said_over_and_over_ends_the_connection(serving: Open) -> None:
    with serving() as client:
        one = client().hello()
        replies = [one.say("NOOP") for _ in range(101)]

        assert replies[0].startswith("250")
        assert replies[-1].startswith("421")


def test_250_is_said_after_the_desk_is_done(serving: Open, desk: Desk) -> None:
    with serving() as client:
        one = client().hello()
        assert one.to().startswith("250")
        assert one.say("DATA").startswith("354")
        desk.leave.clear()
        one.socket.sendall(b"Subject: x\r\n.\r\n")
        assert desk.begun.wait(30)
        one.socket.setblocking(False)
        with pytest.raises(BlockingIOError):
            one.socket.recv(1)
        one.socket.settimeout(30)
        desk.leave.set()
        assert one.reply().startswith("250")


def test_a_stop_lets_the_desk_finish_what_it_has_in_hand(desk: Desk) -> None:
    receiver = Receiver(desk.open, host="127.0.0.1", port=0, hostname="mx.example.org")
    receiver.start()
    one = Client(receiver.address).hello()
    assert one.to().startswith("250")
    assert one.say("DATA").startswith("354")
    one.socket.sendall(b"Subject: x\r\n.\r\n")
    assert desk.begun.wait(30)
    receiver.stop()
    one.close()

    assert len(desk.taken) == 1


def test_the_desk_works_in_one_thread_that_opened_it(serving: Open, desk: Desk) -> None:
    with serving() as client:
        for _ in range(3):
            one = client().hello()
            assert one.to().startswith("250")
            assert one.data(b"Subject: x\r\n").startswith("250")

    assert len(desk.threads) == 1


def test_a_port_that_is_taken_is_told_to_who_starts_it(desk: Desk) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        receiver = Receiver(
            desk.open, host="127.0.0.1", port=other.getsockname()[1], hostname="mx.example.org"
        )
        with pytest.raises(OSError, match="address already in use"):
            receiver.start()
        receiver.stop()
