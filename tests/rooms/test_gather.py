"""The gathering room, door to shelf: real fetching on loopback, real reading processes, a real store."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest

from digest.gather import GatherReport, close, gather
from digest.model import Entry, EntryState, Seq
from digest.model.gathering import Placing
from digest.settings.schema import Settings
from digest.storage import Store, open_store
from tests.httpd import Answer, Site

START = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)


def rss(*names: str, first_day: int = 20) -> bytes:
    """A feed of entries, one a day, the newest first."""
    entries = "".join(
        f"<item><title>About {name}</title><link>https://blog.example/{name}</link><guid>tag:{name}</guid>"
        f"<description>All there is to say about {name}.</description>"
        f"<pubDate>{first_day - place:02} Nov 2026 12:00:00 GMT</pubDate></item>"
        for place, name in enumerate(names)
    )
    return f"<rss version='2.0'><channel><title>Blog</title>{entries}</channel></rss>".encode()


@dataclass
class Night:
    """A store, a site, and one gathering after the other, a day apart."""

    store: Store
    site: Site
    base: Path
    paths: dict[str, str] = field(default_factory=lambda: {"blog": "/blog.xml"})
    now: datetime = START
    heard: list[tuple[int, int]] = field(default_factory=list)

    @property
    def settings(self) -> Settings:
        return Settings.model_validate(
            {
                "site": {"title": "T", "url": "https://digest.example", "contact": "admin@example.org"},
                "mail": {"from": "digest@example.org", "smtp": "dir:outbox"},
                "gather": {"allow_private": self.site.allow, "first_entries": 2, "timeout_seconds": 5},
                "sources": [
                    {"slug": slug, "url": self.site.url(path) if path.startswith("/") else path}
                    for slug, path in self.paths.items()
                ],
            }
        )

    def run(self, *, days: float = 1, force: bool = False) -> GatherReport:
        self.now += timedelta(days=days)
        return gather(
            self.store,
            self.settings,
            now=lambda: self.now,
            random=Random(1),
            base=self.base,
            force=force,
            progress=lambda done, total: self.heard.append((done, total)),
        )

    def close(self) -> int:
        return close(
            self.store,
            self.settings,
            now=self.now,
            assign_topics=lambda _: (),
            assign_stories=alone,
            assign_language=lambda _: "en",
        )

    def waiting(self) -> list[str]:
        return sorted(entry.guid.removeprefix("tag:") for entry in self.store.entries.waiting())


def alone(arriving: Sequence[Entry]) -> list[Placing]:
    return [Placing(story_id=None, entries=(each.id,), origin_id=each.id) for each in arriving]


@pytest.fixture
def night(tmp_path: Path) -> Iterator[Night]:
    with Site() as site, open_store("sqlite://", base=tmp_path, now=START) as store:
        yield Night(store=store, site=site, base=tmp_path)


def counts(report: GatherReport) -> tuple[int, int, int, int, int]:
    return report.sources, report.unchanged, report.changed, report.failed, report.entries_new


def test_the_newest_of_a_new_source_wait_and_then_only_what_is_new(night: Night) -> None:
    night.site.script(
        "/blog.xml", Answer(body=rss("c", "b", "a")), Answer(body=rss("d", "c", "b", first_day=21))
    )
    assert counts(night.run()) == (1, 0, 1, 0, 2)
    assert night.waiting() == ["b", "c"]
    assert counts(night.run()) == (1, 0, 1, 0, 1)
    assert night.waiting() == ["b", "c", "d"]


def test_validators_are_sent_back_as_they_came_and_a_304_changes_nothing(night: Night) -> None:
    night.site.answer("/blog.xml", rss("a"), etag='W/"x"', last_modified="Sat, 21 Nov 2026 03:00:00 GMT")
    night.run()
    assert counts(night.run()) == (1, 1, 0, 0, 0)
    asked = night.site.seen("/blog.xml")[-1].headers
    assert (asked["if-none-match"], asked["if-modified-since"]) == ('W/"x"', "Sat, 21 Nov 2026 03:00:00 GMT")


def test_the_same_bytes_without_validators_are_unchanged_too(night: Night) -> None:
    night.site.answer("/blog.xml", rss("a"))
    assert [counts(night.run())[1:3] for _ in range(2)] == [(0, 1), (1, 0)]


def test_nobody_is_asked_twice_within_the_interval_unless_forced(night: Night) -> None:
    night.site.answer("/blog.xml", rss("a"))
    night.run()
    assert counts(night.run(days=0.01)) == (0, 0, 0, 0, 0)
    assert night.run(days=0, force=True).sources == 1


def test_bad_sources_never_stop_the_others(night: Night) -> None:
    night.paths = {
        "blog": "/blog.xml",
        "html": "/html",
        "empty": "/empty",
        "down": "/down",
        "gone": "/gone",
        "private": "http://127.0.0.2:9/feed",
        "file": "no-such-file.xml",
    }
    night.site.answer("/blog.xml", rss("a"))
    night.site.answer(
        "/html", b"<!doctype html><html><body>Please log in</body></html>", content_type="text/html"
    )
    night.site.answer("/empty", b"")
    night.site.answer("/down", b"", status=500)
    night.site.answer("/gone", b"", status=410)
    report = night.run()
    assert counts(report) == (7, 0, 1, 6, 1)
    assert {failure.slug for failure in report.failures} == night.paths.keys() - {"blog"}
    assert [notice.kind for notice in report.notices] == ["gone"]
    assert night.waiting() == ["a"]


def test_a_failure_in_between_loses_nothing_and_repeats_nothing(night: Night) -> None:
    night.site.script(
        "/blog.xml",
        Answer(body=rss("b", "a")),
        Answer(status=503),
        Answer(body=b"<html>"),
        Answer(body=rss("c", "b", "a")),
    )
    reports = [night.run() for _ in range(4)]
    assert [report.entries_new for report in reports] == [2, 0, 0, 1]
    assert night.waiting() == ["a", "b", "c"]


def test_retry_after_lasts_over_nights(night: Night) -> None:
    night.site.answer("/blog.xml", b"", status=429, headers=(("Retry-After", str(3 * 86400)),))
    assert [night.run().sources for _ in range(4)] == [1, 0, 0, 1]


def test_a_permanent_move_is_believed_after_three_nights(night: Night) -> None:
    night.site.redirect("/blog.xml", night.site.url("/new.xml"), status=301)
    night.site.script("/new.xml", *(Answer(body=rss(*names)) for names in ("a", "ba", "cba", "dcba")))
    reports = [night.run() for _ in range(3)]
    (source,) = night.store.sources.all()
    assert source.address == night.site.url("/new.xml")
    assert source.url == night.site.url("/blog.xml")
    assert [notice.kind for report in reports for notice in report.notices] == ["moved"]
    before = len(night.site.seen("/blog.xml"))
    night.run()
    assert len(night.site.seen("/blog.xml")) == before


def test_a_source_may_be_a_file_beside_the_settings(night: Night) -> None:
    night.paths = {"file": "feeds/blog.xml"}
    (night.base / "feeds").mkdir()
    (night.base / "feeds" / "blog.xml").write_bytes(rss("a"))
    assert counts(night.run()) == (1, 0, 1, 0, 1)


def test_progress_hears_of_every_source(night: Night) -> None:
    night.paths = {f"s{n}": f"/{n}.xml" for n in range(40)}
    for n in range(40):
        night.site.answer(f"/{n}.xml", rss(f"only-{n}"))
    assert night.run().entries_new == 40
    assert sorted(night.heard) == [(n, 40) for n in range(1, 41)]
    assert len(night.waiting()) == 40


def test_closing_releases_all_that_waits_once(night: Night) -> None:
    night.site.answer("/blog.xml", rss("c", "b", "a"))
    night.run()
    assert (night.close(), night.close()) == (2, 0)
    released = night.store.entries.find(state=EntryState.RELEASED)
    assert sorted((entry.seq, entry.guid) for entry in released if entry.seq) == [(1, "tag:b"), (2, "tag:c")]
    assert len(night.store.entries.released_between(Seq(0), Seq(2))) == 2


def test_what_is_edited_before_it_is_sent_is_sent_as_it_is_now(night: Night) -> None:
    night.site.script(
        "/blog.xml", Answer(body=rss("a")), Answer(body=rss("a").replace(b"All there is", b"Much"))
    )
    night.run()
    night.close()
    night.run()
    (story,) = night.store.entries.released_between(Seq(0), Seq(1))
    assert story.origin.content.text.startswith("Much to say")


def test_a_source_that_left_the_file_is_not_asked(night: Night) -> None:
    night.site.answer("/blog.xml", rss("a"))
    night.run()
    night.paths = {}
    assert night.run().sources == 0
    assert night.close() == 1
