"""Preferences: `/w/<token>`. One form for all that a reader sets for a list, and what is kept of them.

It never shows the address: whoever was forwarded a mail can be rude with it, but learns nothing. What is
stronger (another address, an export, erasing) is mailed anew. An undo holds the earlier preferences, signed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.responses import Response
from starlette.routing import Route

from subscribers import caps, tickets, tokens
from subscribers.house import House
from subscribers.letters import Kind, Letter
from subscribers.model import Consent
from subscribers.preferences import Preferences, changes, read, written
from subscribers.web import answers, choices
from subscribers.web.asking import Ask, Handler, route
from subscribers.web.outlook import groups, hour_of, mails_a_week, part_of
from subscribers.web.visits import Deed, Visit, holder_of, pressed, visit_of

#: zones that are offered; any other may be typed
ZONES = (
    "Europe/Paris", "Europe/London", "Europe/Brussels", "Europe/Zurich", "Europe/Berlin", "Europe/Madrid",
    "Europe/Lisbon", "Europe/Athens", "Africa/Algiers", "Africa/Casablanca", "Africa/Dakar", "Africa/Tunis",
    "America/Cayenne", "America/Guadeloupe", "America/Los_Angeles", "America/Montreal", "America/New_York",
    "America/Sao_Paulo", "Asia/Kolkata", "Asia/Tokyo", "Australia/Sydney", "Indian/Reunion",
    "Pacific/Noumea", "Pacific/Tahiti", "UTC",
)  # fmt: skip


def routes(house: House) -> list[Route]:
    return [route(house, "/w/{token}", get=visited(show), post=visited(change))]


def visited(answered: Deed) -> Handler:
    """A page for the holder of a *wishes* token, as a handler."""

    def handle(house: House, ask: Ask) -> Response:
        with house.open() as shelf:
            id = holder_of(shelf, ask, tokens.Purpose.WISHES)
            visit = None if id is None else visit_of(house, shelf, ask, id)
            return answers.unknown_link(house, ask) if visit is None else answered(visit)

    return handle


def show(visit: Visit) -> Response:
    if not _is_here(visit):
        return visit.answer("farewell.html", **_letters(visit))
    return _form(visit, choices.shown(Preferences.of(visit.place), _context(visit)))


def change(visit: Visit) -> Response:
    if not _is_here(visit):
        return pressed(visit, _LETTERS, show)
    return pressed(visit, _DEEDS, _again)


def _again(visit: Visit) -> Response:
    """The form with what they filled in, whose button had stood open for too long."""
    return _form(visit, _typed(visit), (choices.Fault(field="save", what="stale"),), status=403)


def save(visit: Visit) -> Response:
    before = Preferences.of(visit.place)
    found = choices.meant(_typed(visit), before, _context(visit))
    if isinstance(found, tuple):
        return _form(visit, _typed(visit), found, status=422)
    return _changed(visit, found, "saved.html")


def undo(visit: Visit) -> Response:
    """As they were before: the sealed form remembers what the database does not."""
    return _changed(visit, read(visit.ask.field("was")), "saved.html", undone=True)


def _changed(visit: Visit, wanted: Preferences, page: str, *, undone: bool = False) -> Response:
    with visit.shelf.atomic():
        before = Preferences.of(visit.again().place)
        _store(visit, before, wanted)
    now = visit.again()
    told = changes(before, wanted)
    return now.answer(
        page,
        undone=undone,
        told=told,
        words_told=_words_told(now, told.words),
        now=wanted,
        undo=None if undone or not told else now.button("undo", written(before)),
        **_what_comes(now),
    )


def _store(visit: Visit, before: Preferences, wanted: Preferences) -> None:
    """Write what is new, and nothing else: an untouched slot stays where it is."""
    people, place = visit.shelf.people, visit.place
    if wanted.rhythm != before.rhythm:
        due_at = visit.shelf.next_slot(place.list_id, wanted.rhythm)
        people.set_rhythm(place.id, wanted.rhythm, due_at=due_at)
    if wanted.wishes != before.wishes:
        people.set_wishes(place.id, wanted.wishes)
    if (wanted.language, wanted.format) != (before.language, before.format):
        people.set_look(place.id, language=wanted.language, format=wanted.format)
    if (wanted.paused_until, wanted.on_return) != (before.paused_until, before.on_return):
        people.pause(place.id, until=wanted.paused_until, on_return=wanted.on_return)


def _form(
    visit: Visit, typed: choices.Typed, faults: tuple[choices.Fault, ...] = (), *, status: int = 200
) -> Response:
    card = visit.card
    assert card is not None
    part = part_of(card, visit.ask.field("part") or visit.ask.query.get("part", ""))
    return visit.answer(
        "preferences.html",
        status=status,
        typed=typed,
        faults=faults,
        wrong={fault.field: fault for fault in faults},
        part=part,
        parts=[_part_link(visit, number) for number in range(1, part.count + 1)],
        groups=groups(card, visit.place.wishes, typed, visit.language, part),
        zones=ZONES,
        save=visit.button("save"),
        unsubscribe=f"/u/{_leaving_token(visit)}",
        **_what_comes(visit),
        **_letters(visit),
    )


def _part_link(visit: Visit, number: int) -> str:
    here = answers.link(visit.house, visit.ask, visit.ask.path)
    return f"{here}{'&' if '?' in here else '?'}part={number}#sources"


def _what_comes(visit: Visit) -> dict[str, Any]:
    """When the next digest is, in their zone, and whether one that is cut already still comes as it was."""
    at, rhythm = visit.house.next_digest(visit.place), visit.place.rhythm
    return {
        "next_at": at,
        "next_hour": hour_of(at, rhythm, visit.house.site.zone) if at else None,
        "mails": mails_a_week(rhythm),
        "is_paused": Preferences.of(visit.place).is_paused(visit.now),
        "is_on_its_way": visit.shelf.is_on_its_way(visit.place.id),
    }


def _words_told(visit: Visit, words: Any) -> list[tuple[str, str, str]]:
    """(title, "topic" or "source", the word or "") of each that is new."""
    card = visit.card
    assert card is not None
    told = []
    for said in words:
        choice = card.topic(said.slug) if said.kind == "topic" else card.source(said.slug)
        title = choice.title_in(visit.language) if choice else said.slug
        told.append((title, said.kind, said.word.value if said.word else ""))
    return told


# --- letters -------------------------------------------------------------------------------------


def _letters(visit: Visit) -> dict[str, Any]:
    return {f"to_{purpose.value}": visit.button(purpose.value) for purpose in _STRONGER}


def _letter(purpose: tickets.Purpose) -> Deed:
    """Mail a link that works once, to the address we have."""

    def deed(visit: Visit) -> Response:
        person = visit.shelf.people.subscriber(visit.place.subscriber_id)
        hashed = visit.shelf.people.hash_of(visit.place.subscriber_id)
        if person is None or hashed is None:
            return answers.unknown_link(visit.house, visit.ask)
        with visit.shelf.atomic():
            if visit.shelf.caps.take((caps.stronger(purpose.value, hashed),), visit.now) is None:
                code, ticket = tickets.new(
                    purpose,
                    random=visit.house.random(tickets.OCTETS),
                    now=visit.now,
                    subscriber_id=person.id,
                    subscription_id=visit.place.id,
                )
                visit.shelf.tickets.add(ticket)
                visit.shelf.post.send(
                    Letter(
                        kind=Kind(purpose.value),
                        address=person.address,
                        address_hash=hashed,
                        language=visit.place.language,
                        subscription_id=visit.place.id,
                        list_title=visit.title,
                        path=f"/{purpose.value}/{code}",
                        expires_at=ticket.expires_at,
                    )
                )
        # The same words when it was asked for too often: five letters a day are enough for anybody.
        return visit.answer("mailed.html", purpose=purpose.value)

    return deed


# -------------------------------------------------------------------------------------------------


def _is_here(visit: Visit) -> bool:
    return visit.place.consent is Consent.CONFIRMED and visit.card is not None


def _context(visit: Visit) -> choices.Context:
    card = visit.card
    assert card is not None
    return choices.Context(card=card, zone=visit.house.site.zone, now=visit.now)


def _typed(visit: Visit) -> dict[str, str]:
    before = choices.shown(Preferences.of(visit.place), _context(visit))
    return choices.filled(before, visit.ask.fields)


def _leaving_token(visit: Visit) -> str:
    """Who may change all of it may end it: a mail carries both tokens."""
    return tokens.make(tokens.Purpose.UNSUBSCRIBE, visit.place.id, visit.shelf.keys.secret("token"))


_STRONGER = (tickets.Purpose.ADDRESS, tickets.Purpose.EXPORT, tickets.Purpose.ERASE)
_LETTERS: Mapping[str, Deed] = {purpose.value: _letter(purpose) for purpose in _STRONGER}
_DEEDS: Mapping[str, Deed] = {"save": save, "undo": undo, **_LETTERS}
