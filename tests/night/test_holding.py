"""The admin's word on mail: lists on hold, issues cancelled, and nobody loses a story by it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from digest.errors import NotFound
from digest.model import Status
from digest.night.accounting import everybody, groups
from digest.night.health import Level, examine
from digest.night.holding import cancel_list, hold_list, in_force, open_mail, release_list
from digest.night.run import compose_room, deliver_room, gather_room
from digest.night.waiting import why_nothing
from tests.ledger import poke
from tests.night.house import DAY, NIGHT, House, address

SOON = timedelta(minutes=10)


@pytest.fixture
def house(tmp_path: Path) -> House:
    house = House(tmp_path)
    house.publish("blog", "one")
    house.join("ada", at=NIGHT)
    house.join("bob", at=NIGHT)
    return house


def cut(house: House) -> None:
    """Planned, and not sent yet."""
    with house.tonight(NIGHT) as one:
        gather_room(one)
        compose_room(one)


def why(house: House, name: str, *, late: timedelta = SOON) -> tuple[str, ...]:
    with house.tonight(NIGHT + late) as one:
        person = one.store.people.find(address(name))
        assert person is not None
        return why_nothing(one, person)


def test_a_list_on_hold_is_gathered_and_cut_and_not_sent(house: House) -> None:
    with house.tonight(NIGHT) as one:
        hold_list(one, "daily", "a mistake in it")
    report = house.night(NIGHT)

    assert report.gather is not None
    assert report.gather.entries_new == 1
    assert report.issues[0].planned == 2
    assert report.deliver is not None
    assert (report.deliver.sent, report.deliver.open) == (0, 2)
    assert house.mails == []


def test_a_hold_outlives_the_run_and_says_what_it_keeps_back(house: House) -> None:
    cut(house)
    with house.tonight(NIGHT) as one:
        hold_list(one, "daily", "a mistake in it")
    with house.tonight(NIGHT + DAY) as one:
        (held,) = in_force(one)

    assert (held.list, held.since_at, held.words, held.mails) == ("daily", NIGHT, "a mistake in it", 2)
    assert held.mend == "digest issues release daily"


def test_another_list_goes_on(house: House) -> None:
    house.tables["lists"].append({"slug": "other", "title": "Other", "cadence": "nightly"})
    house.join("carol", at=NIGHT, list="other")
    with house.tonight(NIGHT) as one:
        hold_list(one, "daily", "")
    house.night(NIGHT)

    assert [mail.to for mail in house.mails] == ["carol@example.org"]


def test_a_release_sends_what_waited_once(house: House) -> None:
    with house.tonight(NIGHT) as one:
        hold_list(one, "daily", "")
    house.night(NIGHT)
    with house.tonight(NIGHT + SOON) as one:
        assert release_list(one, "daily")
        deliver_room(one)
        assert not release_list(one, "daily")
        assert in_force(one) == ()

    assert house.received("ada") == house.received("bob") == [("one",)]
    house.accounts()


def test_a_list_on_hold_for_days_sends_one_digest_and_then_the_rest(house: House) -> None:
    with house.tonight(NIGHT) as one:
        hold_list(one, "daily", "")
    house.night(NIGHT)
    house.publish("blog", "two")
    house.night(NIGHT + DAY)
    with house.tonight(NIGHT + DAY + SOON) as one:
        release_list(one, "daily")
    house.night(NIGHT + DAY + SOON)
    house.night(NIGHT + 2 * DAY)

    assert house.received("ada") == [("one",), ("two",)]


def test_the_stories_of_a_cancelled_issue_return_with_the_next(house: House) -> None:
    cut(house)
    with house.tonight(NIGHT + SOON) as one:
        ended = cancel_list(one, "daily")
        assert open_mail(one, "daily") == ()
    house.night(NIGHT + 2 * SOON)
    after_cancelling = house.mails
    house.publish("blog", "two")
    house.night(NIGHT + DAY)

    assert (ended.expired, ended.sending, ended.uncertain) == (2, 0, 0)
    assert after_cancelling == []
    assert [set(stories) for stories in house.received("ada")] == [{"one", "two"}]
    house.accounts()


def test_who_had_a_cancelled_issue_already_gets_nothing_twice(house: House) -> None:
    cut(house)
    with house.tonight(NIGHT + SOON) as one:
        poke(one.store, "UPDATE deliveries SET not_before_at = '2026-11-22T12:00:00.000000Z' WHERE id = 2")
        deliver_room(one)
        assert cancel_list(one, "daily").expired == 1
    first = [mail.to for mail in house.mails]
    house.publish("blog", "two")
    house.night(NIGHT + DAY)

    assert len(first) == 1
    had = first[0].partition("@")[0]
    assert house.received(had) == [("one",), ("two",)]
    (other,) = {"ada", "bob"} - {had}
    assert [set(stories) for stories in house.received(other)] == [{"one", "two"}]


def test_a_list_of_another_name_is_not_held(house: House) -> None:
    with house.tonight(NIGHT) as one, pytest.raises(NotFound, match="did you mean"):
        hold_list(one, "dayly", "")


def test_a_list_that_left_the_settings_may_still_be_released(house: House) -> None:
    with house.tonight(NIGHT) as one:
        hold_list(one, "daily", "")
    house.tables["lists"] = []
    with house.tonight(NIGHT + SOON) as one:
        assert release_list(one, "daily")


def test_doctor_tells_of_a_hold_with_its_mend(house: House) -> None:
    cut(house)
    with house.tonight(NIGHT) as one:
        hold_list(one, "daily", "a mistake in it.")
        (finding,) = [each for each in examine(one, offline=True) if each.id == "holds"]

    assert finding.level is Level.WARN
    assert finding.words == "daily is on hold since 2026-11-22 03:00 (a mistake in it): 2 mails wait."
    assert finding.mend == "digest issues release daily"


def test_everybody_is_accounted_for_with_a_reason(house: House) -> None:
    cut(house)
    with house.tonight(NIGHT) as one:
        poke(
            one.store,
            "UPDATE deliveries SET status = 'failed', code = 550, enhanced = '5.1.1', "
            "reply = 'unknown', ended_at = '2026-11-22T03:00:00.000000Z' WHERE id = 1",
        )
        issue = one.store.issues.list_all(limit=1)[0].id
        told = {each.line.address: each for each in everybody(one, issue)}
        failed = list(everybody(one, issue, status=Status.FAILED))

    assert set(told) == {"ada@example.org", "bob@example.org"}
    assert all(each.reason for each in told.values())
    assert [each.line.delivery.id for each in failed] == [1]
    assert "550 5.1.1 unknown" in failed[0].reason


def test_replies_that_differ_in_names_and_numbers_alone_are_one_group(house: House) -> None:
    cut(house)
    with house.tonight(NIGHT) as one:
        for id, name in ((1, "ada"), (2, "bob")):
            reply = f"<{name}@example.org>: user unknown in queue 4F7xk{id}qq9Z at 171{id}9912"
            poke(
                one.store,
                "UPDATE deliveries SET status = 'failed', code = 550, enhanced = '5.1.1', reply = ?, "
                "ended_at = '2026-11-22T03:00:00.000000Z' WHERE id = ?",
                reply,
                id,
            )
        issue = one.store.issues.list_all(limit=1)[0].id
        (group,) = groups(one, issue)

    assert (group.status, group.count) == (Status.FAILED, 2)
    assert set(group.examples) == {"ada@example.org", "bob@example.org"}
    assert "550 5.1.1" in group.reason
    assert "user unknown" in group.reason


def test_somebody_with_mail_to_send_has_no_excuse(house: House) -> None:
    cut(house)

    assert why(house, "ada") == ()


def test_somebody_whose_mail_left_is_told_how_it_ended(house: House) -> None:
    house.night(NIGHT)

    assert why(house, "ada") == (
        "daily: the last mail, of 2026-11-22, ended as sent; next due 2026-11-23 00:00.",
    )


def test_somebody_nothing_was_planned_for_is_told_when_they_are_due(house: House) -> None:
    (words,) = why(house, "ada")

    assert words.startswith("daily: nothing was planned yet; next due 2026-11-22")


def test_somebody_who_left_is_told_so(house: House) -> None:
    with house.tonight(NIGHT) as one:
        poke(one.store, "UPDATE subscriptions SET consent = 'unsubscribed', due_at = NULL")

    assert why(house, "ada") == ("daily: unsubscribed.",)


def test_somebody_who_waits_for_their_hour_is_told_the_hour(house: House) -> None:
    house.join("carol", at=NIGHT, hour=18)
    cut(house)

    (words,) = why(house, "carol")
    assert words.startswith("daily, night of 2026-11-22: Waits until 2026-11-22 17:00 UTC")


def test_somebody_whose_list_is_on_hold_is_told_so(house: House) -> None:
    cut(house)
    with house.tonight(NIGHT) as one:
        hold_list(one, "daily", "a mistake")

    assert why(house, "ada") == ("daily, night of 2026-11-22: On hold: a mistake",)
