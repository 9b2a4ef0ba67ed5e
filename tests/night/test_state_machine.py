"""All that readers, authors, an admin and a relay do, in any order, on the real store (design §3.3, §4).

After each step: nobody is mailed without confirmed consent, after leaving or while suppressed; each wanted
story is planned just when it is owed and comes once; every issue's account balances; no cursor moves back.
The pure rules have a machine of their own (`people/test_served_once.py`): zones, hours and clocks are there.

`DIGEST_STATE_EXAMPLES=2000` runs it for longer, by hand.
"""

from __future__ import annotations

import os
from datetime import datetime, timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from digest.model import Status, StoryId, SubscriptionId
from subscribers.joining import Outcome
from subscribers.model import Cadence, Consent, OnReturn, Reason, Wishes, Word
from tests.night.parish import MOST, SOURCES, TOPICS, Parcel, Parish
from tests.night.reckoning import DAY, Arrival, Expected, Owed, Reader, Reckoning

NAMES = ("ada", "bob", "eve")
HOUR = timedelta(hours=1)
CONSENTS = {"asked": Consent.UNCONFIRMED, "confirmed": Consent.CONFIRMED, "left": Consent.UNSUBSCRIBED}

#: somebody, among those a rule is about
some = st.integers(0, 99)
wishes = st.builds(
    Wishes.of,
    only=st.booleans(),
    sources=st.dictionaries(st.sampled_from(SOURCES), st.sampled_from(Word)),
    topics=st.dictionaries(st.sampled_from(TOPICS), st.sampled_from(Word)),
)
labels = st.lists(st.sampled_from(TOPICS), unique=True, max_size=2)


class Life(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.parish = Parish()
        self.reckoning = Reckoning()
        #: the relay is being given these
        self.leaving: list[Parcel] = []
        #: of each address not mailed: until when (None: for good), and whether by an erasure
        self.barred: dict[str, tuple[datetime | None, bool]] = {}
        self.cursors: dict[SubscriptionId, int] = {}

    def teardown(self) -> None:
        """A month later the relay takes all, and whoever still reads has everything they wanted."""
        try:
            self.relay_takes_all()
            for reader in self.reckoning.readers:
                if reader.consent == "confirmed":
                    self.parish.pause(reader.id, None, reader.on_return)
                    reader.paused_until = None
            self.parish.now += 32 * DAY
            self.night(0)
            self.relay_takes_all()
            head = self.parish.store.entries.head()
            for reader in self.readers("confirmed"):
                assert self.reckoning.plan(reader, self.parish.tonight.night, head=head, now=self.now) is None
        finally:
            self.parish.close()

    # --- the authors -----------------------------------------------------------------------------

    @rule(source=st.sampled_from(SOURCES), topics=labels)
    def publish(self, source: str, topics: list[str]) -> None:
        self._arrived(*self.parish.arrive(source, topics), source, topics)

    @precondition(lambda self: self.reckoning.arrivals)
    @rule(pick=some, source=st.sampled_from(SOURCES), topics=labels)
    def repeat(self, pick: int, source: str, topics: list[str]) -> None:
        """A twin of a story of this night, or of one long ago."""
        story = self.reckoning.arrivals[pick % len(self.reckoning.arrivals)].story
        self._arrived(*self.parish.arrive(source, topics, twin_of=story), source, topics)

    # --- the readers -----------------------------------------------------------------------------

    @rule(name=st.sampled_from(NAMES), cadence=st.sampled_from(Cadence))
    def ask(self, name: str, cadence: Cadence) -> None:
        change = self.parish.ask(name, cadence)
        id = change.member.subscription.id
        known = next((each for each in self.reckoning.readers if each.id == id), None)
        if known is None:
            assert change.outcome is Outcome.JOINED
            known = Reader(name=name, id=id, cadence=cadence)
            self.reckoning.readers.append(known)
            self.reckoning.ask(known, cadence, self.now)
        elif known.consent == "left":
            assert change.outcome is Outcome.REJOINED
            self.reckoning.ask(known, cadence, self.now)
        else:
            assert change.outcome is Outcome.ALREADY

    @precondition(lambda self: self.readers("asked"))
    @rule(pick=some)
    def confirm(self, pick: int) -> None:
        reader = self._one("asked", pick)
        assert self.parish.confirm(reader.id) is Outcome.CONFIRMED
        self._confirmed(reader)

    @precondition(lambda self: self.readers("left"))
    @rule(pick=some)
    def come_back(self, pick: int) -> None:
        """Who has left asks on the web: all stays as it was until they press the button of the letter."""
        reader = self._one("left", pick)
        assert self.parish.confirm(reader.id) is Outcome.REJOINED
        self.parish.pause(reader.id, None, OnReturn.SKIP)
        reader.paused_until, reader.may_undo = None, False
        self._confirmed(reader)

    @rule(name=st.sampled_from(NAMES), cadence=st.sampled_from(Cadence))
    def join(self, name: str, cadence: Cadence) -> None:
        """Ask and confirm at once: what most do."""
        self.ask(name, cadence)
        waiting = [each.name for each in self.readers("asked")]
        if name in waiting:
            self.confirm(waiting.index(name))

    @precondition(lambda self: self.readers("confirmed"))
    @rule(pick=some, wanted=wishes)
    def wish(self, pick: int, wanted: Wishes) -> None:
        reader = self._one("confirmed", pick)
        self.parish.wish(reader.id, wanted)
        reader.wishes = wanted

    @precondition(lambda self: self.readers("confirmed"))
    @rule(pick=some, cadence=st.sampled_from(Cadence))
    def pace(self, pick: int, cadence: Cadence) -> None:
        reader = self._one("confirmed", pick)
        self.parish.pace(reader.id, cadence)
        self.reckoning.pace(reader, cadence, self.now)

    @precondition(lambda self: self.readers("confirmed"))
    @rule(pick=some, days=st.sampled_from((1, 3, 10)), on_return=st.sampled_from(OnReturn))
    def pause(self, pick: int, days: int, on_return: OnReturn) -> None:
        reader = self._one("confirmed", pick)
        reader.paused_until, reader.on_return = self.now + days * DAY, on_return
        self.parish.pause(reader.id, reader.paused_until, on_return)

    @precondition(lambda self: self.readers("confirmed"))
    @rule(pick=some)
    def return_early(self, pick: int) -> None:
        reader = self._one("confirmed", pick)
        self.parish.pause(reader.id, None, reader.on_return)
        reader.paused_until = None

    @precondition(lambda self: self.readers("asked", "confirmed", "left"))
    @rule(pick=some)
    def leave(self, pick: int) -> None:
        """Also again, as a mail program's one click may come twice."""
        reader = self._one("asked", pick, "confirmed", "left")
        expected = Outcome.ALREADY if reader.consent == "left" else Outcome.LEFT
        assert self.parish.leave(reader.id) is expected
        self.reckoning.leave(reader, self.now)

    @precondition(lambda self: self.readers("left"))
    @rule(pick=some)
    def undo(self, pick: int) -> None:
        reader = self._one("left", pick)
        if self.reckoning.can_undo(reader, self.now):
            assert self.parish.undo(reader.id) is Outcome.UNDONE
            self.reckoning.undo(reader, self.now)
            self.cursors.pop(reader.id)  # the one cursor that may move back
        else:
            assert self.parish.undo(reader.id) is Outcome.TOO_LATE

    @precondition(lambda self: self.readers("asked", "confirmed", "left"))
    @rule(pick=some)
    def erase(self, pick: int) -> None:
        reader = self._one("asked", pick, "confirmed", "left")
        self.parish.erase(reader.id)
        self.reckoning.leave(reader, self.now)
        reader.is_erased, reader.may_undo = True, False
        if not self._is_barred(reader.name) or self.barred[reader.name][0] is not None:
            self.barred[reader.name] = (None, True)

    # --- the admin, the nights -------------------------------------------------------------------

    @rule(name=st.sampled_from(NAMES))
    def suppress(self, name: str) -> None:
        self.parish.suppress(name)
        if not self._is_barred(name) or self.barred[name][0] is not None:
            self.barred[name] = (None, False)

    @precondition(lambda self: self._liftable())
    @rule(pick=some)
    def lift(self, pick: int) -> None:
        names = self._liftable()
        name = names[pick % len(names)]
        self.parish.lift(name)
        del self.barred[name]
        for reader in self.readers("confirmed"):
            if reader.name == name:
                self.reckoning.lifted(reader, self.now)

    @rule(hours=st.sampled_from((1, 5, 25)))
    def wait(self, hours: int) -> None:
        self.parish.now += hours * HOUR

    @rule(days=st.sampled_from((0, 1, 1, 1, 2, 7)))
    def night(self, days: int) -> None:
        """Tonight's issue is cut: the next one, the same again, or after nights nobody ran."""
        self.parish.now += days * DAY
        night, store = self.parish.tonight.night, self.parish.store
        before = store.issues.by_night(self.parish.list_id, night)
        due = [
            each
            for each in self.reckoning.readers
            if self.reckoning.due(each, night, before.id if before else None)
        ]
        issue = self.parish.night().issue
        head = issue.head_seq if issue else store.entries.head()
        planned = {each.id: self.reckoning.plan(each, night, head=head, now=self.now) for each in due}
        for reader in self.reckoning.readers:
            self._look_at(reader, planned.get(reader.id))
        if issue is not None and before is None and issue.number is not None:
            self.reckoning.numbered.append(head)

    # --- the relay -------------------------------------------------------------------------------

    @rule(limit=st.integers(1, 3))
    def send(self, limit: int) -> None:
        """Content leaves, for whom the last look allows it."""
        leaving, kept = self.parish.take(limit)
        for parcel in leaving:
            reader = self._reader(parcel)
            assert reader.consent == "confirmed", "mailed without consent"
            assert not self._is_barred(reader.name), "mailed while suppressed"
            self.leaving.append(parcel)
        for parcel, _ in kept:
            reader = self._reader(parcel)
            assert reader.consent != "confirmed" or self._is_barred(reader.name), "kept back for nothing"
            self.reckoning.lost(reader)

    @precondition(lambda self: self.leaving)
    @rule(
        pick=some,
        status=st.sampled_from(
            (Status.SENT, Status.SENT, Status.FAILED, Status.UNCERTAIN, Status.EXPIRED, Status.DEFERRED)
        ),
    )
    def reply(self, pick: int, status: Status) -> None:
        parcel = self.leaving.pop(pick % len(self.leaving))
        reader = self._reader(parcel)
        self.parish.end(parcel, status)
        match status:
            case Status.SENT | Status.UNCERTAIN:
                again = [each for each in parcel.stories if self.reckoning.had(reader, each, self.now)]
                assert not again, "a story came twice"
                self.reckoning.arrived(reader, self.now)
            case Status.FAILED:
                self.reckoning.lost(reader)
            case Status.EXPIRED:
                self.reckoning.expired(reader, self.now)

    @precondition(lambda self: self.leaving)
    @rule(pick=some)
    def bounce(self, pick: int) -> None:
        """The relay says that there is nobody of that name: suppressed for ninety days."""
        parcel = self.leaving.pop(pick % len(self.leaving))
        reader = self._reader(parcel)
        self.parish.end(parcel, Status.FAILED, suppress=Reason.HARD)
        self.reckoning.lost(reader)
        if reader.name not in self.barred or self.barred[reader.name][0] is not None:
            self.barred[reader.name] = (self.now + 90 * DAY, False)

    @precondition(lambda self: self.leaving)
    @rule()
    def die(self) -> None:
        """The run that sends is killed before any content has left; the next takes its rows over."""
        self.parish.take_over()
        self.leaving.clear()

    @rule()
    def relay_takes_all(self) -> None:
        self.parish.now += 2 * HOUR  # deferred ones are due again
        self.send(100)
        while self.leaving:
            self.reply(0, Status.SENT)

    # --- laws ------------------------------------------------------------------------------------

    @invariant()
    def consent_is_as_they_said(self) -> None:
        for reader in self.reckoning.readers:
            assert self.parish.place(reader.id).consent is CONSENTS[reader.consent]

    @invariant()
    def no_cursor_moves_back(self) -> None:
        for reader in self.reckoning.readers:
            cursor = self.parish.place(reader.id).cursor
            assert cursor >= self.cursors.get(reader.id, 0)
            self.cursors[reader.id] = cursor

    @invariant()
    def every_issue_balances(self) -> None:
        store = self.parish.store
        for issue in store.issues.list_all(self.parish.list_id):
            assert store.deliveries.conservation(issue.id).holds

    # ---------------------------------------------------------------------------------------------

    @property
    def now(self) -> datetime:
        return self.parish.now

    def readers(self, *consents: str) -> list[Reader]:
        """Those of the living."""
        return [each for each in self.reckoning.readers if each.consent in consents and not each.is_erased]

    def _one(self, consent: str, pick: int, *more: str) -> Reader:
        found = self.readers(consent, *more)
        return found[pick % len(found)]

    def _reader(self, parcel: Parcel) -> Reader:
        (reader,) = [each for each in self.reckoning.readers if each.id == parcel.reader]
        assert reader.on_its_way is not None, "a mail nobody planned"
        assert reader.on_its_way.id == parcel.id
        return reader

    def _confirmed(self, reader: Reader) -> None:
        self.reckoning.confirm(reader, self.now)
        if self.barred.get(reader.name, (None, False))[1]:
            del self.barred[reader.name]

    def _is_barred(self, name: str) -> bool:
        until, _ = self.barred.get(name, (datetime.min.replace(tzinfo=self.now.tzinfo), False))
        return until is None or until > self.now

    def _liftable(self) -> list[str]:
        return [name for name, (_, is_erased) in self.barred.items() if not is_erased]

    def _arrived(self, story: StoryId, seq: int, source: str, topics: list[str]) -> None:
        self.reckoning.arrive(Arrival(seq=seq, story=story, source=source, topics=tuple(topics), at=self.now))

    def _look_at(self, reader: Reader, expected: Expected | None) -> None:
        """What the night planned for somebody is what they are owed."""
        lines = self.parish.store.deliveries.of_subscription(reader.id, limit=1)
        newest = lines[0].delivery if lines else None
        if expected is None:
            assert newest is None or newest.issue_id in reader.issues, "planned, and owed nothing"
            return
        assert newest is not None, "owed something, and not planned"
        assert newest.issue_id not in reader.issues, "owed something, and not planned"
        edition = self.parish.store.issues.edition(newest.edition_id)
        assert edition is not None
        assert len(edition.stories) == expected.length
        assert len(set(edition.stories)) == len(edition.stories), "a story stands twice in a digest"
        assert set(edition.stories) <= expected.stories
        assert expected.length == len(expected.stories) or expected.length == MOST
        reader.issues.add(newest.issue_id)
        reader.on_its_way = Owed(id=newest.id, stories=edition.stories, covers=expected.covers)


TestLife = Life.TestCase
TestLife.settings = settings(
    max_examples=int(os.environ.get("DIGEST_STATE_EXAMPLES", "25")), stateful_step_count=40, deadline=None
)
