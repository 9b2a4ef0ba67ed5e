"""Real feeds through the years: each version read, planned and stored, one after the other."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from digest.gather.bookkeeping import GatherPlan
from digest.gather.document import Document, ParsedFeed
from digest.gather.identity import keyed
from digest.gather.matching import suspects
from digest.gather.plan import identity_for, plan
from digest.gather.read import read
from digest.gather.reply import Fetched
from digest.model import EntryState
from digest.settings.schema import Gather, SourceSettings
from digest.storage import Store, open_store
from tests.corpus import CORPUS, needs_corpus

pytestmark = needs_corpus

#: versions in which ids changed though the entries did not: how many entries are really new, counted by hand
REGENERATED = {
    "tartley/20210513T163006Z.xml": 4,
    "tartley/20230707T015932Z.xml": 5,
    "salt-fr/20141029T090258Z.xml": 2,
    "salt-fr/20170915T145738Z.xml": 3,
    "pyconfr-2016/20160505T095044Z.xml": 0,
    "pyconfr-2016/20160505T095133Z.xml": 0,
    "pyconfr-2016/20160505T100312Z.xml": 0,
    "osteel/20200308T142756Z.xml": 3,
    "osteel/20230328T141057Z.xml": 2,
    "ecoresponsable-json/20240913T121102Z.json": 2,
    "ecoresponsable-json/20250127T165840Z.json": 9,
    "curiousefficiency/20140817T082511Z.xml": 3,
    "curiousefficiency/20171103T112810Z.xml": 2,
    "curiousefficiency/20241101T054725Z.xml": 1,
}
NAMES = (
    "curiousefficiency",
    "eaux-bonnes",
    "ecoresponsable-json",
    "osteel",
    "pyconfr-2016",
    "salt-fr",
    "sympy-planet-daily",
    "tartley",
)


def index() -> dict[str, dict[str, str]]:
    with (CORPUS / "timelines.tsv").open(encoding="utf-8") as lines:
        return {row["file"]: row for row in csv.DictReader(lines, delimiter="\t")}


class Replay:
    """One timeline in a store of its own, every version gathered on its date."""

    def __init__(self, name: str, store: Store) -> None:
        self.name, self.store = name, store
        self.settings = SourceSettings(slug=name, url=f"https://{name}.example/feed")

    def __iter__(self) -> Iterator[tuple[str, ParsedFeed, GatherPlan]]:
        for path in sorted((CORPUS / "timelines" / self.name).iterdir()):
            at = datetime.strptime(path.stem, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
            yield f"{self.name}/{path.name}", *self.gather(path, at)

    def gather(self, path: Path, at: datetime) -> tuple[ParsedFeed, GatherPlan]:
        self.store.sources.sync([(self.name, self.settings.url, ())], at)
        source = self.store.sources.by_slug(self.name)
        assert source is not None
        reply = Fetched(address=self.settings.url, body=path.read_bytes())
        feed = read(Document(body=reply.body, address=reply.address))
        assert isinstance(feed, ParsedFeed)
        known = self.store.entries.known(source.id)
        found = keyed(feed.entries, identity_for(source, feed))
        made = plan(
            source,
            self.settings,
            reply,
            feed,
            known,
            texts=self.store.entries.texts(suspects(found, known)),
            now=at,
            jitter=0.5,
            settings=Gather(first_entries=10),
        )
        self.store.sources.save_gathering(made.gathering)
        return feed, made


@pytest.fixture(params=NAMES)
def replay(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Replay]:
    with open_store("sqlite://", base=tmp_path, now=datetime(2012, 1, 1, tzinfo=UTC)) as store:
        yield Replay(request.param, store)


def test_what_is_new_comes_as_new_and_what_is_not_does_not(replay: Replay) -> None:
    told = index()
    for file, feed, made in replay:
        expected = told[file]["new_ids"]
        count = len(feed.entries) if expected == "-" else REGENERATED.get(file, int(expected))
        assert (file, len(made.gathering.new)) == (file, count)


def test_no_post_of_a_year_is_taken_for_a_flood(replay: Replay) -> None:
    for file, _, made in replay:
        kept_back = [new.content.title for new in made.gathering.new if new.state is EntryState.QUARANTINED]
        assert (file, kept_back) == (file, [])


def test_no_two_entries_of_a_timeline_are_one_post(replay: Replay) -> None:
    for _ in replay:
        pass
    entries = replay.store.entries.find(limit=10_000)
    posts = Counter((entry.content.title, entry.content.published_at) for entry in entries)
    assert [post for post, times in posts.items() if times > 1] == []


def test_every_version_ends_with_its_own_words(replay: Replay) -> None:
    """An edited entry has the latest text, under the id it always had."""
    for _, feed, _ in replay:
        stored = {entry.content for entry in replay.store.entries.find(limit=10_000)}
        assert [entry.content.title for entry in feed.entries if entry.content not in stored] == []


def test_most_edits_the_index_tells_are_seen_as_changes(replay: Replay) -> None:
    """It also counts changes of markup that cleaning takes away, which no reader could see."""
    told, seen, counted = index(), 0, 0
    for file, _, made in replay:
        if file in REGENERATED or told[file]["edited_ids"] == "-":
            continue
        counted += int(told[file]["edited_ids"])
        seen += min(int(told[file]["edited_ids"]), len(made.gathering.changed))
    assert seen >= 0.75 * counted


def test_the_same_version_again_changes_nothing(replay: Replay) -> None:
    path = max((CORPUS / "timelines" / replay.name).iterdir())
    at = datetime(2026, 11, 22, tzinfo=UTC)
    replay.gather(path, at)
    _, again = replay.gather(path, at)
    assert not again.gathering.new
    assert not [changed for changed in again.gathering.changed if changed.edited]


def test_when_another_archive_takes_the_place_of_a_feed_five_old_entries_are_news(tmp_path: Path) -> None:
    """Nothing is left to know an entry by. Hands decide, readers are spared."""
    before, after = CORPUS / "timelines" / "tartley", CORPUS / "timelines" / "osteel"
    with open_store("sqlite://", base=tmp_path, now=datetime(2012, 1, 1, tzinfo=UTC)) as store:
        replay = Replay("blog", store)
        replay.gather(before / "20230707T015932Z.xml", datetime(2023, 7, 7, tzinfo=UTC))
        _, made = replay.gather(after / "20230810T143330Z.xml", datetime(2023, 8, 10, tzinfo=UTC))
        states = Counter(new.state for new in made.gathering.new)
        fresh = [new for new in made.gathering.new if new.dated_at > datetime(2023, 7, 1, tzinfo=UTC)]
        assert states == {EntryState.WAITING: len(fresh) + 5, EntryState.QUARANTINED: 47 - len(fresh) - 5}
        assert [notice.kind for notice in store.notices.open()] == ["quarantine"]
