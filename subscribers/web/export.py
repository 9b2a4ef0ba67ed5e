"""All that is held about somebody, for themselves: `/export/<ticket>`. A page to read, and files from it.

The ticket opens the page, once; the page seals its own buttons for the files, which end with the hour.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from starlette.responses import Response
from starlette.routing import Route

from subscribers.dossier import dossier, opml, sources_of
from subscribers.house import Choice, House
from subscribers.model import Consent
from subscribers.tickets import Purpose, State
from subscribers.web import answers
from subscribers.web.asking import route
from subscribers.web.calls import Call, Deed, called, ticketed
from subscribers.web.visits import Button

#: what is told of each place of the person
MAILS = 1_000


def routes(house: House) -> list[Route]:
    return [
        ticketed(house, Purpose.EXPORT, show_export, {"export": export}),
        route(house, "/export/{ticket}/{form}", post=called(Purpose.EXPORT, download)),
    ]


def show_export(call: Call) -> Response:
    return call.answer("export.html", button=call.button("export"))


def export(call: Call) -> Response:
    """The page to read, and from it, for as long as the ticket would have lived, the files."""
    if not call.use():
        return call.over()
    return call.answer(
        "exported.html",
        told=_told(call),
        json=_sealed(call, "json"),
        opml=_sealed(call, "opml"),
        html=_sealed(call, "html"),
    )


def download(call: Call) -> Response:
    """A file. It changes nothing, and needs what the page that used the ticket has sealed."""
    form, person = call.ask.part("form"), call.person
    if form not in _FILES or person is None or call.now >= call.ticket.expires_at:
        return call.over()
    if call.ticket.state(call.now) is not State.USED or not call.is_pressed(form):
        return answers.failure(call.house, call.ask, 403)
    return _FILES[form](call)


def _json(call: Call) -> Response:
    text = json.dumps(_told(call), indent=2, ensure_ascii=False) + "\n"
    return _file(text, "application/json", "subscriptions.json")


def _html(call: Call) -> Response:
    text = call.house.pages.render(
        "dossier.html",
        call.language,
        **answers.frame(call.house, call.ask, call.language),
        told=_told(call),
        css=answers.style_of(call.house).decode(),
    )
    return _file(text, "text/html; charset=utf-8", "subscriptions.html")


def _opml(call: Call) -> Response:
    sources: dict[str, Choice] = {}
    for place in call.shelf.people.subscriptions_of(call.ticket.subscriber_id):
        card = call.house.list_by_id(place.list_id)
        if card is not None and place.consent is Consent.CONFIRMED:
            sources |= {each.slug: each for each in sources_of(place, card)}
    text = opml(call.house.site.title, sources.values(), now=call.now)
    return _file(text, "text/x-opml; charset=utf-8", "sources.opml")


_FILES: Mapping[str, Deed] = {"json": _json, "html": _html, "opml": _opml}


def _file(text: str, kind: str, name: str) -> Response:
    headers = {"Content-Type": kind, "Content-Disposition": f'attachment; filename="{name}"'}
    return Response(text.encode(), headers=headers)


def _sealed(call: Call, form: str) -> Button:
    action = answers.link(call.house, call.ask, f"{call.ask.path}/{form}")
    return replace(call.button(form), action=action)


def _told(call: Call) -> dict[str, Any]:
    person = call.person
    assert person is not None
    return dossier(
        call.shelf.people,
        person,
        card_of=call.house.list_by_id,
        mails_of=lambda place: call.shelf.issues_of(place, limit=MAILS),
        returned=call.shelf.returned,
        now=call.now,
    )
