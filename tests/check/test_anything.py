"""Whatever bytes come, they are judged or refused in words; nothing we read with breaks on them."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.check import Severity, check, read_mail
from digest.check.css import colour, contrast, inverted, pixels, read_inline, read_sheet
from digest.errors import DigestError
from tests.check.mails import good

#: what parsers stumble over
PIECES = (
    "<", ">", "</", "<a href='http://['>", "<img src=data:x,y>", "<table>", "</td>", "<!--[if mso]>", "-->",
    "<svg>", "<style>", "@media {", "}", "{", ";", ":", "style='color:#12'",
    "&#0;", "\x00", "\x9d", "\u202e", "é",
    "<h1>", "{{",
    "<p style='margin:(;:'>", "<body>", "<html lang=''>", "=?utf-8?b?!!?=", "\t", " ",
)  # fmt: skip


@given(st.binary(max_size=300))
def test_any_bytes(raw: bytes) -> None:
    with contextlib.suppress(DigestError):
        check(b"Subject: x\r\n" + raw)


@given(st.lists(st.sampled_from(PIECES), max_size=20).map("".join))
def test_any_html_in_a_good_mail(text: str) -> None:
    mail = good()

    assert all(found.words and found.severity in Severity for found in check(mail.in_foot(text).raw()))
    check(mail.text_with("Envoyé", text).raw())


@given(st.text(max_size=80))
def test_any_html_alone(text: str) -> None:
    head = b"Subject: x\r\nContent-Type: text/html; charset=utf-8\r\n\r\n"

    assert check(head + text.encode("utf-8", "replace"))


@given(st.text(alphabet="abc#;:{}()@\"'/*! \n", max_size=80))
def test_any_css(text: str) -> None:
    read_inline(text)
    sheet = read_sheet(text, 1, in_head=True)

    assert all(1 <= each.line <= text.count("\n") + 1 for each in sheet.declarations)


def test_declarations_know_their_line_and_what_they_stand_in() -> None:
    text = "a { color: #fff; }\n/* ;\n} */\n@media (x) {\n  .b, .c {\n    color: #000 !important;\n  }\n}\n"

    first, second = read_sheet(text, 10, in_head=True).declarations

    assert (first.selector, first.value, first.line, first.at_rules) == ("a", "#fff", 10, ())
    assert (second.selector, second.value, second.line) == (".b, .c", "#000", 15)
    assert second.at_rules == ("@media (x)",) and second.is_important and not first.is_important


def test_a_semicolon_inside_an_address_parts_nothing() -> None:
    found = read_inline("background: url('data:image/png;base64,x'); color: #FFF !important")

    assert [(name, value) for name, value, _ in found] == [
        ("background", "url('data:image/png;base64,x')"),
        ("color", "#fff"),
    ]


@pytest.mark.parametrize(
    ("one", "other", "ratio"),
    [("#000", "#ffffff", 21.0), ("#767676", "#fff", 4.54), ("#fff", "white", 1.0), ("#0a57a4", "#fff", 7.2)],
)
def test_contrast_is_that_of_wcag(one: str, other: str, ratio: float) -> None:
    first, second = colour(one), colour(other)
    assert first is not None and second is not None

    assert contrast(first, second) == pytest.approx(ratio, abs=0.1)
    assert contrast(second, first) == contrast(first, second)
    assert inverted(inverted(first)) == first


@pytest.mark.parametrize(
    ("value", "found"), [("12px", 12), ("12", 12), ("1.5", 1.5), ("100%", None), ("2em", None)]
)
def test_only_pixels_are_pixels(value: str, found: float | None) -> None:
    assert pixels(value) == found


def test_headers_are_decoded_and_know_their_line() -> None:
    raw = b"From: a@b.example\r\nSubject: =?utf-8?b?w6k=?=\r\n =?utf-8?b?w6k=?=\r\nX-Odd: =?x?\r\n\r\nhello"

    mail = read_mail(raw)

    assert [(each.name, each.value, each.line) for each in mail.headers] == [
        ("From", "a@b.example", 1),
        ("Subject", "éé", 2),
        ("X-Odd", "=?x?", 4),
    ]
