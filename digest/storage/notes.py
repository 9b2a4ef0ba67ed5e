"""What the editor says above an issue."""

from __future__ import annotations

from datetime import datetime

from digest.model import IssueId, ListId, Note
from digest.storage.connection import Connection
from digest.storage.rows import instant
from digest.storage.rows.notes import notes


class Notes:
    """Implements `protocol.notes.Notes`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def write(self, list_id: ListId, language: str, note: Note, now: datetime) -> None:
        with self._connection.atomic():
            self._connection.run("remove_open_note", list_id=list_id, language=language)
            self._connection.run(
                "add_note",
                list_id=list_id,
                language=language,
                markdown=note.markdown,
                html=note.html,
                text=note.text,
                now=instant(now),
            )

    def remove(self, list_id: ListId, language: str) -> bool:
        with self._connection.atomic():
            return bool(self._connection.run("remove_open_note", list_id=list_id, language=language))

    def waiting(self, list_id: ListId) -> dict[str, Note]:
        return notes(self._connection.rows("open_notes", list_id=list_id))

    def of_issue(self, issue_id: IssueId) -> dict[str, Note]:
        return notes(self._connection.rows("issue_notes", issue_id=issue_id))
