"""HTML to plain text, and text to one line (gather P5, P11). Pure and quick: it runs over every entry.

Meant for cleaned HTML, whose tags and attributes are regular; on anything else it is safe but blunt.
"""

from __future__ import annotations

import re
from html import escape, unescape

#: a subject or a heading; RFC 5322 lines end at 998 bytes, readers long before
MAX_LINE = 300
#: of a longer text nothing further on can end up in the line; bounds the work on hostile markup
MAX_READ = 5_000

_TOKEN = re.compile(r"<!--.*?-->|<(/?)([a-zA-Z][a-zA-Z0-9]*)(?:\s[^>]*)?/?>|([^<]+|<)", re.DOTALL)
_SCRIPT = re.compile(r"<(script|style)\b.*?(?:</\1\s*>|\Z)", re.DOTALL | re.IGNORECASE)

# Marks for what is decided only when the neighbours are known. Controls never occur in XML 1.0 text.
_CELL, _PARAGRAPH, _LINE, _KEPT, _BULLET, _CODE = "\x1c", "\x1d", "\x1e", "\x1f", "\x19", "\x1a"
_PRE = str.maketrans({"\n": _LINE + _CODE, " ": _KEPT, "\t": _KEPT * 4, "\r": None})
_UNSHOWN = _KEPT + _CODE
_CELLS_MET = re.compile(" *\x1c[ \x1c]*")
_ALL_MARKS = _CELL + _PARAGRAPH + _LINE + _KEPT + _BULLET + _CODE

_PARAGRAPHS = frozenset(
    "p div h1 h2 h3 h4 h5 h6 ul ol dl table blockquote pre figure hr section article aside"
    " header footer".split()
)
_LINES = frozenset("br li tr dt dd figcaption caption".split())
_LISTS = frozenset(("ul", "ol"))
#: in a list they part lines only
_SMALL = frozenset(("p", "div"))
_CELLS = frozenset(("td", "th"))
_OTHERS = frozenset(("pre",)) | _LISTS | _CELLS

# Breaks of any kind become a space; French no-break spaces stay.
_BREAKS = re.compile("[ \t\n\r\v\f\x1c-\x1f\x85\u2028\u2029]+")
# Other controls, direction overrides that would turn a whole subject round, byte order marks, lone halves.
_UNSEEN = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff\ud800-\udfff]"
)
# References left after the one decoding that is due. Those of "<" and ">" are somebody's literal code.
_LEFTOVER = re.compile(
    r"&(?!(?:lt|gt|amp|#0*6[02]|#0*38|#[xX]0*3[cCeE]|#[xX]0*26);)(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|\w{2,31});"
)
_AMP = re.compile(r"&(?:amp|#0*38|#[xX]0*26);(?!#?\w{1,31};)")


def to_text(html: str) -> str:
    """Plain text: paragraphs parted by blank lines, "- " before list items, code line by line."""
    html = _unmarked(html)
    if "<" not in html:
        return _unmarked(_folded(unescape(html))).strip()
    out: list[str] = []
    pre = lists = 0
    for closing, name, data in _TOKEN.findall(html):
        if data:
            out.append(data.translate(_PRE) if pre else data)
            continue
        tag = name.lower()
        if tag in _OTHERS:
            step = -1 if closing else 1
            if tag == "pre":
                pre = max(0, pre + step)
            elif tag in _LISTS:
                lists = max(0, lists + step)
                if lists - (not closing) > 0:  # inside another list: no blank line
                    out.append(_LINE)
                    continue
            elif closing:
                out.append(_CELL)
        if tag in _PARAGRAPHS:
            out.append(_LINE if lists and tag in _SMALL else _PARAGRAPH)
        elif tag in _LINES:
            out.append(_LINE)
            if tag == "li" and not closing:
                out.append(_BULLET)
    return _lay_out("".join(out))


def _lay_out(text: str) -> str:
    """The marks become what they stand for. A bullet takes the text that follows, over any break."""
    text = _folded(text)
    if "&" in text:
        text = unescape(text)
    paragraphs: list[str] = []
    bullet = ""
    for paragraph in text.split(_PARAGRAPH):
        lines: list[str] = []
        for line in paragraph.split(_LINE):
            line = line.strip(" \x1c")
            if line[:1] == _BULLET:
                bullet, line = "- ", line.strip(" \x1c\x19")
            if line.strip(_UNSHOWN) or (lines and line[:1] == _CODE):  # a blank line in code is part of it
                lines.append(bullet + line)
                bullet = ""
        if lines:
            paragraphs.append("\n".join(lines).rstrip(_UNSHOWN + "\n"))
    text = "\n\n".join(paragraphs)
    if _CELL in text:
        text = _CELLS_MET.sub(" | ", text)
    return _unmarked(text.replace(_KEPT, " ")).strip()


def _folded(text: str) -> str:
    """White space to single spaces; no-break ones stay. Searching bytes beats any pattern tenfold here."""
    for blank in "\t\r\n\f":
        if blank in text:
            text = text.replace(blank, " ")
    while "  " in text:
        text = text.replace("  ", " ")
    return text


def _unmarked(text: str) -> str:
    for mark in _ALL_MARKS:
        if mark in text:
            text = text.replace(mark, "")
    return text


def to_html(text: str) -> str:
    """Plain text as HTML that looks the same: paragraphs and line breaks."""
    paragraphs = re.split(r"\n[ \t\r]*\n\s*", text.strip().replace("\r\n", "\n"))
    return "\n".join(
        f"<p>{escape(part, quote=False)}</p>".replace("\n", "<br>") for part in paragraphs if part
    )


def one_line(text: str, *, html: bool = False, limit: int = MAX_LINE) -> str:
    """One clean line of at most `limit` characters: no control, no break, no direction override.

    Text is decoded once, by its type. What still looks like a reference then was encoded twice by the
    publisher's tool ("L&amp;#39;été") and is decoded too, except those that would make a `<` or `>`:
    whoever writes "&lt;b&gt;" there writes about code (P11), and a reader sees it as written.
    """
    text = text[:MAX_READ]
    if html:
        text = to_text(_SCRIPT.sub(" ", text))
    if "&" in text:
        text = _AMP.sub("&", _LEFTOVER.sub(lambda reference: unescape(reference[0]), text))
    text = _UNSEEN.sub("", _BREAKS.sub(" ", text))
    return shorten(_BREAKS.sub(" ", text).strip(), limit=limit)


def shorten(text: str, *, limit: int) -> str:
    """`text`, or its first words and an ellipsis."""
    if len(text) <= limit:
        return text
    head = text[: limit - 1]
    cut = head.rfind(" ")
    if cut > limit // 2:
        head = head[:cut]
    return head.rstrip(" ,;:.-\u200d\u2013\u2014") + "…"
