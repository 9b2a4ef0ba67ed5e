"""Which entries of different sources say the same though no link or id does (gather I9). Pure.

Both must be texts of some length, and nearly equal: a summary is no copy of its article, the next episode no
copy of the last. When a source itself says the same thing twice, nothing tells which was copied, and none is.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import chain

from rapidfuzz import fuzz

from digest.model import EntryId, SourceId
from digest.model.gathering import Heading
from digest.model.words import fold

#: fewer words are a teaser, and teasers are alike
ENOUGH_WORDS = 48
#: of 100, by `fuzz.ratio`. On the corpus copies have 97 and more, different texts 75 and less, but for one
#: published under two titles; token_sort_ratio, which knows no order, lifts different texts by 10 to 20
CLOSE = 90
#: words a planet may put before a title: "[AFPy Salt-fr] …", "Thilina Rathnayake: …"
MOST_PREFIX = 5
#: letters compared; what is equal so far is a copy
MOST_READ = 20_000
#: headings looked at for one word, the newest
MOST_SHARING = 500
#: texts kept folded at a time
MOST_KEPT = 64
#: rarest words by which a title is found again
TELLING = 2

#: written without spaces; two letters are about a word
_UNSPACED = re.compile(r"[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff]")

#: an arriving entry and one of another source
Pair = tuple[Heading, Heading]


def near(arriving: Sequence[Heading], recent: Sequence[Heading]) -> tuple[Pair, ...]:
    """Pairs of other sources whose titles are alike, each once: of these the texts are worth reading.

    Both sequences in order of arrival. Comparing each with each would be millions; titles that are alike
    share a word that is rare in one of them.
    """
    index = _Index([*recent, *arriving])
    found: dict[tuple[EntryId, EntryId], Pair] = {}
    for one in arriving:
        for other in index.sharing(one):
            key = (min(one.id, other.id), max(one.id, other.id))
            if one.source_id != other.source_id and key not in found and title_score(one, other) >= CLOSE:
                found[key] = (one, other)
    return tuple(found.values())


def twins(pairs: Iterable[Pair], text_of: Callable[[EntryId], str]) -> dict[EntryId, tuple[EntryId, ...]]:
    """For each entry those it is a copy of, or that are copies of it, at most one of a source."""

    @lru_cache(maxsize=MOST_KEPT)
    def folded(id: EntryId) -> str:
        return fold(text_of(id))

    scores: dict[tuple[EntryId, EntryId], tuple[float, float]] = {}
    sources: dict[EntryId, SourceId] = {}
    for one, other in pairs:
        text = text_score(folded(one.id), folded(other.id))
        if text >= CLOSE:
            scores[one.id, other.id] = scores[other.id, one.id] = (text, title_score(one, other))
            sources |= {one.id: one.source_id, other.id: other.source_id}
    best = _best(scores, sources)
    mutual: defaultdict[EntryId, list[EntryId]] = defaultdict(list)
    for one_id, other_id in best:
        if (other_id, one_id) in best:
            mutual[one_id].append(other_id)
    return {id: tuple(others) for id, others in mutual.items()}


def text_score(one: str, other: str) -> float:
    """How alike two folded texts are, of 100; 0 where either is too short to tell."""
    if min(_words(one), _words(other)) < ENOUGH_WORDS:
        return 0
    if 200 * min(len(one), len(other)) < CLOSE * (len(one) + len(other)):
        return 0  # no order of the letters could make it
    return fuzz.ratio(one[:MOST_READ], other[:MOST_READ], score_cutoff=CLOSE)


def title_score(one: Heading, other: Heading) -> float:
    """How alike two titles are, of 100, with or without what a planet puts before one of them.

    Other numbers are another title: "Part 2", "1.3.1", "24 mai".
    """
    ours, theirs = one.title_key.split(), other.title_key.split()
    least = min(len(ours), len(theirs))
    if not least or abs(len(ours) - len(theirs)) > MOST_PREFIX:
        return 0
    return max(_ratio(ours, theirs), _ratio(ours[-least:], theirs[-least:]))


def _ratio(ours: Sequence[str], theirs: Sequence[str]) -> float:
    if _numbers(ours) != _numbers(theirs):
        return 0
    return fuzz.ratio(" ".join(ours), " ".join(theirs), score_cutoff=CLOSE)


def _numbers(words: Iterable[str]) -> list[str]:
    return [word for word in words if not word.isalpha()]


def _words(folded: str) -> int:
    return folded.count(" ") + bool(folded) + len(_UNSPACED.findall(folded[:MOST_READ])) // 2


def _best(
    scores: Mapping[tuple[EntryId, EntryId], tuple[float, float]], sources: Mapping[EntryId, int]
) -> set[tuple[EntryId, EntryId]]:
    """For every entry and other source the closest of that source, unless two are equally close."""
    rivals: defaultdict[tuple[EntryId, int], list[tuple[tuple[float, float], EntryId]]] = defaultdict(list)
    for (one, other), score in scores.items():
        rivals[one, sources[other]].append((score, other))
    best = set()
    for (one, _), found in rivals.items():
        found.sort(reverse=True)
        if len(found) == 1 or found[0][0] != found[1][0]:
            best.add((one, found[0][1]))
    return best


class _Index:
    """Headings by their words."""

    def __init__(self, headings: Sequence[Heading]) -> None:
        self._count = Counter(chain.from_iterable(_word_set(each) for each in headings))
        self._having: defaultdict[str, list[Heading]] = defaultdict(list)
        self._told_by: defaultdict[str, list[Heading]] = defaultdict(list)
        for each in headings:
            for word in _word_set(each):
                self._having[word].append(each)
            for word in self._telling(each):
                self._told_by[word].append(each)

    def sharing(self, heading: Heading) -> Iterator[Heading]:
        """Those that share a word that is among the rarest of either; some more than once."""
        for word in self._telling(heading):
            yield from self._having[word][-MOST_SHARING:]
        for word in _word_set(heading):
            yield from self._told_by.get(word, ())[-MOST_SHARING:]

    def _telling(self, heading: Heading) -> list[str]:
        return sorted(_word_set(heading), key=lambda word: (self._count[word], word))[:TELLING]


def _word_set(heading: Heading) -> set[str]:
    return set(heading.title_key.split())
