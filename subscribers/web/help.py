"""Pages anybody may read: the way in, help, and what is kept of whom for how long. They ask no store."""

from __future__ import annotations

from starlette.responses import Response
from starlette.routing import Route

from subscribers.house import House
from subscribers.web.answers import answer
from subscribers.web.asking import Ask, route


def routes(house: House) -> list[Route]:
    return [route(house, "/help", get=show_help), route(house, "/privacy", get=show_privacy)]


def front(house: House) -> list[Route]:
    """Where nothing else stands at the site's address."""
    paths = ("/", "") if house.site.prefix else ("/",)
    return [route(house, path, get=show_front) for path in paths]


def show_front(house: House, ask: Ask) -> Response:
    return answer(house, ask, "front.html", public=True, lists=_public(house))


def show_help(house: House, ask: Ask) -> Response:
    return answer(house, ask, "help.html", public=True, lists=_public(house))


def show_privacy(house: House, ask: Ask) -> Response:
    return answer(house, ask, "privacy.html", public=True)


def _public(house: House) -> list[object]:
    return [each for each in house.lists() if each.public]
