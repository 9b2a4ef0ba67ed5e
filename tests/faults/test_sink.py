"""The instruments themselves: the sink speaks SMTP as a real server does, writes before it answers, and the
oracle finds what is wrong."""

from __future__ import annotations

import socket
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.faults.driver import Kill, Outcome
from tests.faults.journal import Journal
from tests.faults.plan import RESET, End, Fault, Plan, Rule, say
from tests.faults.sink import Sink

GROUP = b"MAIL FROM:<a@x>\r\nRCPT TO:<b@x>\r\nDATA\r\n"
CONTENT = b"Message-ID: <1@x>\r\n\r\n..one dot\r\n.\r\n"


class Client:
    """Says what it is told, whatever was answered."""

    def __init__(self, port: int) -> None:
        self._sock = socket.create_connection(("127.0.0.1", port), timeout=20)
        self._file = self._sock.makefile("rb")

    def say(self, words: bytes, *, replies: int = 1) -> list[int]:
        self._sock.sendall(words)
        return [self.code() for _ in range(replies)]

    def code(self) -> int:
        """Of the next reply; 0: the connection has ended."""
        while (line := self._file.readline())[3:4] == b"-":
            pass
        return int(line[:3] or 0)

    def close(self) -> None:
        self._file.close()
        self._sock.close()


@contextmanager
def client(sink: Sink) -> Iterator[Client]:
    one = Client(sink.port)
    try:
        assert one.code() == 220
        assert one.say(b"EHLO x\r\n") == [250]
        yield one
    finally:
        one.close()
        assert sink.wait_until_alone()


@pytest.fixture
def sink(tmp_path: Path) -> Iterator[Sink]:
    with Sink(tmp_path / "journal") as opened:
        yield opened


def test_a_group_is_answered_in_order_and_the_next_may_follow_the_dot(sink: Sink) -> None:
    with client(sink) as one:
        assert one.say(GROUP, replies=3) == [250, 250, 354]
        assert one.say(CONTENT + GROUP, replies=4) == [250, 250, 250, 354]
        assert one.say(CONTENT) == [250]

    (first, second) = sink.journal.taken
    assert (first.mail_from, first.rcpt_to, first.message_id, first.seq) == ("a@x", ("b@x",), "<1@x>", 1)
    assert (first.sha256, second.seq) == (second.sha256, 2)
    assert sink.journal.ahead == ()


def test_a_refused_recipient_leaves_half_a_transaction_that_rset_ends(sink: Sink) -> None:
    sink.plan = Plan(rules=(Rule(verb="RCPT", nth=1, fault=say("550 5.1.1 nobody")),))
    with client(sink) as one:
        assert one.say(GROUP, replies=3) == [250, 550, 503]
        assert one.say(GROUP, replies=3) == [503, 250, 354]
        assert one.say(b".\r\n") == [250]
        assert one.say(b"MAIL FROM:<a@x>\r\nRSET\r\n" + GROUP, replies=5) == [250, 250, 250, 250, 354]


def test_an_eager_one_says_354_for_nobody_and_refuses_what_follows(sink: Sink) -> None:
    sink.is_eager = True
    with client(sink) as one:
        assert one.say(b"MAIL FROM:<a@x>\r\nDATA\r\n.\r\n", replies=3) == [250, 354, 554]

    assert sink.journal.taken == ()


def test_content_before_354_and_a_group_where_none_is_offered_are_noted(sink: Sink) -> None:
    with client(sink) as one:
        one.say(GROUP + CONTENT, replies=4)
    sink.pipelining = False
    with client(sink) as one:
        one.say(GROUP, replies=3)

    verbs = [event["verb"] for event in sink.journal.ahead]
    assert verbs[0] == "DATA"
    assert "MAIL" in verbs


def test_a_message_is_on_disk_before_it_is_answered(sink: Sink) -> None:
    seen: list[int] = []

    def watch(verb: str, when: str) -> None:
        if (verb, when) == ("DOT", "taken"):
            seen.append(len(sink.journal.taken))

    sink.watcher = watch
    with client(sink) as one:
        one.say(GROUP, replies=3)
        one.say(CONTENT)

    assert seen == [1]


@pytest.mark.parametrize("end", [End.DROP, End.RESET, End.SILENCE])
def test_a_message_taken_and_never_answered_is_a_lost_reply(sink: Sink, end: End) -> None:
    fault = Fault(end=end, seconds=0.05, is_taken=True)
    sink.plan = Plan(rules=(Rule(verb="DOT", fault=fault),))
    with client(sink) as one:
        one.say(GROUP, replies=3)
        one.say(CONTENT, replies=0)
        assert sink.wait_until_alone()

    journal = sink.journal
    assert (len(journal.taken), journal.lost_replies) == (1, 1)


def test_a_reset_after_an_answer_may_have_taken_it_along(sink: Sink) -> None:
    sink.plan = Plan(rules=(Rule(verb="MAIL", nth=2, fault=RESET),))
    with client(sink) as one:
        one.say(GROUP, replies=3)
        one.say(CONTENT + GROUP, replies=0)
        assert sink.wait_until_alone()

    assert (len(sink.journal.taken), sink.journal.lost_replies) == (1, 1)


def test_the_same_seed_draws_the_same_faults() -> None:
    def drawn(seed: int) -> list[Fault | None]:
        plan = Plan.from_json(Plan(seed=seed, odds=0.5).to_json())
        return [plan.fault("RCPT", "", nth=9, connection=n % 5, step=n) for n in range(50)]

    assert drawn(1) == drawn(1)
    assert drawn(1) != drawn(2)
    assert {fault is None for fault in drawn(1)} == {True, False}


# The oracle


def taken(recipient: str, **more: Any) -> dict[str, Any]:
    event = {"event": "taken", "connection": 1, "seq": 1, "mail_from": "b@x", "rcpt_to": [recipient]}
    return {**event, "message_id": f"<{recipient}>", "sha256": "00", **more}


GOOD = Outcome(
    readers=2,
    kills=(Kill(where="DOT taken 1", kind="DOT taken", open=1, faults=(), repeats=1, bound=1),),
    runs=2,
    lost=frozenset(),
    journal=Journal(events=(taken("ada@x"), taken("bob@x"), taken("bob@x"))),
    statuses=Counter(sent=2),
    failed=frozenset(),
    uncertain=frozenset(),
    doubts=1,
    bad_runs=(),
    worst_recovery=0.5,
    seconds=1,
)


def test_the_oracle_is_content_with_what_was_promised() -> None:
    assert GOOD.wrong == ()


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        (replace(GOOD, lost=frozenset({"eve@x"})), "lost: ['eve@x']"),
        (replace(GOOD, kills=()), "1 twice, at most 0"),
        (replace(GOOD, doubts=0), "0 doubts, 1 repeats"),
        (replace(GOOD, statuses=Counter(sent=1, sending=1)), "not ended: {'sent': 1, 'sending': 1}"),
        (replace(GOOD, bad_runs=("run 2 ended with 1",)), "run 2 ended with 1"),
        (
            replace(GOOD, journal=Journal(events=(*GOOD.journal.events[:2], taken("bob@x", sha256="11")))),
            "altered copies: ('<bob@x>',)",
        ),
        (
            replace(GOOD, kills=(replace(GOOD.kills[0], faults=("does not add up",)),)),
            "kill 1, DOT taken 1: does not add up",
        ),
    ],
    ids=["lost", "twice", "undoubted", "open", "bad run", "altered", "unsound"],
)
def test_the_oracle_finds_what_is_wrong(bad: Outcome, words: str) -> None:
    assert bad.wrong == (words,)
