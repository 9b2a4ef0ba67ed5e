"""A ticket is 128 random bits that only its mail knows, for one thing, and not for long."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subscribers.model import SubscriberId
from subscribers.tickets import CODE_LENGTH, OCTETS, Purpose, State, Ticket, hash_of, new
from tests.people.makers import NOW

RANDOM = bytes(range(OCTETS))


def ticket(purpose: Purpose = Purpose.CONFIRM, random: bytes = RANDOM) -> tuple[str, Ticket]:
    return new(purpose, random=random, now=NOW, subscriber_id=SubscriberId(1))


@given(st.binary(min_size=OCTETS, max_size=OCTETS))
def test_every_code_is_found_by_its_hash_and_fits_an_address(random: bytes) -> None:
    code, made = ticket(random=random)
    assert len(code) == CODE_LENGTH <= 40
    assert hash_of(code) == made.hash


def test_what_is_kept_does_not_tell_the_code() -> None:
    code, made = ticket()
    assert code not in repr(made)


@pytest.mark.parametrize(("purpose", "hours"), [("confirm", 72), ("address", 1), ("export", 1), ("erase", 1)])
def test_a_ticket_works_until_its_time_and_not_a_moment_longer(purpose: str, hours: int) -> None:
    _, made = ticket(Purpose(purpose))
    end = NOW + timedelta(hours=hours)
    assert made.state(end - timedelta.resolution) is State.FRESH
    assert made.state(end) is State.EXPIRED


@given(st.text(max_size=60))
def test_what_is_no_code_of_ours_is_nobodys_hash(text: str) -> None:
    found = hash_of(text)
    assert found is None or (len(text) == CODE_LENGTH and text.isascii())


@pytest.mark.parametrize(
    "change", [lambda code: code + "=", lambda code: code[:-1], lambda code: code[:-1] + "9"]
)
def test_a_code_has_one_spelling(change: object) -> None:
    code, _ = ticket()
    assert callable(change)
    assert hash_of(change(code)) is None


def test_less_randomness_is_refused() -> None:
    with pytest.raises(ValueError, match="16 octets"):
        ticket(random=b"short")
