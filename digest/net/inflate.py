"""Content-Encoding undone in small bounded steps: gzip, deflate, br. The one home of brotli.

A chunk of 64 KB may hold 64 MB (gzip) or gigabytes (br), so nothing is ever inflated "to its end": each
step makes at most STEP bytes and the caller's cap is looked at after each (gather F9, abuse C15).
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import Protocol

import brotli

from digest.errors import FetchError

STEP = 65_536
#: a gzip body may be several members one after another; real ones have one or two
MAX_MEMBERS = 64
_GZIP = 16 + zlib.MAX_WBITS
_NONE = frozenset(("", "identity", "none", "utf-8", "utf8"))
ACCEPT_ENCODING = "gzip, deflate, br"


class Inflater(Protocol):
    """One coding of one body."""

    def feed(self, data: bytes) -> Iterator[bytes]:
        """What `data` inflates to, in pieces of at most STEP bytes or so. Raises FetchError on nonsense."""
        ...

    def finished(self) -> bool:
        """True when the body ended where its coding says it ends."""
        ...


class _Plain:
    def feed(self, data: bytes) -> Iterator[bytes]:
        yield data

    def finished(self) -> bool:
        return True


class _Zlib:
    """gzip, and deflate with zlib's header (RFC 9110) or raw, as many send it."""

    def __init__(self, wbits: int | None) -> None:
        #: None: deflate, to be told from its first byte
        self._wbits = wbits
        self._members = 0
        #: the member being read; None between two
        self._stream: zlib._Decompress | None = None
        #: behind the last member comes padding, which everybody ignores
        self._over = False

    def feed(self, data: bytes) -> Iterator[bytes]:
        while not self._over:
            stream = self._stream = self._stream or (self._begin(data) if data else None)
            if stream is None:
                return
            try:
                piece = stream.decompress(data, STEP)
            except zlib.error:
                raise _nonsense() from None
            if piece:
                yield piece
            if stream.eof:
                data, self._stream = stream.unused_data, None
                continue
            data = stream.unconsumed_tail
            if not data and len(piece) < STEP:
                return

    def _begin(self, data: bytes) -> zlib._Decompress | None:
        """The member that `data` opens; None when it is padding."""
        if self._wbits is None:
            self._wbits = zlib.MAX_WBITS if data[0] & 0x0F == 8 and data[0] < 0x80 else -zlib.MAX_WBITS
        elif self._members and (self._wbits != _GZIP or data[0] != 0x1F):
            self._over = True
            return None
        self._members += 1
        if self._members > MAX_MEMBERS:
            raise _nonsense()
        return zlib.decompressobj(self._wbits)

    def finished(self) -> bool:
        # no member at all: an empty body under a Content-Encoding, which servers do send
        return self._stream is None


class _Brotli:
    def __init__(self) -> None:
        self._stream = brotli.Decompressor()
        self._fed = False

    def feed(self, data: bytes) -> Iterator[bytes]:
        if self._stream.is_finished():
            return
        self._fed = self._fed or bool(data)
        while True:
            try:
                piece: bytes = self._stream.process(data, output_buffer_limit=STEP)
            except brotli.error:
                raise _nonsense() from None
            if piece:
                yield piece
            data = b""
            if self._stream.is_finished() or (self._stream.can_accept_more_data() and not piece):
                return

    def finished(self) -> bool:
        return not self._fed or bool(self._stream.is_finished())


def _nonsense() -> FetchError:
    return FetchError("the body is not compressed the way its headers say", kind="protocol")


def inflater(content_encoding: str) -> Inflater:
    """What undoes this Content-Encoding header. Raises FetchError for codings we did not ask for."""
    codings = [coding.strip().lower() for coding in content_encoding.split(",")]
    # "utf-8", "none" and the like are seen in the wild and mean nothing was done
    codings = [coding for coding in codings if coding not in _NONE]
    if not codings:
        return _Plain()
    if codings in (["gzip"], ["x-gzip"]):
        return _Zlib(_GZIP)
    if codings == ["deflate"]:
        return _Zlib(None)
    if codings == ["br"]:
        return _Brotli()
    raise FetchError("the body is compressed in a way we did not ask for", kind="protocol")
