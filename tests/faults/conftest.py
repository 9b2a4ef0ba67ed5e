"""A ledger to be sent from."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from digest.storage import Store, open_store
from tests.faults.room import READERS
from tests.ledger import NOW, planned


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """One issue, owed to all readers."""
    with open_store("sqlite:///digest.db", base=tmp_path, now=NOW) as opened:
        planned(opened, READERS)
        yield opened
