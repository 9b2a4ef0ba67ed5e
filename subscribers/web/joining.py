"""Joining: `/join/<list>`, "check your mail", `/confirm/<ticket>`, and `/link` for who has lost theirs.

A form is answered before its address is looked up: all the page knows is what was typed. What it causes is
done afterwards (`House.later`), so that answer and timing tell nobody who is on a list (abuse C4).
"""

from __future__ import annotations

import math
from datetime import timedelta
from functools import partial

from starlette.responses import Response
from starlette.routing import Route

from subscribers import addresses, tickets
from subscribers.addresses import Address, BadAddress
from subscribers.house import LANGUAGES, Busy, House, ListCard, Shelf
from subscribers.joining import Proof
from subscribers.model import Consent, Subscription
from subscribers.tickets import Purpose, State, Ticket
from subscribers.web import admitting, forms
from subscribers.web.admitting import Wish
from subscribers.web.answers import answer, failure, link
from subscribers.web.asking import Ask, route
from subscribers.web.gate import Gate

#: nobody reads a page, writes an address and presses a button in less
_QUICKEST = timedelta(seconds=2)
#: mail takes a moment
_AGAIN_AFTER = timedelta(seconds=60)


def routes(house: House) -> list[Route]:
    door = Door(Gate())
    return [
        route(house, "/join/{list}", get=door.show, post=door.join),
        route(house, "/confirm/{code}", get=show_confirm, post=confirm),
        route(house, "/link", get=door.show_link, post=door.mail_link),
    ]


class Door:
    """The forms that strangers fill in."""

    def __init__(self, gate: Gate) -> None:
        self._gate = gate

    def show(self, house: House, ask: Ask) -> Response:
        card = _public(house, ask)
        return failure(house, ask, 404) if card is None else _form(house, ask, card)

    def join(self, house: House, ask: Ask) -> Response:
        card = _public(house, ask)
        if card is None:
            return failure(house, ask, 404)
        shut = self._shut(house, ask)
        if shut is not None:
            return shut
        address = _address(house, ask)
        again = ask.field("do") == "again"
        fault = _fault(house, ask, address, f"join {card.slug}", "again" if again else "join")
        if fault is not None or not isinstance(address, Address):
            if again and isinstance(address, Address):
                return _check(house, ask, card, address, early=True)
            return _form(house, ask, card, fault=fault or "", address=address)
        language = _language(house, ask)
        wish = Wish(
            address=address, card=card, language=language, again=again, proof=_proof(house, ask, card)
        )
        if not forms.is_trapped(ask) and self._gate.has_room(house.now()):
            house.later(lambda shelf: admitting.ask(house, shelf, wish))
        return _check(house, ask, card, address, again=again)

    def show_link(self, house: House, ask: Ask) -> Response:
        return _link_form(house, ask)

    def mail_link(self, house: House, ask: Ask) -> Response:
        shut = self._shut(house, ask)
        if shut is not None:
            return shut
        address = _address(house, ask)
        fault = _fault(house, ask, address, "link", "link")
        if fault is not None or not isinstance(address, Address):
            return _link_form(house, ask, fault=fault or "", address=address)
        proof = Proof(at=house.now(), method="web", ip_prefix=ask.ip_prefix)
        if not forms.is_trapped(ask) and self._gate.has_room(house.now()):
            house.later(lambda shelf: admitting.mail_link(house, shelf, address, proof))
        return answer(house, ask, "linked.html", address=address.address)

    def _shut(self, house: House, ask: Ask) -> Response | None:
        wait = self._gate.shut_for(ask.ip_prefix, house.now())
        if wait is None:
            return None
        return failure(house, ask, 429, headers={"Retry-After": str(math.ceil(wait.total_seconds()))})


def _behind(house: House, shelf: Shelf, ask: Ask) -> tuple[Ticket, Subscription, ListCard] | None:
    """What the code in the address stands for: the ticket, the place, its list. None: nothing of ours."""
    hashed = tickets.hash_of(ask.part("code"))
    ticket = shelf.tickets.look(hashed, Purpose.CONFIRM) if hashed else None
    place = shelf.people.subscription(ticket.subscription_id) if ticket and ticket.subscription_id else None
    card = house.list_by_id(place.list_id) if place else None
    return None if ticket is None or place is None or card is None else (ticket, place, card)


def show_confirm(house: House, ask: Ask) -> Response:
    with house.open() as shelf:
        if (behind := _behind(house, shelf, ask)) is None:
            return answer(house, ask, "confirm-unknown.html", status=404)
        ticket, place, card = behind
        if ticket.state(house.now()) is not State.FRESH:
            return _spent(house, ask, card, place)
        return answer(
            house,
            ask,
            "confirm.html",
            language=place.language,
            card=card,
            wording=wording(house, card, ask.language(place.language, site=house.site.language)),
            action=link(house, ask, ask.path),
        )


def confirm(house: House, ask: Ask) -> Response:
    """The code is the proof: whoever posts it has opened the mail. A link that is too old may be renewed."""
    now = house.now()
    proof = partial(Proof, at=now, method="web", ip_prefix=ask.ip_prefix)
    with house.open() as shelf:
        if (behind := _behind(house, shelf, ask)) is None:
            return answer(house, ask, "confirm-unknown.html", status=404)
        ticket, place, card = behind
        if ask.field("do") == "renew" and ticket.state(now) is not State.FRESH:
            admitting.renew(house, shelf, ticket, proof())
            return answer(house, ask, "renewed.html", language=place.language, card=card)
        words = wording(house, card, ask.language(place.language, site=house.site.language))
        member = admitting.confirm(house, shelf, ticket.hash, proof(wording=words))
        if member is None:
            return _spent(house, ask, card, place)
        return answer(
            house,
            ask,
            "joined.html",
            language=place.language,
            card=card,
            next_at=house.next_digest(member.subscription),
            preferences=link(house, ask, admitting.wishes_path(shelf, member.subscription)),
        )


def wording(house: House, card: ListCard, language: str) -> str:
    """What they agree to, as the page says it and the proof keeps it."""
    return " ".join(house.pages.render("consent.txt", language, card=card, site=house.site).split())


def _spent(house: House, ask: Ask, card: ListCard, place: Subscription) -> Response:
    """A link that was used, or is too old. Who is on the list hears just that: a second click is no fault."""
    is_on = place.consent is Consent.CONFIRMED
    return answer(
        house,
        ask,
        "confirm-old.html",
        language=place.language,
        status=200 if is_on else 410,
        card=card,
        is_on=is_on,
        action=link(house, ask, ask.path),
    )


def _public(house: House, ask: Ask) -> ListCard | None:
    """A list that is not public is as unknown as one that is not there."""
    card = house.list_of(ask.part("list"))
    return card if card is not None and card.public else None


def _address(house: House, ask: Ask) -> Address | BadAddress:
    found = addresses.parse(ask.field("address"))
    if isinstance(found, Address) and admitting.is_ours(house.site, found):
        return BadAddress("ours")
    return found


def _fault(house: House, ask: Ask, address: Address | BadAddress, subject: str, purpose: str) -> str | None:
    """Why a form is shown once more: one word for its template; None: it may be done."""
    sealed = ask.field(forms.FIELD)
    if not sealed:
        # From a form on another site: our page shows what is asked, and asks for one click.
        return "address" if ask.field("address") and isinstance(address, BadAddress) else "elsewhere"
    if isinstance(address, BadAddress):
        return "ours" if address.words == "ours" else "address" if ask.field("address") else "empty"
    found = forms.opened(sealed, purpose, subject, house.form_keys(), now=house.now())
    if found is None:
        return "old"
    least = _AGAIN_AFTER if purpose == "again" else _QUICKEST
    # Seals count whole seconds.
    return "quick" if house.now().replace(microsecond=0) - found.at < least else None


def _language(house: House, ask: Ask) -> str:
    wanted = ask.field("language")
    return wanted if wanted in LANGUAGES else ask.language(site=house.site.language)


def _proof(house: House, ask: Ask, card: ListCard) -> Proof:
    words = wording(house, card, ask.language(site=house.site.language))
    return Proof(at=house.now(), method="web", wording=words, ip_prefix=ask.ip_prefix)


def _seal(house: House, purpose: str, subject: str) -> str:
    return forms.seal(purpose, subject, house.form_keys()[0], now=house.now())


def _form(
    house: House, ask: Ask, card: ListCard, *, fault: str = "", address: Address | BadAddress | None = None
) -> Response:
    is_wrong = isinstance(address, BadAddress) and fault in ("address", "empty", "ours")
    spoken = ask.language(site=house.site.language)
    return answer(
        house,
        ask,
        "join.html",
        status=422 if is_wrong else 200,
        headers={"X-Robots-Tag": "all"} if ask.method == "GET" else {},
        card=card,
        fault=fault,
        is_wrong=is_wrong,
        typed=ask.field("address")[:254],
        spoken=_language(house, ask),
        wording=wording(house, card, spoken),
        seal=_seal(house, "join", f"join {card.slug}"),
        action=link(house, ask, ask.path),
        last_issue=_last_issue(house, card) if ask.method == "GET" else None,
        plain_action=f"{house.site.url}/join/{card.slug}",
    )


def _last_issue(house: House, card: ListCard) -> str | None:
    """Nice to have: a busy store shuts no door."""
    try:
        with house.open() as shelf:
            return shelf.last_issue(card.id)
    except Busy:
        return None


def _check(
    house: House, ask: Ask, card: ListCard, address: Address, *, again: bool = False, early: bool = False
) -> Response:
    return answer(
        house,
        ask,
        "check.html",
        card=card,
        address=address.address,
        language_wanted=_language(house, ask),
        again=again,
        early=early,
        seal=_seal(house, "again", f"join {card.slug}"),
        action=link(house, ask, ask.path),
    )


def _link_form(
    house: House, ask: Ask, *, fault: str = "", address: Address | BadAddress | None = None
) -> Response:
    is_wrong = isinstance(address, BadAddress) and fault in ("address", "empty", "ours")
    return answer(
        house,
        ask,
        "link.html",
        status=422 if is_wrong else 200,
        fault=fault,
        is_wrong=is_wrong,
        typed=ask.field("address")[:254],
        seal=_seal(house, "link", "link"),
        action=link(house, ask, ask.path),
    )
