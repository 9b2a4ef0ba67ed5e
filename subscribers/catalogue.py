"""Slugs as people write them, turned into wishes. Pure.

The catalogue is what can be wished for: the sources and topics of digest.toml, supplied by `digest`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches

from subscribers.model import Wishes, Word


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """What a list has to choose from, by slug."""

    sources: frozenset[str] = frozenset()
    topics: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Unknown:
    """A slug that names nothing, or more than one thing, in a sentence."""

    words: str


def wishes_from(
    catalogue: Catalogue,
    *,
    mute: Iterable[str] = (),
    only: Iterable[str] = (),
    languages: Iterable[str] = (),
) -> Wishes | Unknown:
    """The wishes of somebody who mutes these and, where `only` is given, wants nothing but those.

    A slug is a source's or a topic's; where it is both, "source:slug" or "topic:slug" says which.
    """
    sources: dict[str, Word] = {}
    topics: dict[str, Word] = {}
    named = [(slug, Word.FOLLOW) for slug in only] + [(slug, Word.MUTE) for slug in mute]
    for text, word in named:
        found = _resolve(catalogue, text.strip().lower())
        if isinstance(found, Unknown):
            return found
        kind, slug = found
        words = sources if kind == "source" else topics
        if words.setdefault(slug, word) is not word:
            return Unknown(f'"{slug}" cannot be both wanted and muted.')
    return Wishes.of(
        only=Word.FOLLOW in (*sources.values(), *topics.values()),
        sources=sources,
        topics=topics,
        languages=tuple(language.lower() for language in languages),
    )


def slugs_of(wishes: Wishes, word: Word, *, catalogue: Catalogue | None = None) -> tuple[str, ...]:
    """The slugs a reader said that word about, as `wishes_from` reads them back."""
    sources = [slug for slug, said in wishes.sources if said is word]
    topics = [slug for slug, said in wishes.topics if said is word]
    known = catalogue or Catalogue(sources=frozenset(sources), topics=frozenset(topics))
    return tuple(
        [f"source:{slug}" if slug in known.topics else slug for slug in sources]
        + [f"topic:{slug}" if slug in known.sources else slug for slug in topics]
    )


def _resolve(catalogue: Catalogue, text: str) -> tuple[str, str] | Unknown:
    kind, colon, slug = text.partition(":")
    if not colon:
        kind, slug = "", text
    found = [
        name
        for name, slugs in (("source", catalogue.sources), ("topic", catalogue.topics))
        if slug in slugs and kind in ("", name)
    ]
    if len(found) == 1:
        return found[0], slug
    if found:
        return Unknown(f'"{slug}" is a source and a topic: write "source:{slug}" or "topic:{slug}".')
    close = get_close_matches(slug, sorted(catalogue.sources | catalogue.topics), n=1)
    hint = f' Did you mean "{close[0]}"?' if close else ""
    return Unknown(f'There is no source or topic "{text}".{hint}')
