"""A new sender begins small: mailbox providers distrust whoever mails thousands on their first day.

Day n, counted from the first on which the sender mailed anything with the ramp-up on, takes at most 50·2ⁿ
messages; after day 14 there is nothing left to hold back. Pure: days are nights' dates, given from outside.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time

from digest.storage.protocol.throttles import Level

#: messages of the first day; each day may double them
FIRST = 50
#: a day's allowance beyond this is none: the ramp is over
OVER = 1_000_000


def allowance(first_day: date | None, today: date, sent_today: int) -> int | None:
    """How many more may leave today; None: as many as there are. `first_day` None: nothing left yet."""
    # A clock set back to before the first day makes it the first day again.
    days = 0 if first_day is None else max(0, (today - first_day).days)
    most = FIRST << min(days, OVER.bit_length())
    return None if most > OVER else max(0, most - sent_today)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ramp:
    """One sender's day."""

    #: the domain that mail comes from
    sender: str
    today: date
    first_day: date | None = None
    sent_today: int = 0

    @classmethod
    def recall(cls, sender: str, today: date, levels: Iterable[Level]) -> Ramp:
        """As stored; a count of another day is none of today."""
        known = {each.name: each for each in levels}
        since, count = known.get(f"ramp-since:{sender}"), known.get(f"ramp:{sender}")
        return cls(
            sender=sender,
            today=today,
            first_day=since.at.date() if since else None,
            sent_today=count.level if count and count.at.date() == today else 0,
        )

    @property
    def left(self) -> int | None:
        """How many more may leave today; None: as many as there are."""
        return allowance(self.first_day, self.today, self.sent_today)

    def counted(self) -> Ramp:
        """One more has left."""
        return replace(self, first_day=self.first_day or self.today, sent_today=self.sent_today + 1)

    def levels(self) -> tuple[Level, ...]:
        """What `recall` needs; nothing before anything left."""
        if self.first_day is None:
            return ()
        return (
            Level(name=f"ramp:{self.sender}", level=self.sent_today, at=_midnight(self.today)),
            Level(name=f"ramp-since:{self.sender}", level=0, at=_midnight(self.first_day)),
        )


def _midnight(day: date) -> datetime:
    """A date as the instant it is stored as; no zone is meant."""
    return datetime.combine(day, time(), UTC)
