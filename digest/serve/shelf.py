"""`subscribers.house.Shelf` over one open store: what pages ask of people, keys, letters and issues."""

from __future__ import annotations

from contextlib import AbstractContextManager
from datetime import datetime
from functools import cached_property

from digest.errors import StorageError
from digest.model import Status
from digest.night.own_issue import own_issue
from digest.night.people import hash_for, start_for
from digest.night.posting import Postbox
from digest.night.tonight import Tonight
from digest.settings import ListSettings
from digest.settings.addresses import issue_url
from digest.storage.askings import Askings
from digest.storage.caps import Caps
from digest.storage.keys import Keys
from digest.storage.people import People
from digest.storage.protocol.accounts import LedgerLine
from digest.storage.tickets import Tickets
from subscribers.addresses import Address
from subscribers.house import IssueCard
from subscribers.joining import Start
from subscribers.letters import Letter
from subscribers.model import ListId, Rhythm, SubscriptionId, Weekday
from subscribers.rhythm import advance, first_due
from subscribers.store import ReturnLine

#: of what mail servers said, as one's own data tells it
RETURNED = 1_000
#: deliveries looked through for one that has not ended: the newest are the open ones
_LATELY = 20


class OpenShelf:
    """Valid while its store is open, in its thread."""

    def __init__(self, tonight: Tonight) -> None:
        self._tonight = tonight
        self._store = tonight.store
        #: a letter was put in the post, and leaves if its unit of work was committed
        self.has_posted = False

    @property
    def people(self) -> People:
        return self._store.people

    @property
    def keys(self) -> Keys:
        return self._store.keys

    @property
    def tickets(self) -> Tickets:
        return self._store.tickets

    @property
    def caps(self) -> Caps:
        return self._store.caps

    @property
    def askings(self) -> Askings:
        return self._store.askings

    def returned(self, address_hash: str) -> tuple[ReturnLine, ...]:
        return tuple(
            ReturnLine(at=each.at, weight=each.weight.value, status=each.status, detail=each.detail)
            for each in self._store.bounces.of_address(address_hash, limit=RETURNED)
        )

    @property
    def post(self) -> OpenShelf:
        return self

    @cached_property
    def _postbox(self) -> Postbox:
        one = self._tonight
        return Postbox(self._store.letters, one.settings, one.base, one.clock)

    def send(self, letter: Letter) -> None:
        self._postbox.send(letter)
        self.has_posted = True

    def atomic(self) -> AbstractContextManager[None]:
        return self._store.atomic()

    def hash_of(self, address: Address) -> str:
        return hash_for(self._tonight, address)

    def start(self, list_id: ListId, rhythm: Rhythm) -> Start:
        configured = self._configured(list_id)
        if configured is None:
            raise StorageError(f"List {list_id} is not in digest.toml any more.")
        return start_for(self._tonight, list_id, configured, rhythm)

    def next_slot(self, list_id: ListId, rhythm: Rhythm) -> datetime:
        one, configured = self._tonight, self._configured(list_id)
        weekday = configured.weekday if configured else Weekday.MONDAY
        last = self._store.nights.last()
        if last is not None and last.cut_at is not None and last.night >= one.night:
            return advance(rhythm, weekday, night=last.night, site_zone=one.zone)
        return first_due(rhythm, weekday, now=one.clock(), site_zone=one.zone)

    def is_on_its_way(self, id: SubscriptionId) -> bool:
        lines = self._store.deliveries.of_subscription(id, limit=_LATELY)
        return any(line.delivery.status.is_open for line in lines)

    def last_issue(self, list_id: ListId) -> str | None:
        configured, issue = self._configured(list_id), self._store.issues.last_numbered(list_id)
        if configured is None or issue is None:
            return None
        return issue_url(self._tonight.settings, configured.slug, issue)

    def issues_of(self, id: SubscriptionId, *, limit: int) -> tuple[IssueCard, ...]:
        lines = self._store.deliveries.of_subscription(id, limit=2 * limit)
        cards = (
            IssueCard(
                id=line.delivery.issue_id,
                number=line.number,
                at=line.delivery.ended_at or line.delivery.not_before_at,
                subject=line.subject,
                url=self._page_of(line),
            )
            for line in lines
            if line.delivery.status in (Status.SENT, Status.UNCERTAIN)
        )
        return tuple(cards)[:limit]

    def web_issue(
        self, id: SubscriptionId, issue_id: int, *, wishes_token: str, unsubscribe_token: str
    ) -> str | None:
        return own_issue(
            self._tonight, id, issue_id, wishes_token=wishes_token, unsubscribe_token=unsubscribe_token
        )

    def _page_of(self, line: LedgerLine) -> str | None:
        """Where everybody may read the issue."""
        settings = self._tonight.settings
        issue = self._store.issues.get(line.delivery.issue_id) if settings.planet else None
        return issue_url(settings, line.list, issue) if issue else None

    def _configured(self, list_id: ListId) -> ListSettings | None:
        row = self._store.lists.by_id(list_id)
        return self._tonight.settings.list_(row.slug) if row else None
