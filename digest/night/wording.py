"""What the letters to subscribers say, kind by kind, in the reader's language. Pure.

Every word is ours, every address starts with `site.url` (abuse C21), and nothing stands in it that somebody
wrote into a form.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from digest.compose.letter import Action, Letter, Part
from digest.press.words import Words
from digest.settings import Settings
from subscribers.letters import Kind
from subscribers.letters import Letter as Wanted

Say = Callable[..., str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """The words of a letter."""

    subject: str
    lead: str
    #: of its button; "": it has none
    label: str = ""
    lines: tuple[str, ...] = ()
    parts: tuple[Part, ...] = ()
    #: what was done that it answers
    why: str


def worded(wanted: Wanted, words: Words, settings: Settings, *, dated_at: datetime) -> Letter:
    """The letter, ready to be set."""
    site = settings.site
    said = _SAYERS[wanted.kind](wanted, words, _Site(site.title, site.url.rstrip("/")))
    return Letter(
        kind=wanted.kind.value,
        dedupe=wanted.dedupe or "",
        from_=settings.mail.from_,
        to=wanted.address,
        reply_to=site.contact,
        dated_at=dated_at,
        subject=said.subject,
        title=said.subject,
        lead=said.lead,
        action=Action(label=said.label, url=site.url.rstrip("/") + wanted.path) if said.label else None,
        lines=said.lines,
        parts=said.parts,
        why=said.why,
        site_title=site.title,
        postal_address=site.postal_address,
    )


@dataclass(frozen=True, slots=True)
class _Site:
    title: str
    #: without a trailing "/"
    url: str

    def at(self, path: str) -> str:
        return self.url + path


def _confirm(wanted: Wanted, words: Words, site: _Site) -> Said:
    say = words.say
    return Said(
        subject=say("Confirm your subscription to {list}", list=wanted.list_title),
        lead=say(
            "Somebody, most likely you, asked for {list} at this address. "
            "Nothing is sent before you confirm: one click is left.",
            list=wanted.list_title,
        ),
        label=say("Confirm my subscription"),
        lines=(*_until(wanted, words), _not_you_forgotten(words)),
        why=_entered(words, site),
    )


def _reminder(wanted: Wanted, words: Words, site: _Site) -> Said:
    say = words.say
    return Said(
        subject=say("One click is left: {list}", list=wanted.list_title),
        lead=say(
            "Two days ago somebody, most likely you, asked for {list} at this address, "
            "and it was not confirmed yet. This is the only reminder.",
            list=wanted.list_title,
        ),
        label=say("Confirm my subscription"),
        lines=(*_until(wanted, words), _not_you_forgotten(words)),
        why=_entered(words, site),
    )


def _already(wanted: Wanted, words: Words, site: _Site) -> Said:
    say = words.say
    return Said(
        subject=say("You are subscribed to {list}", list=wanted.list_title),
        lead=say(
            "Somebody, most likely you, asked for {list} at this address. "
            "It is on the list already: there is nothing to do.",
            list=wanted.list_title,
        ),
        label=say("See my preferences"),
        lines=_next(wanted, words),
        parts=_leaving(wanted, words, site),
        why=_entered(words, site),
    )


def _welcome(wanted: Wanted, words: Words, site: _Site) -> Said:
    say = words.say
    return Said(
        subject=say("Welcome to {list}", list=wanted.list_title),
        lead=say("You are subscribed to {list}.", list=wanted.list_title),
        label=say("Choose what I get, and when"),
        lines=_next(wanted, words),
        parts=(*_until_then(wanted, words), *_leaving(wanted, words, site)),
        why=say(
            "You get this mail because you confirmed your subscription to {list}.", list=wanted.list_title
        ),
    )


def _link(wanted: Wanted, words: Words, site: _Site) -> Said:
    say = words.say
    return Said(
        subject=say("Your link for {site}", site=site.title),
        lead=say("Here you change what you get and when, or end it. Keep it to yourself."),
        parts=tuple(
            Part(
                title=place.list_title,
                action=Action(
                    label=say("Preferences for {list}", list=place.list_title), url=site.at(place.path)
                ),
            )
            for place in wanted.places
        ),
        why=_entered(words, site),
    )


def _address(wanted: Wanted, words: Words, site: _Site) -> Said:
    say = words.say
    return Said(
        subject=say("Change your address at {site}", site=site.title),
        lead=say("Here you write the address that your digests are to go to."),
        label=say("Write my new address"),
        lines=(*_until(wanted, words), _not_you_nothing(words)),
        why=_asked(words, site),
    )


def _address_change(wanted: Wanted, words: Words, site: _Site) -> Said:
    say = words.say
    return Said(
        subject=say("Confirm your new address for {site}", site=site.title),
        lead=say("Somebody, most likely you, wants the digests of {site} at this address.", site=site.title),
        label=say("Use this address"),
        lines=(*_until(wanted, words), _not_you_nothing(words)),
        why=_entered(words, site),
    )


def _address_notice(_: Wanted, words: Words, site: _Site) -> Said:
    say = words.say
    return Said(
        subject=say("Your address at {site} was changed", site=site.title),
        lead=say("Your digests go to another address from now on; none comes here any more."),
        lines=(say("Was it not you? Answer this mail: a person reads it."),),
        why=say("You get this mail because this address was yours at {site} until now.", site=site.title),
    )


def _export(wanted: Wanted, words: Words, site: _Site) -> Said:
    say = words.say
    return Said(
        subject=say("What {site} knows about you", site=site.title),
        lead=say("Here you see all that is kept about you, and take a copy."),
        label=say("See my data"),
        lines=(*_until(wanted, words), _not_you_nothing(words)),
        why=_asked(words, site),
    )


def _erase(wanted: Wanted, words: Words, site: _Site) -> Said:
    say = words.say
    return Said(
        subject=say("Delete all that {site} knows about you", site=site.title),
        lead=say("Here you delete it, and all your subscriptions with it. A page asks once more."),
        label=say("Delete all"),
        lines=(*_until(wanted, words), _not_you_nothing(words)),
        why=_asked(words, site),
    )


def _goodbye(_: Wanted, words: Words, site: _Site) -> Said:
    say = words.say
    return Said(
        subject=say("Your data at {site} is deleted", site=site.title),
        lead=say("All that was kept about you is gone, and all your subscriptions with it."),
        lines=(
            say(
                "What stays is a fingerprint that cannot be turned back into your address: it keeps us from "
                "writing to you by mistake. This is the last mail."
            ),
        ),
        why=say("You get this mail because you asked {site} to delete your data.", site=site.title),
    )


_SAYERS: Mapping[Kind, Callable[[Wanted, Words, _Site], Said]] = {
    Kind.CONFIRM: _confirm,
    Kind.REMINDER: _reminder,
    Kind.ALREADY: _already,
    Kind.WELCOME: _welcome,
    Kind.LINK: _link,
    Kind.ADDRESS: _address,
    Kind.ADDRESS_CHANGE: _address_change,
    Kind.ADDRESS_NOTICE: _address_notice,
    Kind.EXPORT: _export,
    Kind.ERASE: _erase,
    Kind.GOODBYE: _goodbye,
}


def _next(wanted: Wanted, words: Words) -> tuple[str, ...]:
    """No promise: a digest without news is not sent."""
    if wanted.next_at is None:
        return ()
    day = words.day(wanted.next_at)
    return (words.say("Your next digest leaves on {day}, if there is news by then.", day=day),)


def _until_then(wanted: Wanted, words: Words) -> tuple[Part, ...]:
    """Nobody waits a week with nothing to read."""
    if wanted.last_issue is None:
        return ()
    return (
        Part(
            title=words.say("Until then"),
            lines=(words.say("The last issue is on the web, as everybody got it."),),
            action=Action(label=words.say("Read the last issue"), url=wanted.last_issue),
        ),
    )


def _leaving(wanted: Wanted, words: Words, site: _Site) -> tuple[Part, ...]:
    if not wanted.unsubscribe_path:
        return ()
    label = words.say("Unsubscribe from {list}", list=wanted.list_title)
    return (
        Part(
            title=words.say("Not for you?"),
            action=Action(label=label, url=site.at(wanted.unsubscribe_path)),
        ),
    )


def _until(wanted: Wanted, words: Words) -> tuple[str, ...]:
    at = wanted.expires_at
    if at is None:
        return ()
    day, time = words.day(at), words.time(at)
    return (words.say("The link works once, until {day}, {time}.", day=day, time=time),)


def _not_you_forgotten(words: Words) -> str:
    return words.say(
        "Was it not you? Then do nothing: no digest will come, and after 30 days we forget this address."
    )


def _not_you_nothing(words: Words) -> str:
    return words.say("Was it not you? Then do nothing: nothing will change.")


def _entered(words: Words, site: _Site) -> str:
    return words.say("You get this mail because this address was entered at {site}.", site=site.title)


def _asked(words: Words, site: _Site) -> str:
    return words.say(
        "You get this mail because it was asked for with a link from a mail of {site}.", site=site.title
    )
