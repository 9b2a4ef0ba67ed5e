"""What can be written in digest.toml is documented, and the pages of docs/ hold together."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest
from pydantic import BaseModel

from digest.settings.schema import Settings
from tests.house.tree import ROOT

DOCS = ROOT / "docs"
PAGES = (ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *sorted(DOCS.glob("**/*.md")))

#: `[text](where)`, without the fragment
LINK = re.compile(r"\]\(([^)\s#]+)(?:#[^)\s]*)?\)")


def models(annotation: object) -> Iterator[type[BaseModel]]:
    """The tables inside a type: `Match`, `Dkim | None`, `tuple[Topic, ...]`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from models(argument)


def keys(table: type[BaseModel], prefix: str = "") -> Iterator[str]:
    """Every key of the file, dotted: "mail.dkim.selector", "topics.match.words"."""
    for name, field in table.model_fields.items():
        dotted = f"{prefix}{field.alias or name}"
        yield dotted
        for inner in models(field.annotation):
            yield from keys(inner, f"{dotted}.")


def sections(text: str) -> dict[str, str]:
    """The lines under each header of a TOML file, without comment signs; those of one header together."""
    found: dict[str, list[str]] = {}
    header = ""
    for line in text.splitlines():
        plain = re.sub(r"^\s*#+\s?", "", line)
        if match := re.fullmatch(r"\[\[?([\w.-]+)\]\]?\s*(?:#.*)?", plain):
            header = match[1]
        found.setdefault(header, []).append(plain)
    return {header: "\n".join(lines) for header, lines in found.items()}


def is_written(key: str, text: str) -> bool:
    """Whether an example sets that key, in effect or commented out, as a line or in an inline table."""
    found = sections(text)
    table, *inner = key.split(".")
    if not inner:
        return table in found
    return any(
        re.search(rf"(?<![\w-]){inner[-1]}\s*=", found.get(header, ""))
        for header in (table, key[: key.rfind(".")])
    )


KEYS = tuple(keys(Settings))


@pytest.mark.parametrize("key", KEYS)
def test_the_example_shows_every_key(key: str) -> None:
    assert is_written(key, (ROOT / "digest.toml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("key", [key for key in KEYS if "." in key])
def test_the_reference_explains_every_key(key: str) -> None:
    """docs/configuration.md has a row for each key, under the heading of its table."""
    page = (DOCS / "configuration.md").read_text(encoding="utf-8")
    table, _, inner = key.partition(".")
    part = re.search(rf"^## `\[+{table}\]+`.*?(?=^## |\Z)", page, re.MULTILINE | re.DOTALL)

    assert part
    assert f"| `{inner}` |" in part[0]


def test_the_reference_explains_no_key_that_is_not_there() -> None:
    page = (DOCS / "configuration.md").read_text(encoding="utf-8")
    parts = re.findall(r"^## `\[+([\w-]+)\]+`(.*?)(?=^## |\Z)", page, re.MULTILINE | re.DOTALL)
    explained = {
        f"{table}.{inner}"
        for table, part in parts
        for inner in re.findall(r"^\| `([\w.-]+)` \|", part, re.MULTILINE)
    }

    assert explained - set(KEYS) == set()


def test_the_example_runs_as_it_stands() -> None:
    example = tomllib.loads((ROOT / "digest.toml").read_text(encoding="utf-8"))

    assert Settings.model_validate(example).site.title == example["site"]["title"]


def test_the_index_lists_every_page() -> None:
    index = (DOCS / "README.md").read_text(encoding="utf-8")
    pages = {path.relative_to(DOCS).as_posix() for path in DOCS.glob("**/*.md")} - {"README.md"}

    assert pages - set(LINK.findall(index)) == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_to_a_file_leads_somewhere(page: Path) -> None:
    links = LINK.findall(page.read_text(encoding="utf-8"))
    inside = [link for link in links if not re.match(r"[a-z]+:", link)]

    assert [link for link in inside if not (page.parent / link).exists()] == []


def test_every_decision_is_numbered_once_and_in_turn() -> None:
    numbers = [path.name[:4] for path in sorted((DOCS / "decisions").glob("*.md"))]

    assert numbers == [f"{number:04}" for number in range(1, len(numbers) + 1)]


@pytest.mark.parametrize(
    ("text", "is_shown"),
    [
        ('[mail]\nsmtp = "x"', True),
        ('# [mail]\n# smtp = "x"', True),
        ('[mail]\n[web]\nsmtp = "x"', False),
        ("[mail]\n# smtp is the relay", False),
        ('[mail]\nold-smtp = "x"', False),
    ],
)
def test_a_key_is_shown_where_an_example_sets_it(text: str, *, is_shown: bool) -> None:
    assert is_written("mail.smtp", text) is is_shown
