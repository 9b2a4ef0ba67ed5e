"""What becomes of entries seen for the first time: news, seeded, held, kept out, quarantined. Pure.

Dates only label and order (gather I6): an entry is news because we did not know it. Two things stand against
that, both by date: what was there before we came (I4), and a flood of old ones (I3).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import chain

from digest.gather.identity import Keyed, feed_date
from digest.model import Content, EntryState, Source
from digest.model.gathering import KnownEntry, NewEntry
from digest.model.words import fold, has_word
from digest.settings.schema import Filter, SourceSettings

#: before the first feed there was no feed
EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
#: a date ahead of us by less is a wrong zone or clock, not a date in the future
SKEW = timedelta(days=1)
#: old entries that come at once and are news all the same…
MAX_OLD = 5
#: …old being: dated so long before both our last success and the newest entry we know. A planet's slow
#: members bring posts some days late.
LATE = timedelta(days=7)
#: entries without a date that may come at once
MAX_UNDATED = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrivals:
    """New entries with what becomes of them, oldest first, and how many of them were a flood."""

    entries: tuple[NewEntry, ...]
    quarantined: int = 0


def arrivals(
    items: Sequence[Keyed],
    *,
    source: Source,
    configured: SourceSettings,
    known: Sequence[KnownEntry],
    first_entries: int,
    now: datetime,
) -> Arrivals:
    """Decide for each new item of a document (in its order) what becomes of it."""
    entries = [_taken_in(item, configured, now) for item in items]
    news = [place for place, entry in enumerate(entries) if entry.state is EntryState.WAITING]
    if source.seeded_at is None:
        for place in _newest_first(news, entries, now)[first_entries:]:
            entries[place] = replace(
                entries[place], state=EntryState.SEEDED, reason="was there when the source was first seen"
            )
        return Arrivals(entries=tuple(reversed(entries)))
    flood = _flood(news, entries, source, known, now) if configured.dates == "published" else []
    for place in flood:
        entries[place] = _kept_back(entries[place], count=len(flood), nothing_known=not known)
    quarantined = sum(entry.state is EntryState.QUARANTINED for entry in entries)
    return Arrivals(entries=tuple(reversed(entries)), quarantined=quarantined)


def label_date(content: Content, now: datetime) -> datetime:
    """The first plausible date the feed gives, never in the future; else first sight (gather I6, I7)."""
    for date in (content.published_at, content.updated_at):
        if date is not None and EARLIEST <= date <= now + SKEW:
            return min(date, now)
    return now


def kept_out(content: Content, configured: SourceSettings) -> str | None:
    """Why the source's keep and drop words keep this entry out, in words; None when they don't."""
    if configured.drop and (found := _first_hit(content, configured.drop)):
        return f"drop {found}"
    if configured.keep and not _first_hit(content, configured.keep):
        return "nothing of keep in it"
    return None


def _taken_in(item: Keyed, configured: SourceSettings, now: datetime) -> NewEntry:
    date = feed_date(item.content)
    events = configured.dates == "event"
    entry = NewEntry(
        keys=(item.key,),
        guid=item.guid,
        content=item.content,
        content_hash=item.parsed.content_hash,
        shown_hash=item.shown_hash,
        link_key=item.link_key,
        title_key=item.title_key,
        dated_at=now if events else label_date(item.content, now),
        event_at=date if events else None,
        state=EntryState.WAITING,
    )
    if reason := kept_out(item.content, configured):
        return replace(entry, state=EntryState.DROPPED, reason=reason)
    if configured.future == "hold" and not events and date is not None and date > now:
        return replace(
            entry, state=EntryState.HELD, reason="dated in the future", held_until_at=date, dated_at=date
        )
    return entry


def _flood(
    news: Sequence[int],
    entries: Sequence[NewEntry],
    source: Source,
    known: Sequence[KnownEntry],
    now: datetime,
) -> list[int]:
    """Places of the old entries beyond the newest few, and of undated ones beyond reason."""
    marks = [entry.dated_at for entry in known]
    newest = [max(marks)] if marks else []
    before = min([source.succeeded_at or now, *newest]) - LATE
    dated = {place: date for place in news if (date := _plausible(entries[place], now)) is not None}
    old = sorted((place for place in dated if dated[place] < before), key=lambda place: dated[place])
    undated = [place for place in news if place not in dated]
    return [*old[: max(0, len(old) - MAX_OLD)], *undated[MAX_UNDATED:]]


def _kept_back(entry: NewEntry, *, count: int, nothing_known: bool) -> NewEntry:
    if nothing_known:  # the first document was empty: this is the one to seed from
        return replace(entry, state=EntryState.SEEDED, reason="older than our first sight of the source")
    return replace(
        entry, state=EntryState.QUARANTINED, reason=f"one of {count} old entries that came at once"
    )


def _newest_first(news: Sequence[int], entries: Sequence[NewEntry], now: datetime) -> list[int]:
    """By date when all have one, else as the document has them."""
    dates = {place: date for place in news if (date := _plausible(entries[place], now)) is not None}
    if len(dates) < len(news) or any(entries[place].event_at for place in news):
        return list(news)
    return sorted(news, key=lambda place: dates[place], reverse=True)


def _plausible(entry: NewEntry, now: datetime) -> datetime | None:
    date = feed_date(entry.content)
    return None if date is None or date < EARLIEST else min(date, now)


def _first_hit(content: Content, wanted: Filter) -> str | None:
    text = fold(f"{content.title}\n{content.text}")
    labels = {fold(category) for category in content.categories}
    words = (f"word '{word}'" for word in wanted.words if has_word(text, word))
    categories = (f"category '{label}'" for label in wanted.categories if fold(label) in labels)
    return next(chain(words, categories), None)
