"""What is done between requests, against a real database and a clock that jumps."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from digest.night.run import deliver_room
from digest.serve.chores import keep_at
from digest.serve.installed import Installed
from digest.serve.work import BUSY, BUSY_REST, MAILBOX, NIGHT_REST, ROUND, Mail, Mailbox, Nightly
from tests.night.house import DAY, NIGHT, House
from tests.serve.test_chores import Clock

HOUR = timedelta(hours=1)


def installed(house: House, clock: Callable[[], datetime]) -> Installed:
    return Installed(
        path=house.root / "digest.toml", settings=house.settings, load=lambda: house.settings, clock=clock
    )


@pytest.fixture
def house(tmp_path: Path) -> House:
    """One reader of a nightly list, one story, and its night."""
    made = House(tmp_path)
    made.publish("blog", "one")
    made.join("ada", at=NIGHT)
    made.night(NIGHT)
    return made


def test_a_week_s_nights_run_at_their_hour_once_a_date(house: House) -> None:
    clock, ran = Clock(now=NIGHT + HOUR, end=NIGHT + 7 * DAY + HOUR), list[datetime]()

    def run(*words: str) -> int:
        assert words == ("nightly",)
        ran.append(clock.now)
        house.publish("blog", f"story-{len(ran)}")
        house.night(clock.now)
        return 0

    keep_at(Nightly(house=installed(house, clock.read), run=run), now=clock.read, wait=clock.wait)

    assert ran == [NIGHT + n * DAY for n in range(1, 8)]
    assert len(house.received("ada")) == 8


def test_a_night_that_dies_is_tried_again_until_it_is_cut(house: House) -> None:
    clock, ran = Clock(now=NIGHT + HOUR, end=NIGHT + 2 * DAY - HOUR), list[datetime]()

    def run(*_words: str) -> int:
        ran.append(clock.now)
        if len(ran) == 4:
            house.night(clock.now)
        return 1

    keep_at(Nightly(house=installed(house, clock.read), run=run), now=clock.read, wait=clock.wait)

    assert ran == [NIGHT + DAY + n * NIGHT_REST for n in range(4)]


def test_a_machine_that_was_off_catches_up_once(house: House) -> None:
    """Off for a month, on again at ten: one night then, and the next at its hour."""
    back = datetime(2026, 12, 20, 9, 0, tzinfo=UTC)
    clock, ran = Clock(now=back, end=back + DAY), list[datetime]()

    def run(*_words: str) -> int:
        ran.append(clock.now)
        house.night(clock.now)
        return 0

    keep_at(Nightly(house=installed(house, clock.read), run=run), now=clock.read, wait=clock.wait)

    assert ran == [back, datetime(2026, 12, 21, 2, 0, tzinfo=UTC)]


def test_mail_that_waits_for_its_reader_s_hour_leaves_then(house: House) -> None:
    """The night cuts it at three; at seven, and not before, one run sends it."""
    house.join("bob", at=NIGHT, hour=7)
    for day, story in ((1, "two"), (2, "three")):
        house.publish("blog", story)
        house.night(NIGHT + day * DAY)
    today = NIGHT + 2 * DAY
    clock, ran = Clock(now=today, end=today + 12 * HOUR), list[datetime]()

    def run(*words: str) -> int:
        assert words == ("deliver",)
        ran.append(clock.now)
        with house.tonight(clock.now) as one:
            deliver_room(one)
        return 0

    keep_at(Mail(house=installed(house, clock.read), run=run), now=clock.read, wait=clock.wait)

    seven = today + 4 * HOUR
    assert len(ran) == 1
    assert seven <= ran[0] <= seven + ROUND
    assert house.received("bob")[-1] == ("three",)


def waiting(house: House) -> None:
    """Bob's mail is due, and nothing sends it."""
    house.tables["mail"]["smtp"] = "smtp://127.0.0.1:9"
    house.join("bob", at=NIGHT, hour=4)
    house.publish("blog", "two")
    house.night(NIGHT + DAY)


def test_a_relay_that_is_down_is_asked_less_and_less(house: House) -> None:
    """A day of it costs some sixty runs, not a thousand."""
    waiting(house)
    clock, ran = Clock(now=NIGHT + DAY + 2 * HOUR, end=NIGHT + 2 * DAY), list[datetime]()

    def run(*_words: str) -> int:
        ran.append(clock.now)
        return 4

    keep_at(Mail(house=installed(house, clock.read), run=run), now=clock.read, wait=clock.wait)

    assert 40 < len(ran) < 80
    assert ran[-1] - ran[-2] <= timedelta(minutes=31)


def test_another_run_at_work_is_left_to_it(house: House) -> None:
    waiting(house)
    clock, ran = Clock(now=NIGHT + DAY + 2 * HOUR, end=NIGHT + DAY + 3 * HOUR), list[datetime]()

    def run(*_words: str) -> int:
        ran.append(clock.now)
        return BUSY

    keep_at(Mail(house=installed(house, clock.read), run=run), now=clock.read, wait=clock.wait)

    assert Counter(after - before for before, after in pairwise(ran)).keys() == {BUSY_REST}


def test_with_nothing_due_no_command_runs(house: House) -> None:
    clock = Clock(now=NIGHT + HOUR, end=NIGHT + DAY)

    def run(*words: str) -> int:
        raise AssertionError(words)

    keep_at(Mail(house=installed(house, clock.read), run=run), now=clock.read, wait=clock.wait)
    keep_at(Mailbox(house=installed(house, clock.read), run=run), now=clock.read, wait=clock.wait)

    assert clock.waits


def test_a_mailbox_that_is_named_is_read_every_few_minutes(house: House) -> None:
    house.tables["mail"] |= {"bounces": "imaps://b@mail.example.org/INBOX", "bounces_password": "x"}
    clock, ran = Clock(now=NIGHT, end=NIGHT + HOUR), list[tuple[str, ...]]()

    def run(*words: str) -> int:
        ran.append(words)
        return 0

    keep_at(Mailbox(house=installed(house, clock.read), run=run), now=clock.read, wait=clock.wait)

    assert ran == [("inbound", "--imap")] * (HOUR // MAILBOX)
