"""Which rows take which new slug when digest.toml renames a source or a list by `formerly`. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def renamed(configured: Iterable[tuple[str, Sequence[str]]], stored: Iterable[str]) -> list[tuple[str, str]]:
    """(old slug, new slug) of each row to rename; `configured` gives each slug with its former ones.

    A row whose slug is configured keeps it, and a slug that has a row takes no other: so `formerly` may
    stay in the file for ever.
    """
    rows = list(configured)
    there = set(stored)
    free = there - {slug for slug, _ in rows}
    found = []
    for slug, formerly in rows:
        was = next((old for old in formerly if old in free), None)
        if slug in there or was is None:
            continue
        free.discard(was)
        found.append((was, slug))
    return found
