"""What MakeMake, the program behind Planète AFPy, is configured with: sources as a YAML list (pure).

- name: "ascendances"
  url: https://ascendances.example/feed/
  link: https://ascendances.example/
"""

from __future__ import annotations

from collections.abc import Iterator

import yaml

from digest.errors import UnreadableFeed
from digest.gather.opml import Imported, Outline

#: keys under which such lists have been seen to stand, where the list is not the whole file
_HOLDERS = ("sources", "feeds", "subscriptions")


def read(text: str) -> Imported:
    """Every source, in the order of the file. Raises UnreadableFeed when it is no such file."""
    try:
        # Text only: a source called "No" or "2024" keeps its name, no tag makes an object, none is merged.
        document = yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506
    except (yaml.YAMLError, RecursionError, ValueError) as cause:
        words = " ".join(str(cause).split())[:200]
        raise UnreadableFeed(f"This is not YAML: {words}", kind="unreadable") from cause
    found: dict[str, Outline] = {}
    for row in _rows(document):
        outline = _outline(row)
        if outline is not None:
            found.setdefault(outline.url, outline)
    if not found:
        raise UnreadableFeed("There is no list of sources with a url in it.", kind="unreadable")
    return Imported(format="YAML", outlines=tuple(found.values()))


def _rows(document: object) -> Iterator[dict[str, object]]:
    if isinstance(document, dict):
        document = next((document[key] for key in _HOLDERS if key in document), None)
    if isinstance(document, list):
        yield from (row for row in document if isinstance(row, dict))


def _outline(row: dict[str, object]) -> Outline | None:
    def said(*keys: str) -> str:
        return next((" ".join(value.split()) for key in keys if isinstance(value := row.get(key), str)), "")

    url = said("url", "feed", "xmlUrl")
    if not url:
        return None
    return Outline(
        url=url,
        title=said("name", "title"),
        site_url=said("link", "site", "htmlUrl") or None,
        language=said("language", "lang") or None,
    )
