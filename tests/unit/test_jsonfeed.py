"""JSON Feed 1.0 and 1.1, and what tools make of them (gather P10, I11)."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.gather.document import ParsedFeed, Unreadable
from digest.gather.jsonfeed import read_json

ADDRESS = "https://blog.example.org/feed.json"
VERSION = "https://jsonfeed.org/version/1.1"


def feed(*items: object, **members: object) -> ParsedFeed:
    document = {"version": VERSION, "title": "Blog", "items": list(items), **members}
    found = read_json(json.dumps(document), ADDRESS)
    assert isinstance(found, ParsedFeed)
    return found


def test_every_member_finds_its_place() -> None:
    found = feed(
        {
            "id": " https://blog.example.org/1 ",
            "url": "/1",
            "title": "Café\n<b>",
            "content_html": '<p>Hello <a href="/x">x</a></p>',
            "summary": "Short & sweet",
            "authors": [{"name": "Ana", "url": "mailto:ana@example.org"}, {"name": "b@example.org (Bo)"}],
            "tags": ["Python", "python", 3],
            "language": "fr_FR",
            "date_published": "2026-08-03T10:20:30+02:00",
            "date_modified": "2026-08-04T00:00:00Z",
        },
        home_page_url="https://blog.example.org/",
        language="en",
    )
    assert (found.title, found.site_url, found.language) == ("Blog", "https://blog.example.org/", "en")
    assert not found.malformed
    entry = found.entries[0]
    assert entry.guid == "https://blog.example.org/1"
    content = entry.content
    assert (content.title, content.link) == ("Café <b>", "https://blog.example.org/1")
    assert content.content_html == '<p>Hello <a href="https://blog.example.org/x">x</a></p>'
    assert (content.summary_html, content.text) == ("<p>Short &amp; sweet</p>", "Hello x")
    assert (content.authors, content.categories, content.language) == (("Ana", "Bo"), ("Python",), "fr-fr")
    assert content.published_at == datetime(2026, 8, 3, 8, 20, 30, tzinfo=UTC)
    assert content.updated_at == datetime(2026, 8, 4, tzinfo=UTC)


def test_plain_content_is_shown_as_written() -> None:
    content = feed({"id": 1, "content_text": "a <b> c\n\nnext"}).entries[0].content
    assert content.content_html == "<p>a &lt;b&gt; c</p>\n<p>next</p>"
    assert (content.title, content.text) == ("a <b> c next", "a <b> c\n\nnext")


def test_an_item_without_link_takes_its_external_one_or_its_attachment() -> None:
    one, two = feed(
        {"id": "1", "title": "t", "external_url": "https://other.example/x"},
        {"id": "2", "title": "t", "attachments": [{"url": "/pod.mp3", "mime_type": "audio/mpeg"}]},
    ).entries
    assert one.content.link == "https://other.example/x"
    assert two.content.link == "https://blog.example.org/pod.mp3"


def test_the_author_of_1_0_and_of_the_feed_count() -> None:
    one, two = feed({"id": "1", "title": "t", "author": {"name": "Ana"}}, {"id": "2", "title": "t"},
                    authors=[{"name": "House"}]).entries  # fmt: skip
    assert (one.content.authors, two.content.authors) == (("Ana",), ("House",))


@pytest.mark.parametrize(
    ("written", "guid"),
    [(0, "0"), ("0", "0"), ("", None), ("  ", None), (None, None), ({"b": 1, "a": 2}, '{"a": 2, "b": 1}'),
     ("x" * 5_000, "x" * 5_000), ("Ab", "Ab"), ("ab", "ab")],
)  # fmt: skip
def test_an_id_of_any_kind_is_text_or_absent(written: object, guid: str | None) -> None:
    assert feed({"id": written, "title": "t"}).entries[0].guid == guid


def test_an_item_that_says_nothing_is_left_out_and_told() -> None:
    found = feed({"id": "1"}, {"id": "2", "title": "t"}, "junk")
    assert len(found.entries) == 1 and found.malformed and "2 of its items" in (found.fault or "")


def test_a_feed_without_version_is_read_and_marked() -> None:
    found = read_json('{"title": "t", "items": [{"title": "x"}]}', ADDRESS)
    assert isinstance(found, ParsedFeed) and found.malformed and len(found.entries) == 1


NO_FEEDS = ["{", '{"a": 1}', '{"items": []}', '{"items": {}}', '{"version": "1", "items": 3}', "[" * 100_000,
            '{"a":' * 100_000, "1" * 10_000]  # fmt: skip


@pytest.mark.parametrize("text", NO_FEEDS)
def test_other_json_is_unreadable_not_an_error(text: str) -> None:
    assert isinstance(read_json(text, ADDRESS), Unreadable)


def test_no_more_entries_than_asked_are_read() -> None:
    items = [{"id": str(n), "title": "t"} for n in range(5)]
    found = read_json(json.dumps({"version": VERSION, "items": items}), ADDRESS, most=3)
    assert isinstance(found, ParsedFeed) and len(found.entries) == 3 and found.malformed


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
)
MEMBERS = ["id", "title", "url", "content_html", "content_text", "authors", "author", "tags", "attachments",
           "date_published", "language", "summary"]  # fmt: skip


@given(
    st.dictionaries(st.sampled_from(MEMBERS), JSON),
    st.dictionaries(st.sampled_from(["authors", "title"]), JSON),
)
def test_members_of_any_kind_raise_nothing(item: dict[str, object], members: dict[str, object]) -> None:
    found = read_json(json.dumps({"version": VERSION, **members, "items": [item]}), ADDRESS)
    assert isinstance(found, ParsedFeed)
