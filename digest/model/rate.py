"""How fast something may go: a count in a time."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta

_PERIODS = {
    "second": timedelta(seconds=1),
    "minute": timedelta(minutes=1),
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
}
#: nobody mails faster, and one that does has no use for a rate
_MOST = 1_000_000
_FORM = re.compile(r"([1-9][0-9]{0,6})/(second|minute|hour|day)")
#: what a rate looks like, for whoever wrote another
EXAMPLES = '"20/second", "200/hour", "5/minute" or "1000/day"'


@dataclass(frozen=True, slots=True)
class Rate:
    """`Rate.parse("20/second")`. At most so many in any period, beside what may leave at once."""

    count: int
    per: timedelta

    def __post_init__(self) -> None:
        if not 1 <= self.count <= _MOST or self.per <= timedelta():
            raise ValueError(f"a rate is 1 to {_MOST} in a time")

    @classmethod
    def parse(cls, text: str) -> Rate:
        """Raises ValueError, with the forms there are."""
        found = _FORM.fullmatch(text.strip())
        if found is None or int(found[1]) > _MOST:
            raise ValueError(f"must be like {EXAMPLES}")
        return cls(int(found[1]), _PERIODS[found[2]])

    @property
    def each(self) -> timedelta:
        """What one of them takes; rounded up, so that rounding never makes it faster."""
        return -(-self.per // self.count)

    def __str__(self) -> str:
        period = next((name for name, per in _PERIODS.items() if per == self.per), str(self.per))
        return f"{self.count}/{period}"
