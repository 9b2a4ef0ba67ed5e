"""Tonight's issue of one list: frozen once, then planned for everybody due, a page at a time.

A run that dies leaves the issue frozen and some people planned; the next run goes on with the rest,
from the same stored fragments. Whoever is planned has moved on to their next slot in the same commit.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from digest.errors import NotFound
from digest.log import event, logger
from digest.model import Issue, IssueStory, ListId, NewEdition, NewIssue, Section, StoryId
from digest.night.desk import Desk, is_list_night, reach_of
from digest.night.editing import hands_of, waiting_hands
from digest.night.galleys import Galleys
from digest.night.tonight import Tonight
from digest.settings import ListSettings
from digest.storage.protocol.deliveries import Owed
from subscribers.model import Subscription, Wishes
from subscribers.rhythm import advance
from subscribers.store import Step

_log = logger("night")

#: people planned in one transaction, so that the web process gets its turn (design §4)
CHUNK = 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ListReport:
    """What one list did on one night."""

    list: str
    #: None: an extra, or no issue at all
    number: int | None
    #: None: nothing to publish
    issue: Issue | None
    #: stories the issue publishes, or in an extra the most that anybody gets
    entries: int
    editions: int
    deliveries: int
    #: deliveries this run planned; the others were planned before
    planned: int
    #: due tonight, with nothing new for them
    without_news: int


class _Cutting:
    """The issue under the knife."""

    def __init__(self, tonight: Tonight, list_id: ListId, configured: ListSettings) -> None:
        store = tonight.store
        self._tonight = tonight
        self._list_id = list_id
        self._configured = configured
        self.issue = store.issues.by_night(list_id, tonight.night)
        low = store.people.lowest_due_cursor(list_id, before=tonight.end)
        self.desk = Desk(
            tonight,
            reach_of(tonight, list_id, configured, cursors=[] if low is None else [low], issue=self.issue),
        )
        self._galleys: Galleys | None = None
        self.without_news = 0
        self.most = 0

    def freeze(self) -> Galleys:
        """The issue's galleys; the issue is frozen the first time. A unit of work, idempotent."""
        if self._galleys is None:
            if self.issue is None:
                self.issue = self._tonight.store.issues.freeze(self._new_issue(), self._archive(), {})
            self._galleys = Galleys(
                self._tonight,
                self.desk,
                self.issue,
                self._configured,
                # As frozen, also when a run that died froze it: what the editor did since is the next one's.
                hands=hands_of(self._tonight, self.issue),
            )
        return self._galleys

    def plan(self, page: tuple[Subscription, ...]) -> None:
        """Plan a page of people. A unit of work."""
        store = self._tonight.store
        drafts: list[tuple[Subscription, NewEdition]] = []
        steps: list[Step] = []
        for subscription in page:
            edition = self._edition(subscription)
            if edition is not None:
                drafts.append((subscription, edition))
            steps.append(self._step(subscription, has_news=edition is not None))
        with store.atomic():
            if drafts:
                ids = store.issues.add_editions({edition.key: edition for _, edition in drafts}.values())
                store.deliveries.plan(
                    Owed(
                        issue_id=edition.issue_id,
                        subscription_id=subscription.id,
                        edition_id=ids[edition.key],
                        not_before_at=self._not_before(subscription),
                    )
                    # Readers of one edition follow one another: whoever sends sets it once.
                    for subscription, edition in sorted(drafts, key=lambda draft: draft[1].key)
                )
            store.people.advance(steps)
        self.without_news += len(page) - len(drafts)

    def _edition(self, subscription: Subscription) -> NewEdition | None:
        """What this reader gets; None: nothing tonight."""
        selection = self.desk.select(subscription)
        if not selection and self._configured.skip_empty:
            return None
        self.most = max(self.most, len(selection.stories))
        return self.freeze().edition(
            tuple(map(StoryId, selection.stories)),
            older=selection.more,
            wishes=subscription.wishes,
            language=subscription.language,
            format=subscription.format,
        )

    def _step(self, subscription: Subscription, *, has_news: bool) -> Step:
        return Step(
            id=subscription.id,
            due_at=advance(
                subscription.rhythm,
                self._configured.weekday,
                night=self._tonight.night,
                site_zone=self._tonight.zone,
            ),
            # With news the cursor moves when the delivery ends (design §3.3); but what a pause was to skip is
            # past now, for the pause is forgotten and the delivery may expire.
            cursor=self.desk.cursor(subscription) if has_news else self.desk.reach.head_seq,
            resumed=subscription.paused_until is not None,
        )

    def _not_before(self, subscription: Subscription) -> datetime:
        """The reader's hour, where they named one, and the end of their pause: what is still to come."""
        due = subscription.due_at if subscription.rhythm.hour is not None else None
        return max(each for each in (self.desk.now, due, subscription.paused_until) if each is not None)

    def _new_issue(self) -> NewIssue:
        reach = self.desk.reach
        number = None
        if is_list_night(self._configured, self._tonight.night):
            last = self._tonight.store.issues.last_numbered(self._list_id)
            number = 1 if last is None or last.number is None else last.number + 1
        return NewIssue(
            list_id=self._list_id,
            night=self._tonight.night,
            number=number,
            from_seq=reach.from_seq,
            head_seq=reach.head_seq,
            cut_at=self.desk.now,
        )

    def _archive(self) -> list[IssueStory]:
        """The issue as everybody who wants all of it sees it."""
        sections = self.desk.sections(self.desk.own_news(), Wishes())
        numbered = is_list_night(self._configured, self._tonight.night)
        pins = waiting_hands(self._tonight, self.desk).pins if numbered else ()
        return [
            IssueStory(
                story_id=story,
                entry_id=self.desk.stories[story].origin_id,
                topic=topic,
                pin=pins.index(story) + 1 if story in pins else None,
            )
            for story, topic in _lines(sections, None)
        ]


def cut_list(tonight: Tonight, list_id: ListId, configured: ListSettings) -> ListReport:
    """Cut tonight's issue of a list and plan everybody due. Run again, it goes on or finds nothing to do."""
    store = tonight.store
    cutting = _Cutting(tonight, list_id, configured)
    if is_list_night(configured, tonight.night) and cutting.desk.own_news():
        cutting.freeze()
    done = 0
    for page in _due_pages(tonight, list_id, cutting.issue):
        cutting.plan(page)
        done += len(page)
        tonight.show("compose", done, 0)
    issue = cutting.issue
    if issue is not None:
        store.issues.mark_planned(issue.id, tonight.clock())
        issue = store.issues.get(issue.id) or issue
    _log.info(event("cut", list=configured.slug, issue=issue.id if issue else "-", planned=done))
    return ListReport(
        list=configured.slug,
        number=issue.number if issue else None,
        issue=issue,
        entries=(len(store.issues.stories(issue.id)) or cutting.most) if issue else 0,
        editions=store.issues.edition_count(issue.id) if issue else 0,
        deliveries=issue.candidates if issue else 0,
        planned=done - cutting.without_news,
        without_news=cutting.without_news,
    )


def list_id_of(tonight: Tonight, slug: str) -> ListId:
    """The id of a list's row. Raises NotFound."""
    row = tonight.store.lists.by_slug(slug)
    if row is None:
        raise NotFound(f'There is no list "{slug}".')
    return row.id


def _due_pages(tonight: Tonight, list_id: ListId, issue: Issue | None) -> Iterator[tuple[Subscription, ...]]:
    """Everybody due tonight who has no open mail of this list, and had none of tonight's issue."""
    after: Subscription | None = None
    known = issue.id if issue else 0
    while page := tonight.store.people.due(
        list_id, before=tonight.end, issue_id=known, after=after, limit=CHUNK
    ):
        after = page[-1]
        yield page


def _lines(sections: tuple[Section, ...], topic: str | None) -> Iterator[tuple[StoryId, str | None]]:
    for section in sections:
        under = section.key or None if section.kind == "topic" else topic
        for story in section.stories:
            yield story, under
        yield from _lines(section.sections, under)
