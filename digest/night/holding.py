"""What waits for a word of the admin's: lists on hold, issues to cancel; everything, after a restore."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from digest.model import Issue, ListId
from digest.night.people import list_named
from digest.night.tonight import Tonight
from digest.storage.protocol.steering import EVERYTHING, Cancelled, Hold

_LIST = "list:"
#: issues of a list that are looked through for open mail; older ones are closed
_LATEST = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A hold, and what it keeps back."""

    #: slug of the list; None: everything, after a restore
    list: str | None
    since_at: datetime
    words: str
    mails: int

    @property
    def mend(self) -> str:
        """The command that ends it."""
        return f"digest issues release {self.list}" if self.list else "digest issues resume"


def in_force(tonight: Tonight) -> tuple[Waiting, ...]:
    """Every hold, the one after a restore first."""
    return tuple(
        sorted((_waiting(tonight, each) for each in tonight.store.deliveries.holds()), key=_everything_first)
    )


def restored(tonight: Tonight) -> Waiting | None:
    """The hold on everything after a restore, if nobody has decided yet."""
    return next((each for each in in_force(tonight) if each.list is None), None)


def hold_list(tonight: Tonight, slug: str, words: str) -> Waiting:
    """Keep the list's mail back until `release_list`; it is gathered and cut as ever. Raises NotFound."""
    list_id_of(tonight, slug)
    tonight.store.deliveries.hold(f"{_LIST}{slug}", tonight.clock(), words)
    return next(each for each in in_force(tonight) if each.list == slug)


def release_list(tonight: Tonight, slug: str) -> bool:
    """Let the list's mail go. Whether it was on hold. Raises NotFound."""
    if tonight.store.deliveries.release(f"{_LIST}{slug}"):
        return True
    list_id_of(tonight, slug)
    return False


def open_mail(tonight: Tonight, slug: str) -> tuple[tuple[Issue, int], ...]:
    """The list's issues with open mail, and how much. Raises NotFound."""
    found = ((issue, tonight.store.deliveries.tally(issue.id).open) for issue in _open_issues(tonight, slug))
    return tuple((issue, mails) for issue, mails in found if mails)


def cancel_list(tonight: Tonight, slug: str) -> Cancelled:
    """End the open mail of the list: its stories return with the next digest. Raises NotFound."""
    now = tonight.clock()
    ended = [tonight.store.deliveries.cancel(issue.id, now) for issue, _ in open_mail(tonight, slug)]
    tonight.store.issues.close_finished(now)
    return Cancelled(
        expired=sum(each.expired for each in ended),
        sending=sum(each.sending for each in ended),
        uncertain=sum(each.uncertain for each in ended),
    )


def list_id_of(tonight: Tonight, slug: str) -> ListId:
    """Of a list of digest.toml, or of one that is retired. Raises NotFound, naming the nearest."""
    row = tonight.store.lists.by_slug(slug)
    return row.id if row is not None else list_named(tonight, slug)[0]


def _open_issues(tonight: Tonight, slug: str) -> Iterator[Issue]:
    for issue in tonight.store.issues.list_all(list_id_of(tonight, slug), limit=_LATEST):
        if issue.closed_at is None:
            yield issue


def _waiting(tonight: Tonight, hold: Hold) -> Waiting:
    slug = None if hold.scope == EVERYTHING else hold.scope.removeprefix(_LIST)
    ledger = tonight.store.deliveries
    mails = ledger.open_count() if slug is None else sum(mails for _, mails in open_mail(tonight, slug))
    return Waiting(list=slug, since_at=hold.since_at, words=hold.words, mails=mails)


def _everything_first(waiting: Waiting) -> tuple[bool, str]:
    return waiting.list is not None, waiting.list or ""
