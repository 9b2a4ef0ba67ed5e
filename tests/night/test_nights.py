"""What a night promises its readers, on small feeds: everything once, to whom it is due, and nothing else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from digest.deliver import DeliverReport
from digest.model import EntryState, Status
from digest.night import people
from digest.night.run import compose_room, deliver_room, gather_room
from digest.night.tonight import Tonight
from subscribers.model import Cadence, OnReturn, Weekday
from tests.night.house import DAY, NIGHT, House, Item, Mail, address
from tests.smtpd import Command, Fault, Smtpd, say

WEEKLY = {"slug": "weekly", "title": "Small Weekly", "cadence": "weekly", "weekday": "monday"}
MONDAY = NIGHT + DAY


@pytest.fixture
def house(tmp_path: Path) -> House:
    """A planet of one blog with two entries, nobody reading it yet."""
    house = House(tmp_path)
    house.publish("blog", "two", "one")
    return house


def test_when_nobody_is_due_nothing_is_sent_and_the_next_due_date_is_named(tmp_path: Path) -> None:
    house = House(tmp_path, lists=[WEEKLY])
    house.publish("blog", "one")
    house.join("ada", at=NIGHT, list="weekly")

    report = house.night(NIGHT)

    assert report.deliver is not None
    assert (report.deliver.sent, house.mails) == (0, [])
    assert report.next_due == datetime(2026, 11, 22, 23, tzinfo=UTC)  # Monday, midnight in Paris


def test_a_weekly_reader_gets_each_story_once_on_their_day(tmp_path: Path) -> None:
    house = House(tmp_path, lists=[WEEKLY])
    house.join("ada", at=NIGHT, list="weekly")

    sent = {}
    for day in range(16):
        house.publish("blog", f"day{day}")
        report = house.night(NIGHT + day * DAY)
        assert report.deliver is not None
        sent[day] = report.deliver.sent

    assert [day for day, count in sent.items() if count] == [1, 8, 15]
    first, second, third = house.received("ada")
    assert set(first) == {"day0", "day1"}
    assert set(second) == {f"day{day}" for day in range(2, 9)}
    assert set(third) == {f"day{day}" for day in range(9, 16)}


def test_an_entry_with_an_old_date_comes_when_it_arrives(house: House) -> None:
    house.join("ada", at=NIGHT)
    house.night(NIGHT)
    house.publish("blog", Item(name="late", at=NIGHT - 40 * DAY))

    house.night(NIGHT + DAY)

    assert [set(mail) for mail in house.received("ada")] == [{"one", "two"}, {"late"}]


def test_three_missed_nights_become_one_digest(house: House) -> None:
    house.join("ada", at=NIGHT)
    house.night(NIGHT)
    for day in (1, 2, 3, 4):
        house.publish("blog", f"day{day}")

    house.night(NIGHT + 4 * DAY)

    assert [set(mail) for mail in house.received("ada")] == [{"one", "two"}, {"day1", "day2", "day3", "day4"}]


def test_the_second_run_of_a_night_does_nothing(house: House) -> None:
    house.join("ada", at=NIGHT)
    house.night(NIGHT)
    sent = [mail.raw for mail in house.mails]

    again = house.night(NIGHT + timedelta(hours=1), force=True)

    assert again.deliver is not None
    assert again.gather is not None
    assert (again.deliver.sent, again.deliver.open, again.gather.entries_new) == (0, 0, 0)
    assert [report.planned for report in again.issues] == [0]
    assert [mail.raw for mail in house.mails] == sent


def test_what_comes_after_the_cut_waits_for_the_next_night(house: House) -> None:
    house.join("ada", at=NIGHT)
    house.night(NIGHT)
    house.publish("blog", "after")

    house.night(NIGHT + timedelta(hours=2))
    assert [set(mail) for mail in house.received("ada")] == [{"one", "two"}]

    house.night(NIGHT + DAY)
    assert [set(mail) for mail in house.received("ada")] == [{"one", "two"}, {"after"}]


def test_who_joins_after_the_cut_begins_where_that_issue_ended(house: House) -> None:
    house.join("ada", at=NIGHT)
    house.night(NIGHT)
    house.join("bruno", at=NIGHT + timedelta(hours=1))
    house.publish("blog", "three")

    house.night(NIGHT + timedelta(hours=2))
    house.night(NIGHT + DAY)

    assert house.received("bruno") == [("three",)]


def test_numbers_have_no_gaps_and_other_nights_are_extras(tmp_path: Path) -> None:
    house = House(tmp_path, lists=[WEEKLY])
    house.join("ada", at=NIGHT, list="weekly", cadence=Cadence.NIGHTLY)
    house.join("bruno", at=NIGHT, list="weekly")

    numbers = {}
    for day in range(24):
        if day != 8:
            house.publish("blog", f"day{day}")
        if day == 2:
            house.tables["lists"] = [WEEKLY | {"title": "Renamed"}]
        for report in house.night(NIGHT + day * DAY).issues:
            numbers[day] = report.number if report.issue else "none"

    mondays = {day: number for day, number in numbers.items() if day % 7 == 1}
    assert mondays == {1: 1, 8: 2, 15: 3, 22: 4}
    assert {number for day, number in numbers.items() if day % 7 != 1} == {None}


def test_a_night_of_the_list_without_any_news_takes_no_number(house: House) -> None:
    house.join("ada", at=NIGHT)
    (first,) = house.night(NIGHT).issues
    (empty,) = house.night(NIGHT + DAY).issues
    house.publish("blog", "three")
    (second,) = house.night(NIGHT + 2 * DAY).issues

    assert (first.number, empty.issue, second.number) == (1, None, 2)
    assert len(house.mails) == 2


def test_without_skip_empty_a_reader_hears_that_there_is_nothing(tmp_path: Path) -> None:
    daily = {"slug": "daily", "title": "Small Daily", "cadence": "nightly", "skip_empty": False}
    house = House(tmp_path, lists=[daily])
    house.publish("blog", "one")
    house.join("ada", at=NIGHT)

    house.night(NIGHT)
    house.night(NIGHT + DAY)
    house.night(NIGHT + DAY)

    assert house.received("ada") == [("one",), ()]


def test_a_reader_s_hour_in_their_own_zone_is_waited_for(house: House) -> None:
    midnight = datetime(2026, 11, 22, 5, tzinfo=UTC)  # in New York
    seven = datetime(2026, 11, 22, 12, tzinfo=UTC)
    house.join("ada", at=midnight, hour=7, timezone="America/New_York")

    night = house.night(midnight)
    assert night.deliver is not None
    assert (night.deliver.sent, night.deliver.open, night.deliver.next_attempt_at) == (0, 1, seven)
    for at, sent in ((seven - timedelta(seconds=1), 0), (seven, 1), (seven + timedelta(hours=1), 0)):
        with house.tonight(at) as one:
            report = deliver_room(one).deliver
        assert report is not None
        assert report.sent == sent

    assert len(house.received("ada")) == 1


def test_divert_to_gets_all_the_mail_and_nobody_else_any(tmp_path: Path) -> None:
    with Smtpd() as server:
        smtp = f"smtp://127.0.0.1:{server.port}"
        house = House(tmp_path)
        house.tables["mail"] |= {"smtp": smtp, "divert_to": "tester@example.org"}
        house.publish("blog", "one")
        for name in ("ada", "bruno", "chloe"):
            house.join(name, at=NIGHT)
        house.night(NIGHT)

    assert [message.rcpt_to for message in server.messages] == [("tester@example.org",)] * 3


def test_who_leaves_between_the_cut_and_the_sending_gets_nothing(house: House) -> None:
    ada = house.join("ada", at=NIGHT)
    house.join("bruno", at=NIGHT)
    with house.tonight(NIGHT) as one:
        gather_and_cut(one)
        people.unsubscribe(one, ada.id)
        report = deliver_room(one).deliver
        (issue,) = one.store.issues.list_all()
        line = one.store.deliveries.of_issue(issue.id, address="ada@example.org")[0]

    assert report is not None
    assert (report.sent, report.suppressed, report.open) == (1, 1, 0)
    assert (line.delivery.status, line.delivery.reply) == (Status.SUPPRESSED, "unsubscribed")
    assert (house.received("ada"), len(house.received("bruno"))) == ([], 1)
    house.accounts()


def gather_and_cut(one: Tonight) -> None:
    """Gather and cut, as `digest gather` and `digest compose` do."""
    gather_room(one)
    compose_room(one)


@pytest.mark.parametrize(
    ("on_return", "first"),
    [(OnReturn.SKIP, {"day5"}), (OnReturn.CATCH_UP, {f"day{day}" for day in range(1, 6)})],
)
def test_a_pause_ends_as_the_reader_chose(house: House, on_return: OnReturn, first: set[str]) -> None:
    ada = house.join("ada", at=NIGHT)
    house.night(NIGHT)
    until = datetime(2026, 11, 26, 23, tzinfo=UTC)  # day 5 begins in Paris
    with house.tonight(NIGHT) as one:
        one.store.people.pause(ada.id, until=until, on_return=on_return)

    for day in range(1, 7):
        house.publish("blog", f"day{day}")
        house.night(NIGHT + day * DAY)

    assert [set(mail) for mail in house.received("ada")] == [{"one", "two"}, first, {"day6"}]


def test_a_pause_that_ends_after_the_cut_is_a_pause_until_then(house: House) -> None:
    ada = house.join("ada", at=NIGHT)
    until = NIGHT + timedelta(hours=6)
    with house.tonight(NIGHT) as one:
        one.store.people.pause(ada.id, until=until, on_return=OnReturn.CATCH_UP)

    house.night(NIGHT)
    assert house.mails == []

    with house.tonight(until) as one:
        deliver_room(one)
    assert [set(mail) for mail in house.received("ada")] == [{"one", "two"}]


def test_a_catch_up_is_one_digest_of_at_most_a_full_one(tmp_path: Path) -> None:
    daily = {"slug": "daily", "title": "Small Daily", "cadence": "nightly", "max_entries": 3}
    house = House(tmp_path, lists=[daily])
    ada = house.join("ada", at=NIGHT)
    with house.tonight(NIGHT) as one:
        one.store.people.pause(ada.id, until=NIGHT + 2 * DAY, on_return=OnReturn.CATCH_UP)
    for day in range(3):
        house.publish("loud", *(f"loud{day}-{n}" for n in range(4)))
        house.publish("quiet", f"quiet{day}")
        house.night(NIGHT + day * DAY)
    house.night(NIGHT + 3 * DAY)
    house.publish("loud", *(f"later{n}" for n in range(5)))
    house.night(NIGHT + 4 * DAY)

    catch_up, whole_again = house.received("ada")
    assert set(whole_again) == {f"later{n}" for n in range(5)}
    assert len(catch_up) == 3
    assert any(name.startswith("quiet") for name in catch_up)
    assert "12" in house.mails[0].text.split("blog")[0]  # fifteen were, three are told


def test_what_expired_comes_with_the_next_digest(tmp_path: Path) -> None:
    """The relay wants nothing for a day; then it takes mail again."""
    is_down = True
    reports: list[DeliverReport | None] = []

    def later(command: Command) -> Fault | None:
        return say("451 4.3.0 later") if is_down and command.verb == "RCPT" else None

    with Smtpd(later) as server:
        house = House(tmp_path)
        house.tables["mail"] |= {"smtp": f"smtp://127.0.0.1:{server.port}", "max_age_hours": 12}
        house.publish("blog", "one")
        house.join("ada", at=NIGHT)
        house.night(NIGHT)
        for hours in (3, 8, 13):
            with house.tonight(NIGHT + timedelta(hours=hours)) as one:
                reports.append(deliver_room(one).deliver)
        is_down = False
        house.publish("blog", "two")
        house.night(NIGHT + DAY)

    assert [(report.expired, report.open) for report in reports if report] == [(0, 1), (0, 1), (1, 0)]
    assert [set(Mail.of(message.content).stories) for message in server.messages] == [{"one", "two"}]
    house.accounts()


def test_a_renamed_source_keeps_what_readers_said_of_it(house: House) -> None:
    house.publish("noise", "loud")
    house.join("ada", at=NIGHT, mute=("noise",))
    house.night(NIGHT)
    for source in house.tables["sources"]:
        if source["slug"] == "noise":
            source |= {"slug": "sounds", "formerly": ["noise"]}
    house.publish("noise", "louder")
    house.publish("blog", "three")

    report = house.night(NIGHT + DAY)

    assert report.gather is not None
    assert report.gather.entries_new == 2
    assert [set(mail) for mail in house.received("ada")] == [{"one", "two"}, {"three"}]


def test_a_retired_source_is_asked_no_more_but_what_it_brought_is_served(house: House) -> None:
    house.publish("other", "brought")
    house.join("ada", at=NIGHT, cadence=Cadence.WEEKLY, weekday=Weekday.MONDAY)
    house.night(NIGHT)
    house.publish("other", "unseen")
    house.tables["sources"] = [each for each in house.tables["sources"] if each["slug"] != "other"]

    house.night(MONDAY)

    assert [set(mail) for mail in house.received("ada")] == [{"one", "two", "brought"}]
    assert "What unseen is about" not in house.titles(EntryState.RELEASED)


def test_what_was_there_beyond_the_first_entries_is_never_news(tmp_path: Path) -> None:
    house = House(tmp_path, gather={"first_entries": 2, "min_interval_minutes": 0})
    house.publish("blog", *(Item(name=f"n{age}", at=NIGHT - age * DAY) for age in range(1, 6)))
    house.join("ada", at=NIGHT)

    house.night(NIGHT)
    house.publish("blog", "new")
    house.night(NIGHT + DAY)

    assert [set(mail) for mail in house.received("ada")] == [{"n1", "n2"}, {"new"}]


def test_a_planet_that_repeats_what_was_sent_brings_nothing_twice(house: House) -> None:
    house.join("ada", at=NIGHT)
    house.join("bruno", at=NIGHT, mute=("blog",))
    house.night(NIGHT)
    link, text = "https://blog.example/one", Item(name="one").xml("blog")
    house.publish("planet", Item(name="one", guid="tag:blog:one", link=link, title="blog: What one is about"))
    assert link in text

    house.night(NIGHT + DAY)

    assert [set(mail) for mail in house.received("ada")] == [{"one", "two"}]
    assert house.received("bruno") == [("one",)]


def test_readers_of_two_lists_get_both(tmp_path: Path) -> None:
    daily = {"slug": "daily", "title": "Small Daily", "cadence": "nightly", "sources": ["blog"]}
    other = {"slug": "other", "title": "Other Daily", "cadence": "nightly", "sources": ["wiki"]}
    house = House(tmp_path, lists=[daily, other])
    house.publish("blog", "one")
    house.publish("wiki", "page")
    house.join("ada", at=NIGHT, list="daily")
    house.join("ada", at=NIGHT, list="other")

    house.night(NIGHT)

    assert sorted(house.received("ada")) == [("one",), ("page",)]
    assert {mail.to for mail in house.mails} == {address("ada").address}
