"""Subscription lists in and out: folders are topics, nothing is lost on the round trip."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.errors import UnreadableFeed
from digest.gather import opml
from tests.corpus import CORPUS, needs_corpus

WORDS = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zs", "Zl", "Zp")), min_size=1, max_size=12
).filter(lambda text: opml._plain(text) == text)


def test_nested_folders_are_topics_and_doubles_are_merged() -> None:
    found = opml.read(
        b"""<opml version="1.1"><body><outline text="Tech"><outline text="Python">
        <outline xmlUrl="https://a.example.org/feed" title="A"/></outline></outline>
        <outline text="B" xmlurl=" https://b.example.org/feed "/>
        <outline text="Autres"><outline xmlUrl="https://a.example.org/feed"/></outline></body></opml>"""
    )

    assert found == (
        opml.Outline(url="https://a.example.org/feed", title="A", folders=("Tech", "Python", "Autres")),
        opml.Outline(url="https://b.example.org/feed", title="B"),
    )


def test_a_bare_ampersand_and_a_missing_end_lose_no_subscription() -> None:
    found = opml.read(
        b'<opml><body><outline text="A & B" xmlUrl="https://a/"/><outline xmlUrl="https://b/"/>'
    )

    assert [row.url for row in found] == ["https://a/", "https://b/"]


def test_an_entity_is_never_loaded() -> None:
    hostile = b'<!DOCTYPE opml [<!ENTITY x SYSTEM "file:///etc/passwd">]><opml><body><outline text="&x;" xmlUrl="https://a/"/></body></opml>'

    assert all("root:" not in row.title for row in opml.read(hostile))


@pytest.mark.parametrize("text", [b"", b"hello", b"<rss/>", b"<html><body>no</body></html>"])
def test_what_is_not_opml_is_said_to_be_not(text: bytes) -> None:
    with pytest.raises(UnreadableFeed, match="not OPML"):
        opml.read(text)


@given(
    st.lists(
        st.tuples(WORDS, st.lists(WORDS, max_size=3, unique=True)), max_size=6, unique_by=lambda row: row[0]
    )
)
def test_a_round_trip_keeps_sources_and_their_topics(rows: list[tuple[str, list[str]]]) -> None:
    outlines = [
        opml.Outline(url=f"https://{n}.example.org/", title=title, folders=tuple(folders))
        for n, (title, folders) in enumerate(rows)
    ]
    found = {row.url: row for row in opml.read(opml.write("All", outlines).encode())}

    assert {url: (row.title, set(row.folders)) for url, row in found.items()} == {
        row.url: (row.title, set(row.folders)) for row in outlines
    }


@pytest.mark.parametrize(
    ("words", "expected"), [("Planète AFPy !", "planete-afpy"), ("日本", "source"), ("A" * 90, "a" * 40)]
)
def test_a_slug_is_made_of_what_letters_there_are(words: str, expected: str) -> None:
    assert opml.slug(words) == expected
    assert opml.slug(words, {expected}) == f"{expected}-2"


@needs_corpus
@pytest.mark.parametrize("row", (CORPUS / "opml.tsv").read_text().splitlines()[1:] if CORPUS.is_dir() else [])
def test_lists_as_people_published_them_give_all_their_feeds(row: str) -> None:
    name, _, _, feeds, _ = row.split("\t")
    if not name.endswith((".opml", ".xml")):
        pytest.skip("not OPML")

    found = opml.read((CORPUS / "opml" / name).read_bytes())
    assert 0 < len(found) <= int(feeds)
    assert len(found) >= int(feeds) * 0.95, "addresses given twice are one"
    again = opml.read(opml.write("again", found).encode())
    assert {(row.url, frozenset(row.folders)) for row in again} == {
        (row.url, frozenset(row.folders)) for row in found
    }
