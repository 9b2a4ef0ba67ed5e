"""B27, B5: readers who leave, and runs that are asked to stop, while ten connections send."""

from __future__ import annotations

import json
import signal
import subprocess
import threading
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest

from digest.model import Status
from digest.night import people
from digest.storage import Store, open_store
from tests.faults.house import reader, ready
from tests.faults.room import READERS, everybody_once, of_status, send
from tests.faults.sink import Once, Sink
from tests.ledger import NOW, poke
from tests.night.house import NIGHT, address
from tests.night.killing import started

MANY = 300
LEAVE = "UPDATE subscriptions SET consent = 'unsubscribed' WHERE id = ?"


@pytest.mark.parametrize("pipelining", [True, False], ids=["joined", "lockstep"])
def test_who_leaves_after_354_gets_nothing_and_the_neighbours_theirs(
    store: Store, tmp_path: Path, pipelining: bool
) -> None:
    """Between the relay's yes and the content the last look finds them gone: the connection is closed."""
    gone = {READERS[number] for number in (0, 7, 8)}

    def leave() -> None:
        with open_store("sqlite:///digest.db", base=tmp_path, now=NOW) as web:
            for one in gone:
                poke(web, LEAVE, READERS.index(one) + 1)

    at_the_first = Once("DATA", "before", 1, leave)
    with Sink(tmp_path / "journal", pipelining=pipelining, watcher=at_the_first) as sink:
        report = send(store, sink.port)

    assert (report.suppressed, report.open) == (len(gone), 0)
    assert set(of_status(store, Status.SUPPRESSED)) == gone
    everybody_once(sink, but=frozenset(gone))
    assert sink.journal.repeats == 0


def test_two_hundred_who_leave_by_one_click_while_mail_leaves_all_succeed(tmp_path: Path) -> None:
    """Another process of the same installation writes: nobody waits for the night to end."""
    house = ready(tmp_path, MANY, connections=10)
    first, left = threading.Event(), list[str]()

    with Sink(tmp_path / "journal", watcher=Once("DOT", "taken", 1, first.set)) as sink:
        child = started(tmp_path, sink.port, now=NIGHT, command="deliver")
        assert first.wait(60)
        with house.tonight(NIGHT) as web:
            for number in reversed(range(MANY - 200, MANY)):
                (member,) = people.places_of(web, address(reader(number)))
                change = people.unsubscribe(web, member.subscription.id, method="one-click")
                assert change is not None
                left.append(reader(number))
        out, err = child.communicate(timeout=120)

    assert child.returncode == 0, err
    counts = json.loads(out)["deliver"]
    copies = sink.journal.copies
    assert (counts["sent"] + counts["suppressed"], counts["open"]) == (MANY, 0)
    assert len(left) == 200
    assert (len(copies), copies.total()) == (counts["sent"], counts["sent"])
    assert set(copies) >= {reader(number) for number in range(MANY - 200)}
    house.accounts()


def test_sigterm_finishes_what_is_in_flight_on_every_connection_and_doubles_nothing(tmp_path: Path) -> None:
    ready(tmp_path, MANY, connections=10)
    children: list[subprocess.Popen[str]] = []

    stop = Once("DOT", "taken", 60, lambda: children[0].send_signal(signal.SIGTERM))

    with Sink(tmp_path / "journal", watcher=stop) as sink:
        codes = []
        for minutes in (0, 5):
            later = NIGHT + timedelta(minutes=minutes)
            with started(tmp_path, sink.port, now=later, command="deliver") as child:
                children.append(child)
                out, err = child.communicate(timeout=120)
            assert "Traceback" not in err
            codes.append((child.returncode, json.loads(out)["deliver"]["sent"]))

    (first, sent), (second, rest) = codes
    assert (first, second) == (4, 0)
    assert (60 <= sent < MANY, sent + rest) == (True, MANY)
    assert sink.journal.copies == Counter({reader(number): 1 for number in range(MANY)})
