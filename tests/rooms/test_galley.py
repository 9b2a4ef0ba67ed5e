"""The galley as mail: accessible, self-contained, escaped, and cut where it was marked."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.compose.content import body_html, links_of
from digest.compose.excerpt import EXCERPT_LINES, EXCERPT_WIDTH, excerpt
from digest.compose.galley import inline, set_galley
from digest.compose.lines import width
from digest.errors import DigestError, TemplateError
from digest.model import Origin, Story
from digest.press.words import Words
from tests.papers import NONCE, NOW, PAPER, PRESS, Galley, part, sections, story

HOSTILE = "<script>alert(1)</script> & \"q\" 'q' {{ 7*7 }} {% raw %}"
LOOKALIKE = f"{NONCE[:-1]}:begin:foot; <!--{NONCE[:-1]}:slot:wishes;-->"


def mail(stories: Sequence[Story], **paper: object) -> tuple[str, str]:
    galley = Galley.of(stories, replace(PAPER, **paper))  # type: ignore[arg-type]
    raw = galley.message(galley.cut(sections(stories)))
    return part(raw, "html"), part(raw, "plain")


class Tree(HTMLParser):
    """Tags in order, and whether all that were opened are closed in turn."""

    VOID = frozenset({"meta", "br", "hr", "img"})

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.crossed: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.crossed.append(tag)


MIXED = [
    story(1, topic="events", source=1, title=HOSTILE, text=HOSTILE, authors=(HOSTILE,)),
    *(story(id, topic="events", source=2) for id in (2, 3, 4)),
    story(5, link=None, title="Sans lien"),
    story(6, twins=(2, 3), origin=Origin(title="Le blog d'Anne")),
]


@pytest.mark.parametrize("show", ["summary", "full", "title"])
def test_the_document_is_whole_and_balanced(show: str) -> None:
    tree = Tree(mail(MIXED, show=show)[0])
    assert (tree.open, tree.crossed) == ([], [])


def test_every_fragment_of_a_story_is_balanced() -> None:
    dirty = "<p>a<b>b</p><table><tr><td>c</div></td></table></td></tr></table><h1>d"
    galley = Galley.of([story(1, content_html=dirty)], replace(PAPER, show="full"))
    for name, fragment in galley.fragments.items():
        if name.startswith("story/"):
            tree = Tree(re.sub(r"=\r\n", "", fragment.html.data.decode()).replace("=3D", "="))
            assert (name, tree.open, tree.crossed) == (name, [], [])


def test_the_language_and_direction_stand_on_html_and_on_a_wrapper_inside_body() -> None:
    tags = Tree(mail(MIXED)[0]).tags
    marked = [tag for tag, attrs in tags if attrs.get("lang") == "fr" and attrs.get("dir") == "ltr"]
    assert marked[:2] == ["html", "div"]


def test_every_story_carries_its_language_and_direction() -> None:
    arabic = story(1, title="مرحبا", text="نص")
    entry = replace(arabic.origin, language="ar")
    html, _ = mail([replace(arabic, entries=(entry,))])
    assert re.search(r'<td class="story" lang="ar" dir="rtl"', html)
    assert re.search(r'<p class="meta" lang="fr" dir="ltr"', html)


@pytest.mark.parametrize("show", ["summary", "full", "title"])
@pytest.mark.parametrize("group_by", [("topic", "source"), ("source",), ("topic",)])
def test_there_is_one_h1_and_headings_skip_no_level(show: str, group_by: tuple[str, ...]) -> None:
    stories = [story(id, source=1, content_html="<h5>a</h5><h1>b</h1><h6>c</h6>") for id in (1, 2, 3)]
    galley = Galley.of(stories, replace(PAPER, show=show, group_by=group_by))  # type: ignore[arg-type]
    chosen = sections(stories)
    if "topic" not in group_by:
        chosen = chosen[0].sections
    elif "source" not in group_by:
        chosen = (replace(chosen[0], stories=chosen[0].sections[0].stories, sections=()),)
    tags = Tree(part(galley.message(galley.cut(chosen)), "html")).tags
    levels = [int(tag[1]) for tag, _ in tags if re.fullmatch("h[1-6]", tag)]
    assert levels.count(1) == 1
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_every_layout_table_says_it_is_one() -> None:
    content = "<table><tr><td>1</td></tr></table><table><tr><th>a</th></tr></table>"
    html, _ = mail([story(1, content_html=content)], show="full")
    tables = [attrs.get("role") for tag, attrs in Tree(html).tags if tag == "table"]
    assert tables == ["presentation", "presentation", None]


def test_what_publishers_wrote_is_text() -> None:
    html, text = mail(MIXED)
    assert "<script" not in html
    assert html.count("&lt;script&gt;") >= 3
    assert HOSTILE.replace("  ", " ") in " ".join(text.split())


def test_text_that_looks_like_a_mark_is_text() -> None:
    html, text = mail([story(1, title=LOOKALIKE, text=LOOKALIKE)])
    assert html.count("W" * 36) == mail([story(1)])[0].count("W" * 36)
    assert LOOKALIKE in " ".join(text.split())
    assert "&lt;!--" in html


def test_content_that_holds_the_nonce_is_refused() -> None:
    with pytest.raises(DigestError, match="nonce"):
        set_galley(PAPER, [story(1, text=f"x {NONCE} y")], press=PRESS, nonce=NONCE)


def test_no_mark_is_left_in_any_fragment() -> None:
    galley = Galley.of(MIXED)
    assert [
        name for name, each in galley.fragments.items() if NONCE.encode() in each.html.data + each.text.data
    ] == []


def test_nothing_is_loaded_and_nothing_is_active() -> None:
    content = '<p><img src="https://track.example/1.gif" alt="Un chat"><img src="x.gif"></p>'
    html, _ = mail([story(1, content_html=content)], show="full")
    tags = {tag for tag, _ in Tree(html).tags}
    assert not tags & {"img", "script", "link", "iframe", "form", "object", "base"}
    assert not re.search(r"url\(|@import|src=", html)
    assert '<a href="https://blog.example.org/1"' in html
    assert ">[image\u00a0: Un chat]</a>" in html


def test_styles_are_inline_and_dark_mode_stays_in_the_head() -> None:
    html, _ = mail(MIXED)
    styles = re.findall(r"<style>(.*?)</style>", html, re.DOTALL)
    assert ["@media (prefers-color-scheme: dark)" in each for each in styles] == [True, False]
    assert "[data-ogsc]" in styles[1]
    assert sum(map(len, styles)) < 8192
    assert all(
        re.search(r"h[1-4] [^>]*style=|class=\"title\" style=", line)
        for line in html.split("\n")
        if "<h1" in line
    )
    assert html.count("<!--[if mso]>") == html.count("<![endif]-->") == 2


def test_no_style_needs_what_mail_clients_lack() -> None:
    html, _ = mail(MIXED, show="full")
    assert not re.search(
        r"rgba?\(|hsl|var\(|position:|:nth|:first|:last|~ |@font-face|margin: ?-|flex|grid", html
    )


def test_the_preheader_is_hidden_without_spammers_tricks() -> None:
    html, _ = mail(MIXED)
    style = re.search(r'<div class="preheader" style="([^"]+)">', html)
    assert style is not None
    assert re.sub(r"\s", "", style[1]) == "display:none;max-height:0;overflow:hidden;mso-hide:all"


def test_the_title_is_the_subject() -> None:
    galley = Galley.of(MIXED)
    edition = galley.cut(sections(MIXED[1:]))
    assert f"<title>{edition.subject}</title>" in part(galley.message(edition), "html")


def test_links_say_where_they_lead() -> None:
    html, _ = mail(MIXED)
    texts = re.findall(r"<a [^>]*>([^<]*)</a>", html)
    assert all(len(text.strip()) > 3 for text in texts)
    named = {text: href for href, text in re.findall(r'<a href="([^"]*)"[^>]*>([^<]*)</a>', html)}
    hrefs = {href for href, _ in re.findall(r'<a href="([^"]*)"[^>]*>([^<]*)</a>', html)}
    assert len(named) == len(hrefs) == len(set(named.values()))


def test_a_source_heading_lets_its_source_be_muted() -> None:
    html, text = mail(MIXED)
    address = f"https://digest.example.org/w/{'W' * 36}/mute/logilab"
    assert f'<a href="{address}"' in html
    assert f"Ne plus recevoir Logilab & co\u00a0:\n{address}\n" in text


def test_the_foot_says_why_and_how_to_leave() -> None:
    for found in mail(MIXED):
        one_line = " ".join(found.split())
        assert "cette adresse est inscrite à Planète AFPy, la semaine" in one_line
        assert f"https://digest.example.org/u/{'U' * 36}" in one_line
        assert f"https://digest.example.org/w/{'W' * 36}" in one_line
        assert "AFPy, Paris" in one_line


def test_a_copied_story_credits_its_origin_and_names_its_twins() -> None:
    for found in mail([MIXED[5]]):
        assert "d’après Le blog d" in found
        assert "aussi dans AFPy et Logilab" in found.replace("&amp;", "&")


def test_a_story_without_a_link_keeps_its_title() -> None:
    html, text = mail([MIXED[4]])
    assert re.search(r"<h3 [^>]*>Sans lien</h3>", html)
    assert "\nSans lien\n" in text


def test_an_address_stands_alone_under_its_title() -> None:
    _, text = mail(MIXED)
    assert "\nArticle 2\nhttps://blog.example.org/2\n" in text


def test_a_stylesheet_is_never_fetched() -> None:
    link = '<link rel="stylesheet" href="http://127.0.0.1:9/a.css">'
    assert link in inline(f"<html><head>{link}</head><body><p>x</p></body></html>")


def test_a_document_that_cannot_be_inlined_is_a_fault_of_its_template() -> None:
    with pytest.raises(TemplateError, match=r"mail/issue\.html"):
        inline("")


def test_an_excerpt_ends_at_forty_words() -> None:
    assert excerpt("mot " * 41) == " ".join(["mot"] * 40) + "…"
    assert excerpt("mot " * 40) == " ".join(["mot"] * 40)


def test_an_excerpt_keeps_what_was_a_list_as_lines() -> None:
    text = "Programme\n\nLa soirée commence tôt.\n\n- 19 h : accueil\n- 19 h 20 : exposés\n\nVenez"
    assert excerpt(text).split("\n") == [
        "Programme — La soirée commence tôt.",
        "• 19 h : accueil",
        "• 19 h 20 : exposés",
        "Venez",
    ]
    assert excerpt(text, words=9).split("\n")[1:] == ["• 19 h…"]


@given(st.text(st.sampled_from("ab \n-.長"), max_size=400), st.integers(1, 50))
def test_an_excerpt_is_short_whatever_it_is_of(text: str, words: int) -> None:
    found = excerpt(text, words=words)
    lines = found.split("\n")
    assert len(found.split()) <= words + len(lines)
    assert len(lines) <= EXCERPT_LINES
    assert width(found) <= EXCERPT_WIDTH + 3 * len(lines)
    assert bool(found) <= bool(text.strip())


def test_headings_of_a_content_go_below_its_storys() -> None:
    words = Words("fr", PAPER.zone)
    assert body_html("<h1>a</h1><h2>b</h2>", level=3, link=None, words=words) == "<h4>a</h4><h5>b</h5>"


def test_links_of_a_content_are_named_once() -> None:
    assert links_of('<a href="https://a/?x&amp;y">1</a><a href="https://a/?x&amp;y">2</a><a>3</a>') == (
        "https://a/?x&y",
    )


def test_dates_are_in_the_zone_of_the_site() -> None:
    late = story(1)
    entry = replace(late.origin, dated_at=NOW.replace(hour=23, minute=30))
    assert "Publié le 23 novembre 2026 à 00:30" in mail([replace(late, entries=(entry,))])[1]
