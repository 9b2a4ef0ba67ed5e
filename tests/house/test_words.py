"""One word a thing (design §2), in the names of modules, classes and tables."""

from __future__ import annotations

import re

import pytest

from tests.house.tree import ROOT, modules, product

#: rooms named for nothing they own
NAMELESS = frozenset({
    "base", "bases", "common", "helper", "helpers", "manager", "managers", "misc", "service",
    "services", "util", "utils",
})  # fmt: skip

#: words of other houses, and ours for them
REFUSED = {
    "channel": "source",
    "item": "entry",
    "post": "entry",
    "article": "entry",
    "cluster": "story",
    "tag": "category, or topic",
    "newsletter": "list",
    "campaign": "issue",
    "batch": "night",
    "broadcast": "issue",
    "segment": "edition",
    "variant": "edition",
    "contact": "subscriber",
    "transactional": "letter",
    "delivered": "sent",
    "blacklist": "suppression",
    "blocklist": "suppression",
}

#: a refused word with another meaning here, and which
MEANT = {
    "subscribers.Post": "the protocol by which subscribers mails a letter (design §5)",
}


def words(name: str) -> list[str]:
    """The words of a name, in lower case: `RSSItems` and `rss_items` are both rss, items."""
    return [word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", name)]


def refused(name: str) -> list[str]:
    """Refused words in a name, in the singular."""
    singular = (word if word in REFUSED else word.removesuffix("s") for word in words(name))
    return [word for word in singular if word in REFUSED]


def tables() -> list[str]:
    files = sorted((ROOT / "digest" / "storage" / "sql").rglob("*.sql"))
    made = re.compile(r"create\s+table\s+(?:if\s+not\s+exists\s+)?(\w+)", re.IGNORECASE)
    return [name for path in files for name in made.findall(path.read_text(encoding="utf-8"))]


def test_no_module_is_named_for_nothing_it_owns() -> None:
    names = [module.name for module in modules("digest", "subscribers", "tests", "benchmarks")]

    assert [name for name in names if NAMELESS & set(words(name.rpartition(".")[2]))] == []


def test_no_module_bears_a_refused_word() -> None:
    names = [module.name for module in product()]

    assert [name for name in names if refused(name.rpartition(".")[2])] == []


def test_no_class_bears_a_refused_word() -> None:
    names = [f"{module.name.partition('.')[0]}.{name}" for module in product() for name in module.classes]

    assert [name for name in names if refused(name.rpartition(".")[2]) and name not in MEANT] == []


def test_no_table_bears_a_refused_word() -> None:
    assert [name for name in tables() if refused(name)] == []


def test_the_tables_are_found_at_all() -> None:
    assert {"sources", "entries", "issues", "deliveries"} <= set(tables())


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("FeedItems", ["item"]),
        ("post_office", ["post"]),
        ("RSSChannel", ["channel"]),
        ("Postfix", []),
        ("Stage", []),
    ],
)
def test_a_refused_word_is_seen_as_a_word_of_the_name(name: str, found: list[str]) -> None:
    assert refused(name) == found
