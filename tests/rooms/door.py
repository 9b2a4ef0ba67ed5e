"""The deliver door with everything it needs, for tests that fail it in one place."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from digest.deliver import (
    Claim,
    DeliverReport,
    Outgoing,
    Policy,
    Timeouts,
    Transport,
    deliver,
    transport_of,
)
from digest.model import IssueId
from digest.storage import Store
from tests.ledger import NOW, peek
from tests.rooms.delivering import composed

READERS = ["ada@one.example", "bob@two.example", "eve@three.example"]
LATER = NOW + timedelta(hours=1)
PATIENT = Timeouts(connect=20, command=20, data=20, block=20, dot=20, quit=5)
HOLD = Policy(on_uncertain="hold")


def never() -> bool:
    return False


def run(
    store: Store,
    port: int,
    *,
    policy: Policy = Policy(),  # noqa: B008 - frozen
    render: Callable[[Claim], Outgoing] = composed,
    now: datetime = NOW,
    stop: Callable[[], bool] = never,
    scheme: str = "smtp",
) -> DeliverReport:
    relay = transport_of(f"{scheme}://127.0.0.1:{port}", None, Path(), PATIENT)
    return over(store, relay, policy=policy, render=render, now=now, stop=stop)


def over(
    store: Store,
    transport: Transport,
    *,
    policy: Policy = Policy(),  # noqa: B008 - frozen
    render: Callable[[Claim], Outgoing] = composed,
    now: datetime = NOW,
    stop: Callable[[], bool] = never,
) -> DeliverReport:
    report = deliver(store, transport, render, policy=policy, now=lambda: now, random=lambda: 0.5, stop=stop)
    assert store.deliveries.conservation(IssueId(1)).holds
    assert peek(store, "SELECT id FROM deliveries WHERE lease_until_at IS NOT NULL") == []
    return report


def suppressed(store: Store) -> list[object]:
    return [row["address"] for row in peek(store, "SELECT address FROM suppressions ORDER BY address")]
