"""`explain` names the one rule that decided, for each case there is."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from digest.model import Entry, short
from digest.night import people
from digest.night.explaining import explain, explain_to
from digest.night.tonight import Tonight
from subscribers.model import Cadence, OnReturn, Weekday, Wishes, Word
from tests.ledger import poke
from tests.night.house import DAY, NIGHT, House, Item, address

SECOND = NIGHT + DAY
EVERYTHING = Wishes()
EVENTS = {"slug": "events", "title": "Events", "match": {"words": ["meetup"]}}


@pytest.fixture
def house(tmp_path: Path) -> House:
    """One night on, of a blog and a planet, with one reader who wanted all of it."""
    house = House(tmp_path, topics=[EVENTS])
    house.publish("blog", "one", Item(name="two", text="Come to the meetup in the old mill on Tuesday."))
    house.publish("planet", "three")
    house.join("ada", at=NIGHT)
    house.night(NIGHT)
    return house


def of(one: Tonight, name: str) -> Entry:
    return next(each for each in one.store.entries.find(limit=100) if each.guid.endswith(f":{name}"))


def general(house: House, name: str, *, at: datetime = NIGHT) -> list[str]:
    with house.tonight(at) as one:
        return list(explain(one, of(one, name)))


def personal(house: House, name: str, who: str, *, at: datetime = NIGHT) -> str:
    with house.tonight(at) as one:
        (line,) = explain_to(one, of(one, name), people.places_of(one, address(who)))
    return line


def test_what_became_news_is_told_with_its_place_topic_and_lists(house: House) -> None:
    first, topic, lists = general(house, "two")

    assert "It became news on 2026-11-22 03:00 (Europe/Paris), as number " in first
    assert topic == "Topic events: by word 'meetup'."
    assert lists == "Lists that carry blog: daily."


def test_every_topic_of_an_entry_is_told_with_the_rule_that_put_it_there(tmp_path: Path) -> None:
    house = House(
        tmp_path,
        topics=[
            {"slug": "by-word", "title": "W", "match": {"words": ["Événement"]}},
            {"slug": "by-category", "title": "C", "match": {"categories": ["Web", "Été"]}},
            {"slug": "by-source", "title": "S", "match": {"sources": ["blog"]}},
            {"slug": "by-configuration", "title": "A"},
            {"slug": "of-others", "title": "O", "match": {"words": ["events"], "sources": ["planet"]}},
        ],
    )
    house.follow("blog", "blog.xml", topics=["by-configuration"])
    house.publish("planet", "other")
    house.publish("blog", Item(name="one", title="Un EVENEMENT", category="ete"))
    house.night(NIGHT)

    assert [line for line in general(house, "one") if line.startswith("Topic")] == [
        "Topic by-word: by word 'Événement'.",
        "Topic by-category: by category 'Été'.",
        "Topic by-source: by source.",
        "Topic by-configuration: by always.",
    ]


def test_what_no_topic_takes_says_so(house: House) -> None:
    assert "No topic's rule takes it: it stands under the others." in general(house, "one")


def test_what_no_list_carries_says_so(house: House) -> None:
    house.tables["lists"][0]["sources"] = ["planet"]

    assert "No list carries blog." in general(house, "one")
    assert personal(house, "two", "ada").endswith("no, the list does not carry its source.")


def test_a_seeded_entry_was_there_before_us(tmp_path: Path) -> None:
    house = House(tmp_path, gather={"first_entries": 1})
    house.publish("blog", "new", Item(name="old", at=NIGHT - 3 * DAY))
    house.join("ada", at=NIGHT)
    house.night(NIGHT)

    assert general(house, "old") == [
        "It was there when we first saw its source: never news ([gather] first_entries)."
    ]
    assert personal(house, "old", "ada") == "daily: no, it is not news."


@pytest.mark.parametrize(
    ("state", "reason", "words"),
    [
        ("waiting", None, "It waits for the close of the next gathering."),
        (
            "quarantined",
            "it looks like e1",
            "It is quarantined until `digest entries release`: it looks like e1.",
        ),
        ("held", "dated 2027-01-01", "It waits for its date: dated 2027-01-01."),
        ("dropped", "word 'sponsored'", "It is kept out: word 'sponsored'."),
    ],
)
def test_what_is_not_news_yet_says_why(house: House, state: str, reason: str | None, words: str) -> None:
    with house.tonight(NIGHT) as one:
        poke(
            one.store,
            "UPDATE entries SET state = ?, reason = ?, seq = NULL, released_at = NULL, story_id = NULL"
            " WHERE id = ?",
            state,
            reason,
            of(one, "one").id,
        )

    assert general(house, "one") == [words]
    assert personal(house, "one", "ada") == "daily: no, it is not news."


def test_who_got_it_got_it_in_an_issue(house: House) -> None:
    assert personal(house, "one", "ada") == "daily: yes, in the issue of 2026-11-22: sent."


def with_wishes(house: House, wishes: Wishes = EVERYTHING) -> None:
    """A reader who is to get the entries of the first night still."""
    house.join("eve", at=SECOND)
    with house.tonight(SECOND) as one:
        (place,) = people.places_of(one, address("eve"))
        one.store.people.set_wishes(place.subscription.id, wishes)
        poke(one.store, "UPDATE subscriptions SET cursor = 0 WHERE id = ?", place.subscription.id)


@pytest.mark.parametrize(
    ("wishes", "words"),
    [
        (Wishes.of(), "yes, with the next digest tonight, because nothing they said is against it."),
        (Wishes.of(sources={"blog": Word.MUTE}), "no, because they muted its source (blog)."),
        (
            Wishes.of(sources={"blog": Word.FOLLOW}),
            "yes, with the next digest tonight, because they follow its source (blog).",
        ),
        (Wishes.of(topics={"events": Word.MUTE}), "no, because they muted every topic it is in (events)."),
        (
            Wishes.of(only=True, topics={"events": Word.FOLLOW}),
            "yes, with the next digest tonight, because they follow its topic (events).",
        ),
        (
            Wishes.of(only=True, sources={"planet": Word.FOLLOW}),
            "no, because they want only what they follow, and follow neither its source nor a topic of it.",
        ),
        (Wishes.of(languages=("fr",)), "no, because it is not in a language they read (en)."),
    ],
)
def test_the_wish_that_decided_is_named(house: House, wishes: Wishes, words: str) -> None:
    with_wishes(house, wishes)

    assert personal(house, "two", "eve", at=SECOND) == f"daily: {words}"


def test_what_came_before_they_did_is_not_theirs(house: House) -> None:
    house.join("late", at=SECOND)

    words = personal(house, "three", "late", at=SECOND)
    assert words == "daily: no, it arrived as number 3, and they are served from 3 on."


def test_what_left_its_feed_first_is_sent_to_nobody(house: House) -> None:
    with_wishes(house)
    with house.tonight(SECOND) as one:
        poke(one.store, "UPDATE entries SET withdrawn_at = released_at WHERE id = ?", of(one, "one").id)

    assert personal(house, "one", "eve", at=SECOND) == "daily: no, it left its feed before it was sent."
    assert "Since then it left its feed: it is sent to nobody unless it returns." in general(house, "one")


def test_who_left_the_list_gets_nothing(house: House) -> None:
    with_wishes(house)
    with house.tonight(SECOND) as one:
        (place,) = people.places_of(one, address("eve"))
        people.unsubscribe(one, place.subscription.id)

    assert personal(house, "one", "eve", at=SECOND) == "daily: no, the subscription is unsubscribed."


def test_the_twin_of_what_was_sent_comes_to_nobody_who_had_it(house: House) -> None:
    house.publish("planet", Item(name="copy", link="https://blog.example/one", guid="tag:blog:one"))
    house.night(SECOND)
    with house.tonight(SECOND) as one:
        copy = next(
            each for each in one.store.entries.find(limit=100) if each.content.title == "What copy is about"
        )
        origin = of(one, "one") if copy.guid != "tag:blog:one" else _other(one, copy)
        (line,) = explain_to(one, copy, people.places_of(one, address("ada")))
        twins = [each for each in explain(one, copy) if each.startswith("The same story")]

    assert copy.story_id == origin.story_id
    assert twins == [f"The same story as {short(origin.id)} of blog (the origin)."]
    # The cursor has passed it: nothing was new for her on the second night.
    assert line == "daily: no, it arrived as number 4, and they are served from 4 on."


def test_the_twin_of_what_was_sent_is_named_before_the_cut(house: House) -> None:
    house.publish("planet", Item(name="copy", link="https://blog.example/one", guid="tag:blog:one"))
    house.night(SECOND)
    with house.tonight(SECOND) as one:
        poke(one.store, "UPDATE subscriptions SET cursor = 3")
        copy = next(
            each for each in one.store.entries.find(limit=100) if each.content.title == "What copy is about"
        )
        (line,) = explain_to(one, copy, people.places_of(one, address("ada")))

    assert line == "daily: no, another entry of the same story was sent already."


def test_what_an_expired_mail_held_comes_with_the_next(house: House) -> None:
    with house.tonight(SECOND) as one:
        poke(one.store, "UPDATE deliveries SET status = 'expired'")
        poke(one.store, "UPDATE subscriptions SET cursor = 0")

    assert personal(house, "one", "ada", at=SECOND).startswith("daily: yes, with the next digest tonight")


def test_a_story_with_an_entry_from_before_us_counts_as_served(house: House) -> None:
    with_wishes(house)
    with house.tonight(SECOND) as one:
        story = of(one, "one").story_id
        poke(
            one.store,
            "UPDATE entries SET state = 'seeded', story_id = ?, seq = NULL, released_at = NULL WHERE id = ?",
            story,
            of(one, "three").id,
        )

    assert "it counts as served" in personal(house, "one", "eve", at=SECOND)


def test_what_comes_during_a_pause_that_skips_is_not_theirs(house: House) -> None:
    with_wishes(house)
    with house.tonight(SECOND) as one:
        (place,) = people.places_of(one, address("eve"))
        one.store.people.pause(place.subscription.id, until=SECOND + DAY, on_return=OnReturn.SKIP)

    assert "during their pause" in personal(house, "one", "eve", at=SECOND)


def test_what_is_older_than_two_months_is_only_counted(house: House) -> None:
    with_wishes(house)

    assert "it is only counted" in personal(house, "one", "eve", at=NIGHT + 90 * DAY)


def test_a_weekly_reader_hears_the_day_it_comes(house: House) -> None:
    house.publish("blog", "four")
    house.join("wim", at=NIGHT, cadence=Cadence.WEEKLY, weekday=Weekday.THURSDAY)
    house.night(SECOND)

    assert "with the next digest on 2026-11-26" in personal(house, "four", "wim", at=SECOND)


def _other(one: Tonight, copy: Entry) -> Entry:
    return next(
        each
        for each in one.store.entries.find(limit=100)
        if each.guid == copy.guid and each.source_id != copy.source_id
    )
