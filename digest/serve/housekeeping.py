"""Small work that the clock asks for, in this process: units of work of the night's."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from digest.night.reminding import remind
from digest.serve.chores import Chore
from digest.serve.installed import Installed
from digest.serve.work import Rounds

#: a reminder is due 48 hours after somebody asked, a forgetting after 30 days: an hour more is no matter
OFTEN = timedelta(hours=1)


def housekeeping(house: Installed, *, ring: Callable[[], None]) -> list[Chore]:
    """The chores. `ring` tells that a letter waits."""

    def reminding(house: Installed) -> int:
        with house.tonight() as one:
            done = remind(one)
        if done.reminders:
            ring()
        return done.reminders + done.forgotten

    return [Rounds(name="reminding", house=house, work=reminding, every=OFTEN)]
