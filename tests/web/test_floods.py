"""Floods of forms, and "mail me my link": one answer, caps that hold, nobody's mailbox filled."""

from __future__ import annotations

from subscribers.addresses import address_hash
from subscribers.letters import Kind
from subscribers.web.asking import Ask
from subscribers.web.gate import Gate
from subscribers.web.joining import Door
from tests.web.client import Page, Web
from tests.web.house import Lab
from tests.web.test_joining import CONFIRM, DAY, SECONDS, ask, kinds, standings


def flood(lab: Lab, door: Door, *, address_of: str, ip_of: str, times: int) -> list[int]:
    """Posts as a machine sends them, with an honest seal."""
    show = Ask(method="GET", path="/join/daily", parts={"list": "daily"})
    page = bytes(door.show(lab.house, show).body).decode()
    seal = page.partition('name="seal" value="')[2].partition('"')[0]
    lab.clock += 3 * SECONDS
    found = []
    for n in range(times):
        fields = {"address": (address_of.format(n=n),), "seal": (seal,)}
        one = Ask(
            method="POST",
            path="/join/daily",
            parts={"list": "daily"},
            fields=fields,
            ip=ip_of.format(a=n // 250 % 250, b=n % 250),
        )
        found.append(door.join(lab.house, one).status_code)
    lab.house.wait()
    return found


def test_ten_thousand_forms_for_one_address_send_one_mail(lab: Lab) -> None:
    codes = flood(lab, Door(Gate()), address_of="victim@example.org", ip_of="10.{a}.{b}.1", times=10_000)
    assert set(codes) == {200}
    assert [letter.address for letter in lab.letters] == ["victim@example.org"]


def test_ten_thousand_forms_of_one_network_are_stopped_with_429(lab: Lab) -> None:
    codes = flood(lab, Door(Gate()), address_of="v{n}@example.org", ip_of="192.0.2.7", times=10_000)
    assert codes == [200] * 30 + [429] * 9_970
    assert len(lab.letters) == 30


def test_a_restart_gives_a_network_no_new_mails(lab: Lab) -> None:
    for n in range(3):
        flood(lab, Door(Gate()), address_of=f"v{n}-{{n}}@example.org", ip_of="192.0.2.7", times=40)
    assert len(lab.letters) == 30


def test_many_networks_together_are_bounded_too(lab: Lab) -> None:
    codes = flood(lab, Door(Gate()), address_of="v{n}@example.org", ip_of="10.{a}.{b}.1", times=2_000)
    assert set(codes) == {200}
    assert len(lab.letters) == 500


def test_neighbours_in_one_ipv6_site_are_one_network(lab: Lab) -> None:
    codes = flood(lab, Door(Gate()), address_of="v{n}@example.org", ip_of="2001:db8:1:{a}::{b}", times=100)
    assert codes.count(429) == 70


def test_the_answer_to_too_much_says_when_to_come_back(lab: Lab, web: Web) -> None:
    for _ in range(30):
        web.post("/join/daily", {"address": "ada@example.org"})
    answer = web.post("/join/daily", {"address": "ada@example.org"})
    assert (answer.status, answer.headers["retry-after"]) == (429, "3600")
    lab.clock += 3600 * SECONDS
    assert web.post("/join/daily", {"address": "ada@example.org"}).status == 200


def test_an_address_that_never_answers_gets_three_letters_ever(lab: Lab, web: Web) -> None:
    for _ in range(10):
        ask(lab, web)
        lab.clock += DAY
    assert kinds(lab) == ["confirm"] * 3


def test_a_host_header_of_a_stranger_is_in_no_letter_and_no_page(lab: Lab, web: Web) -> None:
    evil = {"Host": "evil.example", "X-Forwarded-Host": "evil.example"}
    page = web.get("/join/daily", headers=evil)
    lab.clock += 3 * SECONDS
    fields = {**page.forms[0].fields, "address": "ada@example.org"}
    answer = web.post("/join/daily", fields, headers=evil)
    lab.house.wait()
    assert "evil" not in page.text + answer.text + repr(lab.letters)
    assert len(lab.letters) == 1


# --- my link -------------------------------------------------------------------------------------


def ask_link(lab: Lab, web: Web, name: str = "ada") -> Page:
    page = web.get("/link")
    lab.clock += 3 * SECONDS
    answer = web.press(page, "Mail me my link", address=f"{name}@example.org")
    lab.house.wait()
    return answer


def test_my_link_brings_a_link_for_each_list(lab: Lab, web: Web) -> None:
    lab.join("ada")
    ask(lab, web, list="weekly")
    web.press(web.get(lab.letters[0].path), CONFIRM)
    lab.letters.clear()
    ask_link(lab, web)
    (letter,) = lab.letters
    assert letter.kind is Kind.LINK
    assert len(letter.places) == 2
    assert {web.get(place.path).status for place in letter.places} == {200}


def test_my_link_answers_all_the_same_and_writes_to_who_is_on_a_list(lab: Lab, web: Web) -> None:
    standings(lab, web)
    answers = {
        ask_link(lab, web, name).body.replace(name.encode(), b"NAME")
        for name in ("newby", "kown1", "left1", "hard1", "wait1")
    }
    assert len(answers) == 1
    assert [letter.address for letter in lab.letters] == ["kown1@example.org"]


def test_my_link_comes_once_a_day(lab: Lab, web: Web) -> None:
    lab.join("ada")
    for _ in range(5):
        ask_link(lab, web)
    assert kinds(lab) == ["link"]
    lab.clock += DAY
    ask_link(lab, web)
    assert kinds(lab) == ["link", "link"]


def test_the_hash_of_an_address_is_all_a_cap_knows(lab: Lab, web: Web) -> None:
    ask(lab, web)
    with lab.house.open() as shelf:
        salt = shelf.keys.secret("salt").secret
    named = [line for line in lab.dump().splitlines() if '"caps"' in line and "INSERT" in line]
    assert any(address_hash("ada@example.org", salt) in line for line in named)
    assert not any("ada@example.org" in line for line in named)
