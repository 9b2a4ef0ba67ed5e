"""B22: the clock is set back and forward between runs, also while mail is deferred: nobody gets anything
twice, nobody is lost or suppressed, and no retry waits longer than the clock was wrong."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from digest.model import IssueId, Status
from digest.storage import Store
from tests.faults.plan import Plan, Rule, say
from tests.faults.room import READERS, everybody_once, of_status, send, suppressed
from tests.faults.sink import Sink
from tests.ledger import NOW

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
#: a relay that lets six through, and asks the others to come again
GREY = Plan(rules=tuple(Rule(verb="RCPT", holding=one, fault=say("451 4.7.1 later")) for one in READERS[6:]))


@pytest.mark.parametrize(
    "wrong",
    [DAY, -DAY, 400 * DAY, -400 * DAY, 3 * MINUTE],
    ids=["a day fast", "a day slow", "a year fast", "a year slow", "minutes fast"],
)
def test_a_clock_set_right_between_runs_sends_everything_once(
    store: Store, tmp_path: Path, wrong: timedelta
) -> None:
    first = NOW + max(wrong, timedelta())
    right = first - wrong
    with Sink(tmp_path / "journal", GREY) as sink:
        send(store, sink.port, now=first)
        send(store, sink.port, now=right)
        sink.plan = Plan()
        send(store, sink.port, now=right + MINUTE)
        send(store, sink.port, now=max(first, right) + 30 * MINUTE)

    everybody_once(sink)
    assert sink.journal.repeats == 0
    assert of_status(store, Status.SENT) == READERS
    assert suppressed(store) == []


def test_hours_back_and_forth_while_mail_is_refused_expire_nobody_and_double_nobody(
    store: Store, tmp_path: Path
) -> None:
    with Sink(tmp_path / "journal", GREY) as sink:
        for hours in (0, 30, 1, -30, 31, 2, 60, 0):
            send(store, sink.port, now=NOW + timedelta(hours=hours))
            balance = store.deliveries.conservation(IssueId(1))
            assert (balance.holds, balance.tally.expired, balance.tally.failed) == (True, 0, 0)
        sink.plan = Plan()
        send(store, sink.port, now=NOW + 4 * DAY)

    everybody_once(sink)
    assert of_status(store, Status.SENT) == READERS
