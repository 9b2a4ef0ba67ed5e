"""Somebody with a ticket from a letter: whose it is, the buttons it allows, and when it is over.

Looking never uses a ticket up; a button does, in the unit of work of what it allows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from starlette.responses import Response
from starlette.routing import Route

from subscribers import tickets
from subscribers.house import House, Shelf
from subscribers.letters import Kind, Letter
from subscribers.model import Subscriber, Subscription
from subscribers.tickets import Purpose, State, Ticket
from subscribers.web import answers, forms
from subscribers.web.asking import Ask, Handler, route
from subscribers.web.visits import Button


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A page asked with a ticket that is one of ours, fresh or not."""

    house: House
    ask: Ask
    shelf: Shelf
    ticket: Ticket
    now: datetime

    @property
    def person(self) -> Subscriber | None:
        """None: erased since."""
        return self.shelf.people.subscriber(self.ticket.subscriber_id)

    @property
    def place(self) -> Subscription | None:
        id = self.ticket.subscription_id
        return None if id is None else self.shelf.people.subscription(id)

    @property
    def language(self) -> str:
        place = self.place
        return self.ask.language(place.language if place else None, site=self.house.site.language)

    def button(self, do: str) -> Button:
        key = self.house.form_keys()[0]
        sealed = forms.seal(do, self.ticket.hash, key, now=self.now)
        return Button(action=answers.link(self.house, self.ask, self.ask.path), do=do, was="", seal=sealed)

    def is_pressed(self, do: str) -> bool:
        text, keys = self.ask.field(forms.FIELD), self.house.form_keys()
        within = tickets.Purpose(self.ticket.purpose).life
        known = forms.opened(text, do, self.ticket.hash, keys, now=self.now, within=within)
        return self.ask.field("do") == do and known is not None

    def use(self) -> bool:
        """Whether the ticket was fresh: from now on it is not."""
        return self.shelf.tickets.use(self.ticket.hash, self.ticket.purpose, self.now) is not None

    def answer(self, name: str, *, status: int = 200, **values: Any) -> Response:
        return answers.answer(self.house, self.ask, name, language=self.language, status=status, **values)

    def over(self) -> Response:
        """Used, or too old: what it was for may be asked for again."""
        used = self.ticket.state(self.now) is not State.EXPIRED
        return self.answer("over.html", status=410, used=used, purpose=self.ticket.purpose.value)

    def letter(self, kind: Kind, address: str, address_hash: str, **more: Any) -> Letter:
        card = self.house.list_by_id(self.place.list_id) if self.place else None
        return Letter(
            kind=kind,
            address=address,
            address_hash=address_hash,
            language=self.language,
            list_title=card.title if card else "",
            **more,
        )


Deed = Callable[[Call], Response]


def ticketed(house: House, purpose: Purpose, show: Deed, deeds: Mapping[str, Deed]) -> Route:
    def look(call: Call) -> Response:
        return show(call) if is_open(call) else call.over()

    def press(call: Call) -> Response:
        do = call.ask.field("do")
        deed = deeds.get(do)
        if deed is None or not call.ask.field(forms.FIELD):
            return answers.failure(call.house, call.ask, 400)
        if not is_open(call):
            return call.over()
        return deed(call) if call.is_pressed(do) else answers.failure(call.house, call.ask, 403)

    path = f"/{purpose.value}/{{ticket}}"
    return route(house, path, get=called(purpose, look), post=called(purpose, press))


def called(purpose: Purpose, answered: Deed) -> Handler:
    def handle(house: House, ask: Ask) -> Response:
        hashed = tickets.hash_of(ask.part("ticket"))
        with house.open() as shelf:
            ticket = shelf.tickets.look(hashed, purpose) if hashed else None
            if ticket is None:
                return answers.unknown_link(house, ask)
            return answered(Call(house=house, ask=ask, shelf=shelf, ticket=ticket, now=house.now()))

    return handle


def is_open(call: Call) -> bool:
    return call.ticket.state(call.now) is State.FRESH and call.person is not None
