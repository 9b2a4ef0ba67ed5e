"""Our own mails pass every machine rule: in both languages and formats, over budget, right to left."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from digest.check import check
from digest.compose.paper import Paper, Show
from digest.gather.document import Document, ParsedFeed
from digest.gather.read import read
from digest.model import Story
from tests.cli.sites import _demo_once, demo
from tests.corpus import CORPUS, needs_corpus
from tests.papers import PAPER, Galley, sections, story

__all__ = ["_demo_once", "demo"]

TOPICS = ("events", "web", "")
ARABIC = "<p>نشرة الأسبوع: <a href='https://blog.example.org/ar'>مقال</a> عن البرمجة.</p>"
WORDS = "<p>Un <em>long</em> paragraphe, avec <code>du code</code> et des accents éèà.</p>"


def mail(stories: Sequence[Story], paper: Paper, **wanted: object) -> bytes:
    galley = Galley.of(stories, paper)
    return galley.message(galley.cut(sections(stories), **wanted))


def told(at: int, *, source: int = 1, **content: str) -> Story:
    return story(at, source=source, twins=(), topic=TOPICS[at % 2], **content)


def many(count: int, **content: str) -> list[Story]:
    return [
        told(at, source=1 + at % 3, **{"title": f"Le titre numéro {at}", **content})
        for at in range(1, count + 1)
    ]


@pytest.mark.parametrize("show", ["title", "summary", "full"])
@pytest.mark.parametrize("language", ["fr", "en"])
def test_in_each_language_and_length(language: str, show: Show) -> None:
    paper = replace(PAPER, language=language, show=show)

    assert check(mail(many(12, content_html=WORDS), paper)) == ()


def test_over_the_budget() -> None:
    paper = replace(PAPER, show="full")

    assert check(mail(many(60, content_html=WORDS * 60, text="Un paragraphe. " * 300), paper)) == ()


def test_text_alone() -> None:
    assert check(mail(many(12), PAPER, format="text")) == ()


def test_from_right_to_left() -> None:
    title, text = "نشرة الأسبوع للمبرمجين", "نشرة الأسبوع: مقال عن البرمجة."
    stories = many(4, title=title, text=text, content_html=ARABIC)
    arabic = [
        replace(each, entries=tuple(replace(entry, language="ar") for entry in each.entries))
        for each in stories
    ]

    assert check(mail(arabic, PAPER)) == ()
    assert check(mail(arabic, replace(PAPER, show="full"))) == ()


def test_titles_that_are_long_or_wide_or_odd() -> None:
    titles = (
        "mot " * 60,
        "日本語の題名" * 30,
        "Des émojis 🎉👩‍👩‍👧 partout",
        "a < b && c > d",
        "{{ gabarit }}",
    )
    stories = [story(at, title=title.strip(), topic=TOPICS[at % 2]) for at, title in enumerate(titles, 1)]

    assert check(mail(stories, PAPER)) == ()


def test_all_mails_of_the_demo(demo: Path) -> None:
    mails = sorted((demo / "outbox").glob("*.eml"))

    assert len(mails) >= 4
    assert {path.name: check(path.read_bytes()) for path in mails if check(path.read_bytes())} == {}


@needs_corpus
@pytest.mark.parametrize("show", ["summary", "full"])
@pytest.mark.parametrize("path", sorted((CORPUS / "planete-afpy").glob("*.xml")), ids=lambda path: path.stem)
def test_real_feeds_of_the_pilot(path: Path, show: Show) -> None:
    feed = read(Document(body=path.read_bytes(), address=f"https://{path.stem}.example/feed"))
    assert isinstance(feed, ParsedFeed)
    stories = [
        replace(each, entries=(replace(each.entries[0], content=entry.content, language="fr"),))
        for at, entry in enumerate(feed.entries, 1)
        for each in [story(at, source=1 + at % 2, topic=TOPICS[at % 3])]
    ]

    assert check(mail(stories, replace(PAPER, show=show))) == ()
