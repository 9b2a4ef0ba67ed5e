"""How far it is: a line a minute where it was asked for, nothing where nobody looks on."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from digest.cli.progress import Progress


class Hand:
    """A clock moved by hand."""

    def __init__(self) -> None:
        self.at = 0.0

    def __call__(self) -> float:
        return self.at


@pytest.fixture
def hand() -> Hand:
    return Hand()


def sending(progress: Progress, hand: Hand, *, seconds: int) -> None:
    """Ten mails a second of 9,000."""
    for second in range(seconds + 1):
        hand.at = float(second)
        progress.show("deliver", 10 * second, 9_000)


def test_cron_hears_nothing_unasked(hand: Hand, capsys: pytest.CaptureFixture[str]) -> None:
    with Progress(seconds=hand) as progress:
        sending(progress, hand, seconds=300)

    assert capsys.readouterr() == ("", "")


def test_who_asks_for_more_hears_a_line_a_minute(hand: Hand, capsys: pytest.CaptureFixture[str]) -> None:
    with Progress(verbose=True, seconds=hand) as progress:
        sending(progress, hand, seconds=150)

    assert capsys.readouterr().err.splitlines() == [
        "Sending: 600 of 9,000, 10/s, 14 min to go",
        "Sending: 1,200 of 9,000, 10/s, 13 min to go",
    ]


def test_a_short_job_is_over_before_anybody_wonders(hand: Hand, capsys: pytest.CaptureFixture[str]) -> None:
    with Progress(verbose=True, seconds=hand) as progress:
        sending(progress, hand, seconds=59)

    assert capsys.readouterr().err == ""


def test_a_job_without_a_known_end_counts_only(hand: Hand, capsys: pytest.CaptureFixture[str]) -> None:
    with Progress(verbose=True, seconds=hand) as progress:
        progress.show("compose", 0, 0)
        hand.at = 61.0
        progress.show("compose", 6_100, 0)

    assert capsys.readouterr().err == "Planning: 6,100, 100/s\n"


def test_each_room_is_told_by_itself(hand: Hand, capsys: pytest.CaptureFixture[str]) -> None:
    with Progress(verbose=True, seconds=hand) as progress:
        progress.show("gather", 0, 10)
        hand.at = 61.0
        progress.show("gather", 6, 10)
        progress.show("deliver", 0, 100)
        hand.at = 122.0
        progress.show("deliver", 61, 100)

    assert capsys.readouterr().err.splitlines() == [
        "Gathering: 6 of 10, 6/min, 41 s to go",
        "Sending: 61 of 100, 1.0/s, 39 s to go",
    ]


def test_a_wait_is_told_until_it_is_over(hand: Hand, capsys: pytest.CaptureFixture[str]) -> None:
    until = datetime(2026, 11, 22, 2, 12, tzinfo=UTC)
    with Progress(verbose=True, seconds=hand) as progress:
        progress.show("deliver", 20, 100)
        hand.at = 60.0
        progress.rest(until, "waits for the relay's rate")

    told = f"waits for the relay's rate, goes on at {until.astimezone():%H:%M:%S}"
    assert capsys.readouterr().err == f"Sending: 20 of 100, {told}\n"
