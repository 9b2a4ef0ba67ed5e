"""Replies are bounded in time, and content is written so that nothing in it ends it."""

from __future__ import annotations

import re
import socket
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.deliver.replies import Replies, dotted, parted, plain


def test_a_relay_that_trickles_is_not_given_more_time() -> None:
    ours, theirs = socket.socketpair()
    enough = threading.Event()

    def trickle() -> None:
        while not enough.wait(0.005):
            theirs.sendall(b"2")

    feeder = threading.Thread(target=trickle)
    with ours, theirs:
        feeder.start()
        with pytest.raises(TimeoutError):
            Replies().read(ours, seconds=0.2)
        enough.set()
        feeder.join(10)


def test_a_reply_may_come_in_pieces_and_lines() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(b"250-one\r\n250 two\r\n")

        assert Replies().read(ours, seconds=10) == (250, b"one\ntwo")


@given(st.binary(max_size=200) | st.lists(st.sampled_from([b".", b"\r\n", b"\n", b"\r", b"a"])).map(b"".join))
def test_undotting_gives_the_content_back_with_whole_lines(content: bytes) -> None:
    wire = dotted(content)
    body, end = wire[:-3], wire[-3:]

    whole = re.sub(rb"\r\n|\r|\n", b"\r\n", content)
    whole = whole if whole.endswith(b"\r\n") or not whole else whole + b"\r\n"

    assert end == b".\r\n"
    assert b"\r\n.\r\n" not in b"\r\n" + body
    assert re.sub(rb"(?m)^\.", b"", body) == whole


def test_an_enhanced_code_is_parted_from_the_words() -> None:
    assert parted("5.1.10 no such host") == ("5.1.10", "no such host")
    assert parted("5.1 is no code") == (None, "5.1 is no code")


@given(st.binary())
def test_words_are_printable_and_bounded(words: bytes) -> None:
    kept = plain(words)

    assert kept.isprintable()
    assert len(kept) <= 500
