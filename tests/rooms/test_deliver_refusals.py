"""The deliver door and what relays refuse: fault table B9–B13 and B16–B18."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from digest.model import IssueId, Tally
from digest.storage import Store, open_store
from tests.ledger import HEAD, NOW, claim, cursors, peek, planned, statuses
from tests.rooms.delivering import composed
from tests.rooms.door import LATER, READERS, run, suppressed
from tests.smtpd import Smtpd, at, say


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store("sqlite:///digest.db", base=tmp_path, now=NOW) as opened:
        yield opened


# B9: greylisting


def test_a_greylisted_row_comes_once_with_the_same_envelope_and_bytes(store: Store) -> None:
    planned(store, READERS[:1])
    with Smtpd(at("RCPT", say("450 4.2.0 greylisted"), nth=1)) as server:
        first = run(store, server.port)
        tried = claim(store, now=LATER)
        store.deliveries.give_back(found.held() for found in tried)
        run(store, server.port, now=LATER)

    assert first.next_attempt_at == NOW + timedelta(minutes=5)
    assert server.messages[0].content == composed(tried[0]).content
    assert NOW.isoformat().encode() in server.messages[0].content
    assert len({line for line in server.lines if line.startswith("MAIL")}) == 1


# B10–B13: refusals


def test_a_dead_address_fails_and_is_suppressed_once(store: Store) -> None:
    planned(store, READERS)
    with Smtpd(at("RCPT", say("550 5.1.1 nobody"), holding="bob")) as server:
        report = run(store, server.port)
        again = run(store, server.port, now=LATER)

    assert (report.sent, report.failed, again.failed) == (2, 1, 0)
    assert (suppressed(store), cursors(store)) == ([READERS[1]], [HEAD] * 3)


def test_who_is_blamed_for_our_reputation_is_not_suppressed(store: Store) -> None:
    planned(store, READERS)
    with Smtpd(at("DOT", say("550 5.7.26 not authenticated"), nth=2)) as server:
        report = run(store, server.port)

    assert (report.sent, report.deferred, suppressed(store)) == (2, 1, [])


def test_a_domain_that_blames_us_is_left_alone_for_the_run(store: Store) -> None:
    planned(store, ["ada@big.example", "bob@big.example", "eve@three.example"])
    with Smtpd(at("RCPT", say("421 4.7.28 too much"), holding="ada")) as server:
        report = run(store, server.port)

    assert (report.sent, report.deferred, server.recipients) == (1, 2, ["eve@three.example"])
    assert not any("bob" in line for line in server.lines)


def test_one_refused_reader_does_not_starve_the_domain(store: Store) -> None:
    planned(store, ["ada@big.example", "bob@big.example"])
    with Smtpd(at("RCPT", say("550 5.7.1 not you"), holding="ada")) as server:
        run(store, server.port)
        run(store, server.port, now=LATER)

    assert server.recipients == ["bob@big.example"]


@pytest.mark.parametrize("answer", ["552 5.3.4 too big", "554 rejected", "550 5.6.0 bad"])
def test_a_message_refused_defers_and_keeps_the_cursor(store: Store, answer: str) -> None:
    planned(store, READERS)
    with Smtpd(at("DOT", say(answer), nth=2)) as server:
        report = run(store, server.port)

    assert (report.sent, report.deferred, suppressed(store)) == (2, 1, [])
    assert cursors(store) == [HEAD, 10, HEAD]


def test_a_command_not_understood_goes_back_to_planned(store: Store) -> None:
    planned(store, READERS)
    with Smtpd(at("RCPT", say("500 5.5.2 what"), nth=2)) as server:
        report = run(store, server.port)

    assert (statuses(store), server.connections) == (["sent", "planned", "sent"], 2)
    assert report.next_attempt_at == NOW + timedelta(minutes=5)


def test_a_row_refused_for_a_day_expires_and_its_stories_come_again(store: Store) -> None:
    planned(store, READERS[:1])
    with Smtpd(at("RCPT", say("450 4.2.1 later"))) as server:
        reports = [run(store, server.port, now=NOW + timedelta(hours=hours)) for hours in (0, 1, 2, 24)]

    assert [report.expired for report in reports] == [0, 0, 0, 1]
    assert (statuses(store), cursors(store)) == (["expired"], [10])


def test_five_refused_alike_stop_the_run_with_the_rest_planned(store: Store) -> None:
    planned(store, [f"reader{n}@example.org" for n in range(9)])
    with Smtpd(at("RCPT", say("550 5.1.1 nobody"))) as server:
        report = run(store, server.port)

    assert "5 recipients in a row" in (report.stopped or "")
    assert store.deliveries.tally(IssueId(1)) == Tally(failed=5, planned=4)


# B16–B18: the relay does not take our mail at all


def test_a_relay_that_is_down_marks_nobody(store: Store) -> None:
    planned(store, READERS)
    with Smtpd() as server:
        port = server.port

    report = run(store, port)

    assert "cannot be reached" in (report.stopped or "")
    assert (report.mend is not None, report.open) == (True, 3)
    assert peek(store, "SELECT id FROM deliveries WHERE status <> 'planned' OR attempts > 0") == []


def test_starttls_stripped_marks_nobody(store: Store) -> None:
    planned(store, READERS)
    with Smtpd() as server:
        report = run(store, server.port, scheme="smtp+starttls")

    assert "STARTTLS" in (report.stopped or "")
    assert (statuses(store), server.messages) == (["planned"] * 3, [])


@pytest.mark.parametrize("answer", ["530 5.7.0 log in first", "535 5.7.8 bad login"])
def test_a_login_asked_for_stops_the_run_and_marks_nobody(store: Store, answer: str) -> None:
    planned(store, READERS)
    with Smtpd(at("MAIL", say(answer))) as server:
        report = run(store, server.port)

    assert "login" in (report.stopped or "")
    assert report.mend is not None
    assert peek(store, "SELECT id FROM deliveries WHERE status <> 'planned' OR attempts > 0") == []


def test_a_login_asked_for_after_the_dot_leaves_the_row_planned(store: Store) -> None:
    planned(store, READERS)
    with Smtpd(at("DOT", say("530 5.7.0 log in first"))) as server:
        report = run(store, server.port)

    assert report.stopped is not None
    assert statuses(store) == ["planned"] * 3
