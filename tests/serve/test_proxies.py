"""Whose word on a visitor's address is believed: our proxies', for what they saw themselves."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.types import Receive, Scope, Send

from digest.serve.proxies import Forwarded, client_of, networks

OURS = networks(("127.0.0.1", "10.0.0.0/8", "::1"))


@pytest.mark.parametrize(
    ("peer", "forwarded", "expected"),
    [
        pytest.param("203.0.113.9", ["198.51.100.1"], "203.0.113.9", id="a stranger's header"),
        pytest.param("127.0.0.1", [], "127.0.0.1", id="no header"),
        pytest.param("127.0.0.1", ["198.51.100.1"], "198.51.100.1", id="our proxy's word"),
        pytest.param("127.0.0.1", ["1.2.3.4, 198.51.100.1"], "198.51.100.1", id="what a visitor made up"),
        pytest.param("127.0.0.1", ["1.2.3.4", "198.51.100.1"], "198.51.100.1", id="in two headers"),
        pytest.param("127.0.0.1", ["198.51.100.1, 10.1.2.3"], "198.51.100.1", id="two proxies of ours"),
        pytest.param("127.0.0.1", ["10.0.0.7"], "10.0.0.7", id="all are ours"),
        pytest.param("127.0.0.1", ["1.2.3.4, unknown"], "127.0.0.1", id="nonsense ends it"),
        pytest.param("::1", ["2001:db8::7"], "2001:db8::7", id="IPv6"),
        pytest.param("127.0.0.1", ["[2001:db8::7]:4711"], "2001:db8::7", id="with a port"),
        pytest.param("::ffff:127.0.0.1", ["198.51.100.1:99"], "198.51.100.1", id="mapped"),
    ],
)  # fmt: skip
def test_the_rightmost_address_that_is_not_ours_is_the_visitor(
    peer: str, forwarded: list[str], expected: str
) -> None:
    assert client_of(peer, forwarded, OURS) == expected


@given(st.lists(st.text(max_size=40)))
def test_nothing_a_visitor_writes_changes_who_they_are(invented: list[str]) -> None:
    """Whatever stands left of what our proxy added."""
    header = ",".join([*invented, "198.51.100.1"])

    assert client_of("127.0.0.1", [header], OURS) == "198.51.100.1"
    assert client_of("203.0.113.9", [header], OURS) == "203.0.113.9"


@pytest.mark.parametrize(
    ("peer", "expected"), [("127.0.0.1", ("198.51.100.1", "https")), ("203.0.113.9", ("203.0.113.9", "http"))]
)
def test_the_app_sees_the_visitor_and_the_scheme(peer: str, expected: tuple[str, str]) -> None:
    seen: list[tuple[str, str]] = []

    async def app(scope: Scope, _receive: Receive, _send: Send) -> None:
        seen.append((scope["client"][0], scope["scheme"]))

    async def unused(*_: Any) -> Any:
        raise AssertionError

    scope = {
        "type": "http", "scheme": "http", "client": (peer, 5000),
        "headers": [(b"x-forwarded-for", b"198.51.100.1"), (b"x-forwarded-proto", b"https")],
    }  # fmt: skip
    asyncio.run(Forwarded(app, OURS)(scope, unused, unused))

    assert seen == [expected]
