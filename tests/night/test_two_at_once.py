"""Two runs at the same instant, and runs that are asked to end: nothing twice, nothing lost, and words."""

from __future__ import annotations

import json
import signal
import subprocess
import threading
from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from digest.model import IssueId
from tests.httpd import Answer, Site
from tests.night.house import NIGHT, House
from tests.night.killing import settings_file, started
from tests.smtpd import Command, Fault, Smtpd

READERS = [f"reader{number}@example.org" for number in range(9)]
LATER = NIGHT + timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    code: int
    out: str
    err: str


def done(child: subprocess.Popen[str]) -> Done:
    out, err = child.communicate(timeout=60)
    return Done(code=child.returncode, out=out, err=err)


@pytest.fixture
def house(tmp_path: Path) -> House:
    house = House(tmp_path)
    house.publish("blog", "one", "two")
    settings_file(house)
    for address in READERS:
        house.join(address, at=NIGHT)
    return house


#: connections a run opens for so few readers, at most
LANES = 3


class Hand:
    """Signals the child at a command of the relay, before it is answered; again once it heard the last."""

    def __init__(self, number: signal.Signals, *, verb: str = "DOT", nth: int = 4, times: int = 1) -> None:
        self._number, self._verb, self._nth, self._times = number, verb, nth, times
        self.child: subprocess.Popen[str] | None = None
        #: nobody else reads what the child says before
        self.is_done = threading.Event()

    def __call__(self, command: Command) -> Fault | None:
        if self.child is not None and (command.verb, command.nth) == (self._verb, self._nth):
            for left in reversed(range(self._times)):
                self.child.send_signal(self._number)
                if left:
                    assert self.child.stderr is not None
                    assert "Ending after the mail in flight" in self.child.stderr.readline()
            self.is_done.set()
        return None


def interrupted(house: House, hand: Hand) -> tuple[Done, list[str], Done, list[str]]:
    """A run that is signalled, who got mail; the run after it, who got mail in both."""
    with Smtpd(hand) as relay:
        hand.child = started(house.root, relay.port, now=NIGHT)
        assert hand.is_done.wait(60)
        first = done(hand.child)
        hand.child = None
        got = list(relay.recipients)
        second = done(started(house.root, relay.port, now=LATER))
        return first, got, second, list(relay.recipients)


def leases(house: House) -> list[object]:
    with house.tonight(LATER) as one:
        lines = one.store.deliveries.of_issue(IssueId(1), limit=100)
        assert len(lines) == len(READERS)
        return [line.delivery.id for line in lines if line.delivery.lease_until_at is not None]


def test_of_two_at_the_same_instant_one_runs_and_the_other_says_who_does(house: House) -> None:
    one_has_ended = threading.Event()

    def wait(command: Command) -> Fault | None:
        if command.verb == "CONNECT":
            assert one_has_ended.wait(60)
        return None

    with Smtpd(wait) as relay:
        children = [started(house.root, relay.port, now=NIGHT) for _ in range(2)]
        waiting = {child.pid: child for child in children}
        while len(waiting) == 2:
            for child in children:
                try:
                    child.wait(0.05)
                except subprocess.TimeoutExpired:
                    continue
                del waiting[child.pid]
                break
        one_has_ended.set()
        ran, refused = sorted((done(child) for child in children), key=lambda each: each.code)

    assert (ran.code, refused.code) == (0, 75), refused.err
    assert "Another run is at work: pid " in refused.err
    assert "→ Wait for it to end" in refused.err
    assert "Traceback" not in refused.err
    assert Counter(relay.recipients) == dict.fromkeys(READERS, 1)


def test_while_one_gathers_the_other_is_refused(house: House) -> None:
    with Site() as site, Smtpd() as relay:
        go_on = threading.Event()

        def slow(_request: object) -> Answer:
            asked.set()
            return Answer(hang="" if go_on.is_set() else "start")

        asked = threading.Event()
        site.script("/feed.xml", slow)
        house.follow("slow", site.url("/feed.xml"))
        house.tables["gather"] |= {"allow_private": list(site.allow), "timeout_seconds": 60}
        settings_file(house)
        first = started(house.root, relay.port, now=NIGHT)
        assert asked.wait(60)
        second = done(started(house.root, relay.port, now=NIGHT))
        first.send_signal(signal.SIGINT)
        stopped = done(first)

        assert second.code == 75
        assert f"pid {first.pid} " in second.err
        assert (stopped.code, stopped.err.count("Traceback")) == (130, 0)
        assert relay.recipients == []

        go_on.set()
        assert done(started(house.root, relay.port, now=LATER)).code == 0
        assert Counter(relay.recipients) == dict.fromkeys(READERS, 1)


def test_sigterm_ends_after_the_message_in_flight_and_the_rest_goes_once(house: House) -> None:
    first, got, second, all_ = interrupted(house, Hand(signal.SIGTERM))

    report = json.loads(first.out)["deliver"]
    assert (first.code, report["sent"], report["open"]) == (4, len(got), len(READERS) - len(got))
    assert 4 <= len(got) < 4 + LANES
    assert second.code == 0
    assert Counter(all_) == dict.fromkeys(READERS, 1)


def test_sigterm_gives_back_what_it_had_claimed(house: House) -> None:
    hand = Hand(signal.SIGTERM)
    with Smtpd(hand) as relay:
        hand.child = started(house.root, relay.port, now=NIGHT)
        done(hand.child)

    assert leases(house) == []
    with house.tonight(LATER) as one:
        tally = one.store.deliveries.tally(IssueId(1))
    assert 4 <= tally.sent < 4 + LANES
    assert (tally.sent + tally.planned, tally.sending) == (len(READERS), 0)


@pytest.mark.parametrize("times", [1, 2], ids=["once", "twice"])
def test_ctrl_c_while_mails_leave_is_130_and_loses_nothing(house: House, times: int) -> None:
    first, got, second, all_ = interrupted(house, Hand(signal.SIGINT, times=times))

    assert first.code == 130
    assert "Traceback" not in first.err
    assert times == 2 or "Go on with: digest deliver" in first.err
    assert 4 <= len(got) < len(READERS)
    assert second.code == 0
    copies = Counter(all_)
    assert set(copies) == set(READERS)
    # A second Ctrl-C may take those in flight with it: one a connection (design §4).
    assert copies.total() - len(READERS) <= (times - 1) * LANES


def test_after_being_asked_to_stop_the_ledger_adds_up(house: House) -> None:
    for minute, verb in enumerate(("MAIL", "RCPT", "DATA")):
        hand = Hand(signal.SIGTERM, verb=verb, nth=1)
        with Smtpd(hand) as relay:
            hand.child = started(house.root, relay.port, now=NIGHT + timedelta(minutes=minute))
            assert done(hand.child).code == 4
        house.accounts(at=LATER)
        assert leases(house) == []
