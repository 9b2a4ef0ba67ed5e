"""What opens and closes a mail: masthead, the editor's words and choices, lists in brief, the ways out."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.compose.blocks import set_blocks
from digest.compose.cut import Cut
from digest.compose.paper import Paper
from digest.compose.shrink import BUDGET
from digest.model import Note, Section, StoryId
from subscribers.model import Cadence
from tests.papers import PAPER, Galley, part, sections, story

WEB = "https://digest.example.org/issues/weekly/12.html"
NOTE = Note(html="<h1>Bonjour</h1><p>Lisez <b>tout</b>.</p>", text="Bonjour\n\nLisez tout.")
PINS = (StoryId(5), StoryId(2))
STORIES = [story(id, source=1 + id % 3, topic="events" if id % 2 else "web") for id in range(1, 13)]
PINNED = Galley.of(STORIES, replace(PAPER, pins=PINS, web_url=WEB))
CROWDED = Galley.of(
    [story(id, source=1 + id % 2, content_html=f"<p>{'é' * 700} {id}</p>") for id in range(1, 41)],
    replace(PAPER, show="full", pins=(StoryId(40), StoryId(3))),
)


def both(galley: Galley, edition: Cut) -> tuple[str, str]:
    raw = galley.message(edition)
    return part(raw, "html"), part(raw, "plain")


def mail(ids: Sequence[int], paper: Paper = PAPER, **more: object) -> tuple[str, str]:
    stories = [each for each in STORIES if each.id in ids]
    galley = Galley.of(stories, paper)
    return both(galley, galley.cut(sections(stories), **more))


def steps(edition: Cut) -> list[str]:
    return [step for step in json.loads(edition.recipe) if isinstance(step, str)]


def shown(edition: Cut) -> list[tuple[int, str]]:
    """(story, form) in order, without the lines that pinned stories leave behind."""
    names = [step.split("/") for step in steps(edition) if step.startswith("story/")]
    return [(int(name[1]), name[2]) for name in names if name[2] != "back"]


def plain(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


chosen = st.sets(st.sampled_from(STORIES), min_size=1).map(
    lambda found: sorted(found, key=lambda each: each.id)
)


@given(chosen, st.integers(1, 12))
def test_every_wanted_story_stands_once_and_pinned_ones_come_first(some: list, most: int) -> None:  # type: ignore[type-arg]
    edition = PINNED.cut(sections(some), max_entries=most)
    ids = [id for id, _ in shown(edition)]
    pins = [id for id in PINS if id in {each.id for each in some}]
    assert sorted(ids) == sorted(each.id for each in some)
    assert ids == list(edition.stories)
    assert ids[: len(pins)] == pins


@given(chosen)
def test_a_pinned_story_leaves_one_line_in_its_own_section(some: list) -> None:  # type: ignore[type-arg]
    found = steps(PINNED.cut(sections(some)))
    back = [int(step.split("/")[1]) for step in found if "/back/" in step]
    assert sorted(back) == sorted(id for id in PINS if id in {each.id for each in some})
    assert ("pins/top/2" in found) == bool(back)


@settings(max_examples=15, deadline=None)
@given(st.integers(3, 40))
def test_pinned_stories_give_way_last_and_the_budget_holds(n: int) -> None:
    ids = (*map(StoryId, range(1, n)), StoryId(40))
    edition = CROWDED.cut((Section(kind="topic", key="", stories=ids),))
    forms = dict(shown(edition))
    assert edition.html_bytes < BUDGET
    if "full" in (form for id, form in forms.items() if id not in (40, 3)):
        assert forms[40] == "full"
        assert n <= 3 or forms[3] == "full"


def test_a_list_in_brief_stands_under_its_heading_after_what_is_shown_whole() -> None:
    edition = PINNED.cut(sections(STORIES), max_entries=4)
    found = steps(edition)
    opened = [at for at, step in enumerate(found) if step == "brief/open"]
    closed = [at for at, step in enumerate(found) if step == "brief/close"]
    assert opened and len(opened) == len(closed)
    inside = {at for first, last in zip(opened, closed, strict=True) for at in range(first + 1, last)}
    for at, step in enumerate(found):
        if step.startswith("story/"):
            assert (at in inside) == ("/full/" not in step), step


def test_a_list_in_brief_is_a_list() -> None:
    html, text = mail([2, 4, 6], max_entries=1)
    assert re.search(r'<p class="label"[^>]*>En bref</p>\s*<ul[^>]*>\s*<li class="item"', html)
    assert html.count("<li ") == 2
    assert "\nEn bref\u00a0:\n" in text


def test_the_masthead_counts_and_says_how_long_reading_takes() -> None:
    long = [story(id, source=id, text="mot " * 40, title="Un titre") for id in (1, 2)]
    galley = Galley.of(long)
    for found in both(galley, galley.cut(sections(long))):
        assert "2 articles de 2 sources, environ 1 minute" in found
    text = "mot " * 500
    whole = [story(id, source=id, text=text, content_html=f"<p>{text}</p>") for id in (1, 2)]
    galley = Galley.of(whole, replace(PAPER, show="full"))
    assert "environ 5 minutes" in both(galley, galley.cut(sections(whole)))[1]


def test_one_can_leave_from_the_masthead() -> None:
    html, text = mail([2])
    assert html.index("/u/UUU") < html.index(">Article 2")
    assert text.index("/u/UUU") < text.index("Article 2\n")


def test_the_web_page_is_named_where_there_is_one() -> None:
    for found in mail([2, 4], replace(PAPER, web_url=WEB), older=3):
        assert found.count(WEB) == 2
        assert found.index(WEB) < found.index("https://blog.example.org/2")
    for found in mail([2, 4], older=3):
        assert "/issues/" not in found
        assert "et 3 autres articles" in found


def test_the_editors_note_is_marked_as_theirs_and_stands_before_the_stories() -> None:
    html, text = mail([2], replace(PAPER, note=NOTE))
    assert re.search(r"<p [^>]*>Le mot de la rédaction</p>\s*<div[^>]*>\s*<h2[^>]*>Bonjour</h2>", html)
    assert "Le mot de la rédaction\u00a0:\n\nBonjour\n\nLisez tout.\n" in text
    for found in (html, text):
        assert found.index("Bonjour") < found.index("https://blog.example.org/2")
    assert "rédaction" not in mail([2])[0]


@pytest.mark.parametrize(
    ("cadence", "said"),
    [(Cadence.NIGHTLY, "chaque jour"), (Cadence.WEEKLY, "chaque semaine"), (Cadence.MONTHLY, "chaque mois")],
)
def test_the_foot_says_why_in_words(cadence: Cadence, said: str) -> None:
    html, text = mail([2], replace(PAPER, cadence=cadence))
    for found in (plain(html), " ".join(text.split())):
        assert f"Elle paraît {said}, avec les nouveautés de 3 sources" in found


@pytest.mark.parametrize("path", ["/pace", "/pause", ""])
def test_the_foot_leads_to_pace_pause_and_preferences(path: str) -> None:
    address = f"https://digest.example.org/w/{'W' * 36}{path}"
    html, text = mail([2])
    assert f'href="{address}"' in html
    assert f"\n{address}\n" in text


def test_a_single_story_lets_its_source_be_muted_and_one_under_its_heading_does_not_repeat_it() -> None:
    address = f"https://digest.example.org/w/{'W' * 36}/mute/"
    html, text = mail([1])
    assert html.count(f"{address}logilab") == text.count(f"{address}logilab") == 1
    several = [story(id, source=1) for id in (1, 2, 3)]
    galley = Galley.of(several)
    for found in both(galley, galley.cut(sections(several))):
        assert found.count(f"{address}cubicweb") == 1


FOOTNOTE = (
    '<p>Un<a href="#n1">[1]</a></p><ol><li id="n1">note</li></ol><a id="b" href="https://x.example/">x</a>'
)


def test_places_inside_a_story_get_its_prefix() -> None:
    noted = [story(id, content_html=FOOTNOTE) for id in (1, 2)]
    galley = Galley.of(noted, replace(PAPER, show="full"))
    html, text = both(galley, galley.cut(sections(noted)))
    for id in (1, 2):
        assert html.count(f'<a href="#s{id}-n1"') == 1
        assert html.count(f'<a name="s{id}-n1"') == 1
        assert f'<a name="s{id}-b"' in html
    assert 'id="' not in html
    assert "#" not in text.replace("# Autres", "")


class Placing(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.depth = self.deepest = 0
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.depth += tag == "table"
        self.deepest = max(self.deepest, self.depth)

    def handle_endtag(self, tag: str) -> None:
        self.depth -= tag == "table"


def test_tables_are_never_nested_deeper_than_clients_show() -> None:
    nested = "<table><tr><td>" * 20 + "x<pre>y</pre>" + "</td></tr></table>" * 20
    galley = Galley.of([story(1, content_html=nested)], replace(PAPER, show="full"))
    html = part(galley.message(galley.cut(sections([story(1)]))), "html")
    # One more stands around them in Outlook.
    assert Placing(html).deepest <= 7
    assert "x<table" in html


def test_code_wraps_in_html_and_is_left_alone_in_text() -> None:
    line = "print('" + "x" * 120 + "')"
    html = f"<p>voir</p><pre>def f():\n\n    {line}</pre>"
    assert set_blocks(html) == f"voir\n\n    def f():\n\n        {line}"
    galley = Galley.of([story(1, content_html=html)], replace(PAPER, show="full"))
    found, text = both(galley, galley.cut(sections([story(1)])))
    assert re.search(r"<pre style=\"[^\"]*white-space: ?pre-wrap", found)
    assert f"\n        {line}\n" in text


def test_a_content_keeps_its_lists_in_text() -> None:
    html = (
        "<p>a<br>b</p><ul><li>un</li><li>deux<ol><li>x</li></ol></li></ul>"
        "<table><tr><td>1</td><td>2</td></tr></table>"
    )
    assert set_blocks(html) == "a\nb\n\n- un\n- deux\n  1. x\n\n1 | 2"


def test_names_that_run_from_right_to_left_are_set_apart() -> None:
    title = "مرحبا"
    arabic = [story(1, title=title), story(2)]
    galley = Galley.of(arabic)
    edition = galley.cut(sections(arabic))
    assert f"\u2068{title}\u2069" in edition.subject
    for found in both(galley, edition):
        assert f"\u2068{title}\u2069" in found
        assert "\u2068Article" not in found


def test_a_title_of_any_length_is_cut_at_a_word() -> None:
    html, text = both(galley := Galley.of([story(1, title="mot " * 60)]), galley.cut(sections([story(1)])))
    assert f">{'mot ' * 24}mot…<" in html
    assert "mot…\nhttps://" in text


def test_a_lone_story_gives_its_first_words_to_the_preheader() -> None:
    html, _ = mail([2])
    assert re.search(r'<div class="preheader"[^>]*>1 article de 1 source\u00a0: Il était une fois', html)


def test_no_element_but_a_cell_is_padded() -> None:
    galley = Galley.of(
        [story(1, content_html="<ul><li>x</li></ul><pre>y</pre><blockquote>z</blockquote>")],
        replace(PAPER, show="full", note=NOTE),
    )
    html = part(galley.message(galley.cut(sections([story(1)]))), "html")
    padded = re.findall(r'<(\w+)[^>]*style="[^"]*padding(?:-\w+)?: ?[1-9]', html)
    assert set(padded) == {"td"}


def test_the_contents_name_the_pinned_stories_too() -> None:
    html, _ = both(PINNED, PINNED.cut(sections(STORIES)))
    assert "Au sommaire\u00a0: À la une (2), Rencontres (6), Le web (6)" in html
