"""Somebody with a link from a mail: whose place it is, and the buttons they may press there.

A link that proves nothing gets one and the same page, whatever is wrong with it. A button works only with the
seal its page gave it, for that link, that deed and that detail.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from starlette.responses import Response

from subscribers import tokens
from subscribers.house import House, ListCard, Shelf
from subscribers.joining import Proof
from subscribers.model import Subscription, SubscriptionId
from subscribers.tokens import Purpose
from subscribers.web import answers, forms
from subscribers.web.asking import Ask


@dataclass(frozen=True, slots=True, kw_only=True)
class Button:
    """A form with one button, as `form.html` writes it."""

    action: str
    #: what it does
    do: str
    #: what its undoing must know; signed with it
    was: str
    seal: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """A page about one place, asked with a token that proved it."""

    house: House
    ask: Ask
    shelf: Shelf
    place: Subscription
    now: datetime
    #: a button of this page was pressed that had stood open for too long
    stale: bool = False

    @property
    def card(self) -> ListCard | None:
        """None: the list has left digest.toml."""
        return self.house.list_by_id(self.place.list_id)

    @property
    def title(self) -> str:
        return self.card.title if self.card else self.house.site.title

    @property
    def language(self) -> str:
        return self.ask.language(self.place.language, site=self.house.site.language)

    def again(self) -> Visit:
        """The same visit, with the place as it stands after a change."""
        place = self.shelf.people.subscription(self.place.id) or self.place
        return replace(self, place=place)

    def proof(self, method: str = "web") -> Proof:
        return Proof(at=self.now, method=method, ip_prefix=self.ask.ip_prefix)

    def button(self, do: str, was: str = "") -> Button:
        return Button(
            action=answers.link(self.house, self.ask, self.ask.path),
            do=do,
            was=was,
            seal=forms.seal(do, self._subject(was), self.house.form_keys()[0], now=self.now),
        )

    def is_pressed(self, do: str) -> bool:
        """Whether that button of this page was pressed, not long ago."""
        subject, text = self._subject(self.ask.field("was")), self.ask.field(forms.FIELD)
        return forms.opened(text, do, subject, self.house.form_keys(), now=self.now) is not None

    def answer(self, name: str, *, status: int = 200, **values: object) -> Response:
        """A page in the language of the mail that led here."""
        told: dict[str, Any] = {
            "place": self.place,
            "list": self.title,
            "card": self.card,
            "stale": self.stale,
            # Only a link to the preferences leads to the preferences.
            "token": self.ask.part("token") if self.ask.path.startswith("/w/") else "",
            **values,
        }
        return answers.answer(self.house, self.ask, name, language=self.place.language, status=status, **told)

    def _subject(self, was: str) -> str:
        return f"{self.place.id} {self.ask.path} {was}"


#: what a button does, and the page that says so
Deed = Callable[[Visit], Response]


def holder_of(shelf: Shelf, ask: Ask, purpose: Purpose) -> SubscriptionId | None:
    """Whose link it is; None: it proves nothing."""
    found = tokens.read(ask.part("token"), shelf.keys.all("token"), purpose=purpose)
    return found.subscription_id if found else None


def visit_of(house: House, shelf: Shelf, ask: Ask, id: SubscriptionId) -> Visit | None:
    """None: there is no such place any more; who never confirmed is forgotten after a while."""
    place = shelf.people.subscription(id)
    return None if place is None else Visit(house=house, ask=ask, shelf=shelf, place=place, now=house.now())


def pressed(visit: Visit, deeds: Mapping[str, Deed], show: Deed) -> Response:
    """Do what the button says. Without a seal it is no form of ours; with an old one they press once more."""
    do = visit.ask.field("do")
    deed = deeds.get(do)
    if deed is None or not visit.ask.field(forms.FIELD):
        return answers.failure(visit.house, visit.ask, 400)
    if visit.is_pressed(do):
        return deed(visit)
    answer = show(replace(visit, stale=True))
    answer.status_code = 403
    return answer
