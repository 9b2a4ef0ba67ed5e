"""Hostile entries, each read from a feed of its own, in one mail; and what a browser's parser makes of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from digest.gather.document import Document, ParsedFeed
from digest.gather.read import read
from digest.model import Content
from tests.hostile.cases import Case
from tests.issues.setting import as_read, issue, paper, story

#: an element's name, attributes, own text and depth, in document order: what the parser really made
DOM = """() => [...document.querySelectorAll('body *')].map(e => ({
  name: e.localName, space: e.namespaceURI,
  attributes: Object.fromEntries([...e.attributes].map(a => [a.name, a.value])),
}))"""
#: each story's whole text, and what the body says outside of stories
CELLS = """() => {
  const cells = [...document.querySelectorAll('td.story')];
  const told = cells.map(e => e.textContent);
  cells.forEach(e => e.remove());
  return [told, document.body.textContent];
}"""


@dataclass(frozen=True, slots=True)
class Mailed:
    """Cases and the mail they came in."""

    cases: tuple[Case, ...]
    raw: bytes


def witness(case: Case) -> str:
    """What stands in this case's story alone."""
    return f"witness of {case.name}."


def entry(case: Case, at: int) -> Content:
    """The case in all that a publisher fills: title, author, text, with our witness before and after."""
    told = f"<p>{witness(case)}</p>{case.html}<p>{witness(case)}</p>"
    return as_read(f"{witness(case)} {case.html}", told, at=at)


def cdata(case: Case) -> Content:
    """The same in RSS, unescaped; `]]>` is parted, as publishers who know of it do."""
    html = f"<p>{witness(case)}</p>{case.html}".replace("]]>", "]]]]><![CDATA[>")
    feed = (
        f'<rss version="2.0"><channel><title>x</title><item><title><![CDATA[{html}]]></title>'
        f"<link>https://source.example.org/{case.name}</link><author>{case.name}</author>"
        f"<description><![CDATA[{html}]]></description></item></channel></rss>"
    )
    found = read(Document(body=feed.encode("utf-8", "replace"), address="https://source.example.org/feed"))
    assert isinstance(found, ParsedFeed), found
    return found.entries[0].content


def mailed(cases: Sequence[Case], contents: Sequence[Content]) -> Mailed:
    """One mail of these, in order, each shown whole."""
    stories = [story(at, given) for at, given in enumerate(contents, start=1)]
    return Mailed(tuple(cases), issue(paper("A stranger", show="full", language="en"), stories))


def active(elements: Sequence[dict[str, Any]]) -> list[str]:
    """Elements and attributes that a mail of ours never has."""
    found = []
    for each in elements:
        if each["name"] not in ELEMENTS or each["space"] != "http://www.w3.org/1999/xhtml":
            found.append(f"<{each['name']}>")
        for name, value in each["attributes"].items():
            if name not in ATTRIBUTES:
                found.append(f"{each['name']} {name}={value}")
            if name in ("href", "src") and not value.startswith(("https://", "http://", "mailto:")):
                found.append(f"{each['name']} {name}={value}")
            if name == "style" and any(word in value.lower() for word in ("url", "expression", "position")):
                found.append(f"{each['name']} {name}={value}")
    return found


ELEMENTS = frozenset(
    "a abbr b blockquote br caption cite code dd del dfn div dl dt em figcaption figure h1 h2 h3 h4 h5 h6 hr"
    " i ins kbd li mark ol p pre q s samp small span strong sub sup table tbody td tfoot th thead tr u ul"
    " var".split()
)
ATTRIBUTES = frozenset(
    "align bgcolor border cellpadding cellspacing class colspan dir height href id lang name reversed role"
    " rowspan scope start style title type valign value width".split()
)
