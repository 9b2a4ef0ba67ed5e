"""Recognising a known entry, also when all its keys are new (gather I3). Pure.

A key, once used, leads to its entry for ever. An entry whose keys are all unknown may still be a known one
that lost its guid to a move or a new engine: it is, when the document has the known one no more and two
pieces of evidence agree.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from rapidfuzz import fuzz

from digest.gather.identity import Keyed, feed_date
from digest.model import EntryId, Identity
from digest.model.gathering import KnownEntry

#: two texts are the same, edited: from this similarity, in percent, over their first so many characters
CLOSE = 90
CLOSE_LENGTH = 4000
#: texts shorter than this prove nothing
TELLING = 80
#: known entries looked at for evidence, newest first
LOOK_BACK = 1000
#: a document in which no id is known, yet so many entries are by evidence, has all its ids made anew
REGENERATED = 3
#: entries with the same link, title or date compared with one item: a feed may date all alike
COMPARED = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Matched:
    """A known entry, met again."""

    item: Keyed
    known: KnownEntry
    #: keys that did not lead to it before
    keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Matching:
    """A document's entries told apart, in its order."""

    matched: tuple[Matched, ...] = ()
    new: tuple[Keyed, ...] = ()


def suspects(found: Iterable[Keyed], known: Sequence[KnownEntry]) -> tuple[EntryId, ...]:
    """Known entries whose text `match` will want: absent from the document, yet like an unknown item."""
    found = tuple(found)
    by_key = {key for entry in known for key in entry.keys}
    unknown = [item for item in found if item.key not in by_key]
    if not unknown:
        return ()
    links = {item.link_key for item in unknown} - {None}
    titles = {item.title_key for item in unknown} - {""}
    dates = {feed_date(item.content) for item in unknown} - {None}
    absent = _absent(found, known)
    return tuple(
        entry.id
        for entry in absent
        if entry.link_key in links or entry.title_key in titles or feed_date(entry) in dates
    )


def match(
    found: Sequence[Keyed], known: Sequence[KnownEntry], *, identity: Identity, texts: Mapping[EntryId, str]
) -> Matching:
    """Each item's known entry, or that it is new. Any key first, then evidence; each known entry once."""
    leads = _leads(known, identity)
    matched: dict[int, Matched] = {}
    claimed: set[EntryId] = set()
    for place, item in enumerate(found):
        entry = leads.get(item.key)
        if entry is None:
            continue
        # Two items may lead to one entry (its old and its new guid side by side): the first speaks for it.
        if entry.id not in claimed:
            matched[place] = Matched(item=item, known=entry, keys=_unknown_keys(item, entry))
        claimed.add(entry.id)
    left = [place for place, item in enumerate(found) if item.key not in leads]
    absent = [entry for entry in _absent(found, known) if entry.id not in claimed]
    pairs = list(_by_evidence(found, left, absent, texts))
    if not matched and len(pairs) >= REGENERATED:
        pairs.extend(_by_title(found, left, absent, pairs))
    for place, entry in pairs:
        matched[place] = Matched(item=found[place], known=entry, keys=_unknown_keys(found[place], entry))
    return Matching(
        matched=tuple(matched[place] for place in sorted(matched)),
        new=tuple(found[place] for place in left if place not in matched),
    )


@dataclass(frozen=True, slots=True)
class _Evidence:
    """What an unknown item and an absent known entry have in common."""

    link: bool
    title: bool
    date: bool
    text: Callable[[], bool] = field(repr=False)

    def suffices(self) -> bool:
        """Two of the four, of which a link and a title alone are too few: a page about the weather has those
        every day."""
        if self.date and (self.title or self.link):
            return True
        return (self.link or self.title or self.date) and self.text()


class _Alike:
    """Finds the entries that have one thing in common with an item, without looking at every pair."""

    def __init__(self, entries: Iterable[KnownEntry]) -> None:
        self._by: dict[object, list[KnownEntry]] = defaultdict(list)
        for entry in entries:
            for trait in (("link", entry.link_key), ("title", entry.title_key), ("date", feed_date(entry))):
                self._by[trait].append(entry)

    def to(self, item: Keyed) -> tuple[KnownEntry, ...]:
        traits = (("link", item.link_key), ("title", item.title_key), ("date", feed_date(item.content)))
        alike = (self._by.get(trait, [])[:COMPARED] for trait in traits if trait[1])
        return tuple({entry.id: entry for entries in alike for entry in entries}.values())


def _by_evidence(
    found: Sequence[Keyed], left: Sequence[int], absent: Sequence[KnownEntry], texts: Mapping[EntryId, str]
) -> Iterable[tuple[int, KnownEntry]]:
    """Pairs of an item left over and the absent entry it is. The surest first: same title, text and all."""
    shared = _shared_links(found, absent)
    free = {entry.id: entry for entry in absent}
    by_hash = {entry.content_hash: entry for entry in reversed(absent)}
    rest: list[int] = []
    for place in left:
        item = found[place]
        same = by_hash.get(item.parsed.content_hash)
        if same and same.id in free and _same_text_proves(item, same, shared):
            yield place, free.pop(same.id)
        else:
            rest.append(place)
    alike = _Alike(free.values())
    for place in rest:
        for entry in alike.to(found[place]):
            if entry.id in free and _evidence(found[place], entry, shared, texts).suffices():
                yield place, free.pop(entry.id)
                break


def _by_title(
    found: Sequence[Keyed],
    left: Sequence[int],
    absent: Sequence[KnownEntry],
    pairs: Sequence[tuple[int, KnownEntry]],
) -> Iterable[tuple[int, KnownEntry]]:
    """After all ids were made anew, a title is enough, when one item and one entry alone have it."""
    done, claimed = {place for place, _ in pairs}, {entry.id for _, entry in pairs}
    here = Counter(item.title_key for item in found)
    there = Counter(entry.title_key for entry in absent)
    by_title = {entry.title_key: entry for entry in absent if entry.id not in claimed}
    for place in left:
        title = found[place].title_key
        if place not in done and title in by_title and here[title] == there[title] == 1:
            yield place, by_title[title]


def _evidence(item: Keyed, entry: KnownEntry, shared: set[str], texts: Mapping[EntryId, str]) -> _Evidence:
    date = feed_date(item.content)
    return _Evidence(
        link=item.link_key is not None and item.link_key == entry.link_key and item.link_key not in shared,
        title=bool(item.title_key) and item.title_key == entry.title_key,
        date=date is not None and date == feed_date(entry),
        text=lambda: (
            item.parsed.content_hash == entry.content_hash
            or close(item.content.text, texts.get(entry.id, ""))
        ),
    )


def _same_text_proves(item: Keyed, entry: KnownEntry, shared: set[str]) -> bool:
    """The same title and text: enough alone when there is some text, else with the same link or date."""
    if len(item.content.text) >= TELLING:
        return True
    evidence = _evidence(item, entry, shared, {})
    return evidence.link or evidence.date


def close(text: str, other: str) -> bool:
    """Whether one text is the other, edited. Short ones prove nothing."""
    if min(len(text), len(other)) < TELLING:
        return False
    return fuzz.ratio(text[:CLOSE_LENGTH], other[:CLOSE_LENGTH], score_cutoff=CLOSE) > 0


def _leads(known: Sequence[KnownEntry], identity: Identity) -> dict[str, KnownEntry]:
    """Every key and the entry it leads to. In link identity so do links of entries known by guid before."""
    leads: dict[str, KnownEntry] = {}
    if identity is Identity.LINK:
        shared = _shared_links((), known)
        for entry in known:
            if entry.link_key and entry.link_key not in shared:
                leads[f"link:{entry.link_key}"] = entry
    leads.update({key: entry for entry in known for key in entry.keys})
    return leads


def _absent(found: Iterable[Keyed], known: Sequence[KnownEntry]) -> tuple[KnownEntry, ...]:
    """Known entries this document does not hold under any of their keys, newest first."""
    here = {item.key for item in found}
    newest = sorted(known, key=lambda entry: entry.id, reverse=True)[:LOOK_BACK]
    return tuple(entry for entry in newest if here.isdisjoint(entry.keys))


def _shared_links(found: Iterable[Keyed], known: Iterable[KnownEntry]) -> set[str]:
    """Links that several entries have: a home page tells nothing apart (gather I2)."""
    here = Counter(item.link_key for item in found)
    there = Counter(entry.link_key for entry in known)
    return {link for counts in (here, there) for link, count in counts.items() if link and count > 1}


def _unknown_keys(item: Keyed, entry: KnownEntry) -> tuple[str, ...]:
    return () if item.key in entry.keys else (item.key,)
