"""The closing of a night's gathering: who becomes news, in which order (design §3.1). Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime

from digest.model import Entry, EntryState, Seq, SourceId, TopicRule
from digest.model.gathering import Placing, Release

#: the topics of an entry by the rules in force now: `sort.topics`, bound to the settings by the night
AssignTopics = Callable[[Entry], tuple[TopicRule, ...]]
#: the story of every arriving entry, in order of arrival: `sort.stories`, likewise
AssignStories = Callable[[Sequence[Entry]], Sequence[Placing]]
#: the language an entry is shown under
AssignLanguage = Callable[[Entry], str | None]


def in_order(waiting: Iterable[Entry], *, now: datetime, order: Mapping[SourceId, int]) -> tuple[Entry, ...]:
    """All that may go, as it arrives: by source (`order`: its place in digest.toml), label date, id."""
    return tuple(
        sorted(
            (entry for entry in waiting if may_go(entry, now)),
            key=lambda entry: (order.get(entry.source_id, len(order)), entry.dated_at, entry.id),
        )
    )


def release(
    arriving: Sequence[Entry],
    next_seq: Seq,
    *,
    assign_topics: AssignTopics,
    assign_language: AssignLanguage,
) -> tuple[Release, ...]:
    """Give seq, without gaps, in the order given; topics and language are decided now, for good."""
    return tuple(
        Release(
            entry_id=entry.id,
            seq=Seq(seq),
            language=assign_language(entry),
            topics=assign_topics(entry),
        )
        for seq, entry in enumerate(arriving, start=next_seq)
    )


def may_go(entry: Entry, now: datetime) -> bool:
    """Waiting and still in its feed, or held until a date that has come."""
    if entry.state is EntryState.HELD:
        return entry.held_until_at is not None and entry.held_until_at <= now
    return entry.state is EntryState.WAITING and entry.withdrawn_at is None
