"""The whole planet as files of one folder, in HTML with its feeds, or as plain text."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from functools import partial
from pathlib import Path
from xml.sax.saxutils import escape

from digest.gather import opml
from digest.log import event, logger
from digest.planet import archive, feeds, pages, places
from digest.planet.desk import Desk, Format
from digest.planet.folder import File, Folder, Published
from digest.planet.views import topic_titles
from digest.settings import Settings
from digest.storage.protocol.store import Store

_log = logger("planet")


def build(
    store: Store,
    settings: Settings,
    folder: Folder,
    *,
    base: Path,
    format: Format = "html",
    settled_before: datetime | None = None,
) -> Published:
    """Bring the folder to what the shelves hold. Run again, it writes nothing.

    Issues cut before `settled_before` are not set again where they are there; None: every file is.
    Raises FolderError, and TemplateError; either leaves the folder as it was.
    """
    desk = Desk(store, settings, base=base, format=format)
    done = folder.publish(_files(desk, settled_before=settled_before))
    _log.info(event("planet", files=done.files, written=done.written, removed=done.removed))
    return done


def _files(desk: Desk, *, settled_before: datetime | None) -> Iterator[File]:
    yield from pages.files(desk)
    yield from archive.files(desk, settled_before=settled_before)
    if desk.format == "text":
        return
    yield from feeds.files(desk)
    yield File(path=places.STYLE, content=lambda: desk.press.render("planet/style.css", {}).encode("utf-8"))
    yield File(path=places.OPML, content=partial(_opml, desk))
    yield File(path=places.SITEMAP, content=partial(_sitemap, desk))


def _opml(desk: Desk) -> bytes:
    """Every source the world can read, a folder a topic."""
    titles = topic_titles(desk.settings, desk.viewer().words)
    outlines = [
        opml.Outline(
            url=source.feed_url,
            title=source.title,
            site_url=source.site_url,
            folders=tuple(titles[topic] for topic in source.topics),
        )
        for source in desk.source_views()
        if source.feed_url
    ]
    return opml.write(desk.settings.site.title, outlines).encode("utf-8")


def _sitemap(desk: Desk) -> bytes:
    """The pages for search engines (sitemaps.org 0.9)."""
    paths = [
        *(places.page(page.topic, page.number, desk.format) for page in pages.pages(desk)),
        places.issues(desk.format),
        *(each.path(desk.format) for each in archive.archived(desk)),
    ]
    rows = "".join(f"<url><loc>{escape(places.public(desk.url, path))}</loc></url>\n" for path in paths)
    head = '<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n'
    return f"{head}{rows}</urlset>\n".encode()
