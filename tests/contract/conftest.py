"""The contract suite runs on every engine we have: the fixture `store` is each of them in turn."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from digest.storage import Store, open_store


@pytest.fixture
def now() -> datetime:
    return datetime(2026, 11, 22, 3, 0, 0, 123456, tzinfo=UTC)


@pytest.fixture(params=["sqlite-memory", "sqlite-file"])
def store(request: pytest.FixtureRequest, tmp_path: Path, now: datetime) -> Iterator[Store]:
    url = {"sqlite-memory": "sqlite://", "sqlite-file": "sqlite:///digest.db"}[request.param]
    with open_store(url, base=tmp_path, now=now) as opened:
        yield opened
