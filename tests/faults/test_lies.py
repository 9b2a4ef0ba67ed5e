"""C23: a relay that lies: endless replies, megabytes of one, lines nobody asked for. Nothing grows, the
connection ends, no reply is taken for another's, and everybody gets their mail from the next."""

from __future__ import annotations

from pathlib import Path

import pytest

from digest.storage import Store
from tests.faults.plan import Plan, Rule, say
from tests.faults.room import READERS, suppressed, until_quiet
from tests.faults.sink import Sink

LIES = {
    "never ends": "250-and so on\r\n" * 50_000 + "250 done",
    "two megabytes in a line": f"250 {'x' * 2_000_000}",
    "two megabytes in many": f"250-{'x' * 1000}\r\n" * 2_000 + "250 done",
    "one line too many": "250 2.0.0 ok\r\n250 2.0.0 and another",
    "a permission nobody asked for": "250 2.0.0 ok\r\n354 go ahead",
    "no code": "fine",
    "a code that is none": "950 what",
    "not SMTP at all": "HTTP/1.1 400 Bad Request\r\n\r\n<html>",
    "the wrong kind of yes": "354 go ahead",
    "two codes in one reply": "250-ok\r\n550 no",
}


#: joined, this cannot be told from the next command's answer: it is believed, and costs that one reader
REFUSES_NOBODY = "250 2.0.0 ok\r\n550 5.1.1 nobody here"


def test_a_refusal_of_nobody_in_lockstep_refuses_nobody(store: Store, tmp_path: Path) -> None:
    rules = tuple(Rule(verb=verb, nth=4, fault=say(REFUSES_NOBODY)) for verb in ("MAIL", "RCPT", "DOT"))
    with Sink(tmp_path / "journal", Plan(rules=rules), pipelining=False) as sink:
        until_quiet(store, sink.port)

    assert set(sink.journal.copies) == set(READERS)
    assert suppressed(store) == []


@pytest.mark.parametrize("pipelining", [True, False], ids=["joined", "lockstep"])
@pytest.mark.parametrize("verb", ["MAIL", "RCPT", "DOT"])
@pytest.mark.parametrize("lie", LIES)
def test_a_lie_costs_a_connection_and_nobody_their_mail(
    store: Store, tmp_path: Path, lie: str, verb: str, pipelining: bool
) -> None:
    rules = tuple(Rule(verb=verb, nth=nth, fault=say(LIES[lie])) for nth in (4, 9))
    with Sink(tmp_path / "journal", Plan(rules=rules), pipelining=pipelining) as sink:
        doubts = until_quiet(store, sink.port)

    journal = sink.journal
    assert set(journal.copies) == set(READERS)
    # What is taken with words we cannot believe is sent again.
    assert journal.repeats <= doubts
    assert journal.altered == ()
    assert suppressed(store) == []
    numbers = {reader: number for number, reader in enumerate(READERS, 1)}
    assert all(one.mail_from == f"b.{numbers[one.recipient]}@example.org" for one in journal.taken)


@pytest.mark.parametrize("verb", ["CONNECT", "EHLO"])
@pytest.mark.parametrize("lie", ["never ends", "two megabytes in a line", "not SMTP at all"])
def test_a_lie_in_the_greeting_marks_nobody(store: Store, tmp_path: Path, lie: str, verb: str) -> None:
    with Sink(tmp_path / "journal", Plan(rules=(Rule(verb=verb, nth=1, fault=say(LIES[lie])),))) as sink:
        until_quiet(store, sink.port)

    assert set(sink.journal.copies) == set(READERS)
    assert sink.journal.repeats == 0
    assert suppressed(store) == []
