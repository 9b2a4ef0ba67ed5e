"""What is stronger: mailed anew, works once, for an hour; another address, an export, erasing."""

from __future__ import annotations

import json
from datetime import timedelta
from xml.etree import ElementTree as ET

import pytest

from digest.storage.protocol.bounces import Returned
from subscribers.bounces import Weight
from subscribers.letters import Kind
from subscribers.model import Consent, Reason, Subscription, Suppression
from tests.night.house import NIGHT, address
from tests.web.client import Page, Web
from tests.web.house import Lab

ASK = {
    "address": "Mail me a link to change my address",
    "export": "Mail me a link to all you hold about me",
    "erase": "Mail me a link to erase all of it",
}
DO = {"address": "Mail a link to the new address", "export": "Show me", "erase": "Erase all about me"}
NEW = "ada@elsewhere.example"


@pytest.fixture
def ada(lab: Lab) -> Subscription:
    return lab.join("ada", language="en")


def ticket(lab: Lab, web: Web, place: Subscription, kind: str) -> str:
    """The path that the letter brings."""
    sent = len(lab.letters)
    assert web.press(web.get(lab.wish_link(place)), ASK[kind]).status == 200
    (letter,) = lab.letters[sent:]
    assert (letter.kind.value, letter.address) == (kind, "ada@example.org")
    return letter.path


def to_new(lab: Lab, web: Web, place: Subscription, new: str = NEW) -> Page:
    return web.press(web.get(ticket(lab, web, place, "address")), DO["address"], address=new)


@pytest.mark.parametrize("kind", ASK)
def test_the_letter_goes_to_the_address_we_have_and_its_link_lives_an_hour(
    lab: Lab, web: Web, ada: Subscription, kind: str
) -> None:
    path = ticket(lab, web, ada, kind)
    assert lab.letters[0].expires_at == lab.clock + timedelta(hours=1)
    assert web.get(path).status == 200

    page = web.get(path)
    lab.clock += timedelta(hours=1)
    assert web.get(path).status == 410
    before = lab.dump()
    assert web.press(page, DO[kind], address=NEW).status == 410
    assert lab.dump() == before


@pytest.mark.parametrize("kind", ASK)
def test_looking_at_the_page_changes_nothing_and_a_button_without_its_seal_neither(
    lab: Lab, web: Web, ada: Subscription, kind: str
) -> None:
    path = ticket(lab, web, ada, kind)
    before = lab.dump()
    for method in ("GET", "HEAD", "GET", "OPTIONS"):
        assert web.ask(method, path).status in (200, 204)
    fields = web.get(path).form(DO[kind]).fields
    for seal in ("", "x" * 35, fields["seal"][:-1]):
        assert web.post(path, {**fields, "seal": seal, "address": NEW}).status in (400, 403)

    assert lab.dump() == before


@pytest.mark.parametrize("kind", ASK)
def test_a_ticket_is_for_one_thing_and_nothing_near_it_opens(
    lab: Lab, web: Web, ada: Subscription, kind: str
) -> None:
    path = ticket(lab, web, ada, kind)
    code = path.rpartition("/")[2]
    wrong = [f"/{other}/{code}" for other in ASK if other != kind]
    wrong += [path[:-1], f"{path}A", f"/{kind}/{'A' * 22}", f"/{kind}/{code.swapcase()}"]

    assert [web.get(each).status for each in wrong] == [404] * len(wrong)
    assert [web.post(each, {"do": "erase", "seal": "x"}).status for each in wrong] == [404] * len(wrong)


def test_a_seal_of_one_ticket_presses_no_other(lab: Lab, web: Web, ada: Subscription) -> None:
    bob = lab.join("bob", language="en")
    web.press(web.get(lab.wish_link(bob)), ASK["erase"])
    theirs = web.get(lab.letters[-1].path).form(DO["erase"]).fields
    path = ticket(lab, web, ada, "erase")

    assert web.post(path, theirs).status == 403
    assert lab.place().consent is Consent.CONFIRMED


def test_only_the_newest_link_works(lab: Lab, web: Web, ada: Subscription) -> None:
    first, second = ticket(lab, web, ada, "export"), ticket(lab, web, ada, "export")

    assert (web.get(first).status, web.get(second).status) == (410, 200)


def test_nobody_is_flooded_with_links_and_the_answer_stays_the_same(
    lab: Lab, web: Web, ada: Subscription
) -> None:
    page = web.get(lab.wish_link(ada))
    answers = [web.press(page, ASK["erase"]) for _ in range(9)]

    assert {answer.words for answer in answers} == {answers[0].words}
    assert len(lab.letters) == 5


# --- another address


def test_the_new_address_confirms_and_all_goes_on_there(lab: Lab, web: Web, ada: Subscription) -> None:
    answer = to_new(lab, web, ada)
    assert NEW in answer.text
    letter = lab.letters[-1]
    assert (letter.kind, letter.address) == (Kind.ADDRESS_CHANGE, NEW)
    assert lab.place() == ada

    page = web.get(letter.path)
    web.press(page, f"Use {NEW}")
    assert lab.place(NEW) == ada
    told = lab.letters[-1]
    assert (told.kind, told.address, told.path) == (Kind.ADDRESS_NOTICE, "ada@example.org", "")
    assert web.press(page, f"Use {NEW}").status == 410


def test_the_next_digest_goes_to_the_new_address_and_nothing_comes_twice(
    lab: Lab, web: Web, ada: Subscription
) -> None:
    lab.paper.publish("blog", "one")
    lab.paper.night(NIGHT + timedelta(days=1))
    to_new(lab, web, ada)
    web.press(web.get(lab.letters[-1].path), f"Use {NEW}")
    lab.paper.publish("blog", "two")
    lab.paper.night(NIGHT + timedelta(days=2))

    assert lab.paper.received("ada") == [("one",)]
    assert lab.paper.received(NEW) == [("two",)]


def test_the_link_that_asks_for_an_address_works_once(lab: Lab, web: Web, ada: Subscription) -> None:
    path = ticket(lab, web, ada, "address")
    page = web.get(path)
    web.press(page, DO["address"], address=NEW)

    assert web.press(page, DO["address"], address="other@elsewhere.example").status == 410
    assert web.get(path).status == 410


def test_the_answer_is_the_same_for_an_address_that_is_known(lab: Lab, web: Web, ada: Subscription) -> None:
    lab.join("bob")
    unknown = to_new(lab, web, ada, NEW).words.replace(NEW, "X")
    known = to_new(lab, web, ada, "bob@example.org").words.replace("bob@example.org", "X")

    assert unknown == known


def test_two_people_are_never_merged(lab: Lab, web: Web, ada: Subscription) -> None:
    bob = lab.join("bob")
    to_new(lab, web, ada, "bob@example.org")
    answer = web.press(web.get(lab.letters[-1].path), "Use bob@example.org")

    assert answer.status == 409
    assert "two are never merged" in answer.words
    assert (lab.place(), lab.place("bob")) == (ada, bob)


@pytest.mark.parametrize("reason", [Reason.HARD, Reason.COMPLAINT, Reason.ADMIN])
def test_nothing_is_mailed_to_an_address_that_must_not_be(
    lab: Lab, web: Web, ada: Subscription, reason: Reason
) -> None:
    with lab.house.open() as shelf:
        hashed = shelf.hash_of(address(NEW))
        shelf.people.suppress(
            Suppression(address_hash=hashed, address=NEW, reason=reason, since_at=lab.clock)
        )
    answer = to_new(lab, web, ada)

    assert answer.status == 200
    assert lab.letters[-1].kind is Kind.ADDRESS


@pytest.mark.parametrize("typed", ["", "nobody", "a@b@c.example", "a b@c.example", "x\r\nBcc: y@z.example"])
def test_what_is_no_address_is_said_and_the_link_still_works(
    lab: Lab, web: Web, ada: Subscription, typed: str
) -> None:
    path = ticket(lab, web, ada, "address")
    answer = web.press(web.get(path), DO["address"], address=typed)

    assert answer.status == 422
    assert "#address" in answer.links
    assert "<title>Error: " in answer.text
    assert len(lab.letters) == 1
    assert web.press(answer, DO["address"], address=NEW).status == 200


# --- an export


def test_an_export_can_be_read_and_kept_in_three_forms(lab: Lab, web: Web, ada: Subscription) -> None:
    lab.paper.follow("far", "https://far.example/feed", title="Far & away")
    lab.house.close()
    lab.house = lab.new_house()
    with lab.serve() as served:
        lab.paper.publish("blog", "one")
        served.press(served.get(lab.wish_link(ada)), "Save preferences", **{"s.blog": "mute"})
        page = served.press(served.get(ticket(lab, served, ada, "export")), DO["export"])
        files = [
            served.press(page, each) for each in ("Save as JSON", "Save as a page", "Save my sources as OPML")
        ]
    assert "ada@example.org" in page.words
    told = json.loads(files[0].text)
    assert told["address"] == "ada@example.org"
    assert told["lists"][0]["sources_muted"] == ["blog"]
    assert [event["event"] for event in told["lists"][0]["history"]] == ["added"]
    assert "ada@example.org" in files[1].words
    outlines = list(ET.fromstring(files[2].text).iter("outline"))
    assert [(each.get("text"), each.get("xmlUrl")) for each in outlines] == [
        ("Far & away", "https://far.example/feed")
    ]
    assert all("attachment" in each.headers["content-disposition"] for each in files)
    assert all(each.headers["cache-control"] == "no-store" for each in files)


def test_an_export_says_why_nothing_is_sent_and_what_came_back(lab: Lab, web: Web, ada: Subscription) -> None:
    path = ticket(lab, web, ada, "export")
    with lab.paper.tonight(lab.clock) as one:
        hashed = one.store.people.hash_of(ada.subscriber_id) or ""
        barred = Suppression(
            address_hash=hashed,
            address="ada@example.org",
            reason=Reason.HARD,
            since_at=lab.clock,
            detail="no such",
        )
        one.store.people.suppress(barred)
        said = Returned(
            mark="m",
            weight=Weight.HARD,
            at=lab.clock,
            delivery_id=None,
            subscription_id=int(ada.id),
            issue_id=None,
            address_hash=hashed,
            status="5.1.1",
            detail="user unknown",
        )
        with one.store.atomic():
            one.store.bounces.add(said)
    page = web.press(web.get(path), DO["export"])
    told = json.loads(web.press(page, "Save as JSON").text)

    assert (told["not_mailed"]["reason"], told["not_mailed"]["detail"]) == ("hard", "no such")
    assert [(each["weight"], each["status"], each["detail"]) for each in told["returned"]] == [
        ("hard", "5.1.1", "user unknown")
    ]
    assert "no such" in page.words
    assert "user unknown" in page.words


def test_an_export_is_opened_once_and_its_files_end_with_the_hour(
    lab: Lab, web: Web, ada: Subscription
) -> None:
    path = ticket(lab, web, ada, "export")
    first = web.get(path)
    page = web.press(first, DO["export"])
    assert web.press(first, DO["export"]).status == 410

    before = lab.dump()
    assert web.press(page, "Save as JSON").status == 200
    assert lab.dump() == before
    lab.clock += timedelta(hours=1)
    assert web.press(page, "Save as JSON").status == 410


def test_a_file_needs_the_page_that_was_opened(lab: Lab, web: Web, ada: Subscription) -> None:
    path = ticket(lab, web, ada, "export")
    fields = web.get(path).form(DO["export"]).fields

    assert web.get(f"{path}/json").status == 405
    assert web.post(f"{path}/json", {**fields, "do": "json"}).status == 403


# --- erasing


def test_erasing_ends_all_places_and_leaves_no_address(lab: Lab, web: Web, ada: Subscription) -> None:
    lab.join("ada", list="weekly")
    lab.paper.publish("blog", "one")
    lab.paper.night(NIGHT + timedelta(days=1))
    page = web.get(ticket(lab, web, ada, "erase"))
    done = web.press(page, DO["erase"])

    assert "You are erased" in done.words
    # But for the last letter, until it is sent.
    assert [line for line in lab.dump().splitlines() if "ada@" in line and "goodbye" not in line] == []
    assert (lab.letters[-1].kind, lab.letters[-1].address) == (Kind.GOODBYE, "ada@example.org")
    # The link, the preferences and the page of leaving know nobody any more.
    assert web.press(page, DO["erase"]).status in (404, 410)
    assert web.get(lab.wish_link(ada)).status in (200, 404)
    lab.paper.publish("blog", "two")
    lab.paper.night(NIGHT + timedelta(days=2))
    # Of both lists; then nothing.
    stories = [mail for mail in lab.paper.received("ada") if mail]
    assert stories == [("one",), ("one",)]
