"""How fast a job goes is told as it is: waiting counts, and what cannot be known is not said."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.cli.tempo import WINDOW, Tempo, rate_in_words, span_in_words


def at_pace(*notes: tuple[float, int]) -> Tempo:
    tempo = Tempo()
    for at, done in notes:
        tempo.note(done, at=at)
    return tempo


def test_nobody_can_tell_from_the_first_moment() -> None:
    tempo = at_pace((0.0, 0), (0.5, 40))

    assert tempo.rate(at=0.5) is None
    assert tempo.seconds_left(100, at=0.5) is None


def test_the_rest_takes_as_long_as_it_takes_at_this_rate() -> None:
    tempo = at_pace((0.0, 0), (5.0, 50), (10.0, 100))

    assert tempo.rate(at=10.0) == pytest.approx(10)
    assert tempo.seconds_left(400, at=10.0) == pytest.approx(30)


def test_a_relay_that_became_slow_is_slow() -> None:
    notes = [(float(second), 100 * second) for second in range(101)]
    notes += [(100.0 + second, 10_000 + second) for second in range(1, 201)]
    tempo = at_pace(*notes)

    assert tempo.rate(at=300.0) == pytest.approx(1, rel=0.1)


def test_waiting_counts_as_time() -> None:
    tempo = at_pace((0.0, 0), (10.0, 100))

    assert tempo.rate(at=100.0) == pytest.approx(1)


def test_after_a_long_wait_the_whole_job_tells() -> None:
    tempo = at_pace((0.0, 0), (10.0, 100), (10.0 + 3 * WINDOW, 100))

    assert tempo.rate(at=10.0 + 3 * WINDOW) == pytest.approx(100 / (10 + 3 * WINDOW))


def test_nothing_done_has_no_rate() -> None:
    assert at_pace((0.0, 0), (60.0, 0)).rate(at=60.0) is None


@given(st.lists(st.tuples(st.floats(0.01, 50), st.integers(0, 1_000)), min_size=1, max_size=80))
def test_no_rate_is_higher_than_the_fastest_step(steps: list[tuple[float, int]]) -> None:
    tempo, at, done, fastest = Tempo(), 0.0, 0, 0.0
    tempo.note(0, at=0.0)
    for seconds, more in steps:
        at, done, fastest = at + seconds, done + more, max(fastest, more / seconds)
        tempo.note(done, at=at)
    rate = tempo.rate(at=at)

    assert rate is None or 0 < rate <= fastest * (1 + 1e-9)


@pytest.mark.parametrize(
    ("rate", "words"),
    [
        (4000.0, "4,000/s"),
        (312.4, "312/s"),
        (2.5, "2.5/s"),
        (1 / 3, "20/min"),
        (1 / 40, "90/h"),
        (1e-6, "1/h"),
    ],
)
def test_a_rate_is_told_in_the_unit_that_reads_best(rate: float, words: str) -> None:
    assert rate_in_words(rate) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.2, "1 s"), (25.0, "25 s"), (240.0, "4 min"), (3.0833 * 3600, "3 h 05 min")],
)
def test_a_span_is_told_as_people_say_it(seconds: float, words: str) -> None:
    assert span_in_words(seconds) == words
