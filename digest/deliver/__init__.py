"""The room that sends: rows of the ledger in, a transport out, every outcome on disk at once.

It promises what design §4 promises: after a kill at any instant nothing is lost, and at most one message
a connection is sent twice, with the same bytes. It composes nothing: `render` is given to it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Protocol

from digest.deliver.outbox import Outbox
from digest.deliver.relay import outbox_of, relay_of
from digest.deliver.run import DeliverReport, Policy, Render, Run
from digest.deliver.session import SmtpSession
from digest.deliver.transport import Envelope, Outgoing, Timeouts, Transport
from digest.model import IssueId
from digest.storage.protocol.deliveries import Claim, Deliveries

__all__ = [
    "Claim",
    "DeliverReport",
    "Envelope",
    "Outgoing",
    "Policy",
    "Render",
    "Shelves",
    "Timeouts",
    "Transport",
    "deliver",
    "transport_of",
]


class Shelves(Protocol):
    """What this room needs of the store."""

    @property
    def deliveries(self) -> Deliveries: ...


def deliver(
    store: Shelves,
    transport: Transport,
    render: Render,
    *,
    policy: Policy,
    now: Callable[[], datetime],
    random: Callable[[], float],
    progress: Callable[[int], None] = lambda _handled: None,
    stop: Callable[[], bool] = lambda: False,
    only_issue: IssueId | None = None,
) -> DeliverReport:
    """Send what is due, and say what became of it. The caller holds deliver's lock.

    Rows a dead run left `sending` are settled first. A relay that cannot be used, or that refuses
    everybody, stops the run with the rest as it was: `report.stopped` says why. `stop` is asked between
    messages. `random` gives [0, 1). Raises StorageError; what was in flight then is at most one message.
    """
    run = Run(
        ledger=store.deliveries,
        transport=transport,
        render=render,
        policy=policy,
        now=now,
        random=random,
        progress=progress,
        stop=stop,
        only_issue=only_issue,
    )
    return run.go()


def transport_of(
    url: str, password: str | None, base: Path, timeouts: Timeouts, *, cafile: Path | None = None
) -> Transport:
    """The transport that `mail.smtp` names, nothing opened yet. `dir:` is taken from `base`.

    `cafile` holds certificates to trust beside the system's. Raises SettingsError.
    """
    folder = outbox_of(url, base)
    if folder is not None:
        return Outbox(folder)
    return SmtpSession(relay_of(url, password), timeouts, cafile=cafile)
