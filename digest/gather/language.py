"""The language an entry is shown under (design §3.4): what a longer text is in, else what it declares.

A planet declares one language for all that it republishes, a blog that of its template: on the corpus 62 of
1,093 longer entries that declare one are in another. py3langid brings numpy and a model (0.5 s, 100 MB):
`tongues` keeps it out of this process.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

#: what planets are written in; over all of its 97 languages py3langid takes short French for Walloon
PLAUSIBLE = frozenset(
    "ar cs da de el en es fa fi fr he it ja ko nl no pl pt ru sv tr uk ur zh".split()
)  # fmt: skip
#: fewer letters say nothing
TELLING = 20
#: so many say more than a declaration
SURE = 200
#: more letters say nothing more
ENOUGH = 800

#: the language of a text, of those plausible; None when it has too few letters to tell
Detect = Callable[[str], str | None]


def detect(text: str) -> str | None:
    """Here and now, in this process."""
    text = text[:ENOUGH]
    if _letters(text) < TELLING:
        return None
    return str(_identifier().classify(text)[0])


def language_of(
    *, declared: str | None, text: str, configured: str | None, detect: Detect = detect
) -> str | None:
    """The primary tag it is shown under; None when nothing tells it.

    A declaration of a language that we do not detect stands: "ca" would be taken for "es".
    """
    told = _primary(declared)
    if told and (told not in PLAUSIBLE or _letters(text[:ENOUGH]) < SURE):
        return told
    return detect(text[:ENOUGH]) or told or _primary(configured)


def _letters(text: str) -> int:
    return sum(map(str.isalpha, text))


def _primary(tag: str | None) -> str | None:
    """`fr` of `fr-CA`; None for "und", "x-…" and what is no tag."""
    head = (tag or "").strip().lower().replace("_", "-").partition("-")[0]
    return head if len(head) in (2, 3) and head.isalpha() and head != "und" else None


@cache
def _identifier() -> LanguageIdentifier:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier  # noqa: PLC0415 - see above

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE)
    identifier.set_languages(sorted(PLAUSIBLE))
    return identifier
