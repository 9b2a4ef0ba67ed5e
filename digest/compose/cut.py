"""Cuts an issue for one selection. Pure, and cheap: it joins names, not text.

Everybody who selects the same gets the same edition; the key is a hash of all that tells two apart.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from hashlib import sha256
from html import escape

from digest.compose import headline, recipe
from digest.compose.encode import encode
from digest.compose.index import GalleyIndex, Run
from digest.compose.layout import Layout, lay_out
from digest.compose.lines import wrap
from digest.compose.paper import BRIEF_CLOSE, BRIEF_OPEN
from digest.compose.shrink import shrink
from digest.model import IssueId, NewEdition, Section, StoryId

#: headers, boundaries and the like around both parts
ENVELOPE = 2_500
#: "and 1,234 more stories", encoded
LAST_LINE = 300
#: an issue with fewer headings needs no contents
CONTENTS_FROM = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """What some readers get of an issue."""

    #: in the order shown
    sections: tuple[Section, ...]
    #: stories beyond 60 days by arrival: only their number is shown (design §3.3)
    older: int = 0
    #: the days this digest covers
    period: tuple[date | datetime, date | datetime]
    #: "html": both parts; "text": the text part alone
    format: str = "html"
    max_entries: int = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """An edition before it is stored."""

    key: str
    language: str
    format: str
    subject: str
    recipe: bytes
    #: all it serves, in order, also what is left out for size
    stories: tuple[StoryId, ...]
    html_bytes: int
    message_bytes: int

    def edition(self, issue_id: IssueId) -> NewEdition:
        return NewEdition(
            issue_id=issue_id,
            key=self.key,
            language=self.language,
            format=self.format,
            subject=self.subject,
            recipe=self.recipe,
            stories=self.stories,
            html_bytes=self.html_bytes,
            message_bytes=self.message_bytes,
        )


def cut(index: GalleyIndex, selection: Selection) -> Cut:
    """The edition for a selection."""
    layout = lay_out(index, selection.sections)
    values = _values(index, selection, layout)
    own = {name: _own(value) for name, value in values.items()}
    forms = shrink(
        layout.candidates, layout.headings, fixed=_fixed(index, own), max_entries=selection.max_entries
    )
    if forms.count("full") < len(forms):
        counts = _stories_and_sources(index, layout)
        own["counts"] = _own(headline.masthead(counts, _to_read(index, layout, forms), index.words))
    own["more"] = _own(_more(index, forms.count(""), selection.older))
    steps = list(_steps(index, layout, forms, own))
    written = recipe.write(steps)
    html, text = _sizes(index, steps)
    stories = tuple(layout.candidates[at].id for at in layout.in_order(forms))
    return Cut(
        key=_key(index.paper.language, selection.format, values["subject"], written, stories),
        language=index.paper.language,
        format=selection.format,
        subject=values["subject"],
        recipe=written,
        stories=stories,
        html_bytes=html if selection.format == "html" else 0,
        message_bytes=ENVELOPE + text + (html if selection.format == "html" else 0),
    )


def _values(index: GalleyIndex, selection: Selection, layout: Layout) -> dict[str, str]:
    """The variable parts that hold whatever the size brings."""
    words = index.words
    first = [index.stories[each.id] for each in layout.candidates[:8]]
    titles = [each.title for each in first]
    pinned = sum(each.pinned for each in layout.candidates)
    named = [(words.say("Top stories"), pinned)] if pinned else []
    named += [(_title(index, section), len(section.all_stories)) for section in selection.sections]
    contents = ""
    if len(named) >= CONTENTS_FROM:
        names = ", ".join(words.say("{title} ({n})", title=title, n=n) for title, n in named)
        contents = words.say("{name}: {words}", name=words.say("In this issue"), words=names)
    counts = _stories_and_sources(index, layout)
    return {
        "subject": headline.subject(index.paper.list_title, titles, words),
        "preheader": headline.preheader(counts, titles, words, lead=first[0].lead if first else ""),
        "period": words.period(*selection.period),
        # Reading takes longest when all is shown: shrinking only makes this line shorter.
        "counts": headline.masthead(counts, _to_read(index, layout, None), words),
        "contents": contents,
    }


def _stories_and_sources(index: GalleyIndex, layout: Layout) -> str:
    sources = {each.source for each in layout.candidates}
    return headline.counts(len(layout.candidates), len(sources), index.words)


def _to_read(index: GalleyIndex, layout: Layout, forms: Sequence[str] | None) -> int:
    """Words to read of an edition in these forms; None: with every story in full."""
    known = index.stories
    if forms is None:
        return sum([known[each.id].words["full"] for each in layout.candidates])
    return sum(
        known[each.id].words[form] for each, form in zip(layout.candidates, forms, strict=True) if form
    )


def _title(index: GalleyIndex, section: Section) -> str:
    if section.kind == "source":
        return index.sources.get(section.key, section.key)
    return index.paper.topics.get(section.key, section.key) or index.words.say("More")


def _more(index: GalleyIndex, dropped: int, older: int) -> str:
    words = index.words
    return words.count("and {n} more story", dropped + older) if dropped + older else ""


@lru_cache(maxsize=4096)
def _own(value: str) -> tuple[str, str]:
    """A variable as it stands in both parts, encoded. Years of titles pass here once; counts return often."""
    return encode(escape(value, quote=False)).data.decode("ascii"), encode(wrap(value)).data.decode("ascii")


def _fixed(index: GalleyIndex, own: Mapping[str, tuple[str, str]]) -> int:
    """HTML bytes that no shrinking touches, with room for the last line."""
    total = LAST_LINE
    for frame, runs in index.frames.items():
        if frame == "contents" and not own["contents"][0]:
            continue
        for run in runs:
            html, _ = own.get(run.variable or "", ("", ""))
            total += index.sizes[run.fragment].html + len(html)
    return total


def _steps(
    index: GalleyIndex, layout: Layout, forms: Sequence[str], own: Mapping[str, tuple[str, str]]
) -> Iterator[recipe.Step]:
    yield from _frame(index.frames["head"], own)
    if own["contents"][0]:
        yield from _frame(index.frames["contents"], own)
    for block in layout.shown(forms):
        full, brief = block.set_in(forms)
        yield block.heading
        yield from full
        if brief:
            yield BRIEF_OPEN
            yield from brief
            yield BRIEF_CLOSE
    if own["more"][0]:
        yield from _frame(index.frames["more"], own)
    yield from _frame(index.frames["foot"], own)


def _frame(runs: Sequence[Run], own: Mapping[str, tuple[str, str]]) -> Iterator[recipe.Step]:
    for run in runs:
        if run.variable is not None:
            html, text = own[run.variable]
            yield (html, "") if run.fragment.startswith("html/") else ("", text)
        yield run.fragment


def _sizes(index: GalleyIndex, steps: Sequence[recipe.Step]) -> tuple[int, int]:
    html = text = 0
    for step in steps:
        if isinstance(step, str):
            size = index.sizes[step]
            html += size.html
            text += size.text
        else:
            html += len(step[0])
            text += len(step[1])
    return html, text


def _key(language: str, format: str, subject: str, written: bytes, stories: Sequence[StoryId]) -> str:
    told = "\n".join((language, format, subject, " ".join(map(str, stories)))).encode() + b"\n" + written
    return sha256(told).hexdigest()[:32]
