"""What is stronger than preferences: `/address/<ticket>` and `/erase/<ticket>` (`/export/` is `export`'s).

A new address proves itself with a ticket of its own, and nobody learns whether it was known before.
"""

from __future__ import annotations

from starlette.responses import Response
from starlette.routing import Route

from subscribers import addresses, caps, tickets
from subscribers.addresses import Address
from subscribers.asking import LIFTED
from subscribers.house import House
from subscribers.letters import Kind
from subscribers.tickets import Purpose
from subscribers.web import answers
from subscribers.web.calls import Call, ticketed
from subscribers.web.choices import Fault


def routes(house: House) -> list[Route]:
    return [
        ticketed(house, Purpose.ADDRESS, show_address, {"ask": ask_new, "move": move}),
        ticketed(house, Purpose.ERASE, show_erase, {"erase": erase}),
    ]


# --- another address -----------------------------------------------------------------------------


def show_address(call: Call) -> Response:
    if call.ticket.detail:
        return call.answer("address-confirm.html", address=call.ticket.detail, button=call.button("move"))
    return _address_form(call, typed="")


def _address_form(call: Call, *, typed: str, fault: Fault | None = None) -> Response:
    return call.answer(
        "address.html",
        status=422 if fault else 200,
        typed=typed,
        wrong={fault.field: fault} if fault else {},
        faults=(fault,) if fault else (),
        button=call.button("ask"),
    )


def ask_new(call: Call) -> Response:
    """The new address is mailed a ticket of its own. What is said here is the same whoever has it."""
    typed = call.ask.field("address")[:320]
    found = addresses.parse(typed)
    person = call.person
    if person is None or call.ticket.detail:
        return call.over()
    if not isinstance(found, Address) or _is_ours(call, found):
        return _address_form(call, typed=typed, fault=Fault(field="address", what="address"))
    if found.address == person.address:
        return _address_form(call, typed=typed, fault=Fault(field="address", what="same"))
    with call.shelf.atomic():
        if not call.use():
            return call.over()
        _write_to(call, found)
    return call.answer("address-mailed.html", address=found.address)


def _is_ours(call: Call, address: Address) -> bool:
    """Where our own bounces come back to lives nobody (abuse C11)."""
    return address.address.rpartition("@")[2] == call.house.site.bounce_domain


def _write_to(call: Call, new: Address) -> None:
    hashed = call.shelf.hash_of(new)
    barred = call.shelf.people.suppression(hashed, now=call.now)
    if barred is not None and barred.reason not in LIFTED:
        return
    counted = (caps.stronger("address-change", hashed), caps.total())
    if call.shelf.caps.take(counted, call.now) is not None:
        return
    code, ticket = tickets.new(
        Purpose.ADDRESS,
        random=call.house.random(tickets.OCTETS),
        now=call.now,
        subscriber_id=call.ticket.subscriber_id,
        subscription_id=call.ticket.subscription_id,
        detail=new.address,
    )
    call.shelf.tickets.add(ticket)
    path = f"/address/{code}"
    letter = call.letter(Kind.ADDRESS_CHANGE, new.address, hashed, path=path, expires_at=ticket.expires_at)
    call.shelf.post.send(letter)


def move(call: Call) -> Response:
    """They hold both mailboxes: their places, preferences and all go on at the new address."""
    person, new = call.person, addresses.parse(call.ticket.detail)
    if person is None or not isinstance(new, Address):
        return call.over()
    people, old_hash = call.shelf.people, call.shelf.people.hash_of(person.id)
    hashed = call.shelf.hash_of(new)
    with call.shelf.atomic():
        if not call.use():
            return call.over()
        if not people.readdress(person.id, new, hashed):
            return call.answer("address-taken.html", status=409)
        barred = people.suppression(hashed, now=call.now)
        if barred is not None and barred.reason in LIFTED:
            people.lift(hashed)
        if old_hash is not None and old_hash != hashed:
            call.shelf.post.send(call.letter(Kind.ADDRESS_NOTICE, person.address, old_hash))
    return call.answer("address-changed.html", address=new.address)


# --- erasing -------------------------------------------------------------------------------------


def show_erase(call: Call) -> Response:
    return call.answer("erase.html", button=call.button("erase"))


def erase(call: Call) -> Response:
    """All of it, at once. The last letter says so; its address goes with it."""
    person = call.person
    assert person is not None
    hashed = call.shelf.people.hash_of(person.id)
    language = call.language
    goodbye = call.letter(Kind.GOODBYE, person.address, hashed or "")
    with call.shelf.atomic():
        if not call.use():
            return call.over()
        call.shelf.people.erase(person.id, now=call.now)
        call.shelf.post.send(goodbye)
    return answers.answer(call.house, call.ask, "erased.html", language=language)
