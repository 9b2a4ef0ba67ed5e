"""What the page says of a source is what its entries do (`wishes.reception` against `wishes.wanted`)."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subscribers.model import Wishes, Word
from subscribers.wishes import Reception, Traits, reception, wanted

TOPICS = ("a", "b", "c")
WHOLE = (Reception.FOLLOWED, Reception.TOPIC_FOLLOWED, Reception.ALL)
words = st.dictionaries(st.sampled_from(TOPICS), st.sampled_from(Word))


@given(
    only=st.booleans(),
    word=st.none() | st.sampled_from(Word),
    topics=words,
    own=st.sets(st.sampled_from(TOPICS)),
)
def test_whole_is_every_entry_nothing_is_none_and_the_rest_is_some(
    only: bool, word: Word | None, topics: dict[str, Word], own: set[str]
) -> None:
    wishes = Wishes.of(only=only, sources={} if word is None else {"s": word}, topics=topics)
    found = reception(wishes, "s", sorted(own), topics=TOPICS)
    others = [each for each in TOPICS if each not in own]
    entries = [
        Traits(source="s", topics=tuple(sorted({*own, *more})))
        for size in range(len(others) + 1)
        for more in combinations(others, size)
    ]
    come = [wanted(wishes, [entry]) for entry in entries]

    if found in WHOLE:
        assert all(come)
    elif found.is_nothing:
        assert not any(come)
    else:
        assert any(come)
        assert not all(come)


@pytest.mark.parametrize(
    ("wishes", "own", "found"),
    [
        (Wishes(), (), Reception.ALL),
        (Wishes.of(topics={"a": Word.MUTE}), (), Reception.NOT_ONLY_MUTED),
        (Wishes.of(topics={"a": Word.MUTE}), ("a",), Reception.OTHER_TOPICS),
        (Wishes.of(topics={"a": Word.MUTE}), ("a", "b"), Reception.ALL),
        (Wishes.of(topics=dict.fromkeys(TOPICS, Word.MUTE)), ("a",), Reception.TOPICS_MUTED),
        (Wishes.of(topics={"a": Word.FOLLOW}), ("a",), Reception.TOPIC_FOLLOWED),
        (Wishes.of(only=True, topics={"a": Word.FOLLOW}), ("b",), Reception.FOLLOWED_TOPICS),
        (Wishes.of(only=True, sources={"t": Word.FOLLOW}), ("b",), Reception.NOT_FOLLOWED),
        (Wishes.of(sources={"s": Word.MUTE}, topics={"a": Word.FOLLOW}), ("a",), Reception.MUTED),
        (Wishes.of(sources={"s": Word.FOLLOW}, topics={"a": Word.MUTE}), ("a",), Reception.FOLLOWED),
    ],
)
def test_each_rule_has_its_words(wishes: Wishes, own: tuple[str, ...], found: Reception) -> None:
    assert reception(wishes, "s", own, topics=TOPICS) is found
