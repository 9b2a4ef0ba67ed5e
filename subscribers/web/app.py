"""The pages as one application: every group's routes under the prefix of `site.url`, errors, the stylesheet.

What else a house shows at its address (the planet's files, /health) is passed in, and asked last.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from subscribers.house import House
from subscribers.web import answers, export, issues, joining, leaving, less, person, preferences
from subscribers.web.asking import Ask, asked, route
from subscribers.web.help import front
from subscribers.web.help import routes as help_routes
from subscribers.web.security import Guarded

#: each exports its routes; the first that matches answers
GROUPS: tuple[Callable[[House], Sequence[Route]], ...] = (
    leaving.routes,
    less.routes,
    joining.routes,
    preferences.routes,
    issues.routes,
    person.routes,
    export.routes,
    help_routes,
)

#: an address with the version in it never changes its content
_FOR_EVER = "public, max-age=31536000, immutable"


def app(house: House, *, others: Sequence[BaseRoute] = ()) -> Starlette:
    """The application. `others` come after our pages and before the page that lists the lists at "/"."""
    pages = [each for group in GROUPS for each in group(house)]
    built = Starlette(
        routes=[*pages, route(house, "/static/style.css", get=_style), *others, *front(house)],
        middleware=[Middleware(Guarded, is_https=house.site.is_https)],
        exception_handlers={HTTPException: _refused},
    )
    # It would answer with the Host header in an address.
    built.router.redirect_slashes = False
    built.state.house = house
    return built


def _style(house: House, ask: Ask) -> Response:
    content = answers.style_of(house)
    known = ask.query.get("v") == answers.style_version(house)
    kept = _FOR_EVER if known else "no-cache"
    return Response(content, media_type="text/css", headers={"Cache-Control": kept})


def _refused(request: Request, refusal: Exception) -> Response:
    """No such page, no such method, no form: in their language, with a way on."""
    assert isinstance(refusal, HTTPException)
    house: House = request.app.state.house
    return answers.failure(
        house, asked(request, house), refusal.status_code, headers=dict(refusal.headers or {})
    )
