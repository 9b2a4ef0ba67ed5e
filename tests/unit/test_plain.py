"""HTML to plain text, and text to one line (gather P5, P6, P11)."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.gather.plain import MAX_LINE, one_line, shorten, to_html, to_text

TEXTS = [
    ("<p>one</p><p>two</p>", "one\n\ntwo"),
    ("<p>a\n  b <em>c</em>d</p>", "a b cd"),
    ("a<br>b<br/>c", "a\nb\nc"),
    ("<h2>T</h2>text<hr>more", "T\n\ntext\n\nmore"),
    ("<ul><li>one</li><li><p>two</p></li></ul>", "- one\n- two"),
    ("<ul><li>a<ul><li>b</li></ul></li></ul><p>c</p>", "- a\n- b\n\nc"),
    ("<pre>def f():\n    return 1\n\nf()</pre>", "def f():\n    return 1\n\nf()"),
    ("<table><tr><th>a</th><th>b</th></tr><tr><td>1</td><td>2</td></tr></table>", "a | b\n1 | 2"),
    ('<a href="https://x.example">here</a>', "here"),
    ("&lt;b&gt; &amp;lt; &eacute;", "<b> &lt; é"),
    ("<p></p><p> </p>", ""),
    ("", ""),
    ("3 < 4", "3 < 4"),
    ("<img src='x' alt='a'>", ""),
    ("« bonjour\u00a0»", "« bonjour\u00a0»"),
]


@pytest.mark.parametrize(("html", "text"), TEXTS)
def test_text_keeps_the_shape_a_reader_needs(html: str, text: str) -> None:
    assert to_text(html) == text


def test_plain_text_as_html_reads_as_it_did() -> None:
    assert to_html("a < b\nc\n\n\nd") == "<p>a &lt; b<br>c</p>\n<p>d</p>"
    assert to_text(to_html("a < b\nc\n\nd")) == "a < b\nc\n\nd"


LINES = [
    ("a\nb\tc\r\n d", "a b c d"),
    ("a\u2028b\u2029c\x85d", "a b c d"),
    ("invoice \u202efdp.exe\u202c", "invoice fdp.exe"),
    ("\u2066x\u2069\x07\x9b", "x"),
    ("Été \U0001f468\u200d\U0001f469\u200d\U0001f467 !", "Été \U0001f468\u200d\U0001f469\u200d\U0001f467 !"),
    ("Quoi\u202f?", "Quoi\u202f?"),
    ("L&#39;&eacute;t&eacute; &amp; l&rsquo;hiver", "L'été & l’hiver"),
    ("Use &lt;b&gt;", "Use &lt;b&gt;"),
    ("Use &#60;b&#x3e; &amp;lt;", "Use &#60;b&#x3e; &amp;lt;"),
    ("AT&T R&D; &unknown;", "AT&T R&D; &unknown;"),
    ("  ", ""),
]


@pytest.mark.parametrize(("written", "line"), LINES)
def test_a_plain_title_is_one_clean_line(written: str, line: str) -> None:
    assert one_line(written) == line


HTML_LINES = [
    ("<b>Bold</b> <i>title</i>", "Bold title"),
    ("Tom &amp; Jerry", "Tom & Jerry"),
    ("The &lt;b&gt; tag", "The <b> tag"),
    ("L&amp;#39;été", "L'été"),
    ("Title<script>alert(1)</script>", "Title"),
    ("a < b", "a < b"),
    ("<p>two</p><p>lines</p>", "two lines"),
]


@pytest.mark.parametrize(("written", "line"), HTML_LINES)
def test_an_html_title_is_decoded_once(written: str, line: str) -> None:
    assert one_line(written, html=True) == line


def test_a_title_of_10_kb_is_cut_on_a_word() -> None:
    line = one_line("word " * 2_000)
    assert len(line) <= MAX_LINE and line.endswith("word…")


def test_first_words_end_on_a_word() -> None:
    assert shorten("one two three four", limit=12) == "one two…"
    assert shorten("short", limit=80) == "short"


@given(st.text(), st.booleans())
def test_any_text_becomes_one_bounded_line_without_controls(text: str, html: bool) -> None:
    line = one_line(text, html=html)
    assert len(line) <= MAX_LINE and line == line.strip()
    assert not any(unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") for c in line)
    assert not set(line) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


@given(st.text(alphabet="<>/&;pbr lia\n\x19\x1a\x1d"))
def test_text_never_fails_and_has_no_marks_left(html: str) -> None:
    assert not set(to_text(html)) & set("\x19\x1a\x1c\x1d\x1e\x1f")
