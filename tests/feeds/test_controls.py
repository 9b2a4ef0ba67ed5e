"""Characters nobody sees, one of which alone makes Gmail clip a mail (mail E3, email-bugs#41)."""

from __future__ import annotations

import json
import re

import pytest

from digest.gather.document import Document, ParsedFeed
from digest.gather.read import read

CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
#: what Windows has for ’ … and —, as a careless export leaves it
TEXT = "It\x92s there\x85 and \x7fhere \x97 now"


@pytest.mark.parametrize("key", ["content_html", "content_text"])
def test_no_control_of_the_second_kind_is_left_in_an_entry(key: str) -> None:
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "T",
        "items": [{"id": "1", "title": TEXT, key: f"{TEXT} {TEXT}", "summary": TEXT}],
    }
    found = read(Document(body=json.dumps(feed).encode(), address="https://a.example/feed.json"))
    assert isinstance(found, ParsedFeed), found
    content = found.entries[0].content
    for said in (content.title, content.text, content.content_html, content.summary_html):
        assert "there" in said
        assert CONTROLS.findall(said) == []
