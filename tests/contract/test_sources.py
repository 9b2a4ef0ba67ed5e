"""What every engine promises of sources."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from digest.errors import StorageError
from digest.gather.bookkeeping import GatherPlan
from digest.gather.document import Read
from digest.gather.reply import Failed, Reply, Unchanged
from digest.model import EntryId, EntryState, Identity, Move, Source
from digest.model.gathering import Gathering, NewNotice
from digest.storage import Store
from tests.gathering import DAY, feed, fetched, item, planned

BLOG = ("blog", "https://blog.example/feed", ())


@pytest.fixture
def blog(store: Store, now: datetime) -> Source:
    store.sources.sync([BLOG], now)
    return one(store)


def one(store: Store, slug: str = "blog") -> Source:
    found = store.sources.by_slug(slug)
    assert found is not None
    return found


def gather(store: Store, read: Read | None, now: datetime, *, reply: Reply | None = None) -> GatherPlan:
    """One asking of the blog, stored."""
    source = one(store)
    made = planned(source, read, store.entries.known(source.id), reply=reply, now=now)
    store.sources.save_gathering(made.gathering)
    return made


def learned(source: Source, now: datetime) -> Source:
    """Every field that asking may change, changed."""
    return replace(
        source,
        address="https://new.example/feed",
        title="A blog",
        site_url="https://blog.example/",
        etag='W/"a"',
        last_modified="Sat, 21 Nov 2026 03:00:00 GMT",
        body_hash="0" * 64,
        next_check_at=now + DAY,
        checked_at=now,
        succeeded_at=now,
        news_at=now,
        failures=3,
        failing_since_at=now - DAY,
        error_kind="status",
        error="500",
        move=Move(to="https://newer.example/", since_at=now, times=2),
        gone_at=now,
        malformed=True,
        identity=Identity.LINK,
        seeded_at=now,
    )


class TestSync:
    def test_a_source_of_the_file_starts_with_nothing_known(self, blog: Source) -> None:
        assert blog == Source(id=blog.id, slug="blog", url=BLOG[1], address=BLOG[1])

    def test_doing_it_twice_changes_nothing(self, store: Store, blog: Source, now: datetime) -> None:
        store.sources.sync([BLOG], now + DAY)
        assert store.sources.all() == (blog,)

    def test_a_former_slug_keeps_its_row(self, store: Store, blog: Source, now: datetime) -> None:
        store.sources.sync([("journal", BLOG[1], ("blog",))], now)
        assert [(each.id, each.slug) for each in store.sources.all()] == [(blog.id, "journal")]

    def test_what_left_the_file_is_retired_and_comes_back_as_it_was(
        self, store: Store, blog: Source, now: datetime
    ) -> None:
        store.sources.sync([], now)
        assert one(store).retired_at == now
        store.sources.sync([BLOG], now + DAY)
        assert one(store) == blog

    def test_a_new_address_drops_what_the_old_one_taught(
        self, store: Store, blog: Source, now: datetime
    ) -> None:
        store.sources.save_gathering(Gathering(at=now, source=learned(blog, now)))
        store.sources.sync([("blog", "https://other.example/feed", ())], now)
        got = one(store)
        assert got.address == got.url == "https://other.example/feed"
        assert (got.etag, got.last_modified, got.body_hash, got.next_check_at) == (None, None, None, None)
        assert (got.move, got.gone_at, got.failures, got.error) == (None, None, 0, None)

    def test_a_new_address_keeps_what_is_about_the_entries(
        self, store: Store, blog: Source, now: datetime
    ) -> None:
        store.sources.save_gathering(Gathering(at=now, source=learned(blog, now)))
        store.sources.sync([("blog", "https://other.example/feed", ())], now)
        assert (one(store).seeded_at, one(store).identity) == (now, Identity.LINK)

    def test_a_new_address_answers_what_was_said_of_the_old(
        self, store: Store, blog: Source, now: datetime
    ) -> None:
        told = [NewNotice(kind=kind, subject="blog", words="…") for kind in ("gone", "identity")]
        store.sources.save_gathering(Gathering(at=now, source=blog, notices=tuple(told)))
        store.sources.sync([("blog", "https://other.example/feed", ())], now)
        assert [notice.kind for notice in store.notices.open()] == ["identity"]

    def test_a_believed_move_outlives_a_sync(self, store: Store, blog: Source, now: datetime) -> None:
        store.sources.save_gathering(Gathering(at=now, source=learned(blog, now)))
        store.sources.sync([BLOG], now)
        assert one(store).address == "https://new.example/feed"


class TestGathering:
    def test_all_that_asking_teaches_is_kept(self, store: Store, blog: Source, now: datetime) -> None:
        store.sources.save_gathering(Gathering(at=now, source=learned(blog, now)))
        assert one(store) == learned(blog, now)

    def test_entries_arrive_with_their_keys(self, store: Store, blog: Source, now: datetime) -> None:
        gather(store, feed(item("a", date=now - DAY), item("b", guid=None)), now)
        keys = {each.title_key: each.keys for each in store.entries.known(blog.id)}
        assert keys == {"about a": ("id:tag:a",), "about b": ("link:blog.example/b",)}

    def test_storing_twice_changes_nothing_more(self, store: Store, blog: Source, now: datetime) -> None:
        made = gather(store, feed(item("a"), item("b")), now)
        before = store.entries.find()
        store.sources.save_gathering(made.gathering)
        assert store.entries.find() == before

    def test_an_edit_changes_the_text_and_says_when(self, store: Store, blog: Source, now: datetime) -> None:
        gather(store, feed(item("a", date=now - DAY)), now)
        gather(store, feed(item("a", text="Better.", date=now)), now + DAY)
        (entry,) = store.entries.find()
        assert (entry.content.text, entry.changed_at) == ("Better.", now + DAY)
        assert (entry.dated_at, entry.first_seen_at) == (now - DAY, now)

    def test_other_dates_are_no_edit(self, store: Store, blog: Source, now: datetime) -> None:
        gather(store, feed(item("a", date=now - DAY)), now)
        gather(store, feed(item("a", date=now)), now + DAY)
        (entry,) = store.entries.find()
        assert (entry.content.published_at, entry.changed_at) == (now, now)

    def test_further_keys_lead_to_the_same_entry(self, store: Store, blog: Source, now: datetime) -> None:
        gather(store, feed(item("a", date=now)), now)
        gather(store, feed(item("a", guid="tag:other", date=now)), now + DAY)
        (known,) = store.entries.known(blog.id)
        assert known.keys == ("id:tag:a", "id:tag:other")

    def test_what_leaves_is_withdrawn_and_comes_back(self, store: Store, blog: Source, now: datetime) -> None:
        days = [item(str(n), date=now - n * DAY) for n in range(4)]
        gather(store, feed(*days[:2]), now)
        gather(store, feed(*days), now)
        gather(store, feed(days[0], *days[2:]), now + DAY)
        withdrawn = [each.title_key for each in store.entries.known(blog.id) if each.withdrawn_at]
        assert withdrawn == ["about 1"]
        gather(store, feed(*days), now + 2 * DAY)
        assert not [each for each in store.entries.known(blog.id) if each.withdrawn_at]

    def test_a_failure_leaves_the_entries(self, store: Store, blog: Source, now: datetime) -> None:
        gather(store, feed(item("a")), now)
        before = store.entries.known(blog.id)
        gather(store, None, now + DAY, reply=Failed(kind="dns", words="No such host."))
        assert store.entries.known(blog.id) == before

    def test_notices_are_said_once_and_settled(self, store: Store, blog: Source, now: datetime) -> None:
        told = NewNotice(kind="source-down", subject="blog", words="It is down.")
        store.sources.save_gathering(Gathering(at=now, source=blog, notices=(told,)))
        store.sources.save_gathering(Gathering(at=now + DAY, source=blog, notices=(told,)))
        assert [(notice.kind, notice.subject, notice.at) for notice in store.notices.open()] == [
            ("source-down", "blog", now)
        ]
        store.sources.save_gathering(Gathering(at=now + 2 * DAY, source=blog, settled=("source-down",)))
        assert not store.notices.open()

    def test_it_is_stored_whole_or_not_at_all(self, store: Store, blog: Source, now: datetime) -> None:
        made = planned(blog, feed(item("a")), reply=fetched(), now=now).gathering
        broken = replace(made, source=replace(made.source, next_check_at=datetime(2026, 1, 1)))  # noqa: DTZ001
        with pytest.raises(ValueError, match="has no zone"):
            store.sources.save_gathering(broken)
        assert not store.entries.find()

    def test_content_comes_back_as_it_went_in(self, store: Store, blog: Source, now: datetime) -> None:
        rich = item("é", authors=("Ada", "Grace"), categories=("x, y",), language="fr", updated_at=now)
        gather(store, feed(rich), now + timedelta(seconds=1))
        (entry,) = store.entries.find()
        assert (entry.content, entry.state) == (rich.content, EntryState.WAITING)

    @pytest.mark.parametrize("replied", [Unchanged(), Unchanged(etag='"b"', moved_to="https://new.example/")])
    @pytest.mark.parametrize("state", ["new", "known", "failing", "moving"])
    def test_an_answer_without_news_is_stored_in_full(
        self, store: Store, blog: Source, now: datetime, state: str, replied: Unchanged
    ) -> None:
        """A quiet one by the short way, any other by the long one."""
        failing = replace(learned(blog, now), gone_at=None, move=None)
        known = replace(failing, failures=0, failing_since_at=None, error_kind=None, error=None)
        moving = replace(known, move=Move(to="https://new.example/", since_at=now, times=2))
        states = {"new": blog, "known": known, "failing": failing, "moving": moving}
        store.sources.save_gathering(Gathering(at=now, source=states[state]))
        made = gather(store, None, now + DAY, reply=replied)
        assert made.gathering.quiet is (state in ("new", "known") and replied.moved_to is None)
        assert one(store) == made.gathering.source

    def test_several_are_stored_at_once(self, store: Store, blog: Source, now: datetime) -> None:
        store.sources.sync([BLOG, ("news", "https://news.example/feed", ())], now)
        several = [Gathering(at=now, source=replace(each, title="T")) for each in store.sources.all()]
        store.sources.save_gatherings(several)
        assert [each.title for each in store.sources.all()] == ["T", "T"]

    def test_several_are_stored_all_or_none(self, store: Store, blog: Source, now: datetime) -> None:
        store.sources.sync([BLOG, ("news", "https://news.example/feed", ())], now)
        news = one(store, "news")
        several = [
            Gathering(at=now, source=replace(news, title="T")),
            Gathering(at=now, source=replace(blog, title="B"), keys=((EntryId(9), "id:of nothing"),)),
        ]
        with pytest.raises(StorageError):
            store.sources.save_gatherings(several)
        assert (one(store), one(store, "news")) == (blog, news)
