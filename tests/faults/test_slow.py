"""B15: a relay that trickles its replies, is slow at everything, or stops reading: deadlines hold for a
reply and for a whole message, and the other connections go on meanwhile."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from digest.deliver import Claim, Outgoing, Timeouts
from digest.model import Status
from digest.storage import Store
from tests.faults.plan import End, Fault, Plan, Rule
from tests.faults.room import PATIENT, READERS, everybody_once, of_status, send, suppressed, until_quiet
from tests.faults.sink import Sink
from tests.ledger import NOW
from tests.rooms.delivering import composed

#: the reader whose mail meets it
SLOW = READERS[5]
#: far more than a loopback answer takes, far less than the trickle
SHORT = 1.5
#: 16 bytes of a reply take eight seconds
TRICKLE = Fault(trickle=0.5)


def hasty(**seconds: float) -> Timeouts:
    return replace(PATIENT, **seconds)


@pytest.mark.parametrize("pipelining", [True, False], ids=["joined", "lockstep"])
@pytest.mark.parametrize(
    ("verb", "timeouts"),
    [("RCPT", hasty(command=SHORT)), ("DOT", hasty(dot=SHORT)), ("DOT", hasty(whole=SHORT))],
    ids=["a reply", "the last reply", "the whole message"],
)
def test_a_reply_that_trickles_ends_at_its_deadline_and_the_others_go_on(
    store: Store, tmp_path: Path, verb: str, timeouts: Timeouts, pipelining: bool
) -> None:
    rule, is_doubtful = Rule(verb=verb, holding=SLOW, fault=TRICKLE), verb == "DOT"
    with Sink(tmp_path / "journal", Plan(rules=(rule,)), pipelining=pipelining) as sink:
        report = send(store, sink.port, timeouts=timeouts)

        assert SLOW in of_status(store, Status.DEFERRED)
        assert report.doubtful == int(is_doubtful)
        assert report.sent == len(READERS) - report.deferred
        assert suppressed(store) == []
        sink.plan = Plan()
        until_quiet(store, sink.port)

    assert set(sink.journal.copies) == set(READERS)
    assert sink.journal.repeats == int(is_doubtful)


def test_slow_at_everything_ends_at_the_deadline_of_the_whole_message(store: Store, tmp_path: Path) -> None:
    """Each answer comes in time; all of them together do not."""
    slowly = Fault(seconds=SHORT * 0.6)
    rules = tuple(
        Rule(verb=verb, holding=holding, fault=slowly)
        for verb, holding in (("MAIL", "<b.6@"), ("RCPT", SLOW), ("DOT", SLOW))
    )
    with Sink(tmp_path / "journal", Plan(rules=rules), pipelining=False) as sink:
        report = send(store, sink.port, timeouts=hasty(whole=SHORT))

        assert of_status(store, Status.DEFERRED) == [SLOW]
        assert report.sent == len(READERS) - 1
        sink.plan = Plan()
        until_quiet(store, sink.port)

    assert set(sink.journal.copies) == set(READERS)


def test_a_relay_that_stops_reading_is_left_before_the_dot(store: Store, tmp_path: Path) -> None:
    def large(claim: Claim) -> Outgoing:
        outgoing = composed(claim)
        if claim.address != SLOW:
            return outgoing
        return replace(outgoing, content=outgoing.content + b"a line that fills the buffers\r\n" * 500_000)

    deaf = Rule(verb="BODY", holding=SLOW, fault=Fault(end=End.DEAF, seconds=20))
    with Sink(tmp_path / "journal", Plan(rules=(deaf,))) as sink:
        report = send(store, sink.port, timeouts=hasty(block=SHORT), render=large)

        # The final dot did not leave: nobody can have it.
        assert of_status(store, Status.DEFERRED) == [SLOW]
        assert (report.sent, report.doubtful) == (len(READERS) - 1, 0)
        sink.plan = Plan()
        send(store, sink.port, now=NOW.replace(hour=23), render=large)

    everybody_once(sink)
