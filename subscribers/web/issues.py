"""My issues on the web: `/w/<token>/issues`, `/w/<token>/issues/<id>`. Only their own, as the mail had them.

An issue is the mail's own HTML. Mail programs want styles on elements, so this one page allows them
(`style-src 'unsafe-inline'`), and is stricter in the rest: no script, no form, no frame, no picture but ours.
A frame around it with `sandbox` would add nothing to that, would need a height nobody knows without scripts,
and its opaque origin would keep out our own pictures.
"""

from __future__ import annotations

from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from subscribers import tokens
from subscribers.house import House
from subscribers.web.answers import failure
from subscribers.web.asking import route
from subscribers.web.preferences import visited
from subscribers.web.visits import Visit

#: a nightly reader's three months
SHOWN = 100
POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; form-action 'none'; base-uri 'none'; "
    "frame-ancestors 'none'"
)


def routes(house: House) -> list[Route]:
    return [
        route(house, "/w/{token}/issues", get=visited(show_all)),
        route(house, "/w/{token}/issues/{id}", get=visited(show_one)),
    ]


def show_all(visit: Visit) -> Response:
    issues = visit.shelf.issues_of(visit.place.id, limit=SHOWN)
    return visit.answer("issues.html", issues=issues, next_at=visit.house.next_digest(visit.place))


def show_one(visit: Visit) -> Response:
    """Their own edition. Another's, one they never had, and one that is gone are the same: not here."""
    wanted, page = visit.ask.part("id"), None
    # Eighteen digits are below what a database counts to.
    if wanted.isascii() and wanted.isdecimal() and len(wanted) <= 18:
        key = visit.shelf.keys.secret("token")
        page = visit.shelf.web_issue(
            visit.place.id,
            int(wanted),
            wishes_token=visit.ask.part("token"),
            unsubscribe_token=tokens.make(tokens.Purpose.UNSUBSCRIBE, visit.place.id, key),
        )
    if page is None:
        return failure(visit.house, visit.ask, 404)
    return HTMLResponse(page, headers={"Content-Security-Policy": POLICY})
