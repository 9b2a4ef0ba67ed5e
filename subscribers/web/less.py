"""Less of it: mute a source, a slower pace, a pause. `/w/<token>/mute/<source>`, `/pace`, `/pause`.

Each is a page with one button and other ways on; each change says from when it counts, and offers undo.
The same deeds stand on the page of leaving: who may end it may also take less of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from starlette.responses import Response
from starlette.routing import Route

from subscribers.house import House, ListCard
from subscribers.model import Cadence, Consent, OnReturn, Subscription, Wishes, Word
from subscribers.tokens import Purpose
from subscribers.web.answers import unknown_link
from subscribers.web.asking import Ask, Handler, route
from subscribers.web.visits import Deed, Visit, holder_of, pressed, visit_of

PAUSE = timedelta(weeks=4)
#: from the fastest to the slowest
_PACES = (Cadence.NIGHTLY, Cadence.WEEKLY, Cadence.MONTHLY)


def routes(house: House) -> list[Route]:
    return [
        _page(house, "/mute/{source}", show_mute, {"mute": mute, "unmute": unmute}),
        _page(house, "/pace", show_pace, PACES),
        _page(house, "/pause", show_pause, PAUSES),
    ]


def _page(house: House, rest: str, show: Deed, deeds: Mapping[str, Deed]) -> Route:
    def handler(answered: Deed) -> Handler:
        def handle(house: House, ask: Ask) -> Response:
            with house.open() as shelf:
                id = holder_of(shelf, ask, Purpose.WISHES)
                visit = None if id is None else visit_of(house, shelf, ask, id)
                if visit is None:
                    return unknown_link(house, ask)
                if visit.place.consent is not Consent.CONFIRMED:
                    return visit.answer("gone.html")
                return answered(visit)

        return handle

    return route(
        house,
        "/w/{token}" + rest,
        get=handler(show),
        post=handler(lambda visit: pressed(visit, deeds, show)),
    )


# --- a source ------------------------------------------------------------------------------------


def show_mute(visit: Visit) -> Response:
    source = visit.card.source(visit.ask.part("source")) if visit.card else None
    if source is None:
        return visit.answer("mute.html", status=404, source=None)
    title = source.title_in(visit.language)
    word = _word(visit.place.wishes, source.slug)
    is_muted = word is Word.MUTE
    button = visit.button("unmute") if is_muted else visit.button("mute")
    return visit.answer("mute.html", source=title, is_muted=is_muted, button=button)


def mute(visit: Visit) -> Response:
    return _say(visit, Word.MUTE)


def unmute(visit: Visit) -> Response:
    """As it was before: `was` is the word they had said, "" for none."""
    was = visit.ask.field("was")
    return _say(visit, Word(was) if was in tuple(Word) else None)


def _say(visit: Visit, word: Word | None) -> Response:
    source = visit.card.source(visit.ask.part("source")) if visit.card else None
    if source is None:
        return visit.answer("mute.html", status=404, source=None)
    with visit.shelf.atomic():
        wishes = visit.again().place.wishes
        before = _word(wishes, source.slug)
        visit.shelf.people.set_wishes(visit.place.id, _with(wishes, source.slug, word))
    now = visit.again()
    # Pressed twice, there is nothing to go back to but not muting it.
    was = before.value if before is Word.FOLLOW else ""
    return now.answer(
        "muted.html" if word is Word.MUTE else "undone.html",
        source=source.title_in(visit.language),
        undo=now.button("unmute", was) if word is Word.MUTE else None,
        left=_sources_left(now.card, now.place.wishes),
        **_what_comes(now),
    )


def _word(wishes: Wishes, source: str) -> Word | None:
    return dict(wishes.sources).get(source)


def _with(wishes: Wishes, source: str, word: Word | None) -> Wishes:
    sources = {**dict(wishes.sources)}
    sources.pop(source, None)
    if word is not None:
        sources[source] = word
    return Wishes.of(
        only=wishes.only, sources=sources, topics=dict(wishes.topics), languages=wishes.languages
    )


def _sources_left(card: ListCard | None, wishes: Wishes) -> int | None:
    """How many sources may still come; None: it depends on their topics."""
    if card is None or wishes.topics:
        return None
    words = [_word(wishes, each.slug) for each in card.sources]
    return sum(word is Word.FOLLOW or (word is None and not wishes.only) for word in words)


# --- a pace --------------------------------------------------------------------------------------


def show_pace(visit: Visit) -> Response:
    return visit.answer("pace.html", paces=pace_buttons(visit))


def pace_buttons(visit: Visit) -> dict[str, object]:
    """A button for each slower cadence, by its name."""
    return {pace.value: visit.button(pace.value) for pace in _slower(visit.place)}


def _slower(place: Subscription) -> tuple[Cadence, ...]:
    return _PACES[_PACES.index(place.rhythm.cadence) + 1 :]


def weekly(visit: Visit) -> Response:
    return _pace(visit, Cadence.WEEKLY, "paced.html")


def monthly(visit: Visit) -> Response:
    return _pace(visit, Cadence.MONTHLY, "paced.html")


def undo_pace(visit: Visit) -> Response:
    return _pace(visit, Cadence(visit.ask.field("was")), "undone.html")


def _pace(visit: Visit, cadence: Cadence, page: str) -> Response:
    with visit.shelf.atomic():
        before = visit.again().place
        rhythm = replace(before.rhythm, cadence=cadence)
        if rhythm != before.rhythm and visit.card is not None:
            due_at = visit.shelf.next_slot(before.list_id, rhythm)
            visit.shelf.people.set_rhythm(before.id, rhythm, due_at=due_at)
    now = visit.again()
    changed = now.place.rhythm != before.rhythm
    undo = now.button("undo-pace", before.rhythm.cadence.value) if changed else None
    return now.answer(page, undo=undo, source=None, **_what_comes(now))


# --- a pause -------------------------------------------------------------------------------------


def show_pause(visit: Visit) -> Response:
    until = visit.place.paused_until
    is_paused = until is not None and until > visit.now
    button = visit.button("resume") if is_paused else visit.button("pause")
    return visit.answer(
        "pause.html",
        is_paused=is_paused,
        until=until,
        back=visit.now + PAUSE,
        button=button,
        ways=[each.value for each in OnReturn],
    )


def pause(visit: Visit) -> Response:
    wanted = visit.ask.field("on_return")
    on_return = OnReturn(wanted) if wanted in tuple(OnReturn) else visit.place.on_return
    visit.shelf.people.pause(visit.place.id, until=visit.now + PAUSE, on_return=on_return)
    now = visit.again()
    return now.answer(
        "paused.html", until=now.place.paused_until, undo=now.button("resume"), **_what_comes(now)
    )


def resume(visit: Visit) -> Response:
    visit.shelf.people.pause(visit.place.id, until=None, on_return=visit.place.on_return)
    now = visit.again()
    return now.answer("undone.html", source=None, **_what_comes(now))


def _what_comes(visit: Visit) -> dict[str, Any]:
    """When the next digest is, and whether one that is cut already may still come as it was."""
    return {
        "next_at": visit.house.next_digest(visit.place),
        "is_on_its_way": visit.shelf.is_on_its_way(visit.place.id),
    }


PACES: Mapping[str, Deed] = {"weekly": weekly, "monthly": monthly, "undo-pace": undo_pace}
PAUSES: Mapping[str, Deed] = {"pause": pause, "resume": resume}
