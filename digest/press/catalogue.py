"""What we say, in English (the key) and French. Plurals are pairs: for one, for more.

French is *vous*, without doubled gender forms; its narrow spaces are set when the catalogue is loaded
(`typeset`), so they are written here as plain ones.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

NARROW = "\u202f"
NO_BREAK = "\u00a0"


def typeset(text: str) -> str:
    """French spaces: a narrow one before `; ! ? »` and after `«`, a no-break one before `:`."""
    for mark in ";!?»":
        text = text.replace(f" {mark}", f"{NARROW}{mark}")
    text = text.replace("« ", f"«{NARROW}").replace(" :", f"{NO_BREAK}:").replace("n° ", f"n°{NO_BREAK}")
    return text.replace("'", "’")


_FRENCH = {
    "{name}: {words}": "{name} : {words}",
    "{name}:": "{name} :",
    "No. {number}": "n° {number}",
    "Extra issue": "Numéro spécial",
    "{start} to {end}": "du {start} au {end}",
    "Published on {day} at {time}": "Publié le {day} à {time}",
    "In this issue": "Au sommaire",
    "{title} ({n})": "{title} ({n})",
    "More": "Autres",
    "Mute {source}": "Ne plus recevoir {source}",
    "by {authors}": "par {authors}",
    "from {origin}": "d'après {origin}",
    "also in {sources}": "aussi dans {sources}",
    "{first} and {last}": "{first} et {last}",
    "[image: {alt}]": "[image : {alt}]",
    "Links in this story": "Liens de cet article",
    "You get this mail because this address is subscribed to {list}.": (
        "Vous recevez ce message parce que cette adresse est inscrite à {list}."
    ),
    "Change your preferences": "Modifier vos préférences",
    "Unsubscribe": "Ne plus recevoir ces messages",
    "Write to us": "Nous écrire",
    "Sent by {site}": "Envoyé par {site}",
}

_PLURALS = {
    ("{n} story", "{n} stories"): ("{n} article", "{n} articles"),
    ("from {n} source", "from {n} sources"): ("de {n} source", "de {n} sources"),
    ("and {n} more story", "and {n} more stories"): ("et {n} autre article", "et {n} autres articles"),
}

SINGLES: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {"en": {key: key for key in _FRENCH}, "fr": {key: typeset(value) for key, value in _FRENCH.items()}}
)
PLURALS: Mapping[str, Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "en": {one: (one, more) for one, more in _PLURALS},
        "fr": {one: (typeset(a), typeset(b)) for (one, _), (a, b) in _PLURALS.items()},
    }
)
