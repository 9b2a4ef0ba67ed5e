"""Seals of forms, languages of browsers, prefixes of networks: the pure rules behind the pages."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subscribers.web.forms import OPEN_FOR, opened, seal
from subscribers.web.languages import best_of
from subscribers.web.prefixes import prefix_of


@dataclass(frozen=True)
class Key:
    id: int
    secret: bytes = field(repr=False)


NOW = datetime(2026, 11, 22, 13, tzinfo=UTC)
OLD, NEW = Key(3, b"o" * 32), Key(9, b"n" * 32)
words = st.text(max_size=40)


@given(purpose=words, subject=words, minutes=st.integers(0, 24 * 60))
def test_a_seal_opens_for_its_purpose_and_subject_for_a_day(purpose: str, subject: str, minutes: int) -> None:
    text = seal(purpose, subject, OLD, now=NOW)
    found = opened(text, purpose, subject, (NEW, OLD), now=NOW + timedelta(minutes=minutes))

    assert found is not None
    assert (found.at, found.key_id) == (NOW, OLD.id)


@given(purpose=words, subject=words, other=st.tuples(words, words))
def test_it_opens_for_nothing_else(purpose: str, subject: str, other: tuple[str, str]) -> None:
    text = seal(purpose, subject, OLD, now=NOW)

    if other != (purpose, subject):
        assert opened(text, *other, (OLD,), now=NOW) is None


@pytest.mark.parametrize("shift", [OPEN_FOR + timedelta(seconds=1), timedelta(days=400), -timedelta(hours=1)])
def test_it_opens_neither_too_late_nor_before_it_was_made(shift: timedelta) -> None:
    assert opened(seal("a", "b", OLD, now=NOW), "a", "b", (OLD,), now=NOW + shift) is None


@given(place=st.integers(0, 34), letter=st.characters())
def test_one_letter_changed_is_no_seal(place: int, letter: str) -> None:
    text = seal("a", "b", OLD, now=NOW)
    changed = text[:place] + letter + text[place + 1 :]

    assert (opened(changed, "a", "b", (OLD,), now=NOW) is not None) == (changed == text)


@given(st.text(max_size=60))
def test_no_text_at_all_is_a_fault(text: str) -> None:
    assert opened(text, "a", "b", (OLD, NEW), now=NOW) is None


def test_a_key_of_the_same_number_with_another_secret_opens_nothing() -> None:
    text = seal("a", "b", OLD, now=NOW)

    assert opened(text, "a", "b", (Key(OLD.id, b"x" * 32),), now=NOW) is None


@given(st.text(max_size=600))
def test_any_header_names_one_of_our_languages_or_none(header: str) -> None:
    assert best_of(header) in ("en", "fr", None)


@given(st.ip_addresses())
def test_a_prefix_holds_the_address_and_256_others_at_least(ip: object) -> None:
    found = ip_network(prefix_of(str(ip)))
    address = ip_address(str(ip))

    assert found.num_addresses >= 256
    assert address.version != found.version or address in found


@pytest.mark.parametrize(
    ("ip", "prefix"),
    [
        ("192.0.2.77", "192.0.2.0/24"),
        ("2001:db8:1:2::7", "2001:db8:1::/48"),
        ("::ffff:192.0.2.77", "192.0.2.0/24"),
        ("fe80::1%eth0", "fe80::/48"),
        ("", ""),
        ("unix:", ""),
        ("192.0.2.77, 10.0.0.1", ""),
    ],
)
def test_networks_are_kept_as_24_and_48_bits(ip: str, prefix: str) -> None:
    assert prefix_of(ip) == prefix
