"""A body is inflated to exactly what was deflated, in small steps, however the network cuts it."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable

import brotli
import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.errors import FetchError
from digest.net.inflate import MAX_MEMBERS, STEP, inflater


def raw_deflate(body: bytes) -> bytes:
    squeeze = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return squeeze.compress(body) + squeeze.flush()


def squeeze_brotli(body: bytes) -> bytes:
    return bytes(brotli.compress(body, quality=1))


CODINGS: list[tuple[str, Callable[[bytes], bytes]]] = [
    ("gzip", gzip.compress),
    ("x-gzip", gzip.compress),
    ("GZIP", gzip.compress),
    ("deflate", zlib.compress),
    ("deflate", raw_deflate),
    ("br", squeeze_brotli),
    ("", bytes),
    ("identity", bytes),
    ("utf-8", bytes),
]
each_coding = pytest.mark.parametrize(("coding", "squeeze"), CODINGS)
each_compression = pytest.mark.parametrize(("coding", "squeeze"), CODINGS[:6])


def pieces(coding: str, data: bytes, step: int) -> tuple[list[bytes], bool]:
    undo = inflater(coding)
    found = [piece for at in range(0, len(data), step) for piece in undo.feed(data[at : at + step])]
    return found, undo.finished()


@each_coding
@given(body=st.binary(max_size=2000), repeat=st.integers(1, 200), step=st.integers(1, 5000))
def test_what_was_compressed_comes_back(
    coding: str, squeeze: Callable[[bytes], bytes], body: bytes, repeat: int, step: int
) -> None:
    found, finished = pieces(coding, squeeze(body * repeat), step)
    assert b"".join(found) == body * repeat
    assert finished


@each_compression
def test_a_bomb_comes_out_in_small_pieces(coding: str, squeeze: Callable[[bytes], bytes]) -> None:
    found, _ = pieces(coding, squeeze(bytes(30_000_000)), 1_000_000)
    assert sum(map(len, found)) == 30_000_000
    # brotli goes over its limit by part of a block
    assert max(map(len, found)) <= 2 * STEP


@each_compression
def test_a_body_cut_short_is_not_finished(coding: str, squeeze: Callable[[bytes], bytes]) -> None:
    data = squeeze(b"planet " * 5000)
    for cut in range(1, len(data), max(1, len(data) // 20)):
        assert not pieces(coding, data[:cut], 100)[1]


@each_compression
def test_an_empty_body_under_a_coding_is_an_empty_body(
    coding: str, squeeze: Callable[[bytes], bytes]
) -> None:
    assert pieces(coding, b"", 1) == ([], True)


def test_gzip_members_follow_each_other_and_padding_is_ignored() -> None:
    data = gzip.compress(b"one ") + gzip.compress(b"two") + b"\0\0\0\0"
    for step in (1, 7, 1000):
        found, finished = pieces("gzip", data, step)
        assert b"".join(found) == b"one two"
        assert finished


def test_members_without_end_are_an_error() -> None:
    with pytest.raises(FetchError) as caught:
        pieces("gzip", gzip.compress(b"") * (MAX_MEMBERS + 1), 10_000)
    assert caught.value.kind == "protocol"


@each_compression
def test_nonsense_is_an_error(coding: str, squeeze: Callable[[bytes], bytes]) -> None:
    with pytest.raises(FetchError) as caught:
        pieces(coding, b"\x1f\xff<rss>this is not compressed</rss>" * 10, 50)
    assert caught.value.kind == "protocol"


@pytest.mark.parametrize("coding", ["zstd", "gzip, gzip", "br, gzip", "compress", "exi"])
def test_codings_nobody_asked_for_are_an_error(coding: str) -> None:
    with pytest.raises(FetchError):
        inflater(coding)
