"""People coming and going, with what only the paper knows: where a list's next digest begins."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from digest.errors import NotFound, UsageError
from digest.model import ListId
from digest.night.tonight import Tonight
from digest.settings import ListSettings
from digest.settings.sentences import nearest
from subscribers.addresses import Address, address_hash, folded
from subscribers.catalogue import Catalogue, Unknown, wishes_from
from subscribers.joining import Decision, Proof, Start, Terms, ask, confirm, first_cursor
from subscribers.leaving import leave
from subscribers.model import Cadence, Consent, Format, Rhythm, Subscription, SubscriptionId, Weekday, Wishes
from subscribers.rhythm import first_due
from subscribers.store import Change, Member

#: people read at a time
_PAGE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What somebody is to get, as asked for; None: as the list has it."""

    cadence: Cadence | None = None
    weekday: Weekday | None = None
    hour: int | None = None
    timezone: str | None = None
    language: str | None = None
    format: Format | None = None
    mute: tuple[str, ...] = ()
    only: tuple[str, ...] = ()


def list_named(tonight: Tonight, slug: str) -> tuple[ListId, ListSettings]:
    """The list of that name. Raises NotFound, naming the nearest."""
    for list_id, configured in tonight.lists():
        if configured.slug == slug:
            return ListId(list_id), configured
    known = [configured.slug for configured in tonight.settings.lists]
    raise NotFound(f'There is no list "{slug}"{nearest(slug, known)}')


def terms_for(tonight: Tonight, list_id: ListId, configured: ListSettings, asked: Asked) -> Terms:
    """The terms asked for, over the list's own. Raises UsageError for a slug that names nothing."""
    cadence = asked.cadence or configured.cadence
    return Terms(
        list_id=list_id,
        rhythm=Rhythm(
            cadence=cadence,
            weekday=asked.weekday,
            hour=asked.hour if asked.hour is not None else configured.hour,
            timezone=asked.timezone,
        ),
        language=asked.language or configured.language or tonight.settings.site.language,
        format=asked.format or Format.HTML,
        wishes=wishes_for(tonight, asked),
    )


def wishes_for(tonight: Tonight, asked: Asked) -> Wishes:
    """The wishes the names stand for. Raises UsageError for a name there is no source or topic of."""
    wishes = wishes_from(catalogue_of(tonight), mute=asked.mute, only=asked.only)
    if isinstance(wishes, Unknown):
        raise UsageError(wishes.words)
    return wishes


def catalogue_of(tonight: Tonight) -> Catalogue:
    """What may be wished for."""
    return Catalogue(
        sources=frozenset(source.slug for source in tonight.settings.sources),
        topics=frozenset(topic.slug for topic in tonight.settings.topics),
    )


def start_for(tonight: Tonight, list_id: ListId, configured: ListSettings, rhythm: Rhythm) -> Start:
    """Where somebody's first digest of this list begins, and when it is due."""
    now = tonight.clock()
    last = tonight.store.issues.last_numbered(list_id)
    return Start(
        due_at=first_due(rhythm, configured.weekday, now=now, site_zone=tonight.zone),
        cursor=first_cursor(
            last_issue_head=last.head_seq if last else None,
            one_period_ago=tonight.store.entries.head_at(now - rhythm.cadence.period),
        ),
    )


def add(
    tonight: Tonight,
    address: Address,
    list_id: ListId,
    configured: ListSettings,
    asked: Asked,
    *,
    confirmed: bool,
) -> Change:
    """An admin adds somebody. Whoever is on the list already keeps what they chose. A unit of work."""
    terms = terms_for(tonight, list_id, configured, asked)
    now = tonight.clock()

    def decide(current: Subscription | None) -> Decision:
        start = start_for(tonight, list_id, configured, terms.rhythm)
        return confirm(current, start, now=now, event="added") if confirmed else ask(current, start)

    return tonight.store.people.join(
        address, hash_for(tonight, address), terms, proof=Proof(at=now, method="cli"), decide=decide
    )


def unsubscribe(tonight: Tonight, id: SubscriptionId, *, method: str = "cli") -> Change | None:
    """Somebody leaves a list, at once. Again: it is already so. A unit of work."""
    now = tonight.clock()
    return tonight.store.people.change(
        id, proof=Proof(at=now, method=method), decide=lambda current: leave(current, now=now)
    )


def places_of(tonight: Tonight, address: Address) -> tuple[Member, ...]:
    """Somebody's places, also those they left. Raises NotFound for a stranger."""
    people = tonight.store.people
    person = people.find(address)
    if person is None:
        raise NotFound(f"{address.address} is not a subscriber here.")
    return tuple(Member(subscriber=person, subscription=each) for each in people.subscriptions_of(person.id))


def hash_for(tonight: Tonight, address: Address) -> str:
    """What a suppression of this address is kept under."""
    return address_hash(address.key, tonight.store.keys.secret("salt").secret)


@dataclass(frozen=True, slots=True, kw_only=True)
class Looking:
    """Whom an admin looks for; None and "": everybody."""

    #: slug of a list
    list: str | None = None
    consent: Consent | None = None
    cadence: Cadence | None = None
    #: a part of the address
    text: str = ""
    #: id of the last place of the page before
    after: int = 0


def look(tonight: Tonight, looking: Looking) -> Iterator[Member]:
    """Who that is, a page at a time, in the order they came. Raises NotFound for a list that is not there."""
    list_id = list_named(tonight, looking.list)[0] if looking.list else None
    after = SubscriptionId(looking.after)
    while page := tonight.store.people.search(
        list_id=list_id,
        consent=looking.consent,
        cadence=looking.cadence,
        text=folded(looking.text),
        after=after,
        limit=_PAGE,
    ):
        yield from page
        after = page[-1].subscription.id


def next_digest(tonight: Tonight) -> datetime | None:
    """When anybody on any list is due next; None: nobody ever."""
    people = tonight.store.people
    dates = [people.next_due(ListId(list_id)) for list_id, _ in tonight.lists()]
    return min((each for each in dates if each is not None), default=None)
