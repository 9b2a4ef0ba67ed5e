"""The one HTTP client: for feeds, images and full texts alike, so that one guard holds for all of them.

It knows addresses, bytes and bounds; it does not know what a feed is. Whatever goes wrong comes out as
FetchError (or Refused) with one word and one sentence, in which no password stands.
"""

from __future__ import annotations

import asyncio
import re
import socket
import ssl
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType, TracebackType
from typing import Self
from urllib.parse import unquote_to_bytes, urljoin, urlsplit

import aiohttp
from aiohttp.client_reqrep import ClientResponse
from aiohttp.connector import Connection
from yarl import URL

from digest import log
from digest.errors import FetchError, Refused
from digest.net.faults import fault
from digest.net.guard import Allow, check_url, redact
from digest.net.inflate import ACCEPT_ENCODING, inflater
from digest.net.resolver import GuardedResolver, Lookup, SystemLookup

MAX_REDIRECTS = 5
#: longest header line, and their number (content security policies grow past aiohttp's 8 KB)
MAX_HEADER_BYTES = 32_768
MAX_HEADERS = 128
_REDIRECTS = frozenset((301, 302, 303, 307, 308))
#: aiohttp's stand-ins for header bytes that are not UTF-8: they can be neither stored nor sent back
_UNPAIRED = re.compile("[\ud800-\udfff]")

_log = log.logger("net")


@dataclass(frozen=True, slots=True, kw_only=True)
class Hop:
    """One redirect: the status that sent us on, and where to."""

    status: int
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """An answer, of whatever status."""

    status: int
    #: lower-case names, values in the order they came; values that are not UTF-8 are left out
    headers: Mapping[str, tuple[str, ...]]
    #: where it came from in the end, without user and password
    url: str
    #: the redirects on the way, in order
    hops: tuple[Hop, ...]
    #: inflated; read for 2xx only, empty otherwise
    body: bytes

    def header(self, name: str) -> str | None:
        """The header's first value, None when it is absent or empty."""
        values = self.headers.get(name)
        return (values[0] or None) if values else None


class _CheckedResponse(ClientResponse):
    """Looks at who is really at the other end before a byte of the answer is believed."""

    check_peer: GuardedResolver

    async def start(self, connection: Connection) -> ClientResponse:
        transport = connection.transport
        peer = transport.get_extra_info("peername") if transport is not None else None
        if peer is not None:
            self.check_peer.check(peer)
        return await super().start(connection)


class Client:
    """An async context manager around one connection pool. No cookies, no proxies from the environment."""

    def __init__(
        self,
        *,
        user_agent: str,
        allow: Allow | None = None,
        concurrency: int = 32,
        per_host: int = 2,
        timeout_seconds: float = 30,
        max_bytes: int = 10_000_000,
        lookup: Lookup | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """`user_agent` names us and an address for complaints; `timeout_seconds` bounds all of one `get`;
        `max_bytes` bounds a body both as it comes and inflated; `lookup` and `tls` stand in for the system's
        resolver and trust store."""
        self.max_bytes = max_bytes
        self._allow = allow or Allow()
        self._concurrency = concurrency
        self._per_host = per_host
        self._timeout_seconds = timeout_seconds
        self._lookup = lookup
        self._tls = tls
        self._standing = {"User-Agent": user_agent, "Accept-Encoding": ACCEPT_ENCODING}
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        resolver = GuardedResolver(self._allow, self._lookup or SystemLookup(threads=self._concurrency))
        self._resolver = resolver
        connector = aiohttp.TCPConnector(
            resolver=resolver,
            socket_factory=resolver.socket,
            limit=self._concurrency,
            limit_per_host=self._per_host,
            ttl_dns_cache=300,
            family=socket.AF_UNSPEC,
            ssl=self._tls or True,
        )
        self._session = aiohttp.ClientSession(
            connector=connector,
            headers=self._standing,
            cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=False,
            auto_decompress=False,
            requote_redirect_url=False,
            timeout=aiohttp.ClientTimeout(total=None, connect=None, sock_connect=None, sock_read=None),
            response_class=type("_Bound", (_CheckedResponse,), {"check_peer": resolver}),
            max_line_size=MAX_HEADER_BYTES,
            max_field_size=MAX_HEADER_BYTES,
            max_headers=MAX_HEADERS,
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._session is not None:
            await self._session.close()
        await self._resolver.close()

    async def get(self, url: str, headers: Mapping[str, str] | None = None) -> Response:
        """GET, following at most five redirects, each through the guard. Raises FetchError, Refused.

        `headers` go to every hop, conditional ones too: the validators are those of the chain's end, which we
        cannot tell beforehand, and a redirect answers the same with them. `Authorization`, given or out of
        the address, stays with the origin it was meant for."""
        try:
            async with asyncio.timeout(self._timeout_seconds):
                return await self._follow(url, dict(headers or {}))
        except TimeoutError:
            raise FetchError(
                f"{redact(url)} did not answer in full within {self._timeout_seconds:g} s", kind="timeout"
            ) from None
        except Refused as why:
            _log.warning(log.event("address_refused", url=redact(url), why=why.message))
            raise

    def permits(self, url: str) -> bool:
        """True when the guard would let `get` start on this address (its name is not resolved here)."""
        try:
            check_url(url, self._allow)
        except Refused:
            return False
        return True

    async def _follow(self, url: str, headers: dict[str, str]) -> Response:
        here, credentials = _take_credentials(check_url(url, self._allow))
        if credentials is not None:
            headers["Authorization"] = credentials
        hops: list[Hop] = []
        while True:
            answer = await self._once(here, headers, tuple(hops))
            if isinstance(answer, Response):
                return answer
            # credentials in a Location are dropped: what to log in with is not for servers to say
            there, _ = _take_credentials(check_url(answer.url, self._allow))
            if len(hops) == MAX_REDIRECTS or there == here or any(hop.url == there for hop in hops):
                raise FetchError(f"{here} redirects in circles or too often", kind="redirects")
            if _origin(there) != _origin(here):
                headers = {name: value for name, value in headers.items() if name.lower() != "authorization"}
            hops.append(Hop(status=answer.status, url=there))
            here = there

    async def _once(self, url: str, headers: dict[str, str], hops: tuple[Hop, ...]) -> Response | Hop:
        """One request. A Hop when it answers with a redirect (its address still as the server wrote it)."""
        if self._session is None:
            raise RuntimeError("a Client works inside `async with`")
        address = URL(url, encoded=True)
        try:
            async with self._session.get(address, headers=headers, allow_redirects=False) as answer:
                status = answer.status
                if status in _REDIRECTS:
                    return Hop(status=status, url=_location(answer, url))
                body = await self._body(answer) if 200 <= status < 300 else b""
                return Response(status=status, headers=_plain(answer.headers), url=url, hops=hops, body=body)
        except (aiohttp.ClientError, OSError) as error:
            raise fault(error, url) from None

    async def _body(self, answer: ClientResponse) -> bytes:
        """The body, inflated under the cap; it is never held in more than two forms at once."""
        announced = answer.content_length
        if announced is not None and announced > self.max_bytes:
            raise self._too_large()
        undo = inflater(answer.headers.get("Content-Encoding", ""))
        received, body = 0, bytearray()
        async for chunk in answer.content.iter_any():
            received += len(chunk)
            if received > self.max_bytes:
                raise self._too_large()
            for piece in undo.feed(chunk):
                body += piece
                if len(body) > self.max_bytes:
                    raise self._too_large()
        if not undo.finished():
            raise FetchError("the body broke off before its end", kind="truncated")
        return bytes(body)

    def _too_large(self) -> FetchError:
        return FetchError(f"the body is larger than {self.max_bytes} bytes", kind="too-large")


def _take_credentials(url: str) -> tuple[str, str | None]:
    """The address without its userinfo, and what that says as an Authorization header (RFC 7617, UTF-8)."""
    scheme, _, rest = url.partition("://")
    authority, slash, path = rest.partition("/")
    userinfo, at, host = authority.rpartition("@")
    if not at:
        return url, None
    user, _, password = userinfo.partition(":")
    pair = unquote_to_bytes(user) + b":" + unquote_to_bytes(password)
    return f"{scheme}://{host}{slash}{path}", f"Basic {b64encode(pair).decode('ascii')}"


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _location(answer: ClientResponse, url: str) -> str:
    location = answer.headers.get("Location", "").strip()
    if not location:
        raise FetchError(f"a redirect ({answer.status}) that does not say where to", kind="redirects")
    try:
        return urljoin(url, location)
    except ValueError:
        raise FetchError("a redirect to what is no address", kind="redirects") from None


def _plain(headers: Mapping[str, str]) -> Mapping[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for name, value in headers.items():
        if value.isascii() or not _UNPAIRED.search(value):
            key = name.lower()
            found[key] = (*found.get(key, ()), value)
    return MappingProxyType(found)
