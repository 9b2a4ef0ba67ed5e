"""B16: TLS that is not good, or not there: no byte of mail leaves, nobody is marked, the next run sends."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime
from pathlib import Path

import pytest
import trustme

from digest.model import Status
from digest.storage import Store
from tests.faults.plan import DROP, RESET, Fault, Plan, Rule, say
from tests.faults.room import READERS, everybody_once, of_status, send, suppressed
from tests.faults.sink import Sink
from tests.ledger import peek


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def cafile(authority: trustme.CA, tmp_path: Path) -> Path:
    path = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(path)
    return path


def serving(certificate: trustme.LeafCert) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    return context


def expired(authority: trustme.CA) -> ssl.SSLContext:
    return serving(authority.issue_cert("127.0.0.1", not_after=datetime(2020, 1, 1, tzinfo=UTC)))


def of_another(authority: trustme.CA) -> ssl.SSLContext:
    return serving(authority.issue_cert("elsewhere.example.org"))


def of_a_stranger(_authority: trustme.CA) -> ssl.SSLContext:
    return serving(trustme.CA().issue_cert("127.0.0.1"))


def unmarked(store: Store, sink: Sink) -> None:
    assert sink.seen("MAIL") == sink.seen("RCPT") == sink.seen("DATA") == 0
    assert of_status(store, Status.PLANNED) == READERS
    assert peek(store, "SELECT id FROM attempts") == []
    assert suppressed(store) == []


@pytest.mark.parametrize("make", [expired, of_another, of_a_stranger])
def test_a_certificate_that_is_not_good_gets_no_byte_of_mail(
    store: Store, tmp_path: Path, authority: trustme.CA, cafile: Path, make: object
) -> None:
    assert callable(make)
    with Sink(tmp_path / "journal", tls=make(authority)) as sink:
        report = send(store, sink.port, scheme="smtp+starttls", cafile=cafile)
        unmarked(store, sink)

        assert "certificate" in str(report.stopped)
        sink.tls = serving(authority.issue_cert("127.0.0.1"))
        assert send(store, sink.port, scheme="smtp+starttls", cafile=cafile).open == 0
    everybody_once(sink)


def test_starttls_that_is_stripped_gets_no_byte_of_mail(store: Store, tmp_path: Path, cafile: Path) -> None:
    """250 to EHLO, and STARTTLS is not in it (C23)."""
    with Sink(tmp_path / "journal") as sink:
        report = send(store, sink.port, scheme="smtp+starttls", cafile=cafile)
        unmarked(store, sink)

    assert "does not offer STARTTLS" in str(report.stopped)


@pytest.mark.parametrize(
    "fault",
    [
        DROP,
        RESET,
        say("454 4.7.0 TLS not available"),
        say("220 go ahead\r\n250 injected before TLS"),
        say("220 go ahead\r\nthis is no handshake"),
    ],
    ids=["drop", "reset", "454", "injected", "no handshake"],
)
def test_a_handshake_that_fails_gets_no_byte_of_mail(
    store: Store, tmp_path: Path, authority: trustme.CA, cafile: Path, fault: Fault
) -> None:
    context = serving(authority.issue_cert("127.0.0.1"))
    plan = Plan(rules=(Rule(verb="STARTTLS", fault=fault),))
    with Sink(tmp_path / "journal", plan, tls=context) as sink:
        report = send(store, sink.port, scheme="smtp+starttls", cafile=cafile)
        unmarked(store, sink)

        assert report.stopped is not None
        sink.plan = Plan()
        assert send(store, sink.port, scheme="smtp+starttls", cafile=cafile).open == 0
    everybody_once(sink)


def test_joined_writes_go_through_tls(
    store: Store, tmp_path: Path, authority: trustme.CA, cafile: Path
) -> None:
    rules = (Rule(verb="RCPT", holding=READERS[3], fault=say("550 5.1.1 nobody")),)
    tls = serving(authority.issue_cert("127.0.0.1"))
    with Sink(tmp_path / "journal", Plan(rules=rules), tls=tls) as sink:
        report = send(store, sink.port, scheme="smtp+starttls", cafile=cafile)

    assert (report.sent, report.failed, report.open) == (len(READERS) - 1, 1, 0)
    everybody_once(sink, but=frozenset({READERS[3]}))
