"""Joining in Chromium, without scripts: from the page, over a real SMTP server, to the database."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page

from digest.night.posting import Postbox
from digest.night.run import deliver_room
from subscribers.letters import Letter
from subscribers.model import Consent
from subscribers.web.forms import FIELD
from tests.browser import Chromium, needs_chromium
from tests.night.house import Mail
from tests.night.relay import Relay
from tests.web.client import Web
from tests.web.house import Lab
from tests.web.test_joining import CONFIRM, DAY, SECONDS, ask
from tests.web.test_seen import LANGUAGES, in_each_look, walk

pytestmark = needs_chromium

#: where pictures of the pages go, for a person to look at
PICTURES = os.environ.get("DIGEST_PICTURES")


def mailed(lab: Lab, relay: Relay, letters: list[Letter]) -> list[Mail]:
    """What the relay has been given for Ada; the admin gets mail too."""
    lab.paper.tables["mail"]["smtp"] = relay.url
    before = len(relay.taken)
    with lab.paper.tonight(lab.clock) as one:
        box = Postbox(one.store.letters, one.settings, one.base, one.clock)
        for letter in letters:
            box.send(letter)
        deliver_room(one)
    return [mail for mail in (Mail.of(taken.content) for taken in relay.taken[before:]) if "ada@" in mail.to]


def path_in(mail: Mail, start: str) -> str:
    found = re.search(rf"https://digest\.example\.org({start}\S+)", mail.text)
    assert found is not None
    return found[1]


def test_from_the_page_to_the_list_by_keyboard_alone(lab: Lab, web: Web, chromium: Chromium) -> None:
    def fill_in(page: Page) -> str:
        page.goto("/join/daily")
        lab.clock += 3 * SECONDS
        for _ in range(20):
            page.keyboard.press("Tab")
            if page.locator(":focus").get_attribute("name") == "address":
                break
        page.keyboard.type("ada@example.org")
        walk(page, "Join Small Daily")
        with page.expect_navigation():
            page.keyboard.press("Enter")
        return page.locator("main").inner_text()

    def click(page: Page) -> str:
        page.goto(path_in(asked, "/confirm/"))
        walk(page, CONFIRM)
        with page.expect_navigation():
            page.keyboard.press("Enter")
        return page.locator("h1").inner_text()

    with Relay() as relay:
        said = chromium.visit(web.url, fill_in)
        assert "ada@example.org" in said
        assert "digest@example.org" in said
        lab.house.wait()
        (asked,) = mailed(lab, relay, lab.letters)
        assert asked.to == "ada@example.org"

        assert chromium.visit(web.url, click) == "You are subscribed to Small Daily"
        assert lab.place().consent is Consent.CONFIRMED
        (welcome,) = mailed(lab, relay, lab.letters[1:])
    assert welcome.subject == "Welcome to Small Daily"
    assert web.get(path_in(welcome, "/w/")).status == 200
    assert web.get(path_in(welcome, "/u/")).status == 200


def test_the_form_to_paste_works_on_another_site(lab: Lab, web: Web, chromium: Chromium) -> None:
    def send(page: Page) -> str:
        page.goto("/join/daily")
        page.locator("summary").click()
        pasted = page.locator("pre").inner_text().replace("https://digest.example.org", web.url)
        page.set_content(pasted)
        page.get_by_label("Your e-mail address").fill("ada@example.org")
        with page.expect_navigation():
            page.get_by_role("button").click()
        lab.clock += 3 * SECONDS
        assert page.get_by_label("Your e-mail address").input_value() == "ada@example.org"
        with page.expect_navigation():
            page.get_by_role("button").click()
        return page.locator("h1").inner_text()

    assert chromium.visit(web.url, send) == "Check your mail"
    lab.house.wait()
    assert [letter.address for letter in lab.letters] == ["ada@example.org"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_of_joining_satisfies_axe_in_each_look(
    lab: Lab, web: Web, chromium: Chromium, language: str
) -> None:
    ask(lab, web)
    ask(lab, web, "bob")
    fresh, old = lab.letters[0].path, lab.letters[1].path
    found: list[str] = []

    def seen(page: Page, name: str) -> None:
        assert page.locator("html").get_attribute("lang") == language
        found.extend(f"{name}: {each}" for each in in_each_look(page))
        assert len(page.content().encode()) < 50_000
        if PICTURES:
            picture(page, f"{name}-{language}")

    def press(page: Page) -> None:
        with page.expect_navigation():
            page.locator("main button").first.click()

    def look(page: Page) -> None:
        page.goto(f"/join/daily?lang={language}")
        page.locator("summary").click()
        seen(page, "join")
        page.locator("form").evaluate("form => { form.noValidate = true }")
        page.locator("#address").fill("ada")
        lab.clock += 3 * SECONDS
        press(page)
        seen(page, "join-error")
        page.locator("#address").fill("cy@example.org")
        page.locator(f"input[name={FIELD}]").evaluate("seal => { seal.remove() }")
        press(page)
        seen(page, "join-elsewhere")
        lab.clock += 3 * SECONDS
        press(page)
        seen(page, "check")
        press(page)
        seen(page, "check-early")
        page.goto(f"/link?lang={language}")
        seen(page, "link")
        lab.clock += 3 * SECONDS
        page.locator("#address").fill("cy@example.org")
        press(page)
        seen(page, "linked")
        page.goto(f"{fresh}?lang={language}")
        seen(page, "confirm")
        press(page)
        seen(page, "joined")
        page.goto(f"{fresh}?lang={language}")
        seen(page, "confirm-again")
        page.goto(f"/confirm/nothing?lang={language}")
        seen(page, "confirm-unknown")
        lab.clock += 4 * DAY
        page.goto(f"{old}?lang={language}")
        seen(page, "confirm-old")
        press(page)
        seen(page, "renewed")

    chromium.visit(web.url, look, scripts=True)
    lab.house.wait()
    assert found == []


def picture(page: Page, name: str) -> None:
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        for width in (320, 1024):
            page.set_viewport_size({"width": width, "height": 800})
            page.screenshot(path=Path(PICTURES or ".") / f"{name}-{scheme}-{width}.png", full_page=True)
