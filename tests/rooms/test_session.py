"""The session with the relay: real aiosmtpd for what must work, our scripted server for what may fail."""

from __future__ import annotations

import asyncio
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
import trustme
from aiosmtpd.smtp import SMTP, AuthResult, Session
from aiosmtpd.smtp import Envelope as Taken

from digest.deliver import Envelope, Timeouts, transport_of
from digest.deliver.transport import Dropped, Phase, Reply
from digest.errors import RelayError, SettingsError
from tests.rooms.talk import Talk
from tests.smtpd import DROP, SILENCE, Fault, Script, Smtpd, at, say, say_and_drop

ENVELOPE = Envelope(mail_from="bounce@example.org", rcpt_to="ada@example.org")
CONTENT = b"Subject: one\r\n\r\nHello\r\n"
#: long enough for any loopback answer
PATIENT = Timeouts(connect=20, command=20, data=20, block=20, dot=20, quit=5)
HASTY = Timeouts(connect=20, command=0.2, data=0.2, block=0.2, dot=0.2, quit=0.1)


def talk(url: str, password: str | None, *, timeouts: Timeouts = PATIENT, cafile: Path | None = None) -> Talk:
    return Talk(transport_of(url, password, Path(), timeouts, cafile=cafile))


def session(port: int, *, scheme: str = "smtp", timeouts: Timeouts = PATIENT) -> Talk:
    return talk(f"{scheme}://127.0.0.1:{port}", None, timeouts=timeouts)


def sent(talk: Talk, envelope: Envelope = ENVELOPE, content: bytes = CONTENT) -> Reply:
    """One whole transaction; the last reply."""
    reply = talk.offer(envelope, size=len(content))
    return talk.send(content) if reply.is_yes else reply


# A relay that works


class Mailbox:
    """An aiosmtpd handler and authenticator: it keeps what comes."""

    def __init__(self) -> None:
        self.contents: list[bytes] = []
        self.was_private: list[bool] = []

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Taken) -> str:  # noqa: N802
        self.contents.append(envelope.original_content or b"")
        self.was_private.append(session.ssl is not None)
        return "250 2.0.0 kept"

    def log_in(
        self, server: SMTP, session: Session, envelope: Taken, mechanism: str, data: object
    ) -> AuthResult:
        login, password = getattr(data, "login", b""), getattr(data, "password", b"")
        return AuthResult(success=(login, password) == (b"ada@x", b"s3cret/+"), handled=False)


@contextmanager
def aiosmtpd(make: Callable[[], SMTP], *, tls: ssl.SSLContext | None = None) -> Iterator[int]:
    """Run aiosmtpd on a free port, in a thread of its own."""
    loop = asyncio.new_event_loop()
    server = loop.run_until_complete(loop.create_server(make, "127.0.0.1", 0, ssl=tls))
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        asyncio.run_coroutine_threadsafe(_end(server), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


async def _end(server: asyncio.Server) -> None:
    server.close()
    rest = asyncio.all_tasks() - {asyncio.current_task()}
    for task in rest:
        task.cancel()
    await asyncio.gather(*rest, return_exceptions=True)
    await asyncio.sleep(0)


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def cafile(authority: trustme.CA, tmp_path: Path) -> Path:
    path = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return path


def certified(
    authority: trustme.CA, name: str = "127.0.0.1", *, until: datetime | None = None
) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name, not_after=until).configure_cert(context)
    return context


def test_a_message_arrives_as_it_was() -> None:
    box = Mailbox()
    with aiosmtpd(lambda: SMTP(box, hostname="relay")) as port:
        transport = session(port)
        reply = sent(transport)
        transport.close()

    assert (reply.phase, reply.code, reply.enhanced, reply.text) == (Phase.DOT, 250, "2.0.0", "kept")
    assert box.contents == [CONTENT]


def test_one_connection_carries_many() -> None:
    box = Mailbox()
    with aiosmtpd(lambda: SMTP(box, hostname="relay")) as port:
        transport = session(port)
        codes = [sent(transport).code for _ in range(3)]
        transport.close()

    assert codes == [250, 250, 250]


def test_starttls_is_private_before_the_first_command(authority: trustme.CA, cafile: Path) -> None:
    box, context = Mailbox(), certified(authority)
    with aiosmtpd(lambda: SMTP(box, hostname="relay", tls_context=context, require_starttls=True)) as port:
        transport = talk(f"smtp+starttls://127.0.0.1:{port}", None, cafile=cafile)
        reply = sent(transport)
        transport.close()

    assert (reply.code, box.was_private) == (250, [True])


def test_implicit_tls_is_private_from_the_start(authority: trustme.CA, cafile: Path) -> None:
    with Smtpd(tls=certified(authority)) as server:
        transport = talk(f"smtps://127.0.0.1:{server.port}", None, cafile=cafile)
        reply = sent(transport)
        transport.close()

    assert (reply.code, server.recipients) == (250, ["ada@example.org"])


@pytest.mark.parametrize(
    ("name", "until"),
    [("relay.example.org", None), ("127.0.0.1", datetime(2020, 1, 1, tzinfo=UTC))],
    ids=["wrong name", "expired"],
)
def test_a_certificate_that_is_not_good_gets_no_byte_of_mail(
    authority: trustme.CA, cafile: Path, name: str, until: datetime | None
) -> None:
    with Smtpd(tls=certified(authority, name, until=until)) as server:
        transport = talk(f"smtps://127.0.0.1:{server.port}", None, cafile=cafile)
        with pytest.raises(RelayError, match="certificate"):
            transport.open()

    assert server.lines == []


def test_an_unknown_authority_is_not_trusted(authority: trustme.CA) -> None:
    with Smtpd(tls=certified(authority)) as server, pytest.raises(RelayError, match="certificate"):
        session(server.port, scheme="smtps").open()

    assert server.lines == []


def test_starttls_with_a_wrong_certificate_gets_no_byte_of_mail(authority: trustme.CA, cafile: Path) -> None:
    box, context = Mailbox(), certified(authority, "relay.example.org")
    with aiosmtpd(lambda: SMTP(box, hostname="relay", tls_context=context)) as port:
        url = f"smtp+starttls://127.0.0.1:{port}"
        with pytest.raises(RelayError, match="certificate"):
            talk(url, None, cafile=cafile).open()

    assert box.contents == []


def test_starttls_stripped_gets_no_byte_of_mail() -> None:
    with Smtpd() as server, pytest.raises(RelayError, match="STARTTLS"):
        session(server.port, scheme="smtp+starttls").open()

    assert [line.split(" ")[0].upper() for line in server.lines] == ["CONNECT", "EHLO"]


def test_words_injected_before_tls_end_the_session() -> None:
    injecting = at("STARTTLS", say("220 go ahead\r\n250 injected"))
    server = Smtpd(injecting, extensions=("STARTTLS",))
    with server, pytest.raises(RelayError, match="injecting"):
        session(server.port, scheme="smtp+starttls").open()

    assert not any(line.startswith("MAIL") for line in server.lines)


def test_a_handshake_that_is_reset_sends_nothing() -> None:
    with Smtpd(at("CONNECT", DROP)) as server, pytest.raises(RelayError, match="TLS"):
        session(server.port, scheme="smtps").open()


@contextmanager
def authenticated(box: Mailbox, context: ssl.SSLContext) -> Iterator[int]:
    def make() -> SMTP:
        return SMTP(box, hostname="relay", tls_context=context, authenticator=box.log_in, auth_required=True)

    with aiosmtpd(make) as port:
        yield port


def test_a_login_is_made_with_what_the_address_says(authority: trustme.CA, cafile: Path) -> None:
    box = Mailbox()
    with authenticated(box, certified(authority)) as port:
        url = f"smtp+starttls://ada%40x@127.0.0.1:{port}"
        transport = talk(url, "s3cret/+", cafile=cafile)
        reply = sent(transport)
        transport.close()

    assert (reply.code, len(box.contents)) == (250, 1)


def test_a_wrong_password_is_the_relays_error_and_is_not_repeated(
    authority: trustme.CA, cafile: Path
) -> None:
    with authenticated(Mailbox(), certified(authority)) as port:
        url = f"smtp+starttls://ada%40x@127.0.0.1:{port}"
        with pytest.raises(RelayError, match="535") as refused:
            talk(url, "not-it-at-all", cafile=cafile).open()

    assert "not-it-at-all" not in f"{refused.value}{refused.value.mend}"


def test_a_relay_that_knows_no_login_is_said_so() -> None:
    with Smtpd() as server:
        url = f"smtp://ada@127.0.0.1:{server.port}"
        with pytest.raises(RelayError, match="AUTH"):
            talk(url, "secret").open()


def test_nobody_listening_is_the_relays_error() -> None:
    with Smtpd() as server:
        port = server.port

    with pytest.raises(RelayError, match="cannot be reached"):
        session(port).open()


# A relay that fails


def last_reply(*scripts: Script, timeouts: Timeouts = PATIENT) -> Reply:
    with Smtpd(*scripts) as server:
        transport = session(server.port, timeouts=timeouts)
        reply = sent(transport)
        transport.close()
    return reply


PHASES = [("MAIL", Phase.MAIL), ("RCPT", Phase.RCPT), ("DATA", Phase.DATA), ("DOT", Phase.DOT)]


@pytest.mark.parametrize(("verb", "phase"), PHASES)
@pytest.mark.parametrize("code", [421, 450, 550])
def test_a_refusal_tells_its_phase(verb: str, phase: Phase, code: int) -> None:
    reply = last_reply(at(verb, say(f"{code} {code // 100}.1.1 no")))

    assert (reply.phase, reply.code, reply.enhanced, reply.text) == (phase, code, f"{code // 100}.1.1", "no")


@pytest.mark.parametrize(("verb", "phase"), PHASES)
def test_a_drop_tells_its_phase(verb: str, phase: Phase) -> None:
    reply = last_reply(at(verb, DROP))

    assert (reply.phase, reply.code) == (phase, None)


@pytest.mark.parametrize(("verb", "phase"), PHASES)
def test_silence_is_not_waited_for_for_ever(verb: str, phase: Phase) -> None:
    reply = last_reply(at(verb, SILENCE), timeouts=HASTY)

    assert (reply.phase, reply.code) == (phase, None)


@pytest.mark.parametrize("verb", ["CONNECT", "EHLO"])
@pytest.mark.parametrize("fault", [DROP, say_and_drop("421 too busy")])
def test_who_hangs_up_before_the_mail_may_take_it_later(verb: str, fault: Fault) -> None:
    with Smtpd(at(verb, fault)) as server, pytest.raises(Dropped):
        session(server.port).open()


def test_a_relay_that_knows_only_helo_will_do() -> None:
    with Smtpd(at("EHLO", say("502 5.5.1 what"))) as server:
        transport = session(server.port)
        reply = sent(transport)
        transport.close()

    assert (reply.code, server.recipients) == (250, ["ada@example.org"])


def test_a_reset_refused_is_a_lost_connection() -> None:
    with Smtpd(at("RCPT", say("550 5.1.1 no")), at("RSET", say("500 what"))) as server:
        transport = session(server.port)
        sent(transport)
        reply = sent(transport)

    assert (reply.phase, reply.is_lost) == (Phase.MAIL, True)


def test_a_greeting_that_refuses_is_the_relays_error() -> None:
    server = Smtpd(at("CONNECT", say("554 no service")))
    with server, pytest.raises(RelayError, match="554 no service") as refused:
        session(server.port).open()

    assert not isinstance(refused.value, Dropped)


@pytest.mark.parametrize(
    "answer",
    ["hello there", "25", "999 what", "\r\n".join(["250-more"] * 200), "250 " + "x" * 20_000, "354 go on"],
    ids=["prose", "short", "no class", "endless", "long line", "out of place"],
)
def test_a_relay_that_does_not_speak_smtp_is_left(answer: str) -> None:
    reply = last_reply(at("MAIL", say(answer)))

    assert (reply.phase, reply.is_lost) == (Phase.MAIL, True)


def test_words_out_of_turn_end_the_session() -> None:
    reply = last_reply(at("MAIL", say("250 ok\r\n250 and more")))

    assert reply.is_lost


def test_after_a_refusal_the_next_message_has_its_own_envelope() -> None:
    with Smtpd(at("RCPT", say("550 5.1.1 nobody"), nth=1)) as server:
        transport = session(server.port)
        first = sent(transport)
        second = sent(transport, Envelope(mail_from="other@example.org", rcpt_to="bob@example.org"))
        transport.close()

    assert (first.code, second.code, server.connections) == (550, 250, 1)
    assert [(m.mail_from, m.rcpt_to) for m in server.messages] == [
        ("other@example.org", ("bob@example.org",))
    ]
    assert "RSET" in server.lines


def test_closing_after_354_sends_no_content() -> None:
    with Smtpd() as server:
        transport = session(server.port)
        transport.open()
        assert transport.offer(ENVELOPE, size=9).is_yes
        transport.close()

    assert server.messages == []
    assert "QUIT" not in server.lines


def test_a_message_larger_than_the_relay_takes_is_not_offered() -> None:
    with Smtpd(extensions=("SIZE 1000",)) as server:
        transport = session(server.port)
        reply = sent(transport, content=b"x" * 1001)
        transport.close()

    assert (reply.phase, reply.code, reply.enhanced) == (Phase.MAIL, 552, "5.3.4")
    assert not any(line.startswith("MAIL") for line in server.lines)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b".\r\n..\r\n.x\r\n", b".\r\n..\r\n.x\r\n"),
        (b"a\r\n.\r\nb\r\n", b"a\r\n.\r\nb\r\n"),
        (b"a\n.\nb\rc", b"a\r\n.\r\nb\r\nc\r\n"),
    ],
)
def test_no_line_of_the_content_ends_it(content: bytes, expected: bytes) -> None:
    with Smtpd() as server:
        transport = session(server.port)
        sent(transport, content=content)
        transport.close()

    assert [message.content for message in server.messages] == [expected]


def test_smtputf8_is_asked_for_only_when_needed() -> None:
    with Smtpd(extensions=("SMTPUTF8", "8BITMIME")) as server:
        transport = session(server.port)
        sent(transport)
        sent(transport, Envelope(mail_from="b@example.org", rcpt_to="zoé@example.org"))
        transport.close()

    assert ["SMTPUTF8" in line for line in server.lines if line.startswith("MAIL")] == [False, True]
    assert server.recipients == ["ada@example.org", "zoé@example.org"]


def test_an_address_that_needs_smtputf8_where_there_is_none_is_not_offered() -> None:
    with Smtpd() as server:
        transport = session(server.port)
        reply = sent(transport, Envelope(mail_from="b@example.org", rcpt_to="zoé@example.org"))
        transport.close()

    assert (reply.code, reply.enhanced) == (553, "5.6.7")


@pytest.mark.parametrize("address", ["\udcff@b", "a@b\r\nRCPT TO:<x>", "a b@c", "<a@b>", "a@b\x00", ""])
def test_nothing_that_ends_a_command_gets_into_an_envelope(address: str) -> None:
    with pytest.raises(ValueError, match="envelope"):
        Envelope(mail_from="b@example.org", rcpt_to=address)


# Addresses of relays


@pytest.mark.parametrize(
    "url",
    [
        "",
        "mail.example.org",
        "http://mail",
        "smtp://",
        "smtp://h:99999",
        "smtp://h:0",
        "smtp://h/box",
        "dir:",
    ],
)
def test_a_bad_relay_address_is_a_settings_error_with_a_mend(url: str) -> None:
    with pytest.raises(SettingsError) as refused:
        talk(url, None)

    assert "smtp" in (refused.value.mend or "")


def test_a_password_never_crosses_the_network_in_the_clear() -> None:
    with pytest.raises(SettingsError, match="in the clear"):
        talk("smtp://ada@mail.example.org", "secret")


def test_a_user_needs_a_password() -> None:
    with pytest.raises(SettingsError, match="needs a password"):
        talk("smtps://ada@mail.example.org", None)
