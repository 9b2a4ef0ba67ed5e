"""What the pages need of the house they stand in: protocols and frozen values. `digest.serve` supplies them.

`House` is shared by all threads and holds no connection. A handler opens a `Shelf`, which belongs to its
thread, does its work in one `atomic()`, and lets go. Nothing here knows of requests, templates or SQL.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Protocol
from zoneinfo import ZoneInfo

from subscribers.addresses import Address
from subscribers.asking import Askings
from subscribers.caps import Caps
from subscribers.joining import Start
from subscribers.model import Cadence, ListId, Rhythm, Subscription, SubscriptionId, Weekday
from subscribers.store import ReturnLine, Store
from subscribers.tickets import Tickets
from subscribers.tokens import Key

if TYPE_CHECKING:
    from subscribers.letters import Letter

#: what pages are written in
LANGUAGES = ("en", "fr")


class Busy(Exception):
    """The database did not answer in its 30 seconds: the page says to try again, and nothing was changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """The installation, as `[site]` and its neighbours say. Every link starts with `url`, never with Host."""

    title: str
    #: without a trailing "/"
    url: str
    #: the path of `url`: "" or "/digest"; every route and every link on a page begins with it
    prefix: str
    #: "fr" or "en"
    language: str
    contact: str
    postal_address: str
    zone: ZoneInfo
    #: the address mail comes from, named on "check your mail"
    sender: str
    #: months that deliveries are kept
    keep_months: int
    #: where our own addresses live: nobody joins from there (abuse C11); None: there is none
    bounce_domain: str | None = None

    @property
    def is_https(self) -> bool:
        return self.url.startswith("https://")


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A source or a topic that a list has."""

    slug: str
    #: as its publisher, or digest.toml, calls it
    title: str
    #: where it is called otherwise: language -> title
    titles: Mapping[str, str] = field(default_factory=dict)
    #: of a source: slugs of the topics it is always in
    topics: tuple[str, ...] = ()
    #: of a source: the address of its feed; "" where it is no web address
    feed: str = ""

    def title_in(self, language: str) -> str:
        return self.titles.get(language, self.title)


@dataclass(frozen=True, slots=True, kw_only=True)
class ListCard:
    """A list as its pages show it."""

    id: ListId
    slug: str
    title: str
    description: str
    #: "fr" or "en": its own, else the site's
    language: str
    cadence: Cadence
    weekday: Weekday
    #: local hour its digests wait for; None: as soon as the night has cut them
    hour: int | None
    #: may be joined from the web; others are found by nobody
    public: bool
    max_entries: int
    #: in the order of digest.toml
    sources: tuple[Choice, ...]
    topics: tuple[Choice, ...]

    def source(self, slug: str) -> Choice | None:
        return next((each for each in self.sources if each.slug == slug), None)

    def topic(self, slug: str) -> Choice | None:
        return next((each for each in self.topics if each.slug == slug), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueCard:
    """An issue somebody was sent, for "my issues"."""

    #: of the issue, as `/w/<token>/issues/<id>` has it
    id: int
    #: None: an extra
    number: int | None
    at: datetime
    subject: str
    #: the address of the issue as everybody may read it; None: the planet does not show it
    url: str | None = None


class Keys(Protocol):
    """Signing keys by purpose: "token" for links, "form" for forms, "salt" for suppressions."""

    def secret(self, purpose: str) -> Key:
        """The one that signs."""
        ...

    def all(self, purpose: str) -> tuple[Key, ...]:
        """All that verify, also the retired."""
        ...


class Post(Protocol):
    """Letters of this house."""

    def send(self, letter: Letter) -> None:
        """Compose it and put it in the post, in the unit of work that is open: it leaves when that is
        committed, at once and before bulk, and not at all when it is rolled back."""
        ...


class Shelf(Protocol):
    """The store on this thread's own connection. Valid inside `House.open()`.

    Its SQL may raise the store's errors; one that only says "busy" leaves `House.open()` as `Busy`."""

    @property
    def people(self) -> Store: ...

    @property
    def keys(self) -> Keys: ...

    @property
    def post(self) -> Post: ...

    @property
    def tickets(self) -> Tickets: ...

    @property
    def caps(self) -> Caps: ...

    @property
    def askings(self) -> Askings: ...

    def atomic(self) -> AbstractContextManager[None]:
        """One unit of work over all of it. Nested: joins."""
        ...

    def hash_of(self, address: Address) -> str:
        """What a suppression of this address is kept under."""
        ...

    def returned(self, address_hash: str) -> tuple[ReturnLine, ...]:
        """What mail servers said of an address, newest first."""
        ...

    def start(self, list_id: ListId, rhythm: Rhythm) -> Start:
        """Where a first digest of this list begins, and when it is due: for `joining.ask` and `confirm`."""
        ...

    def next_slot(self, list_id: ListId, rhythm: Rhythm) -> datetime:
        """The `due_at` of a changed rhythm, or of somebody who takes leaving back: the first slot that no
        night has planned yet. Who changes on the morning after the night does not get that day's again."""
        ...

    def is_on_its_way(self, id: SubscriptionId) -> bool:
        """Whether a digest has been cut for them and not ended yet: what it holds is fixed (page S20)."""
        ...

    def last_issue(self, list_id: ListId) -> str | None:
        """The address of the list's last numbered issue on the planet. None: no planet, or no issue yet."""
        ...

    def issues_of(self, id: SubscriptionId, *, limit: int) -> tuple[IssueCard, ...]:
        """What they were sent, newest first."""
        ...

    def web_issue(
        self, id: SubscriptionId, issue_id: int, *, wishes_token: str, unsubscribe_token: str
    ) -> str | None:
        """A whole page: their own edition of an issue, its links with these tokens. None: they were never
        sent it, or it is no longer kept. `digest.night.own_issue` sets it."""
        ...


class Pages(Protocol):
    """Templates of `templates/pages/`, a site's own first."""

    def render(self, name: str, language: str, /, **values: object) -> str:
        """The text of `pages/<name>` ("leave.html"). Beside the values given, a template has `language`,
        `say`, `count`, `words` (`day(at)`, `time(at)`, `number(n)`, `join(names)`)."""
        ...


class House(Protocol):
    """What every page may ask. One for the process, made anew when digest.toml changes."""

    def __hash__(self) -> int:
        """By identity: what is made once a house (the stylesheet) is kept with it."""
        ...

    @property
    def site(self) -> Site: ...

    @property
    def pages(self) -> Pages: ...

    def now(self) -> datetime:
        """UTC."""
        ...

    def form_keys(self) -> tuple[Key, ...]:
        """The keys of forms as they were when this house was made, the one that signs first. Held in memory:
        a form is judged, and answered, also while the store blocks."""
        ...

    def random(self, octets: int) -> bytes:
        """For tickets; from the system's generator."""
        ...

    def lists(self) -> tuple[ListCard, ...]:
        """The configured lists, in the order of digest.toml, also those that are not public."""
        ...

    def list_of(self, slug: str) -> ListCard | None: ...

    def list_by_id(self, id: ListId) -> ListCard | None:
        """None: the list has left digest.toml; its subscriptions can still be ended."""
        ...

    def open(self) -> AbstractContextManager[Shelf]:
        """A shelf for this thread. Raises `Busy`, also for what happens inside it."""
        ...

    def later(self, work: Callable[[Shelf], None]) -> None:
        """Do it after the answer, on a thread and a shelf of its own; tried again while the store is busy.
        Returns at once, also when the store blocks: what a stranger sees must not depend on it."""
        ...

    def next_digest(self, subscription: Subscription) -> datetime | None:
        """When their next digest leaves, if there is something in it: their slot, the hour of the night and
        a pause counted in. None: never, as things stand."""
        ...
