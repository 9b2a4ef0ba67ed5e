"""Where each page and feed stands in the folder, and how one leads to another. Pure.

Links between our pages are relative: the planet reads the same from a disk, below a path, or at a root.
"""

from __future__ import annotations

import posixpath
from typing import Literal

#: of each format, how its files end
SUFFIX = {"html": ".html", "text": ".txt"}

STYLE = "style.css"
OPML = "sources.opml"
SITEMAP = "sitemap.xml"


def page(topic: str | None, number: int, format: str) -> str:
    """ "index.html", "page/2.html", "topics/events.html", "topics/events/2.html"."""
    end = SUFFIX[format]
    if topic is None:
        return f"index{end}" if number == 1 else f"page/{number}{end}"
    return f"topics/{topic}{end}" if number == 1 else f"topics/{topic}/{number}{end}"


def feed(topic: str | None, kind: Literal["atom", "rss"]) -> str:
    """ "atom.xml", "topics/events/rss.xml"."""
    return f"{kind}.xml" if topic is None else f"topics/{topic}/{kind}.xml"


def issues(format: str) -> str:
    return f"issues/index{SUFFIX[format]}"


def between(here: str, there: str) -> str:
    """The relative address that leads from one of our files to another."""
    return posixpath.relpath(there, posixpath.dirname(here) or ".")


def public(url: str, path: str) -> str:
    """The whole address of a file of ours: an index is its folder."""
    return f"{url}/{path.removesuffix('index.html')}"
