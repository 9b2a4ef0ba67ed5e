"""Addresses: one canonical form, one key a person, and nothing raw for a socket (abuse C6)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subscribers.addresses import Address, BadAddress, _judged, address_hash, folded, ip_prefix, parse
from tests.people.makers import address


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ("Jean.Dupont@Example.ORG", "Jean.Dupont@example.org"),
        ("  a@b.fr\t", "a@b.fr"),
        ("a@bücher.example", "a@xn--bcher-kva.example"),
        ("a@BÜCHER.example", "a@xn--bcher-kva.example"),
        ("a@xn--bcher-kva.example", "a@xn--bcher-kva.example"),
        ("e\u0301@example.org", "\u00e9@example.org"),
        ("a+tag@example.org", "a+tag@example.org"),
        ("o'brien@example.org", "o'brien@example.org"),
        ("=1+1@example.org", "=1+1@example.org"),
    ],
)
def test_an_address_has_one_canonical_form(written: str, canonical: str) -> None:
    assert str(address(written)) == canonical


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a@b\r\nRCPT TO:<x>", "line break"),
        ("a@example.org\nBcc: x@y.org", "line break"),
        ("a\0@example.org", "invisible"),
        ("a\u202e@example.org", "invisible"),
        ("a@exam\u00adple.org", "invisible"),
        ("a\u2028@example.org", "line break"),
        ('"a b"@example.org', "quotation marks"),
        ("a@[127.0.0.1]", "IP number"),
        ("a" * 65 + "@example.org", "64"),
        ("é" * 33 + "@example.org", "64"),
        ("a@" + "b" * 63 + ("." + "b" * 63) * 3 + ".org", "too long"),
        ("a@example.org.", "period"),
        ("a.@example.org", "period"),
        ("a..b@example.org", "periods"),
        ("a@gmail", "no dot"),
        ("a@localhost", "cannot be used"),
        ("Jean <a@example.org>", "alone"),
        ("<a@example.org>", "alone"),
        ("a@b@example.org", "@"),
        ("a@example.org,b@example.org", ","),
        ("jean", "no @"),
        ("", "no address"),
        ("   ", "no address"),
    ],
)
def test_what_is_no_address_is_refused_in_words(text: str, words: str) -> None:
    found = parse(text)
    assert isinstance(found, BadAddress)
    assert words in found.words
    assert found.words.isprintable()


@given(st.text(max_size=80) | st.builds("{}@{}".format, st.text(max_size=70), st.text(max_size=70)))
def test_whatever_is_taken_is_one_clean_short_address(text: str) -> None:
    found = parse(text)
    if isinstance(found, Address):
        local, at, domain = found.address.rpartition("@")
        assert at
        assert not any(letter.isspace() or not letter.isprintable() or letter in '<>"' for letter in local)
        assert domain.isascii()
        assert domain == domain.lower()
        assert len(found.address.encode()) <= 254
        assert len(local.encode()) <= 64
        assert parse(found.address) == found


def test_the_key_is_one_for_every_case_of_an_address_and_not_for_tags() -> None:
    assert address("Jean@Example.org").key == address("jEAN@example.ORG").key
    assert address("É@example.org").key == address("e\u0301@example.org").key
    assert address("jean+a@example.org").key != address("jean@example.org").key


def test_a_hash_tells_nothing_without_the_salt() -> None:
    one, other = (address_hash("a@example.org", salt) for salt in (b"1" * 32, b"2" * 32))
    assert one != other
    assert one == address_hash("a@example.org", b"1" * 32)
    assert len(one) == 64
    assert "example" not in one


@pytest.mark.parametrize(
    ("ip", "prefix"),
    [
        ("192.0.2.77", "192.0.2.0/24"),
        ("::ffff:192.0.2.77", "192.0.2.0/24"),
        ("2001:db8:1:2::3", "2001:db8:1::/48"),
        ("fe80::1%eth0", "fe80::/48"),
        ("", ""),
        ("unix:", ""),
    ],
)
def test_proof_keeps_the_network_not_the_machine(ip: str, prefix: str) -> None:
    assert ip_prefix(ip) == prefix


@given(
    st.from_regex(r"[a-z0-9_+.-]{1,70}", fullmatch=True),
    st.sampled_from(
        [
            "example.org",
            "Example.ORG",
            "example.org.",
            "-a.example",
            "a..example",
            "localhost",
            "xn--bcher-kva.example",
            "xn--a.example",
            "192.0.2.1",
            "a.test",
            f"{'a' * 63}.example",
            f"{'a' * 64}.example",
            ".".join(["a" * 60] * 4) + ".org",
        ]
    ),
)
def test_the_short_way_for_usual_addresses_says_what_the_long_one_says(local: str, domain: str) -> None:
    text = f"{local}@{domain}"
    assert parse(text) == _judged(text)


@pytest.mark.parametrize(
    ("text", "key"),
    [(" Ada@EX", "ada@ex"), ("Stra\u00dfe", "strasse"), ("@Example.org", "@example.org"), ("", "")],
)
def test_a_part_of_an_address_is_folded_like_a_whole_one(text: str, key: str) -> None:
    assert folded(text) == key
