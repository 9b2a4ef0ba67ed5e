"""A header is canonicalised as dkimpy does it, in whatever way it is folded (RFC 6376 §3.4)."""

from __future__ import annotations

from hashlib import sha256

import dkim
import pytest
from dkim.canonicalization import Relaxed, Simple
from hypothesis import given
from hypothesis import strategies as st

from digest.deliver.canon import SIGNED, body_hash, covered, fields, relaxed

#: "!" to "9" and ";" to "~" (RFC 5322 §3.6.8)
names = st.text([chr(code) for code in range(33, 127) if chr(code) != ":"], min_size=1, max_size=20)
blanks = st.text(" \t", min_size=1, max_size=3)
words = st.text([chr(code) for code in range(33, 127)], min_size=1, max_size=12)


@st.composite
def values(draw: st.DrawFn) -> str:
    """A value with blanks of any kind between its words, at any of which it may be folded."""
    parts = [draw(st.sampled_from(["", " ", "\t "]))]
    for word in draw(st.lists(words, max_size=6)):
        fold = draw(st.sampled_from(["", "\r\n", "\r\n \r\n"]))
        parts += [word, fold, draw(blanks)]
    return "".join(parts)


header_fields = st.lists(st.tuples(names | st.sampled_from(SIGNED), values()), min_size=1, max_size=12)


def text_of(found: list[tuple[str, str]]) -> bytes:
    return "".join(f"{name}:{value}\r\n" for name, value in found).encode("ascii")


@given(header_fields)
def test_header_fields_are_relaxed_as_dkimpy_relaxes_them(given_: list[tuple[str, str]]) -> None:
    head = text_of(given_)
    theirs = Relaxed.canonicalize_headers(dkim.rfc822_parse(head + b"\r\n")[0])

    assert [relaxed(field) + b"\r\n" for field in fields(head)] == [
        name + b":" + value for name, value in theirs
    ]


@given(header_fields)
def test_what_is_covered_is_chosen_as_dkimpy_chooses_it(given_: list[tuple[str, str]]) -> None:
    head = text_of(given_)
    chosen, data = covered(head)
    theirs = Relaxed.canonicalize_headers(dkim.rfc822_parse(head + b"\r\n")[0])
    picked = dkim.select_headers(theirs, [name.lower().encode() for name in chosen])

    assert data == b"".join(name + b":" + value for name, value in picked)


@given(header_fields)
def test_nothing_that_is_covered_can_be_added_to_from_subject_and_to(given_: list[tuple[str, str]]) -> None:
    chosen, _ = covered(text_of(given_))
    there = [name.lower() for name, _ in given_]

    for name in ("From", "Subject", "To"):
        assert chosen.count(name) == there.count(name.lower()) + 1


@given(st.lists(st.sampled_from([b"\r\n", b"text", b" ", b"=\r\n", b"\r", b"\n"]), max_size=12).map(b"".join))
def test_a_body_is_hashed_as_dkimpy_hashes_it(body: bytes) -> None:
    assert body_hash(b"To: a\r\n\r\n" + body, 9) == sha256(Simple.canonicalize_body(body)).digest()


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        # RFC 6376 §3.4.5
        (b"A: X\r\n", b"a:X"),
        (b"B : Y\t\r\n\tZ  \r\n", b"b:Y Z"),
    ],
)
def test_the_examples_of_the_rfc(written: bytes, canonical: bytes) -> None:
    assert [relaxed(field) for field in fields(written)] == [canonical]
