"""`[web]`: what it may say, and what is told of what it may not."""

from __future__ import annotations

from pathlib import Path

import pytest

from digest.serve.web import place_of
from digest.settings.checks import faults
from digest.settings.schema import Settings, Web
from tests.night.house import House


def told(tmp_path: Path, **web: object) -> list[str]:
    tables = House(tmp_path, web=web).tables
    return [words for _, words in faults(Settings.model_validate(tables))]


@pytest.mark.parametrize(
    ("web", "word"),
    [
        ({"bind": "8000"}, "bind"),
        ({"bind": "digest.example.org:80"}, "bind"),
        ({"bind": "127.0.0.1:99999"}, "bind"),
        ({"trusted_proxies": ["the proxy"]}, "trusted_proxies"),
        ({"inbound": "127.0.0.1:8024"}, "inbound"),
        ({"inbound": "http://127.0.0.1:8024"}, "inbound"),
        ({"inbound": "lmtp://127.0.0.1:8024"}, "bounce_domain"),
    ],
)
def test_what_cannot_work_is_said(tmp_path: Path, web: dict[str, object], word: str) -> None:
    (words,) = told(tmp_path, **web)

    assert words.startswith("[web] ")
    assert word in words


@pytest.mark.parametrize(
    "web",
    [
        {},
        {"bind": "[::1]:8000", "trusted_proxies": ["10.0.0.0/8", "2001:db8::/32"]},
        {"bind": "localhost:0", "trusted_proxies": []},
    ],
)
def test_what_works_is_taken(tmp_path: Path, web: dict[str, object]) -> None:
    assert told(tmp_path, **web) == []


@pytest.mark.parametrize(
    ("bind", "port", "expected"),
    [
        (Web().bind, None, ("127.0.0.1", 8000)),
        ("[::1]:8000", None, ("::1", 8000)),
        ("127.0.0.1:8000", 0, ("127.0.0.1", 0)),
    ],
)
def test_a_port_that_is_typed_comes_before_that_of_the_file(
    bind: str, port: int | None, expected: tuple[str, int]
) -> None:
    assert place_of(bind, port) == expected
