"""What people write into a cell about a subscription, in French or English, made ours. Pure."""

from __future__ import annotations

import re
from typing import TypeVar

from subscribers.model import Cadence, Consent, Format, Weekday
from subscribers.slots import zone

_CADENCES = {
    Cadence.NIGHTLY: ("daily", "quotidien", "quotidienne", "journalier", "chaque nuit", "chaque jour"),
    Cadence.WEEKLY: ("hebdomadaire", "hebdo", "chaque semaine"),
    Cadence.MONTHLY: ("mensuel", "mensuelle", "chaque mois"),
}
_WEEKDAYS = dict(
    zip(Weekday, ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"), strict=True)
)
_LANGUAGES = {
    "fr": ("français", "francais", "french", "fra", "fre"),
    "en": ("anglais", "english", "eng"),
}
_CONSENTS = {
    Consent.CONFIRMED: (
        "active",
        "enabled",
        "subscribed",
        "actif",
        "abonné",
        "inscrit",
        "confirmé",
    ),
    Consent.UNCONFIRMED: ("pending", "en attente", "non confirmé"),
    Consent.UNSUBSCRIBED: ("left", "désabonné", "désinscrit", "désinscrite", "désabonnée", "parti"),
}
_Word = TypeVar("_Word")


class Unread(ValueError):
    """A cell that says nothing we know; the reason is its text."""


def cadence(text: str) -> Cadence | None:
    return _word(text, {each: (each, *words) for each, words in _CADENCES.items()}, ", ".join(Cadence))


def weekday(text: str) -> Weekday | None:
    return _word(text, {each: (each, french) for each, french in _WEEKDAYS.items()}, ", ".join(Weekday))


def format_(text: str) -> Format | None:
    return _word(text, {Format.HTML: ("html",), Format.TEXT: ("text", "texte")}, ", ".join(Format))


def consent(text: str) -> Consent | None:
    return _word(text, {each: (each, *words) for each, words in _CONSENTS.items()}, ", ".join(Consent))


def language(text: str) -> str | None:
    """ "fr", "FR-be", "Français"."""
    found = language_told(text)
    if text and found is None:
        raise Unread(f'Mails are written in "fr" and "en", not in "{text}".')
    return found


def language_told(text: str) -> str | None:
    """The same, where a file has languages of its own: one we do not write says nothing."""
    folded = re.split(r"[-_]", text.lower())[0]
    return next((code for code, words in _LANGUAGES.items() if folded in (code, *words)), None)


def hour(text: str) -> int | None:
    """An hour as people write it: 7, 07, 7h, 07:00."""
    if not text:
        return None
    found = re.fullmatch(r"([01]?[0-9]|2[0-3])(?:h|:00|h00)?", text.lower())
    if not found:
        raise Unread(f'"{text}" is no hour: a number from 0 to 23.')
    return int(found[1])


def timezone(text: str) -> str | None:
    if text and zone(text) is None:
        raise Unread(f'"{text}" is no time zone: names look like "Europe/Paris".')
    return text or None


def _word(text: str, words: dict[_Word, tuple[str, ...]], known: str) -> _Word | None:
    if not text:
        return None
    folded = text.lower()
    for word, names in words.items():
        if folded in names:
            return word
    raise Unread(f'"{text}" is none of {known}.')
