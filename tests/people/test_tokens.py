"""Tokens: what is ours is read back, and nothing else is; one length, one spelling, years later."""

from __future__ import annotations

import quopri
import re
import string
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subscribers.model import SubscriptionId
from subscribers.tokens import (
    LOCAL_LENGTH,
    TOKEN_LENGTH,
    Local,
    Mailbox,
    Purpose,
    Token,
    local_part,
    make,
    read,
    read_local,
    verp,
)


@dataclass(frozen=True)
class TestKey:
    __test__ = False
    id: int
    secret: bytes


NEW, OLD, FOREIGN = TestKey(7, b"n" * 32), TestKey(3, b"o" * 32), TestKey(7, b"f" * 32)
ids = st.integers(1, 2**63 - 1)
purposes = st.sampled_from(Purpose)
mailboxes = st.sampled_from(Mailbox)


@given(ids, purposes, st.integers(1, 65_535))
def test_a_token_is_read_back_as_it_was_made(id: int, purpose: Purpose, key_id: int) -> None:
    key = TestKey(key_id, b"s" * 32)
    token = make(purpose, SubscriptionId(id), key)
    assert read(token, [NEW, key] if key_id != NEW.id else [key], purpose=purpose) == Token(
        purpose, SubscriptionId(id), key_id
    )


@given(ids, purposes)
def test_every_token_has_one_length_and_stands_in_quoted_printable_as_it_is(
    id: int, purpose: Purpose
) -> None:
    token = make(purpose, SubscriptionId(id), NEW)
    assert len(token) == TOKEN_LENGTH <= 40
    assert re.fullmatch(r"[A-Za-z0-9_-]+", token)
    assert quopri.encodestring(token.encode()) == token.encode()


def test_a_retired_key_goes_on_verifying() -> None:
    token = make(Purpose.UNSUBSCRIBE, SubscriptionId(5), OLD)
    assert read(token, [NEW, OLD], purpose=Purpose.UNSUBSCRIBE)


def test_an_unknown_key_proves_nothing() -> None:
    assert read(make(Purpose.WISHES, SubscriptionId(5), OLD), [NEW], purpose=Purpose.WISHES) is None
    assert read(make(Purpose.WISHES, SubscriptionId(5), FOREIGN), [NEW], purpose=Purpose.WISHES) is None


@given(ids, purposes, purposes)
def test_a_token_is_good_for_its_own_purpose_only(id: int, made: Purpose, asked: Purpose) -> None:
    found = read(make(made, SubscriptionId(id), NEW), [NEW], purpose=asked)
    assert (found is not None) is (made is asked)


@given(
    ids, st.integers(0, TOKEN_LENGTH - 1), st.sampled_from(string.ascii_letters + string.digits + "-_+/=.\n ")
)
def test_a_token_with_one_character_changed_is_no_token(id: int, place: int, letter: str) -> None:
    token = make(Purpose.UNSUBSCRIBE, SubscriptionId(id), NEW)
    forged = token[:place] + letter + token[place + 1 :]
    assert (read(forged, [NEW], purpose=Purpose.UNSUBSCRIBE) is not None) is (forged == token)


@given(ids, st.integers(0, TOKEN_LENGTH - 1))
def test_a_token_cut_short_is_no_token(id: int, length: int) -> None:
    assert read(make(Purpose.WISHES, SubscriptionId(id), NEW)[:length], [NEW], purpose=Purpose.WISHES) is None


@given(st.text(max_size=60) | st.text("Aé/+-_=", min_size=TOKEN_LENGTH, max_size=TOKEN_LENGTH))
def test_text_of_strangers_is_no_token_and_no_error(text: str) -> None:
    assert read(text, [NEW, OLD], purpose=Purpose.UNSUBSCRIBE) is None
    assert read_local(text, [NEW, OLD], mailbox=Mailbox.BOUNCE) is None


@given(ids, mailboxes)
def test_a_local_part_survives_a_change_of_case(id: int, mailbox: Mailbox) -> None:
    local = local_part(mailbox, id, NEW)
    assert len(local) == LOCAL_LENGTH <= 64
    assert re.fullmatch(r"[a-z]\.[a-z2-7]+", local)
    for spelling in (local, local.upper(), local.title()):
        assert read_local(spelling, [OLD, NEW], mailbox=mailbox) == Local(mailbox, id, NEW.id)


@given(ids, st.integers(0, LOCAL_LENGTH - 1), st.sampled_from(string.ascii_lowercase + string.digits + ".=-"))
def test_a_bounce_without_our_proof_is_nobodys(id: int, place: int, letter: str) -> None:
    local = verp(id, NEW)
    forged = local[:place] + letter + local[place + 1 :]
    assert (read_local(forged, [NEW], mailbox=Mailbox.BOUNCE) is not None) is (forged == local)


@pytest.mark.parametrize("asked", Mailbox)
def test_an_address_is_good_for_its_own_mailbox_only(asked: Mailbox) -> None:
    found = read_local(verp(5, NEW), [NEW], mailbox=asked)
    assert (found is not None) is (asked is Mailbox.BOUNCE)


def test_relabelling_an_address_does_not_help() -> None:
    assert read_local("u" + verp(5, NEW)[1:], [NEW], mailbox=Mailbox.UNSUBSCRIBE) is None
