"""People in and out as CSV: nobody twice, nobody back, and out comes what goes in (abuse C20)."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import partial

import pytest

from digest.storage import Store
from subscribers.addresses import address_hash
from subscribers.catalogue import Catalogue
from subscribers.csv_in import Refused, read
from subscribers.joining import Proof, Start
from subscribers.leaving import leave
from subscribers.model import Cadence, Consent, ListId, Reason, Suppression, Wishes, Word
from subscribers.transfer import CHUNK, Importing, Tally, bring_in, csv_out, everybody
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

    def bring(self, text: str, *, confirmed: bool = True, dry_run: bool = False) -> Tally:
        importing = Importing(
            terms=terms(self.list_id),
            start=lambda rhythm: Start(due_at=self.now, cursor=len(rhythm.cadence)),
            salt=SALT,
            now=self.now,
            confirmed=confirmed,
            dry_run=dry_run,
        )
        self.refused: list[Refused] = []
        lines = read(io.BytesIO(text.encode()), CATALOGUE)
        return bring_in(self.store.people, lines, importing, refuse=self.refused.append)

    def out(self) -> str:
        return "".join(csv_out(everybody(self.store.people, self.list_id, page=2), catalogue=CATALOGUE))

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
