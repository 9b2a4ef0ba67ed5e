"""Joining: one answer to all, a letter where one is owed, and a click that counts once."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from subscribers.house import Busy, Shelf
from subscribers.letters import Kind
from subscribers.model import Consent, Reason, Suppression
from subscribers.web import forms
from subscribers.web.asking import Ask
from subscribers.web.gate import Gate
from subscribers.web.joining import Door
from tests.night.house import address
from tests.web.client import Page, Web
from tests.web.house import Lab

JOIN = "Join Small Daily"
CONFIRM = "Confirm my subscription"
AGAIN = "Send it again"
SECONDS = timedelta(seconds=1)
DAY = timedelta(days=1)
KEPT = Consent.CONFIRMED, Consent.UNCONFIRMED, Consent.UNSUBSCRIBED


def ask(lab: Lab, web: Web, name: str = "ada", *, list: str = "daily", **fields: str) -> Page:
    """Open the page, read it, fill it in, send it."""
    page = web.get(f"/join/{list}")
    lab.clock += 3 * SECONDS
    answer = web.press(page, page.forms[0].buttons[0], address=f"{name}@example.org", **fields)
    lab.house.wait()
    return answer


def kinds(lab: Lab) -> list[str]:
    return [letter.kind.value for letter in lab.letters]


def suppress(lab: Lab, name: str, reason: Reason) -> None:
    who = address(name)
    with lab.house.open() as shelf:
        shelf.people.suppress(
            Suppression(
                address_hash=shelf.hash_of(who), address=who.address, reason=reason, since_at=lab.clock
            )
        )


def leave(lab: Lab, web: Web, name: str = "ada") -> None:
    web.post(lab.leave_link(lab.place(name)), {"List-Unsubscribe": "One-Click"})


# --- from the page to the list ---------------------------------------------------------------------


def test_somebody_new_is_on_the_list_after_one_click_in_the_mail(lab: Lab, web: Web) -> None:
    assert "Check your mail" in ask(lab, web).words
    assert lab.place().consent is Consent.UNCONFIRMED
    (letter,) = lab.letters
    page = web.get(letter.path)
    assert page.status == 200
    assert "One click left" in page.words
    assert [form.buttons for form in page.forms] == [[CONFIRM]]

    joined = web.press(page, CONFIRM)

    assert joined.status == 200
    place = lab.place()
    assert place.consent is Consent.CONFIRMED
    assert place.due_at is not None
    assert kinds(lab) == ["confirm", "welcome"]


def test_the_proof_keeps_the_wording_the_time_the_network_and_the_way(lab: Lab, web: Web) -> None:
    ask(lab, web)
    asked_at = lab.clock
    lab.clock += DAY
    web.press(web.get(lab.letters[0].path), CONFIRM)

    proofs = lab.proofs(lab.place())

    assert [(proof.event, proof.at, proof.method, proof.ip_prefix) for proof in proofs] == [
        ("asked", asked_at, "web", "127.0.0.0/24"),
        ("confirmed", lab.clock, "web", "127.0.0.0/24"),
    ]
    wording = (
        "I want Small Daily by mail, at most 7 mails a week. I can stop it with one click in every mail."
    )
    assert {proof.wording for proof in proofs} == {wording}
    assert wording in web.get("/join/daily").words


def test_what_they_confirm_is_said_and_kept_in_the_language_they_read(lab: Lab, web: Web) -> None:
    ask(lab, web)
    page = web.get(f"{lab.letters[0].path}?lang=fr")
    wording = "Je souhaite recevoir Small Daily par courriel, 7 messages par semaine au plus."
    assert wording in page.words
    web.press(page, "Confirmer mon abonnement")
    assert lab.proofs(lab.place())[-1].wording.startswith(wording)


def test_the_welcome_has_the_preferences_the_way_out_and_the_next_date(lab: Lab, web: Web) -> None:
    ask(lab, web)
    web.press(web.get(lab.letters[0].path), CONFIRM)
    welcome = lab.letters[1]
    assert welcome.kind is Kind.WELCOME
    assert welcome.next_at == lab.house.next_digest(lab.place())
    assert web.get(welcome.path).status == 200
    assert web.get(welcome.unsubscribe_path).status == 200


def test_looking_at_a_confirmation_changes_nothing(lab: Lab, web: Web) -> None:
    ask(lab, web)
    before = lab.dump()
    for _ in range(3):
        web.get(lab.letters[0].path)
        web.ask("HEAD", lab.letters[0].path)
        web.ask("OPTIONS", lab.letters[0].path)
    assert lab.dump() == before


def test_a_confirmation_counts_once_and_a_second_click_is_no_fault(lab: Lab, web: Web) -> None:
    ask(lab, web)
    page = web.get(lab.letters[0].path)
    web.press(page, CONFIRM)
    before = lab.dump()
    again = web.press(page, CONFIRM)
    assert (again.status, "confirmed already" in again.words) == (200, True)
    assert lab.dump() == before
    assert kinds(lab) == ["confirm", "welcome"]


def test_a_replayed_confirmation_brings_nobody_back_who_has_left(lab: Lab, web: Web) -> None:
    ask(lab, web)
    page = web.get(lab.letters[0].path)
    web.press(page, CONFIRM)
    leave(lab, web)
    assert web.press(page, CONFIRM).status == 410
    assert lab.place().consent is Consent.UNSUBSCRIBED


def test_a_link_that_is_too_old_says_so_and_mails_a_new_one(lab: Lab, web: Web) -> None:
    ask(lab, web)
    page = web.get(lab.letters[0].path)
    lab.clock += 72 * 3600 * SECONDS
    refused = web.press(page, CONFIRM)
    assert (refused.status, lab.place().consent) == (410, Consent.UNCONFIRMED)

    web.press(refused, "Mail me a new link")

    assert kinds(lab) == ["confirm", "confirm"]
    web.press(web.get(lab.letters[1].path), CONFIRM)
    assert lab.place().consent is Consent.CONFIRMED


@pytest.mark.parametrize("code", ["x", "A" * 22, "A" * 21 + "B", "%00" * 22, "../join/daily"])
def test_a_forged_code_gets_a_neutral_page(web: Web, code: str) -> None:
    assert web.get(f"/confirm/{code}").status == 404
    assert web.post(f"/confirm/{code}", {}).status == 404


# --- who they are makes no difference to the answer -----------------------------------------------


def standings(lab: Lab, web: Web) -> dict[str, str]:
    """Names of the same length, one for each way to stand."""
    lab.join("kown1")
    lab.join("left1")
    leave(lab, web, "left1")
    ask(lab, web, "wait1")
    suppress(lab, "hard1", Reason.HARD)
    suppress(lab, "spam1", Reason.COMPLAINT)
    suppress(lab, "admi1", Reason.ADMIN)
    lab.letters.clear()
    return {
        "newby": "confirm",
        "kown1": "already",
        "left1": "confirm",
        "hard1": "",
        "spam1": "",
        "admi1": "",
        "wait1": "",
    }


def test_the_answer_is_the_same_for_everybody_to_the_byte(lab: Lab, web: Web) -> None:
    names = standings(lab, web)
    page = web.get("/join/daily")
    lab.clock += 3 * SECONDS
    answers = {
        name: web.press(page, JOIN, address=f"{name}@example.org").body.replace(name.encode(), b"NAME")
        for name in names
    }
    assert len(set(answers.values())) == 1


def test_the_letter_is_the_one_that_fits_them(lab: Lab, web: Web) -> None:
    names = standings(lab, web)
    for name in names:
        ask(lab, web, name)
    found = {letter.address.partition("@")[0]: letter.kind.value for letter in lab.letters}
    assert found == {name: kind for name, kind in names.items() if kind}


def test_the_answer_comes_while_the_store_blocks(lab: Lab) -> None:
    """A handler that asked the store would wait here for ever: the lock is let go only after the answer."""
    with lab.serve() as web:
        page = web.get("/join/daily")
        lab.clock += 3 * SECONDS
        with lab.house.open() as shelf, shelf.atomic():
            answer = web.press(page, JOIN, address="ada@example.org")
            linked = web.press(web.get("/link"), "Mail me my link", address="ada@example.org")
            assert "Check your mail" in answer.words
            assert linked.status == 200
        lab.house.wait()
        assert lab.place().consent is Consent.UNCONFIRMED


class Blocked:
    """A house whose store does not answer, to any question."""

    def __init__(self, lab: Lab) -> None:
        self._house = lab.house
        self.put_off = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._house, name)

    def open(self) -> AbstractContextManager[Shelf]:
        raise Busy

    def later(self, work: Callable[[Shelf], None]) -> None:
        self.put_off += 1


@pytest.mark.parametrize(
    ("path", "purpose", "subject"), [("/join/daily", "join", "join daily"), ("/link", "link", "link")]
)
def test_an_answer_asks_the_store_nothing_at_all(lab: Lab, path: str, purpose: str, subject: str) -> None:
    blocked, door = Blocked(lab), Door(Gate())
    seal = forms.seal(purpose, subject, lab.house.form_keys()[0], now=lab.clock - 3 * SECONDS)
    fields = {"address": ("ada@example.org",), "seal": (seal,)}
    one = Ask(method="POST", path=path, parts={"list": "daily"}, fields=fields, ip="192.0.2.7")
    answer = (door.join if purpose == "join" else door.mail_link)(blocked, one)
    assert (answer.status_code, b"Check your mail" in answer.body, blocked.put_off) == (200, True, 1)


def test_a_strangers_form_changes_nothing_for_who_is_on_the_list(lab: Lab, web: Web) -> None:
    before = lab.join("ada")
    ask(lab, web)
    assert lab.place() == before


def test_a_strangers_form_takes_nobodys_way_back(lab: Lab, web: Web) -> None:
    lab.join("ada")
    leave(lab, web)
    before = lab.place()
    ask(lab, web)
    assert lab.place() == before


def test_who_has_left_comes_back_with_a_click_and_gets_nothing_twice(lab: Lab, web: Web) -> None:
    lab.join("ada")
    before = lab.place()
    leave(lab, web)
    suppress(lab, "ada", Reason.UNSUBSCRIBED)
    ask(lab, web)
    web.press(web.get(lab.letters[-1].path), CONFIRM)
    place = lab.place()
    assert (place.consent, place.cursor >= before.cursor) == (Consent.CONFIRMED, True)
    with lab.house.open() as shelf:
        assert shelf.people.suppression(shelf.hash_of(address("ada")), now=lab.clock) is None


def test_somebody_erased_may_come_again(lab: Lab, web: Web) -> None:
    person = lab.join("ada").subscriber_id
    with lab.house.open() as shelf:
        shelf.people.erase(person, now=lab.clock)
    ask(lab, web)
    web.press(web.get(lab.letters[0].path), CONFIRM)
    assert lab.place().consent is Consent.CONFIRMED
    with lab.house.open() as shelf:
        assert shelf.people.suppression(shelf.hash_of(address("ada")), now=lab.clock) is None


@pytest.mark.parametrize("reason", [Reason.HARD, Reason.COMPLAINT, Reason.ADMIN])
def test_a_click_lifts_no_complaint_and_no_dead_address(lab: Lab, web: Web, reason: Reason) -> None:
    ask(lab, web)
    suppress(lab, "ada", reason)
    web.press(web.get(lab.letters[0].path), CONFIRM)
    with lab.house.open() as shelf:
        found = shelf.people.suppression(shelf.hash_of(address("ada")), now=lab.clock)
    assert found is not None
    assert found.reason is reason


# --- the form ------------------------------------------------------------------------------------


def test_a_form_of_another_site_leads_to_our_page_with_the_address_and_one_button(lab: Lab, web: Web) -> None:
    page = web.post("/join/daily", {"address": "ada@example.org"})
    assert page.status == 200
    assert [form.buttons for form in page.forms] == [[JOIN]]
    assert page.forms[0].fields["address"] == "ada@example.org"
    lab.house.wait()
    assert lab.letters == []
    lab.clock += 3 * SECONDS
    web.press(page, JOIN)
    lab.house.wait()
    assert kinds(lab) == ["confirm"]


def test_the_form_to_paste_is_that_form(web: Web) -> None:
    page = web.get("/join/daily")
    assert (
        "&lt;form method=&#34;post&#34; action=&#34;https://digest.example.org/join/daily"
        in page.text.replace('"', "&#34;")
    )


@pytest.mark.parametrize("path", ["/join/nothing", "/join/inside", "/join/%2e%2e", "/join/"])
def test_a_list_that_is_unknown_or_not_public_is_one_and_the_same_no_page(tmp_path: Path, path: str) -> None:
    public = {"slug": "daily", "title": "Small Daily", "cadence": "nightly", "public": True}
    inside = {"slug": "inside", "title": "For Us", "cadence": "nightly", "public": False}
    lab = Lab(tmp_path, lists=[public, inside])
    with lab.serve() as web:
        asked = web.get(path), web.post(path, {"address": "ada@example.org"})
        assert [page.status for page in asked] == [404, 404]
        assert "For Us" not in asked[0].text + asked[1].text
    lab.house.close()


@pytest.mark.parametrize(
    "looped",
    ["digest@example.org", "Digest@Example.org", "b.x@bounces.example.org", "u.x@BOUNCES.example.org"],
)
def test_an_address_of_our_own_is_refused(tmp_path: Path, looped: str) -> None:
    """Our digest would come back to us as a bounce, and go round (abuse C11)."""
    lab = Lab(tmp_path, mail={"bounce_domain": "bounces.example.org"})
    with lab.serve() as web:
        for path, button in (("/join/daily", JOIN), ("/link", "Mail me my link")):
            page = web.get(path)
            lab.clock += 3 * SECONDS
            answer = web.press(page, button, address=looped)
            assert (answer.status, "belongs to this site" in answer.words) == (422, True)
        lab.house.wait()
    assert lab.letters == []
    lab.house.close()


@pytest.mark.parametrize(
    "bad",
    [
        "",
        "ada",
        "a@b\r\nRCPT TO:<x@example.org>",
        '"quoted"@example.org',
        "ada@[127.0.0.1]",
        "x" * 65 + "@example.org",
        "ada@example.org.",
        "ada@localhost",
        "Ada <ada@example.org>",
        "ada@example.org, bob@example.org",
    ],
)
def test_what_is_no_address_is_told_beside_its_field_and_goes_nowhere(lab: Lab, web: Web, bad: str) -> None:
    page = web.get("/join/daily")
    lab.clock += 3 * SECONDS
    answer = web.press(page, JOIN, address=bad)
    lab.house.wait()
    assert answer.status == 422
    assert "<title>Error:" in answer.text
    assert 'aria-describedby="address-error"' in answer.text
    assert lab.letters == []


def test_an_international_domain_is_mailed_in_ascii(lab: Lab, web: Web) -> None:
    page = web.get("/join/daily")
    lab.clock += 3 * SECONDS
    web.press(page, JOIN, address="ada@bücher.example")
    lab.house.wait()
    assert [letter.address for letter in lab.letters] == ["ada@xn--bcher-kva.example"]


def test_a_name_typed_around_stands_in_no_letter(lab: Lab, web: Web) -> None:
    ask(lab, web, name="Vi@gra", subject="Buy pills", wording="Buy pills", title="Buy pills")
    assert "Buy pills" not in repr(lab.letters)


def test_a_trapped_machine_gets_the_same_answer_and_nothing_is_done(lab: Lab, web: Web) -> None:
    honest = ask(lab, web).body
    lab.letters.clear()
    trapped = ask(lab, web, "bob", homepage="https://spam.example")
    assert "Check your mail" in trapped.words
    assert len(trapped.body) == len(honest)
    assert lab.letters == []


def test_who_is_too_quick_or_too_late_presses_once_more(lab: Lab, web: Web) -> None:
    page = web.get("/join/daily")
    quick = web.press(page, JOIN, address="ada@example.org")
    assert (quick.status, "very quick" in quick.words) == (200, True)
    lab.clock += 25 * 3600 * SECONDS
    late = web.press(page, JOIN, address="ada@example.org")
    assert "open for long" in late.words
    lab.house.wait()
    assert lab.letters == []
    lab.clock += 3 * SECONDS
    web.press(late, JOIN)
    lab.house.wait()
    assert kinds(lab) == ["confirm"]


@pytest.mark.parametrize("seal", ["x", "A" * 35, "AAEAAAAAZ" + "A" * 26])
def test_a_forged_seal_mails_nobody(lab: Lab, web: Web, seal: str) -> None:
    answer = web.post("/join/daily", {"address": "ada@example.org", "seal": seal})
    lab.house.wait()
    assert "Check your mail" not in answer.words
    assert lab.letters == []


def test_the_seal_of_one_list_joins_no_other(lab: Lab, web: Web) -> None:
    seal = web.get("/join/daily").forms[0].fields["seal"]
    lab.clock += 3 * SECONDS
    answer = web.post("/join/weekly", {"address": "ada@example.org", "seal": seal})
    lab.house.wait()
    assert "Check your mail" not in answer.words
    assert lab.letters == []


def test_sending_again_waits_a_minute_and_then_sends_one_more(lab: Lab, web: Web) -> None:
    page = ask(lab, web)
    lab.clock += 59 * SECONDS
    early = web.press(page, AGAIN)
    lab.house.wait()
    assert ("Wait a minute" in early.words, kinds(lab)) == (True, ["confirm"])
    lab.clock += SECONDS
    for _ in range(3):
        assert "once more" in web.press(page, AGAIN).words
    lab.house.wait()
    assert kinds(lab) == ["confirm", "confirm"]
    # Mails cross: the first works too.
    web.press(web.get(lab.letters[0].path), CONFIRM)
    assert lab.place().consent is Consent.CONFIRMED
    assert web.get(lab.letters[1].path).status == 200
    assert "confirmed already" in web.get(lab.letters[1].path).words
