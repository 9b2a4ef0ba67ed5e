"""The whole table of what a reply means (design §4 "Replies", deliverability B8–B17)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.deliver.outcome import (
    ADDRESS_CODES,
    Blame,
    Deferred,
    Failed,
    Outcome,
    Reconnect,
    Sent,
    StopRun,
    Uncertain,
    backoff,
    closes,
    decide,
    shortest_backoff,
    spoken,
)
from digest.deliver.transport import Phase, Reply
from subscribers.model import Reason

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
LATER = NOW + timedelta(minutes=5)
SPOKEN = [Phase.MAIL, Phase.RCPT, Phase.DATA, Phase.DOT]
FAILED = Failed(suppress=Reason.HARD)
RECONNECT = Reconnect(not_before_at=LATER)


def deferred(blame: Blame = Blame.MOMENT, *, is_doubtful: bool = False) -> Deferred:
    return Deferred(not_before_at=LATER, blame=blame, is_doubtful=is_doubtful)


def outcome(phase: Phase, code: int | None, enhanced: str | None = None, *, attempts: int = 1) -> Outcome:
    reply = Reply(phase=phase, code=code, enhanced=enhanced, text="so it says")
    return decide(reply, attempts=attempts, now=NOW, jitter=0)


TABLE: list[tuple[Phase, int | None, str | None, Outcome]] = [
    (Phase.DOT, 250, "2.0.0", Sent()),
    (Phase.DOT, 250, None, Sent()),
    # the address
    (Phase.RCPT, 550, "5.1.1", FAILED),
    (Phase.RCPT, 550, None, FAILED),
    (Phase.RCPT, 553, "5.1.3", FAILED),
    (Phase.RCPT, 501, "5.1.3", FAILED),
    (Phase.RCPT, 556, "5.1.10", FAILED),
    (Phase.RCPT, 551, "5.1.6", FAILED),
    (Phase.RCPT, 550, "5.1.2", FAILED),
    (Phase.RCPT, 550, "5.2.1", FAILED),
    (Phase.DATA, 550, "5.1.1", FAILED),
    (Phase.DOT, 550, "5.1.1", FAILED),
    # not the address, although it looks so
    (Phase.MAIL, 550, "5.1.1", deferred(Blame.MESSAGE)),
    (Phase.MAIL, 550, None, deferred(Blame.MESSAGE)),
    (Phase.DOT, 550, None, deferred(Blame.MESSAGE)),
    (Phase.DATA, 550, None, deferred(Blame.MESSAGE)),
    (Phase.RCPT, 551, None, deferred(Blame.MESSAGE)),
    (Phase.RCPT, 553, None, deferred(Blame.MESSAGE)),
    (Phase.RCPT, 554, None, deferred(Blame.MESSAGE)),
    (Phase.RCPT, 552, None, deferred(Blame.MESSAGE)),
    (Phase.RCPT, 552, "5.2.2", deferred(Blame.MESSAGE)),
    (Phase.RCPT, 550, "5.4.1", deferred(Blame.MESSAGE)),
    (Phase.RCPT, 550, "5.1.0", deferred(Blame.MESSAGE)),
    (Phase.RCPT, 450, "4.1.1", deferred()),
    # the message
    (Phase.MAIL, 552, "5.3.4", deferred(Blame.MESSAGE)),
    (Phase.DOT, 552, "5.3.4", deferred(Blame.MESSAGE)),
    (Phase.DOT, 554, "5.6.0", deferred(Blame.MESSAGE)),
    (Phase.MAIL, 553, "5.6.7", deferred(Blame.MESSAGE)),
    (Phase.DOT, 554, None, deferred(Blame.MESSAGE)),
    (Phase.MAIL, 555, "5.5.4", deferred(Blame.MESSAGE)),
    # the sender
    (Phase.RCPT, 550, "5.7.1", deferred(Blame.SENDER)),
    (Phase.DOT, 550, "5.7.26", deferred(Blame.SENDER)),
    (Phase.DOT, 550, "5.7.515", deferred(Blame.SENDER)),
    (Phase.MAIL, 554, "5.7.1", deferred(Blame.SENDER)),
    (Phase.RCPT, 421, "4.7.28", deferred(Blame.SENDER)),
    # us
    (Phase.MAIL, 500, None, RECONNECT),
    (Phase.RCPT, 501, "5.5.4", RECONNECT),
    (Phase.DATA, 503, "5.5.1", RECONNECT),
    (Phase.RCPT, 504, "5.5.2", RECONNECT),
    (Phase.DOT, 500, "5.5.2", RECONNECT),
    # the moment
    (Phase.RCPT, 450, "4.2.0", deferred()),
    (Phase.RCPT, 451, "4.7.1", deferred()),
    (Phase.RCPT, 452, "4.2.2", deferred()),
    (Phase.MAIL, 454, "4.7.0", deferred()),
    (Phase.DOT, 451, None, deferred()),
    (Phase.MAIL, 421, None, deferred()),
    (Phase.DOT, 421, "4.3.2", deferred()),
    # silence
    (Phase.MAIL, None, None, deferred()),
    (Phase.RCPT, None, None, deferred()),
    (Phase.DATA, None, None, deferred()),
    (Phase.BODY, None, None, deferred()),
    (Phase.DOT, None, None, deferred(is_doubtful=True)),
    # nothing was said to the relay
    (Phase.RENDER, None, None, deferred()),
]


@pytest.mark.parametrize(("phase", "code", "enhanced", "expected"), TABLE)
def test_a_reply_means_what_the_table_says(
    phase: Phase, code: int | None, enhanced: str | None, expected: Outcome
) -> None:
    assert outcome(phase, code, enhanced) == expected


@pytest.mark.parametrize("code", [530, 534, 535, 538])
@pytest.mark.parametrize("phase", SPOKEN)
def test_a_login_asked_for_stops_the_run(phase: Phase, code: int) -> None:
    assert isinstance(outcome(phase, code, "5.7.0"), StopRun)


def test_held_rows_stay_uncertain_after_the_dot() -> None:
    lost = Reply(phase=Phase.DOT, code=None)

    assert decide(lost, attempts=1, now=NOW, jitter=0, on_uncertain="hold") == Uncertain()


@pytest.mark.parametrize("phase", [Phase.MAIL, Phase.RCPT, Phase.DATA, Phase.BODY])
def test_holding_changes_nothing_before_the_dot(phase: Phase) -> None:
    lost = Reply(phase=phase, code=None)

    assert decide(lost, attempts=1, now=NOW, jitter=0, on_uncertain="hold") == deferred()


REPLIES = st.builds(
    Reply,
    phase=st.sampled_from(SPOKEN),
    code=st.integers(400, 599),
    enhanced=st.none() | st.from_regex(r"[45]\.[0-9]\.[0-9]{1,2}", fullmatch=True),
)


@given(REPLIES)
def test_nothing_but_an_address_code_or_a_plain_550_at_rcpt_ends_an_address(reply: Reply) -> None:
    is_plain = reply.phase is Phase.RCPT and reply.code == 550 and reply.enhanced is None
    may_end = is_plain or (reply.enhanced in ADDRESS_CODES and reply.phase is not Phase.MAIL)

    ended = isinstance(decide(reply, attempts=1, now=NOW, jitter=0), Failed)

    assert ended <= (may_end and reply.code is not None and reply.code >= 500)


@given(REPLIES)
def test_no_refusal_counts_as_sent(reply: Reply) -> None:
    assert not isinstance(decide(reply, attempts=1, now=NOW, jitter=0), Sent)


def test_the_pauses_grow_as_promised() -> None:
    pauses = [backoff(n, jitter=0) // timedelta(minutes=1) for n in range(1, 9)]

    assert pauses == [5, 15, 30, 60, 120, 240, 240, 240]


@given(st.integers(1, 50), st.floats(-1, 1))
def test_jitter_stays_within_a_fifth(attempts: int, jitter: float) -> None:
    middle = backoff(attempts, jitter=0)

    assert middle * 0.799 <= backoff(attempts, jitter=jitter) <= middle * 1.201


@given(st.integers(1, 50), st.floats(-1, 1))
def test_nobody_tried_waits_less_than_the_shortest_pause(attempts: int, jitter: float) -> None:
    assert backoff(attempts, jitter=jitter) >= shortest_backoff()


@pytest.mark.parametrize("phase", SPOKEN)
@pytest.mark.parametrize(
    ("code", "expected"),
    [(None, True), (421, True), (500, True), (504, True), (450, False), (550, False), (250, False)],
)
def test_a_connection_is_closed_after_421_after_500_to_504_and_when_lost(
    phase: Phase, code: int | None, expected: bool
) -> None:
    assert closes(Reply(phase=phase, code=code)) is expected


def test_a_page_of_ours_that_fails_closes_nothing() -> None:
    assert not closes(Reply(phase=Phase.RENDER, code=None))


def test_a_reply_is_spoken_as_people_read_it() -> None:
    said = Reply(phase=Phase.RCPT, code=550, enhanced="5.1.1", text="No such user")

    assert spoken(said) == "550 5.1.1 No such user"
