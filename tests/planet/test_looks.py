"""The pages in a browser: readable for everybody, on a phone and on a desk, by day and by night."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.browser import Chromium, Scheme, Shown, needs_chromium
from tests.night.house import NIGHT, House, Item
from tests.planet.pages import PLANET

pytestmark = [needs_chromium, pytest.mark.xdist_group("chromium")]

HARD = (
    "<p>A paragraph with <code>code</code> and a "
    "<a href='https://a.example/'>link</a>.</p><h1>A heading</h1><h4>A deep one</h4>"
    f"<pre>{'x' * 300}</pre><p>{'W' * 300}</p><blockquote>Quoted</blockquote>"
    "<table><tr><th></th><th>Two</th></tr><tr><td>" + "verylongword" * 12 + "</td><td>2</td></tr></table>"
    "<ul><li>One<ul><li>Two<ul><li>Three</li></ul></li></ul></li></ul>"
)
PAGES = ("index.html", "page/2.html", "topics/meetings.html", "issues/index.html", "issues/daily/1.html")


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> House:
    house = House(
        tmp_path_factory.mktemp("looks"),
        planet=PLANET,
        topics=[{"slug": "meetings", "title": "Meetings", "match": {"words": ["meetup"]}}],
    )
    house.publish("blog", Item(name="hard", title=f"Meetup {'Q' * 80}", text=HARD), "a", "b")
    house.publish(
        "other", Item(name="rtl", title="لقاء بايثون", text="مرحبا بكم في لقاء بايثون في المدينة"), "c"
    )
    house.follow("down", "nowhere.xml", title="Down")
    house.night(NIGHT)
    return house


def page(house: House, path: str) -> str:
    """The page with its style inside: the browser here fetches nothing."""
    public = house.root / "public"
    style = f"<style>{(public / 'style.css').read_text()}</style>"
    return re.sub(r'<link rel="stylesheet"[^>]*>', lambda _: style, (public / path).read_text())


def look(shown: Shown) -> tuple[list[str], list[str], list[str]]:
    found = Axe().run(shown.page, options={"resultTypes": ["violations"]}).response["violations"]
    return (
        [f"{each['id']}: {node['html'][:160]}" for each in found for node in each["nodes"]],
        shown.beyond_the_edge(),
        shown.doings.requests,
    )


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1024])
@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_accessible_fits_and_fetches_nothing(
    house: House, chromium: Chromium, path: str, width: int, scheme: Scheme
) -> None:
    violations, beyond, requests = chromium.show(page(house, path), look, width=width, scheme=scheme)

    assert violations == []
    assert beyond == []
    assert requests == []


def test_the_only_files_a_page_needs_are_ours(house: House) -> None:
    public = house.root / "public"
    needed = {
        each
        for path in public.rglob("*.html")
        for each in re.findall(r'(?:src|<link rel="stylesheet" href)="([^"]*)"', path.read_text())
    }

    assert {Path(each).name for each in needed} == {"style.css"}
    assert "url(" not in (public / "style.css").read_text()
    assert "@import" not in (public / "style.css").read_text()
