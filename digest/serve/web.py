"""The pages on a socket: uvicorn in a thread of its own, where it leaves signals alone."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Thread
from time import monotonic

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from digest.errors import UsageError
from digest.serve.health import routes as health_routes
from digest.serve.house import WebHouse
from digest.serve.inbound import why
from digest.serve.installed import Installed
from digest.serve.later import Later
from digest.serve.planet import PlanetFiles
from digest.serve.proxies import Forwarded, networks
from digest.serve.requests import Logged
from subscribers.web.app import app as pages_app

#: seconds for answers in hand, once told to end
ANSWERS = 15
#: at once; a proxy keeps the rest waiting
_CONNECTIONS = 500
_BACKLOG = 512
#: octets of a request's head
_HEAD = 32 * 1024


def app_of(house: Installed, later: Later, *, ring: Callable[[], None]) -> ASGIApp:
    """Everything at the site's address. Raises DigestError, also for a template with a fault."""
    settings = house.settings
    web = WebHouse(house, later, ring=ring)
    web.pages.check()
    planet = [PlanetFiles(house.base / settings.planet.dir, prefix=house.prefix)] if settings.planet else []
    pages = pages_app(web, others=[*health_routes(house), *planet])
    told = Forwarded(pages, networks(settings.web.trusted_proxies))
    return Logged(told, prefix=house.prefix, clock=monotonic)


class Front:
    """The app as it is now: replaced whole when settings change, between two requests."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.app(scope, receive, send)


class Web:
    """The server. `start`, `end` and `join` once each."""

    def __init__(self, app: ASGIApp, listening: socket.socket, *, ended: Callable[[], None]) -> None:
        """`ended` is called from its thread when it is over, asked for or not."""
        self._listening = listening
        self._ended = ended
        self._server = uvicorn.Server(
            uvicorn.Config(
                app,
                http="h11",
                ws="none",
                lifespan="off",
                log_config=None,
                access_log=False,
                server_header=False,
                # `proxies` does it, by the rightmost rule.
                proxy_headers=False,
                limit_concurrency=_CONNECTIONS,
                timeout_keep_alive=15,
                timeout_graceful_shutdown=ANSWERS,
                h11_max_incomplete_event_size=_HEAD,
            )
        )
        self._thread = Thread(target=self._run, name="web", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def end(self) -> None:
        """No new connection; answers in hand are finished."""
        self._server.should_exit = True

    def join(self, until: float) -> None:
        """Wait for its end, to that instant of the monotonic clock."""
        self._thread.join(max(0.0, until - monotonic()))

    def _run(self) -> None:
        try:
            self._server.run(sockets=[self._listening])
        finally:
            self._ended()


def place_of(bind: str, port: int | None) -> tuple[str, int]:
    """ "127.0.0.1:8000" or "[::1]:8000" as host and port; the settings have checked its form."""
    host, _, number = bind.rpartition(":")
    return host.strip("[]"), int(number) if port is None else port


@contextmanager
def listener(host: str, port: int) -> Iterator[socket.socket]:
    """A socket that listens there. Raises UsageError where it cannot."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listening = socket.create_server((host, port), family=family, backlog=_BACKLOG)
    except OSError as cause:
        raise UsageError(
            f"{host}:{port} cannot be listened on: {why(cause)}.",
            mend="Another `digest serve` may be running. --port and [web] bind name another place.",
        ) from cause
    with listening:
        yield listening
