"""Leaving: `/u/<token>`. A page with one button, and the one-click POST of RFC 8058 at the same address.

Its token can end things and make them less, and nothing else: it never leads to preferences. Whoever has
left already hears just that, with 200, again and again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from starlette.responses import Response
from starlette.routing import Route

from subscribers import leaving
from subscribers.house import House
from subscribers.joining import Decision, Outcome
from subscribers.leaving import UNDO_FOR
from subscribers.model import Consent, Subscription, SubscriptionId
from subscribers.tokens import Purpose
from subscribers.web import answers, less
from subscribers.web.asking import Ask, route
from subscribers.web.visits import Deed, Visit, holder_of, pressed, visit_of

#: the whole body of a one-click request (RFC 8058 §3.1)
_ONE_CLICK = ("List-Unsubscribe", ("One-Click",))


def routes(house: House) -> list[Route]:
    return [route(house, "/u/{token}", get=show, post=change)]


def show(house: House, ask: Ask) -> Response:
    with house.open() as shelf:
        id = holder_of(shelf, ask, Purpose.UNSUBSCRIBE)
        if id is None:
            return answers.unknown_link(house, ask)
        visit = visit_of(house, shelf, ask, id)
        return _forgotten(house, ask) if visit is None else _page(visit)


def change(house: House, ask: Ask) -> Response:
    with house.open() as shelf:
        id = holder_of(shelf, ask, Purpose.UNSUBSCRIBE)
        if id is None:
            return answers.unknown_link(house, ask)
        visit = visit_of(house, shelf, ask, id)
        if _ONE_CLICK in ask.fields.items():
            # No form was shown, so none is asked for; and no redirect, no cookie (RFC 8058 §3.1).
            return _forgotten(house, ask) if visit is None else _leave(visit, (id,), method="one-click")
        if visit is None:
            return answers.failure(house, ask, 400)
        if ask.field("do") in _LESS and visit.place.consent is not Consent.CONFIRMED:
            # Of what does not come there is no less.
            return _page(visit)
        return pressed(visit, _DEEDS, _page)


def _page(visit: Visit) -> Response:
    """This list first, with one button; then what is less than leaving; then everything (page S5)."""
    place = visit.place
    if place.consent is Consent.UNSUBSCRIBED:
        return _left(visit, (place.id,) if _may_undo(visit) else (), already=True)
    confirmed = place.consent is Consent.CONFIRMED
    return visit.answer(
        "leave.html",
        leave=visit.button("leave"),
        paces=less.pace_buttons(visit) if confirmed and visit.card else {},
        pause=visit.button("pause") if confirmed else None,
        back=visit.now + less.PAUSE,
        # Said to everybody, so that it does not tell how many lists somebody is on.
        leave_all=visit.button("leave-all") if len(visit.house.lists()) > 1 else None,
    )


def _leave_this(visit: Visit) -> Response:
    return _leave(visit, (visit.place.id,))


def _leave_all(visit: Visit) -> Response:
    places = visit.shelf.people.subscriptions_of(visit.place.subscriber_id)
    return _leave(visit, [each.id for each in places if each.consent is not Consent.UNSUBSCRIBED])


def _leave(visit: Visit, ids: Iterable[SubscriptionId], *, method: str = "web") -> Response:
    left: list[SubscriptionId] = []
    with visit.shelf.atomic():
        for id in ids:
            changed = visit.shelf.people.change(
                id, proof=visit.proof(method), decide=lambda current: leaving.leave(current, now=visit.now)
            )
            if changed is not None and changed.outcome is Outcome.LEFT:
                left.append(id)
    now = visit.again()
    # Asked again, it can still be taken back.
    can_return = (left or [now.place.id]) if _may_undo(now) else ()
    return _left(now, can_return, already=not left, several=len(left) > 1)


def _undo(visit: Visit) -> Response:
    """Take back what the sealed form names: places of the same person."""
    wanted = {int(id) for id in visit.ask.field("was").split(".")}
    theirs = visit.shelf.people.subscriptions_of(visit.place.subscriber_id)
    with visit.shelf.atomic():
        outcomes = [_come_back(visit, each) for each in theirs if each.id in wanted]
    now = visit.again()
    if Outcome.UNDONE not in outcomes and Outcome.ALREADY not in outcomes:
        return _left(now, (), already=True, too_late=True)
    return now.answer(
        "undone.html", source=None, next_at=visit.house.next_digest(now.place), is_on_its_way=False
    )


def _come_back(visit: Visit, place: Subscription) -> Outcome:
    if visit.house.list_by_id(place.list_id) is None:
        return Outcome.TOO_LATE
    people = visit.shelf.people
    due_at = visit.shelf.next_slot(place.list_id, place.rhythm)

    def decide(current: Subscription) -> Decision:
        served_to = people.served_to(place.id)
        return leaving.undo(current, now=visit.now, due_at=due_at, served_to=served_to)

    changed = people.change(place.id, proof=visit.proof(), decide=decide)
    return Outcome.TOO_LATE if changed is None else changed.outcome


def _may_undo(visit: Visit) -> bool:
    place = visit.place
    known = place.confirmed_at is not None and place.undo_cursor is not None and visit.card is not None
    return known and place.left_at is not None and visit.now - place.left_at <= UNDO_FOR


def _left(
    visit: Visit,
    ids: Iterable[SubscriptionId],
    *,
    already: bool,
    several: bool = False,
    too_late: bool = False,
) -> Response:
    was = ".".join(str(id) for id in ids)
    return visit.answer(
        "left.html",
        already=already,
        several=several,
        too_late=too_late,
        undo=visit.button("undo", was) if was else None,
        may_join=visit.card is not None and visit.card.public,
    )


def _forgotten(house: House, ask: Ask) -> Response:
    """A link of ours to a place that is no more: nothing comes, and that is what they asked."""
    return answers.answer(
        house,
        ask,
        "left.html",
        list=house.site.title,
        card=None,
        already=True,
        several=False,
        too_late=False,
        undo=None,
        may_join=False,
    )


_LESS: Mapping[str, Deed] = {**less.PACES, **less.PAUSES}
_DEEDS: Mapping[str, Deed] = {
    "leave": _leave_this,
    "leave-all": _leave_all,
    "undo": _undo,
    **_LESS,
}
