"""Issues: what was published, the fragments it is made of until it closes, and its editions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Protocol

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


class Issues(Protocol):
    """(list, night) is unique, and so is (issue, key): whoever comes second finds the first one's."""

    def freeze(
        self, issue: NewIssue, stories: Sequence[IssueStory], fragments: Mapping[str, Iterable[Fragment]]
    ) -> Issue:
        """Store the issue, its lines and its fragments by language. A unit of work. A numbered one takes
        the notes that wait for its list with it.

        Idempotent by (list, night): the stored one wins, whole. Raises StorageError when its number is not
        the next one: another run has published since it was given."""
        ...

    def add_fragments(self, issue_id: IssueId, language: str, fragments: Iterable[Fragment]) -> None:
        """Store a language's galley. A unit of work, idempotent: what is stored stays. A closed issue is
        open again: somebody is to get it after all."""
        ...

    def next_number(self, list_id: ListId) -> int:
        """One more than the list's last; 1 for the first."""
        ...

    def get(self, id: IssueId) -> Issue | None: ...

    def by_night(self, list_id: ListId, night: date) -> Issue | None: ...

    def last_numbered(self, list_id: ListId) -> Issue | None: ...

    def list_all(self, list_id: ListId | None = None, *, limit: int = 100) -> tuple[Issue, ...]:
        """Latest night first; of one list, or of all."""
        ...

    def fragments(self, issue_id: IssueId, language: str) -> dict[str, Fragment]:
        """By name; empty once the issue is closed."""
        ...

    def languages(self, issue_id: IssueId) -> tuple[str, ...]:
        """Those it was set in; empty once it is closed."""
        ...

    def stories(self, issue_id: IssueId) -> tuple[IssueStory, ...]:
        """In the order of its sections."""
        ...

    def of_story(self, story_id: StoryId) -> tuple[Issue, ...]:
        """The issues that a story is a line of, the oldest first."""
        ...

    def add_editions(self, editions: Iterable[NewEdition]) -> dict[str, EditionId]:
        """Their ids by key. A unit of work, idempotent: an edition already stored keeps its id and bytes.

        All of them belong to one issue."""
        ...

    def edition(self, id: EditionId) -> Edition | None: ...

    def editions(self, issue_id: IssueId) -> tuple[Edition, ...]:
        """In the order they were first cut."""
        ...

    def edition_count(self, issue_id: IssueId) -> int:
        """How many; there may be as many as readers."""
        ...

    def mark_planned(self, issue_id: IssueId, now: datetime) -> None:
        """Everybody due is planned. The first mark stays. A unit of work."""
        ...

    def mark_past_planned(self, night: date, now: datetime) -> int:
        """Issues of nights before this one whose run died while it planned: nobody is planned into them any
        more. How many. A unit of work."""
        ...

    def close_finished(self, now: datetime) -> tuple[IssueId, ...]:
        """Close every planned issue without open deliveries, and drop its fragments. A unit of work.

        Those of a list's newest issue stay while a delivery of it has failed: it may be tried again. Its
        editions stay: what was sent to whom is read from them."""
        ...
