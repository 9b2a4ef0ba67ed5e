"""The deliver door on the real ledger, with many connections, for tests that fail it in one place."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from digest.deliver import Claim, DeliverReport, Outgoing, Policy, Timeouts, deliver, transport_of
from digest.model import IssueId, Status
from digest.storage import Store
from tests.faults.sink import Sink
from tests.ledger import NOW, peek
from tests.rooms.delivering import composed

CONNECTIONS = 4
READERS = [f"reader{number}@d{number}.example.org" for number in range(24)]
#: long enough for any loopback answer
PATIENT = Timeouts(connect=20, command=20, data=20, block=20, dot=20, quit=5)
#: what was deferred is due again
LATER = timedelta(hours=5)


def send(
    store: Store,
    port: int,
    *,
    connections: int = CONNECTIONS,
    now: datetime = NOW,
    timeouts: Timeouts = PATIENT,
    scheme: str = "smtp",
    cafile: Path | None = None,
    user: str = "",
    render: Callable[[Claim], Outgoing] = composed,
) -> DeliverReport:
    """One run; afterwards the ledger adds up, and nothing is left leased."""
    relay = transport_of(f"{scheme}://{user}127.0.0.1:{port}", None, Path(), timeouts, cafile=cafile)
    policy = Policy(connections=connections, max_age=timedelta(days=4000), reconnect=0.01)
    report = deliver(store, relay, render, policy=policy, now=lambda: now, random=lambda: 0.5)
    assert store.deliveries.conservation(IssueId(1)).holds
    assert peek(store, "SELECT id FROM deliveries WHERE lease_until_at IS NOT NULL") == []
    return report


def until_quiet(
    store: Store,
    port: int,
    *,
    connections: int = CONNECTIONS,
    runs: int = 8,
    scheme: str = "smtp",
    cafile: Path | None = None,
    user: str = "",
) -> int:
    """Runs, five hours apart, until nothing is open; how many doubts there were."""
    doubts, report = 0, DeliverReport()
    for number in range(runs):
        report = send(
            store,
            port,
            connections=connections,
            now=NOW + number * LATER,
            scheme=scheme,
            cafile=cafile,
            user=user,
        )
        doubts += report.doubtful + report.orphaned
        if not report.open:
            return doubts
    raise AssertionError(f"{report.open} open after {runs} runs: {report}")


def everybody_once(sink: Sink, readers: list[str] = READERS, *, but: frozenset[str] = frozenset()) -> None:
    """Everybody has it, under their own envelope; twice only whose reply the sink lost."""
    journal = sink.journal
    assert set(journal.copies) == set(readers) - but
    assert journal.repeats <= journal.lost_replies
    assert journal.altered == ()
    assert journal.ahead == ()
    numbers = {reader: number for number, reader in enumerate(readers, 1)}
    for taken in journal.taken:
        number = numbers[taken.recipient]
        assert (taken.mail_from, taken.message_id) == (f"b.{number}@example.org", f"<d{number}@example.org>")


def suppressed(store: Store) -> list[object]:
    return [row["address"] for row in peek(store, "SELECT address FROM suppressions ORDER BY address")]


def of_status(store: Store, status: Status) -> list[object]:
    sql = """SELECT p.address FROM deliveries d JOIN subscriptions s ON s.id = d.subscription_id
             JOIN subscribers p ON p.id = s.subscriber_id WHERE d.status = ? ORDER BY d.id"""
    return [row["address"] for row in peek(store, sql, status.value)]
