"""The cap on one network's forms, through the proxy of deploy/: it counts visitors, and the proxy is none.

nginx itself lets one address post eleven forms at once, so one visitor meets that first; a network that fills
the house's cap of thirty is a few neighbours.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.client import HTTPConnection
from itertools import count
from pathlib import Path
from urllib.parse import urlencode

import pytest

from tests.cli.run import PATIENCE_SECONDS
from tests.serve.serving import Serving
from tests.serve.sites import ask
from tests.serve.test_deploy import NGINX, proxied
from tests.serve.test_letters import asking
from tests.web.client import FORM_TYPE, Page

pytestmark = pytest.mark.skipif(NGINX is None, reason="nginx is not installed")

#: neighbours of one network, fewer forms each than nginx refuses; together they fill the house's cap
NEIGHBOURS, EACH = ("127.7.7.1", "127.7.7.2", "127.7.7.3"), 10
CAP = len(NEIGHBOURS) * EACH
#: one more of that network, and somebody of another
LATE, STRANGER = "127.7.7.4", "127.8.8.1"
NETWORK, ELSEWHERE = "127.7.7.0/24", "127.8.8.0/24"


class Visitors:
    """People before one nginx, each at a loopback address of their own, who join with a new mail address."""

    def __init__(self, port: int, form: Mapping[str, str]) -> None:
        self._port = port
        self._form = form
        self._numbers = count()

    def join(self, visitor: str, *, claims: str = "") -> Page:
        """Post a form that is filled in well. `claims` is an X-Forwarded-For of the visitor's own."""
        body = urlencode({**self._form, "address": f"new{next(self._numbers)}@example.net"})
        headers = {"Content-Type": FORM_TYPE, "Accept-Language": "en"}
        if claims:
            headers["X-Forwarded-For"] = claims
        connection = HTTPConnection(
            "127.0.0.1", self._port, timeout=PATIENCE_SECONDS, source_address=(visitor, 0)
        )
        try:
            connection.request("POST", "/join/daily", body=body, headers=headers)
            answer = connection.getresponse()
            told = {name.lower(): value for name, value in answer.getheaders()}
            return Page(answer.status, told, answer.read())
        finally:
            connection.close()


@contextmanager
def visited(site: Path, folder: Path, *, rates: str = "") -> Iterator[Visitors]:
    """The site served, with nginx before it; what the forms caused is done when it is left."""
    form = asking(site)
    with Serving(site) as house:
        with proxied(folder, house.port, rates=rates) as port:
            yield Visitors(port, form)
        assert house.end() == 0


def is_taken(page: Page) -> bool:
    return page.status == 200 and "Check your mail" in page.words


def is_refused_by_us(page: Page) -> bool:
    """A 429 of nginx does not say for how long."""
    return page.status == 429 and 0 < int(page.headers.get("retry-after", "0")) <= 3600


def counted(site: Path) -> list[tuple[object, ...]]:
    """Letters that each network caused, as the database counts them."""
    return ask(site, "SELECT name, n FROM caps WHERE name LIKE 'prefix:%' ORDER BY name")


def test_one_network_is_told_429_while_another_behind_the_same_proxy_is_let_in(
    demo: Path, tmp_path: Path
) -> None:
    with visited(demo, tmp_path) as visitors:
        early = [visitors.join(each) for each in NEIGHBOURS for _ in range(EACH)]
        late = visitors.join(LATE)
        stranger = visitors.join(STRANGER)

    assert [is_taken(page) for page in early] == [True] * CAP
    assert is_refused_by_us(late)
    assert is_taken(stranger)
    assert counted(demo) == [(f"prefix:{NETWORK}", CAP), (f"prefix:{ELSEWHERE}", 1)]


def test_a_forwarded_for_of_the_visitor_s_own_opens_no_cap(demo: Path, tmp_path: Path) -> None:
    """Another network claimed in every form: each counts as the one it came from."""
    with visited(demo, tmp_path) as visitors:
        early = [
            visitors.join(each, claims=f"198.51.{number}.{n}")
            for number, each in enumerate(NEIGHBOURS)
            for n in range(EACH)
        ]
        late = [
            visitors.join(LATE, claims=claims)
            for claims in ("203.0.113.9", "203.0.113.9, 127.0.0.1", "127.0.0.1", "unknown", STRANGER)
        ]

    assert [is_taken(page) for page in early] == [True] * CAP
    assert [is_refused_by_us(page) for page in late] == [True] * len(late)
    assert counted(demo) == [(f"prefix:{NETWORK}", CAP)]


def test_nobody_shuts_the_door_for_somebody_else_by_claiming_their_address(
    demo: Path, tmp_path: Path
) -> None:
    with visited(demo, tmp_path) as visitors:
        for each in NEIGHBOURS:
            for _ in range(EACH):
                visitors.join(each, claims=STRANGER)
        late = visitors.join(LATE, claims=STRANGER)
        stranger = visitors.join(STRANGER)

    assert is_refused_by_us(late)
    assert is_taken(stranger)
    assert counted(demo) == [(f"prefix:{NETWORK}", CAP), (f"prefix:{ELSEWHERE}", 1)]


def test_one_visitor_is_stopped_by_nginx_before_their_network_has_filled_its_cap(
    demo: Path, tmp_path: Path
) -> None:
    """What nginx refuses is no form of that network, whatever its sender claims: neighbours still come in."""
    with visited(demo, tmp_path, rates="1r/m") as visitors:
        taken = 0
        while is_taken(refused := visitors.join(LATE, claims=f"198.51.100.{taken}")):
            taken += 1
        neighbour = visitors.join(NEIGHBOURS[0])

    assert (refused.status, refused.headers.get("retry-after")) == (429, None)
    assert 11 <= taken < CAP
    assert is_taken(neighbour)
    assert counted(demo) == [(f"prefix:{NETWORK}", taken + 1)]
