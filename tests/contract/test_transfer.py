"""People in and out as CSV: nobody twice, nobody back, and out comes what goes in (abuse C20)."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.storage import Store, open_store
from subscribers.addresses import address_hash
from subscribers.catalogue import Catalogue
from subscribers.csv_in import Refused, Row, read
from subscribers.csv_out import csv_out, everybody
from subscribers.imports import READERS
from subscribers.joining import Proof, Start, confirm
from subscribers.leaving import leave
from subscribers.model import Cadence, Consent, ListId, Reason, Suppression, Wishes, Word
from subscribers.sheet import line_out
from subscribers.transfer import CHUNK, Importing, Tally, bring_in
from tests.people.makers import address, terms

SALT = b"s" * 32
CATALOGUE = Catalogue(sources=frozenset({"blog"}), topics=frozenset({"events"}))


class Office:
    """An admin at their desk: one list, one day."""

    def __init__(self, store: Store, now: datetime) -> None:
        store.lists.sync([("weekly", "Weekly", ()), ("other", "Other", ())], now)
        found = store.lists.by_slug("weekly")
        assert found
        self.store, self.now, self.list_id = store, now, found.id

    def bring(
        self,
        text: str,
        *,
        confirmed: bool = True,
        dry_run: bool = False,
        suppressing: bool = True,
        origin: str = "",
        name: str = "people.csv",
    ) -> Tally:
        importing = Importing(
            terms=terms(self.list_id),
            start=lambda rhythm: Start(due_at=self.now, cursor=len(rhythm.cadence)),
            salt=SALT,
            now=self.now,
            confirmed=confirmed,
            dry_run=dry_run,
            wording="They ticked the box",
            file=name,
            suppressing=suppressing,
        )
        self.refused: list[Refused] = []
        stream = io.BytesIO(text.encode())
        lines = READERS[origin](stream, name) if origin else read(stream, CATALOGUE)
        return bring_in(self.store.people, lines, importing, refuse=self.refused.append)

    def out(self) -> str:
        return "".join(csv_out(everybody(self.store.people, self.list_id, page=2), catalogue=CATALOGUE))

    def suppressed(self, email: str) -> Suppression | None:
        hashed = address_hash(address(email).key, SALT)
        return self.store.people.suppression(hashed, now=self.now)

    def consents(self) -> list[Consent]:
        return [each.subscription.consent for each in everybody(self.store.people, self.list_id)]


@pytest.fixture
def office(store: Store, now: datetime) -> Office:
    return Office(store, now)


def emails(addresses: Iterable[str]) -> str:
    return "\n".join(("email", *addresses)) + "\n"


def test_everybody_is_brought_in_once_with_proof_and_what_their_line_says(office: Office) -> None:
    tally = office.bring("email,cadence,mute\nA@example.org,,\na@EXAMPLE.org,,\nb@example.org,monthly,blog\n")
    assert tally == Tally(joined=2, repeated=1)
    one, two = everybody(office.store.people, office.list_id)
    assert one.subscription.rhythm.cadence is Cadence.WEEKLY
    assert one.subscription.cursor == len("weekly")
    assert two.subscription.rhythm.cadence is Cadence.MONTHLY
    assert two.subscription.wishes == Wishes.of(sources={"blog": Word.MUTE})
    (proof,) = office.store.people.consents(two.subscription.id)
    assert (proof.event, proof.method) == ("imported", "import")
    assert proof.wording == "They ticked the box; people.csv"


def test_importing_again_changes_nothing(office: Office) -> None:
    text = emails(f"a{n}@example.org" for n in range(9))
    office.bring(text)
    before = office.out()
    assert office.bring(text) == Tally(already=9)
    assert office.out() == before


def test_without_an_admins_word_nobody_is_confirmed(office: Office) -> None:
    office.bring(emails(["a@example.org"]), confirmed=False)
    assert office.consents() == [Consent.UNCONFIRMED]
    assert office.store.people.next_due(office.list_id) is None
    assert office.bring(emails(["a@example.org"])) == Tally(confirmed=1)
    assert office.consents() == [Consent.CONFIRMED]


@pytest.mark.parametrize("confirmed", [True, False])
def test_who_left_stays_out(office: Office, confirmed: bool) -> None:
    office.bring(emails(["a@example.org"]))
    (member,) = everybody(office.store.people, office.list_id)
    proof = Proof(at=office.now, method="one-click")
    office.store.people.change(member.subscription.id, proof=proof, decide=partial(leave, now=office.now))
    assert office.bring(emails(["a@example.org"]), confirmed=confirmed) == Tally(left=1)
    assert office.consents() == [Consent.UNSUBSCRIBED]


def test_the_suppressed_stay_out_also_once_erased(office: Office) -> None:
    hashed = address_hash(address("A@example.org").key, SALT)
    office.store.people.suppress(
        Suppression(address_hash=hashed, address=None, reason=Reason.ERASED, since_at=office.now)
    )
    assert office.bring(emails(["a@EXAMPLE.org"])) == Tally(suppressed=1)
    assert office.consents() == []


def test_a_suppression_that_has_ended_keeps_nobody_out(office: Office) -> None:
    hashed = address_hash("a@example.org", SALT)
    ended = office.now - timedelta(days=1)
    office.store.people.suppress(
        Suppression(address_hash=hashed, address=None, reason=Reason.SOFT, since_at=ended, until_at=ended)
    )
    assert office.bring(emails(["a@example.org"])) == Tally(joined=1)


def test_a_dry_run_counts_the_same_and_writes_nothing(office: Office) -> None:
    office.bring(emails(["old@example.org"]))
    text = emails(["old@example.org", "a@example.org", "A@example.org", "nobody", "b@example.org"])
    foreseen = office.bring(text, dry_run=True)
    assert office.consents() == [Consent.CONFIRMED]
    assert foreseen == office.bring(text) == Tally(already=1, joined=2, repeated=1, refused=1)
    assert foreseen.lines == 5
    assert [each.line for each in office.refused] == [5]


def test_more_than_a_chunk_is_brought_in_whole(office: Office) -> None:
    count = CHUNK + 7
    assert office.bring(emails(f"a{n}@example.org" for n in range(count))) == Tally(joined=count)
    assert office.store.people.counts(office.list_id)[Consent.CONFIRMED] == count


def test_an_export_is_taken_back_as_it_went_out(office: Office) -> None:
    office.bring(
        "email,cadence,weekday,hour,timezone,language,format,mute,only\n"
        "a@example.org,nightly,,0,Asia/Tokyo,en,text,blog,\n"
        "b@example.org,weekly,friday,,,fr,html,events,blog\n"
        "=1+1@example.org,,,,,,,,\n"
    )
    before = office.out()
    other = office.store.lists.by_slug("other")
    assert other
    office.list_id = ListId(other.id)
    assert office.bring(before) == Tally(joined=3)
    assert office.out() == before


def test_who_left_comes_back_from_an_export_as_having_left(office: Office) -> None:
    assert office.bring("email,consent\na@example.org,unsubscribed\n") == Tally(left=1)
    assert office.consents() == []


@pytest.mark.parametrize("local", ["=cmd|calc", "+1", "-2", "=1+1"])
def test_no_cell_of_an_export_is_a_formula(office: Office, local: str) -> None:
    office.bring(emails([f"{local}@example.org"]))
    _, line = csv.reader(io.StringIO(office.out()))
    assert line[0] == f"'{local}@example.org"
    assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in line)


def test_who_is_unconfirmed_in_the_file_stays_so_whatever_an_admin_says(office: Office) -> None:
    assert office.bring("email,consent\na@example.org,unconfirmed\nb@example.org,confirmed\n") == Tally(
        joined=2
    )
    assert office.consents() == [Consent.UNCONFIRMED, Consent.CONFIRMED]
    assert office.bring("email,consent\na@example.org,pending\n") == Tally(already=1)
    assert office.consents() == [Consent.UNCONFIRMED, Consent.CONFIRMED]


LEFT = "Email Address,UNSUB_TIME,CLEAN_TIME\na@example.org,2024-05-06 07:08:09,\n"
CLEANED = "Email Address,CLEAN_TIME\na@example.org,2024-05-06 07:08:09\n"
BLOCKED = "email,status\na@example.org,blocklisted\n"


@pytest.mark.parametrize(
    ("origin", "text", "reason", "days"),
    [
        ("mailchimp", LEFT, Reason.UNSUBSCRIBED, None),
        ("mailchimp", CLEANED, Reason.HARD, 90),
        ("listmonk", BLOCKED, Reason.ADMIN, None),
        ("mailman", "email,delivery_status\na@example.org,by_bounces\n", Reason.HARD, 90),
    ],
)
def test_who_is_not_mailed_there_is_suppressed_here_with_the_reason(
    office: Office, origin: str, text: str, reason: Reason, days: int | None
) -> None:
    assert office.bring(text, origin=origin, dry_run=True) == Tally(barred=1)
    assert office.suppressed("a@example.org") is None
    assert office.bring(text, origin=origin) == Tally(barred=1)
    found = office.suppressed("a@example.org")
    assert found
    assert (found.reason, found.address) == (reason, "a@example.org")
    assert found.until_at == (days and office.now + timedelta(days=days))
    assert found.detail.endswith("people.csv")
    assert office.consents() == []
    assert office.bring(text, origin=origin) == Tally(suppressed=1)


def test_without_suppressions_they_are_only_not_brought(office: Office) -> None:
    assert office.bring(BLOCKED, origin="listmonk", suppressing=False) == Tally(left=1)
    assert office.suppressed("a@example.org") is None
    assert office.consents() == []


def test_an_imported_place_ends_when_a_later_export_says_they_left(office: Office) -> None:
    office.bring(emails(["a@example.org"]))
    assert office.bring(LEFT, origin="mailchimp") == Tally(barred=1)
    assert office.consents() == [Consent.UNSUBSCRIBED]


def test_an_imported_place_stays_when_its_address_bounced_there(office: Office) -> None:
    office.bring(emails(["a@example.org"]))
    assert office.bring(CLEANED, origin="mailchimp") == Tally(barred=1)
    assert office.consents() == [Consent.CONFIRMED]
    assert office.suppressed("a@example.org")


def test_who_confirmed_here_themselves_is_not_put_off_by_what_they_left_elsewhere(office: Office) -> None:
    office.store.people.join(
        address("a@example.org"),
        address_hash("a@example.org", SALT),
        terms(office.list_id),
        proof=Proof(at=office.now, method="web"),
        decide=partial(confirm, start=Start(due_at=office.now, cursor=1), now=office.now),
    )
    assert office.bring(LEFT, origin="mailchimp") == Tally(already=1)
    assert office.consents() == [Consent.CONFIRMED]
    assert office.suppressed("a@example.org") is None
    assert office.bring(BLOCKED, origin="listmonk") == Tally(barred=1)
    assert office.suppressed("a@example.org")


def test_a_file_softens_no_suppression(office: Office) -> None:
    hashed = address_hash("a@example.org", SALT)
    stands = Suppression(address_hash=hashed, address=None, reason=Reason.ADMIN, since_at=office.now)
    office.store.people.suppress(stands)
    assert office.bring(CLEANED, origin="mailchimp") == Tally(suppressed=1)
    assert office.suppressed("a@example.org") == stands


def test_a_file_that_breaks_off_keeps_the_chunks_before(office: Office) -> None:
    def lines() -> Iterable[Row | Refused]:
        yield from read(io.BytesIO(emails(f"a{n}@example.org" for n in range(CHUNK)).encode()), CATALOGUE)
        raise OSError("the disk is gone")

    importing = Importing(
        terms=terms(office.list_id),
        start=lambda _: Start(due_at=office.now, cursor=1),
        salt=SALT,
        now=office.now,
        confirmed=True,
    )
    with pytest.raises(OSError, match="disk"):
        bring_in(office.store.people, lines(), importing)
    assert len(office.consents()) == CHUNK
    again = office.bring(emails(f"a{n}@example.org" for n in range(CHUNK + 1)))
    assert again == Tally(already=CHUNK, joined=1)


FIELDS = st.builds(
    lambda local, cadence, hour, language: (f"{local}@example.org", cadence, hour, language),
    st.from_regex(r"[=+\-'a-z][=+\-'a-z0-9]{0,8}", fullmatch=True),
    st.sampled_from(["", "nightly", "weekly", "monthly"]),
    st.sampled_from(["", "0", "7", "23"]),
    st.sampled_from(["", "fr", "en"]),
)


@settings(max_examples=25)
@given(st.lists(FIELDS, max_size=6))
def test_whatever_goes_out_comes_back_the_same(people: list[tuple[str, ...]]) -> None:
    now = datetime(2026, 11, 22, 3, tzinfo=UTC)
    with (
        open_store("sqlite://", base=Path(), now=now) as one,
        open_store("sqlite://", base=Path(), now=now) as two,
    ):
        here, there = Office(one, now), Office(two, now)
        here.bring("".join(line_out(line) for line in [("email", "cadence", "hour", "language"), *people]))
        assert not here.refused
        there.bring(here.out())
        assert there.out() == here.out()
