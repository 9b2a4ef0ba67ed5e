"""Looking at a feed before it is followed: find it from its site's page, read it, change nothing."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path

from digest.errors import DigestError, FetchError, UnreadableFeed
from digest.gather.asking import client_of
from digest.gather.discover import Candidate, discover, normalise_typed
from digest.gather.document import Document, ParsedFeed, Unreadable
from digest.gather.fetch import fetch
from digest.gather.reply import Failed, Fetched, Request
from digest.gather.workers import Readers
from digest.net.client import Client
from digest.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """A feed as it is now."""

    #: what to write into digest.toml
    url: str
    feed: ParsedFeed
    #: the server gave ETag or Last-Modified: unchanged feeds will cost next to nothing
    has_validators: bool
    #: other feeds the page announces
    others: tuple[Candidate, ...] = ()


def scout(settings: Settings, base: Path, typed: str) -> Sighting:
    """The feed at an address as a person types it: of a feed, of a page that announces one, or a path.

    Raises FetchError or UnreadableFeed with what is wrong.
    """
    return asyncio.run(_scout(settings, base, typed))


async def _scout(settings: Settings, base: Path, typed: str) -> Sighting:
    async with client_of(settings) as client, Readers(processes=1) as readers:

        async def title_of(document: Document) -> str | None:
            read = await readers.read(document)
            return (read.title or document.address) if isinstance(read, ParsedFeed) else None

        if (base / typed).is_file():
            return await _look(client, readers, typed, base)
        try:
            candidates = await discover(client, normalise_typed(typed), title_of)
        except FetchError as error:
            # What no setting allows (another scheme) has no mend of the guard's either.
            mend = None if error.kind == "refused" and error.mend is None else _mend(error.kind) or error.mend
            raise FetchError(_sentence(error.message), kind=error.kind, mend=mend) from error
        if not candidates:
            raise UnreadableFeed(
                f"{typed} is neither a feed nor a page that announces one.",
                kind="html",
                mend="Look for a link called RSS, Atom or feed on the page, and give its address.",
            )
        first, *others = candidates
        sighting = await _look(client, readers, first.url, base)
        return Sighting(
            url=sighting.url, feed=sighting.feed, has_validators=sighting.has_validators, others=tuple(others)
        )


async def _look(client: Client, readers: Readers, address: str, base: Path) -> Sighting:
    reply = await fetch(client, Request(slug="-", address=address), base=base)
    if isinstance(reply, Failed):
        raise FetchError(_sentence(reply.words), kind=reply.kind, mend=_mend(reply.kind))
    if not isinstance(reply, Fetched):
        raise DigestError(f"{address} answered as if we had it already; try again.")
    document = Document(body=reply.body, address=reply.address, content_type=reply.content_type)
    read = await readers.read(document)
    if isinstance(read, Unreadable):
        raise UnreadableFeed(f"{address}: {read.words}", kind=read.kind)
    return Sighting(url=address, feed=read, has_validators=bool(reply.etag or reply.last_modified))


def _sentence(words: str) -> str:
    """With a capital and a full stop; an address or a host at its start stays as it is written."""
    first = words.partition(" ")[0]
    return (words[:1].upper() + words[1:] if first.isalpha() else words) + (
        "" if words.endswith(".") else "."
    )


def _mend(kind: str) -> str | None:
    match kind:
        case "refused":
            return "If this address is yours, allow it: [gather] allow_private in digest.toml."
        case "dns":
            return "Check the spelling of the address."
        case _:
            return None
