"""Who never answers is reminded once, after two days, and forgotten after thirty."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from digest.night.people import Asked, hash_for, list_named, start_for, terms_for
from digest.night.reminding import Reminded, remind
from subscribers.joining import Proof, ask, confirm
from subscribers.leaving import leave
from subscribers.model import Consent, Reason, Subscription, Suppression
from tests.night.house import NIGHT, House, address

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@pytest.fixture
def house(tmp_path: Path) -> House:
    made = House(tmp_path)
    made.publish("blog", "one")
    return made


def asked(house: House, name: str = "ada", *, at: datetime = NIGHT) -> Subscription:
    """As a form does it, once its letter is posted."""
    with house.tonight(at) as one:
        list_id, configured = list_named(one, "daily")
        who, terms = address(name), terms_for(one, list_id, configured, Asked())
        start = start_for(one, list_id, configured, terms.rhythm)
        change = one.store.people.join(
            who,
            hash_for(one, who),
            terms,
            proof=Proof(at=at, method="web"),
            decide=lambda current: ask(current, start),
        )
        one.store.askings.asked(change.member.subscription.id, at)
        return change.member.subscription


def turn(house: House, at: datetime) -> Reminded:
    with house.tonight(at) as one:
        return remind(one)


def letters(house: House, at: datetime) -> list[str]:
    with house.tonight(at) as one:
        return [each.kind for each in one.store.letters.claim(at, at, 100)]


def test_one_reminder_after_two_days_and_never_another(house: House) -> None:
    asked(house)
    done = [turn(house, NIGHT + HOUR * hours).reminders for hours in (0, 47, 48, 48, 49, 96, 24 * 20)]
    assert done == [0, 0, 1, 0, 0, 0, 0]
    assert letters(house, NIGHT + 21 * DAY) == ["reminder"]


def test_a_reminder_has_a_link_of_its_own_that_works_for_three_days(house: House) -> None:
    place = asked(house)
    at = NIGHT + 2 * DAY
    turn(house, at)
    with house.tonight(at) as one:
        (claim,) = one.store.letters.claim(at, at, 1)
        assert claim.subscription_id == place.id
        assert b"/confirm/" in claim.content


def test_who_never_answers_is_forgotten_after_thirty_days(house: House) -> None:
    place = asked(house)
    assert turn(house, NIGHT + 30 * DAY - HOUR).forgotten == 0
    assert turn(house, NIGHT + 30 * DAY) == Reminded(forgotten=1)
    assert turn(house, NIGHT + 30 * DAY) == Reminded()
    with house.tonight(NIGHT + 30 * DAY) as one:
        assert one.store.people.subscription(place.id) is None
        assert one.store.people.find(address("ada")) is None


def test_who_has_confirmed_is_neither_reminded_nor_forgotten(house: House) -> None:
    place = asked(house)
    with house.tonight(NIGHT) as one:
        list_id, configured = list_named(one, "daily")
        start = start_for(one, list_id, configured, place.rhythm)
        one.store.people.change(
            place.id,
            proof=Proof(at=NIGHT, method="cli"),
            decide=lambda current: confirm(current, start, now=NIGHT),
        )
    assert turn(house, NIGHT + 2 * DAY) == Reminded()
    assert turn(house, NIGHT + 30 * DAY) == Reminded()
    with house.tonight(NIGHT + 30 * DAY) as one:
        found = one.store.people.subscription(place.id)
        assert found is not None
        assert found.consent is Consent.CONFIRMED


@pytest.mark.parametrize("reason", [Reason.HARD, Reason.COMPLAINT, Reason.ADMIN])
def test_an_address_that_must_not_be_mailed_is_not_reminded(house: House, reason: Reason) -> None:
    asked(house)
    with house.tonight(NIGHT) as one:
        one.store.people.suppress(
            Suppression(
                address_hash=hash_for(one, address("ada")), address=None, reason=reason, since_at=NIGHT
            )
        )
    assert turn(house, NIGHT + 2 * DAY) == Reminded()


def test_who_was_erased_meanwhile_is_not_reminded(house: House) -> None:
    place = asked(house)
    with house.tonight(NIGHT) as one:
        one.store.people.erase(place.subscriber_id, now=NIGHT)
    assert turn(house, NIGHT + 2 * DAY) == Reminded()
    assert letters(house, NIGHT + 2 * DAY) == []


def test_a_list_that_left_digest_toml_reminds_nobody(house: House) -> None:
    asked(house)
    house.tables["lists"] = [{"slug": "other", "title": "Other", "cadence": "nightly"}]
    assert turn(house, NIGHT + 2 * DAY) == Reminded()


def test_more_than_a_page_of_them_are_all_reminded(house: House) -> None:
    with house.tonight(NIGHT) as one:
        list_id, configured = list_named(one, "daily")
        terms = terms_for(one, list_id, configured, Asked())
        start = start_for(one, list_id, configured, terms.rhythm)
        with one.store.atomic():
            for n in range(501):
                who = address(f"a{n}")
                change = one.store.people.join(
                    who,
                    hash_for(one, who),
                    terms,
                    proof=Proof(at=NIGHT, method="web"),
                    decide=lambda current: ask(current, start),
                )
                one.store.askings.asked(change.member.subscription.id, NIGHT)
    assert turn(house, NIGHT + 30 * DAY) == Reminded(forgotten=501)


def test_a_night_reminds_and_sends_the_reminder(house: House) -> None:
    asked(house)
    house.night(NIGHT + 2 * DAY)
    assert [(mail.to, "/confirm/" in mail.text) for mail in house.mails] == [("ada@example.org", True)]


def test_who_left_before_asking_again_is_reminded_too(house: House) -> None:
    place = house.join("ada", at=NIGHT)
    with house.tonight(NIGHT) as one:
        one.store.people.change(
            place.id, proof=Proof(at=NIGHT, method="web"), decide=lambda current: leave(current, now=NIGHT)
        )
        one.store.askings.asked(place.id, NIGHT)
    assert turn(house, NIGHT + 2 * DAY).reminders == 1
    turn(house, NIGHT + 30 * DAY)
    assert house.place("ada").consent is Consent.UNSUBSCRIBED
