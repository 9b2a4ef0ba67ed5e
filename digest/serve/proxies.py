"""Whose word counts on where a request came from: the rightmost address that no proxy of ours has.

Each proxy adds the address it saw at the right of X-Forwarded-For; what stands left of the first one that
is not ours was written by a stranger. From anybody else the headers mean nothing. Pure, and an ASGI layer.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

Network = IPv4Network | IPv6Network
#: addresses in the header that are looked at: more proxies in a row has nobody
_MOST = 20


def networks(names: Iterable[str]) -> tuple[Network, ...]:
    """Addresses and networks as digest.toml has them; the settings have checked their form."""
    return tuple(ip_network(name, strict=False) for name in names)


def client_of(peer: str, forwarded: Sequence[str], trusted: Sequence[Network]) -> str:
    """Whoever asked. `forwarded`: each X-Forwarded-For header, in order."""
    client = _address(peer)
    if client is None:
        return peer
    chain = ",".join(forwarded).split(",")[-_MOST:] if forwarded else []
    while chain and is_trusted(client, trusted):
        before = _address(chain.pop())
        if before is None:
            break  # "unknown", or nonsense: the proxy in front of it is all we know
        client = before
    return str(client)


def is_trusted(address: IPv4Address | IPv6Address, trusted: Sequence[Network]) -> bool:
    return any(address in network for network in trusted)


class Forwarded:
    """An app that sees the client, and the scheme, where a trusted proxy tells them."""

    def __init__(self, app: ASGIApp, trusted: Sequence[Network]) -> None:
        self._app = app
        self._trusted = tuple(trusted)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope.get("client"):
            scope = {**scope, **self._told(scope)}
        await self._app(scope, receive, send)

    def _told(self, scope: Scope) -> dict[str, object]:
        peer, port = scope["client"]
        address = _address(peer)
        if address is None or not is_trusted(address, self._trusted):
            return {}
        headers = Headers(scope=scope)
        client = client_of(peer, headers.getlist("x-forwarded-for"), self._trusted)
        scheme = headers.get("x-forwarded-proto", "").strip().lower()
        told: dict[str, object] = {"client": (client, port if client == peer else 0)}
        return told | ({"scheme": scheme} if scheme in ("http", "https") else {})


def _address(text: str) -> IPv4Address | IPv6Address | None:
    """ "192.0.2.1", "192.0.2.1:4711", "[2001:db8::1]:4711"; None for what is no address."""
    plain = text.strip()
    if plain.startswith("["):
        plain = plain[1:].partition("]")[0]
    elif plain.count(":") == 1:
        plain = plain.partition(":")[0]
    try:
        address = ip_address(plain)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address
