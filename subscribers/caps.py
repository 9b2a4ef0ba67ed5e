"""How much a stranger's form may cause: mail to one address, forms of one network, and all together. Pure.

A cap is counted from its first use on, and anew when its window is over. Counts are kept by the salted hash
of an address, never by the address.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

_DAY = timedelta(days=1)
_HOUR = timedelta(hours=1)
#: forms of one network in an hour: a school behind one address may join a list, a machine is noticed
_PER_PREFIX = 30
#: letters that strangers' forms cause in an hour, whoever they are
_IN_TOTAL = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Cap:
    """At most `limit` in a window."""

    name: str
    limit: int
    #: None: ever
    window: timedelta | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """How often since."""

    n: int
    since_at: datetime


class Caps(Protocol):
    """What is remembered of counts. Any method may raise the store's own error."""

    def take(self, caps: Iterable[Cap], now: datetime) -> Cap | None:
        """Count one under each, or, when one of them is full, none under any: the full one. Atomic."""
        ...

    def forget(self, name: str) -> None:
        """It counts from zero."""
        ...

    def forget_before(self, since: datetime) -> int:
        """Delete windows that began before; counts that are kept for ever stay. How many."""
        ...


def confirming(address_hash: str) -> tuple[Cap, Cap]:
    """Letters that ask an address to confirm: one a day, and three ever that nobody answered."""
    return Cap(name=f"confirm:{address_hash}", limit=1, window=_DAY), unanswered(address_hash)


def again(address_hash: str) -> tuple[Cap, Cap]:
    """The second letter for who presses "send it again": one a day, and it counts among the three."""
    return Cap(name=f"again:{address_hash}", limit=1, window=_DAY), unanswered(address_hash)


def unanswered(address_hash: str) -> Cap:
    return Cap(name=f"unanswered:{address_hash}", limit=3, window=None)


def telling(kind: str, address_hash: str) -> Cap:
    """Letters of one kind to who is known already: one a day."""
    return Cap(name=f"{kind}:{address_hash}", limit=1, window=_DAY)


def stronger(purpose: str, address_hash: str) -> Cap:
    """Letters that a reader asks for with a link of their own mail: change address, export, erase."""
    return Cap(name=f"{purpose}:{address_hash}", limit=5, window=_DAY)


def prefix(ip_prefix: str) -> Cap:
    return Cap(name=f"prefix:{ip_prefix}", limit=_PER_PREFIX, window=_HOUR)


def total() -> Cap:
    return Cap(name="total", limit=_IN_TOTAL, window=_HOUR)


def counted(cap: Cap, count: Count | None, now: datetime) -> Count | None:
    """The count with one more; None: it is full."""
    if count is None or _is_over(cap, count, now):
        return Count(n=1, since_at=now)
    return Count(n=count.n + 1, since_at=count.since_at) if count.n < cap.limit else None


def taken(caps: Iterable[Cap], counts: Mapping[str, Count], now: datetime) -> Mapping[str, Count] | Cap:
    """The counts after one more under each cap, or the first cap that is full."""
    after: dict[str, Count] = {}
    for cap in caps:
        count = counted(cap, counts.get(cap.name), now)
        if count is None:
            return cap
        after[cap.name] = count
    return after


def opens_in(cap: Cap, count: Count, now: datetime) -> timedelta:
    """How long a full cap stays full: for Retry-After."""
    return max(count.since_at + (cap.window or _DAY) - now, timedelta(0))


def _is_over(cap: Cap, count: Count, now: datetime) -> bool:
    """A clock that was set back must not shut somebody out for years."""
    return cap.window is not None and not count.since_at <= now < count.since_at + cap.window
