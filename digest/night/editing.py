"""The editor's hands: what stands first, what is taken out, and what is said above the next issue.

An issue uses them when it is frozen and keeps them: a cut that goes on later has the same. Pins and notes
are for numbered issues; an extra has none.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from digest.compose.content import body_html, links_of
from digest.errors import UsageError
from digest.gather.clean import clean_html
from digest.gather.plain import to_text
from digest.model import (
    Entry,
    EntryId,
    EntryState,
    Issue,
    ListId,
    Note,
    Seq,
    StoryId,
    short,
)
from digest.night.desk import Desk, own_from
from digest.night.tonight import Tonight
from digest.press.markdown import to_html
from digest.press.words import Words
from digest.settings import ListSettings

#: more than these and nothing stands out (mail D5)
MOST_PINS = 3
#: words; what is longer is an article (mail D4)
LONGEST_NOTE = 120
#: the heading over the note: its own headings go below
NOTE_LEVEL = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Hands:
    """What the editor does to one issue."""

    #: these stand first, in this order, in every edition that holds them
    pins: tuple[StoryId, ...] = ()
    #: by language
    notes: Mapping[str, Note] = field(default_factory=dict)


def hands_of(tonight: Tonight, issue: Issue) -> Hands:
    """What a frozen issue was frozen with."""
    store = tonight.store
    pinned = [(line.pin, line.story_id) for line in store.issues.stories(issue.id) if line.pin is not None]
    return Hands(pins=tuple(story for _, story in sorted(pinned)), notes=store.notes.of_issue(issue.id))


def waiting_hands(tonight: Tonight, desk: Desk) -> Hands:
    """What the list's next numbered issue would use now: it spends the pins on its own news."""
    home = {entry.id: story for story in desk.own_news() for entry in desk.stories[story].entries}
    pinned = tonight.store.entries.pinned(desk.reach.from_seq)
    stories = dict.fromkeys(home[entry.id] for entry in pinned if entry.id in home)
    return Hands(pins=tuple(stories)[:MOST_PINS], notes=tonight.store.notes.waiting(desk.reach.list_id))


def note_of(markdown: str, *, base: str, language: str, tonight: Tonight) -> Note:
    """The note as readers see it: cleaned as every publisher's text is, images as words, links absolute."""
    named = tonight.settings.site.templates
    words = Words(language, tonight.zone, tonight.base / named if named else None)
    cleaned = clean_html(to_html(markdown), base)
    text = to_text(cleaned)
    links = [link for link in links_of(cleaned) if link not in text]
    return Note(
        html=body_html(cleaned, level=NOTE_LEVEL, link=None, words=words, prefix="note-"),
        # Addresses stand alone, so that a text program makes links of them.
        text="\n\n".join([text, *links]).strip(),
        markdown=markdown,
    )


def pin(tonight: Tonight, entries: Sequence[Entry]) -> Iterator[str]:
    """Pin them, all or none; what became of each, in words. A unit of work. Raises UsageError."""
    said = []
    with tonight.store.atomic():
        for entry in entries:
            if entry.pinned_at is not None and _next_lists(tonight, entry):
                said.append(f"{_named(entry)} is pinned already.")
                continue
            places = _pinnable(tonight, entry)
            for list_id, configured in places:
                _refuse_a_fourth(tonight, entry, list_id, configured)
            tonight.store.entries.unpin([entry.id])
            tonight.store.entries.pin([entry.id], _after_the_last(tonight))
            lists = " and ".join(configured.slug for _, configured in places)
            said.append(f"{_named(entry)} will stand first in the next numbered issue of {lists}.")
    yield from said


def unpin(tonight: Tonight, entries: Sequence[Entry]) -> Iterator[str]:
    """Take their pins. A unit of work."""
    for entry in entries:
        was = tonight.store.entries.unpin([entry.id])
        yield f"{_named(entry)} is {'no longer' if was else 'not'} pinned."


def drop(tonight: Tonight, entries: Sequence[Entry], *, reason: str) -> Iterator[str]:
    """Take them out; what became of each, in words. A unit of work."""
    with tonight.store.atomic():
        dropped = [
            tonight.store.entries.drop([entry.id], tonight.clock(), reason=reason) for entry in entries
        ]
    for entry, was in zip(entries, dropped, strict=True):
        if not was:
            yield (
                f"{_named(entry)} was there when we first saw its source: it is never news."
                if entry.state is EntryState.SEEDED
                else f"{_named(entry)} is dropped already."
            )
        elif entry.state is not EntryState.RELEASED:
            yield f"{_named(entry)} will not be news."
        else:
            yield from _dropped_news(tonight, entry)


def _dropped_news(tonight: Tonight, entry: Entry) -> Iterator[str]:
    store = tonight.store
    slugs = {row.id: row.slug for row in store.lists.all()}
    cut = [] if entry.story_id is None else store.issues.of_story(entry.story_id)
    for issue in cut:
        name = "an extra" if issue.number is None else f"no. {issue.number}"
        yield (
            f"{_named(entry)} is in {slugs.get(issue.list_id, '?')} {name}, cut on {issue.night}:"
            " those mails are gone, or leave as they were cut."
        )
    yield f"{_named(entry)} comes in nobody's digest from now on."
    for story in store.entries.stories([entry.story_id] if entry.story_id is not None else []):
        for twin in story.entries:
            if twin.id != entry.id and twin.dropped_at is None and twin.withdrawn_at is None:
                yield f"The same text is still there as {short(twin.id)}: drop that one as well."


def _pinnable(tonight: Tonight, entry: Entry) -> list[tuple[ListId, ListSettings]]:
    """The lists whose next numbered issue would hold it. Raises UsageError when there is none."""
    if entry.dropped_at is not None or entry.state not in (EntryState.WAITING, EntryState.RELEASED):
        state = "dropped" if entry.dropped_at else str(entry.state)
        mend = None if state == "seeded" else f"`digest entries release {short(entry.id)}` lets it out."
        raise UsageError(f"{_named(entry)} is {state}: it is in no next issue.", mend=mend)
    if entry.withdrawn_at is not None:
        raise UsageError(f"{_named(entry)} left its feed: it is sent to nobody unless it returns.")
    found = _next_lists(tonight, entry)
    if not found:
        why = "no list carries its source" if not _carriers(tonight, entry) else "it went out already"
        raise UsageError(f"{_named(entry)} is in no list's next issue: {why}.")
    return found


def _next_lists(tonight: Tonight, entry: Entry) -> list[tuple[ListId, ListSettings]]:
    """Lists that carry it and have not published it: every arrival of its story is after their last issue."""
    carriers = _carriers(tonight, entry)
    if entry.seq is None or entry.story_id is None:
        return carriers
    story = tonight.store.entries.stories([entry.story_id])
    slugs = _slugs(tonight)
    arrived = [(slugs[each.source_id], each.seq) for found in story for each in found.entries]
    return [
        (list_id, configured)
        for list_id, configured in carriers
        if all(
            seq is None or seq > own_from(tonight, list_id, configured)
            for slug, seq in arrived
            if _carries(configured, slug)
        )
    ]


def _after_the_last(tonight: Tonight) -> datetime:
    """Now, or the next instant: pins stand in the order they were made."""
    made = [each.pinned_at for each in tonight.store.entries.pinned(Seq(0)) if each.pinned_at is not None]
    return max([tonight.clock(), *(at + timedelta(microseconds=1) for at in made)])


def _refuse_a_fourth(tonight: Tonight, entry: Entry, list_id: ListId, configured: ListSettings) -> None:
    slugs = _slugs(tonight)
    pinned: dict[StoryId | EntryId, Entry] = {}
    for each in tonight.store.entries.pinned(own_from(tonight, list_id, configured)):
        if _carries(configured, slugs[each.source_id]):
            pinned.setdefault(each.story_id or each.id, each)
    if len(pinned) < MOST_PINS or (entry.story_id or entry.id) in pinned:
        return
    names = "; ".join(map(_named, pinned.values()))
    first = next(iter(pinned.values()))
    raise UsageError(
        f"{configured.slug} has {MOST_PINS} pinned entries already: {names}.",
        mend=f"`digest entries pin {short(first.id)} --off` makes room.",
    )


def _carriers(tonight: Tonight, entry: Entry) -> list[tuple[ListId, ListSettings]]:
    slug = _slugs(tonight)[entry.source_id]
    return [(ListId(id), configured) for id, configured in tonight.lists() if _carries(configured, slug)]


def _carries(configured: ListSettings, slug: str) -> bool:
    return "*" in configured.sources or slug in configured.sources


def _slugs(tonight: Tonight) -> Mapping[int, str]:
    return {source.id: source.slug for source in tonight.store.sources.all()}


def _named(entry: Entry) -> str:
    return f"{short(entry.id)} ({entry.content.title})"
