"""The HTML part as rules see it: elements with lines and styles, its style sheets, its stories.

A story is what stands in an element of class `story`, or, by its title alone, of class `item`; what its
publisher wrote stands in one of class `body`. A site's own templates keep those three names.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from lxml import etree, html

from digest.check.css import Declaration, Sheet, read_inline, read_sheet, read_values

HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
STORY = ("story", "item")
_UNSHOWN = frozenset(("head", "script", "style", "title", "template"))


@dataclass(frozen=True, slots=True, eq=False)
class Element:
    """One element. `inner` is its whole text, collapsed; `own` only what stands directly in it."""

    at: int
    tag: str
    attributes: dict[str, str]
    line: int
    parent: Element | None
    style: tuple[tuple[str, str, str], ...]
    #: of its own style attribute, the last of each name
    values: Mapping[str, str]
    own: str
    classes: frozenset[str]
    node: html.HtmlElement

    @property
    def inner(self) -> str:
        return collapsed("".join(self.node.itertext(with_tail=False)))

    def up(self) -> Iterator[Element]:
        """Itself and what it stands in, innermost first."""
        here: Element | None = self
        while here is not None:
            yield here
            here = here.parent

    def value(self, name: str) -> str | None:
        """Of its own style attribute; None without."""
        return self.values.get(name)

    def is_in(self, *classes: str) -> bool:
        return any(not each.classes.isdisjoint(classes) for each in self.up())

    @property
    def is_hidden(self) -> bool:
        return any(each.value("display") == "none" for each in self.up())

    def __repr__(self) -> str:
        return f"<{self.tag}> in line {self.line}"


@dataclass(frozen=True, slots=True)
class StoryTitle:
    box: Element
    #: the link, or the heading without one
    element: Element
    text: str
    #: None where the title is no link
    url: str | None


class Page:
    """The tree, read once; everything else when it is first asked for."""

    def __init__(self, text: str) -> None:
        self.text = text
        plain = re.sub(r"^\s*<\?xml[^>]*>", "", text).replace("\x00", "")
        parser = html.HTMLParser(encoding="utf-8", huge_tree=False)
        try:
            self.root = html.document_fromstring(plain.encode("utf-8", "replace"), parser)
        except etree.ParserError:  # nothing in it but comments and blanks
            self.root = html.document_fromstring(b"<html></html>", parser)

    @cached_property
    def elements(self) -> tuple[Element, ...]:
        """In document order."""
        known: dict[html.HtmlElement, Element] = {}
        for at, node in enumerate(self.root.iter(etree.Element)):
            attributes = {str(name).lower(): str(value) for name, value in node.attrib.items()}
            parent = node.getparent()
            own = [node.text or "", *(child.tail or "" for child in node)]
            known[node] = Element(
                at=at,
                tag=str(node.tag),
                attributes=attributes,
                line=_line(node),
                parent=known.get(parent) if parent is not None else None,
                style=read_inline(attributes.get("style", "")),
                values=read_values(attributes.get("style", "")),
                own=collapsed("".join(own)),
                classes=frozenset(attributes.get("class", "").split()),
                node=node,
            )
        return tuple(known.values())

    def all(self, *tags: str) -> tuple[Element, ...]:
        return tuple(each for each in self.elements if each.tag in tags)

    @cached_property
    def body(self) -> tuple[Element, ...]:
        """What stands in the body and has words to show."""
        return tuple(
            each
            for each in self.elements
            if each.own and not any(above.tag in _UNSHOWN for above in each.up())
        )

    @cached_property
    def shown(self) -> tuple[Element, ...]:
        """Of these, what is not hidden."""
        return tuple(each for each in self.body if not each.is_hidden)

    @cached_property
    def words(self) -> str:
        """All that is shown, as one text."""
        return " ".join(each.own for each in self.shown)

    @cached_property
    def everything(self) -> str:
        """Every character between tags, nothing put between."""
        return "".join(str(each) for each in self.root.itertext())

    @cached_property
    def comments(self) -> tuple[tuple[str, int], ...]:
        return tuple((node.text or "", _line(node)) for node in self.root.iter(etree.Comment))

    @cached_property
    def sheets(self) -> tuple[Sheet, ...]:
        return tuple(
            read_sheet(
                each.node.text or "",
                each.line,
                in_head=any(above.tag == "head" for above in each.up()),
            )
            for each in self.all("style")
        )

    @cached_property
    def inline(self) -> tuple[tuple[Element, Declaration], ...]:
        """Every declaration of a style attribute, with its element."""
        return tuple(
            (each, Declaration(name, value, raw, each.line))
            for each in self.elements
            for name, value, raw in each.style
        )

    @cached_property
    def declarations(self) -> tuple[Declaration, ...]:
        """Every one of the mail."""
        found = [declaration for _, declaration in self.inline]
        return tuple(found + [each for sheet in self.sheets for each in sheet.declarations])

    @cached_property
    def links(self) -> tuple[Element, ...]:
        return tuple(each for each in self.elements if each.tag == "a" and "href" in each.attributes)

    @cached_property
    def headings(self) -> tuple[Element, ...]:
        """Ours: not those a publisher wrote into a story."""
        return tuple(each for each in self.all(*HEADINGS) if not each.is_in("body"))

    @cached_property
    def stories(self) -> tuple[StoryTitle, ...]:
        """In order: a heading, else the first link, else all the words."""
        boxes = [
            each for each in self.elements if not each.classes.isdisjoint(STORY) and not each.is_in("body")
        ]
        ends = [*(each.at for each in boxes), len(self.elements)][1:]
        return tuple(self._story(box, end) for box, end in zip(boxes, ends, strict=True))

    def _story(self, box: Element, end: int) -> StoryTitle:
        inside = [each for each in self.elements[box.at : end] if box in each.up()]
        links = [each for each in inside if each.tag == "a" and "href" in each.attributes]
        heading = next((each for each in inside if each.tag in HEADINGS), None)
        if heading is not None:
            links = [each for each in links if heading in each.up()]
        title = links[0] if links else heading or box
        url = title.attributes.get("href") if links else None
        words = title.inner if title is not box else box.own
        return StoryTitle(box, title, words, url)


def _line(node: etree._Element) -> int:
    found: object = node.sourceline
    return found if isinstance(found, int) else 1


def collapsed(text: str) -> str:
    """White space as one blank, as a reader sees it."""
    return " ".join(text.split())
