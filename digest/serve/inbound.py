"""Where bounces come in over the network: `web.inbound`, an SMTP or LMTP door of `subscribers.inbound`.

The desk opens the store for each thing it is asked, so settings may change, and a restored database is seen.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from urllib.parse import urlsplit

from digest.errors import UsageError
from digest.night.inbound import Inbound
from digest.serve.installed import Installed
from subscribers.inbound import Desk, Language, Receiver


class _Counter:
    """`night.inbound` behind one door."""

    def __init__(self, house: Installed) -> None:
        self._house = house

    def knows(self, recipient: str) -> bool:
        with self._house.tonight() as one:
            return Inbound(one).knows(recipient)

    def take(self, message: bytes, *, recipients: Sequence[str]) -> object:
        with self._house.tonight() as one:
            return Inbound(one).take(message, recipients=recipients)


def receiver_of(house: Installed) -> Receiver | None:
    """The door that digest.toml asks for, not open yet; None: it asks for none."""
    place = house.settings.web.inbound
    if not place:
        return None
    url = urlsplit(place)

    @contextmanager
    def desk() -> Iterator[Desk]:
        yield _Counter(house)

    language = Language.LMTP if url.scheme == "lmtp" else Language.SMTP
    return Receiver(
        desk,
        host=url.hostname or "127.0.0.1",
        port=url.port or 0,
        hostname=urlsplit(house.settings.site.url).hostname or "localhost",
        language=language,
    )


def start(receiver: Receiver, place: str) -> None:
    """Open it. Raises UsageError where the port is taken."""
    try:
        receiver.start()
    except OSError as cause:
        raise UsageError(
            f"[web] inbound = {place!r} cannot be listened on: {why(cause)}.",
            mend="Name a free port above 1024, like lmtp://127.0.0.1:8024.",
        ) from cause


def why(cause: OSError) -> str:
    """The system's words: of a socket, `strerror` repeats where it was to be."""
    return os.strerror(cause.errno) if cause.errno else str(cause)
