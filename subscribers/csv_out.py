"""People out as CSV, which `csv_in` takes back and no spreadsheet runs as a formula. A page at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from subscribers.catalogue import Catalogue, slugs_of
from subscribers.model import Consent, ListId, Word
from subscribers.sheet import line_out
from subscribers.store import Member, Store

PAGE = 5_000

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


def csv_out(members: Iterable[Member], *, catalogue: Catalogue | None = None) -> Iterator[str]:
    """A CSV, line by line, that `csv_in.read` takes back: who left comes back as having left."""
    yield line_out(COLUMNS)
    for member in members:
        place = member.subscription
        yield line_out(
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
    store: Store, list_id: ListId, *, consent: Consent | None = None, page: int = PAGE
) -> Iterator[Member]:
    """A list's members, a page at a time."""
    after = None
    while found := store.members(list_id, consent=consent, after=after, limit=page):
        yield from found
        after = found[-1].subscription.id
