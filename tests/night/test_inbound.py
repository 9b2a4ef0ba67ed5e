"""Mail that comes back is acted on once, by its proof alone (abuse C9, C10, faults B29)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from digest.night import suppressing
from digest.night.inbound import LARGEST, Deed
from subscribers.model import Consent, Reason
from tests.ledger import peek, poke
from tests.night.house import DAY, NIGHT, House, address
from tests.night.returning import DOMAIN, Post, house, post
from tests.returned import arf, dsn, mail


@pytest.fixture
def home(tmp_path: Path) -> House:
    made = house(tmp_path)
    for name in ("ada", "bob"):
        made.join(name, at=NIGHT - 30 * DAY)
    return made


@pytest.fixture
def here(home: House) -> Iterator[Post]:
    with post(home) as opened:
        yield opened


def test_a_hard_bounce_suppresses_the_address_for_90_days(here: Post) -> None:
    to = here.verp(here.sent("ada"))

    assert here.take(dsn(to), to).deed is Deed.SUPPRESSED

    found = here.suppression("ada")
    assert found is not None
    assert (found.reason, found.until_at) == (Reason.HARD, NIGHT + 90 * DAY)
    assert "No such user" in found.detail
    assert here.place("ada").consent is Consent.CONFIRMED
    assert here.suppression("bob") is None


def test_after_90_days_one_mail_tries_again_and_a_bounce_suppresses_for_another_90(home: House) -> None:
    with post(home) as here:
        to = here.verp(here.sent("ada"))
        here.take(dsn(to), to)
    later = NIGHT + 91 * DAY
    with post(home, later) as here:
        assert here.suppression("ada") is None
        again = here.verp(here.sent("ada", night="2027-02-21", number=2))
        assert here.take(dsn(again, id="2"), again).deed is Deed.SUPPRESSED
        found = here.suppression("ada")
        assert found is not None
        assert found.until_at == later + 90 * DAY


def test_soft_bounces_of_5_issues_suppress_and_one_fewer_does_not(home: House) -> None:
    deeds, at = [], NIGHT
    for number in range(5):
        at = NIGHT + number * DAY
        with post(home, at) as here:
            to = here.verp(here.sent("ada", night=f"{at:%Y-%m-%d}", number=number))
            deeds.append(here.take(dsn(to, status="4.2.2", id=str(number)), to).deed)

    assert deeds == [Deed.COUNTED] * 4 + [Deed.SUPPRESSED]
    with post(home, at) as here:
        found = here.suppression("ada")
        assert found is not None
        assert (found.reason, found.until_at) == (Reason.SOFT, at + 30 * DAY)


@pytest.mark.parametrize(("arrives", "last"), [(None, Deed.SUPPRESSED), (6, Deed.COUNTED)])
def test_a_mail_that_did_not_come_back_begins_the_count_of_soft_bounces_anew(
    home: House, arrives: int | None, last: Deed
) -> None:
    """That it arrived is known when 5 days were silent."""
    deed = None
    for day in (0, 2, 4, 6, 12, 14):
        at = NIGHT + day * DAY
        with post(home, at) as here:
            delivery = here.sent("ada", night=f"{at:%Y-%m-%d}", number=day)
            if day != 6:
                to = here.verp(delivery)
                deed = here.take(dsn(to, status="4.2.2", id=str(day)), to).deed
            elif arrives is None:
                poke(here.one.store, "UPDATE deliveries SET status = 'failed' WHERE id = ?", delivery)

    assert deed is last


def test_a_complaint_ends_the_place_and_suppresses_for_good(here: Post) -> None:
    to = here.verp(here.sent("ada"))

    assert here.take(arf(to=to), to).deed is Deed.SUPPRESSED

    found = here.suppression("ada")
    assert found is not None
    assert (found.reason, found.until_at) == (Reason.COMPLAINT, None)
    assert here.place("ada").consent is Consent.UNSUBSCRIBED
    assert here.consents("ada")[-1].method == "complaint"


def test_a_complaint_with_the_reader_taken_out_is_traced_by_our_envelope_sender(here: Post) -> None:
    """Abuse C10: it came to one address for all, which proves nothing."""
    raw = arf(return_path=here.verp(here.sent("ada")), recipient="redacted@redacted.invalid")

    assert here.take(raw, f"fbl@{DOMAIN}").deed is Deed.SUPPRESSED
    assert here.place("ada").consent is Consent.UNSUBSCRIBED
    assert here.suppression("ada") is not None


@pytest.mark.parametrize("where", ["link", "leave"])
def test_a_complaint_is_traced_by_list_unsubscribe(here: Post, where: str) -> None:
    place = here.place("ada").id
    link = here.link(place) if where == "link" else f"mailto:{here.leave(place)}?subject=unsubscribe"

    assert here.take(arf(list_unsubscribe=f"<{link}>"), f"fbl@{DOMAIN}").deed is Deed.SUPPRESSED
    assert here.place("ada").consent is Consent.UNSUBSCRIBED


def test_a_complaint_comes_before_a_hard_bounce_whichever_was_first(here: Post) -> None:
    to = here.verp(here.sent("ada"))
    here.take(arf(to=to), to)
    here.take(dsn(to), to)
    other = here.verp(here.sent("bob"))
    here.take(dsn(other, "bob@example.org"), other)
    here.take(arf(to=other, id="2"), other)

    for name in ("ada", "bob"):
        found = here.suppression(name)
        assert found is not None
        assert (found.reason, found.until_at) == (Reason.COMPLAINT, None)


def test_a_mail_to_the_unsubscribe_address_ends_the_place_whatever_it_says(here: Post) -> None:
    """Apple's program marks it as an automatic reply; some send an empty one, from nobody."""
    to = here.leave(here.place("ada").id)
    raw = mail(to, more="Auto-Submitted: auto-replied\nReturn-Path: <>\n")

    assert here.take(raw, to).deed is Deed.UNSUBSCRIBED
    assert here.place("ada").consent is Consent.UNSUBSCRIBED
    assert here.consents("ada")[-1].method == "mailto"
    assert here.suppression("ada") is None
    assert here.take(raw, to).deed is Deed.AGAIN


def test_who_leaves_by_mail_between_the_plan_and_the_sending_is_not_sent_to(here: Post) -> None:
    """Fault B27: the last look sees it."""
    delivery = here.sent("ada")
    poke(here.one.store, "UPDATE deliveries SET status = 'planned', ended_at = NULL WHERE id = ?", delivery)
    (claim,) = here.one.store.deliveries.claim(NIGHT + DAY, NIGHT + 2 * DAY, 10)
    to = here.leave(here.place("ada").id)
    here.take(mail(to), to)

    settled = here.one.store.deliveries.settle([], [claim.held()], NIGHT + DAY)
    assert [type(each).__name__ for each in settled.begun] == ["Suppressed"]
    assert peek(here.one.store, "SELECT status FROM deliveries") == [{"status": "suppressed"}]


def forgery(here: Post, name: str) -> tuple[bytes, str]:
    """A message, and the address it was sent to."""
    ada, leave = here.verp(here.sent("ada")), here.leave(here.place("ada").id)
    bounce, box = dsn("x@y.org"), f"fbl@{DOMAIN}"
    local, _, domain = ada.partition("@")
    other = "b" if local[14] == "a" else "a"
    traced = arf(return_path=f"b.{'a' * 40}@{DOMAIN}", recipient="ada@example.org")
    forgeries = {
        "a bounce to nobody": (bounce, f"postmaster@{DOMAIN}"),
        "a bounce that names the reader": (dsn(f"ada@{DOMAIN}"), f"ada@{DOMAIN}"),
        "another id under our proof": (bounce, f"{local[:14]}{other}{local[15:]}@{domain}"),
        "a proof cut short": (bounce, f"{local[:-1]}@{domain}"),
        "a proof for leaving, used to bounce": (bounce, f"b{leave[1:]}"),
        "a proof for bouncing, used to leave": (mail(f"u{ada[1:]}"), f"u{ada[1:]}"),
        "a complaint without a trace": (arf(recipient="ada@example.org"), box),
        "a complaint with a forged trace": (traced, box),
        "a mail that wants out for somebody": (mail(f"unsubscribe@{DOMAIN}"), f"unsubscribe@{DOMAIN}"),
    }
    return forgeries[name]


@pytest.mark.parametrize(
    "name",
    [
        "a bounce to nobody",
        "a bounce that names the reader",
        "another id under our proof",
        "a proof cut short",
        "a proof for leaving, used to bounce",
        "a proof for bouncing, used to leave",
        "a complaint without a trace",
        "a complaint with a forged trace",
        "a mail that wants out for somebody",
    ],
)
def test_without_a_proof_nobody_is_suppressed_and_nobody_leaves(here: Post, name: str) -> None:
    """Abuse C9: whatever From, Final-Recipient or Original-Rcpt-To say."""
    raw, to = forgery(here, name)

    assert here.take(raw, to).deed is Deed.UNPROVEN
    assert here.counted() == 0
    assert [here.suppression(each) for each in ("ada", "bob")] == [None, None]
    assert {here.place(each).consent for each in ("ada", "bob")} == {Consent.CONFIRMED}


def test_a_bounce_traced_only_by_the_copy_it_encloses_suppresses_nobody(here: Post) -> None:
    """For bounces the envelope proves; a copy of our mail anybody who got it can enclose."""
    to = here.verp(here.sent("ada"))
    raw = dsn(f"x@{DOMAIN}").replace(b"From: Small", b"Return-Path: <%s>\r\nFrom: Small" % to.encode())

    assert here.take(raw, f"x@{DOMAIN}").deed is Deed.UNPROVEN
    assert here.suppression("ada") is None


def test_a_bounce_that_names_another_address_is_about_whom_the_proof_says(here: Post) -> None:
    to = here.verp(here.sent("ada"))

    taken = here.take(dsn(to, "bob@example.org"), to)

    assert "bob@example.org" in taken.words
    assert here.suppression("ada") is not None
    assert here.suppression("bob") is None
    assert peek(here.one.store, "SELECT recipient FROM bounces") == [{"recipient": "bob@example.org"}]


@pytest.mark.parametrize(
    "raw",
    [
        dsn("x@y.org", action="delayed", status="4.4.1"),
        dsn("x@y.org", action="delivered", status="2.0.0"),
        mail("x@y.org", subject="Out of office"),
        mail("x@y.org", subject="Re: Small Daily", text="Please unsubscribe me."),
        arf(feedback_type="not-spam"),
        b"",
        b"\x00\xff" * 100,
    ],
)
def test_what_says_nothing_against_anybody_changes_nothing(here: Post, raw: bytes) -> None:
    to = here.verp(here.sent("ada"))

    assert here.take(raw, to).deed is Deed.IGNORED
    assert here.counted() == 0
    assert here.suppression("ada") is None


@pytest.mark.parametrize("status", ["5.7.26", "5.7.1", "5.6.0"])
def test_a_refusal_of_the_sender_suppresses_nobody_and_raises_a_notice_once(here: Post, status: str) -> None:
    to, other = here.verp(here.sent("ada")), here.verp(here.sent("bob"))
    said = f"smtp; 550 {status} not authenticated"

    assert here.take(dsn(to, status=status, diagnostic=said), to).deed is Deed.TOLD
    assert here.take(dsn(other, status=status, diagnostic=said, id="2"), other).deed is Deed.TOLD

    (notice,) = here.one.store.notices.open()
    assert (notice.kind, notice.subject) == ("blamed", "example.org")
    assert "not authenticated" in notice.words
    assert here.suppression("ada") is None


def test_the_same_report_counts_once_whatever_servers_wrote_on_top(here: Post) -> None:
    to = here.verp(here.sent("ada"))
    raw = dsn(to, status="4.2.2")
    copies = [
        raw,
        b"Received: from a by b\r\nDelivered-To: all@example.org\r\n" + raw,
        raw.replace(b"\r\n", b"\n"),
        raw + b"\r\n",
    ]

    assert [here.take(each, to).deed for each in copies] == [Deed.COUNTED] + [Deed.AGAIN] * 3
    assert here.counted() == 1


def test_the_same_words_about_another_mail_count_for_that_one(here: Post) -> None:
    first, second = here.verp(here.sent("ada")), here.verp(here.sent("bob"))

    assert here.take(dsn("x@y.org", status="4.2.2"), first).deed is Deed.COUNTED
    assert here.take(dsn("x@y.org", status="4.2.2"), second).deed is Deed.COUNTED


def test_a_message_larger_than_a_report_can_be_is_not_read(here: Post) -> None:
    """The 100 MB body of abuse C19."""
    to = here.verp(here.sent("ada"))

    assert here.take(dsn(to) + b"x" * LARGEST, to).deed is Deed.IGNORED
    assert here.suppression("ada") is None


def test_the_header_tells_whom_it_was_for_where_the_envelope_does_not(here: Post) -> None:
    """As in a mailbox that collects the whole domain."""
    to = here.verp(here.sent("ada"))

    assert here.take(b"Delivered-To: all@example.org\r\n" + dsn(to)).deed is Deed.SUPPRESSED


def test_a_bounce_of_a_mail_that_is_not_kept_any_more_is_passed_over(here: Post) -> None:
    to = here.verp(999)

    assert here.take(dsn(to), to).deed is Deed.IGNORED
    assert here.counted() == 0


def test_a_bounce_of_a_letter_suppresses_whom_it_was_for(here: Post) -> None:
    person = here.person("ada")
    hash_ = here.one.store.people.hash_of(person.id)
    poke(
        here.one.store,
        "INSERT INTO letters (id, kind, address, address_hash, language, message_id, created_at, status,"
        " not_before_at) VALUES (5, 'welcome', ?, ?, 'en', 'm', ?, 'sent', ?)",
        person.address,
        hash_,
        "2026-11-22T03:00:00.000000Z",
        "2026-11-22T03:00:00.000000Z",
    )

    assert here.take(dsn(here.letter(5)), here.letter(5)).deed is Deed.SUPPRESSED
    assert here.suppression("ada") is not None


def test_of_somebody_erased_nothing_is_kept_that_another_host_may_have_quoted(here: Post) -> None:
    first, second = here.sent("ada"), here.sent("ada", night="2026-11-23", number=2)
    here.take(dsn(here.verp(first), "adas-other@example.net"), here.verp(first))
    here.one.store.people.erase(here.person("ada").id, now=NIGHT)
    here.take(dsn(here.verp(second), "adas-other@example.net", id="2"), here.verp(second))
    here.take(arf(to=here.verp(second), recipient="ada@example.org", id="3"), here.verp(second))

    said = peek(here.one.store, "SELECT recipient, detail FROM bounces WHERE weight <> 'complaint'")
    assert said == [{"recipient": "", "detail": ""}] * 2
    (kept,) = peek(here.one.store, "SELECT reason, address, detail FROM suppressions")
    assert kept == {"reason": "erased", "address": None, "detail": ""}


def test_a_suppression_by_an_admin_is_not_given_an_end_by_a_bounce(here: Post) -> None:
    suppressing.add(here.one, address("ada"), detail="asked by phone")
    to = here.verp(here.sent("ada"))
    here.take(dsn(to), to)

    found = here.suppression("ada")
    assert found is not None
    assert (found.reason, found.until_at) == (Reason.ADMIN, None)


def test_only_addresses_of_the_bounce_domain_with_a_proof_are_known(here: Post) -> None:
    to = here.verp(here.sent("ada"))
    leave = here.leave(here.place("ada").id)

    assert here.desk.knows(to)
    assert here.desk.knows(leave.upper())
    assert not here.desk.knows(to.replace(DOMAIN, "example.org"))
    assert not here.desk.knows(f"postmaster@{DOMAIN}")
    assert not here.desk.knows("")


def test_a_key_that_no_longer_signs_goes_on_proving(here: Post) -> None:
    to = here.verp(here.sent("ada"))
    keys = here.one.store.keys
    keys.retire(keys.secret("verp"), now=NIGHT - timedelta(days=1))
    keys.add("verp", secret=b"n" * 32, now=NIGHT)

    assert here.take(dsn(to), to).deed is Deed.SUPPRESSED
