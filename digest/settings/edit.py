"""Changing digest.toml and keeping its comments, as `uv add` does (only home of tomlkit). Text in,
text out: `cli` reads and writes the file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import tomlkit
from tomlkit.items import AoT, Table

from digest.errors import NotFound


def add_source(text: str, source: Mapping[str, object]) -> str:
    """The text with one more `[[sources]]`, after the last one. Empty values are left out."""
    return add_sources(text, [source])


def add_sources(text: str, sources: Iterable[Mapping[str, object]]) -> str:
    """The text with all of these, in their order."""
    return _append(text, "sources", sources)


def add_topics(text: str, topics: Iterable[Mapping[str, object]]) -> str:
    """The text with these `[[topics]]` more."""
    return _append(text, "topics", topics)


def remove_source(text: str, slug: str) -> str:
    """The text without that source, its name taken out of topics and lists too.

    Raises NotFound when no source has that slug.
    """
    document = tomlkit.parse(text)
    rows = document.get("sources")
    index = next((n for n, row in enumerate(rows or ()) if row.get("slug") == slug), None)
    if not isinstance(rows, AoT) or index is None:
        raise NotFound(f'There is no source "{slug}" in the file.', mend="`digest sources list` names them.")
    del rows[index]
    if not rows:
        document.remove("sources")
    for owner in (*document.get("lists", ()), *(row.get("match", {}) for row in document.get("topics", ()))):
        named = owner.get("sources")
        if named is not None and slug in named:
            named.remove(slug)
    return tomlkit.dumps(document)


def _append(text: str, name: str, added: Iterable[Mapping[str, object]]) -> str:
    fresh = [_row(values) for values in added]
    if not fresh:
        return text
    document = tomlkit.parse(text)
    rows = document.get(name)
    if isinstance(rows, AoT):
        for row in fresh:
            _part(rows)
            row.add(tomlkit.nl())
            rows.append(row)
        return tomlkit.dumps(document).rstrip("\n") + "\n"
    # A new array of tables goes to the end, where it cannot swallow keys of another table.
    end = tomlkit.document()
    array = tomlkit.aot()
    for row in fresh:
        array.append(row)
    end.add(name, array)
    return f"{text.rstrip()}\n\n{tomlkit.dumps(end)}" if text.strip() else tomlkit.dumps(end)


def _row(values: Mapping[str, object]) -> Table:
    row = tomlkit.table()
    for key, value in values.items():
        if value in (None, "", (), []):
            continue
        if isinstance(value, Mapping):
            inside = tomlkit.inline_table()
            inside.update({name: list(each) for name, each in value.items()})
            row.add(key, inside)
        else:
            row.add(key, list(value) if isinstance(value, tuple) else value)
    return row


def _part(rows: AoT) -> None:
    """A blank line between the last row and the new one."""
    last: Table = rows[-1]
    if not last.as_string().endswith("\n\n"):
        last.add(tomlkit.nl())
