"""Issues, editions and deliveries put straight into the tables, in any state a test of people needs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime

from digest.storage import Store
from digest.storage.rows import instant
from digest.storage.sqlite import SqliteConnection
from subscribers.model import ListId, SubscriptionId


def sent(
    store: Store, list_id: ListId, id: SubscriptionId, *, now: datetime, status: str, stories: Sequence[int]
) -> int:
    """One issue that serves these stories, its head the last of them, and its delivery in that status.

    The issue's id.
    """
    connection = store._connection
    assert isinstance(connection, SqliteConnection)
    with connection.atomic():
        issue = connection._raw.execute(
            "INSERT INTO issues (list_id, night, from_seq, head_seq, cut_at) VALUES (?, ?, 0, ?, ?)"
            " RETURNING id",
            (list_id, now.date().isoformat(), max(stories), instant(now)),
        ).fetchone()[0]
        edition = connection._raw.execute(
            "INSERT INTO editions (issue_id, key, language, format, subject, recipe, stories, html_bytes,"
            " message_bytes) VALUES (?, 'k', 'fr', 'html', '', x'', ?, 0, 0) RETURNING id",
            (issue, json.dumps(list(stories))),
        ).fetchone()[0]
        ended = None if status in ("planned", "deferred", "sending") else instant(now)
        connection._raw.execute(
            "INSERT INTO deliveries (issue_id, subscription_id, edition_id, status, not_before_at, ended_at)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            (issue, id, edition, status, instant(now), ended),
        )
    return int(issue)
