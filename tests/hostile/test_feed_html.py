"""Whatever HTML a feed carries: nothing of it is active in the mail, and nothing leaves its own story."""

from __future__ import annotations

from collections.abc import Callable

import lxml.html
import pytest
from playwright.sync_api import Error

from digest.compose.galley import set_galley
from digest.errors import DigestError
from digest.model import Content
from tests import papers
from tests.browser import Chromium, Doings, Shown, needs_chromium
from tests.hostile.cases import CASES, LIKE_A_NONCE, Case
from tests.hostile.mails import CELLS, DOM, Mailed, active, cdata, entry, mailed, witness
from tests.issues.setting import ADDRESSEE, content, story
from tests.papers import part

TWO_FRAMES = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
#: what our own page has around the stories
OF_THE_PAGE = frozenset({"html", "head", "meta", "title", "style", "body"})
KINDS = sorted({case.name.rpartition("-")[0] for case in CASES})


def of(kind: str) -> tuple[Case, ...]:
    return tuple(case for case in CASES if case.name.rpartition("-")[0] == kind)


def mail(kind: str, how: str) -> Mailed:
    cases = of(kind)
    if how == "rss":
        return mailed(cases, [cdata(case) for case in cases])
    return mailed(cases, [entry(case, at) for at, case in enumerate(cases, start=1)])


every_mail = pytest.mark.parametrize(
    ("kind", "how"), [(kind, how) for kind in KINDS for how in ("atom", "rss")]
)


def test_there_are_cases_enough() -> None:
    assert len(CASES) >= 100 and len({case.html for case in CASES}) == len(CASES)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_nothing_active_is_left_of_an_entry(case: Case) -> None:
    for given in (entry(case, 1), cdata(case)):
        html = part(mailed([case], [given]).raw, "html")
        tree = lxml.html.document_fromstring(html.encode(), parser=lxml.html.HTMLParser(encoding="utf-8"))
        elements = [
            {"name": each.tag, "space": "http://www.w3.org/1999/xhtml", "attributes": dict(each.attrib)}
            for each in tree.iter("*")
            if each.tag not in OF_THE_PAGE
        ]
        assert active(elements) == []


@needs_chromium
@every_mail
def test_a_browser_finds_nothing_active(kind: str, how: str, chromium: Chromium) -> None:
    elements = chromium.show(part(mail(kind, how).raw, "html"), lambda shown: shown.page.evaluate(DOM))
    assert active(elements) == []


@needs_chromium
@every_mail
def test_nothing_runs_loads_or_moves(kind: str, how: str, chromium: Chromium) -> None:
    assert chromium.show(part(mail(kind, how).raw, "html"), _waited) == Doings()


@needs_chromium
@every_mail
def test_a_story_holds_its_own_words_and_no_others(kind: str, how: str, chromium: Chromium) -> None:
    made = mail(kind, how)
    told, around = chromium.show(part(made.raw, "html"), lambda shown: shown.page.evaluate(CELLS))
    assert len(told) == len(made.cases)
    for case, text in zip(made.cases, told, strict=True):
        assert witness(case) in text
        assert not [other.name for other in made.cases if other != case and witness(other) in text]
    assert "witness of" not in around.partition("You get this mail")[2]


@needs_chromium
@pytest.mark.parametrize("name", ["script-1", "handler-1", "handler-5", "frame-2", "foreign-1"])
def test_a_case_shown_as_it_is_runs(name: str, chromium: Chromium) -> None:
    """Else the tests above would pass on a browser that sees nothing."""
    assert chromium.show(_bare(name), _waited).scripts


@needs_chromium
@pytest.mark.parametrize("name", ["style-1", "style-4", "frame-3", "address-19"])
def test_a_case_shown_as_it_is_loads(name: str, chromium: Chromium) -> None:
    assert chromium.show(_bare(name), _waited).requests


@pytest.mark.parametrize("how", ["atom", "rss"])
def test_text_that_looks_like_our_marks_is_text(how: str) -> None:
    """No token of the reader, no frame of ours, comes into a story that asks for it."""
    made = mail("mark", how)
    harmless = mailed(made.cases, [content(f"Story {at}", language="en") for at in range(len(made.cases))])
    for kind in ("plain", "html"):
        shown = part(made.raw, kind)
        assert f"{LIKE_A_NONCE}:slot:unsubscribe;" in shown.replace("\n", "")
        assert papers.NONCE not in shown
        for token in (ADDRESSEE.unsubscribe_token, ADDRESSEE.wishes_token):
            assert shown.count(token) == part(harmless.raw, kind).count(token)
    assert len(list(papers.parsed(made.raw).walk())) == 3


@pytest.mark.parametrize(
    "given",
    [
        lambda mark: content(f"A title {mark}", language="en"),
        lambda mark: content("A title", f"<p>{mark}</p>", language="en"),
        lambda mark: content("A title", language="en", link=f"https://source.example.org/{mark}"),
        lambda mark: content("A title", language="en", authors=(mark,)),
    ],
    ids=["title", "content", "link", "author"],
)
def test_a_galley_whose_nonce_stands_in_a_story_is_not_set(given: Callable[[str], Content]) -> None:
    told = [story(1, given(f"{papers.NONCE}:begin:foot;"))]
    with pytest.raises(DigestError, match="nonce"):
        set_galley(papers.PAPER, told, press=papers.PRESS, nonce=papers.NONCE)


def test_placeholders_of_a_feed_are_words() -> None:
    """A story is a value of the templates, never a part of them."""
    html = part(mail("template", "atom").raw, "html")
    assert "{{ 7 * 7 }}" in html and "__mro__ }}" in html and "{% raw %}" in html and "{# gone #}" in html


def _bare(name: str) -> str:
    case = next(case for case in CASES if case.name == name)
    return f"<!DOCTYPE html><title>x</title><body>{case.html}"


def _waited(shown: Shown) -> Doings:
    """What the document did, once all it started has ended: `load` waits for what it loads, and two frames
    for what it scheduled."""
    try:
        shown.page.evaluate(TWO_FRAMES)
    except Error:
        shown.doings.navigations.append("away while we looked")
    return shown.doings
