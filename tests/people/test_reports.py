"""What a message that comes back says: real ones of many mail systems, broken ones, and any bytes."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from subscribers.bounces import (
    AutoReply,
    Bounce,
    Complaint,
    Delayed,
    Kind,
    NotABounce,
    Report,
    Weight,
    read,
    weigh,
)
from tests.corpus import CORPUS, needs_corpus
from tests.returned import arf, dsn, mail

FOLDER = CORPUS / "bounces"


@dataclass(frozen=True, slots=True)
class Expected:
    """A line of expected.tsv."""

    file: str
    addresses: frozenset[str]
    kind: str

    @property
    def report(self) -> Report:
        return read((FOLDER / self.file).read_bytes())


def expected() -> Iterator[Expected]:
    with (FOLDER / "expected.tsv").open(encoding="utf-8") as lines:
        for row in csv.DictReader(lines, delimiter="\t"):
            named = (each.strip().lower() for each in row["expected_addresses"].split(","))
            yield Expected(row["file"], frozenset(named) - {"-"}, row["kind"])


def told(report: Report) -> tuple[frozenset[str], str]:
    """Addresses and kind, in the words of expected.tsv."""
    if not isinstance(report, Bounce | Delayed):
        return frozenset(), "none"
    is_hard = isinstance(report, Bounce) and report.kind is Kind.HARD
    named = frozenset(each.address.lower() for each in report.recipients)
    return named, "permanent" if is_hard else "temporary"


@needs_corpus
def test_of_real_bounces_95_in_100_give_the_address_and_the_kind() -> None:
    """Those it misses are forwarded ones: the address we mailed is told, the list has where it ended."""
    cases = [each for each in expected() if each.kind in ("permanent", "temporary")]
    missed = [
        f"{each.file}: {told(each.report)}"
        for each in cases
        if told(each.report) != (each.addresses, each.kind)
    ]
    score = 1 - len(missed) / len(cases)

    assert len(cases) > 80
    assert score >= 0.95, f"{len(cases) - len(missed)} of {len(cases)} ({score:.1%}); missed: {missed}"


@needs_corpus
def test_no_auto_reply_and_no_other_mail_is_a_bounce() -> None:
    quiet = ("auto-reply (not a bounce)", "not-a-bounce", "undetectable-by-origin", "temporary-or-warning")
    cases = [each for each in expected() if each.kind in quiet]

    assert len(cases) >= 6
    assert {each.file: each.report for each in cases if weigh(each.report) is not None} == {}


@needs_corpus
def test_auto_replies_are_told_from_other_mail() -> None:
    kinds = {each.file: type(each.report) for each in expected() if each.kind.startswith(("auto", "not-a"))}

    assert set(kinds.values()) == {AutoReply, NotABounce}
    assert {file for file, kind in kinds.items() if kind is NotABounce} == {"not-bounce-is-not-bounce-01.eml"}


@needs_corpus
def test_feedback_reports_are_complaints_of_their_type() -> None:
    """But for one that is a mail asking to leave, as Apple's program writes it."""
    cases = [each for each in expected() if each.kind.startswith("feedback-report")]
    wrong = []
    for each in cases:
        said = each.report
        kind = each.kind.removeprefix("feedback-report:").replace("unknown", "")
        is_right = isinstance(said, Complaint) and said.feedback_type == kind
        if not is_right or each.addresses - set(getattr(said, "recipients", ())):
            wrong.append(each.file)

    assert wrong == ["arf-26.eml"]


@needs_corpus
def test_a_failed_authentication_is_no_complaint() -> None:
    cases = [each for each in expected() if each.kind == "feedback-report:auth-failure"]

    assert {weigh(each.report) for each in cases} == {Weight.OURS}


def test_a_delivery_report_says_address_code_and_words() -> None:
    report = read(dsn("b.x@bounces.example.org", status="5.1.1", diagnostic="smtp; 550 5.1.1 No such user"))

    assert isinstance(report, Bounce)
    (recipient,) = report.recipients
    assert (recipient.address, recipient.status) == ("ada@example.org", "5.1.1")
    assert recipient.diagnostic == "smtp; 550 5.1.1 No such user"


@pytest.mark.parametrize("action", ["delivered", "relayed", "expanded"])
def test_a_success_is_no_bounce(action: str) -> None:
    assert read(dsn("b.x@bounces.example.org", action=action, status="2.0.0")) == NotABounce()


def test_a_delay_is_no_bounce() -> None:
    assert isinstance(read(dsn("b.x@bounces.example.org", action="delayed", status="4.4.1")), Delayed)


@pytest.mark.parametrize(
    ("status", "diagnostic", "found"),
    [
        ("5.0.0", "smtp; 550 5.7.1 Rejected by policy", "5.7.1"),
        ("5.0.0", "smtp; 550 4.2.2 says another class", "5.0.0"),
        ("5.0.0", "smtp; 550 from 5.9.12.3 refused", "5.0.0"),
        ("553 Too large", "", "5.0.0"),
        ("450 later", "", "4.0.0"),
        ("5.2.2 (mailbox full)", "smtp; 552 5.7.1", "5.2.2"),
    ],
)
def test_the_code_that_says_more_counts(status: str, diagnostic: str, found: str) -> None:
    report = read(dsn("b.x@bounces.example.org", status=status, diagnostic=diagnostic))

    assert isinstance(report, Bounce)
    assert report.recipients[0].status == found


def test_the_address_we_mailed_comes_before_the_one_it_was_forwarded_to() -> None:
    raw = dsn("b.x@bounces.example.org", "elsewhere@example.net").replace(
        b"Final-Recipient", b"Original-Recipient: rfc822; ada@example.org\r\nFinal-Recipient"
    )
    report = read(raw)

    assert isinstance(report, Bounce)
    assert (report.recipients[0].address, report.recipients[0].final) == (
        "ada@example.org",
        "elsewhere@example.net",
    )


@pytest.mark.parametrize(
    ("was", "now"),
    [
        (b"message/delivery-status", b"text/plain"),
        (b"message/delivery-status", b"application/octet-stream"),
        (b"multipart/report; report-type=delivery-status;", b"multipart/mixed;"),
        (b"\r\n\r\nFinal-Recipient", b"\r\nFinal-Recipient"),
        (b"\r\n--edge--", b""),
        (b"Action: failed", b"Action: Failed (permanently)"),
        (b"rfc822; ada@example.org", b"<ada@example.org>"),
        (b"\r\n", b"\n"),
    ],
)
def test_a_broken_delivery_report_is_read_all_the_same(was: bytes, now: bytes) -> None:
    whole = dsn("b.x@bounces.example.org")
    assert was in whole
    report = read(whole.replace(was, now))

    assert isinstance(report, Bounce)
    assert [each.address for each in report.recipients] == ["ada@example.org"]


def test_a_report_inside_a_forwarded_mail_is_not_one_of_ours() -> None:
    inside = dsn("b.x@bounces.example.org").decode()
    outer = 'From: a@b.example\r\nContent-Type: multipart/mixed; boundary="out"\r\n\r\n--out\r\n'
    whole = f"{outer}Content-Type: message/rfc822\r\n\r\n{inside}\r\n--out--\r\n".encode()

    assert not isinstance(read(whole), Bounce)


@pytest.mark.parametrize(
    "more",
    [
        "Auto-Submitted: auto-replied\n",
        "X-Autoreply: yes\n",
        "X-Autorespond: Re: x\n",
        "Precedence: auto_reply\n",
        "Auto-Submitted: auto-generated\n",
    ],
)
def test_a_machine_that_answers_for_somebody_is_an_auto_reply(more: str) -> None:
    assert read(mail("b.x@bounces.example.org", subject="Re: Small Daily", more=more)) == AutoReply()


@pytest.mark.parametrize(
    "subject", ["Out of office: back in May", "Réponse automatique : absence", "Auto reply"]
)
def test_a_subject_alone_tells_an_auto_reply(subject: str) -> None:
    assert read(mail("b.x@bounces.example.org", subject=subject)) == AutoReply()


def test_a_receipt_of_reading_is_no_bounce() -> None:
    """A disposition notification (RFC 8098) has a Final-Recipient too, and no delivery status."""
    raw = dsn("b.x@bounces.example.org").replace(
        b"message/delivery-status", b"message/disposition-notification"
    )
    raw = raw.replace(b"Action: failed\r\n", b"Disposition: manual-action; displayed\r\n")
    raw = raw.replace(b"Status: 5.1.1\r\n", b"").replace(b"delivery-status", b"disposition-notification")

    assert weigh(read(raw)) is None


def test_a_complaint_keeps_the_traces_of_our_mail() -> None:
    report = read(arf(return_path="b.x@bounces.example.org", list_unsubscribe="<https://d.example/u/x>"))

    assert isinstance(report, Complaint)
    assert report.feedback_type == "abuse"
    assert report.traces == ("<b.x@bounces.example.org>", "<https://d.example/u/x>")


def test_what_comes_out_is_one_clean_line() -> None:
    raw = dsn("b.x@bounces.example.org", diagnostic="smtp; 550 \x1b[31mred\u202e \x00 " + "x" * 2000)
    report = read(raw)

    assert isinstance(report, Bounce)
    assert len(report.recipients[0].diagnostic) <= 500
    assert report.recipients[0].diagnostic.isprintable()


#: makers of trouble: depth, length, repetition; each in the megabyte that is let in
HOSTILE = {
    "one line": b"From: MAILER-DAEMON@x\n\nThe following addresses failed\n" + b"<" * 1_000_000,
    "open brackets": b"From: MAILER-DAEMON@x\n\n" + (b"<" * 990 + b"\n") * 1_000,
    "parts in parts": b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(3_000)
    ),
    "parts and empty lines": b"Content-Type: message/rfc822\n\n" * 45 + b"\n" * 900_000,
    "recipients": b"Content-Type: message/delivery-status\n\n"
    + b"Final-Recipient: rfc822; a@b.c\n\n" * 30_000,
    "headers": b"X: y\n" * 200_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_bytes_are_read_in_bounded_time(name: str) -> None:
    """Unbounded, each of these takes minutes or the stack; here the test would not end."""
    assert weigh(read(HOSTILE[name][:1_048_576])) in (None, Weight.HARD)


def test_a_flood_of_recipients_is_cut() -> None:
    report = read(HOSTILE["recipients"])

    assert isinstance(report, Bounce)
    assert len(report.recipients) == 100


@given(st.binary(max_size=4_000))
@settings(max_examples=200)
def test_any_bytes_are_read(raw: bytes) -> None:
    assert isinstance(read(raw), Report)


@given(st.data())
@settings(max_examples=200)
def test_a_report_with_anything_in_it_is_read(data: st.DataObject) -> None:
    whole = data.draw(st.sampled_from([dsn("b.x@e.org"), arf(return_path="b.x@e.org"), mail("u.x@e.org")]))
    start = data.draw(st.integers(0, len(whole)))
    end = data.draw(st.integers(start, min(len(whole), start + 60)))

    assert isinstance(read(whole[:start] + data.draw(st.binary(max_size=60)) + whole[end:]), Report)
