"""A list, its issues and readers, laid in the tables as other rooms leave them, for tests of the ledger."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import cast

from digest.errors import LeaseLost
from digest.model import EditionId, IssueId, SubscriptionId
from digest.storage import Store
from digest.storage.protocol.deliveries import Began, Claim, Ending, Held, Owed, Suppressed
from digest.storage.rows.people import wishes_body
from digest.storage.sqlite import SqliteConnection
from subscribers.model import Wishes

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
LEASE = timedelta(minutes=30)
HEAD = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """An issue with its deliveries planned."""

    issue_id: IssueId
    edition_id: EditionId
    #: in the order of the readers
    subscriptions: tuple[SubscriptionId, ...]

    def owed(self, subscription_id: SubscriptionId, *, not_before_at: datetime = NOW) -> Owed:
        return Owed(
            issue_id=self.issue_id,
            subscription_id=subscription_id,
            edition_id=self.edition_id,
            not_before_at=not_before_at,
        )


def planned(
    store: Store, addresses: list[str], *, not_before_at: datetime = NOW, slug: str = "weekly"
) -> Planned:
    """One issue of the list, owed to all these readers, all confirmed, cursors at 10."""
    with store.atomic():
        list_id = _put(store, "lists", slug=slug, title="The week")
        wishes_id = _put(store, "wishes", body=wishes_body(Wishes()) + " " * (list_id - 1))
        subscriptions = tuple(
            SubscriptionId(_subscribe(store, address, list_id, wishes_id)) for address in addresses
        )
    issue_id, edition_id = issue(store, night="2026-11-22", number=1, list_id=list_id)
    found = Planned(issue_id=issue_id, edition_id=edition_id, subscriptions=subscriptions)
    store.deliveries.plan(found.owed(each, not_before_at=not_before_at) for each in subscriptions)
    return found


def issue(
    store: Store, *, night: str, number: int | None, head: int = HEAD, list_id: int = 1
) -> tuple[IssueId, EditionId]:
    """An issue of the first list, or of another, with one edition."""
    with store.atomic():
        issue_id = _put(
            store,
            "issues",
            list_id=list_id,
            night=night,
            number=number,
            from_seq=0,
            head_seq=head,
            cut_at=f"{night}T03:00:00.000000Z",
        )
        edition_id = _put(
            store,
            "editions",
            issue_id=issue_id,
            key="k",
            language="fr",
            format="html",
            subject="La semaine",
            recipe=b"",
            stories="[]",
            html_bytes=0,
            message_bytes=0,
        )
    return IssueId(issue_id), EditionId(edition_id)


def claim(store: Store, *, now: datetime = NOW, limit: int = 50) -> tuple[Claim, ...]:
    return store.deliveries.claim(now, now + LEASE, limit)


def begin(store: Store, held: Held, now: datetime) -> Began | Suppressed:
    """`settle` for one beginning. Raises LeaseLost."""
    (began,) = store.deliveries.settle((), (held,), now).begun
    if began is None:
        raise LeaseLost(f"Delivery {held.id} is somebody else's.")
    return began


def finish(store: Store, held: Held, ending: Ending, now: datetime) -> None:
    """`settle` for one end. Raises LeaseLost."""
    if store.deliveries.settle(((held, ending),), (), now).lost:
        raise LeaseLost(f"Delivery {held.id} is somebody else's.")


def peek(store: Store, sql: str, *values: object) -> list[Mapping[str, object]]:
    """Rows of tables that other domains own."""
    return [dict(row) for row in _connection(store).database.execute(sql, list(values)).fetchall()]


def poke(store: Store, sql: str, *values: object) -> None:
    """What another room would write."""
    with store.atomic():
        _connection(store).database.execute(sql, list(values))


def explained(store: Store, sql: str, values: Mapping[str, object]) -> list[str]:
    """What SQLite would do for a statement, step by step."""
    found = _connection(store).database.execute(f"EXPLAIN QUERY PLAN {sql}", dict(values)).fetchall()
    return [str(row["detail"]) for row in found]


def cursors(store: Store) -> list[object]:
    return [row["cursor"] for row in peek(store, "SELECT cursor FROM subscriptions ORDER BY id")]


def statuses(store: Store) -> list[object]:
    return [row["status"] for row in peek(store, "SELECT status FROM deliveries ORDER BY id")]


def _subscribe(store: Store, address: str, list_id: int, wishes_id: int) -> int:
    at = "2026-01-01T00:00:00.000000Z"
    subscriber_id = _put(
        store,
        "subscribers",
        address=address,
        address_key=address.lower(),
        address_hash=f"hash of {address.lower()}",
        created_at=at,
    )
    return _put(
        store,
        "subscriptions",
        subscriber_id=subscriber_id,
        list_id=list_id,
        consent="confirmed",
        cadence="weekly",
        language="fr",
        format="html",
        wishes_id=wishes_id,
        due_at="2026-11-29T03:00:00.000000Z",
        cursor=10,
        created_at=at,
    )


def _put(store: Store, table: str, **values: object) -> int:
    names, marks = ", ".join(values), ", ".join("?" * len(values))
    sql = f"INSERT INTO {table} ({names}) VALUES ({marks}) RETURNING id"
    (number,) = _connection(store).database.execute(sql, list(values.values())).fetchone()
    return int(number)


def _connection(store: Store) -> SqliteConnection:
    return cast("SqliteConnection", store._connection)
