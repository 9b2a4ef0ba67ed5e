"""Names to addresses we may connect to. What is not allowed never leaves here, so the address that was
checked is the address that is connected to: no gap for DNS rebinding (gather F10)."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor

from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.connector import AddrInfoType

from digest.errors import Refused
from digest.net.guard import Allow, check_address

#: from host and port to its addresses; raises OSError when there are none
Lookup = Callable[[str, int], Awaitable[tuple[str, ...]]]


class RefusedAddress(OSError):
    """Carries a refusal through aiohttp, which lets only OSErrors of the connection phase pass in order."""

    def __init__(self, refusal: Refused) -> None:
        super().__init__(str(refusal))
        self.refusal = refusal


class SystemLookup:
    """The system's resolver, in threads of our own: the loop's few default threads would let three dead
    name servers hold up everybody."""

    def __init__(self, *, threads: int) -> None:
        self._threads = ThreadPoolExecutor(max_workers=threads, thread_name_prefix="dns")

    async def __call__(self, host: str, port: int) -> tuple[str, ...]:
        loop = asyncio.get_running_loop()
        found = await loop.run_in_executor(self._threads, _getaddrinfo, host, port)
        return tuple(dict.fromkeys(str(sockaddr[0]) for *_, sockaddr in found))

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)


def _getaddrinfo(host: str, port: int) -> list[tuple[object, object, object, object, tuple[object, ...]]]:
    flags = socket.AI_ADDRCONFIG
    return list(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=flags))


class GuardedResolver(AbstractResolver):
    """aiohttp's resolver hook, and the last look at the address right before `connect`."""

    def __init__(self, allow: Allow, lookup: Lookup) -> None:
        self._allow = allow
        self._lookup = lookup
        #: addresses and ports that have passed. What names in `allow_private` led to is here too: private,
        #: and meant
        self._good: set[tuple[object, ...]] = set()

    async def resolve(
        self,
        host: str,
        port: int = 0,
        family: socket.AddressFamily = socket.AF_UNSPEC,  # noqa: ARG002  # both kinds are asked for
    ) -> list[ResolveResult]:
        try:
            addresses = await self._lookup(host, port)
        except UnicodeError:  # a label over 63 bytes, from the codec inside getaddrinfo
            raise OSError("not a name") from None
        if not addresses:
            raise OSError("no address")
        good, refusal = self._sift(addresses, host, port)
        if refusal is not None and not good:
            raise RefusedAddress(refusal)
        return [_result(host, address, port) for address in good]

    def _sift(self, addresses: tuple[str, ...], host: str, port: int) -> tuple[list[str], Refused | None]:
        good, refusal = [], None
        for address in addresses:
            try:
                check_address(address, port, self._allow, host=host)
            except Refused as why:
                refusal = why
                continue
            good.append(address)
            self._good.add((address, port))
        return good, refusal

    def check(self, sockaddr: tuple[object, ...]) -> None:
        """Raises RefusedAddress. For literal hosts, which aiohttp never resolves, this is the only look.

        It is asked for each connection and again for each answer: 10 µs of arithmetic, so what has passed is
        remembered."""
        if sockaddr[:2] in self._good:
            return
        try:
            check_address(str(sockaddr[0]), int(str(sockaddr[1])), self._allow)
        except Refused as why:
            raise RefusedAddress(why) from None
        self._good.add(sockaddr[:2])

    def socket(self, info: AddrInfoType) -> socket.socket:
        """The socket hook: called with the very address that `connect` gets."""
        family, kind, protocol, _, sockaddr = info
        self.check(sockaddr)
        return socket.socket(family=family, type=kind, proto=protocol)

    async def close(self) -> None:
        if isinstance(self._lookup, SystemLookup):
            self._lookup.close()


def _result(host: str, address: str, port: int) -> ResolveResult:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    flags = socket.AI_NUMERICHOST | socket.AI_NUMERICSERV
    return ResolveResult(hostname=host, host=address, port=port, family=family, proto=0, flags=flags)
