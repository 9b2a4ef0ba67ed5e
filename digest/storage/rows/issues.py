"""Rows of `issues`, `issue_stories`, `fragments` and `editions`."""

from __future__ import annotations

import json

from digest.model import (
    Edition,
    EditionId,
    EntryId,
    Fragment,
    Issue,
    IssueId,
    IssueStory,
    ListId,
    NewEdition,
    NewIssue,
    Piece,
    Seq,
    Slot,
    StoryId,
)
from digest.storage.connection import Row
from digest.storage.rows.instants import day, instant, known_day, known_instant, parse_instant


def issue(row: Row) -> Issue:
    return Issue(
        id=IssueId(row["id"]),
        list_id=ListId(row["list_id"]),
        night=known_day(row["night"]),
        number=row["number"],
        from_seq=Seq(row["from_seq"]),
        head_seq=Seq(row["head_seq"]),
        cut_at=known_instant(row["cut_at"]),
        planned_at=parse_instant(row["planned_at"]),
        closed_at=parse_instant(row["closed_at"]),
        candidates=row["candidates"],
    )


def new_issue(issue: NewIssue) -> dict[str, object]:
    return {
        "list_id": issue.list_id,
        "night": day(issue.night),
        "number": issue.number,
        "from_seq": issue.from_seq,
        "head_seq": issue.head_seq,
        "cut_at": instant(issue.cut_at),
    }


def issue_story(row: Row) -> IssueStory:
    return IssueStory(
        story_id=StoryId(row["story_id"]),
        entry_id=EntryId(row["entry_id"]),
        topic=row["topic"],
        pin=row["pin"],
    )


def fragment(row: Row) -> Fragment:
    return Fragment(
        name=row["name"],
        html=_piece(row["html"], row["html_slots"], row["html_size"]),
        text=_piece(row["text"], row["text_slots"], row["text_size"]),
    )


def new_fragment(issue_id: IssueId, language: str, fragment: Fragment) -> dict[str, object]:
    return {
        "issue_id": issue_id,
        "language": language,
        "name": fragment.name,
        "html": fragment.html.data,
        "html_slots": _slots(fragment.html),
        "html_size": fragment.html.decoded_size,
        "text": fragment.text.data,
        "text_slots": _slots(fragment.text),
        "text_size": fragment.text.decoded_size,
    }


def edition(row: Row) -> Edition:
    return Edition(
        id=EditionId(row["id"]),
        issue_id=IssueId(row["issue_id"]),
        key=row["key"],
        language=row["language"],
        format=row["format"],
        subject=row["subject"],
        recipe=bytes(row["recipe"]),
        stories=tuple(StoryId(id) for id in json.loads(row["stories"])),
        html_bytes=row["html_bytes"],
        message_bytes=row["message_bytes"],
    )


def new_edition(edition: NewEdition) -> dict[str, object]:
    return {
        "issue_id": edition.issue_id,
        "key": edition.key,
        "language": edition.language,
        "format": edition.format,
        "subject": edition.subject,
        "recipe": edition.recipe,
        "stories": json.dumps(edition.stories, separators=(",", ":")),
        "html_bytes": edition.html_bytes,
        "message_bytes": edition.message_bytes,
    }


def _piece(data: bytes, slots: str, size: int) -> Piece:
    places = tuple((offset, Slot(name)) for offset, name in json.loads(slots))
    return Piece(data=bytes(data), slots=places, decoded_size=size)


def _slots(piece: Piece) -> str:
    return json.dumps(piece.slots, separators=(",", ":"))
