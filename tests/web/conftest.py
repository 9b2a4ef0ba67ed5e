"""One lab a test, served; and Chromium."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser import chromium
from tests.web.client import Web
from tests.web.house import Lab

__all__ = ["chromium", "lab", "web"]


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    """An installation at https://digest.example.org."""
    made = Lab(tmp_path)
    yield made
    made.house.close()


@pytest.fixture
def web(lab: Lab) -> Iterator[Web]:
    """Its pages, over HTTP."""
    with lab.serve() as served:
        yield served
