"""`digest inbound`: what a mail server hands over is acted on, or kept by it for later; nothing is lost."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from digest.storage import open_store
from digest.storage.protocol.bounces import Returned
from subscribers.bounces import Weight
from subscribers.model import Consent, Subscription
from subscribers.tokens import Mailbox, local_part
from tests.cli.run import Ran, child, environment, inside
from tests.cli.sites import put
from tests.imapd import imapd, trusted
from tests.returned import dsn, mail

DOMAIN = "bounces.example.org"
NOW = datetime.now(UTC)


@pytest.fixture
def site(empty: Path) -> Path:
    """With one reader, and a domain for bounces."""
    (slug,) = [each["slug"] for each in inside("lists", "list", "--json", at=empty).json]
    assert inside("subscribers", "add", "ada@example.org", "--list", slug, "--confirmed", at=empty).code == 0
    put(empty, "bounce_domain", f'"{DOMAIN}"')
    return empty


def place(site: Path) -> Subscription:
    with open_store("sqlite:///digest.db", base=site, now=NOW) as store:
        (member,) = store.people.members(store.lists.all()[0].id, limit=2)
        return member.subscription


def leave(site: Path) -> str:
    """The address that ends the reader's place."""
    id = place(site).id
    with open_store("sqlite:///digest.db", base=site, now=NOW) as store:
        return f"{local_part(Mailbox.UNSUBSCRIBE, id, store.keys.secret('verp'))}@{DOMAIN}"


def piped(site: Path, message: bytes, *arguments: str, **more: str) -> Ran:
    """As a mail server runs it."""
    done = subprocess.run(
        [sys.executable, "-m", "digest", "inbound", *arguments],
        cwd=site,
        env=environment(**more),
        input=message,
        capture_output=True,
        check=False,
        timeout=120,
    )
    return Ran(code=done.returncode, out=done.stdout.decode(), err=done.stderr.decode())


def test_a_mail_that_asks_to_leave_is_taken_from_standard_input(site: Path) -> None:
    ran = piped(site, mail(leave(site)))

    assert (ran.code, ran.out) == (0, "")
    assert ran.err.startswith("unsubscribed: ")
    assert place(site).consent is Consent.UNSUBSCRIBED


@pytest.mark.parametrize("name", ["ORIGINAL_RECIPIENT", "RECIPIENT"])
def test_the_mail_server_says_whom_it_was_for(site: Path, name: str) -> None:
    """Postfix and Exim set it in the environment; the header may say something else."""
    assert piped(site, mail("someone@example.org"), **{name: leave(site)}).code == 0
    assert place(site).consent is Consent.UNSUBSCRIBED


def test_a_recipient_may_be_given(site: Path) -> None:
    path = site / "mail.eml"
    path.write_bytes(mail("someone@example.org"))
    ran = inside("inbound", str(path), "--recipient", leave(site), "--json", at=site)

    assert ran.json["deed"] == "unsubscribed"
    assert inside("inbound", str(path), "--recipient", leave(site), "--json", at=site).json["deed"] == "again"


def test_what_came_back_is_shown_with_the_person(site: Path) -> None:
    id = place(site).id
    with open_store("sqlite:///digest.db", base=site, now=NOW) as store:
        hash_ = store.people.hash_of(place(site).subscriber_id)
        assert hash_ is not None
        store.bounces.add(
            Returned(
                mark="m",
                weight=Weight.SOFT,
                at=NOW,
                delivery_id=None,
                subscription_id=id,
                issue_id=None,
                address_hash=hash_,
                status="4.2.2",
                detail="mailbox full",
            )
        )

    assert "soft 4.2.2 mailbox full" in inside("subscribers", "show", "ada@example.org", at=site).out
    (shown,) = inside("subscribers", "show", "ada@example.org", "--json", at=site).json["returned"]
    assert (shown["weight"], shown["status"]) == ("soft", "4.2.2")


def test_a_dash_is_standard_input(site: Path) -> None:
    assert inside("inbound", "-", "--json", at=site, given=mail(leave(site))).json["deed"] == "unsubscribed"


@pytest.mark.parametrize(
    "message", [b"", b"\xff" * 1_000, dsn(f"b.forged@{DOMAIN}"), mail("a@b.example", text="hello")]
)
def test_what_proves_nothing_is_taken_and_does_nothing(site: Path, message: bytes) -> None:
    """0: the mail server need not keep it, and nobody is answered."""
    ran = inside("inbound", "--json", at=site, given=message)

    assert (ran.code, ran.json["deed"]) == (0, "unproven")
    assert place(site).consent is Consent.CONFIRMED


def test_a_message_too_large_is_read_to_its_end_and_passed_over(site: Path) -> None:
    """A mail server that cannot hand over all of it would keep it and try again for days."""
    ran = piped(site, mail(leave(site)) + b"x" * 3_000_000)

    assert ran.code == 0
    assert ran.err.startswith("ignored: It is larger than 1,048,576 bytes")
    assert place(site).consent is Consent.CONFIRMED


def test_a_broken_configuration_makes_the_mail_server_keep_the_message(site: Path) -> None:
    put(site, "bounce_domain", "[")
    ran = piped(site, mail("x@example.org"))

    assert ran.code == 75
    assert "digest.toml" in ran.err


def test_a_database_that_is_not_to_be_had_makes_the_mail_server_keep_the_message(site: Path) -> None:
    """EX_TEMPFAIL, and the same message does its work when it comes again."""
    message = mail(leave(site))
    database = site / "digest.db"
    database.rename(site / "away.db")
    database.mkdir()

    assert piped(site, message).code == 75

    database.rmdir()
    (site / "away.db").rename(database)
    assert piped(site, message).code == 0
    assert place(site).consent is Consent.UNSUBSCRIBED


def test_a_mailbox_takes_no_message_besides(site: Path) -> None:
    assert inside("inbound", "--imap", "-", at=site).code == 2
    assert inside("inbound", "--imap", "--recipient", "a@b.example", at=site).code == 2


def test_without_a_mailbox_the_key_is_named(site: Path) -> None:
    ran = inside("inbound", "--imap", at=site)

    assert ran.code == 2
    assert 'bounces = "imaps://user@mail.example.org/INBOX"' in ran.err


def test_a_mailbox_is_read_acted_on_and_marked(site: Path) -> None:
    with imapd() as server:
        put(site, "bounces", f'"imaps://me@localhost:{server.port}"')
        put(site, "bounces_password", f'"{server.password}"')
        server.put(mail(leave(site)), mail("hello@example.org"))
        ran = child("inbound", "--imap", "--json", at=site, **trusted(site))
        again = child("inbound", "--imap", at=site, **trusted(site))

    assert ran.json == {"messages": 2, "unsubscribed": 1, "unproven": 1}
    assert again.err == "0 messages.\n"
    assert server.unseen == []
    assert place(site).consent is Consent.UNSUBSCRIBED


def test_a_mailbox_that_is_not_to_be_had_is_a_sentence(site: Path) -> None:
    """Nobody here vouches for that server's certificate."""
    with imapd() as server:
        put(site, "bounces", f'"imaps://me@localhost:{server.port}"')
        put(site, "bounces_password", f'"{server.password}"')
        ran = inside("inbound", "--imap", at=site)

    assert ran.code == 1
    assert "The mailbox INBOX at localhost cannot be reached" in ran.err
    assert server.password not in ran.err
