"""Decides what gathering means: who is asked, and what an answer changes (gather F, I). Pure.

A failure touches no entry and no key: only the source's own bookkeeping (F11, F12).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from hashlib import sha256

from digest.gather.arrivals import Arrivals, arrivals
from digest.gather.bookkeeping import GatherPlan, failed, moved, settled, shown, sighted, worked
from digest.gather.document import ParsedFeed, Read, Unreadable
from digest.gather.identity import MANY_GUIDS, bad_ids, feed_date, keyed
from digest.gather.matching import Matched, Matching, match
from digest.gather.reply import Failed, Fetched, Reply, Request, Unchanged
from digest.gather.schedule import after_success
from digest.model import EntryId, EntryState, Identity, Source
from digest.model.gathering import ChangedEntry, Gathering, KnownEntry, NewNotice
from digest.settings.schema import Gather, SourceSettings

#: a document proves nothing about what is missing from it below so many entries
WINDOW_ENTRIES = 3


def due(sources: Sequence[Source], *, now: datetime, force: bool) -> tuple[Request, ...]:
    """Whom to ask now. `force` asks all but those retired or gone, whatever the interval or backoff."""
    return tuple(
        Request(
            slug=source.slug,
            address=source.address,
            etag=source.etag,
            last_modified=source.last_modified,
        )
        for source in sources
        if source.retired_at is None and source.gone_at is None
        if force or source.next_check_at is None or source.next_check_at <= now
    )


def same_body(source: Source, reply: Fetched) -> bool:
    """The same bytes as last time: nothing to read (gather F2)."""
    return source.body_hash == _hash(reply)


def identity_for(source: Source, feed: ParsedFeed) -> Identity:
    """What tells this source's entries apart from this document on (gather I1: once link, always link)."""
    bad = source.identity is Identity.LINK or bad_ids(feed.entries)
    return Identity.LINK if bad else Identity.ID


def plan(
    source: Source,
    configured: SourceSettings,
    reply: Reply,
    read: Read | None,
    known: Sequence[KnownEntry],
    *,
    texts: Mapping[EntryId, str],
    now: datetime,
    jitter: float,
    settings: Gather,
) -> GatherPlan:
    """What this reply changes. `read` is None unless the reply is a body that was not the same as before."""
    if isinstance(reply, Failed):
        return failed(
            source, kind=reply.kind, words=reply.words, reply=reply, now=now, jitter=jitter, settings=settings
        )
    if isinstance(read, Unreadable):
        # What we said we have, we cannot read: ask for all of it next time (F1).
        bare = replace(source, etag=None, last_modified=None, body_hash=None)
        return failed(
            bare, kind=read.kind, words=read.words, reply=None, now=now, jitter=jitter, settings=settings
        )
    if isinstance(reply, Unchanged) or read is None:
        return _unchanged(source, reply, now=now, settings=settings)
    return _changed(source, configured, reply, read, known, texts=texts, now=now, settings=settings)


def _unchanged(source: Source, reply: Fetched | Unchanged, *, now: datetime, settings: Gather) -> GatherPlan:
    """304, or the same bytes. Validators that a 304 leaves out stay; those of a body replace ours (F1)."""
    kept = (None, None) if isinstance(reply, Fetched) else (source.etag, source.last_modified)
    after = worked(
        source,
        now=now,
        next_check_at=after_success(now, settings, reply.fresh_for),
        etag=reply.etag or kept[0],
        last_modified=reply.last_modified or kept[1],
        move=sighted(source, reply.moved_to, now),
    )
    worked_before = (source.failures, source.failing_since_at, source.error_kind) == (0, None, None)
    quiet = worked_before and source.move is None and after.move is None
    gathering = Gathering(at=now, source=after, quiet=quiet, settled=settled(source))
    return GatherPlan(outcome="unchanged", gathering=gathering)


def _changed(
    source: Source,
    configured: SourceSettings,
    reply: Fetched,
    feed: ParsedFeed,
    known: Sequence[KnownEntry],
    *,
    texts: Mapping[EntryId, str],
    now: datetime,
    settings: Gather,
) -> GatherPlan:
    identity = identity_for(source, feed)
    found = keyed(feed.entries, identity)
    matching = match(found, known, identity=identity, texts=texts)
    came = arrivals(
        matching.new,
        source=source,
        configured=configured,
        known=known,
        first_entries=settings.first_entries,
        now=now,
    )
    if any(_random_guid(each) for each in matching.matched):
        identity = Identity.LINK
    after = worked(
        source,
        now=now,
        next_check_at=after_success(now, settings, reply.fresh_for, feed.ttl),
        title=feed.title,
        site_url=feed.site_url,
        # The rest of half a document may come within the same second, or be called the same for all that
        # matters. Only a strong tag names these very bytes (RFC 9110 §8.8.1).
        etag=None if feed.malformed and (reply.etag or "").startswith("W/") else reply.etag,
        last_modified=None if feed.malformed else reply.last_modified,
        body_hash=_hash(reply),
        move=sighted(source, reply.moved_to, now),
        malformed=feed.malformed,
        identity=identity,
        seeded_at=source.seeded_at or now,
        news_at=now if any(e.state is EntryState.WAITING for e in came.entries) else source.news_at,
    )
    after = moved(after, shares=bool(matching.matched), now=now)
    gathering = Gathering(
        at=now,
        source=after,
        new=came.entries,
        changed=tuple(each for pair in matching.matched if (each := _change(pair, configured, now))),
        keys=tuple((pair.known.id, key) for pair in matching.matched for key in pair.keys),
        withdrawn=_withdrawn(matching, known, feed, configured),
        returned=tuple(pair.known.id for pair in matching.matched if pair.known.withdrawn_at is not None),
        notices=_notices(source, after, came),
        settled=settled(source),
    )
    return GatherPlan(outcome="changed", gathering=gathering)


def _change(pair: Matched, configured: SourceSettings, now: datetime) -> ChangedEntry | None:
    """The entry's new reading, when anything in it differs."""
    known, item = pair.known, pair.item
    shown_hash = item.shown_hash
    if shown_hash == known.shown_hash:
        return None
    date = feed_date(item.content)
    return ChangedEntry(
        id=known.id,
        content=item.content,
        content_hash=item.parsed.content_hash,
        shown_hash=shown_hash,
        link_key=item.link_key,
        title_key=item.title_key,
        edited=item.parsed.content_hash != known.content_hash,
        event_at=date if configured.dates == "event" else None,
        held_until_at=(date or now) if known.state is EntryState.HELD else None,
    )


def _withdrawn(
    matching: Matching, known: Sequence[KnownEntry], feed: ParsedFeed, configured: SourceSettings
) -> tuple[EntryId, ...]:
    """Entries taken out of the feed: missing although it holds older and newer ones (gather I8).

    Said only of a sound document, dated throughout and newest first: in any other a gap means nothing.
    """
    dates = [date for entry in feed.entries if (date := feed_date(entry.content)) is not None]
    sound = not feed.malformed and configured.dates == "published" and len(dates) == len(feed.entries)
    if not sound or len(dates) < WINDOW_ENTRIES or dates != sorted(dates, reverse=True):
        return ()
    here = {pair.known.id for pair in matching.matched}
    return tuple(
        entry.id
        for entry in known
        if entry.id not in here and entry.withdrawn_at is None
        if entry.state in (EntryState.WAITING, EntryState.RELEASED)
        if (date := feed_date(entry)) is not None and dates[-1] < date < dates[0]
    )


def _random_guid(pair: Matched) -> bool:
    """An entry met under yet another guid: this source makes them up at each fetch."""
    guids = sum(key.startswith("id:") for key in (*pair.known.keys, *pair.keys))
    return bool(pair.keys) and pair.item.link_key is not None and guids >= MANY_GUIDS


def _notices(before: Source, after: Source, came: Arrivals) -> tuple[NewNotice, ...]:
    slug, told = before.slug, []
    if came.quarantined:
        words = (
            f"{slug} brought {came.quarantined} old entries at once that we did not know. They are kept "
            f"back; `digest entries list --state quarantined` shows them, `entries release` lets them out."
        )
        told.append(NewNotice(kind="quarantine", subject=slug, words=words))
    if after.address != before.address:
        words = (
            f"{slug} has moved for good to {shown(after.address)} and is asked there now; "
            f"digest.toml still says {shown(before.url)}."
        )
        told.append(NewNotice(kind="moved", subject=slug, words=words))
    if after.identity is not before.identity:
        words = f"The ids in the feed of {slug} tell its entries apart no more; from now on their links do."
        told.append(NewNotice(kind="identity", subject=slug, words=words))
    return tuple(told)


def _hash(reply: Fetched) -> str:
    return sha256(reply.body).hexdigest()
