"""The text part says what the HTML part says: every title and every link, for real feeds and made-up ones."""

from __future__ import annotations

import quopri
import re
from collections.abc import Iterable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import pytest

from digest.gather.document import Document, ParsedFeed
from digest.gather.read import read
from digest.model import Content, Piece, Story
from tests import papers
from tests.corpus import CORPUS, needs_corpus
from tests.issues.setting import as_read, issue, paper, story
from tests.issues.specimens import SPECIMENS
from tests.papers import part

#: as many entries of a source as a first night takes
FIRST = 10
#: an address that a line of its own holds
_ALONE = re.compile(r"^\s*(?:[-*•] )?((?:https?://|mailto:)\S+)\s*$", re.MULTILINE)


class Page(HTMLParser):
    """The HTML part as a reader meets it: where it leads, and what it says below its head."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.links: set[str] = set()
        self._told: list[str] = []
        self._head = False
        self.feed(html)
        self.close()

    @property
    def text(self) -> str:
        return plain("".join(self._told))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._head = tag == "head" or (self._head and tag != "body")
        address = (dict(attrs).get("href") or "").strip()
        # Places inside the mail are for who sees them.
        if tag == "a" and address and not address.startswith("#"):
            self.links.add(as_written(address))

    def handle_data(self, data: str) -> None:
        if not self._head:
            self._told.append(data)


def as_written(address: str) -> str:
    """An address with its letters: the inliner (libxml2) writes `é` of an address as `%C3%A9`."""
    return unquote(address)


def plain(text: str) -> str:
    """Without white space: where lines break is each part's own affair."""
    return re.sub(r"\s+", "", text)


def missing(html: str, text: str) -> Iterator[str]:
    """Addresses that one part holds and the other lacks."""
    page = Page(html)
    alone = {as_written(address) for address in _ALONE.findall(text)}
    for address in sorted(page.links - alone):
        if address.removeprefix("mailto:") not in text.split():
            yield f"not in the text: {address}"
    for address in sorted(alone - page.links):
        # A publisher may write an address as words, which is no link in HTML either.
        if plain(address) not in as_written(page.text):
            yield f"not in the HTML: {address}"


def parts(raw: bytes) -> tuple[str, str]:
    return part(raw, "html"), part(raw, "plain")


def decoded(piece: Piece) -> str:
    return quopri.decodestring(piece.data).decode().replace("\r\n", "\n")


def untitled(html: str, text: str, stories: Iterable[Story]) -> Iterator[str]:
    """Titles that not both parts hold. What is cut of a long one is cut in both."""
    page, plainly = Page(html).text, plain(text)
    for each in stories:
        start = plain(each.origin.content.title)[:40]
        if start not in page or start not in plainly:
            yield start


def entries(path: Path) -> list[Content]:
    found = read(Document(body=path.read_bytes(), address=f"https://feeds.example.org/{path.name}"))
    return [entry.content for entry in found.entries[:FIRST]] if isinstance(found, ParsedFeed) else []


@pytest.mark.parametrize("name", SPECIMENS)
def test_both_parts_of_a_golden_issue_lead_to_the_same_places(name: str) -> None:
    assert list(missing(*parts(SPECIMENS[name]()))) == []


@needs_corpus
@pytest.mark.parametrize(
    "path", sorted((CORPUS / "feeds").glob("*")) if CORPUS.is_dir() else [], ids=lambda path: path.name
)
def test_both_parts_of_a_real_feed_say_the_same(path: Path) -> None:
    """In the issue as sent, and in every story shown whole, which the size may have shortened there."""
    of = paper("A real source", show="full", language="en")
    stories = [story(at, given) for at, given in enumerate(entries(path), start=1)]
    sent = parts(issue(of, stories))
    assert list(missing(*sent)) == []
    assert list(untitled(*sent, stories)) == []
    for name, fragment in papers.Galley.of(stories, of).fragments.items():
        if "/full/" in name:
            assert list(missing(decoded(fragment.html), decoded(fragment.text))) == []


def test_a_link_around_a_silent_picture_is_called_by_its_file() -> None:
    """A screen reader would say nothing, and the text part would lose it."""
    html, text = parts(SPECIMENS["no-images"]())

    assert re.search(r'<a href="https://cdn.example.org/b.jpg"[^>]*>b\.jpg</a>', html)
    assert "https://cdn.example.org/b.jpg" in text.split()


def test_an_address_wrapped_over_lines_is_one_again() -> None:
    given = as_read("A title", '<p><a href="https://source.example.org/\n\ta/\tb c\r\n">x</a></p>')

    assert given.content_html == '<p><a href="https://source.example.org/a/b%20c">x</a></p>'


def test_the_comparison_sees_what_is_missing() -> None:
    html, text = parts(SPECIMENS["one-source"]())
    link = "https://source.example.org/fr/1"

    assert list(missing(html, text.replace(link, ""))) == [f"not in the text: {link}"]
    assert list(missing(html.replace(link, ""), text)) == [f"not in the HTML: {link}"]
