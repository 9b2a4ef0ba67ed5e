"""People in and out as CSV. Streams: a million lines cost the memory of a few thousand (abuse C20).

A spreadsheet is no consent: it never brings back who left or whose address is suppressed. `csv_in` reads
lines; this module decides what they do, and writes exports that no spreadsheet runs as a formula.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from itertools import islice

from subscribers.addresses import address_hash
from subscribers.catalogue import Catalogue, slugs_of
from subscribers.csv_in import FORMULA, Refused, Row
from subscribers.joining import Outcome, Proof, Start, Terms, bring
from subscribers.model import Consent, ListId, Rhythm, Word
from subscribers.store import Member, Store

#: lines written in one transaction, so that the web process gets its turn (design §4)
CHUNK = 5_000

COLUMNS = (
    "email",
    "consent",
    "cadence",
    "weekday",
    "hour",
    "timezone",
    "language",
    "format",
    "mute",
    "only",
    "joined",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """What an import did. Every line is in exactly one of these."""

    joined: int = 0
    #: were waiting for their confirmation, which the import gave
    confirmed: int = 0
    #: were on the list
    already: int = 0
    #: left the list once: they stay out
    left: int = 0
    suppressed: int = 0
    #: the same person on an earlier line
    repeated: int = 0
    refused: int = 0

    @property
    def lines(self) -> int:
        return (
            self.joined
            + self.confirmed
            + self.already
            + self.left
            + self.suppressed
            + self.repeated
            + self.refused
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Importing:
    """What an import needs beside its lines."""

    #: for who has nothing of their own on their line
    terms: Terms
    #: where a first digest of that rhythm begins
    start: Callable[[Rhythm], Start]
    salt: bytes
    now: datetime
    #: an admin vouches for their consent
    confirmed: bool = False
    #: count, write nothing
    dry_run: bool = False
    #: what the admin says they agreed to
    wording: str = ""


def bring_in(
    store: Store,
    lines: Iterable[Row | Refused],
    importing: Importing,
    *,
    refuse: Callable[[Refused], None] = lambda _: None,
) -> Tally:
    """Bring in every line, a transaction a chunk: run again after a break, and nobody is twice on the list.

    `refuse` is told of each line that cannot be taken, as it is met.
    """
    counts = dict.fromkeys(Tally.__slots__, 0)
    seen: set[int] = set()
    rest = iter(lines)
    while chunk := list(islice(rest, CHUNK)):
        with store.atomic():
            for line in chunk:
                if isinstance(line, Refused):
                    refuse(line)
                    counts["refused"] += 1
                    continue
                # Hashes of keys, not keys: a million lines are 60 MB less.
                mark = hash(line.address.key)
                outcome = "repeated" if mark in seen else _bring(store, line, importing)
                seen.add(mark)
                counts[outcome] += 1
    return Tally(**counts)


def _bring(store: Store, line: Row, importing: Importing) -> str:
    """Bring in one line; the count it belongs to."""
    if line.left:
        return "left"
    hashed = address_hash(line.address.key, importing.salt)
    if store.suppression(hashed, now=importing.now) is not None:
        return "suppressed"
    terms = _terms(line, importing.terms)
    decide = partial(
        bring, start=importing.start(terms.rhythm), now=importing.now, confirmed=importing.confirmed
    )
    if importing.dry_run:
        person = store.find(line.address)
        places = store.subscriptions_of(person.id) if person else ()
        current = next((place for place in places if place.list_id == terms.list_id), None)
        return _COUNTED[decide(current).outcome]
    proof = Proof(at=importing.now, method="import", wording=importing.wording)
    return _COUNTED[store.join(line.address, hashed, terms, proof=proof, decide=decide).outcome]


_COUNTED = {
    Outcome.JOINED: "joined",
    Outcome.CONFIRMED: "confirmed",
    Outcome.ALREADY: "already",
    Outcome.STAYS_OUT: "left",
}


def _terms(line: Row, terms: Terms) -> Terms:
    """The list's terms, with what the line says in place of them."""
    rhythm = replace(
        terms.rhythm,
        cadence=line.cadence or terms.rhythm.cadence,
        weekday=line.weekday or terms.rhythm.weekday,
        hour=terms.rhythm.hour if line.hour is None else line.hour,
        timezone=line.timezone or terms.rhythm.timezone,
    )
    return replace(
        terms,
        rhythm=rhythm,
        language=line.language or terms.language,
        format=line.format or terms.format,
        wishes=terms.wishes if line.wishes is None else line.wishes,
    )


def csv_out(members: Iterable[Member], *, catalogue: Catalogue | None = None) -> Iterator[str]:
    """A CSV, line by line, that `csv_in.read` takes back: who left comes back as having left."""
    yield _line(COLUMNS)
    for member in members:
        place = member.subscription
        yield _line(
            (
                member.subscriber.address,
                place.consent.value,
                place.rhythm.cadence.value,
                place.rhythm.weekday.value if place.rhythm.weekday else "",
                "" if place.rhythm.hour is None else str(place.rhythm.hour),
                place.rhythm.timezone or "",
                place.language,
                place.format.value,
                " ".join(slugs_of(place.wishes, Word.MUTE, catalogue=catalogue)),
                " ".join(slugs_of(place.wishes, Word.FOLLOW, catalogue=catalogue)),
                place.created_at.date().isoformat(),
            )
        )


def everybody(
    store: Store, list_id: ListId, *, consent: Consent | None = None, page: int = CHUNK
) -> Iterator[Member]:
    """A list's members, a page at a time."""
    after = None
    while found := store.members(list_id, consent=consent, after=after, limit=page):
        yield from found
        after = found[-1].subscription.id


def _line(cells: Iterable[str]) -> str:
    """One line. A cell that a spreadsheet would run as a formula gets an apostrophe before it."""
    out = io.StringIO()
    safe = [f"'{cell}" if cell.startswith(FORMULA) else cell for cell in cells]
    csv.writer(out, lineterminator="\r\n").writerow(safe)
    return out.getvalue()
