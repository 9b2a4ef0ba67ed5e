"""One line a request, with nothing of a reader in it: no token, no address, no query, no network address."""

from __future__ import annotations

import re
from collections.abc import Callable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from digest.log import event, logger

_LOG = logger("web")

#: of our own pages and the planet's, these parts lead to nobody
_OPEN = frozenset({"help", "images", "issues", "join", "joined", "privacy", "static", "topics"})
#: a name we made: a slug, a number, a file
_NAME = re.compile(r"[a-z0-9][a-z0-9.-]{0,63}")


def shown(path: str, prefix: str = "") -> str:
    """A path as a log may hold it: "/u/…", "/issues/weekly/12.html", "/…" for what strangers invent."""
    first, slash, rest = path.removeprefix(prefix).lstrip("/").partition("/")
    if not first and not slash:
        return "/"
    if not _NAME.fullmatch(first):
        return "/…"
    if not slash:
        return f"/{first}"
    is_open = first in _OPEN and all(_NAME.fullmatch(part) for part in rest.split("/") if part)
    return f"/{first}/{rest if is_open else '…'}"


class Logged:
    """An app with a line of log for each request."""

    def __init__(self, app: ASGIApp, *, prefix: str, clock: Callable[[], float]) -> None:
        """`clock`: seconds, of a clock that only goes forward."""
        self._app = app
        self._prefix = prefix
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun, status = self._clock(), 0

        async def noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, noted)
        finally:
            took = round(1000 * (self._clock() - begun))
            path = shown(scope["path"], self._prefix)
            _LOG.info(event("request", method=_method(scope), path=path, status=status, ms=took))


def _method(scope: Scope) -> str:
    method = str(scope["method"])
    return method if method.isalpha() and len(method) < 10 else "?"
