"""Feeds as values, for tests of what gathering means: no XML, no clock, no network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import count

from digest.gather.bookkeeping import GatherPlan
from digest.gather.document import ParsedEntry, ParsedFeed, Read
from digest.gather.identity import feed_date, keyed
from digest.gather.matching import suspects
from digest.gather.plan import identity_for, plan
from digest.gather.reply import Fetched, Reply
from digest.model import Content, EntryId, EntryState, Source, SourceId
from digest.model.gathering import KnownEntry
from digest.settings.schema import Gather, SourceSettings

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
DAY = timedelta(days=1)
SETTINGS = SourceSettings(slug="blog", url="https://blog.example/feed")
GATHER = Gather(first_entries=2)


def source(**changes: object) -> Source:
    """A source that was seeded long ago and worked last night."""
    base = Source(
        id=SourceId(1),
        slug="blog",
        url="https://blog.example/feed",
        address="https://blog.example/feed",
        checked_at=NOW - DAY,
        succeeded_at=NOW - DAY,
        seeded_at=NOW - 100 * DAY,
    )
    return replace(base, **changes)  # type: ignore[arg-type]


def item(
    name: str,
    *,
    guid: str | None = "",
    link: str | None = "",
    title: str | None = None,
    text: str | None = None,
    date: datetime | None = None,
    **more: object,
) -> ParsedEntry:
    """An entry called `name`: guid, link, title and text follow from it where they are not given."""
    content = Content(
        title=f"About {name}" if title is None else title,
        link=f"https://blog.example/{name}" if link == "" else link,
        text=f"All there is to say about {name}." if text is None else text,
        published_at=date,
        **more,  # type: ignore[arg-type]
    )
    return ParsedEntry(
        guid=f"tag:{name}" if guid == "" else guid,
        content=content,
        content_hash=sha256(f"{content.title}\0{content.text}".encode()).hexdigest(),
    )


def feed(*entries: ParsedEntry, malformed: bool = False) -> ParsedFeed:
    return ParsedFeed(
        title="A blog",
        site_url="https://blog.example/",
        language=None,
        ttl=None,
        malformed=malformed,
        fault=None,
        entries=entries,
    )


_bodies = count()


def fetched(**changes: object) -> Fetched:
    """A body unlike any other."""
    base = Fetched(address="https://blog.example/feed", body=str(next(_bodies)).encode())
    return replace(base, **changes)  # type: ignore[arg-type]


def planned(
    at: Source,
    read: Read | None,
    known: Sequence[KnownEntry] = (),
    *,
    reply: Reply | None = None,
    configured: SourceSettings = SETTINGS,
    gather: Gather = GATHER,
    now: datetime = NOW,
    texts: dict[EntryId, str] | None = None,
) -> GatherPlan:
    return plan(
        at,
        configured,
        reply or fetched(),
        read,
        known,
        texts=texts or {},
        now=now,
        jitter=0.5,
        settings=gather,
    )


class Shelf:
    """A store of one source in plain Python: what `plan` says is done, and nothing else."""

    def __init__(self, at: Source) -> None:
        self.source = at
        self.known: dict[int, KnownEntry] = {}
        self.texts: dict[EntryId, str] = {}
        #: names of entries by the number of times they came as new, in any state
        self.arrived: list[tuple[str, EntryState]] = []

    def take(self, read: ParsedFeed, *, now: datetime, gather: Gather = GATHER) -> GatherPlan:
        known = tuple(self.known.values())
        found = keyed(read.entries, identity_for(self.source, read))
        texts = {id: self.texts[id] for id in suspects(found, known)}
        made = planned(self.source, read, known, now=now, gather=gather, texts=texts)
        self._apply(made)
        return made

    def _apply(self, made: GatherPlan) -> None:
        gathering = made.gathering
        self.source = gathering.source
        for new in gathering.new:
            id = EntryId(len(self.known) + 1)
            self.arrived.append((new.content.title, new.state))
            self.texts[id] = new.content.text
            self.known[id] = KnownEntry(
                id=id,
                keys=new.keys,
                link_key=new.link_key,
                title_key=new.title_key,
                content_hash=new.content_hash,
                shown_hash=new.shown_hash,
                published_at=new.content.published_at,
                updated_at=new.content.updated_at,
                dated_at=new.dated_at,
                state=EntryState.RELEASED if new.state is EntryState.WAITING else new.state,
            )
        for changed in gathering.changed:
            self.texts[changed.id] = changed.content.text
            self.known[changed.id] = replace(
                self.known[changed.id],
                link_key=changed.link_key,
                title_key=changed.title_key,
                content_hash=changed.content_hash,
                shown_hash=changed.shown_hash,
                published_at=changed.content.published_at,
                updated_at=changed.content.updated_at,
            )
        for id, key in gathering.keys:
            self.known[id] = replace(self.known[id], keys=(*self.known[id].keys, key))
        for id in gathering.withdrawn:
            self.known[id] = replace(self.known[id], withdrawn_at=gathering.at)
        for id in gathering.returned:
            self.known[id] = replace(self.known[id], withdrawn_at=None)


def of(parsed: ParsedEntry, number: int, *, state: EntryState = EntryState.RELEASED) -> KnownEntry:
    """The entry as the store knows it after it came once."""
    from_feed = keyed((parsed,), source().identity)[0]
    return KnownEntry(
        id=EntryId(number),
        keys=(from_feed.key,),
        link_key=from_feed.link_key,
        title_key=from_feed.title_key,
        content_hash=parsed.content_hash,
        shown_hash=from_feed.shown_hash,
        published_at=parsed.content.published_at,
        updated_at=parsed.content.updated_at,
        dated_at=feed_date(parsed.content) or NOW - DAY,
        state=state,
    )
