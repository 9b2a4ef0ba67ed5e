"""What the next issue of a list would hold now: for `send-test` and `issues next`. Leaves no trace.

The desk, the galley and the cut are the night's own; only nothing is stored, and links in a test are inert.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from email.utils import parseaddr

from digest.compose.headers import heading_of
from digest.compose.message import plate
from digest.deliver import Envelope, Outgoing
from digest.model import EntryId, Issue, IssueId, ListId, NewEdition, StoryId
from digest.night.desk import Desk, is_list_night, own_from, reach_of
from digest.night.editing import Hands, waiting_hands
from digest.night.galleys import Galleys
from digest.night.tonight import Tonight
from digest.settings import ListSettings
from subscribers.model import Format, Subscription, Wishes

#: editions told one by one: beyond, every reader has their own
MOST_SHARES = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """One edition, and how many would get it."""

    readers: int
    language: str
    format: str
    stories: int
    html_bytes: int
    subject: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """The next issue, as far as one can tell."""

    list: str
    #: stories the list itself would publish
    stories: tuple[StoryId, ...]
    #: readers due tonight, and those of them who would get something
    due: int
    served: int
    editions: int
    #: the largest HTML part
    html_bytes: int
    #: the largest message
    message_bytes: int
    #: of the edition with everything; None: there is no news
    subject: str | None
    #: what stands first in the next numbered issue, and the languages it has a note in
    pins: tuple[EntryId, ...]
    notes: tuple[str, ...]
    #: what most would get first; at most `MOST_SHARES`
    shares: tuple[Share, ...]
    next_due: datetime | None


class Trial:
    """One list, looked at as if it were cut now."""

    def __init__(
        self, tonight: Tonight, list_id: ListId, configured: ListSettings, *, cursors: list[int]
    ) -> None:
        self._tonight = tonight
        self._configured = configured
        self.desk = Desk(tonight, reach_of(tonight, list_id, configured, cursors=cursors, issue=None))
        last = tonight.store.issues.last_numbered(list_id)
        numbered = is_list_night(configured, tonight.night)
        self.issue = Issue(
            id=IssueId(0),
            list_id=list_id,
            night=tonight.night,
            number=(last.number or 0) + 1 if last and numbered else 1 if numbered else None,
            from_seq=self.desk.reach.from_seq,
            head_seq=self.desk.reach.head_seq,
            cut_at=self.desk.now,
        )
        self.hands = waiting_hands(tonight, self.desk)
        self._own = Galleys(tonight, self.desk, self.issue, configured, hands=self.hands, keep=False)
        self._galleys = (
            self._own
            if numbered
            else Galleys(tonight, self.desk, self.issue, configured, hands=Hands(), keep=False)
        )
        self._cut_by: dict[str, Galleys] = {}

    def edition_for(self, subscription: Subscription) -> NewEdition | None:
        """What this reader would get; None: nothing new for them."""
        selection = self.desk.select(subscription)
        if not selection:
            return None
        edition = self._galleys.edition(
            tuple(map(StoryId, selection.stories)),
            older=selection.more,
            wishes=subscription.wishes,
            language=subscription.language,
            format=subscription.format,
        )
        self._cut_by[edition.key] = self._galleys
        return edition

    def edition(self, *, language: str, format: Format = Format.HTML) -> NewEdition:
        """What somebody would get who wants all of it: with the pins and the note on any night, so that the
        editor sees them."""
        edition = self._own.edition(
            self.desk.own_news(), older=0, wishes=Wishes(), language=language, format=format
        )
        self._cut_by[edition.key] = self._own
        return edition

    def test_message(self, edition: NewEdition, address: str) -> Outgoing:
        """The edition as a test: subject marked, links inert."""
        settings = self._tonight.settings
        heading = heading_of(settings, self._configured, self._tonight.night)
        fragments = self._cut_by.get(edition.key, self._galleys).fragments(edition.language)
        content = plate(edition, fragments).test(heading, address, dated_at=self._tonight.clock())
        return Outgoing(
            envelope=Envelope(mail_from=parseaddr(heading.from_)[1], rcpt_to=address), content=content
        )


def outlook(tonight: Tonight, list_id: ListId, configured: ListSettings) -> Outlook:
    """What would go, to how many, how large, were the list cut now for everybody due tonight."""
    people = tonight.store.people
    low = people.lowest_due_cursor(list_id, before=tonight.end)
    begin = own_from(tonight, list_id, configured)
    trial = Trial(tonight, list_id, configured, cursors=[begin if low is None else low])
    editions: dict[str, NewEdition] = {}
    readers: Counter[str] = Counter()
    due = 0
    after: Subscription | None = None
    while page := people.due(list_id, before=tonight.end, after=after, limit=1_000):
        for subscription in page:
            due += 1
            edition = trial.edition_for(subscription)
            if edition is not None:
                readers[edition.key] += 1
                editions[edition.key] = edition
        after = page[-1]
    own = trial.desk.own_news()
    language = configured.language or tonight.settings.site.language
    whole = trial.edition(language=language) if own else None
    sized = list(editions.values()) or ([whole] if whole else [])
    return Outlook(
        list=configured.slug,
        stories=own,
        due=due,
        served=readers.total(),
        editions=len(editions),
        html_bytes=max((edition.html_bytes for edition in sized), default=0),
        message_bytes=max((edition.message_bytes for edition in sized), default=0),
        subject=whole.subject if whole else None,
        pins=tuple(trial.desk.stories[story].origin_id for story in trial.hands.pins),
        notes=tuple(trial.hands.notes),
        shares=tuple(_share(editions[key], each) for key, each in readers.most_common(MOST_SHARES)),
        next_due=people.next_due(list_id),
    )


def _share(edition: NewEdition, readers: int) -> Share:
    return Share(
        readers=readers,
        language=edition.language,
        format=edition.format,
        stories=len(edition.stories),
        html_bytes=edition.html_bytes,
        subject=edition.subject,
    )
