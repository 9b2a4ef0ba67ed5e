"""The archive: one page an issue, as whoever wants all of the list got it, and an index by list.

No link on it is anybody's own. An issue shows what it was frozen with; stories keep their order and topics.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from itertools import groupby

from digest.compose.headline import counts
from digest.model import Entry, Issue, IssueStory, MailingList, StoryId
from digest.planet import places
from digest.planet.desk import Desk
from digest.planet.folder import File
from digest.planet.pages import set_page
from digest.planet.views import StoryView, topic_titles
from digest.press.templates import Markup
from digest.press.words import Words
from digest.settings import ListSettings
from digest.settings.addresses import issue_path
from digest.sort.sections import BLOCK

#: an issue older than this is set again only by `planet build`, not by every night
SETTLES = timedelta(days=60)
#: the archive has no end
ALL = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A heading of an issue, or a story under the last one."""

    #: of the heading, or of the story's title
    level: int
    heading: str = ""
    story: StoryView | None = None
    #: the heading above is its source
    under_source: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Archived:
    """An issue and whose it is."""

    issue: Issue
    row: MailingList
    #: None: the list has left digest.toml
    configured: ListSettings | None

    @property
    def title(self) -> str:
        return self.configured.title if self.configured else self.row.title

    def path(self, format: str) -> str:
        return issue_path(self.row.slug, self.issue).removesuffix(".html") + places.SUFFIX[format]


def archived(desk: Desk) -> tuple[Archived, ...]:
    """Every issue of a public list, the latest night first."""
    rows = {row.id: row for row in desk.store.lists.all()}
    every = (
        Archived(
            issue=issue, row=rows[issue.list_id], configured=desk.settings.list_(rows[issue.list_id].slug)
        )
        for issue in desk.store.issues.list_all(limit=ALL)
    )
    return tuple(each for each in every if _is_public(desk, each))


def _is_public(desk: Desk, each: Archived) -> bool:
    """As digest.toml says; of a list that has left it, as it said on the issue's night."""
    if each.configured is not None:
        return each.configured.public
    kept = json.loads(desk.store.nights.settings(each.issue.night) or "{}")
    return any(found["slug"] == each.row.slug and found["public"] for found in kept.get("lists", ()))


def files(desk: Desk, *, settled_before: datetime | None) -> Iterator[File]:
    """The index, and a page an issue; those cut before `settled_before` are kept where they are there."""
    every = archived(desk)
    index = places.issues(desk.format)
    yield File(path=index, content=partial(_index, desk, every, index))
    for each in every:
        settled = settled_before is not None and each.issue.cut_at < settled_before
        path = each.path(desk.format)
        yield File(path=path, content=partial(_content, desk, each, path), settled=settled)


def name_of(issue: Issue, words: Words) -> str:
    """ "No. 12", or what an extra is called."""
    if issue.number is None:
        return words.say("Extra issue")
    return words.say("No. {number}", number=issue.number)


def _index(desk: Desk, every: Sequence[Archived], path: str) -> bytes:
    words = desk.viewer().words
    lists = [each.slug for each in desk.settings.lists]
    last = len(lists)
    ranked = sorted(every, key=lambda each: _place(lists, each.row.slug, last))
    groups = [
        (of_list[0].title, [_row(each, path, words, desk.format) for each in of_list])
        for _, group in groupby(ranked, key=lambda each: each.row.id)
        if (of_list := list(group))
    ]
    title = f"{words.say('Issues')} · {desk.settings.site.title}"
    return set_page(desk, "issues", path, {"lists": groups, "title": title}, words=words)


def _place(lists: Sequence[str], slug: str, last: int) -> tuple[int, str]:
    return (lists.index(slug) if slug in lists else last, slug)


def _row(each: Archived, path: str, words: Words, format: str) -> tuple[str, str, str]:
    return places.between(path, each.path(format)), name_of(each.issue, words), words.day(each.issue.night)


def _content(desk: Desk, each: Archived, path: str) -> bytes:
    configured, issue = each.configured, each.issue
    language = (configured.language if configured else None) or desk.language
    words = desk.viewer(language).words
    lines = desk.store.issues.stories(issue.id)
    told = list(_lines(desk, each, lines, words))
    stories = [line.story for line in told if line.story is not None]
    note = desk.store.notes.of_issue(issue.id).get(language)
    values = {
        "title": f"{each.title} · {name_of(issue, words)} · {desk.settings.site.title}",
        "list_title": each.title,
        "issue_name": name_of(issue, words),
        "day": words.day(issue.night),
        "counts": counts(len(stories), len({story.source.slug for story in stories}), words),
        "note": Markup(note.html) if note else Markup(""),
        "note_text": note.text if note else "",
        "lines": told,
        "show": configured.show if configured else "summary",
    }
    return set_page(desk, "issue", path, values, words=words)


def _lines(desk: Desk, each: Archived, lines: Sequence[IssueStory], words: Words) -> Iterator[Line]:
    """Under headings as the mail has them: pins without one, then topics, in them sources that have several;
    without topics, sources."""
    group_by = each.configured.group_by if each.configured else ("topic", "source")
    titles = topic_titles(desk.settings, words)
    by_topic = group_by[:1] == ("topic",) and any(line.topic for line in lines)
    entries = _entries(desk, each, lines)
    viewer = desk.viewer(words.language)

    def told(line: IssueStory, level: int, *, under_source: bool = False) -> Line:
        shown, twins = entries[line.story_id]
        view = viewer.story(shown, twins, level=level)
        return Line(level=level, story=view, under_source=under_source)

    there = [line for line in lines if line.story_id in entries]
    for (is_pinned, topic), group in groupby(there, key=lambda line: (line.pin is not None, line.topic)):
        if is_pinned:
            yield from (told(line, 2) for line in group)
            continue
        if by_topic:
            yield Line(level=2, heading=titles.get(topic, topic) if topic else words.say("More"))
        level = 3 if by_topic else 2
        for source, run in groupby(group, key=lambda line: entries[line.story_id][0].source_id):
            block = list(run)
            has_heading = "source" in group_by and (not by_topic or len(block) >= BLOCK)
            if has_heading:
                yield Line(level=level, heading=viewer.name(source))
            yield from (told(line, level + has_heading, under_source=has_heading) for line in block)


def _entries(
    desk: Desk, each: Archived, lines: Sequence[IssueStory]
) -> dict[StoryId, tuple[Entry, tuple[Entry, ...]]]:
    """The entry shown of each story, and its twins when the issue was cut: later ones are not named."""
    shown = {line.story_id: line.entry_id for line in lines}
    head = each.issue.head_seq
    found = {}
    for story in desk.store.entries.stories(list(shown)):
        then = tuple(entry for entry in story.entries if entry.seq is not None and entry.seq <= head)
        first = next((entry for entry in then if entry.id == shown[story.id]), None)
        if first is not None:
            found[story.id] = (first, then)
    return found
