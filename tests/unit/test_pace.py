"""Mail leaves no faster than asked, whenever a run ends and whatever the clock does."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.deliver.pace import Level, Pace, Rate, pace_of
from digest.deliver.ramp import Ramp
from digest.settings.schema import Mail

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
TODAY = date(2026, 11, 22)

rates = st.builds(
    Rate,
    st.integers(1, 500),
    st.sampled_from([SECOND, timedelta(minutes=1), timedelta(hours=1)]),
)
#: what a sender does between two messages: microseconds it works, and whether it dies and begins again
steps = st.lists(st.tuples(st.integers(0, 3_000_000), st.booleans()), min_size=1, max_size=60)


def burst(rate: Rate) -> int:
    return max(1, int(rate.count * SECOND / rate.per))


def most_in_a_window(times: list[datetime], per: timedelta) -> int:
    return max(sum(begin <= each < begin + per for each in times) for begin in times)


@given(rate=rates, steps=steps)
def test_no_window_holds_more_than_the_rate_and_a_burst_also_over_restarts(
    rate: Rate, steps: list[tuple[int, bool]]
) -> None:
    pace, now, left = Pace(overall=rate), NOW, []
    for worked, dies in steps:
        now = max(now + worked * timedelta(microseconds=1), pace.ready_at("a.example", now))
        pace.take("a.example", now)
        left.append(now)
        if dies:
            pace = Pace(overall=rate, levels=pace.levels())

    assert most_in_a_window(left, rate.per) <= rate.count + burst(rate)


@given(rate=rates, steps=steps)
def test_a_restart_changes_no_instant(rate: Rate, steps: list[tuple[int, bool]]) -> None:
    steady, restarted, now = Pace(overall=rate), Pace(overall=rate), NOW
    for worked, dies in steps:
        now = now + worked * timedelta(microseconds=1)
        ready = steady.ready_at("a.example", now)
        assert restarted.ready_at("a.example", now) == ready
        now = ready
        steady.take("a.example", now)
        restarted.take("a.example", now)
        if dies:
            restarted = Pace(overall=rate, levels=restarted.levels())


@given(rate=rates, taken=st.integers(0, 50))
def test_who_waits_as_told_may_go(rate: Rate, taken: int) -> None:
    pace, now = Pace(overall=rate), NOW
    for _ in range(taken):
        now = pace.ready_at("a.example", now)
        pace.take("a.example", now)
    then = pace.ready_at("a.example", now)
    assert pace.ready_at("a.example", then) == then


@given(rate=rates, back=st.timedeltas(min_value=SECOND, max_value=timedelta(days=400)))
def test_a_clock_set_back_costs_no_more_than_the_bucket(rate: Rate, back: timedelta) -> None:
    pace = Pace(overall=rate)
    for _ in range(burst(rate)):
        pace.take("a.example", NOW)
    then = NOW - back
    assert pace.ready_at("a.example", then) - then <= rate.each
    ready = pace.ready_at("a.example", then)
    assert pace.ready_at("a.example", ready) == ready


@given(rate=rates, ahead=st.timedeltas(min_value=SECOND, max_value=timedelta(days=400)))
def test_a_clock_set_forward_gives_no_more_than_a_full_bucket(rate: Rate, ahead: timedelta) -> None:
    pace = Pace(overall=rate)
    pace.take("a.example", NOW)
    then, left = NOW + ahead, 0
    while pace.ready_at("a.example", then) == then and left <= burst(rate):
        pace.take("a.example", then)
        left += 1
    assert left <= burst(rate)


def test_a_second_s_worth_may_leave_at_once_and_the_next_waits() -> None:
    pace = Pace(overall=Rate.parse("20/second"))
    for _ in range(20):
        assert pace.ready_at("a.example", NOW) == NOW
        pace.take("a.example", NOW)
    assert pace.ready_at("a.example", NOW) == NOW + SECOND / 20


def test_a_slow_rate_lets_one_leave_at_a_time() -> None:
    pace = Pace(overall=Rate.parse("200/hour"))
    pace.take("a.example", NOW)
    assert pace.ready_at("a.example", NOW) == NOW + timedelta(seconds=18)


def test_a_domain_s_own_rate_holds_beside_the_overall_one() -> None:
    pace = Pace(overall=Rate.parse("10/second"), domains={"gmail.com": Rate.parse("20/minute")})
    pace.take("Gmail.com", NOW)
    assert pace.ready_at("gmail.com", NOW) == NOW + 3 * SECOND
    assert pace.ready_at("b.example", NOW) == NOW


def test_the_overall_rate_counts_what_goes_to_slow_domains_too() -> None:
    pace = Pace(overall=Rate.parse("1/second"), domains={"gmail.com": Rate.parse("20/second")})
    pace.take("gmail.com", NOW)
    assert pace.ready_at("b.example", NOW) == NOW + SECOND


def test_a_rate_made_slower_overnight_starts_from_its_own_full_bucket() -> None:
    owed = Level(name="overall", level=10**12, at=NOW)
    pace = Pace(overall=Rate.parse("1/minute"), levels=[owed])
    assert pace.ready_at("a.example", NOW) == NOW + timedelta(minutes=1)


def test_without_a_rate_nothing_waits() -> None:
    pace = Pace()
    pace.take("a.example", NOW)
    assert (pace.limits, pace.is_spent, pace.allowance) == (False, False, None)
    assert (pace.ready_at("a.example", NOW), pace.levels()) == (NOW, ())
    assert pace.warning(10**9, timedelta(hours=1)) is None


def test_the_forecast_is_when_the_last_one_leaves() -> None:
    rate, queue = Rate.parse("20/minute"), 100
    pace, now = Pace(overall=rate), NOW
    forecast = pace.forecast(queue)
    for _ in range(queue):
        now = pace.ready_at("a.example", now)
        pace.take("a.example", now)
    assert now - NOW == forecast == timedelta(seconds=297)


def test_a_queue_that_outlasts_the_longest_age_is_said_beforehand() -> None:
    pace = Pace(overall=Rate.parse("200/hour"), domains={"gmail.com": Rate.parse("20/minute")})
    day = timedelta(hours=24)
    assert pace.warning(4_800, day, domains={"gmail.com": 4_000}) is None
    words = pace.warning(10_000, day, domains={"gmail.com": 4_000})
    assert words == (
        "At 200/hour (mail.rate), 10000 messages take 50 hours. "
        "That is longer than the 24 hours of mail.max_age_hours."
    )
    words = pace.warning(4_800, day, domains={"gmail.com": 40_000})
    assert words is not None
    assert "At 20/minute (mail.rates), 40000 messages to gmail.com take 34 hours." in words


def test_the_pace_is_read_from_the_settings() -> None:
    mail = Mail.model_validate({
        "from": "Planet <digest@Example.org>", "smtp": "dir:outbox", "rate": "1/second",
        "rates": {"gmail.com": "1/minute"}, "ramp_up": True,
    })  # fmt: skip
    pace = pace_of(mail, (), TODAY)
    assert pace.allowance == 50
    pace.take("gmail.com", NOW)
    assert pace.ready_at("a.example", NOW) == NOW + SECOND
    assert pace.ready_at("gmail.com", NOW) == NOW + timedelta(minutes=1)
    assert {each.name for each in pace.levels()} == {
        "overall", "domain:gmail.com", "ramp:example.org", "ramp-since:example.org",
    }  # fmt: skip


def test_a_ramp_is_spent_exactly_also_over_restarts() -> None:
    pace, left = Pace(ramp=Ramp.recall("example.org", TODAY, ())), 0
    while not pace.is_spent:
        pace.take("a.example", NOW)
        left += 1
        pace = Pace(ramp=Ramp.recall("example.org", TODAY, pace.levels()))
    assert left == 50


@pytest.mark.parametrize(
    ("text", "each", "said"),
    [
        ("20/second", SECOND / 20, "20/second"),
        ("200/hour", timedelta(seconds=18), "200/hour"),
        (" 5/minute ", timedelta(seconds=12), "5/minute"),
        ("1000/day", timedelta(seconds=86.4), "1000/day"),
        ("7/second", timedelta(microseconds=142_858), "7/second"),
    ],
)
def test_a_rate_is_read_and_said_again(text: str, each: timedelta, said: str) -> None:
    rate = Rate.parse(text)
    assert (rate.each, str(rate)) == (each, said)


@pytest.mark.parametrize(
    "text", ["", "fast", "0/second", "20", "20/fortnight", "-1/hour", "2.5/hour", "9999999/day"]
)
def test_what_is_no_rate_is_told_with_the_forms_there_are(text: str) -> None:
    with pytest.raises(ValueError, match='must be like "20/second", "200/hour"'):
        Rate.parse(text)


def test_a_rate_of_nothing_cannot_be_built() -> None:
    with pytest.raises(ValueError, match="1 to 1000000"):
        Rate(0, SECOND)
