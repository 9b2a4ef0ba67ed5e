"""The other door: closing a night's gathering, so that what waits becomes news (design §3.1)."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from digest import log
from digest.gather.release import AssignLanguage, AssignStories, AssignTopics, in_order, release
from digest.model import Seq
from digest.model.gathering import Closing
from digest.settings.schema import Settings
from digest.storage.protocol.entries import Entries
from digest.storage.protocol.sources import Sources

_log = log.logger("gather")


class Store(Protocol):
    """The shelves this room needs."""

    @property
    def sources(self) -> Sources: ...

    @property
    def entries(self) -> Entries: ...


def close(
    store: Store,
    settings: Settings,
    *,
    now: datetime,
    assign_topics: AssignTopics,
    assign_stories: AssignStories,
    assign_language: AssignLanguage,
) -> int:
    """Release all that waits, of this run or one that died before it, in one transaction; how many.

    Doing it twice releases nothing twice. Topics and stories are the sorting room's: the night
    passes its rules in, bound to the settings.
    """
    places = {configured.slug: place for place, configured in enumerate(settings.sources)}
    arriving = in_order(
        (*store.entries.waiting(), *store.entries.due_held(now)),
        now=now,
        order={each.id: places[each.slug] for each in store.sources.all() if each.slug in places},
    )
    if not arriving:
        return 0
    releases = release(
        arriving,
        Seq(store.entries.head() + 1),
        assign_topics=assign_topics,
        assign_language=assign_language,
    )
    closing = Closing(releases=releases, stories=tuple(assign_stories(arriving)))
    released = store.entries.close(closing, now)
    _log.info(log.event("closed", released=released, stories=len(closing.stories), head=releases[-1].seq))
    return released
