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
from digest.compose.lines import wrap
from digest.compose.paper import Place, heading_name
from digest.compose.shrink import Candidate, shrink
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


@dataclass(slots=True)
class _Layout:
    """The selection as a flat list: headings and stories in order."""

    #: a heading's name, or a story's place in `candidates`
    lines: list[str | int]
    headings: dict[str, int]
    candidates: list[Candidate]
    #: each candidate's fragments by form
    names: list[Mapping[str, str]]


def cut(index: GalleyIndex, selection: Selection) -> Cut:
    """The edition for a selection."""
    layout = _laid_out(index, selection.sections)
    values = _values(index, selection, layout)
    own = {name: _own(value) for name, value in values.items()}
    fixed = _fixed(index, own)
    forms = shrink(
        layout.candidates, list(layout.headings.values()), fixed=fixed, max_entries=selection.max_entries
    )
    dropped = forms.count("")
    steps = list(_steps(index, layout, forms, own, _more(index, dropped, selection.older)))
    written = recipe.write(steps)
    html, text = _sizes(index, steps)
    stories = tuple(each.id for each in layout.candidates)
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


def _laid_out(index: GalleyIndex, sections: Sequence[Section]) -> _Layout:
    layout = _Layout([], {}, [], [])
    for section in sections:
        _lay_out(index, layout, section, level=2, over=(), under=frozenset())
    return layout


def _lay_out(
    index: GalleyIndex,
    layout: _Layout,
    section: Section,
    *,
    level: int,
    over: tuple[int, ...],
    under: frozenset[str],
) -> None:
    name = heading_name(section.kind, level, section.key)
    # The same heading may stand twice (a source in two topics): each is its own line.
    number = len(layout.headings)
    layout.headings[f"{number}:{name}"] = index.sizes[name].html
    layout.lines.append(f"{number}:{name}")
    over = (*over, number)
    if section.kind == "source":
        under = under | {section.key}
    for id in section.stories:
        known = index.stories[id]
        wanted = Place(level + 1, known.source in under)
        # Only a story of several sources is set for a line at every level.
        setting = known.settings.get(wanted) or known.settings[Place(level + 1, not wanted.under_source)]
        layout.lines.append(len(layout.candidates))
        layout.names.append(setting.names)
        layout.candidates.append(
            Candidate(id=id, source=known.source, age=known.age, sizes=setting.sizes, headings=over)
        )
    for inner in section.sections:
        _lay_out(index, layout, inner, level=level + 1, over=over, under=under)


def _values(index: GalleyIndex, selection: Selection, layout: _Layout) -> dict[str, str]:
    """The variable parts that hold whatever the size brings."""
    words = index.words
    titles = [index.stories[each.id].title for each in layout.candidates[:8]]
    counts = headline.counts(len(layout.candidates), len({each.source for each in layout.candidates}), words)
    contents = ""
    if len(selection.sections) >= CONTENTS_FROM:
        names = ", ".join(
            words.say("{title} ({n})", title=_title(index, section), n=_size_of(section))
            for section in selection.sections
        )
        contents = words.say("{name}: {words}", name=words.say("In this issue"), words=names)
    return {
        "subject": headline.subject(index.paper.list_title, titles, words),
        "preheader": headline.preheader(counts, titles, words),
        "period": words.period(*selection.period),
        "counts": counts,
        "contents": contents,
    }


def _title(index: GalleyIndex, section: Section) -> str:
    if section.kind == "source":
        return index.sources.get(section.key, section.key)
    return index.paper.topics.get(section.key, section.key) or index.words.say("More")


def _size_of(section: Section) -> int:
    return len(section.stories) + sum(map(_size_of, section.sections))


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
    index: GalleyIndex, layout: _Layout, forms: Sequence[str], own: dict[str, tuple[str, str]], more: str
) -> Iterator[recipe.Step]:
    own = {**own, "more": _own(more)}
    yield from _frame(index.frames["head"], own)
    if own["contents"][0]:
        yield from _frame(index.frames["contents"], own)
    shown = {heading for at, form in enumerate(forms) if form for heading in layout.candidates[at].headings}
    for line in layout.lines:
        if isinstance(line, int):
            if forms[line]:
                yield layout.names[line][forms[line]]
            continue
        number, _, name = line.partition(":")
        if int(number) in shown:
            yield name
    if more:
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
