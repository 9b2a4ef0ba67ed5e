"""People, their place on a list, their wishes. Frozen values; the rules are in the pure modules beside."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NewType

SubscriberId = NewType("SubscriberId", int)
SubscriptionId = NewType("SubscriptionId", int)
WishesId = NewType("WishesId", int)
ListId = NewType("ListId", int)


class Consent(StrEnum):
    """Where a subscription stands. Only `confirmed` is ever mailed an issue."""

    UNCONFIRMED = "unconfirmed"
    CONFIRMED = "confirmed"
    UNSUBSCRIBED = "unsubscribed"


class Cadence(StrEnum):
    NIGHTLY = "nightly"
    WEEKLY = "weekly"
    MONTHLY = "monthly"

    @property
    def period(self) -> timedelta:
        """How far back a first digest reaches when its list has no numbered issue yet."""
        days = {"nightly": 1, "weekly": 7, "monthly": 31}[self]
        return timedelta(days=days)


class Weekday(StrEnum):
    """Days as digest.toml names them; `number` is `date.weekday()`'s."""

    MONDAY = "monday"
    TUESDAY = "tuesday"
    WEDNESDAY = "wednesday"
    THURSDAY = "thursday"
    FRIDAY = "friday"
    SATURDAY = "saturday"
    SUNDAY = "sunday"

    @property
    def number(self) -> int:
        return list(Weekday).index(self)


class Format(StrEnum):
    """Which parts a message carries: both, or the text part alone."""

    HTML = "html"
    TEXT = "text"


class OnReturn(StrEnum):
    """What the end of a pause brings: nothing of the time away, or one catch-up digest."""

    SKIP = "skip"
    CATCH_UP = "catch-up"


class Word(StrEnum):
    """What a reader said about one source or one topic."""

    FOLLOW = "follow"
    MUTE = "mute"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What somebody wants on a list. Equal wishes are one row, shared by all who have them.

    A word on the source beats its topics; else an entry is out only when all its topics are muted;
    with `only`, a named (followed) source or topic is needed (design §3.3).
    """

    #: False: all but what is muted. True: only what is followed.
    only: bool = False
    #: source slug -> word, sorted by slug
    sources: tuple[tuple[str, Word], ...] = ()
    #: topic slug -> word, sorted by slug
    topics: tuple[tuple[str, Word], ...] = ()
    #: languages of entries wanted ("fr", "en", …); empty: all
    languages: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for names in (
            [slug for slug, _ in self.sources],
            [slug for slug, _ in self.topics],
            list(self.languages),
        ):
            if names != sorted(set(names)):
                raise ValueError(f"wishes must be sorted and without repeats: {names!r}")

    @staticmethod
    def of(
        *,
        only: bool = False,
        sources: dict[str, Word] | None = None,
        topics: dict[str, Word] | None = None,
        languages: tuple[str, ...] = (),
    ) -> Wishes:
        """Wishes from plain dictionaries, in their one canonical form."""
        return Wishes(
            only=only,
            sources=tuple(sorted((sources or {}).items())),
            topics=tuple(sorted((topics or {}).items())),
            languages=tuple(sorted(set(languages))),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Rhythm:
    """When somebody wants a list's digest."""

    cadence: Cadence
    #: day of a weekly digest; None: the list's
    weekday: Weekday | None = None
    #: local hour 0–23 to wait for; None: as soon as the night has cut it
    hour: int | None = None
    #: IANA name of the zone `hour` (and, with an hour, the weekday) is meant in; None: the site's
    timezone: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscriber:
    """A person: one address."""

    id: SubscriberId
    #: as mail is sent to it: domain in lower case, IDN as A-labels
    address: str
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """A person's place on one list."""

    id: SubscriptionId
    subscriber_id: SubscriberId
    list_id: ListId
    consent: Consent
    rhythm: Rhythm
    #: "fr" or "en": the language the mail itself is in
    language: str
    format: Format
    wishes_id: WishesId
    wishes: Wishes
    #: next slot (UTC); None unless confirmed
    due_at: datetime | None
    #: the `seq` up to which it has been served
    cursor: int
    #: the cursor before leaving, for an undo within 24 h; None unless unsubscribed
    undo_cursor: int | None = None
    #: no digests before this instant; None: not paused
    paused_until: datetime | None
    on_return: OnReturn
    created_at: datetime
    confirmed_at: datetime | None
    left_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentEvent:
    """One line of the append-only proof of consent."""

    subscription_id: SubscriptionId
    at: datetime
    #: what the person (or an admin for them) did: "asked", "confirmed", "unsubscribed", "imported"…
    event: str
    #: how: "web", "one-click", "mailto", "cli", "import", "complaint"
    method: str
    #: the wording they agreed to, as shown
    wording: str = ""
    #: /24 of IPv4, /48 of IPv6; empty where there was none
    ip_prefix: str = ""


class Reason(StrEnum):
    """Why an address is not mailed again."""

    HARD = "hard"
    SOFT = "soft"
    COMPLAINT = "complaint"
    UNSUBSCRIBED = "unsubscribed"
    ERASED = "erased"
    ADMIN = "admin"


#: how long a hard bounce suppresses, at RCPT or in a report; then one mail tries the address again
HARD_FOR = timedelta(days=90)


@dataclass(frozen=True, slots=True, kw_only=True)
class Suppression:
    """An address not mailed again, kept by salted hash, so that it survives an erasure."""

    address_hash: str
    #: None once the person is erased
    address: str | None
    reason: Reason
    since_at: datetime
    #: when it lifts by itself; None: never
    until_at: datetime | None = None
    detail: str = field(default="")
