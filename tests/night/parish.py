"""A small installation for the state machine: a real store and the product's own doors, one method a deed.

Entries arrive as closing leaves them, issues are cut by `cut_list`, and mail leaves through the ledger's
claim and ends, with the test in the relay's place. Decides nothing and expects nothing: `reckoning` does.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from random import Random

from digest.model import (
    Content,
    DeliveryId,
    EntryState,
    Seq,
    Source,
    Status,
    StoryId,
    SubscriptionId,
    TopicRule,
)
from digest.model.gathering import Closing, Gathering, NewEntry, Placing, Release
from digest.night import people, suppressing
from digest.night.cutting import ListReport, cut_list
from digest.night.keeping import sync
from digest.night.people import Asked
from digest.night.tonight import Tonight, night_for
from digest.settings import Settings
from digest.storage import Store, open_store
from digest.storage.protocol.deliveries import Began, Claim, Ending
from subscribers.addresses import Address, parse
from subscribers.joining import Decision, Outcome, Proof, confirm
from subscribers.leaving import leave, undo
from subscribers.model import Cadence, OnReturn, Reason, Rhythm, Subscription, Suppression, Wishes
from subscribers.rhythm import first_due
from subscribers.store import Change
from tests.ledger import begin, finish

#: 03:00 in Paris; a Sunday. The list is weekly, on Mondays: nights between bring extras.
BEGIN = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
SOURCES = ("blog", "planet", "zine")
TOPICS = ("events", "mills")
MOST = 3
_LEASE = timedelta(hours=1)
_Deciding = Callable[[datetime], Callable[[Subscription], Decision]]

_TABLES = {
    "site": {
        "title": "Small Planet",
        "url": "https://digest.example.org",
        "timezone": "Europe/Paris",
        "contact": "admin@example.org",
        "postal_address": "1 Small Street",
    },
    "mail": {"from": "Small Planet <digest@example.org>", "smtp": "dir:outbox"},
    "topics": [{"slug": slug, "title": slug, "match": {"words": [slug]}} for slug in TOPICS],
    "sources": [{"slug": slug, "url": f"https://{slug}.example/feed"} for slug in SOURCES],
    "lists": [
        {
            "slug": "weekly",
            "title": "Small Weekly",
            "cadence": "weekly",
            "weekday": "monday",
            "show": "title",
            "max_entries": MOST,
            "public": True,
        }
    ],
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """A mail that the relay is being given, and what is in it."""

    claim: Claim
    stories: tuple[StoryId, ...]

    @property
    def id(self) -> DeliveryId:
        return self.claim.delivery.id

    @property
    def reader(self) -> SubscriptionId:
        return self.claim.delivery.subscription_id


class Parish:
    def __init__(self) -> None:
        self.now = BEGIN
        self.settings = Settings.model_validate(_TABLES)
        self.store: Store = open_store("sqlite://", base=Path(), now=self.now)
        sync(self.tonight)
        self.list_id, self.configured = people.list_named(self.tonight, "weekly")
        self._named = 0

    @property
    def tonight(self) -> Tonight:
        now = self.now
        return Tonight(
            store=self.store,
            settings=self.settings,
            base=Path(),
            night=night_for(now, self.settings),
            clock=lambda: now,
            random=Random(1),
        )

    def close(self) -> None:
        self.store.close()

    # --- the authors -----------------------------------------------------------------------------

    def arrive(
        self, source: str, topics: Sequence[str], *, twin_of: StoryId | None = None
    ) -> tuple[StoryId, Seq]:
        """An entry becomes news, as a story of its own or late beside another one."""
        self._named += 1
        name = f"entry{self._named}"
        followed = self.store.sources.by_slug(source)
        assert followed is not None
        self.store.sources.save_gathering(
            Gathering(at=self.now, source=followed, new=(_entry(name, followed, self.now),))
        )
        (waiting,) = self.store.entries.waiting()
        assert waiting.state is EntryState.WAITING
        seq = Seq(self.store.entries.head() + 1)
        rules = tuple(TopicRule(topic=topic, rule="always") for topic in topics)
        origin = waiting.id
        if twin_of is not None:
            (known,) = self.store.entries.stories([twin_of])
            origin = known.origin_id
        closing = Closing(
            releases=(Release(entry_id=waiting.id, seq=seq, language="en", topics=rules),),
            stories=(Placing(story_id=twin_of, entries=(waiting.id,), origin_id=origin),),
        )
        assert self.store.entries.close(closing, self.now) == 1
        entry = self.store.entries.get(waiting.id)
        assert entry is not None
        assert entry.story_id is not None
        return entry.story_id, seq

    # --- the readers -----------------------------------------------------------------------------

    def place(self, id: SubscriptionId) -> Subscription:
        found = self.store.people.subscription(id)
        assert found is not None
        return found

    def ask(self, name: str, cadence: Cadence) -> Change:
        """They fill in the form."""
        asked = Asked(cadence=cadence)
        return people.add(self.tonight, address(name), self.list_id, self.configured, asked, confirmed=False)

    def confirm(self, id: SubscriptionId) -> Outcome:
        """They press the button of our letter."""
        return self._change(id, lambda now: lambda current: self._confirmed(current, now)).outcome

    def leave(self, id: SubscriptionId) -> Outcome:
        return self._change(id, lambda now: lambda current: leave(current, now=now)).outcome

    def undo(self, id: SubscriptionId) -> Outcome:
        due_at = self._next_slot(self.place(id).rhythm)
        served_to = self.store.people.served_to(id)
        return self._change(
            id, lambda now: lambda current: undo(current, now=now, due_at=due_at, served_to=served_to)
        ).outcome

    def wish(self, id: SubscriptionId, wishes: Wishes) -> None:
        self.store.people.set_wishes(id, wishes)

    def pace(self, id: SubscriptionId, cadence: Cadence) -> None:
        rhythm = Rhythm(cadence=cadence)
        self.store.people.set_rhythm(id, rhythm, due_at=self._next_slot(rhythm))

    def pause(self, id: SubscriptionId, until: datetime | None, on_return: OnReturn) -> None:
        self.store.people.pause(id, until=until, on_return=on_return)

    def erase(self, id: SubscriptionId) -> None:
        self.store.people.erase(self.place(id).subscriber_id, now=self.now)

    # --- the admin -------------------------------------------------------------------------------

    def lift(self, name: str) -> None:
        suppressing.lift(self.tonight, address(name))

    def suppress(self, name: str) -> None:
        suppressing.add(self.tonight, address(name), detail="asked by phone")

    def suppression(self, name: str) -> Suppression | None:
        return self.store.people.suppression(people.hash_for(self.tonight, address(name)), now=self.now)

    def night(self) -> ListReport:
        return cut_list(self.tonight, self.list_id, self.configured)

    # --- the relay -------------------------------------------------------------------------------

    def take(self, limit: int) -> tuple[list[Parcel], list[tuple[Parcel, str]]]:
        """Claim what is due and begin it: whose content leaves, and who may not be mailed, with why."""
        leaving: list[Parcel] = []
        kept: list[tuple[Parcel, str]] = []
        for claim in self.store.deliveries.claim(self.now, self.now + _LEASE, limit):
            edition = self.store.issues.edition(claim.delivery.edition_id)
            assert edition is not None
            parcel = Parcel(claim=claim, stories=edition.stories)
            looked = begin(self.store, claim.held(), self.now)
            if isinstance(looked, Began):
                leaving.append(parcel)
            else:
                kept.append((parcel, looked.reason))
        return leaving, kept

    def end(self, parcel: Parcel, status: Status, *, suppress: Reason | None = None) -> None:
        again = self.now + _LEASE if status is Status.DEFERRED else None
        ending = Ending(status=status, phase="content", not_before_at=again, suppress=suppress)
        finish(self.store, parcel.claim.held(), ending, self.now)

    def take_over(self) -> None:
        """The run that was sending died; the next one finds what it left."""
        self.store.deliveries.take_over(self.now, "resend")

    # ---------------------------------------------------------------------------------------------

    def _next_slot(self, rhythm: Rhythm) -> datetime:
        return first_due(rhythm, self.configured.weekday, now=self.now, site_zone=self.tonight.zone)

    def _confirmed(self, current: Subscription, now: datetime) -> Decision:
        start = people.start_for(self.tonight, self.list_id, self.configured, current.rhythm)
        return confirm(current, start, now=now)

    def _change(self, id: SubscriptionId, decide: _Deciding) -> Change:
        change = self.store.people.change(id, proof=Proof(at=self.now, method="web"), decide=decide(self.now))
        assert change is not None
        return change


def address(name: str) -> Address:
    found = parse(f"{name}@example.org")
    assert isinstance(found, Address)
    return found


def _entry(name: str, source: Source, at: datetime) -> NewEntry:
    content = Content(
        title=f"About {name}", link=f"https://{source.slug}.example/{name}", text=f"All about {name}."
    )
    told = sha256(name.encode()).hexdigest()
    return NewEntry(
        keys=(name,),
        guid=name,
        content=content,
        content_hash=told,
        shown_hash=told,
        link_key=content.link,
        title_key=name,
        dated_at=at,
        state=EntryState.WAITING,
    )
