"""Design §3.3 as a model: whatever happens between nights, each wanted story comes exactly once.

Entries arrive at random, with twins; nights are missed, run late and run again; messages are sent, refused,
suppressed, or expire. The pure rules decide; the model here only keeps the books.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from subscribers.model import Cadence, Rhythm, Weekday, Wishes, Word
from subscribers.news import Arrival, News, NewsStory
from subscribers.slots import start_of
from subscribers.wishes import advance, first_due, is_due, wanted

ZONES = ("Europe/Paris", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia")
SOURCES = ("blog", "planet", "other")
START = date(2026, 11, 22)
#: ends that count as served
MOVES = ("sent", "failed", "suppressed", "uncertain")


@dataclass
class Reader:
    wishes: Wishes
    rhythm: Rhythm
    due_at: datetime
    cursor: int
    joined_at: int
    #: head and stories of the open delivery
    open: tuple[int, tuple[int, ...]] | None = None
    #: stories of messages sent, with repeats
    got: Counter[int] = field(default_factory=Counter)
    #: stories that a digest held which nobody will read: refused or suppressed
    lost: set[int] = field(default_factory=set)
    planned: list[date] = field(default_factory=list)


class Nights(RuleBasedStateMachine):
    @initialize(zone=st.sampled_from(ZONES))
    def found(self, zone: str) -> None:
        self.site = ZoneInfo(zone)
        self.night = START
        self.head = 0
        self.stories: list[NewsStory] = []
        self.readers: list[Reader] = []

    @property
    def now(self) -> datetime:
        return start_of(self.night, self.site) + timedelta(hours=3)

    @rule(
        only=st.booleans(),
        words=st.dictionaries(st.sampled_from(SOURCES), st.sampled_from(Word)),
        cadence=st.sampled_from(Cadence),
        hour=st.none() | st.integers(0, 23),
        zone=st.none() | st.sampled_from(ZONES),
    )
    def join(
        self, only: bool, words: dict[str, Word], cadence: Cadence, hour: int | None, zone: str | None
    ) -> None:
        rhythm = Rhythm(cadence=cadence, hour=hour, timezone=zone)
        due_at = first_due(rhythm, Weekday.MONDAY, now=self.now, site_zone=self.site)
        wishes = Wishes.of(only=only, sources=words)
        self.readers.append(Reader(wishes, rhythm, due_at, self.head, self.head))

    @rule(sources=st.lists(st.sampled_from(SOURCES), min_size=1, max_size=3, unique=True))
    def arrive(self, sources: list[str]) -> None:
        """A story, from each of these sources, tonight."""
        entries = tuple(self._arrival(source) for source in sources)
        self.stories.append(NewsStory(story=len(self.stories), entries=entries, source=sources[0]))

    @rule(pick=st.integers(0, 99), source=st.sampled_from(SOURCES))
    @precondition(lambda self: bool(self.stories))
    def repeat(self, pick: int, source: str) -> None:
        """A source repeats a story of an earlier night."""
        place = pick % len(self.stories)
        story = self.stories[place]
        if all(entry.source != source for entry in story.entries):
            self.stories[place] = replace(story, entries=(*story.entries, self._arrival(source)))

    @rule(days=st.sampled_from((0, 0, 1, 1, 1, 2, 7, 31)))
    def sleep(self, days: int) -> None:
        """The next run: at once, tomorrow, or after nights nobody ran."""
        self.night += timedelta(days=days)

    @rule(back=st.integers(1, 3))
    def clock_jumps_back(self, back: int) -> None:
        self.night -= timedelta(days=back)

    @rule(upto=st.integers(0, 99))
    def plan(self, upto: int) -> None:
        """Plan tonight's issue; a run that died planned only some, and the next goes on."""
        # As if all had arrived yesterday: that the old are told as a number is another law.
        news = News(self.stories, head=self.head, now=start_of(START, self.site))
        for reader in self.readers[: upto + 1]:
            if reader.open is not None or not is_due(reader.due_at, self.night, self.site):
                continue
            selection = news.select(reader.wishes, reader.cursor, served=reader.got.keys)
            assert selection.more == 0
            reader.due_at = advance(reader.rhythm, Weekday.MONDAY, night=self.night, site_zone=self.site)
            if selection:
                reader.open = (self.head, selection.stories)
            else:
                reader.cursor = self.head

    @rule(status=st.sampled_from((*MOVES, "expired")), pick=st.integers(0, 99))
    @precondition(lambda self: any(reader.open for reader in self.readers))
    def end(self, status: str, pick: int) -> None:
        waiting = [reader for reader in self.readers if reader.open]
        reader = waiting[pick % len(waiting)]
        assert reader.open
        head, stories = reader.open
        reader.open = None
        if status in ("sent", "uncertain"):
            reader.got.update(stories)
        elif status != "expired":
            reader.lost.update(stories)
        if status in MOVES:
            reader.cursor = max(reader.cursor, head)
        else:
            reader.due_at = self.now

    @invariant()
    def no_story_comes_twice(self) -> None:
        for reader in getattr(self, "readers", ()):
            held = Counter(reader.got)
            held.update(reader.open[1] if reader.open else ())
            assert not [story for story, times in held.items() if times > 1]

    @invariant()
    def nothing_unwanted_comes(self) -> None:
        for reader in getattr(self, "readers", ()):
            assert all(wanted(reader.wishes, self.stories[story].entries) for story in reader.got)

    def teardown(self) -> None:
        """Let every open message arrive and one more month's nights run: nothing wanted is missing."""
        if not hasattr(self, "readers"):
            return
        for _ in range(2):
            while any(reader.open for reader in self.readers):
                self.end("sent", 0)
            self.night = max(self.night, START) + timedelta(days=32)
            self.plan(len(self.readers))
        for reader in self.readers:
            due = {
                each.story
                for each in self.stories
                if wanted(reader.wishes, each.entries) and min(_seqs(each)) > reader.joined_at
            }
            held = set(reader.got) | set(reader.open[1] if reader.open else ())
            assert due <= held | reader.lost
            assert all(max(_seqs(self.stories[story])) > reader.joined_at for story in held)

    def _arrival(self, source: str) -> Arrival:
        self.head += 1
        return Arrival(seq=self.head, at=self.now, source=source)


def _seqs(story: NewsStory) -> list[int]:
    return [entry.seq for entry in story.entries]


TestNights = Nights.TestCase
TestNights.settings = settings(max_examples=200, stateful_step_count=40, deadline=None)
