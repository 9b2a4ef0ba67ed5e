"""The demo with mail that waits, and with tokens of its readers."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from digest.clock import utc_now
from digest.storage import open_store
from subscribers import tokens
from subscribers.model import SubscriptionId
from subscribers.tokens import Purpose
from tests.cli.run import inside
from tests.cli.test_night import NEXT_NIGHT, news

#: before any clock a test may run under
LONG_AGO = "2020-01-01T00:00:00.000000Z"


def ask(site: Path, sql: str) -> list[tuple[object, ...]]:
    """Look at the database, or change it as no command does."""
    with closing(sqlite3.connect(site / "digest.db", timeout=60)) as raw, raw:
        return [tuple(row) for row in raw.execute(sql)]


def token(site: Path, number: int, purpose: Purpose = Purpose.UNSUBSCRIBE) -> str:
    """A real one, of that subscription."""
    with open_store("sqlite:///digest.db", base=site, now=utc_now()) as store:
        return tokens.make(purpose, SubscriptionId(number), store.keys.secret("token"))


def crowded(site: Path, readers: int) -> None:
    """So many more readers of the daily list, and a night cut for them all; nothing has left yet."""
    rows = "\n".join(f"reader{number}@example.org" for number in range(readers))
    (site / "readers.csv").write_text(f"email\n{rows}\n", encoding="utf-8")
    file = str(site / "readers.csv")
    assert inside("subscribers", "import", file, "--list", "daily", "--confirmed", at=site).code == 0
    ask(
        site,
        "UPDATE subscriptions SET due_at = (SELECT due_at FROM subscriptions WHERE id = 1), "
        "cursor = (SELECT cursor FROM subscriptions WHERE id = 1) WHERE id > 4",
    )
    news(site)
    assert inside("gather", "--now", NEXT_NIGHT, at=site).code == 0
    assert inside("compose", "--now", NEXT_NIGHT, at=site).code == 0
    # Whenever this test runs, they are due.
    ask(site, f"UPDATE deliveries SET not_before_at = '{LONG_AGO}' WHERE status = 'planned'")
