"""kill -9 while fetching, closing, grouping, setting, planning, sending (B25): whatever the instant, the next
run finishes the night, nobody misses or repeats a story, and the issue is frozen once."""

from __future__ import annotations

import os
import signal
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.httpd import Answer, Seen, Site
from tests.night.dying import Place, start
from tests.night.house import DAY, NIGHT, House, Item, Mail, rss
from tests.smtpd import Smtpd

READERS = ("ada", "bruno", "chloe")

PLACES = (
    Place(call="entries.known"),
    Place(call="sources.save_gatherings", when="before"),
    Place(call="sources.save_gatherings"),
    Place(call="entries.kin"),
    Place(call="entries.close", when="before"),
    Place(call="entries.close"),
    Place(call="nights.mark_closed"),
    Place(call="entries.released_between"),
    Place(call="issues.freeze", when="before"),
    Place(call="issues.freeze"),
    Place(call="issues.add_fragments"),
    Place(call="issues.add_fragments", nth=2),
    Place(call="issues.add_editions"),
    Place(call="deliveries.plan"),
    Place(call="people.advance"),
    Place(call="issues.mark_planned", when="before"),
    Place(call="issues.mark_planned"),
    Place(call="deliveries.claim"),
    Place(call="deliveries.settle", when="before"),
    Place(call="deliveries.settle"),
    Place(call="issues.close_finished", when="before"),
)


@pytest.fixture
def relay() -> Iterator[Smtpd]:
    with Smtpd() as server:
        yield server


@pytest.fixture
def house(tmp_path: Path, relay: Smtpd) -> House:
    """Three readers, two languages, two blogs."""
    house = House(tmp_path)
    house.tables["mail"]["smtp"] = f"smtp://127.0.0.1:{relay.port}"
    house.publish("blog", "two", "one")
    house.publish("wiki", "page")
    for name in READERS:
        house.join(name, at=NIGHT, language="fr" if name == "bruno" else "en", mute=muted(name))
    return house


def muted(name: str) -> tuple[str, ...]:
    return ("wiki",) if name == "chloe" else ()


def killed(house: House, place: Place) -> None:
    with start(house, NIGHT, place) as child:
        assert child.wait(60) == -signal.SIGKILL


def nights_after(house: House) -> None:
    """The same night again, then the next with something new."""
    house.night(NIGHT)
    house.publish("blog", "three")
    house.night(NIGHT + DAY)
    house.accounts(at=NIGHT + DAY)


def read(server: Smtpd) -> dict[str, list[set[str]]]:
    """What each reader read: copies of the same bytes count once."""
    different = {(message.rcpt_to, message.content): None for message in server.messages}
    found: dict[str, list[set[str]]] = {}
    for (address,), content in different:
        found.setdefault(address.partition("@")[0], []).append(set(Mail.of(content).stories))
    return found


def expected() -> dict[str, list[set[str]]]:
    return {name: [{"one", "two"} if muted(name) else {"one", "two", "page"}, {"three"}] for name in READERS}


@pytest.mark.parametrize("place", PLACES, ids=str)
def test_a_killed_night_is_finished_by_the_next_run(house: House, relay: Smtpd, place: Place) -> None:
    killed(house, place)

    nights_after(house)

    assert read(relay) == expected()
    assert len(relay.messages) == 2 * len(READERS)
    with house.tonight(NIGHT + DAY) as one:
        issues = one.store.issues.list_all()
    assert [(issue.number, issue.candidates) for issue in issues] == [(2, 3), (1, 3)]


def test_a_kill_between_the_dot_and_the_record_sends_the_same_bytes_once_more(
    house: House, relay: Smtpd
) -> None:
    killed(house, Place(call="deliveries.settle", when="before", nth=2))

    nights_after(house)

    assert read(relay) == expected()
    assert sorted(Counter(message.content for message in relay.messages).values()) == [1] * 5 + [2]


def test_a_night_killed_and_never_run_again_is_finished_by_the_next_night(house: House, relay: Smtpd) -> None:
    killed(house, Place(call="deliveries.plan"))
    house.publish("blog", "three")

    house.night(NIGHT + DAY)

    together = {
        name: [{"one", "two", "three"} if muted(name) else {"one", "two", "page", "three"}]
        for name in READERS
    }
    assert read(relay) == together


def test_mail_left_by_a_dead_night_goes_before_anything_new_is_cut_for_its_readers(
    house: House, relay: Smtpd
) -> None:
    killed(house, Place(call="deliveries.claim"))
    house.publish("blog", "three")

    house.night(NIGHT + DAY)
    house.night(NIGHT + 2 * DAY)

    assert read(relay) == expected()


def test_a_kill_while_fetching_loses_nothing(tmp_path: Path) -> None:
    children: list[subprocess.Popen[bytes]] = []

    def kill(seen: Seen) -> Answer:
        os.kill(children[0].pid, signal.SIGKILL)
        return Answer(body=rss("c", [Item(name="c1")]))

    with Site() as site:
        house = House(tmp_path, gather={"allow_private": list(site.allow), "per_host": 1})
        for slug in "abd":
            site.answer(f"/{slug}", rss(slug, [Item(name=f"{slug}1")]), etag=f'"{slug}"')
        site.script("/c", kill, Answer(body=rss("c", [Item(name="c1")])))
        for slug in "abcd":
            house.follow(slug, site.url(f"/{slug}"))
        house.join("ada", at=NIGHT)
        with start(house, NIGHT) as child:
            children.append(child)
            assert child.wait(60) == -signal.SIGKILL
        house.night(NIGHT)
        house.night(NIGHT + DAY)

    assert [set(mail) for mail in house.received("ada")] == [{"a1", "b1", "c1", "d1"}]
