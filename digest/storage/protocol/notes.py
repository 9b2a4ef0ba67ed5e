"""Notes: what the editor says above an issue, one a language, until an issue uses it."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from digest.model import IssueId, ListId, Note


class Notes(Protocol):
    """At most one open note for a (list, language). `issues.freeze` gives the open ones to a numbered issue,
    in its own transaction; from then on they are that issue's."""

    def write(self, list_id: ListId, language: str, note: Note, now: datetime) -> None:
        """The note of the list's next numbered issue, in place of the one that waited. A unit of work."""
        ...

    def remove(self, list_id: ListId, language: str) -> bool:
        """Take back the note that waits; False: none did. A unit of work."""
        ...

    def waiting(self, list_id: ListId) -> dict[str, Note]:
        """The notes of the list's next numbered issue, by language."""
        ...

    def of_issue(self, issue_id: IssueId) -> dict[str, Note]:
        """The notes that an issue used, by language."""
        ...
