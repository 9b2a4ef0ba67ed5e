"""Preferences and the person's pages in Chromium, JavaScript off but for axe: from the link of a mail to the
database and the next digest, by mouse and by keyboard."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from playwright.sync_api import Page

from subscribers.model import Cadence, Subscription, Word
from tests.browser import Chromium, needs_chromium
from tests.night.house import NIGHT
from tests.web.client import Web
from tests.web.house import Lab
from tests.web.test_seen import LANGUAGES, in_each_look, walk

pytestmark = needs_chromium

#: what has the focus, and whether one sees it (parts of a field for dates show it inside)
FOCUS = """() => { const e = document.activeElement;
  return [e.name || e.id, e.type == 'date' ? 'inside' : getComputedStyle(e).outlineStyle]; }"""


@pytest.fixture
def ada(lab: Lab) -> Subscription:
    return lab.join("ada", language="en")


def pressed(page: Page, button: str) -> None:
    with page.expect_navigation():  # to its load: the stylesheet is there
        page.get_by_role("button", name=button, exact=True).click()


def mailed(lab: Lab) -> str:
    return lab.letters[-1].path


def test_a_source_muted_from_the_mail_is_missing_in_the_next_one(
    lab: Lab, web: Web, ada: Subscription, chromium: Chromium
) -> None:
    lab.paper.publish("blog", "one")
    lab.paper.publish("cubicweb", "cube")
    lab.paper.night(NIGHT + timedelta(days=1))
    lab.clock = NIGHT + timedelta(days=1, hours=5)
    (mail,) = [each for each in lab.paper.mails if each.to == "ada@example.org"]
    assert set(mail.stories) == {"one", "cube"}
    (link,) = set(re.findall(r"https://digest\.example\.org(/w/[\w-]{36})(?![\w/-])", mail.text))

    def go(page: Page) -> str:
        page.goto(link)
        page.get_by_label("CubicWeb").select_option(label="Mute")
        pressed(page, "Save preferences")
        return page.locator(".done").inner_text()

    assert "CubicWeb: you do not get it any more." in str(chromium.visit(web.url, go))
    assert lab.place().wishes.sources == (("cubicweb", Word.MUTE),)

    lab.paper.publish("blog", "two")
    lab.paper.publish("cubicweb", "sphere")
    lab.paper.night(NIGHT + timedelta(days=2))
    assert lab.paper.received("ada")[-1] == ("two",)


def test_preferences_need_a_keyboard_only(lab: Lab, web: Web, ada: Subscription, chromium: Chromium) -> None:
    def go(page: Page) -> list[str]:
        page.goto(lab.wish_link(ada))
        page.locator("#cadence-nightly").focus()
        page.keyboard.press("ArrowDown")
        for _ in range(40):
            page.keyboard.press("Tab")
            name, outline = page.evaluate(FOCUS)
            assert outline != "none", name
            if name == "s.blog":
                page.keyboard.press("m")
            if name == "save":
                break
        with page.expect_navigation():
            page.keyboard.press("Enter")
        said = [page.locator("h1").inner_text()]
        walk(page, "Undo: as it was before")
        with page.expect_navigation():
            page.keyboard.press("Enter")
        return [*said, page.locator("h1").inner_text()]

    assert chromium.visit(web.url, go) == ["Your preferences are saved", "Undone"]
    assert lab.place().rhythm.cadence is Cadence.NIGHTLY
    assert lab.place().wishes.sources == ()


def test_an_address_is_changed_with_two_mails(
    lab: Lab, web: Web, ada: Subscription, chromium: Chromium
) -> None:
    def go(page: Page) -> str:
        page.goto(lab.wish_link(ada))
        pressed(page, "Mail me a link to change my address")
        page.goto(mailed(lab))
        page.get_by_label("Your new address").fill("ada@elsewhere.example")
        pressed(page, "Mail a link to the new address")
        page.goto(mailed(lab))
        pressed(page, "Use ada@elsewhere.example")
        return page.locator("h1").inner_text()

    assert chromium.visit(web.url, go) == "Your address is changed"
    assert lab.place("ada@elsewhere.example") == ada


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_satisfies_axe_and_fits_a_narrow_window(
    lab: Lab, web: Web, ada: Subscription, chromium: Chromium, language: str
) -> None:
    lab.paper.publish("blog", "one")
    lab.paper.night(NIGHT + timedelta(days=1))
    lab.clock = NIGHT + timedelta(days=1, hours=5)
    ask = f"?lang={language}"

    def look(page: Page) -> list[str]:
        found: list[str] = []

        def check(what: str) -> None:
            assert page.locator("html").get_attribute("lang") == language
            found.extend(f"{what}: {each}" for each in in_each_look(page))

        def press(selector: str) -> None:
            with page.expect_navigation():
                page.locator(selector).click()

        for rest in ("", "/issues"):
            page.goto(lab.wish_link(ada, rest) + ask)
            check(rest or "preferences")
        page.goto(lab.wish_link(ada) + ask)
        page.locator("#zone").fill("Atlantis")
        page.locator("#only-yes").check()
        press("#save")
        check("errors")
        page.goto(lab.wish_link(ada) + ask)
        page.get_by_label("CubicWeb").select_option("mute")
        page.locator("#cadence-weekly").check()
        press("#save")
        check("saved")
        for place, kind in enumerate(("address", "export", "erase")):
            page.goto(lab.wish_link(ada) + ask)
            press(f".ways li:nth-child({place + 1}) button")
            check("mailed")
            page.goto(mailed(lab) + ask)
            check(kind)
            if kind == "address":
                page.locator("#address").fill("ada@elsewhere.example")
            press("main button")
            check(f"{kind} done")
            if kind == "address":
                page.goto(mailed(lab) + ask)
                check("address confirm")
                press("main button")
                check("address changed")
        return found

    assert chromium.visit(web.url, look, scripts=True) == []
