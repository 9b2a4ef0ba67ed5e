"""A request as a value, and the route that makes it one. Handlers see no framework and no event loop.

`route(house, "/u/{token}", get=show, post=change)`: handlers are plain functions run in the thread pool; what
they raise never reaches the reader. The Host header is read by nobody.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from subscribers.house import LANGUAGES, Busy, House
from subscribers.web import answers
from subscribers.web.languages import best_of
from subscribers.web.prefixes import prefix_of
from subscribers.web.security import TooLarge

_LOG = logging.getLogger("digest.web")
#: more fields than the preferences of the largest planet have
_MAX_FIELDS = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """What somebody asks of a page."""

    #: "GET" or "POST"; HEAD is asked as GET
    method: str
    #: below the prefix, as it was sent: "/u/AbC"
    path: str
    #: parts of the path, by the names the route gives them
    parts: Mapping[str, str]
    #: fields of a form, with all their values; of files there are none
    fields: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    #: what stands after "?"
    query: Mapping[str, str] = field(default_factory=dict)
    #: the language they chose on the page; None: they did not
    chosen: str | None = None
    #: the best of ours for their browser; None: it reads neither
    accepted: str | None = None
    #: the address it came from: the proxy's word where that proxy is trusted, else the connection's
    ip: str = ""

    def part(self, name: str) -> str:
        return self.parts[name]

    def field(self, name: str) -> str:
        """The last value of a field, trimmed; "" where there is none."""
        return self.fields.get(name, ("",))[-1].strip()

    @property
    def ip_prefix(self) -> str:
        """As it is kept with a consent: never a whole address."""
        return prefix_of(self.ip)

    def language(self, own: str | None = None, *, site: str) -> str:
        """What to answer in: as chosen, else the subscription's own, else the browser's, else the site's."""
        return next(each for each in (self.chosen, own, self.accepted, site) if each in LANGUAGES)


class Handler(Protocol):
    """Answers one request. May raise `Busy`, which becomes "try again"."""

    def __call__(self, house: House, ask: Ask, /) -> Response: ...


def route(
    house: House,
    path: str,
    *,
    get: Handler | None = None,
    post: Handler | None = None,
) -> Route:
    """A page. `get` answers GET and HEAD; OPTIONS tells the methods; the rest is refused."""
    handlers = {"GET": get, "HEAD": get, "POST": post}
    methods = [method for method, handler in handlers.items() if handler is not None]

    async def endpoint(request: Request) -> Response:
        if request.method == "OPTIONS":
            return Response(status_code=204, headers={"Allow": ", ".join([*methods, "OPTIONS"])})
        handler = handlers[request.method]
        assert handler is not None
        ask = await ask_of(request, house)
        return await run_in_threadpool(answered, house, ask, handler)

    return Route(house.site.prefix + path, endpoint, methods=[*methods, "OPTIONS"])


def answered(house: House, ask: Ask, handler: Callable[[House, Ask], Response]) -> Response:
    """What the handler answers; for what it raises, a page that says so in their language."""
    try:
        return handler(house, ask)
    except Busy:
        return answers.failure(house, ask, 503)
    # Nobody outside may see what went wrong inside; whoever runs this reads it in the log.
    except Exception:  # noqa: BLE001
        # A token is a secret: the path's first part says enough.
        _LOG.exception("page path=/%s/…", ask.path.strip("/").partition("/")[0])
        return answers.failure(house, ask, 500)


async def ask_of(request: Request, house: House) -> Ask:
    """The request as a value. Raises HTTPException: 400 for what is no form, 413 for too large a one."""
    fields = await _fields(request) if request.method == "POST" else {}
    return replace(asked(request, house), fields=fields)


def asked(request: Request, house: House) -> Ask:
    """The request without its body."""
    lang = request.query_params.get("lang", "")
    return Ask(
        method="POST" if request.method == "POST" else "GET",
        # Not `request.url`: that is made of the Host header.
        path=str(request.scope["path"]).removeprefix(house.site.prefix) or "/",
        parts=dict(request.path_params),
        query=dict(request.query_params),
        chosen=lang if lang in LANGUAGES else None,
        accepted=best_of(request.headers.get("accept-language", "")),
        ip=request.client.host if request.client else "",
    )


async def _fields(request: Request) -> dict[str, tuple[str, ...]]:
    try:
        form = await request.form(max_files=0, max_fields=_MAX_FIELDS)
    except TooLarge as cause:
        raise HTTPException(413) from cause
    except ClientDisconnect as cause:
        raise HTTPException(400) from cause
    # What a wrong character set or a broken multipart body makes of the parser is the sender's matter.
    except (ValueError, KeyError, LookupError) as cause:
        raise HTTPException(400) from cause
    found: dict[str, tuple[str, ...]] = {}
    for name, value in form.multi_items():
        if isinstance(value, str):
            found[name] = (*found.get(name, ()), value)
    return found
