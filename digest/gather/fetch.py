"""Asking sources: a Request goes in, a Reply comes out, always. Over http(s) through the one client; a source
may also be a file beside digest.toml, which only an admin can write: no feed ever names a file we open.

What a reply means for the source is `plan`'s business, what the body holds is `read`'s.
"""

from __future__ import annotations

import asyncio
import re
import stat
from collections import deque
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from pathlib import Path
from urllib.parse import urlsplit

from digest import log
from digest.errors import FetchError
from digest.gather.freshness import fresh_for, retry_after
from digest.gather.reply import Failed, Fetched, Reply, Request, Unchanged
from digest.net.client import Client, Response

ACCEPT = (
    "application/atom+xml, application/rss+xml, application/feed+json, application/xml;q=0.9, "
    "text/xml;q=0.9, application/json;q=0.8, text/html;q=0.5, */*;q=0.1"
)
_PERMANENT = frozenset((301, 308))
_SCHEME = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]+:")

_log = log.logger("gather")


async def fetch(client: Client, request: Request, *, base: Path) -> Reply:
    """Ask once. `base` is where relative paths start. Never raises for what the other side does."""
    if not _SCHEME.match(request.address):
        return await asyncio.to_thread(_read_file, request, base / request.address, client.max_bytes)
    headers = {"Accept": ACCEPT}
    if request.etag is not None:
        headers["If-None-Match"] = request.etag
    if request.last_modified is not None:
        headers["If-Modified-Since"] = request.last_modified
    try:
        response = await client.get(request.address, headers)
    except FetchError as why:
        return Failed(kind=why.kind, words=f"{why.message}; {why.mend}" if why.mend else why.message)
    return _reply(request, response)


def _reply(request: Request, response: Response) -> Reply:
    if response.status not in (200, 304):
        return _refusal(response)
    moved_to = _moved_to(request, response)
    date = response.header("date")
    fresh = fresh_for(
        response.headers.get("cache-control", ()), response.header("expires"), response.header("age"), date
    )
    etag, last_modified = response.header("etag"), response.header("last-modified")
    if response.status == 200:
        return Fetched(
            address=response.url,
            body=response.body,
            content_type=response.header("content-type"),
            etag=etag,
            last_modified=last_modified,
            moved_to=moved_to,
            fresh_for=fresh,
        )
    if request.etag is None and request.last_modified is None:
        words = f"{_host(response.url)} answered 304 (not modified) though we had nothing to compare with"
        return Failed(kind="protocol", words=words, status=304)
    return Unchanged(etag=etag, last_modified=last_modified, moved_to=moved_to, fresh_for=fresh)


def _refusal(response: Response) -> Failed:
    status = response.status
    phrase = next((known.phrase for known in HTTPStatus if known == status), "")
    return Failed(
        kind="gone" if status == HTTPStatus.GONE else "status",
        words=f"{_host(response.url)} answered {status} {phrase}".rstrip(),
        status=status,
        retry_after=retry_after(response.header("retry-after"), response.header("date")),
    )


def _moved_to(request: Request, response: Response) -> str | None:
    """The chain's end when every hop is permanent (gather F3). An address with a password is never rewritten:
    the new one would lose it, or carry it to where it is shown."""
    permanent = response.hops and all(hop.status in _PERMANENT for hop in response.hops)
    return response.url if permanent and "@" not in urlsplit(request.address).netloc else None


def _host(url: str) -> str:
    return urlsplit(url).netloc


def _read_file(request: Request, path: Path, max_bytes: int) -> Reply:
    """Time and size stand in for a validator, so an untouched file is not read."""
    try:
        found = path.stat()
        if not stat.S_ISREG(found.st_mode):
            return Failed(kind="file", words=f"{request.address}: not a file")
        etag = f'"{found.st_mtime_ns:x}-{found.st_size:x}"'
        if etag == request.etag:
            return Unchanged(etag=etag)
        with path.open("rb") as file:
            body = file.read(max_bytes + 1)
    except (OSError, ValueError) as why:
        reason = why.strerror if isinstance(why, OSError) and why.strerror else "no such path"
        return Failed(kind="file", words=f"{request.address}: {reason.lower()}")
    if len(body) > max_bytes:
        return Failed(kind="too-large", words=f"{request.address}: the file is larger than {max_bytes} bytes")
    return Fetched(address=path.absolute().as_uri(), body=body, etag=etag)


_LATE = Failed(kind="deadline", words="not answered before the night's gathering had to end")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Errand:
    """One address, and everybody who wants to know. Equal to itself only."""

    request: Request
    asked_by: tuple[Request, ...]


#: the hosts' lanes; see `_turns`
_Turns = deque[deque[_Errand]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Desk:
    """What the workers share."""

    turns: _Turns
    #: answers under way or not yet taken: a slow reader of a fast network does not fill the memory
    room: asyncio.Semaphore
    #: None: the deadline has come
    done: asyncio.Queue[tuple[_Errand, Reply] | None] = field(default_factory=asyncio.Queue)


async def fetch_all(
    client: Client,
    requests: Sequence[Request],
    *,
    base: Path,
    per_host: int = 2,
    concurrency: int = 32,
    deadline_seconds: float | None = None,
) -> AsyncGenerator[tuple[Request, Reply], None]:
    """Ask everybody, answers as they come: each request exactly one. An address is fetched once for all who
    ask it (gather F4). At most `per_host` at a time go to one host, hosts take turns, and what has no answer
    after `deadline_seconds` is Failed(kind="deadline"). Ending early ends what is under way."""
    errands = _errands(requests)
    desk = _Desk(turns=_turns(errands, per_host), room=asyncio.Semaphore(concurrency))
    workers = [
        asyncio.create_task(_work(client, desk, base)) for _ in range(min(concurrency, len(desk.turns)))
    ]
    loop = asyncio.get_running_loop()
    bell = None if deadline_seconds is None else loop.call_later(deadline_seconds, desk.done.put_nowait, None)
    waiting = dict.fromkeys(errands)
    try:
        while waiting:
            came = await desk.done.get()
            if came is None:
                break
            errand, reply = came
            del waiting[errand]
            for request in errand.asked_by:
                yield request, reply
            desk.room.release()
        for request in (request for errand in waiting for request in errand.asked_by):
            yield request, _LATE
    finally:
        if bell is not None:
            bell.cancel()
        for worker in workers:
            worker.cancel()
        await asyncio.gather(*workers, return_exceptions=True)


def _turns(errands: Sequence[_Errand], per_host: int) -> _Turns:
    """The hosts' lanes in the order they are served; a lane stands here as often as its host may be asked at
    once. A worker takes a lane, runs its first errand and puts it back at the end: that is all the
    scheduling there is, and no lane can have more errands under way than places here."""
    lanes: dict[str, deque[_Errand]] = {}
    for errand in errands:
        lanes.setdefault(_lane(errand.request.address), deque()).append(errand)
    return deque(lane for place in range(per_host) for lane in lanes.values() if place < len(lane))


def _errands(requests: Sequence[Request]) -> list[_Errand]:
    by_address: dict[str, list[Request]] = {}
    for request in requests:
        by_address.setdefault(request.address.strip().partition("#")[0], []).append(request)
    return [_Errand(request=_common(asking), asked_by=tuple(asking)) for asking in by_address.values()]


def _common(asking: Sequence[Request]) -> Request:
    """One request for all. Askers who hold different validators hold different states: only a full answer
    serves them all."""
    first = asking[0]
    if all((each.etag, each.last_modified) == (first.etag, first.last_modified) for each in asking):
        return first
    return replace(first, etag=None, last_modified=None)


def _lane(address: str) -> str:
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""


async def _work(client: Client, desk: _Desk, base: Path) -> None:
    # A worker that finds no lane is not needed any more: whoever holds one puts it back and takes it again.
    while desk.turns:
        await desk.room.acquire()
        lane = desk.turns.popleft() if desk.turns else None
        if not lane:
            desk.room.release()
            continue
        errand = lane.popleft()
        desk.done.put_nowait((errand, await _safely(client, errand.request, base)))
        if lane:
            desk.turns.append(lane)


async def _safely(client: Client, request: Request, base: Path) -> Reply:
    """One source's surprise is that source's failure, never the night's."""
    try:
        return await fetch(client, request, base=base)
    except Exception as surprise:  # noqa: BLE001
        # no traceback: exceptions quote addresses, and those may hold a password (gather F13)
        name = type(surprise).__name__
        _log.error(log.event("fetch_crashed", source=request.slug, error=name))
        return Failed(kind="error", words=f"an unexpected error of ours ({name})")
