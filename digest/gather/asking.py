"""The door: asks every source that is due, reads, plans and stores. One bad source never stops the night."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, AsyncExitStack
from dataclasses import dataclass, field
from datetime import datetime
from logging import ERROR, INFO
from pathlib import Path
from random import Random
from typing import Protocol

from digest import log
from digest.errors import DigestError
from digest.gather.bookkeeping import Failure, GatherPlan, Outcome, failed
from digest.gather.document import Document, ParsedFeed, Read
from digest.gather.fetch import fetch_all
from digest.gather.identity import keyed
from digest.gather.matching import suspects
from digest.gather.plan import due, identity_for, plan, same_body
from digest.gather.reply import Fetched, Reply, Request
from digest.gather.workers import Readers
from digest.model import EntryId, Source
from digest.model.gathering import KnownEntry, NewNotice
from digest.net.client import Client
from digest.net.guard import Allow
from digest.settings.addresses import user_agent
from digest.settings.schema import Settings, SourceSettings
from digest.storage.protocol.entries import Entries
from digest.storage.protocol.sources import Sources

#: sources that brought entries, stored in one commit: the readers wait meanwhile, some 3 ms a source. A
#: crash before it costs a second asking, never an entry.
BATCH = 8
#: how many that brought none weigh as much as one that did
LIGHT = 32
#: bodies read or waiting to be read at a time
READING = 8

_log = log.logger("gather")


class Store(Protocol):
    """The shelves this room needs."""

    @property
    def sources(self) -> Sources: ...

    @property
    def entries(self) -> Entries: ...

    def atomic(self) -> AbstractContextManager[None]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class GatherReport:
    """What a gathering did."""

    unchanged: int = 0
    changed: int = 0
    failed: int = 0
    entries_new: int = 0
    failures: tuple[Failure, ...] = ()
    #: what an admin must hear of, also when an earlier night said it already
    notices: tuple[NewNotice, ...] = ()

    @property
    def sources(self) -> int:
        """How many were asked."""
        return self.unchanged + self.changed + self.failed


def gather(
    store: Store,
    settings: Settings,
    *,
    now: Callable[[], datetime],
    random: Random,
    base: Path,
    force: bool,
    progress: Callable[[int, int], None],
    readers: Readers | None = None,
) -> GatherReport:
    """Ask every source that is due, once, within the night's deadline, and store what came of it.

    Runs an event loop of its own. `base` is where relative addresses start; `now` is the clock, asked again
    for each source; `progress` hears how many are done, of how many. `readers` are the reading processes to
    use; they are ended here in any case.
    """
    store.sources.sync([(each.slug, each.url, each.formerly) for each in settings.sources], now())
    sources = store.sources.all()
    requests = due(sources, now=now(), force=force)
    if not requests:
        return GatherReport()
    run = _Run(
        store=store,
        settings=settings,
        now=now,
        random=random,
        progress=progress,
        sources={source.slug: source for source in sources},
        configured={each.slug: each for each in settings.sources},
        total=len(requests),
    )
    try:
        asyncio.run(run.ask(requests, base=base, readers=readers or Readers()))
    except ExceptionGroup as several:
        # A database that takes nothing more is everybody's fault at once: one word of it will do.
        raise next(_leaves(several)) from several
    return run.report()


def _leaves(group: ExceptionGroup[Exception]) -> Iterator[Exception]:
    for each in group.exceptions:
        yield from _leaves(each) if isinstance(each, ExceptionGroup) else (each,)


def client_of(settings: Settings) -> Client:
    """The one client, with the bounds of digest.toml and an address for complaints."""
    asked = settings.gather
    return Client(
        user_agent=user_agent(settings),
        allow=Allow.parse(asked.allow_private),
        concurrency=asked.concurrency,
        per_host=asked.per_host,
        timeout_seconds=asked.timeout_seconds,
        max_bytes=asked.max_bytes,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    """What of a plan outlives its storing. Entries do not, or a night would hold every text it read."""

    outcome: Outcome
    entries_new: int
    failure: Failure | None
    notices: tuple[NewNotice, ...]


def _told(made: GatherPlan) -> _Told:
    return _Told(
        outcome=made.outcome,
        entries_new=made.entries_new,
        failure=made.failure,
        notices=made.gathering.notices,
    )


@dataclass(slots=True, kw_only=True)
class _Run:
    """One gathering under way. Everything but fetching and reading happens in its loop's one thread."""

    store: Store
    settings: Settings
    now: Callable[[], datetime]
    random: Random
    progress: Callable[[int, int], None]
    sources: dict[str, Source]
    configured: dict[str, SourceSettings]
    total: int
    told: dict[str, _Told] = field(default_factory=dict)
    unsaved: list[GatherPlan] = field(default_factory=list)
    #: of `unsaved`, in sources that brought none
    weight: int = 0

    async def ask(self, requests: tuple[Request, ...], *, base: Path, readers: Readers) -> None:
        asked = self.settings.gather
        room = asyncio.Semaphore(READING)
        async with AsyncExitStack() as stack:
            client = await stack.enter_async_context(client_of(self.settings))
            await stack.enter_async_context(readers)
            stack.callback(self._save)
            reading = await stack.enter_async_context(asyncio.TaskGroup())
            replies = fetch_all(
                client,
                requests,
                base=base,
                per_host=asked.per_host,
                concurrency=asked.concurrency,
                deadline_seconds=asked.deadline_minutes * 60,
            )
            async for request, reply in replies:
                source = self.sources[request.slug]
                if not isinstance(reply, Fetched) or same_body(source, reply):
                    self._settle(source, reply, None)
                    continue
                await room.acquire()
                task = reading.create_task(self._take(source, reply, readers))
                task.add_done_callback(lambda _: room.release())

    def report(self) -> GatherReport:
        told = self.told.values()
        outcomes = [each.outcome for each in told]
        return GatherReport(
            unchanged=outcomes.count("unchanged"),
            changed=outcomes.count("changed"),
            failed=outcomes.count("failed"),
            entries_new=sum(each.entries_new for each in told),
            failures=tuple(each.failure for each in told if each.failure),
            notices=tuple(notice for each in told for notice in each.notices),
        )

    async def _take(self, source: Source, reply: Fetched, readers: Readers) -> None:
        """A body to be read first."""
        document = Document(body=reply.body, address=reply.address, content_type=reply.content_type)
        try:
            read = await readers.read(document)
        except Exception as surprise:  # noqa: BLE001 - whatever it is, it is this source's alone
            self._keep(self._surprised(source, surprise))
        else:
            self._settle(source, reply, read)

    def _settle(self, source: Source, reply: Reply, read: Read | None) -> None:
        """What came of asking one source: planned, and stored soon."""
        try:
            made = self._plan(source, reply, read)
        except Exception as surprise:  # noqa: BLE001 - as above
            made = self._surprised(source, surprise)
        self._keep(made)

    def _keep(self, made: GatherPlan) -> None:
        self._done(made)
        self.unsaved.append(made)
        self.weight += LIGHT if made.gathering.new or made.gathering.changed else 1
        if self.weight >= BATCH * LIGHT:
            self._save()

    def _plan(self, source: Source, reply: Reply, read: Read | None) -> GatherPlan:
        configured = self.configured.get(source.slug)
        if configured is None:
            raise DigestError(f"{source.slug} is not in digest.toml")
        known: tuple[KnownEntry, ...] = ()
        texts: dict[EntryId, str] = {}
        if isinstance(read, ParsedFeed):
            known = self.store.entries.known(source.id)
            found = keyed(read.entries, identity_for(source, read))
            texts = self.store.entries.texts(suspects(found, known))
        return plan(
            source,
            configured,
            reply,
            read,
            known,
            texts=texts,
            now=self.now(),
            jitter=self.random.random(),
            settings=self.settings.gather,
        )

    def _surprised(self, source: Source, surprise: Exception) -> GatherPlan:
        """Our own fault, or the database's: said in the report like any other failure."""
        # An error of ours for people is told to them anyway.
        level = INFO if isinstance(surprise, DigestError) else ERROR
        _log.log(level, log.event("source_surprised_us", slug=source.slug, error=type(surprise).__name__))
        _log.debug(log.event("traceback", slug=source.slug), exc_info=surprise)
        words = (
            surprise.message
            if isinstance(surprise, DigestError)
            else f"{type(surprise).__name__} in our code"
        )
        return failed(
            source,
            kind="error",
            words=words,
            reply=None,
            now=self.now(),
            jitter=self.random.random(),
            settings=self.settings.gather,
        )

    def _done(self, made: GatherPlan) -> None:
        slug, failure = made.gathering.source.slug, made.failure
        self.told[slug] = _told(made)
        if _log.isEnabledFor(INFO):
            kind = {"kind": failure.kind} if failure else {}
            _log.info(log.event("gathered", slug=slug, outcome=made.outcome, new=made.entries_new, **kind))
        self.progress(len(self.told), self.total)

    def _save(self) -> None:
        """All plans not stored yet, in one commit; should that fail, each in its own."""
        unsaved, self.unsaved, self.weight = self.unsaved, [], 0
        try:
            self.store.sources.save_gatherings([made.gathering for made in unsaved])
        except Exception:  # noqa: BLE001 - one of them is bad: find out which
            for made in unsaved:
                self._save_alone(made)

    def _save_alone(self, made: GatherPlan) -> None:
        try:
            self.store.sources.save_gathering(made.gathering)
        except Exception as surprise:  # noqa: BLE001
            source = self.sources[made.gathering.source.slug]
            instead = self._surprised(source, surprise)
            self.told[source.slug] = _told(instead)
            self.store.sources.save_gathering(instead.gathering)
