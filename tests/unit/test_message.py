"""Laws of the message: every header as promised, no value adds another, the standard library agrees."""

from __future__ import annotations

import email
import re
from dataclasses import replace
from datetime import timedelta
from email.header import decode_header, make_header
from email.policy import SMTP, compat32

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from digest.compose.encode import encode
from digest.compose.headers import constant, own, sender_id, subject_line
from digest.compose.message import message, plate
from digest.compose.recipe import write
from digest.errors import DigestError, StorageError
from digest.model import Fragment, IssueId, NewEdition, Slot
from tests.papers import ADDRESSEE, HEADING, NOW, parsed, part

FRAGMENTS = {
    "a": Fragment(
        name="a", html=encode(["<p>é ", Slot.UNSUBSCRIBE, "</p>\n"]), text=encode(["u ", Slot.UNSUBSCRIBE])
    ),
    "b": Fragment(name="b", html=encode([Slot.WISHES, "<hr>"]), text=encode(["\nw ", Slot.WISHES, "\n"])),
}
EDITION = NewEdition(
    issue_id=IssueId(7),
    key="0123456789abcdef0123456789abcdef",
    language="fr",
    format="html",
    subject="Planète : l'été",
    recipe=write(["a", (encode("mid").data.decode(), encode("dle").data.decode()), "b"]),
    stories=(),
    html_bytes=0,
    message_bytes=0,
)
SITE = HEADING.site_url
PLATE = plate(EDITION, FRAGMENTS)
RAW = PLATE.message(HEADING, ADDRESSEE, dated_at=NOW)
NAMES = (
    "From Reply-To List-Id List-Unsubscribe-Post List-Help List-Owner Auto-Submitted Precedence "
    "X-Auto-Response-Suppress Feedback-ID MIME-Version To Date Message-ID List-Unsubscribe Subject "
    "Content-Type"
).split()


def headers(raw: bytes) -> dict[str, str]:
    return {
        name: re.sub(r"\r\n(?=[ \t])", "", value) for name, value in email.message_from_bytes(raw).items()
    }


def test_the_header_is_what_we_promise_and_nothing_else() -> None:
    assert list(parsed(RAW)) == NAMES


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("To", "reader@example.net"),
        ("Date", "Sun, 22 Nov 2026 03:00:00 +0000"),
        ("Message-ID", "<d5.weekly.2026-11-22@example.org>"),
        ("List-Id", "=?utf-8?b?UGxhbsOodGUgQUZQeSwgbGEgc2VtYWluZQ==?= <weekly.digest.example.org>"),
        (
            "List-Unsubscribe",
            f"<{SITE}/u/{'U' * 36}>, <mailto:u.{'q' * 40}@bounces.example.org?subject=unsubscribe>",
        ),
        ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
        ("List-Help", "<https://digest.example.org/>"),
        ("List-Owner", "<mailto:admin@example.org>"),
        ("Auto-Submitted", "auto-generated"),
        ("Precedence", "bulk"),
        ("X-Auto-Response-Suppress", "OOF, AutoReply"),
        ("Feedback-ID", "2026-11-22:weekly:digest:exampleorg"),
    ],
)
def test_a_header_reads(name: str, value: str) -> None:
    assert headers(RAW)[name] == value


def test_the_standard_library_finds_no_defect() -> None:
    for each in parsed(RAW).walk():
        assert each.defects == []
        assert [header.defects for header in each.values() if header.defects] == []


def test_the_text_part_comes_first() -> None:
    assert [each.get_content_type() for each in parsed(RAW).walk()] == [
        "multipart/alternative", "text/plain", "text/html",
    ]  # fmt: skip


def test_tokens_stand_in_their_places() -> None:
    assert part(RAW, "html") == f"<p>é {'U' * 36}</p>\nmid{'W' * 36}<hr>"
    assert part(RAW, "plain") == f"u {'U' * 36}dle\nw {'W' * 36}\n"


def test_a_text_edition_is_a_single_text_part() -> None:
    raw = message(replace(EDITION, format="text"), FRAGMENTS, HEADING, ADDRESSEE, dated_at=NOW)
    assert parsed(raw).get_content_type() == "text/plain"
    assert part(raw, "plain") == part(RAW, "plain")


def test_the_same_values_give_the_same_bytes() -> None:
    assert message(EDITION, FRAGMENTS, HEADING, ADDRESSEE, dated_at=NOW) == RAW


def test_a_later_attempt_keeps_message_id_and_body() -> None:
    later = PLATE.message(HEADING, ADDRESSEE, dated_at=NOW + timedelta(hours=1))
    assert later.replace(b"04:00:00", b"03:00:00") == RAW


def test_the_unsubscribe_header_is_no_encoded_word_and_folds_after_its_comma_alone() -> None:
    lines = RAW.partition(b"\r\n\r\n")[0].split(b"\r\n")
    at = next(at for at, line in enumerate(lines) if line.startswith(b"List-Unsubscribe:"))
    assert lines[at].endswith(b">,")
    assert lines[at + 1].startswith(b" <mailto:")
    assert b"=?" not in lines[at] + lines[at + 1]


def test_without_a_bounce_domain_there_is_no_mailto() -> None:
    raw = PLATE.message(replace(HEADING, bounce_domain=None), ADDRESSEE, dated_at=NOW)
    assert headers(raw)["List-Unsubscribe"] == f"<https://digest.example.org/u/{'U' * 36}>"


def test_a_public_archive_is_named() -> None:
    raw = constant(replace(HEADING, archive_url="https://digest.example.org/weekly/"))
    assert b"\r\nList-Archive: <https://digest.example.org/weekly/>\r\n" in raw


def test_a_test_mail_is_marked_and_its_links_are_inert() -> None:
    raw = PLATE.test(HEADING, "me@example.net", dated_at=NOW)
    assert parsed(raw)["Subject"] == "[TEST] Planète : l'été"
    assert headers(raw)["List-Unsubscribe"] == "<https://digest.example.org/u/test>"
    assert part(raw, "plain") == "u testdle\nw test\n"


def test_an_edition_whose_fragments_are_gone_says_so() -> None:
    with pytest.raises(StorageError, match="is gone"):
        plate(EDITION, {})


clean = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), max_size=150)
lines = clean | st.lists(
    st.sampled_from(["a" * 30, " ", "  ", "=?utf-8?q?x?=", "é", "日本", '"', "\\", ":"])
).map("".join)


def read(line: bytes) -> str:
    """The decoded value of a header line, by the standard library."""
    raw = email.message_from_bytes(line + b"\r\n", policy=compat32)["Subject"]
    return str(make_header(decode_header(re.sub(r"\r\n(?=[ \t])", "", raw))))


@given(lines)
def test_a_subject_reads_back(subject: str) -> None:
    line = subject_line(subject)
    assert read(line) == subject
    assert max(map(len, line.split(b"\r\n"))) <= 76
    assert line.isascii()


names = clean | st.text(max_size=30)
locals_ = st.text("ab.+-é", min_size=1, max_size=20) | st.text(max_size=10)


@given(subject=names, name=names, local=locals_)
def test_no_value_adds_a_header(subject: str, name: str, local: str) -> None:
    try:
        head = replace(HEADING, from_=f"{name} <digest@example.org>", list_title=name)
        reader = replace(ADDRESSEE, address=f"{local}@example.net")
        raw = replace(PLATE, subject_line=subject_line(subject)).message(head, reader, dated_at=NOW)
    except DigestError:
        event("refused")
        return
    event("written")
    assert list(email.message_from_bytes(raw, policy=SMTP)) == NAMES


@given(clean)
def test_a_name_without_control_characters_is_written_and_reads_back(name: str) -> None:
    raw = constant(replace(HEADING, list_title=name))
    phrase = headers(raw)["List-Id"].removesuffix(" <weekly.digest.example.org>")
    shown = (
        re.sub(r"\\(.)", r"\1", phrase[1:-1])
        if phrase.startswith('"')
        else str(make_header(decode_header(phrase)))
    )
    assert shown == name


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r", "\x00", "\u2028", "\x85", "\x0b"])
@pytest.mark.parametrize("field", ["from_", "reply_to", "list_title", "site_url"])
def test_control_characters_are_refused(field: str, end: str) -> None:
    with pytest.raises(DigestError):
        constant(replace(HEADING, **{field: f"a{end}Bcc: x@example.net"}))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "address",
    [
        "a@b\r\nBcc: x@y",
        "a b@example.net",
        "a@example.net, b@example.net",
        "<a@example.net>",
        "a",
        "a@",
        "@b",
        "a@b\n",
    ],
)
def test_what_is_no_single_address_is_refused(address: str) -> None:
    with pytest.raises(DigestError):
        own(HEADING, replace(ADDRESSEE, address=address), dated_at=NOW)


@pytest.mark.parametrize("token", ["", "a b", "a\r\nb", ".a", "é", "a" * 37, "a>b"])
def test_what_is_no_token_is_refused(token: str) -> None:
    with pytest.raises(DigestError):
        own(HEADING, replace(ADDRESSEE, unsubscribe_token=token), dated_at=NOW)


@given(st.from_regex(r"[a-z0-9.-]{1,60}", fullmatch=True))
def test_a_sender_id_has_5_to_15_plain_characters(domain: str) -> None:
    assert re.fullmatch(r"[a-z0-9]{5,15}", sender_id(domain))
