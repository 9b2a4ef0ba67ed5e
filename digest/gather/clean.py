"""What a publisher wrote, to HTML fit for mail (digest D4, D5; abuse C12). The only home of nh3.

One pass of the sanitiser decides what stays. What runs before it only rewrites (and is not trusted); what
runs after it only drops, on markup that is then regular: balanced, quoted, with "<" and ">" escaped.
"""

from __future__ import annotations

import re
import threading

import nh3

from digest.gather import anchors, embeds, images
from digest.gather.links import absolute

#: an entry's HTML; a mail is clipped at 100 KB, so what lies beyond is never read there
MAX_HTML = 1_000_000
#: lxml, which inlines our styles, stops at 256; no article needs a quarter of this
MAX_DEPTH = 100

_TAGS = frozenset(
    "p br hr div h1 h2 h3 h4 h5 h6 ul ol li dl dt dd table caption thead tbody tfoot tr th td pre code kbd"
    " samp var blockquote q cite figure figcaption img a em strong b i u s del ins sub sup small mark abbr"
    " dfn span".split()
)
_ATTRIBUTES = {
    "*": {"lang", "dir"},
    "a": {"href", "title"},
    "img": {"src", "alt", "title", "width", "height"},
    "abbr": {"title"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
    "ol": {"start", "type", "reversed"},
    "li": {"value"},
}
#: go with all they hold
_WHOLE = frozenset(
    "script style iframe video audio object noembed noframes template textarea select title"
    " svg math canvas xmp".split()
)

_NOSCRIPT = re.compile(r"</?noscript\b[^<>]*>", re.IGNORECASE)
# They part blocks, and no mail client knows them.
_BLOCK = re.compile(
    r"<(/?)(?:section|article|aside|header|footer|main|nav|details|summary|address|center|fieldset|hgroup|dialog|form)"
    r"(?=[\s>/])",
    re.IGNORECASE,
)
_LAZY_OR_HIDDEN = ("data-", "srcset", "display", "visibility", "px")
_PRE = re.compile(r"(<pre(?: [^>]*)?>)\n+")
_SPACED = re.compile(r'(<(?:a|img) [^<>]*?(?:href|src)=")([^"<>\s]*\s[^"<>]*)')
_EMPTY = re.compile(
    r"<(p|div|span|a|figure|figcaption|ul|ol|li|dl|dt|dd|blockquote|h[1-6]|em|strong|b|i|u|s|small|code)"
    r'(?: (?![^>]*\b(?:id|name)=")[^>]*)?>'  # a place that a link leads to may be empty
    r"(\s*)</\1>"
)
_TAG = re.compile(r"<(/?)([a-z][a-z0-9]*)[^>]*>")
_VOID = frozenset(("br", "hr", "img"))


class _Washer(threading.local):
    """A sanitiser is dear to build, and the base changes with each entry: one for each thread."""

    def __init__(self) -> None:
        self.base = ""
        self.cleaner = nh3.Cleaner(
            tags=set(_TAGS),
            clean_content_tags=set(_WHOLE),
            attributes=_ATTRIBUTES,
            url_schemes={"http", "https", "mailto"},
            url_relative=lambda address: absolute(address, self.base),
            link_rel=None,
        )
        #: for the few entries with links inside: keeps those, and every place they may lead to
        self.anchored = nh3.Cleaner(
            tags=set(_TAGS),
            clean_content_tags=set(_WHOLE),
            attributes={**_ATTRIBUTES, "*": {"lang", "dir", "id"}, "a": {"href", "title", "name"}},
            url_schemes={"http", "https", "mailto"},
            url_relative=lambda address: address if address.startswith("#") else absolute(address, self.base),
            link_rel=None,
        )


_washer = _Washer()


def clean_html(html: str, base: str) -> str:
    """`html` as it may go into a mail; every address absolute (gather P4). Cleaning twice changes nothing."""
    html = html[:MAX_HTML].strip()
    if not html:
        return ""
    if "<" in html:
        html = _prepared(html)
    _washer.base = base
    if "#" in html and anchors.ANY.search(html):
        return _anchored(_tidied(_washer.anchored.clean(html)), base)
    return _tidied(_washer.cleaner.clean(html))


def _anchored(html: str, base: str) -> str:
    """What one step empties or unnames may free the other to drop more: until neither does."""
    before = None
    while html != before:
        before, html = html, _unemptied(anchors.settle(html, base))
    return html


def _prepared(html: str) -> str:
    if "noscript" in html.lower():
        html = _NOSCRIPT.sub("", html)
    html = _BLOCK.sub(r"<\1div", html)
    if embeds.ANY.search(html):
        html = embeds.as_links(html)
    if any(word in html for word in _LAZY_OR_HIDDEN):
        html = images.promote(html)
    return html


def _tidied(html: str) -> str:
    if "<" not in html:
        return html.strip()
    if html.count("</") > MAX_DEPTH:
        flat = _flattened(html)
        if flat != html:  # a cell without its table is moved by the parser: let it do so now
            html = (_washer.anchored if ' href="#' in flat else _washer.cleaner).clean(flat)
    if "<img" in html:
        html = images.settle(html)
    html = _SPACED.sub(_unspaced, html)
    if "<pre" in html:
        html = _PRE.sub(r"\1", html)
    return _unemptied(html)


def _unemptied(html: str) -> str:
    emptied = 1
    while emptied:
        html, emptied = _EMPTY.subn(r"\2", html)
    return html.strip()


def _unspaced(found: re.Match[str]) -> str:
    """A tag up to the end of its address, as browsers read it: without line breaks, and blanks written out.
    A text part could not hold it otherwise."""
    return found[1] + re.sub(r"[\t\r\n]+", "", found[2]).strip().replace(" ", "%20")


def _flattened(html: str) -> str:
    """Without the tags that lie deeper than MAX_DEPTH; what they hold stays."""
    depth = 0

    def kept(tag: re.Match[str]) -> str:
        nonlocal depth
        if tag[2] in _VOID:
            return tag[0]
        if tag[1]:
            depth -= 1
            return tag[0] if depth < MAX_DEPTH else ""
        depth += 1
        return tag[0] if depth <= MAX_DEPTH else ""

    return _TAG.sub(kept, html)
