"""kill -9 twenty times in a night, run again until quiet: lost 0, twice at most one a kill (design §4)."""

from __future__ import annotations

import json
import shutil
from collections import Counter, defaultdict
from dataclasses import dataclass
from pathlib import Path
from random import Random

import pytest

from digest.night import people
from digest.night.people import Asked
from digest.night.tonight import Tonight
from digest.sample import feeds
from subscribers.model import Cadence, Format, SubscriptionId, Weekday
from tests.night.house import NIGHT, House, Item, address
from tests.night.killing import Ended, Range, Served, Stage, plan_of_kills, served, settings_file

READERS = 300
#: connections to the relay: `mail.connections` as it comes; one message of each may come twice (design §4)
LANES = 10
#: with the six samples more than two commits of sources
SOURCES = 66
SEED = 20261122
TOPICS = [
    {"slug": "events", "title": "Events", "match": {"words": ["meetup"], "sources": ["source-3"]}},
    {"slug": "releases", "title": "Releases", "match": {"words": ["released"]}},
    {"slug": "silence", "title": "Silence", "match": {"words": ["nobody ever writes this"]}},
]
LISTS = [
    {"slug": "daily", "title": "Small Daily", "cadence": "nightly", "show": "summary"},
    {"slug": "weekly", "title": "Small Weekly", "cadence": "weekly", "weekday": "sunday", "show": "title"},
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """How things stood between two runs."""

    kills: int
    repeats: int
    #: the conservation law, of every issue
    adds_up: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The night under fire, and its twin that nobody disturbed."""

    range: Range
    expected: Counter[Served]
    got: Counter[Served]
    #: after each child
    accounts: tuple[Account, ...]
    last: Ended
    again: Ended


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    quiet, loud = tmp_path_factory.mktemp("quiet"), tmp_path_factory.mktemp("loud") / "house"
    house = furnished(quiet)
    shutil.copytree(quiet, loud)
    with Range(quiet, now=NIGHT) as undisturbed:
        night = undisturbed.night()
        assert (night.code, night.err.count("Traceback")) == (0, 0), night.err
        expected = served(undisturbed, house, now=NIGHT)
        messages = len(undisturbed.received)

    shot_at = House(loud, **house.tables)
    accounts = []
    with Range(loud, now=NIGHT) as range_:
        for aim in plan_of_kills(Random(SEED), night, messages):
            range_.shoot(aim)
            accounts.append(Account(kills=len(range_.hits), repeats=range_.repeats, adds_up=adds_up(shot_at)))
        last, again = range_.night(), range_.night()
        got = served(range_, shot_at, now=NIGHT)
    return Outcome(range=range_, expected=expected, got=got, accounts=tuple(accounts), last=last, again=again)


def test_every_kill_landed_and_they_were_spread_over_the_night(outcome: Outcome) -> None:
    stages = Counter(hit.stage for hit in outcome.range.hits)
    messages = [hit.messages for hit in outcome.range.hits]

    assert len(messages) == 20
    assert stages[Stage.START] + stages[Stage.BEGUN] >= 1
    assert sum(stages[each] for each in (Stage.GATHERING, Stage.GATHERED, Stage.CLOSED)) >= 1
    assert sum(stages[each] for each in (Stage.CUTTING, Stage.PLANNING, Stage.CUT)) >= 1
    assert messages.count(0) >= 8
    assert len({number for number in messages if 0 < number < READERS}) >= 5


def test_nobody_lost_a_story_and_nobody_got_one_that_was_not_theirs(outcome: Outcome) -> None:
    assert len({each.recipient for each in outcome.expected}) == READERS
    assert len({each.stories for each in outcome.expected}) > READERS // 5
    assert outcome.got == outcome.expected


def test_what_came_twice_is_at_most_one_message_a_connection_and_kill(outcome: Outcome) -> None:
    assert all(account.repeats <= LANES * account.kills for account in outcome.accounts)
    assert 1 <= outcome.range.repeats <= LANES * len(outcome.range.hits)


def test_a_repeat_has_the_same_message_id_and_bytes(outcome: Outcome) -> None:
    copies: defaultdict[str, set[tuple[str, str]]] = defaultdict(set)
    for line in outcome.range.journal:
        copies[line.message_id].add((line.recipient, line.sha256))

    assert len(copies) == outcome.expected.total()
    assert all(len(each) == 1 for each in copies.values())


def test_the_ledger_adds_up_after_every_kill(outcome: Outcome) -> None:
    assert [account.adds_up for account in outcome.accounts] == [True] * 20


def test_the_run_after_the_last_kill_ends_quietly(outcome: Outcome) -> None:
    report = json.loads(outcome.last.out)

    assert outcome.last.code == 0, outcome.last.err
    assert report["deliver"]["open"] == 0
    assert Stage.QUIET in outcome.last.seen


def test_the_night_run_again_sends_nothing(outcome: Outcome) -> None:
    report = json.loads(outcome.again.out)

    assert (outcome.again.code, report["deliver"]["sent"], report["deliver"]["open"]) == (0, 0, 0)
    assert outcome.got.total() == len({line.message_id for line in outcome.range.journal})


def furnished(folder: Path) -> House:
    """72 sources, two lists, 300 readers of hardly equal wishes, and some who get nothing."""
    house = House(folder, topics=TOPICS, lists=LISTS, gather={"min_interval_minutes": 60})
    (folder / "feeds").mkdir()
    for feed in feeds():
        (folder / "feeds" / feed.name).write_bytes(feed.read_bytes())
        house.follow(feed.name.partition(".")[0], f"feeds/{feed.name}")
    for number in range(SOURCES):
        text = f"A meetup on Tuesday: come to number {number}." if number % 7 == 0 else None
        house.publish(f"source-{number}", Item(name=f"entry-{number}", text=text))
    settings_file(house)
    with house.tonight(NIGHT) as one, one.store.atomic():
        _people(one, Random(SEED))
    return house


def _people(one: Tonight, random: Random) -> None:
    sources = [each.slug for each in one.settings.sources]
    for number in range(READERS):
        asked = Asked(
            language=random.choice(["fr", "en"]),
            format=random.choice([Format.HTML, Format.HTML, Format.TEXT]),
            mute=tuple(random.sample(sources, random.randrange(4))) if number % 3 else (),
            only=tuple(random.sample([*sources, "events", "releases"], 3)) if number % 3 == 0 else (),
        )
        _join(one, f"reader{number}", "daily", asked)
        if number % 10 == 0:
            _join(one, f"reader{number}", "weekly", asked)
    for number in range(12):
        _join(one, f"silent{number}", "daily", Asked(only=("silence",)))
        _join(one, f"monday{number}", "weekly", Asked(cadence=Cadence.WEEKLY, weekday=Weekday.MONDAY))
        _join(one, f"unsure{number}", "daily", Asked(), confirmed=False)
        left = _join(one, f"left{number}", "daily", Asked())
        people.unsubscribe(one, left)


def _join(one: Tonight, name: str, slug: str, asked: Asked, *, confirmed: bool = True) -> SubscriptionId:
    list_id, configured = people.list_named(one, slug)
    change = people.add(one, address(name), list_id, configured, asked, confirmed=confirmed)
    return change.member.subscription.id


def adds_up(house: House) -> bool:
    with house.tonight(NIGHT) as one:
        return all(one.store.deliveries.conservation(issue.id).holds for issue in one.store.issues.list_all())
