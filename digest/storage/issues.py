"""What was published: issues, their fragments until they close, their editions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime

from digest.errors import StorageError
from digest.model import (
    Edition,
    EditionId,
    Fragment,
    Issue,
    IssueId,
    IssueStory,
    ListId,
    NewEdition,
    NewIssue,
    StoryId,
)
from digest.storage.connection import Connection
from digest.storage.rows import day, instant
from digest.storage.rows import issues as rows


class Issues:
    """Implements `protocol.issues.Issues`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def freeze(
        self, issue: NewIssue, stories: Sequence[IssueStory], fragments: Mapping[str, Iterable[Fragment]]
    ) -> Issue:
        with self._connection.atomic():
            stored = self.by_night(issue.list_id, issue.night)
            if stored is not None:
                return stored
            if issue.number not in (None, self.next_number(issue.list_id)):
                raise StorageError(
                    f"Issue no. {issue.number} is not the list's next: another run has published meanwhile.",
                    mend="Run again.",
                )
            id = IssueId(self._connection.value("add_issue", **rows.new_issue(issue)))
            self._add_stories(id, stories)
            if issue.number is not None:
                self._connection.run("use_notes", list_id=issue.list_id, issue_id=id)
            for language, set_in_it in fragments.items():
                self.add_fragments(id, language, set_in_it)
            return self._known(id)

    def add_fragments(self, issue_id: IssueId, language: str, fragments: Iterable[Fragment]) -> None:
        with self._connection.atomic():
            if language in self.languages(issue_id):
                return
            self._connection.run_many(
                "add_fragment", [rows.new_fragment(issue_id, language, fragment) for fragment in fragments]
            )
            self._connection.run("reopen_issue", id=issue_id)

    def next_number(self, list_id: ListId) -> int:
        last = self.last_numbered(list_id)
        return 1 if last is None or last.number is None else last.number + 1

    def get(self, id: IssueId) -> Issue | None:
        found = self._connection.row("issue", id=id)
        return rows.issue(found) if found else None

    def by_night(self, list_id: ListId, night: date) -> Issue | None:
        found = self._connection.row("issue_by_night", list_id=list_id, night=day(night))
        return rows.issue(found) if found else None

    def last_numbered(self, list_id: ListId) -> Issue | None:
        found = self._connection.row("last_numbered_issue", list_id=list_id)
        return rows.issue(found) if found else None

    def list_all(self, list_id: ListId | None = None, *, limit: int = 100) -> tuple[Issue, ...]:
        return tuple(map(rows.issue, self._connection.rows("issues", list_id=list_id, limit=limit)))

    def fragments(self, issue_id: IssueId, language: str) -> dict[str, Fragment]:
        found = self._connection.rows("fragments", issue_id=issue_id, language=language)
        return {fragment.name: fragment for fragment in map(rows.fragment, found)}

    def languages(self, issue_id: IssueId) -> tuple[str, ...]:
        return tuple(row["language"] for row in self._connection.rows("issue_languages", issue_id=issue_id))

    def stories(self, issue_id: IssueId) -> tuple[IssueStory, ...]:
        return tuple(map(rows.issue_story, self._connection.rows("issue_stories", issue_id=issue_id)))

    def of_story(self, story_id: StoryId) -> tuple[Issue, ...]:
        return tuple(map(rows.issue, self._connection.rows("issues_of_story", story_id=story_id)))

    def add_editions(self, editions: Iterable[NewEdition]) -> dict[str, EditionId]:
        with self._connection.atomic():
            return {
                edition.key: EditionId(self._connection.value("add_edition", **rows.new_edition(edition)))
                for edition in editions
            }

    def edition(self, id: EditionId) -> Edition | None:
        found = self._connection.row("edition", id=id)
        return rows.edition(found) if found else None

    def editions(self, issue_id: IssueId) -> tuple[Edition, ...]:
        return tuple(map(rows.edition, self._connection.rows("editions", issue_id=issue_id)))

    def edition_count(self, issue_id: IssueId) -> int:
        return int(self._connection.value("count_editions", issue_id=issue_id))

    def mark_planned(self, issue_id: IssueId, now: datetime) -> None:
        with self._connection.atomic():
            self._connection.run("mark_issue_planned", id=issue_id, now=instant(now))

    def mark_past_planned(self, night: date, now: datetime) -> int:
        with self._connection.atomic():
            return self._connection.run("mark_past_issues_planned", night=day(night), now=instant(now))

    def close_finished(self, now: datetime) -> tuple[IssueId, ...]:
        with self._connection.atomic():
            finished = tuple(IssueId(row["id"]) for row in self._connection.rows("finished_issues"))
            for id in finished:
                self._connection.run("close_issue", id=id, now=instant(now))
            self._connection.run("drop_spent_fragments")
        return finished

    def _add_stories(self, id: IssueId, stories: Sequence[IssueStory]) -> None:
        self._connection.run_many(
            "add_issue_story",
            [
                {
                    "issue_id": id,
                    "position": position,
                    "story_id": story.story_id,
                    "entry_id": story.entry_id,
                    "topic": story.topic,
                    "pin": story.pin,
                }
                for position, story in enumerate(stories)
            ],
        )

    def _known(self, id: IssueId) -> Issue:
        found = self.get(id)
        if found is None:
            raise StorageError(f"Issue {id} was written and is not there.")
        return found
