"""A log holds nothing of a reader."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.model import Key
from digest.serve.requests import shown
from subscribers.model import SubscriptionId
from subscribers.tokens import Purpose, make

KEY = Key(id=1, purpose="token", secret=b"k" * 32, created_at=datetime(2026, 1, 1, tzinfo=UTC))


@pytest.mark.parametrize(
    ("path", "prefix", "expected"),
    [
        ("/", "", "/"),
        ("/health", "", "/health"),
        ("/u/AbCdEf", "", "/u/…"),
        ("/digest/w/AbCdEf/mute/some-source", "/digest", "/w/…"),
        ("/join/weekly", "", "/join/weekly"),
        ("/issues/weekly/12.html", "", "/issues/weekly/12.html"),
        ("/ada@example.org", "", "/…"),
        ("/join/ada@example.org", "", "/join/…"),
        ("/static/\x1b[31m", "", "/static/…"),
    ],
)
def test_a_path_is_shown_without_what_is_secret(path: str, prefix: str, expected: str) -> None:
    assert shown(path, prefix) == expected


@given(
    st.sampled_from(["/u/", "/w/", "/confirm/", "/address/", "/export/", "/erase/"]),
    st.sampled_from(Purpose),
    st.integers(1, 2**40),
)
def test_no_token_is_shown(page: str, purpose: Purpose, number: int) -> None:
    token = make(purpose, SubscriptionId(number), KEY)

    assert token not in shown(f"{page}{token}/mute/x")


@given(st.text())
def test_whatever_is_asked_for_is_one_short_plain_line(path: str) -> None:
    line = shown(f"/{path}")

    assert line.replace("…", "").isascii()
    assert line.isprintable()
    assert "@" not in line
