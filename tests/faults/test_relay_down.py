"""B17, B18: a relay that refuses our login, or is down all night: nobody is marked, it is left in peace, and
everybody gets their mail once it is back."""

from __future__ import annotations

import socket
from datetime import timedelta
from pathlib import Path

import pytest

from digest.model import Status
from digest.storage import Store
from tests.faults.plan import DROP, Fault, Plan, Rule, say_and_drop
from tests.faults.room import READERS, everybody_once, of_status, send, suppressed
from tests.faults.sink import Sink
from tests.ledger import NOW, peek
from tests.smtpd import Smtpd, at, say

#: a timer that calls `digest deliver` every five minutes, from three to nine
RUNS = [NOW + number * timedelta(minutes=5) for number in range(72)]
#: connections a run may try before it gives up
TRIES = 5


@pytest.mark.parametrize("answer", ["535 5.7.8 wrong", "454 4.7.0 try later", "538 5.7.11 encrypt"])
def test_a_login_refused_stops_the_run_and_marks_nobody(store: Store, answer: str) -> None:
    extensions = ("AUTH PLAIN", "PIPELINING")
    with Smtpd(at("AUTH", say(answer)), extensions=extensions) as relay:
        report = send(store, relay.port, user="digest:secret@")

        assert "login" in str(report.stopped)
        assert report.mend is not None
        assert not any(line.startswith("MAIL") for line in relay.lines)
        assert relay.connections <= TRIES
    assert of_status(store, Status.PLANNED) == READERS
    assert peek(store, "SELECT id FROM attempts") == []
    assert suppressed(store) == []


def test_down_all_night_loses_nothing(store: Store, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        nobody = int(free.getsockname()[1])
    for now in RUNS:
        assert send(store, nobody, now=now).stopped is not None
    assert of_status(store, Status.PLANNED) == READERS
    assert peek(store, "SELECT id FROM attempts") == []

    with Sink(tmp_path / "journal") as sink:
        assert send(store, sink.port, now=RUNS[-1]).sent == len(READERS)
    everybody_once(sink)


@pytest.mark.parametrize("fault", [DROP, say_and_drop("421 4.3.2 closed for the night")], ids=["drop", "421"])
def test_a_relay_that_hangs_up_all_night_is_asked_about_once_a_minute(
    store: Store, tmp_path: Path, fault: Fault
) -> None:
    with Sink(tmp_path / "journal", Plan(rules=(Rule(verb="CONNECT", fault=fault),))) as sink:
        for now in RUNS:
            assert send(store, sink.port, now=now).stopped is not None

        # Five minutes lie between two runs.
        assert sink.journal.count("open") <= TRIES * len(RUNS)
        assert of_status(store, Status.PLANNED) == READERS
        sink.plan = Plan()
        assert send(store, sink.port, now=RUNS[-1]).sent == len(READERS)
    everybody_once(sink)


def test_down_in_the_middle_loses_nothing(store: Store, tmp_path: Path) -> None:
    """Every connection ends after its third message, and no new one is to be had: then it comes back."""
    closes = Rule(verb="DOT", nth=7, fault=say_and_drop("421 4.3.2 shutting down"))
    with Sink(tmp_path / "journal", Plan(rules=(closes,))) as sink:
        first = send(store, sink.port, connections=1)
        sink.plan = Plan(rules=(Rule(verb="CONNECT", fault=DROP),))
        assert send(store, sink.port, now=RUNS[1]).sent == 0
        sink.plan = Plan()
        last = send(store, sink.port, now=RUNS[6])

    assert first.sent + last.sent == len(READERS)
    everybody_once(sink)
