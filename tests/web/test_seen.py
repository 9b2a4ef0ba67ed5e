"""The pages in Chromium: read by axe-core, at 320 pixels, both languages, both schemes, and by keyboard."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from subscribers.model import Consent, Subscription, Word
from tests.browser import Chromium, Scheme, needs_chromium
from tests.web.client import Web
from tests.web.house import Lab

pytestmark = needs_chromium

LANGUAGES = ("en", "fr")
#: WCAG 2.2 AA, and axe's good practices
AXE = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "resultTypes": ["violations"],
}
#: targets of at least 24 by 24 pixels, but for links in a line of text (WCAG 2.5.8)
SMALL = """() => [...document.querySelectorAll('a, button, input:not([type=hidden])')]
  .filter(e => e.getClientRects().length && !e.closest('p, .trap, main li, .skip'))
  .filter(e => { const r = e.getBoundingClientRect(); return r.width < 24 || r.height < 24; })
  .map(e => e.outerHTML.slice(0, 100))"""
WIDE = """() => [...document.querySelectorAll('*')]
  .filter(e => !e.closest('.skip, .trap, head') && e.getBoundingClientRect().right > innerWidth + 0.5)
  .map(e => e.outerHTML.slice(0, 100))"""


@pytest.fixture
def ada(lab: Lab) -> Subscription:
    return lab.join("ada")


def pages(lab: Lab, place: Subscription) -> list[str]:
    wishes = [lab.wish_link(place, rest) for rest in ("/mute/blog", "/mute/nobody", "/pace", "/pause")]
    return [lab.leave_link(place), *wishes, "/help", "/privacy", "/", "/u/nothing", "/nothing"]


def results(lab: Lab, place: Subscription) -> list[tuple[str, int]]:
    """Buttons to press: where, and which of the page."""
    return [
        (lab.wish_link(place, "/mute/blog"), 0),
        (lab.wish_link(place, "/pace"), 0),
        (lab.wish_link(place, "/pause"), 0),
        (lab.leave_link(place), 0),
    ]


def faults(page: Page) -> list[str]:
    found = Axe().run(page, options=AXE).response["violations"]
    said = [f"{each['id']}: {node['html'][:160]}" for each in found for node in each["nodes"]]
    return [*said, *page.evaluate(SMALL), *page.evaluate(WIDE)]


def in_each_look(page: Page) -> list[str]:
    """Faults in both schemes, narrow and wide."""
    found: list[str] = []
    schemes: tuple[Scheme, ...] = ("light", "dark")
    for scheme in schemes:
        page.emulate_media(color_scheme=scheme)
        for width in (320, 1024):
            page.set_viewport_size({"width": width, "height": 800})
            found += [f"{scheme} {width}: {each}" for each in faults(page)]
    return found


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_satisfies_axe_and_fits_a_narrow_window(
    lab: Lab, web: Web, ada: Subscription, chromium: Chromium, language: str
) -> None:
    def look(page: Page) -> list[str]:
        found = []
        for path in pages(lab, ada):
            page.goto(f"{path}?lang={language}")
            assert page.locator("html").get_attribute("lang") == language
            found += [f"{path}: {each}" for each in in_each_look(page)]
        return found

    assert chromium.visit(web.url, look, scripts=True) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_so_does_a_page_whose_button_stood_open_for_too_long(
    lab: Lab, web: Web, ada: Subscription, chromium: Chromium, language: str
) -> None:
    def look(page: Page) -> list[str]:
        page.goto(f"{lab.leave_link(ada)}?lang={language}")
        lab.clock += timedelta(days=2)
        with page.expect_navigation():
            page.locator("button").first.click()
        assert page.locator(".notice").count() == 1
        return in_each_look(page)

    assert chromium.visit(web.url, look, scripts=True) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_so_does_every_answer_to_a_button(
    lab: Lab, web: Web, ada: Subscription, chromium: Chromium, language: str
) -> None:
    def look(page: Page) -> list[str]:
        found = []
        for path, place in results(lab, ada):
            page.goto(f"{path}?lang={language}")
            with page.expect_navigation():  # to its load: the stylesheet is there
                page.locator("button").nth(place).click()
            found += [f"{path}: {each}" for each in in_each_look(page)]
        # Now that they have left: already so, and nothing to change.
        for path in (lab.leave_link(ada), lab.wish_link(ada, "/pause")):
            page.goto(f"{path}?lang={language}")
            found += [f"{path}: {each}" for each in in_each_look(page)]
        return found

    assert chromium.visit(web.url, look, scripts=True) == []


def test_every_title_says_what_the_page_is_about(
    lab: Lab, web: Web, ada: Subscription, chromium: Chromium
) -> None:
    def look(page: Page) -> list[str]:
        titles = []
        for path in pages(lab, ada):
            page.goto(path)
            titles.append(page.title())
        return titles

    titles = chromium.visit(web.url, look)
    assert len(set(titles)) == len(titles)
    assert all(title.endswith(" · Small Planet") for title in titles)


def walk(page: Page, wanted: str) -> None:
    """Tab until the focus is on what is called that; every stop on the way shows where it is."""
    for _ in range(40):
        page.keyboard.press("Tab")
        focused = page.locator(":focus")
        assert focused.evaluate("e => getComputedStyle(e).outlineStyle") != "none"
        if focused.inner_text().strip() == wanted:
            return
    raise AssertionError(f"no way to {wanted!r} by keyboard")


def test_leaving_and_taking_it_back_needs_a_keyboard_only(
    lab: Lab, web: Web, ada: Subscription, chromium: Chromium
) -> None:
    def go(page: Page) -> list[Consent]:
        page.goto(lab.leave_link(ada))
        walk(page, "Unsubscribe from Small Daily")
        with page.expect_navigation():
            page.keyboard.press("Enter")
        left = lab.place().consent
        walk(page, "Undo: subscribe me again")
        with page.expect_navigation():
            page.keyboard.press("Enter")
        assert page.locator("h1").inner_text() == "Undone"
        return [left, lab.place().consent]

    assert chromium.visit(web.url, go) == [Consent.UNSUBSCRIBED, Consent.CONFIRMED]


def test_the_first_stop_of_the_keyboard_skips_to_the_page(web: Web, chromium: Chromium) -> None:
    def go(page: Page) -> str:
        page.goto("/help")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        return str(page.locator(":focus").evaluate("e => e.closest('main') ? 'main' : e.outerHTML"))

    assert chromium.visit(web.url, go) == "main"


Journey = Callable[[Page, Lab, Subscription], None]


def mute_and_back(page: Page, lab: Lab, place: Subscription) -> None:
    page.goto(lab.wish_link(place, "/mute/blog"))
    page.get_by_role("button", name="Mute The Blog").click()
    assert dict(lab.place().wishes.sources) == {"blog": Word.MUTE}
    page.get_by_role("button", name="Undo: get The Blog again").click()
    assert lab.place().wishes == place.wishes


def pause_with_a_catch_up(page: Page, lab: Lab, place: Subscription) -> None:
    page.goto(lab.wish_link(place, "/pause"))
    page.get_by_label("Send me one digest of what I missed").check()
    page.get_by_role("button", name="Pause until December 20, 2026").click()
    assert lab.place().on_return == "catch-up"
    page.get_by_role("button", name="Undo: end the pause").click()
    assert lab.place().paused_until is None


def slower_from_the_page_of_a_source(page: Page, lab: Lab, place: Subscription) -> None:
    page.goto(lab.wish_link(place, "/mute/blog"))
    page.get_by_role("link", name="Get it less often").click()
    page.get_by_role("button", name="Once a month").click()
    assert lab.place().rhythm.cadence == "monthly"
    page.get_by_role("button", name="Undo: as it was before").click()
    assert lab.place().rhythm == place.rhythm


def in_the_other_language(page: Page, lab: Lab, place: Subscription) -> None:
    page.goto(lab.leave_link(place))
    page.get_by_role("link", name="Français").click()
    page.get_by_role("button", name="Ne plus recevoir Small Daily").click()
    assert page.locator("html").get_attribute("lang") == "fr"
    assert lab.place().consent is Consent.UNSUBSCRIBED


@pytest.mark.parametrize(
    "journey",
    [mute_and_back, pause_with_a_catch_up, slower_from_the_page_of_a_source, in_the_other_language],
)
def test_each_journey_works_without_scripts(
    lab: Lab, web: Web, ada: Subscription, chromium: Chromium, journey: Journey
) -> None:
    chromium.visit(web.url, lambda page: journey(page, lab, ada))
