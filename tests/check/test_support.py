"""The trimmed copy of caniemail's data: credited, dated, and enough for what the rules cite."""

from __future__ import annotations

import json
from importlib.resources import files

import pytest

from digest.check.support import ASKED, support, too_rare


def test_it_says_whose_it_is_and_from_when() -> None:
    data = json.loads(files("digest.check").joinpath("support.json").read_text(encoding="utf-8"))
    licence = files("digest.check").joinpath("CANIEMAIL-LICENSE").read_text(encoding="utf-8")

    assert "caniemail.com" in data["credit"] and "MIT" in data["credit"]
    assert data["updated"] >= "2026-01-01"
    assert "Copyright (c) 2019 HTeuMeuLeu" in licence and data["updated"] in licence


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("property", "position"),
        ("function", "var"),
        ("pseudo", "before"),
        ("at-rule", "font-face"),
        ("element", "nav"),
    ],
)
def test_what_few_clients_know_is_too_rare(kind: str, name: str) -> None:
    found = too_rare(kind, name)

    assert found is not None and found.full < ASKED and found.platforms >= 20
    assert f"{found.full} % of {found.platforms}" in str(found) and found.tested in str(found)


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("property", "color"),
        ("property", "padding"),
        ("element", "table"),
        ("display", "flex"),
        ("image", "webp"),
    ],
)
def test_what_most_clients_know_is_not(kind: str, name: str) -> None:
    assert too_rare(kind, name) is None


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("syntax", "negative margin"),
        ("syntax", "nesting"),
        ("image", "svg"),
        ("image", "data"),
        ("attribute", "srcset"),
    ],
)
def test_what_a_rule_cites_is_there(kind: str, name: str) -> None:
    assert support(kind, name) is not None
