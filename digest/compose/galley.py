"""Sets an issue once per language: Jinja2 renders it whole, premailer inlines its CSS once, and it is cut
at the marks into fragments (design §3.4). The one home of premailer.

Knows nothing of readers: which fragments somebody gets is decided by `cut`.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from premailer import Premailer

from digest.compose.content import body_html
from digest.compose.encode import encode
from digest.compose.lines import wrap
from digest.compose.marks import Marks
from digest.compose.paper import (
    BACK,
    BRIEF_CLOSE,
    BRIEF_OPEN,
    FORMS,
    PINS_HEADING,
    Paper,
    Place,
    heading_name,
    place_names,
    story_name,
)
from digest.compose.text import set_text
from digest.compose.views import SHOWN, StoryView, story_view
from digest.errors import DigestError, TemplateError
from digest.model import Fragment, Piece, Story
from digest.press.templates import Markup, Press
from subscribers.model import Cadence

#: filters the mail's templates need
FILTERS: Mapping[str, Callable[..., str]] = {"wrap": wrap}

_EMPTY = Piece(data=b"")


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """A heading as templates see it."""

    name: str
    kind: Literal["topic", "source", "pins"]
    level: int
    #: slug; "" for Others and for the pins
    key: str
    title: str
    url: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """Where a list in brief opens or closes."""

    name: str
    kind: Literal["open", "close"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """A story in one form at one place, as templates see it."""

    name: str
    #: a story of its own, or one of a list in brief
    kind: Literal["story", "item"]
    story: StoryView
    place: Place
    form: str
    #: which of meta, excerpt and body this form holds
    shown: frozenset[str]


def set_galley(paper: Paper, stories: Sequence[Story], *, press: Press, nonce: str) -> tuple[Fragment, ...]:
    """Every story in every form it may be shown in, every heading, and the frames around them.

    `nonce` is random, for this galley alone. Raises TemplateError, and DigestError when content holds it.
    """
    marks = Marks(nonce)
    _assert_absent(nonce, stories, paper)
    values = {**values_of(paper, stories), "variable": marks.variable, "slot": marks.slot}
    room = room_for(stories)
    html = inline(press.render("mail/issue.html", {**values, "begin": marks.begin}, room=room))
    return tuple(
        _paired(dict(marks.fragments(html, first="head")), set_text(press, values, marks, room=room))
    )


def values_of(paper: Paper, stories: Sequence[Story]) -> dict[str, object]:
    """What both templates are given; marks come on top."""
    settings = list(_settings(paper, stories))
    return {
        "paper": paper,
        "language": paper.language,
        "issue_name": paper.issue_name,
        "lines": [
            *_headings(paper, stories),
            *(each for each in settings if each.kind == "story"),
            Edge(name=BRIEF_OPEN, kind="open"),
            *(each for each in settings if each.kind == "item"),
            Edge(name=BRIEF_CLOSE, kind="close"),
        ],
        "contents": True,
        "more": True,
        "note": _note(paper),
        "why": _why(paper),
        "say": paper.words.say,
    }


def _why(paper: Paper) -> str:
    """How often the list comes, from how much: the same for all its readers, who may have another pace."""
    count, n = paper.words.count, paper.followed
    match paper.cadence:
        case Cadence.NIGHTLY:
            return count(
                "It comes out every day, with the news of {n} source; your own pace is up to you.", n
            )
        case Cadence.WEEKLY:
            return count(
                "It comes out every week, with the news of {n} source; your own pace is up to you.", n
            )
        case Cadence.MONTHLY:
            return count(
                "It comes out every month, with the news of {n} source; your own pace is up to you.", n
            )


def _note(paper: Paper) -> Markup | None:
    """The editor's note, its headings straight below the issue's."""
    if paper.note is None:
        return None
    return Markup(body_html(paper.note.html, level=1, link=None, words=paper.words, prefix="note-"))


def room_for(stories: Sequence[Story]) -> int:
    """Characters that these stories bring into a template, their names and lines included."""
    contents = [story.origin.content for story in stories]
    return sum(2_000 + len(each.content_html) + len(each.text) for each in contents)


def inline(html: str, *, name: str = "mail/issue.html") -> str:
    """The document with its first style sheet moved onto the elements; those marked to be kept stay whole.

    Nothing is fetched: a linked style sheet stays a link (and `check` says so)."""
    try:
        return str(
            Premailer(
                html,
                allow_network=False,
                remove_classes=False,
                strip_important=False,
                disable_validation=True,
                # A picture's own height stays its attribute: its style says "auto", for narrow windows.
                disable_basic_attributes=["height"],
                cssutils_logging_level=logging.CRITICAL,
            ).transform()
        )
    # premailer, cssutils and lxml each have errors of their own; all of them are about the template.
    except Exception as cause:
        raise TemplateError(f"The styles of {name} cannot be inlined: {cause!r}") from cause


def _headings(paper: Paper, stories: Sequence[Story]) -> Iterator[Heading]:
    """A topic that has no title here (retired) keeps its slug; so a stored entry never fails."""
    entries = [entry for story in stories for entry in story.entries]
    if paper.pins:
        title = paper.words.say("Top stories")
        yield Heading(name=PINS_HEADING, kind="pins", level=2, key="", title=title, url=None)
    for level in paper.headings("topic"):
        slugs = sorted({rule.topic for entry in entries for rule in entry.topics})
        for slug in [*slugs, ""]:
            title = paper.topics.get(slug, slug) if slug else paper.words.say("More")
            name = heading_name("topic", level, slug)
            yield Heading(name=name, kind="topic", level=level, key=slug, title=title, url=None)
    for level in paper.headings("source"):
        for source in dict.fromkeys(paper.sources[entry.source_id] for entry in entries):
            name = heading_name("source", level, source.slug)
            yield Heading(
                name=name,
                kind="source",
                level=level,
                key=source.slug,
                title=source.title,
                url=source.site_url,
            )


def _settings(paper: Paper, stories: Sequence[Story]) -> Iterator[Setting]:
    for story in stories:
        view = story_view(story, paper)
        forms = (*FORMS, BACK) if story.id in paper.pins else FORMS
        for place in place_names(story, paper):
            for form in forms:
                yield Setting(
                    name=story_name(story.id, form, place),
                    kind="story" if form == "full" else "item",
                    story=view,
                    place=place,
                    form=form if form == BACK or (paper.show, form) in SHOWN else "title",
                    shown=SHOWN.get((paper.show, form), frozenset()),
                )


def _paired(html: Mapping[str, Piece], text: Mapping[str, Piece]) -> Iterator[Fragment]:
    """One fragment for both parts. Frames with variables run differently in each, so they stay apart."""
    for name in dict.fromkeys([*html, *text]):
        if (
            name in html
            and name in text
            and "/" in name
            and not name.startswith(("head/", "contents/", "more/"))
        ):
            yield Fragment(name=name, html=html[name], text=text[name])
            continue
        if name in html:
            yield Fragment(name=f"html/{name}", html=html[name], text=_EMPTY)
        if name in text:
            yield Fragment(name=f"text/{name}", html=_EMPTY, text=text[name])


def _assert_absent(nonce: str, stories: Sequence[Story], paper: Paper) -> None:
    content = repr((stories, paper))
    if nonce in content or not encode(nonce).data.startswith(nonce.encode()):
        raise DigestError("The galley's nonce stands in the content of a story.", mend="Run again.")
