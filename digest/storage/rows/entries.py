"""Rows of `entries` and their stories."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence

from digest.model import (
    Content,
    Entry,
    EntryId,
    EntryState,
    Origin,
    Seq,
    Shown,
    SourceId,
    Story,
    StoryId,
    TopicRule,
)
from digest.model.gathering import ChangedEntry, Heading, KnownEntry, Likeness, NewEntry
from digest.storage.connection import Row
from digest.storage.rows.instants import flag, instant, known_instant, parse_instant, parse_strings, strings


def entry(row: Row) -> Entry:
    return Entry(
        id=EntryId(row["id"]),
        source_id=SourceId(row["source_id"]),
        guid=row["guid"],
        content=_content(row),
        dated_at=known_instant(row["dated_at"]),
        event_at=parse_instant(row["event_at"]),
        first_seen_at=known_instant(row["first_seen_at"]),
        changed_at=known_instant(row["changed_at"]),
        state=EntryState(row["state"]),
        reason=row["reason"],
        held_until_at=parse_instant(row["held_until_at"]),
        withdrawn_at=parse_instant(row["withdrawn_at"]),
        pinned_at=parse_instant(row["pinned_at"]),
        dropped_at=parse_instant(row["dropped_at"]),
        seq=None if row["seq"] is None else Seq(row["seq"]),
        released_at=parse_instant(row["released_at"]),
        language=row["language"],
        topics=tuple(TopicRule(topic=topic, rule=rule) for topic, rule in json.loads(row["topics"])),
        story_id=None if row["story_id"] is None else StoryId(row["story_id"]),
    )


def known(row: Row, keys: Sequence[str]) -> KnownEntry:
    return KnownEntry(
        id=EntryId(row["id"]),
        keys=tuple(keys),
        link_key=row["link_key"],
        title_key=row["title_key"],
        content_hash=row["content_hash"],
        shown_hash=row["shown_hash"],
        published_at=parse_instant(row["published_at"]),
        updated_at=parse_instant(row["updated_at"]),
        dated_at=known_instant(row["dated_at"]),
        state=EntryState(row["state"]),
        withdrawn_at=parse_instant(row["withdrawn_at"]),
    )


def heading(row: Row) -> Heading:
    return Heading(id=EntryId(row["id"]), source_id=SourceId(row["source_id"]), title_key=row["title_key"])


def likeness(row: Row) -> Likeness:
    return Likeness(
        id=EntryId(row["id"]),
        source_id=SourceId(row["source_id"]),
        guid=row["guid"],
        link_key=row["link_key"],
        origin=_origin(row),
        story_id=None if row["story_id"] is None else StoryId(row["story_id"]),
    )


def stories(rows: Iterable[Row]) -> tuple[Story, ...]:
    """Rows of entries with their story's origin, in order of arrival; stories in order of their newest."""
    entries: dict[StoryId, list[Entry]] = defaultdict(list)
    origins: dict[StoryId, EntryId] = {}
    for row in rows:
        id = StoryId(row["story_id"])
        entries[id].append(entry(row))
        origins[id] = EntryId(row["origin_entry_id"])
    told = (
        Story(id=id, entries=tuple(each), origin_id=_shown(each, origins[id])) for id, each in entries.items()
    )
    return tuple(sorted(told, key=lambda story: story.seq))


def shown(row: Row) -> Shown:
    return Shown(
        story_id=StoryId(row["story_id"]),
        entry_id=EntryId(row["entry_id"]),
        source_id=SourceId(row["source_id"]),
        dated_at=known_instant(row["dated_at"]),
        topics=tuple(topic for topic, _ in json.loads(row["topics"])),
    )


def new_values(new: NewEntry) -> dict[str, object]:
    return _content_values(new) | {
        "guid": new.guid,
        "dated_at": instant(new.dated_at),
        "event_at": instant(new.event_at),
        "state": new.state.value,
        "reason": new.reason,
        "held_until_at": instant(new.held_until_at),
    }


def changed_values(changed: ChangedEntry) -> dict[str, object]:
    return _content_values(changed) | {
        "id": changed.id,
        "edited": flag(changed.edited),
        "event_at": instant(changed.event_at),
        "held_until_at": instant(changed.held_until_at),
    }


def topics_text(topics: Iterable[TopicRule]) -> str:
    return json.dumps([[each.topic, each.rule] for each in topics], ensure_ascii=False)


def _shown(entries: Sequence[Entry], origin: EntryId) -> EntryId:
    """The origin, unless it arrived later than these or left its feed: then the first that has not."""
    there = [each.id for each in entries if each.withdrawn_at is None] or [each.id for each in entries]
    return origin if origin in there else there[0]


def _content(row: Row) -> Content:
    return Content(
        title=row["title"],
        link=row["link"],
        authors=parse_strings(row["authors"]),
        summary_html=row["summary_html"],
        content_html=row["content_html"],
        text=row["text"],
        language=row["declared_language"],
        categories=parse_strings(row["categories"]),
        origin=_origin(row),
        published_at=parse_instant(row["published_at"]),
        updated_at=parse_instant(row["updated_at"]),
    )


def _origin(row: Row) -> Origin | None:
    if row["origin_title"] is None:
        return None
    return Origin(title=row["origin_title"], url=row["origin_url"], id=row["origin_id"])


def _content_values(of: NewEntry | ChangedEntry) -> dict[str, object]:
    content, origin = of.content, of.content.origin
    return {
        "title": content.title,
        "link": content.link,
        "link_key": of.link_key,
        "title_key": of.title_key,
        "content_hash": of.content_hash,
        "shown_hash": of.shown_hash,
        "authors": strings(content.authors),
        "summary_html": content.summary_html,
        "content_html": content.content_html,
        "text": content.text,
        "declared_language": content.language,
        "categories": strings(content.categories),
        "origin_title": origin.title if origin else None,
        "origin_url": origin.url if origin else None,
        "origin_id": origin.id if origin else None,
        "published_at": instant(content.published_at),
        "updated_at": instant(content.updated_at),
    }
