"""The planet's folder at the site's address: its files and nothing beside them.

A route that only matches what is there, so our own pages and the page for what is missing come after it.
"""

from __future__ import annotations

import mimetypes
import stat
from collections.abc import Mapping
from email.utils import formatdate, parsedate_to_datetime
from os import stat_result
from pathlib import Path
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import FileResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Match
from starlette.types import Receive, Scope, Send

#: feeds and the like by their own names; the machine's table of types may know none of them
_TYPES = {
    "atom.xml": "application/atom+xml",
    "rss.xml": "application/rss+xml",
    ".opml": "text/x-opml",
    ".xml": "application/xml",
    ".html": "text/html",
    ".css": "text/css",
    ".txt": "text/plain",
    ".avif": "image/avif",
    ".webp": "image/webp",
}
_POLICY = (
    "default-src 'none'; style-src 'self' 'unsafe-inline'; img-src 'self' https: http: data:; "
    "media-src https: http:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    # Stories show pictures of their publishers; what they are written in was cleaned.
    "Content-Security-Policy": _POLICY,
    "Cache-Control": "public, max-age=300",
    "X-Robots-Tag": "all",
    # Mails in a webmail show our pictures, and readers of feeds our feeds.
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Access-Control-Allow-Origin": "*",
}


class PlanetFiles(BaseRoute):
    """GET and HEAD of what lies in a folder. Names that begin with a dot are nobody's."""

    def __init__(self, folder: Path, *, prefix: str) -> None:
        self._folder = folder
        self._prefix = prefix

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD"):
            return Match.NONE, {}
        found = self.find(str(scope["path"]))
        return (Match.NONE, {}) if found is None else (Match.FULL, {"planet": found})

    def find(self, path: str) -> Path | str | None:
        """The file at a path, or the path it should have been asked at; None: nothing of ours is there."""
        if path == self._prefix and self._prefix:
            return f"{path}/" if self._file("index.html") else None
        if not path.startswith(f"{self._prefix}/"):
            return None
        name = path[len(self._prefix) + 1 :]
        if name == "" or name.endswith("/"):
            return self._file(f"{name}index.html")
        if (file := self._file(name)) is not None:
            return file
        return f"{path}/" if self._file(f"{name}/index.html") else None

    def _file(self, name: str) -> Path | None:
        parts = name.split("/")
        if any(not part or part.startswith(".") or "\0" in part or "\\" in part for part in parts):
            return None
        path = self._folder.joinpath(*parts)
        try:
            # Of a link that leads out of the folder, nobody asked us to show the end.
            inside = path.resolve(strict=True).is_relative_to(self._folder.resolve())
            return path if inside and path.is_file() else None
        except OSError:
            return None

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._answer(Request(scope), scope["planet"])(scope, receive, send)

    def _answer(self, request: Request, found: Path | str) -> Response:
        if isinstance(found, str):
            # A path, never a host: what stands in Host is the visitor's word.
            return RedirectResponse(quote(found), 301, headers=_HEADERS)
        try:
            there = found.stat()
        except OSError:
            return Response(status_code=404)
        headers = {**_HEADERS, "Last-Modified": formatdate(there.st_mtime, usegmt=True), "ETag": _tag(there)}
        if not stat.S_ISREG(there.st_mode):
            return Response(status_code=404)
        if is_unchanged(request.headers, there):
            return Response(status_code=304, headers=headers)
        return FileResponse(found, media_type=type_of(found.name), headers=headers, stat_result=there)


def type_of(name: str) -> str:
    """The media type a file of ours is sent as."""
    known = _TYPES.get(name) or _TYPES.get(Path(name).suffix)
    return known or mimetypes.guess_type(name)[0] or "application/octet-stream"


def is_unchanged(headers: Mapping[str, str], there: stat_result) -> bool:
    """Whether the asker has it as it is (RFC 9110 §13.2.2): by its tag, else by its date."""
    tags = headers.get("if-none-match")
    if tags is not None:
        return (
            _tag(there) in [tag.strip().removeprefix("W/") for tag in tags.split(",")] or tags.strip() == "*"
        )
    since = headers.get("if-modified-since")
    try:
        return since is not None and int(there.st_mtime) <= parsedate_to_datetime(since).timestamp()
    except (TypeError, ValueError, OverflowError):
        return False


def _tag(there: stat_result) -> str:
    return f'"{there.st_mtime_ns:x}-{there.st_size:x}"'
