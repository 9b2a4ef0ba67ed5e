"""Installations to run commands in: the demo after its night, and an empty one; and what edits them."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from tests.cli.run import NIGHT, inside


@pytest.fixture(scope="session")
def _demo_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo") / "demo"
    assert inside("demo", str(folder), "--now", NIGHT).code == 0
    return folder


@pytest.fixture
def demo(_demo_once: Path, tmp_path: Path) -> Path:
    """The demo, after its night."""
    return Path(shutil.copytree(_demo_once, tmp_path / "demo"))


@pytest.fixture
def empty(tmp_path: Path) -> Path:
    """What `digest init` makes: one list, no source, nobody."""
    folder = tmp_path / "empty"
    assert inside("init", str(folder)).code == 0
    return folder


def put(site: Path, key: str, value: str) -> None:
    """Give the first `key = …` of the site's digest.toml another value, commented out or not."""
    path = site / "digest.toml"
    text, found = re.subn(rf"(?m)^(?:# )?{key} = .*$", f"{key} = {value}", path.read_text("utf-8"), count=1)
    assert found, f"no key {key} in {path}"
    path.write_text(text, encoding="utf-8")


def add(site: Path, text: str) -> None:
    """Write more to the end of the site's digest.toml."""
    path = site / "digest.toml"
    path.write_text(f"{path.read_text('utf-8')}\n{text}\n", encoding="utf-8")
