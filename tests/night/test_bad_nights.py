"""Nights with bad servers, a wrong clock or a feed that forgets itself (faults B22, B24, B26): the good is
whole, the bad is named, and the next good night misses and repeats nothing."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from digest.model import EntryState
from tests.httpd import Answer, Site
from tests.night.house import DAY, NIGHT, House, Item, rss

GOOD = tuple(f"good{n}" for n in range(14))
GARBAGE = bytes(range(256)) * 40


@pytest.fixture
def site() -> Iterator[Site]:
    with Site() as site:
        yield site


@pytest.fixture
def closed_port() -> Iterator[int]:
    """A port of ours where nobody listens, and nobody else can."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield int(bound.getsockname()[1])


def bad_answers(site: Site) -> dict[str, tuple[str, Answer]]:
    """The kinds of fault our report names, and answers that are so."""
    loop = Answer(status=302, headers=(("Location", site.url("/loop")),))
    half = rss("truncated", [Item(name="cut"), Item(name="off")])
    return {
        "silent": ("timeout", Answer(hang="start")),
        "stuck": ("timeout", Answer(body=half, hang="body")),
        "drip": ("timeout", Answer(drip_headers_seconds=0.05)),
        "loop": ("redirects", loop),
        "error": ("status", Answer(status=500, body=b"<h1>oops</h1>")),
        "garbage": ("unreadable", Answer(body=GARBAGE)),
        "lies": ("protocol", Answer(raw=b"\x00\x01\x02 not http at all\r\n\r\n")),
    }


def planet(tmp_path: Path, site: Site, closed_port: int, **gather: object) -> House:
    """Fourteen good feeds, seven that will be bad, and one whose server is dead all the time."""
    allow = [*site.allow, f"127.0.0.1:{closed_port}"]
    house = House(
        tmp_path,
        gather={"allow_private": allow, "timeout_seconds": 1, "per_host": 32, "first_entries": 100} | gather,
    )
    for slug in (*GOOD, *bad_answers(site)):
        house.follow(slug, site.url(f"/{slug}"))
        site.answer(f"/{slug}", rss(slug, [Item(name=f"{slug}-1")]))
    house.follow("dead", f"http://127.0.0.1:{closed_port}/feed")
    house.join("ada", at=NIGHT)
    return house


def names(prefix: str, *slugs: str) -> set[str]:
    return {f"{slug}-{prefix}" for slug in slugs}


def test_a_third_of_the_servers_bad_costs_only_theirs_and_nothing_for_ever(
    tmp_path: Path, site: Site, closed_port: int
) -> None:
    house = planet(tmp_path, site, closed_port)
    bad = bad_answers(site)
    house.night(NIGHT)
    for slug in (*GOOD, *bad):
        feed = [Item(name=f"{slug}-2"), Item(name=f"{slug}-1")]
        # slow is not bad
        good = Answer(body=rss(slug, feed), delay_seconds=0.3 if slug in GOOD[:4] else 0)
        site.script(f"/{slug}", bad[slug][1] if slug in bad else good)
    report = house.night(NIGHT + DAY)
    for slug in bad:
        feed = [Item(name=f"{slug}-3"), Item(name=f"{slug}-2"), Item(name=f"{slug}-1")]
        site.answer(f"/{slug}", rss(slug, feed))
    house.night(NIGHT + 2 * DAY)
    house.night(NIGHT + 3 * DAY)

    assert report.gather is not None
    failures = {failure.slug: failure.kind for failure in report.gather.failures}
    assert failures == {slug: kind for slug, (kind, _) in bad.items()} | {"dead": "connect"}
    assert [set(mail) for mail in house.received("ada")] == [
        names("1", *GOOD, *bad),
        names("2", *GOOD),
        names("2", *bad) | names("3", *bad),
    ]


def test_a_night_ends_at_its_deadline_with_what_it_has(tmp_path: Path, site: Site, closed_port: int) -> None:
    """A server that never ends its answer, and a timeout far beyond the deadline."""
    house = planet(tmp_path, site, closed_port, timeout_seconds=600, deadline_minutes=2 / 60)
    slow = ("silent", "stuck", "drip")
    for slug in slow:
        site.script(f"/{slug}", bad_answers(site)[slug][1])

    report = house.night(NIGHT)

    assert report.gather is not None
    late = {failure.slug for failure in report.gather.failures if failure.kind == "deadline"}
    assert late == set(slow)
    others = set(bad_answers(site)) - set(slow)
    assert [set(mail) for mail in house.received("ada")] == [names("1", *GOOD, *others)]


def test_a_bad_server_is_asked_less_and_less_but_forgiven_at_once(
    tmp_path: Path, site: Site, closed_port: int
) -> None:
    house = planet(tmp_path, site, closed_port, min_interval_minutes=60)
    site.script("/error", Answer(status=500))
    for hours in range(12):
        house.night(NIGHT + timedelta(hours=hours, minutes=hours))
    asked = len(site.seen("/error"))
    site.answer("/error", rss("error", [Item(name="error-1")]))
    house.night(NIGHT + DAY)
    house.night(NIGHT + DAY + timedelta(hours=2))

    assert len(site.seen("/good0")) == 14
    assert asked <= 4
    assert len(site.seen("/error")) == asked + 2


@pytest.mark.parametrize("hours", [(0, -24, 24, 48), (0, 24, -24, 0, 24, 48), (0, 30, 23, 25, 48)])
def test_whatever_the_clock_does_each_story_comes_once(tmp_path: Path, hours: tuple[int, ...]) -> None:
    """B22: a day back, a day ahead, to and fro; each run finds one entry more."""
    house = House(tmp_path)
    house.join("ada", at=NIGHT)
    for run, offset in enumerate(hours):
        house.publish("blog", f"run{run}")
        house.night(NIGHT + timedelta(hours=offset))
    house.night(NIGHT + 9 * DAY)

    served = [name for mail in house.received("ada") for name in mail]
    assert sorted(served) == sorted(f"run{run}" for run in range(len(hours)))
    house.accounts(at=NIGHT + 9 * DAY)


@pytest.mark.parametrize(
    ("midnight", "sent_at"),
    [
        (datetime(2026, 10, 24, 22, tzinfo=UTC), "2026-10-25T02:00:00+02:00"),
        (datetime(2027, 3, 27, 23, tzinfo=UTC), "2027-03-28T03:00:00+02:00"),
    ],
    ids=["doubled hour", "missing hour"],
)
def test_a_day_of_a_clock_change_brings_one_digest(tmp_path: Path, midnight: datetime, sent_at: str) -> None:
    """A run each half hour of the day and into the next, for a reader who wants theirs at two."""
    house = House(tmp_path)
    house.join("ada", at=midnight, hour=2)
    sent = []
    for half_hours in range(50):
        at = midnight + timedelta(minutes=30 * half_hours)
        if half_hours % 7 == 0:
            house.publish("blog", f"n{half_hours}")
        report = house.night(at)
        assert report.deliver is not None
        sent += [at.astimezone(house.settings.site.zone).isoformat()] * report.deliver.sent

    assert sent == [sent_at]


def test_entries_under_new_ids_come_once(tmp_path: Path) -> None:
    """B26: the site was moved to a program that makes other ids."""
    house, items = followed(tmp_path)
    house.republish("blog", *(replace(item, guid=f"urn:new:{item.name}") for item in items))
    house.publish("blog", "fresh")

    assert after_one_more_night(house) == [{"fresh"}]


def test_entries_with_new_dates_come_once(tmp_path: Path) -> None:
    """B26: a rebuild dates everything today."""
    house, items = followed(tmp_path)
    house.republish("blog", *(replace(item, at=NIGHT + timedelta(hours=20)) for item in items))
    house.publish("blog", "fresh")

    assert after_one_more_night(house) == [{"fresh"}]


def test_edited_entries_come_once(tmp_path: Path) -> None:
    """B26: every title and text touched, under the same ids."""
    house, items = followed(tmp_path)
    house.republish(
        "blog",
        *(
            replace(item, title=f"{item.name} again", text=f"Quite other words on {item.name}.")
            for item in items
        ),
    )
    house.publish("blog", "fresh")

    assert after_one_more_night(house) == [{"fresh"}]


def test_entries_that_left_the_feed_and_come_back_come_once(tmp_path: Path) -> None:
    house, items = followed(tmp_path)
    house.republish("blog", Item(name="fresh", at=NIGHT))
    house.night(NIGHT + DAY)
    house.republish("blog", Item(name="fresh", at=NIGHT), *items)

    house.night(NIGHT + 2 * DAY)

    assert [set(mail) for mail in house.received("ada")][1:] == [{"fresh"}]


def test_another_archive_in_the_place_of_a_feed_is_no_flood(tmp_path: Path) -> None:
    """B26: nothing matches what we knew: a handful is let through, hands decide about the rest."""
    house, _ = followed(tmp_path)
    archive = [Item(name=f"old{age}", at=NIGHT - (30 + age) * DAY) for age in range(60)]
    house.republish("blog", *archive)

    (mail,) = after_one_more_night(house)

    assert len(mail) <= 5
    assert len(house.titles(EntryState.QUARANTINED)) == 60 - len(mail)


def followed(tmp_path: Path) -> tuple[House, list[Item]]:
    """A blog of six posts that ada has read."""
    house = House(tmp_path)
    items = [Item(name=f"post{age}", at=NIGHT - (age + 1) * DAY) for age in range(6)]
    house.publish("blog", *items)
    house.join("ada", at=NIGHT)
    house.night(NIGHT)
    assert [len(mail) for mail in house.received("ada")] == [6]
    return house, items


def after_one_more_night(house: House) -> list[set[str]]:
    """What ada got after the first night."""
    house.night(NIGHT + DAY)
    house.night(NIGHT + 2 * DAY)
    return [set(mail) for mail in house.received("ada")][1:]
