"""Dates as feeds write them (gather P9)."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.gather.dates import parse_date


def at(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type,misc]


READ = [
    ("2026-08-03T10:20:30Z", at(2026, 8, 3, 10, 20, 30)),
    ("2026-08-03T10:20:30.123456+02:00", at(2026, 8, 3, 8, 20, 30)),
    ("2026-08-03 10:20", at(2026, 8, 3, 10, 20)),
    ("2026-08-03T10:20:30-0500", at(2026, 8, 3, 15, 20, 30)),
    ("2026-08-03", at(2026, 8, 3)),
    ("2026-08", at(2026, 8, 1)),
    ("Mon, 03 Aug 2026 10:20:30 +0200", at(2026, 8, 3, 8, 20, 30)),
    ("Mon, 03 Aug 2026 10:20:30 GMT", at(2026, 8, 3, 10, 20, 30)),
    ("Mon, 3 Aug 26 10:20:30 EST", at(2026, 8, 3, 15, 20, 30)),
    ("Wed, 02 Oct 99 13:00:00 GMT", at(1999, 10, 2, 13)),
    ("3 Aug 2026 10:20 PDT", at(2026, 8, 3, 17, 20)),
    ("Mon, 03 Aug 2026 10:20:30 +0200 (CEST)", at(2026, 8, 3, 8, 20, 30)),
    ("Mon, 03 Aug 2026 10:20:30 GMT+0200", at(2026, 8, 3, 8, 20, 30)),
    ("lun., 3 août 2026", at(2026, 8, 3)),
    ("lun., 03 août 2026 10:20:30 +0200", at(2026, 8, 3, 8, 20, 30)),
    ("Lundi 3 AOÛT 2026 à 10h20", at(2026, 8, 3, 10, 20)),
    ("dim. 1er févr. 2026 09:05 CET", at(2026, 2, 1, 8, 5)),
    ("mer, 31 déc. 2025 23:30:00 CET", at(2025, 12, 31, 22, 30)),
    ("14 juillet 2026", at(2026, 7, 14)),
    ("le 11 novembre 2026", at(2026, 11, 11)),
    ("August 3, 2026", at(2026, 8, 3)),
    ("Mo, 03 Okt 2026 10:00:00 MESZ", at(2026, 10, 3, 8)),
    ("Mon Aug 3 10:20:30 2026", at(2026, 8, 3, 10, 20, 30)),
    ("2016-12-31T23:59:60Z", at(2016, 12, 31, 23, 59, 59)),
]

#: no zone, or one that cannot be: taken as UTC
AS_UTC = [
    ("Mon, 03 Aug 2026 10:20:30 +2600", at(2026, 8, 3, 10, 20, 30)),
    ("2026-08-03T10:20:30+99:99", at(2026, 8, 3, 10, 20, 30)),
    ("Mon, 03 Aug 2026 10:20:30 XQZ", at(2026, 8, 3, 10, 20, 30)),
    ("Mon, 03 Aug 2026 10:20:30", at(2026, 8, 3, 10, 20, 30)),
]

UNKNOWN = [
    None, "", "yesterday", "03/08/2026", "32 août 2026", "2026-13-01", "2026-02-30T10:00:00Z",
    "2026-08-03T25:00:00Z", "0001-01-01T00:00:00Z", "1970-01-01T00:00:00Z", "99999999999999999999", "août",
    "9999-12-31T23:59:59-14:00", "3 août 2026 " * 20, "\x00", "½ août 2026",
]  # fmt: skip


@pytest.mark.parametrize(("written", "meant"), READ)
def test_a_date_is_read_as_its_publisher_meant_it(written: str, meant: datetime) -> None:
    assert parse_date(written) == meant


@pytest.mark.parametrize(("written", "meant"), AS_UTC)
def test_an_impossible_or_absent_zone_counts_as_utc(written: str, meant: datetime) -> None:
    assert parse_date(written) == meant


@pytest.mark.parametrize("written", UNKNOWN)
def test_what_is_no_certain_date_is_unknown(written: str | None) -> None:
    assert parse_date(written) is None


MONTHS = "janvier février mars avril mai juin juillet août septembre octobre novembre décembre".split()


@pytest.mark.parametrize("number", range(1, 13))
def test_every_french_month_is_known_in_full_and_in_capitals(number: int) -> None:
    name = MONTHS[number - 1]
    assert parse_date(f"5 {name} 2026") == parse_date(f"5 {name.upper()} 2026") == at(2026, number, 5)


def test_another_readers_opinion_is_taken_only_where_we_have_none() -> None:
    opinion = time.struct_time((2020, 1, 2, 3, 4, 5, 0, 0, 0))
    assert parse_date("gestern", parsed=opinion) == at(2020, 1, 2, 3, 4, 5)
    assert parse_date("2026-08-03", parsed=opinion) == at(2026, 8, 3)


def test_an_impossible_opinion_is_unknown() -> None:
    assert parse_date(None, parsed=(2026, 99, 99, 99, 99, 99)) is None


@given(st.text(max_size=120))
def test_no_text_whatever_raises(text: str) -> None:
    found = parse_date(text)
    assert found is None or found.tzinfo is UTC


MOMENTS = st.datetimes(
    min_value=at(1971, 1, 1).replace(tzinfo=None), max_value=at(2999, 1, 1).replace(tzinfo=None)
)


@given(MOMENTS, st.integers(-840, 840))
def test_an_iso_date_with_any_offset_comes_back_as_the_same_instant(moment: datetime, minutes: int) -> None:
    moment = moment.replace(microsecond=0)
    sign, (hours, rest) = "-" if minutes < 0 else "+", divmod(abs(minutes), 60)
    written = f"{moment.isoformat()}{sign}{hours:02}:{rest:02}"
    assert parse_date(written) == datetime.fromisoformat(written).astimezone(UTC)
