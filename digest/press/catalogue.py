"""Our texts in each language, from gettext catalogues: `locale/<language>.po`, keyed by the English sentence.

A site's own catalogue comes before ours: it may change our wording, and add texts for its own templates.
Files are compiled in memory when they are read, so no .mo file can be older than its .po. Reading them is
all this module does; who speaks, and of what, is for others. A new text: write it in both of our files
(`python -m tests.texts` names what is missing, and what nobody says any more).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from gettext import c2py
from importlib.resources import files
from pathlib import Path
from string import Formatter

from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import PoFileError, read_po

from digest.errors import DigestError, TemplateError

LANGUAGES = ("en", "fr")

NARROW = "\u202f"
NO_BREAK = "\u00a0"


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What is said in one language."""

    language: str
    #: English singular -> its forms: one, or as many as the language counts
    texts: Mapping[str, tuple[str, ...]]
    #: n -> which form
    form: Callable[[int], int]

    def text(self, message: str) -> str:
        """The text for an English message. English needs none: the message is it."""
        found = self.texts.get(message)
        if found is not None:
            return found[0]
        if self.language != "en":
            raise self._unknown(message)
        # What a template of the site made up may not reach into values either.
        try:
            places(message)
        except ValueError as cause:
            raise TemplateError(f"{message!r}: {cause}.") from cause
        return message

    def plural(self, message: str, n: int) -> str:
        """The form for `n` of a text whose English singular is `message`."""
        found = self.texts.get(message)
        if found is None or len(found) < 2:
            raise self._unknown(message)
        return found[self.form(n)]

    def _unknown(self, message: str) -> DigestError:
        return DigestError(
            f"There is no text in {self.language!r} for {message!r}.",
            mend=f"Write one into locale/{self.language}.po of your templates' folder.",
        )


def catalogue(language: str, site: Path | None = None) -> Catalogue:
    """The catalogue of a language; `site` is the site's own folder of templates, or None.

    Read again when the site's file has changed. Raises DigestError for a language we do not speak, and
    TemplateError, with file and line, for a catalogue with a fault."""
    if language not in LANGUAGES:
        raise DigestError(f"No words in {language!r}.", mend=f"Languages: {', '.join(LANGUAGES)}.")
    own = None if site is None else site / "locale" / f"{language}.po"
    try:
        stamp = None if own is None else own.stat().st_mtime_ns
    # No such file, or no such folder: of a folder that is none `doctor` speaks.
    except (FileNotFoundError, NotADirectoryError):
        own = stamp = None
    return _catalogue(language, own, stamp)


@lru_cache(maxsize=16)
def _catalogue(language: str, own: Path | None, stamp: int | None) -> Catalogue:
    """`stamp` is here to tell two readings of one file apart."""
    del stamp
    ours = _parsed(Path(str(files("digest.press"))) / "locale" / f"{language}.po", language)
    texts = _texts(ours, language)
    if own is not None:
        texts |= _texts(_parsed(own, language), language)
    return Catalogue(language, texts, c2py(ours.catalog.plural_expr))


@dataclass(frozen=True, slots=True)
class _File:
    """A catalogue as it was written, and where."""

    path: Path
    catalog: Catalog

    def fault(self, message: Message, what: str) -> TemplateError:
        return TemplateError(f"{self.path}:{message.lineno}: {what}")


def _parsed(path: Path, language: str) -> _File:
    try:
        with path.open("rb") as file:
            return _File(path, read_po(file, locale=language, charset="utf-8", abort_invalid=True))
    except PoFileError as cause:
        raise TemplateError(f"{path}:{cause.lineno + 1}: {cause.args[0]}") from cause
    # Bad UTF-8, bad escapes, a bad header: Babel has no one error for them.
    except (OSError, ValueError, TypeError, LookupError) as cause:
        raise TemplateError(f"{path}: this is not a catalogue: {cause}") from cause


def _texts(file: _File, language: str) -> dict[str, tuple[str, ...]]:
    found = {}
    for message in file.catalog:
        # The header has no key; what is marked fuzzy waits for somebody to read it.
        if not message.id or message.fuzzy:
            continue
        forms = tuple(_forms(file, message, language))
        if all(forms):
            keys = _as_tuple(message.id)
            found[keys[0]] = tuple(typeset(form, language) for form in forms)
    return found


def _forms(file: _File, message: Message, language: str) -> Iterator[str]:
    """Each form of a message. In English one left empty says the key; elsewhere it says nothing yet."""
    keys, texts = _as_tuple(message.id), _as_tuple(message.string)
    # Babel fills up forms that are missing with empty ones.
    if len(keys) > 1 and (len(texts) != 2 or bool(texts[0]) != bool(texts[1])):
        raise file.fault(message, f"{keys[0]!r} needs two forms, msgstr[0] and msgstr[1].")
    known = {name for key in keys for name in places(key)}
    for key, text in zip(keys, texts, strict=True):
        try:
            unknown = places(text) - known
        except ValueError as cause:
            raise file.fault(message, f"{text!r}: {cause}.") from cause
        if unknown:
            raise file.fault(message, f"{{{min(unknown)}}} does not stand in {key!r}.")
        yield text or (key if language == "en" else "")


def _as_tuple(told: str | tuple[str, ...] | list[str] | None) -> tuple[str, ...]:
    return (told,) if isinstance(told, str) else tuple(told or ())


def places(text: str) -> set[str]:
    """The names in braces that values are put in for. Raises ValueError where it is more than a name."""
    found = set()
    for _, name, form, conversion in Formatter().parse(text):
        if name is None:
            continue
        # A dot or an index would reach into the value.
        if not name.isidentifier() or form or conversion:
            raise ValueError(f"only a plain name may stand in braces, not {{{name}}}")
        found.add(name)
    return found


def typeset(text: str, language: str) -> str:
    """As printers set it. Apostrophes and dots in both languages; French spaces: a narrow one before
    `; ! ? »` and after `«`, a no-break one before `:` and after `n°`."""
    text = re.sub(r"(?<=\w)'", "’", text).replace("...", "…")
    if language != "fr":
        return text
    for mark in ";!?»":
        text = text.replace(f" {mark}", f"{NARROW}{mark}")
    return text.replace("« ", f"«{NARROW}").replace(" :", f"{NO_BREAK}:").replace("n° ", f"n°{NO_BREAK}")
