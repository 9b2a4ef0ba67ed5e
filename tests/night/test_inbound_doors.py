"""From the wire to the rows: our receiver at the real desk; an admin's lift; what doctor says of it."""

from __future__ import annotations

import smtplib
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import pytest

from digest.errors import MailboxError, NotFound
from digest.night import suppressing
from digest.night.bounce_health import bounce_mailbox, bounces
from digest.night.findings import Finding, Level
from digest.night.inbound import Inbound
from digest.night.noticing import blamed
from subscribers.inbound import Receiver
from subscribers.model import Consent, Reason
from tests.imapd import imapd, trusting
from tests.ledger import issue
from tests.night.house import DAY, NIGHT, House, address
from tests.night.returning import DOMAIN, house, post
from tests.returned import arf, dsn, mail


@pytest.fixture
def home(tmp_path: Path) -> House:
    made = house(tmp_path)
    for name in ("ada", "bob"):
        made.join(name, at=NIGHT - 30 * DAY)
    return made


@pytest.fixture
def receiver(home: House) -> Iterator[Receiver]:
    @contextmanager
    def desk() -> Iterator[Inbound]:
        with post(home) as here:
            yield here.desk

    serving = Receiver(desk, host="127.0.0.1", port=0, hostname=DOMAIN)
    serving.start()
    yield serving
    serving.stop()


def send(receiver: Receiver, message: bytes, to: str) -> dict[str, tuple[int, bytes]]:
    """By the null sender, as reports are."""
    with smtplib.SMTP(*receiver.address, timeout=30) as client:
        return client.sendmail("", [to], message)


def test_a_bounce_that_comes_over_smtp_suppresses(home: House, receiver: Receiver) -> None:
    with post(home) as here:
        to = here.verp(here.sent("ada"))
    assert send(receiver, dsn(to), to) == {}
    assert send(receiver, dsn(to), to) == {}

    with post(home) as here:
        found = here.suppression("ada")
        assert found is not None
        assert found.reason is Reason.HARD
        assert here.counted() == 1


def test_a_mail_to_leave_that_comes_over_smtp_ends_the_place(home: House, receiver: Receiver) -> None:
    with post(home) as here:
        to = here.leave(here.place("bob").id)
    assert send(receiver, mail(to), to) == {}

    assert home.place("bob").consent is Consent.UNSUBSCRIBED
    assert home.place("ada").consent is Consent.CONFIRMED


def test_an_address_whose_proof_does_not_hold_is_refused_at_the_door(receiver: Receiver) -> None:
    with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
        send(receiver, dsn("x@y.org"), f"b.{'a' * 40}@{DOMAIN}")

    assert [code for code, _ in refused.value.recipients.values()] == [550]


def test_a_lifted_place_starts_at_the_head_of_the_last_numbered_issue(home: House) -> None:
    with post(home) as here:
        issue(here.one.store, night="2026-11-21", number=1, head=40)
        issue(here.one.store, night="2026-11-22", number=None, head=60)
        before = here.place("ada").cursor
        suppressing.add(here.one, address("ada"), detail="")
        lifted = suppressing.lift(here.one, address("ada"))

        assert before < 40
        assert [place.cursor for place in lifted.restarted] == [40]
        assert here.suppression("ada") is None


def test_a_lift_moves_no_cursor_back(home: House) -> None:
    with post(home) as here:
        issue(here.one.store, night="2026-11-21", number=1, head=40)
        place = here.place("ada")
        assert place.due_at is not None
        here.one.store.people.restart(place.id, cursor=90, due_at=place.due_at)
        suppressing.add(here.one, address("ada"), detail="")

        assert [each.cursor for each in suppressing.lift(here.one, address("ada")).restarted] == [90]


def test_a_complaint_that_is_lifted_leaves_the_place_ended(home: House) -> None:
    with post(home) as here:
        to = here.verp(here.sent("ada"))
        here.take(arf(to=to), to)
        lifted = suppressing.lift(here.one, address("ada"))

        assert (lifted.was.reason, len(lifted.left), lifted.restarted) == (Reason.COMPLAINT, 1, ())
        assert here.suppression("ada") is None


def test_a_suppression_whose_time_is_up_can_be_lifted_too(home: House) -> None:
    with post(home) as here:
        to = here.verp(here.sent("ada"))
        here.take(dsn(to), to)
    with post(home, NIGHT + 91 * DAY) as here:
        assert suppressing.lift(here.one, address("ada")).was.reason is Reason.HARD
        with pytest.raises(NotFound):
            suppressing.lift(here.one, address("ada"))


def asked(home: House) -> list[Finding]:
    with post(home) as here:
        return list(bounces(here.one))


def test_doctor_says_when_nothing_that_comes_back_has_reached_us(tmp_path: Path) -> None:
    home = house(tmp_path, mail={"bounce_domain": DOMAIN, "smtp": "smtp://127.0.0.1:25"})
    home.join("ada", at=NIGHT)
    (finding,) = asked(home)
    assert finding.level is Level.WARN
    assert DOMAIN in finding.words
    assert "digest inbound" in (finding.mend or "")

    with post(home) as here:
        to = here.verp(here.sent("ada"))
        here.take(dsn(to, status="4.2.2"), to)
    assert [(each.level, each.words) for each in asked(home)] == [
        (Level.OK, "the last one came on 2026-11-22")
    ]


def test_doctor_asks_for_a_bounce_domain_where_a_mailbox_is_read(tmp_path: Path) -> None:
    mailbox = {"bounces": "imaps://me@localhost/INBOX", "bounces_password": "x"}

    (finding,) = asked(house(tmp_path, mail=mailbox))

    assert finding.level is Level.WARN
    assert "bounce_domain" in finding.words


def test_doctor_has_nothing_to_say_where_mail_goes_to_files(home: House) -> None:
    assert asked(home) == []


def test_doctor_says_who_blames_us(home: House) -> None:
    with post(home) as here:
        to = here.verp(here.sent("ada"))
        here.take(dsn(to, status="5.7.26", diagnostic="smtp; 550 5.7.26 unauthenticated"), to)
    (finding,) = asked(home)

    assert finding.level is Level.WARN
    assert "unauthenticated" in finding.words


def test_blame_is_over_after_a_week_and_told_again_when_it_comes_again(home: House) -> None:
    def blame(id: str, at: datetime) -> int:
        with post(home, at) as here:
            blamed(here.one)
            if id:
                to = here.verp(here.sent("ada", night=f"{at:%Y-%m-%d}", number=None))
                here.take(dsn(to, status="5.7.1", id=id), to)
            return len(here.one.store.notices.open())

    days = [("1", 0), ("", 6), ("", 7), ("2", 8)]
    assert [blame(id, NIGHT + day * DAY) for id, day in days] == [1, 1, 0, 1]


@pytest.mark.parametrize("is_right", [True, False])
def test_doctor_tries_the_mailbox(tmp_path: Path, *, is_right: bool) -> None:
    with imapd() as server:
        mailbox = {
            "bounce_domain": DOMAIN,
            "bounces": f"imaps://me@localhost:{server.port}",
            "bounces_password": server.password if is_right else "wrong",
        }
        with post(house(tmp_path, mail=mailbox)) as here:
            if is_right:
                (finding,) = bounce_mailbox(here.one, context=trusting())
                assert finding.level is Level.OK
            else:
                with pytest.raises(MailboxError, match="does not let us in"):
                    list(bounce_mailbox(here.one, context=trusting()))


def test_doctor_asks_no_mailbox_where_there_is_none(home: House) -> None:
    with post(home) as here:
        assert list(bounce_mailbox(here.one)) == []


def test_a_mailbox_nobody_listens_at_is_a_sentence(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    mailbox = {"bounces": f"imaps://me@127.0.0.1:{port}", "bounces_password": "x"}
    with post(house(tmp_path, mail=mailbox)) as here, pytest.raises(MailboxError, match="cannot be reached"):
        list(bounce_mailbox(here.one))
