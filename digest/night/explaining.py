"""Why an entry is, or is not, in somebody's digest: the rules that decided, asked again in words."""

from __future__ import annotations

from collections.abc import Iterator

from digest.model import Entry, EntryState, ListId, Status, StoryId, short
from digest.night.desk import Desk, is_list_night, reach_of
from digest.night.tonight import Tonight
from digest.settings import ListSettings
from subscribers.model import Consent, OnReturn, Subscription
from subscribers.news import KEEPS_FOR
from subscribers.store import Member
from subscribers.wishes import Traits, standing

STATES = {
    EntryState.WAITING: "It waits for the close of the next gathering.",
    EntryState.SEEDED: "It was there when we first saw its source: never news ([gather] first_entries).",
    EntryState.QUARANTINED: "It is quarantined until `digest entries release`",
    EntryState.HELD: "It waits for its date",
    EntryState.DROPPED: "It is kept out",
}


def explain(tonight: Tonight, entry: Entry) -> Iterator[str]:
    """What became of an entry, and where it may appear."""
    state = STATES.get(entry.state)
    if state is not None:
        yield (
            state
            if entry.reason is None or entry.state is EntryState.SEEDED
            else f"{state.rstrip('.')}: {entry.reason}."
        )
        return
    assert entry.released_at is not None, "what is released was released at some time"
    at = f"{entry.released_at.astimezone(tonight.zone):%Y-%m-%d %H:%M}"
    yield (
        f"It became news on {at} ({tonight.settings.site.timezone}), as number {entry.seq} in our order of"
        " arrival."
    )
    if entry.withdrawn_at:
        yield "Since then it left its feed: it is sent to nobody unless it returns."
    if entry.dropped_at:
        day = f"{entry.dropped_at.astimezone(tonight.zone):%Y-%m-%d}"
        yield f"On {day} it was dropped: {entry.reason}. Nobody gets it since."
    if entry.pinned_at:
        yield "It is pinned: first in the next numbered issue of each list that has not published it yet."
    if entry.topics:
        for rule in entry.topics:
            yield f"Topic {rule.topic}: by {rule.rule}."
    else:
        yield "No topic's rule takes it: it stands under the others."
    slug = _slug(tonight, entry)
    lists = [each.slug for _, each in tonight.lists() if _carries(each, slug)]
    yield f"Lists that carry {slug}: {', '.join(lists)}." if lists else f"No list carries {slug}."
    yield from _twins(tonight, entry)


def explain_to(tonight: Tonight, entry: Entry, places: tuple[Member, ...]) -> Iterator[str]:
    """Why one person got it, gets it, or does not."""
    by_id = dict(tonight.lists())
    for place in places:
        configured = by_id.get(place.subscription.list_id)
        if configured is not None:
            yield f"{configured.slug}: {_verdict(tonight, entry, place.subscription, configured)}"


def _verdict(tonight: Tonight, entry: Entry, subscription: Subscription, configured: ListSettings) -> str:
    if entry.seq is None or entry.story_id is None:
        return "no, it is not news."
    if not _carries(configured, _slug(tonight, entry)):
        return "no, the list does not carry its source."
    sent = _delivered(tonight, entry, subscription)
    if sent is not None:
        return sent
    if subscription.consent is not Consent.CONFIRMED:
        return f"no, the subscription is {subscription.consent}."
    desk = _desk(tonight, subscription, configured)
    story = desk.stories.get(entry.story_id)
    pieces = (
        _pieces(tonight, entry) if story is None else tuple(_piece(tonight, each) for each in story.entries)
    )
    found = standing(subscription.wishes, pieces)
    about = f" ({found.about})" if found.about else ""
    if not found.wanted:
        return f"no, because {found.why}{about}."
    if entry.seq <= subscription.cursor:
        return f"no, it arrived as number {entry.seq}, and they are served from {subscription.cursor} on."
    if entry.withdrawn_at:
        return "no, it left its feed before it was sent."
    if entry.dropped_at:
        return f"no, it was dropped: {entry.reason}."
    if story is None:
        return "no, another entry of its story was there when we first saw a source: it counts as served."
    if entry.story_id not in desk.select(subscription).stories:
        return _left_out(tonight, entry.story_id, subscription)
    due = subscription.due_at
    when = f" on {due.astimezone(tonight.zone):%Y-%m-%d}" if due else ""
    night = (
        " tonight"
        if due is not None and due < tonight.end and is_list_night(configured, tonight.night)
        else when
    )
    return f"yes, with the next digest{night}, because {found.why}{about}."


def _left_out(tonight: Tonight, story: StoryId, subscription: Subscription) -> str:
    """Why a story that is new and wanted is not among those they are served."""
    if story in tonight.store.people.served(subscription.id, since=tonight.clock() - KEEPS_FOR):
        return "no, another entry of the same story was sent already."
    if subscription.paused_until is not None and subscription.on_return is OnReturn.SKIP:
        return "no, it came during their pause, and they chose to skip what comes then."
    return "no, it is only counted: older than 60 days, or more than a catch-up after a pause shows."


def _delivered(tonight: Tonight, entry: Entry, subscription: Subscription) -> str | None:
    """The delivery that holds it, in words. One that expired holds nothing: it comes with the next."""
    store = tonight.store
    for line in store.deliveries.of_subscription(subscription.id, limit=200):
        if line.delivery.status is Status.EXPIRED:
            continue
        edition = store.issues.edition(line.delivery.edition_id)
        issue = store.issues.get(line.delivery.issue_id)
        assert edition is not None and issue is not None, "a delivery has both"
        # A twin that came after the issue was not in it, though its story was.
        if entry.story_id in edition.stories and (entry.seq or 0) <= issue.head_seq:
            return f"yes, in the issue of {line.night}: {line.delivery.status}."
    return None


def _desk(tonight: Tonight, subscription: Subscription, configured: ListSettings) -> Desk:
    list_id = ListId(subscription.list_id)
    reach = reach_of(tonight, list_id, configured, cursors=[subscription.cursor], issue=None)
    return Desk(tonight, reach)


def _twins(tonight: Tonight, entry: Entry) -> Iterator[str]:
    if entry.story_id is None:
        return
    for story in tonight.store.entries.stories([entry.story_id]):
        for twin in story.entries:
            if twin.id != entry.id:
                role = "the origin" if twin.id == story.origin_id else "a twin"
                yield f"The same story as {short(twin.id)} of {_slug(tonight, twin)} ({role})."


def _pieces(tonight: Tonight, entry: Entry) -> tuple[Traits, ...]:
    return (_piece(tonight, entry),)


def _piece(tonight: Tonight, entry: Entry) -> Traits:
    topics = tuple(rule.topic for rule in entry.topics)
    return Traits(source=_slug(tonight, entry), topics=topics, language=entry.language)


def _slug(tonight: Tonight, entry: Entry) -> str:
    return next(each.slug for each in tonight.store.sources.all() if each.id == entry.source_id)


def _carries(configured: ListSettings, slug: str) -> bool:
    return "*" in configured.sources or slug in configured.sources
