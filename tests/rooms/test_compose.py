"""From a galley to a message: what the joined bytes say is what setting that edition alone would say."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from digest.compose.cut import Cut
from digest.compose.galley import inline, values_of
from digest.compose.marks import Marks
from digest.compose.paper import Paper
from digest.model import Note, Section, Story, StoryId
from tests.papers import ADDRESSEE, NONCE, PAPER, PRESS, SLUGS, Galley, part, sections, story

STORIES = tuple(
    story(
        id,
        source=1 + id % 3 if id % 4 else 1,
        topic=("events", "web", "")[id % 3],
        twins=(3,) if id == 4 else (),
        title=("L'été <b>& co</b> : n° {}", ".dot {}", "From {} = =3D", "日本語の長い題名 {}")[id % 4].format(
            id
        ),
        content_html=(
            f'<h2>Partie</h2><p>Un <a href="https://x.example/{id}?a=1&amp;b=2">lien</a> d\'été.</p>'
            "<pre>.\nFrom x</pre>"
        ),
    )
    for id in range(1, 25)
)
NOTE = Note(html="<h1>Bonjour</h1><p>Lisez <b>tout</b>.</p>", text="Bonjour\n\nLisez tout.")
EDITED = replace(
    PAPER,
    pins=(StoryId(7), StoryId(4), StoryId(12)),
    note=NOTE,
    web_url="https://digest.example.org/issues/weekly/12.html",
)
PAPERS = {
    **{show: replace(PAPER, show=show) for show in ("summary", "full", "title")},
    "edited": EDITED,
    "edited-full": replace(EDITED, show="full", group_by=("source",)),
}
GALLEYS = {show: Galley.of(STORIES, paper) for show, paper in PAPERS.items()}
TOKENS = {"unsubscribe": ADDRESSEE.unsubscribe_token, "wishes": ADDRESSEE.wishes_token}


def laid_out(paper: Paper, some: Sequence[Story]) -> tuple[Section, ...]:
    """As `sort` would, by topics or by sources."""
    if "topic" in paper.group_by:
        return sections(some)
    found: dict[str, list[StoryId]] = {}
    for each in some:
        found.setdefault(SLUGS[each.origin.source_id - 1], []).append(each.id)
    return tuple(Section(kind="source", key=key, stories=tuple(ids)) for key, ids in found.items())


def alone(paper: Paper, edition: Cut, values: dict[str, str]) -> tuple[str, str]:
    """The edition's HTML and text as the templates give them when they set nothing else."""
    everything: dict[str, Any] = values_of(paper, STORIES)
    lines = {line.name: line for line in everything["lines"]}
    steps = [step for step in json.loads(edition.recipe) if isinstance(step, str)]
    marks = Marks(NONCE)
    given = {
        **everything,
        "lines": [lines[step] for step in steps if step in lines],
        "contents": "html/contents/0" in steps,
        "more": "html/more/0" in steps,
        "variable": values.__getitem__,
        "slot": TOKENS.__getitem__,
    }

    def set_with(begin: Callable[[str], str], name: str) -> str:
        return PRESS.render(name, {**given, "begin": begin})

    html = inline(set_with(marks.begin, "mail/issue.html"))
    text = set_with(marks.begin_text, "mail/issue.txt")
    return re.sub(rf"<!--{NONCE}:[^>]+-->\n?", "", html), re.sub(rf"{NONCE}:[^;]+;\n?", "", text)


def values_in(html: str, edition: Cut) -> dict[str, str]:
    """The variable parts, read back from the message."""
    plain = Variables(html)
    return {"subject": edition.subject, **plain.found}


class Variables(HTMLParser):
    """Text of the elements that begin with a variable."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found = {"contents": "", "more": ""}
        self._issue = 0
        self._name = ""
        self.feed(html)
        issue, self.found["counts"] = self.found.pop("issue0"), self.found.pop("issue1")
        self.found["period"] = issue.partition(" · ")[2]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        name = dict(attrs).get("class") or ""
        if name == "issue":
            name, self._issue = f"issue{self._issue}", self._issue + 1
        self._name = name if name in ("preheader", "contents", "more", "issue0", "issue1") else ""

    def handle_endtag(self, tag: str) -> None:
        self._name = ""

    def handle_data(self, data: str) -> None:
        if self._name:
            self.found[self._name] = self.found.get(self._name, "") + data


chosen = st.sets(st.sampled_from(STORIES), min_size=1).map(
    lambda found: sorted(found, key=lambda each: each.id)
)


@pytest.mark.parametrize("show", sorted(PAPERS))
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(some=chosen, older=st.sampled_from([0, 3]), most=st.sampled_from([3, 60]))
def test_the_joined_message_says_what_setting_it_alone_says(
    show: str, some: Sequence[Story], older: int, most: int
) -> None:
    edition = GALLEYS[show].cut(laid_out(PAPERS[show], some), older=older, max_entries=most)
    raw = GALLEYS[show].message(edition)
    html, text = part(raw, "html"), part(raw, "plain")

    wanted_html, wanted_text = alone(PAPERS[show], edition, values_in(html, edition))

    assert html == wanted_html
    # Long variables are wrapped at the cut; the template alone has them on one line.
    assert text.split() == wanted_text.split()


@given(some=chosen)
@settings(max_examples=20, deadline=None)
def test_both_parts_name_the_same_stories_in_the_same_order(some: Sequence[Story]) -> None:
    raw = GALLEYS["summary"].message(GALLEYS["summary"].cut(sections(some)))
    links = [each.origin.content.link or "" for each in some]

    def order(text: str) -> list[str]:
        return [found for found in re.findall(r"https://blog\.example\.org/\d+", text) if found in links]

    assert order(part(raw, "html")) == order(part(raw, "plain"))
    assert sorted(order(part(raw, "plain"))) == sorted(links)


@pytest.mark.parametrize("show", sorted(PAPERS))
def test_both_parts_lead_to_the_same_addresses(show: str) -> None:
    raw = GALLEYS[show].message(GALLEYS[show].cut(laid_out(PAPERS[show], STORIES), older=1))
    html = {found.replace("&amp;", "&") for found in re.findall(r'href="([^"]+)"', part(raw, "html"))}
    lines = part(raw, "plain").split("\n")
    text = {line for line in lines if line.startswith("https://")} | {"mailto:admin@example.org"}
    assert html == text
    assert "admin@example.org" in lines


def test_two_readers_of_an_edition_differ_in_tokens_and_header_alone() -> None:
    galley = GALLEYS["summary"]
    raw = galley.message(galley.cut(sections(STORIES)))
    assert raw.count(b"U" * 36) == 5
    body = raw.partition(b"\r\n\r\n")[2]
    # In each part at the top and at the end.
    assert body.count(b"U" * 36) == 4
    assert b"/w/=\r\n" + b"W" * 36 + b"=\r\n" in body


def test_every_line_is_short_and_printable() -> None:
    for name, galley in GALLEYS.items():
        raw = galley.message(galley.cut(laid_out(PAPERS[name], STORIES)))
        assert max(map(len, raw.split(b"\r\n"))) <= 130
        body = raw.partition(b"\r\n\r\n")[2]
        assert max(map(len, body.split(b"\r\n"))) <= 76
        assert b"\n" not in raw.replace(b"\r\n", b"")
        assert not re.search(rb"^(\.|From )", body, re.MULTILINE)
        assert raw.isascii()


def test_the_text_part_keeps_to_its_width() -> None:
    galley = GALLEYS["full"]
    lines = part(galley.message(galley.cut(sections(STORIES))), "plain").split("\n")
    assert [line for line in lines if len(line) > 72 and not line.startswith("https://")] == []


def test_a_frozen_galley_cuts_to_the_same_bytes_whatever_order_it_is_read_in() -> None:
    galley = GALLEYS["summary"]
    again = Galley.of(STORIES)
    assert galley.message(galley.cut(sections(STORIES))) == again.message(again.cut(sections(STORIES)))
