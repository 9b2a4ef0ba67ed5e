"""Only what we wrote ourselves proves anything, wherever it stands."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subscribers.bounces import Complaint, read
from subscribers.model import SubscriptionId
from subscribers.proofs import addressed_to, proven, traced
from subscribers.tokens import Local, Mailbox, Purpose, local_part, make, verp
from tests.returned import arf, dsn, mail


@dataclass(frozen=True)
class Secret:
    id: int
    secret: bytes


KEY, OTHER, LINK = Secret(1, b"v" * 32), Secret(1, b"x" * 32), Secret(2, b"l" * 32)
BOUNCE = f"{verp(7, KEY)}@bounces.example.org"
LETTER = f"{verp(7, KEY, mailbox=Mailbox.LETTER)}@bounces.example.org"
LEAVE = f"{local_part(Mailbox.UNSUBSCRIBE, 9, KEY)}@bounces.example.org"


def complaint(raw: bytes) -> Complaint:
    report = read(raw)
    assert isinstance(report, Complaint)
    return report


@pytest.mark.parametrize(
    ("address", "mailbox", "id"),
    [
        (BOUNCE, Mailbox.BOUNCE, 7),
        (BOUNCE.upper(), Mailbox.BOUNCE, 7),
        (f"<{BOUNCE}>", Mailbox.BOUNCE, 7),
        (LETTER, Mailbox.LETTER, 7),
        (LEAVE, Mailbox.UNSUBSCRIBE, 9),
    ],
)
def test_an_address_of_ours_proves_which_mail_it_is_about(address: str, mailbox: Mailbox, id: int) -> None:
    assert proven([address], [KEY]) == Local(mailbox, id, 1)


def test_the_first_that_proves_anything_counts() -> None:
    assert proven(["postmaster@example.org", LEAVE, BOUNCE], [KEY]) == Local(Mailbox.UNSUBSCRIBE, 9, 1)


@pytest.mark.parametrize("address", [BOUNCE, LETTER, LEAVE])
def test_an_address_made_with_another_key_proves_nothing(address: str) -> None:
    assert proven([address], [OTHER]) is None


@given(st.integers(0, 41), st.sampled_from("abcdefghijklmnopqrstuvwxyz234567.=b"))
def test_an_address_with_one_letter_changed_proves_nothing_else(place: int, letter: str) -> None:
    local, _, domain = BOUNCE.partition("@")
    changed = f"{local[:place]}{letter}{local[place + 1 :]}@{domain}"

    assert proven([changed], [KEY]) == (Local(Mailbox.BOUNCE, 7, 1) if changed == BOUNCE else None)


@given(st.text(max_size=80))
def test_no_text_proves_anything_by_chance(text: str) -> None:
    assert proven([text, f"b.{text}@bounces.example.org"], [KEY]) is None


def test_a_complaint_is_traced_by_the_envelope_sender_in_its_copy() -> None:
    assert traced(complaint(arf(return_path=BOUNCE)), verp_keys=[KEY], token_keys=[]) == Local(
        Mailbox.BOUNCE, 7, 1
    )


@pytest.mark.parametrize(
    "link",
    [
        f"<https://d.example/u/{make(Purpose.UNSUBSCRIBE, SubscriptionId(9), LINK)}>",
        f"<https://d.example/base/u/{make(Purpose.UNSUBSCRIBE, SubscriptionId(9), LINK)}>, <mailto:x@y.org>",
        f"<mailto:{LEAVE}?subject=unsubscribe>",
    ],
)
def test_a_complaint_is_traced_by_list_unsubscribe_in_its_copy(link: str) -> None:
    found = traced(complaint(arf(list_unsubscribe=link)), verp_keys=[KEY], token_keys=[LINK])

    assert found is not None
    assert (found.mailbox, found.id) == (Mailbox.UNSUBSCRIBE, 9)


@pytest.mark.parametrize(
    "link",
    [
        f"<https://d.example/u/{make(Purpose.UNSUBSCRIBE, SubscriptionId(9), OTHER)}>",
        f"<https://d.example/u/{make(Purpose.WISHES, SubscriptionId(9), LINK)}>",
        "<https://d.example/u/" + "A" * 36 + ">",
    ],
)
def test_a_link_that_is_not_ours_or_for_something_else_traces_nothing(link: str) -> None:
    assert traced(complaint(arf(list_unsubscribe=link)), verp_keys=[KEY], token_keys=[LINK]) is None


def test_a_mail_says_whom_it_was_for_the_surest_first() -> None:
    raw = (
        b"Delivered-To: all@example.org\r\nX-Original-To: "
        + BOUNCE.encode()
        + b"\r\n"
        + dsn("someone@else.org")
    )

    assert addressed_to(raw) == (BOUNCE, "all@example.org", "someone@else.org")


def test_a_body_names_nobody() -> None:
    assert addressed_to(mail("x@example.org", text=f"Delivered-To: {BOUNCE}")) == ("x@example.org",)


@given(st.binary(max_size=2_000))
def test_any_bytes_may_be_asked(raw: bytes) -> None:
    assert all("@" in each for each in addressed_to(raw))
