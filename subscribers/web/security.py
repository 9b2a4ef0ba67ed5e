"""What is true of every answer, whoever gave it: headers, and how much may be sent to us. Pure ASGI.

A header that the answer has set stands: planet pages show pictures of others, a stylesheet may be kept.
"""

from __future__ import annotations

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

#: octets of a request's body: the preferences of the largest planet are some 30 KB
BODY_LIMIT = 128 * 1024

POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    # Addresses of pages hold tokens.
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
_HSTS = {"Strict-Transport-Security": "max-age=31536000"}


class TooLarge(Exception):
    """More was sent than any form of ours holds."""


class Guarded:
    """An app behind the headers and the limit. Reading more than the limit raises TooLarge."""

    def __init__(self, app: ASGIApp, *, is_https: bool, limit: int = BODY_LIMIT) -> None:
        self._app = app
        self._headers = {**HEADERS, **(_HSTS if is_https else {})}
        self._limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, self._counted(receive), guarded)

    def _counted(self, receive: Receive) -> Receive:
        """A body is counted as it comes: what is declared may be a lie, or missing."""
        left = self._limit

        async def counted() -> Message:
            nonlocal left
            message = await receive()
            left -= len(message.get("body", b""))
            if left < 0:
                raise TooLarge
            return message

        return counted
