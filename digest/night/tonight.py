"""What one run of a night works with: the shelves, the settings, and what it is not allowed to guess."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

from digest.clock import end_of, night_of
from digest.gather.language import Detect
from digest.settings import ListSettings, Settings
from digest.storage import Store

#: how far a room is: (room, done, total)
Show = Callable[[str, int, int], None]


#: a room waits until then, for that
Rest = Callable[[datetime, str], None]


def unwatched(room: str, done: int, total: int) -> None:
    """The progress of a run nobody watches."""


def unheard(until: datetime, words: str) -> None:
    """The rests of a run nobody watches."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tonight:
    """One run. The night is fixed when it starts, so that a run over midnight stays one night."""

    store: Store
    settings: Settings
    #: the folder that paths in the settings are beside
    base: Path
    night: date
    clock: Callable[[], datetime]
    #: jitter of backoffs, and nothing else
    random: Random
    show: Show = unwatched
    rest: Rest = unheard
    #: tells languages; None: a process that ends with the closing, so that its memory is not ours
    detect: Detect | None = None
    #: nothing outside the store may change: it is a copy
    rehearsal: bool = False
    #: asked between units of work: True ends the run early, with everything kept
    stop: Callable[[], bool] = field(default=lambda: False)

    @property
    def zone(self) -> ZoneInfo:
        return self.settings.site.zone

    @property
    def end(self) -> datetime:
        """The first instant after this night's date: what is due before it is due tonight."""
        return end_of(self.night, self.zone)

    def lists(self) -> list[tuple[int, ListSettings]]:
        """The configured lists with their rows' ids, in the order of the file."""
        rows = {row.slug: row.id for row in self.store.lists.all()}
        return [(rows[each.slug], each) for each in self.settings.lists if each.slug in rows]


def night_for(now: datetime, settings: Settings) -> date:
    """The night that `now` belongs to, in the site's zone."""
    return night_of(now, settings.site.zone)
