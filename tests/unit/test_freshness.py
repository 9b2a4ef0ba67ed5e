"""What servers say about coming back, however they say it (gather F6, F7)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.gather.freshness import MOST, fresh_for, http_date, retry_after

DATE = "Sun, 22 Nov 2026 03:00:00 GMT"
HOUR_LATER = "Sun, 22 Nov 2026 04:00:00 GMT"
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    "text",
    ["Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"],
)
def test_the_three_spellings_of_a_date_are_one(text: str) -> None:
    assert http_date(text) == datetime(1994, 11, 6, 8, 49, 37, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "wait"),
    [
        ("120", timedelta(seconds=120)),
        (" 120 ", timedelta(seconds=120)),
        (HOUR_LATER, HOUR),
        ("Sunday, 22-Nov-26 04:00:00 GMT", HOUR),
        ("315360000", timedelta(days=3650)),
        ("Thu, 20 Nov 2036 03:00:00 GMT", timedelta(days=3651)),
        ("9" * 5000, MOST),
        ("0", None),
        ("-1", None),
        ("1.5", None),
        ("1e3", None),
        ("١٢", None),
        ("soon", None),
        ("", None),
        ("Sun, 22 Nov 2026 02:00:00 GMT", None),
        (DATE, None),
        ("Sun, 99 Nov 2026 25:00:00 GMT", None),
        (None, None),
    ],
)
def test_retry_after_is_a_wait_or_nothing(value: str | None, wait: timedelta | None) -> None:
    assert retry_after(value, DATE) == wait


@pytest.mark.parametrize("date", [None, "", "yesterday"])
def test_a_date_to_retry_after_means_nothing_without_the_servers_own_date(date: str | None) -> None:
    assert retry_after(HOUR_LATER, date) is None
    assert retry_after("60", date) == timedelta(seconds=60)


@pytest.mark.parametrize(
    ("cache_control", "expires", "age", "fresh"),
    [
        (("max-age=3600",), None, None, HOUR),
        (("public, Max-Age = 3600",), None, None, HOUR),
        (('max-age="3600"',), None, None, HOUR),
        (("public", "max-age=3600"), None, None, HOUR),
        (("max-age=3600",), None, "1800", HOUR / 2),
        (("max-age=3600",), None, "3600", None),
        (("max-age=3600",), None, "-5", HOUR),
        (("max-age=3600, max-age=7200",), None, None, HOUR),
        (("max-age=60",), HOUR_LATER, None, timedelta(minutes=1)),
        (("max-age=0",), HOUR_LATER, None, None),
        (("max-age=soon",), None, None, None),
        (("max-age",), None, None, None),
        (("max-age=-1",), None, None, None),
        (("no-cache, max-age=3600",), None, None, None),
        (("no-store",), HOUR_LATER, None, None),
        (("s-maxage=3600",), None, None, None),
        (("private",), HOUR_LATER, None, HOUR),
        ((), HOUR_LATER, None, HOUR),
        ((), "0", None, None),
        ((), "-1", None, None),
        ((), DATE, None, None),
        ((), "Fri, 31 Dec 9999 23:59:59 GMT", None, MOST),
        ((f"max-age={'9' * 50}",), None, None, MOST),
        ((), None, None, None),
    ],
)
def test_freshness_is_a_span_or_nothing(
    cache_control: tuple[str, ...], expires: str | None, age: str | None, fresh: timedelta | None
) -> None:
    assert fresh_for(cache_control, expires, age, DATE) == fresh


@given(st.text(max_size=40), st.text(max_size=40) | st.just(DATE))
def test_no_text_at_all_breaks_it_and_no_wait_is_negative(value: str, date: str) -> None:
    for said in (retry_after(value, date), fresh_for((value,), value, value, date)):
        assert said is None or timedelta() < said <= MOST
