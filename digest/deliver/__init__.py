"""The room that sends: rows of the ledger in, a transport out, every outcome on disk at once.

It promises what design §4 promises: after a kill at any instant nothing is lost, and at most one message
a connection is sent twice, with the same bytes. It composes nothing: `render` is given to it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import cast

from digest.deliver.folders import Maildir, Outbox
from digest.deliver.lane import SmtpRelay
from digest.deliver.pace import Pace
from digest.deliver.relay import folder_of, relay_of
from digest.deliver.report import DeliverReport, Policy
from digest.deliver.room import Room, Shelves
from digest.deliver.single import send_one
from digest.deliver.stream import Parcel, Rendering, Signing
from digest.deliver.transport import Envelope, Outgoing, Timeouts, Transport
from digest.model import IssueId
from digest.storage.protocol.deliveries import Claim
from digest.storage.protocol.letters import LetterClaim

__all__ = [
    "Claim",
    "DeliverReport",
    "Envelope",
    "LetterClaim",
    "Only",
    "Outgoing",
    "Pace",
    "Policy",
    "Render",
    "RenderLetter",
    "Shelves",
    "Signing",
    "Timeouts",
    "Transport",
    "deliver",
    "send_one",
    "transport_of",
]

#: compose a claim's message, with the same bytes each time; any exception defers that row alone
Render = Callable[[Claim], Outgoing]
RenderLetter = Callable[[LetterClaim], Outgoing]


@dataclass(frozen=True, slots=True, kw_only=True)
class Only:
    """Narrows a run: to one issue, to one reader, to letters."""

    issue: IssueId | None = None
    address: str | None = None
    #: bulk stays where it is
    letters: bool = False


EVERYTHING = Only()


def deliver(
    store: Shelves,
    transport: Transport,
    render: Render,
    *,
    policy: Policy,
    now: Callable[[], datetime],
    random: Callable[[], float],
    progress: Callable[[int], None] = lambda _handled: None,
    resting: Callable[[datetime], None] = lambda _until: None,
    stop: Callable[[], bool] = lambda: False,
    only: Only = EVERYTHING,
    pace: Pace | None = None,
    signer: Signing | None = None,
    render_letter: RenderLetter | None = None,
) -> DeliverReport:
    """Send what is due, and say what became of it. The caller holds deliver's lock.

    Rows a dead run left `sending` are settled first. Letters leave before bulk and beside it, on a
    connection of their own, where `render_letter` is given. A relay that cannot be used, or that refuses
    everybody, stops the run with the rest as it was: `report.stopped` says why. `stop` is asked between
    messages; `progress` is told how many deliveries have ended, `resting` until when the rate lets
    nothing go. `random` gives [0, 1).

    Raises StorageError; what was in flight then is at most one message a connection.
    """
    pace = pace or Pace()

    def claim(at: datetime, until: datetime, most: int) -> Sequence[Parcel]:
        if only.letters:
            return ()
        left = pace.allowance
        return store.deliveries.claim(
            at,
            until,
            most if left is None else min(most, left),
            issue_id=only.issue,
            address=only.address,
            newest_first=left is not None,
        )

    def claim_letters(at: datetime, until: datetime, most: int) -> Sequence[Parcel]:
        return store.letters.claim(at, until, most, address=only.address)

    room = Room(
        store=store, transport=transport, policy=policy, pace=pace, now=now, random=random, signer=signer
    )
    if render_letter is not None:
        room.add(store.letters, claim_letters, cast("Rendering", render_letter), is_bulk=False)
    room.add(store.deliveries, claim, cast("Rendering", render), is_bulk=True)
    return room.go(progress=progress, resting=resting, stop=stop)


def transport_of(
    url: str, password: str | None, base: Path, timeouts: Timeouts, *, cafile: Path | None = None
) -> Transport:
    """The transport that `mail.smtp` names, nothing opened yet. Folders are taken from `base`.

    `cafile` holds certificates to trust beside the system's. Raises SettingsError.
    """
    if (folder := folder_of(url, base, scheme="dir")) is not None:
        return Outbox(folder)
    if (folder := folder_of(url, base, scheme="maildir")) is not None:
        return Maildir(folder)
    return SmtpRelay(relay_of(url, password), timeouts, cafile=cafile)
