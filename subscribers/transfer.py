"""People brought in from a file. Streams: a million lines cost the memory of a few thousand (abuse C20).

A spreadsheet is no consent: it never brings back who left or whose address is suppressed. Readers give the
lines (`csv_in`, `imports`); this module decides what they do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from itertools import islice

from subscribers.addresses import address_hash
from subscribers.joining import Decision, Outcome, Proof, Start, Terms, bring
from subscribers.leaving import leave
from subscribers.lines import Refused, Row
from subscribers.model import HARD_FOR, Consent, Reason, Rhythm, Subscription, Suppression
from subscribers.store import Newcomer, Store

#: lines written in one transaction, so that the web process gets its turn (design §4)
CHUNK = 5_000
#: longest wording kept with a proof
_WORDING = 500
#: events of the proof that are their own doing, and no admin's or file's
_OWN = ("confirmed", "undone")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """What an import did. Every line is in exactly one of these."""

    joined: int = 0
    #: were waiting for their confirmation, which the import gave
    confirmed: int = 0
    #: were on the list
    already: int = 0
    #: left the list once, or the file says so: they stay out
    left: int = 0
    #: were suppressed here before
    suppressed: int = 0
    #: the file says they are not to be mailed: suppressed now
    barred: int = 0
    #: the same person on an earlier line
    repeated: int = 0
    refused: int = 0

    @property
    def lines(self) -> int:
        return sum(getattr(self, name) for name in Tally.__slots__)


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
    #: name of the file, kept with the proof
    file: str = ""
    #: who left or bounced where they come from is not mailed here either
    suppressing: bool = True


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
        newcomers: list[Newcomer] = []
        with store.atomic():
            for line in chunk:
                if isinstance(line, Refused):
                    refuse(line)
                    counts["refused"] += 1
                    continue
                # Hashes of keys, not keys: a million lines are 60 MB less.
                mark = hash(line.address.key)
                outcome = "repeated" if mark in seen else _bring(store, line, importing, newcomers)
                seen.add(mark)
                counts[outcome] += 1
            if newcomers and not importing.dry_run:
                store.enrol(newcomers)
    return Tally(**counts)


def _bring(store: Store, line: Row, importing: Importing, newcomers: list[Newcomer]) -> str:
    """What becomes of one line: the count it belongs to. Who is new here waits for the end of the chunk."""
    hashed = address_hash(line.address.key, importing.salt)
    standing = store.standing(line.address, hashed, now=importing.now)
    if standing.suppressed is not None:
        return "suppressed"
    if line.barred is not None and importing.suppressing:
        return _bar(store, line, line.barred, hashed, importing)
    if line.left or line.barred is not None:
        return "left"
    terms = _terms(line, importing.terms)
    decide = partial(
        bring,
        start=importing.start(terms.rhythm),
        now=importing.now,
        confirmed=importing.confirmed and not line.unconfirmed,
    )
    proof = _proof(line, importing)
    if standing.subscriber_id is None:
        decision = decide(None)
        newcomers.append(
            Newcomer(address=line.address, address_hash=hashed, terms=terms, decision=decision, proof=proof)
        )
        return _COUNTED[decision.outcome]
    if importing.dry_run:
        places = store.subscriptions_of(standing.subscriber_id)
        current = next((place for place in places if place.list_id == terms.list_id), None)
        return _COUNTED[decide(current).outcome]
    return _COUNTED[store.join(line.address, hashed, terms, proof=proof, decide=decide).outcome]


_COUNTED = {
    Outcome.JOINED: "joined",
    Outcome.CONFIRMED: "confirmed",
    Outcome.ALREADY: "already",
    Outcome.STAYS_OUT: "left",
}


def _bar(store: Store, line: Row, reason: Reason, hashed: str, importing: Importing) -> str:
    """Suppress an address as the file says. Who has confirmed here by themselves has said so later, or
    better: a file that says they left elsewhere does not put them off."""
    person = store.find(line.address)
    places = store.subscriptions_of(person.id) if person else ()
    here = [place for place in places if place.consent is Consent.CONFIRMED]
    if reason is Reason.UNSUBSCRIBED and any(_is_their_own(store, place) for place in here):
        return "already"
    if importing.dry_run:
        return "barred"
    proof = _proof(line, importing)
    if reason in (Reason.UNSUBSCRIBED, Reason.COMPLAINT):
        for place in places:
            store.change(place.id, proof=proof, decide=partial(_leave, now=importing.now))
    store.suppress(
        Suppression(
            address_hash=hashed,
            address=line.address.address,
            reason=reason,
            since_at=importing.now,
            until_at=importing.now + HARD_FOR if reason is Reason.HARD else None,
            detail=_wording(line.told, importing.file),
        )
    )
    return "barred"


def _leave(current: Subscription, now: datetime) -> Decision:
    return leave(current, now=now)


def _is_their_own(store: Store, place: Subscription) -> bool:
    """Whether their consent is their own word, as the latest line of its proof has it."""
    said = [event.event for event in store.consents(place.id) if event.event in ("imported", "added", *_OWN)]
    return bool(said) and said[-1] in _OWN


def _proof(line: Row, importing: Importing) -> Proof:
    wording = _wording(importing.wording, importing.file, line.told)
    return Proof(at=importing.now, method="import", wording=wording, ip_prefix=line.ip_prefix)


def _wording(*parts: str) -> str:
    return "; ".join(filter(None, parts))[:_WORDING]


def _terms(line: Row, terms: Terms) -> Terms:
    """The list's terms, with what the line says in place of them."""
    own = (line.cadence, line.weekday, line.hour, line.timezone)
    if own != (None, None, None, None):
        rhythm = replace(
            terms.rhythm,
            cadence=line.cadence or terms.rhythm.cadence,
            weekday=line.weekday or terms.rhythm.weekday,
            hour=terms.rhythm.hour if line.hour is None else line.hour,
            timezone=line.timezone or terms.rhythm.timezone,
        )
        terms = replace(terms, rhythm=rhythm)
    if line.language is None and line.format is None and line.wishes is None:
        return terms
    return replace(
        terms,
        language=line.language or terms.language,
        format=line.format or terms.format,
        wishes=terms.wishes if line.wishes is None else line.wishes,
    )
