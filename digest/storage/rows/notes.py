"""Rows of `notes`."""

from __future__ import annotations

from collections.abc import Iterable

from digest.model import Note
from digest.storage.connection import Row


def notes(rows: Iterable[Row]) -> dict[str, Note]:
    """By language."""
    return {
        row["language"]: Note(html=row["html"], text=row["text"], markdown=row["markdown"]) for row in rows
    }
