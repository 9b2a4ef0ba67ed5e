"""What each reader must get, kept by hand: the oracle of the state machine.

No cursors: of each reader it knows which arrivals they have still to be offered, and what they got. All of
it is written again from design §3.2 and §3.3, not taken from the product.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from digest.model import DeliveryId, IssueId, StoryId, SubscriptionId
from subscribers.model import Cadence, OnReturn, Wishes, Word

ZONE = ZoneInfo("Europe/Paris")
DAY = timedelta(days=1)
#: what a reader was sent is looked up this far back, and what is older is told as a number
KEEPS_FOR = 60 * DAY
_PERIOD = {Cadence.NIGHTLY: DAY, Cadence.WEEKLY: 7 * DAY, Cadence.MONTHLY: 31 * DAY}


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    seq: int
    story: StoryId
    source: str
    topics: tuple[str, ...]
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """A digest somebody must be planned for: these stories, or with a catch-up so many of them."""

    stories: frozenset[StoryId]
    length: int
    #: the arrivals that it deals with
    covers: frozenset[int]


@dataclass(slots=True, kw_only=True)
class Owed:
    """A digest on its way."""

    id: DeliveryId
    stories: tuple[StoryId, ...]
    covers: frozenset[int]


@dataclass(slots=True, kw_only=True)
class Reader:
    """Somebody's place on the list, from when they first asked."""

    name: str
    id: SubscriptionId
    consent: Literal["asked", "confirmed", "left"] = "asked"
    is_erased: bool = False
    cadence: Cadence
    wishes: Wishes = field(default_factory=Wishes)
    #: a first digest begins no earlier than it would have when they asked
    begins: int = 0
    #: the next date that is theirs
    next_night: date = date.min
    #: arrivals they have still to be offered
    pending: set[int] = field(default_factory=set)
    passed: set[int] = field(default_factory=set)
    #: passed while they were away: an undo takes that back
    passed_away: set[int] = field(default_factory=set)
    #: when each story came
    got: dict[StoryId, datetime] = field(default_factory=dict)
    on_its_way: Owed | None = None
    issues: set[IssueId] = field(default_factory=set)
    left_at: datetime | None = None
    may_undo: bool = False
    paused_until: datetime | None = None
    on_return: OnReturn = OnReturn.SKIP

    def pass_over(self, seqs: frozenset[int] | set[int]) -> None:
        self.pending -= seqs
        self.passed |= seqs


class Reckoning:
    def __init__(self) -> None:
        self.arrivals: list[Arrival] = []
        #: heads of the numbered issues, in order
        self.numbered: list[int] = []
        self.readers: list[Reader] = []

    # --- the authors -----------------------------------------------------------------------------

    def arrive(self, arrival: Arrival) -> None:
        self.arrivals.append(arrival)
        for reader in self.readers:
            # Also for who has left: they may take it back.
            reader.pending.add(arrival.seq)

    # --- the readers -----------------------------------------------------------------------------

    def confirm(self, reader: Reader, now: datetime) -> None:
        """A first digest begins at the head of the last numbered issue; if none, one period ago."""
        reader.passed |= reader.passed_away
        reader.passed_away = set()
        start = max(reader.begins, self._start(reader, now))
        reader.pending = {each.seq for each in self.arrivals if each.seq > start} - reader.passed
        reader.consent, reader.left_at = "confirmed", None
        reader.next_night = slot(reader.cadence, since=_date(now))

    def ask(self, reader: Reader, cadence: Cadence, now: datetime) -> None:
        """A stranger, or somebody who had left: new terms, and nothing until they confirm."""
        reader.consent, reader.may_undo = "asked", False
        reader.cadence, reader.wishes, reader.paused_until = cadence, Wishes(), None
        reader.begins = max(reader.begins, self._start(reader, now))

    def leave(self, reader: Reader, now: datetime) -> None:
        if reader.consent != "left":
            reader.may_undo = reader.consent == "confirmed"
            reader.consent, reader.left_at = "left", now

    def can_undo(self, reader: Reader, now: datetime) -> bool:
        return reader.may_undo and reader.left_at is not None and now - reader.left_at <= DAY

    def undo(self, reader: Reader, now: datetime) -> None:
        """As if they had never left."""
        reader.consent, reader.left_at, reader.may_undo = "confirmed", None, False
        reader.passed_away = set()
        reader.next_night = slot(reader.cadence, since=_date(now))

    def pace(self, reader: Reader, cadence: Cadence, now: datetime) -> None:
        reader.cadence = cadence
        reader.next_night = slot(cadence, since=_date(now))

    def lifted(self, reader: Reader, now: datetime) -> None:
        """A suppression is over: a confirmed place starts again."""
        if reader.consent == "confirmed":
            start = self._start(reader, now)
            reader.pass_over({seq for seq in reader.pending if seq <= start})
            reader.next_night = slot(reader.cadence, since=_date(now))

    # --- a night ---------------------------------------------------------------------------------

    def due(self, reader: Reader, night: date, issue: IssueId | None) -> bool:
        paused = reader.paused_until is not None and _date(reader.paused_until) > night
        waits = reader.on_its_way is not None or issue in reader.issues
        return reader.consent == "confirmed" and reader.next_night <= night and not paused and not waits

    def plan(self, reader: Reader, night: date, *, head: int, now: datetime) -> Expected | None:
        """What a reader who is due must get of what arrived up to `head`; None: nothing, they are past it."""
        catch_up = False
        if reader.paused_until is not None:
            catch_up = reader.on_return is OnReturn.CATCH_UP
            if not catch_up:
                end = reader.paused_until
                reader.pass_over({a.seq for a in self.arrivals if a.at <= end} & reader.pending)
            reader.paused_until = None
        reader.next_night = slot(reader.cadence, since=night + DAY)
        covers = frozenset(seq for seq in reader.pending if seq <= head)
        met = [each for each in self.arrivals if each.seq <= head]
        owed = {
            story
            for story in {each.story for each in met if each.seq in covers}
            if wants(reader.wishes, [each for each in met if each.story == story])
            and not self.had(reader, story, now)
        }
        if not owed:
            reader.pass_over(covers)
            return None
        newest = {each.story: each.at for each in met}
        shown = frozenset(story for story in owed if newest[story] >= now - KEEPS_FOR)
        length = min(len(shown), 3) if catch_up else len(shown)
        return Expected(stories=shown, length=length, covers=covers)

    def had(self, reader: Reader, story: StoryId, now: datetime) -> bool:
        return story in reader.got and reader.got[story] >= now - KEEPS_FOR

    # --- the relay -------------------------------------------------------------------------------

    def arrived(self, reader: Reader, now: datetime) -> None:
        """Sent, or as good as."""
        owed = _ended(reader)
        reader.pass_over(owed.covers)
        reader.got.update(dict.fromkeys(owed.stories, now))

    def lost(self, reader: Reader) -> None:
        """Refused or suppressed: they are past it all the same, unless they take their leaving back."""
        owed = _ended(reader)
        if reader.consent == "confirmed":
            reader.pass_over(owed.covers)
        else:
            reader.passed_away |= owed.covers

    def expired(self, reader: Reader, now: datetime) -> None:
        """It comes next time."""
        _ended(reader)
        if reader.consent == "confirmed":
            reader.next_night = _date(now)

    def _start(self, reader: Reader, now: datetime) -> int:
        if self.numbered:
            return self.numbered[-1]
        ago = now - _PERIOD[reader.cadence]
        return max((each.seq for each in self.arrivals if each.at <= ago), default=0)


def wants(wishes: Wishes, entries: list[Arrival]) -> bool:
    """Any entry of a story will do; a word on the source beats its topics."""
    sources, topics = dict(wishes.sources), dict(wishes.topics)

    def one(entry: Arrival) -> bool:
        word = sources.get(entry.source)
        if word is not None:
            return word is Word.FOLLOW
        words = [topics.get(topic) for topic in entry.topics]
        if wishes.only:
            return Word.FOLLOW in words
        return not words or any(word is not Word.MUTE for word in words)

    return any(map(one, entries))


def slot(cadence: Cadence, *, since: date) -> date:
    """The first date of a cadence: any, a Monday (the list's day), the first of a month."""
    while not (
        cadence is Cadence.NIGHTLY
        or (cadence is Cadence.WEEKLY and since.isoweekday() == 1)
        or (cadence is Cadence.MONTHLY and since.day == 1)
    ):
        since += DAY
    return since


def _ended(reader: Reader) -> Owed:
    owed, reader.on_its_way = reader.on_its_way, None
    assert owed is not None
    return owed


def _date(at: datetime) -> date:
    return at.astimezone(ZONE).date()
