"""Many pictures, fetched a few at a time and each made small: a bound for every step, and one for all.

What does not come, or is no picture, is left out, and said in the log; nothing here fails a night.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.util import find_spec

from digest.errors import FetchError
from digest.log import event, logger
from digest.net.client import Client
from digest.net.guard import Allow, redact
from digest.pictures.process import shrunk
from digest.pictures.thumbnail import Thumbnail
from digest.settings import Settings
from digest.settings.addresses import user_agent

_log = logger("pictures")

Keep = Callable[[str, Thumbnail], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """How much we do for pictures."""

    #: bytes of one, as it comes
    largest: int = 5_000_000
    #: for one to come
    seconds: float = 15.0
    #: for all of them
    seconds_in_all: float = 60.0
    #: at one time
    connections: int = 4


def is_possible() -> bool:
    """Whether Pillow is installed."""
    return find_spec("PIL") is not None


def fetch_pictures(
    addresses: Sequence[str], *, settings: Settings, keep: Keep, bounds: Bounds | None = None
) -> None:
    """Fetch these and hand each small picture to `keep`, in the order they are ready. `keep` may raise
    OSError: that picture is left out."""
    if addresses:
        asyncio.run(_fetch_all(dict.fromkeys(addresses), settings, keep, bounds or Bounds()))


async def _fetch_all(addresses: dict[str, None], settings: Settings, keep: Keep, bounds: Bounds) -> None:
    client = Client(
        user_agent=user_agent(settings),
        allow=Allow.parse(settings.gather.allow_private),
        concurrency=bounds.connections,
        per_host=settings.gather.per_host,
        timeout_seconds=bounds.seconds,
        max_bytes=bounds.largest,
    )
    table = _Table(client, asyncio.Semaphore(bounds.connections), keep)
    try:
        async with client, asyncio.timeout(bounds.seconds_in_all), asyncio.TaskGroup() as group:
            for address in addresses:
                group.create_task(table.take(address))
    except TimeoutError:
        _log.warning(event("pictures_late", seconds=bounds.seconds_in_all, left=len(addresses) - table.done))


class _Table:
    """Where one picture after the other is fetched, made small and handed on."""

    def __init__(self, client: Client, places: asyncio.Semaphore, keep: Keep) -> None:
        self._client = client
        self._places = places
        #: one opens a picture at a time: each may take a quarter of a gigabyte
        self._opening = asyncio.Lock()
        self._keep = keep
        self.done = 0

    async def take(self, address: str) -> None:
        async with self._places:
            try:
                why = await self._taken(address)
            except (FetchError, OSError) as error:
                why = str(error)
        self.done += 1
        if why:
            _log.info(event("picture_left_out", address=redact(address), why=why))

    async def _taken(self, address: str) -> str:
        """ "" where it is kept, else why not."""
        response = await self._client.get(address, {"Accept": "image/*"})
        if response.status != 200:
            return f"status {response.status}"
        async with self._opening:
            thumbnail = await shrunk(response.body)
        if thumbnail is None:
            return "no picture that we show"
        self._keep(address, thumbnail)
        return ""
