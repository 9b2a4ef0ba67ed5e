"""Leaving: a page with one button, one click of a mail program, and a day to take it back."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from digest.night.run import compose_room, gather_room
from subscribers.model import Cadence, Consent, Subscription, SubscriptionId
from tests.web.client import Page, Web
from tests.web.house import Lab

ONE_CLICK = {"List-Unsubscribe": "One-Click"}
LEAVE = "Unsubscribe from Small Daily"
UNDO = "Undo: subscribe me again"


@pytest.fixture
def ada(lab: Lab) -> Subscription:
    return lab.join("ada")


def multipart(fields: dict[str, str]) -> tuple[bytes, dict[str, str]]:
    parts = "".join(
        f'--limit\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    )
    return f"{parts}--limit--\r\n".encode(), {"Content-Type": "multipart/form-data; boundary=limit"}


def consent(lab: Lab, name: str = "ada", list: str = "daily") -> Consent:
    return lab.place(name, list).consent


def test_the_first_button_of_the_page_ends_this_list(lab: Lab, web: Web, ada: Subscription) -> None:
    page = web.get(lab.leave_link(ada))

    assert page.forms[0].buttons == [LEAVE]
    assert web.press(page, LEAVE).status == 200
    assert consent(lab) is Consent.UNSUBSCRIBED


def test_what_is_less_than_leaving_stands_after_the_button_and_everything_last(
    lab: Lab, web: Web, ada: Subscription
) -> None:
    buttons = [form.buttons[0] for form in web.get(lab.leave_link(ada)).forms]

    assert buttons == [
        LEAVE,
        "Once a week",
        "Once a month",
        "Pause for four weeks, until December 20, 2026",
        "Unsubscribe from all lists of Small Planet",
    ]


def test_the_page_names_no_address_and_leads_to_no_preferences(lab: Lab, web: Web, ada: Subscription) -> None:
    page = web.get(lab.leave_link(ada))

    assert "ada" not in page.text
    assert not [link for link in page.links if "/w/" in link]


def test_leaving_is_proved_with_its_method_and_the_network_but_no_address(
    lab: Lab, web: Web, ada: Subscription
) -> None:
    web.press(web.get(lab.leave_link(ada)), LEAVE)
    proof = lab.proofs(ada)[-1]

    assert (proof.event, proof.method, proof.ip_prefix) == ("unsubscribed", "web", "127.0.0.0/24")


def test_one_click_ends_it_with_200_and_neither_redirect_nor_cookie(
    lab: Lab, web: Web, ada: Subscription
) -> None:
    page = web.post(lab.leave_link(ada), ONE_CLICK)

    assert (page.status, page.headers.get("location"), page.headers.get("set-cookie")) == (200, None, None)
    assert consent(lab) is Consent.UNSUBSCRIBED
    assert lab.proofs(ada)[-1].method == "one-click"


def test_one_click_may_come_as_multipart(lab: Lab, web: Web, ada: Subscription) -> None:
    body, headers = multipart(ONE_CLICK)

    assert web.ask("POST", lab.leave_link(ada), body=body, headers=headers).status == 200
    assert consent(lab) is Consent.UNSUBSCRIBED


def test_one_click_again_and_again_is_200_and_changes_nothing_more(
    lab: Lab, web: Web, ada: Subscription
) -> None:
    web.post(lab.leave_link(ada), ONE_CLICK)
    after = lab.dump()
    pages = [web.post(lab.leave_link(ada), ONE_CLICK) for _ in range(3)]

    assert [page.status for page in pages] == [200, 200, 200]
    assert lab.dump() == after


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"List-Unsubscribe=one-click",
        b"List-Unsubscribe=One-Click&List-Unsubscribe=One-Click",
        b"list-unsubscribe=One-Click",
        b"Unsubscribe=One-Click",
        b"do=leave",
        b"do=leave&seal=",
        b"do=erase&seal=AAAA",
        b"\xff\xfe\x00%%%",
    ],
)
def test_a_malformed_body_is_400_and_changes_nothing(
    lab: Lab, web: Web, ada: Subscription, body: bytes
) -> None:
    before = lab.dump()
    headers = {"Content-Type": "application/x-www-form-urlencoded"}

    assert web.ask("POST", lab.leave_link(ada), body=body, headers=headers).status == 400
    assert lab.dump() == before


def test_a_broken_multipart_body_is_400(lab: Lab, web: Web, ada: Subscription) -> None:
    headers = {"Content-Type": "multipart/form-data"}

    assert web.ask("POST", lab.leave_link(ada), body=b"--x\r\nrubbish", headers=headers).status == 400
    assert consent(lab) is Consent.CONFIRMED


def test_undo_brings_back_the_place_as_it_was(lab: Lab, web: Web, ada: Subscription) -> None:
    before = lab.place()
    done = web.press(web.get(lab.leave_link(ada)), LEAVE)
    lab.clock += timedelta(hours=23)
    web.press(done, UNDO)
    after = lab.place()

    assert (after.consent, after.cursor, after.confirmed_at) == (
        Consent.CONFIRMED,
        before.cursor,
        before.confirmed_at,
    )
    assert lab.proofs(ada)[-1].event == "undone"


def test_after_a_day_leaving_stays(lab: Lab, web: Web, ada: Subscription) -> None:
    done = web.press(web.get(lab.leave_link(ada)), LEAVE)
    lab.clock += timedelta(hours=25)

    assert web.press(done, UNDO).status == 403
    assert consent(lab) is Consent.UNSUBSCRIBED
    page = web.get(lab.leave_link(ada))
    assert (page.status, page.forms) == (200, [])
    assert "/join/daily" in page.links


def test_whoever_left_by_one_click_finds_undo_behind_the_link(lab: Lab, web: Web, ada: Subscription) -> None:
    web.post(lab.leave_link(ada), ONE_CLICK)
    page = web.get(lab.leave_link(ada))

    assert "You are unsubscribed" in page.words
    web.press(page, UNDO)
    assert consent(lab) is Consent.CONFIRMED


def test_a_digest_of_the_day_does_not_come_again_after_undo(lab: Lab, web: Web, ada: Subscription) -> None:
    lab.paper.publish("blog", "one")
    lab.paper.night(lab.clock)
    web.press(web.press(web.get(lab.leave_link(ada)), LEAVE), UNDO)
    lab.paper.night(lab.clock)

    assert lab.paper.received("ada") == [("one",)]
    due_at = lab.place().due_at
    assert due_at is not None and due_at > lab.clock


def test_leaving_everything_ends_every_list_and_undo_brings_them_all_back(
    lab: Lab, web: Web, ada: Subscription
) -> None:
    lab.join("ada", list="weekly")
    lab.join("bob", list="weekly")
    done = web.press(web.get(lab.leave_link(ada)), "Unsubscribe from all lists of Small Planet")

    assert {consent(lab, list=each) for each in ("daily", "weekly")} == {Consent.UNSUBSCRIBED}
    assert consent(lab, "bob", "weekly") is Consent.CONFIRMED
    web.press(done, UNDO)
    assert {consent(lab, list=each) for each in ("daily", "weekly")} == {Consent.CONFIRMED}


def test_undo_cannot_be_turned_to_the_place_of_somebody_else(lab: Lab, web: Web, ada: Subscription) -> None:
    bob = lab.join("bob")
    web.post(lab.leave_link(bob), ONE_CLICK)
    done = web.press(web.get(lab.leave_link(ada)), LEAVE)
    web.press(done, UNDO, was=str(bob.id))

    assert consent(lab, "bob") is Consent.UNSUBSCRIBED
    assert consent(lab) is Consent.UNSUBSCRIBED


def test_a_button_that_stood_open_for_too_long_asks_once_more(lab: Lab, web: Web, ada: Subscription) -> None:
    old = web.get(lab.leave_link(ada))
    lab.clock += timedelta(days=2)
    page = web.press(old, LEAVE)

    assert page.status == 403
    assert "Please press once more" in page.words
    assert consent(lab) is Consent.CONFIRMED
    web.press(page, LEAVE)
    assert consent(lab) is Consent.UNSUBSCRIBED


def test_what_was_prepared_and_not_sent_is_not_sent_after_leaving(
    lab: Lab, web: Web, ada: Subscription
) -> None:
    lab.paper.publish("blog", "one")
    with lab.paper.tonight(lab.clock) as one:
        gather_room(one)
        compose_room(one)
    web.post(lab.leave_link(ada), ONE_CLICK)
    lab.paper.night(lab.clock)

    assert lab.paper.received("ada") == []


def test_of_a_place_that_is_no_more_the_link_says_that_nothing_comes(
    lab: Lab, web: Web, ada: Subscription
) -> None:
    gone = lab.leave_link(replace(ada, id=SubscriptionId(4711)))

    assert [web.get(gone).status, web.post(gone, ONE_CLICK).status] == [200, 200]


def test_a_list_that_left_the_settings_can_still_be_left(lab: Lab, web: Web, ada: Subscription) -> None:
    lab.paper.tables["lists"] = [each for each in lab.paper.tables["lists"] if each["slug"] != "daily"]
    house = lab.house
    lab.house = lab.new_house()
    with lab.serve() as after:
        page = after.get(lab.leave_link(ada))
        done = after.press(page, "Unsubscribe from Small Planet")
    lab.house.close()
    lab.house = house

    assert (page.status, done.status, done.forms) == (200, 200, [])
    assert consent(lab) is Consent.UNSUBSCRIBED


def test_less_of_what_one_left_changes_nothing(lab: Lab, web: Web, ada: Subscription) -> None:
    page = web.get(lab.leave_link(ada))
    web.press(page, LEAVE)
    before = lab.dump()
    answers = [web.press(page, "Once a week"), web.press(page, "Unsubscribe from all lists of Small Planet")]

    assert [answer.status for answer in answers] == [200, 200]
    assert all("You are unsubscribed" in answer.words for answer in answers)
    assert lab.dump() == before


def test_the_page_of_leaving_slows_down_and_takes_it_back(lab: Lab, web: Web, ada: Subscription) -> None:
    slower = web.press(web.get(lab.leave_link(ada)), "Once a week")
    weekly = lab.place().rhythm.cadence
    web.press(slower, "Undo: as it was before")

    assert (weekly, lab.place().rhythm.cadence) == (Cadence.WEEKLY, Cadence.NIGHTLY)
    assert not [link for link in slower.links if "/w/" in link]


def in_french(page: Page) -> bool:
    return 'lang="fr"' in page.text.partition("<head>")[0]


def test_the_page_speaks_the_language_of_the_mail_and_the_one_chosen_on_it(lab: Lab, web: Web) -> None:
    place = lab.join("eve", language="fr")
    link = lab.leave_link(place)
    english = {"Accept-Language": "en"}

    assert in_french(web.get(link, headers=english))
    assert not in_french(web.get(f"{link}?lang=en", headers=english))
    done = web.press(web.get(f"{link}?lang=en"), LEAVE)
    assert not in_french(done)
