"""The language of an entry: declared, else detected, else its source's (design §3.4).

py3langid brings numpy and a model (0.5 s, 120 MB while it loads): loaded when a text first needs it.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

#: what planets are written in; over all of its 97 languages py3langid takes short French for Walloon
PLAUSIBLE = (
    "cs",
    "da",
    "de",
    "en",
    "es",
    "fi",
    "fr",
    "it",
    "ja",
    "ko",
    "nl",
    "no",
    "pl",
    "pt",
    "ru",
    "sv",
    "tr",
)
#: fewer letters say nothing
TELLING = 20
#: more letters say nothing more
ENOUGH = 2000


def language_of(*, declared: str | None, text: str, configured: str | None) -> str | None:
    """The primary tag it is shown under; None when nothing tells it."""
    return _primary(declared) or detect(text) or _primary(configured)


def detect(text: str) -> str | None:
    """The language of a text, of those plausible here; None when it has fewer than 20 letters."""
    text = text[:ENOUGH]
    if sum(map(str.isalpha, text)) < TELLING:
        return None
    return str(_identifier().classify(text)[0])


def _primary(tag: str | None) -> str | None:
    """`fr` of `fr-CA`; None for "und", "x-…" and what is no tag."""
    head = (tag or "").strip().lower().replace("_", "-").partition("-")[0]
    return head if len(head) in (2, 3) and head.isalpha() and head != "und" else None


@cache
def _identifier() -> LanguageIdentifier:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier  # noqa: PLC0415 - see above

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE)
    identifier.set_languages(list(PLAUSIBLE))
    return identifier
