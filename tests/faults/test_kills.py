"""B1–B3: kill -9 at random instants and at named steps, ten connections, a relay with faults of its own.

The long run of this is `make faults`; its figures are in docs/faults.md.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.driver import Outcome, campaign

KILLS, READERS = 20, 300
#: most relays pipeline; the others meet the same code less often
KILLS_IN_LOCKSTEP = 5


@pytest.fixture(scope="module", params=[KILLS, KILLS_IN_LOCKSTEP], ids=["pipelining", "lockstep"])
def outcome(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    kills: int = request.param
    folder = tmp_path_factory.mktemp("kills")
    return campaign(folder, kills=kills, readers=READERS, seed=7, pipelining=kills == KILLS)


def test_every_kill_landed_and_most_while_mails_left(outcome: Outcome) -> None:
    assert len(outcome.kills) in (KILLS, KILLS_IN_LOCKSTEP)
    assert sum(kill.open > 0 for kill in outcome.kills) >= len(outcome.kills) // 2
    assert max(kill.open for kill in outcome.kills) > 1


def test_nobody_is_lost(outcome: Outcome) -> None:
    assert outcome.lost == frozenset()
    assert set(outcome.statuses) <= {"sent", "failed"}
    assert outcome.statuses.total() == READERS


def test_twice_is_at_most_one_a_connection_a_kill_and_one_a_lost_reply(outcome: Outcome) -> None:
    assert outcome.journal.repeats <= outcome.bound


def test_whatever_came_twice_had_the_same_envelope_message_id_and_bytes(outcome: Outcome) -> None:
    assert outcome.journal.altered == ()


def test_every_repeat_was_known_to_be_possible(outcome: Outcome) -> None:
    assert outcome.doubts >= outcome.journal.repeats


def test_what_the_dead_left_was_sound_after_every_kill(outcome: Outcome) -> None:
    assert [kill.faults for kill in outcome.kills if kill.faults] == []


def test_only_who_was_refused_by_address_failed(outcome: Outcome) -> None:
    assert outcome.failed <= outcome.journal.refused("550 5.1.1")


def test_nothing_is_said_before_the_reply_it_waits_for(outcome: Outcome) -> None:
    assert outcome.journal.ahead == ()


def test_no_run_ended_badly(outcome: Outcome) -> None:
    assert outcome.bad_runs == ()


def test_who_would_rather_lose_than_double_gets_nothing_twice(tmp_path: Path) -> None:
    """`on_uncertain = "hold"`: what may have gone out is left to somebody to settle; nobody else is lost."""
    outcome = campaign(tmp_path, kills=4, readers=100, seed=3, odds=0.02, on_uncertain="hold")

    assert outcome.journal.repeats == 0
    assert outcome.lost <= outcome.uncertain
    assert len(outcome.uncertain) <= outcome.doubts
    assert [kill.faults for kill in outcome.kills if kill.faults] == []
    assert outcome.bad_runs == ()
