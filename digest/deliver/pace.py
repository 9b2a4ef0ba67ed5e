"""How fast mail leaves: one bucket for all of it, one for each domain that `mail.rates` names.

A bucket is a debt in microseconds: a message adds what one of them takes, time pays it off, and a message
may leave while the debt stays within the burst. Whole numbers, so that it is exact after any number of
restarts. Pure: `now` is passed in. A clock set back pays nothing off and starts anew from there; one set
forward pays off what is owed and no more.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from email.utils import parseaddr

from digest.deliver.ramp import Ramp
from digest.model.rate import Rate
from digest.settings.schema import Mail
from digest.storage.protocol.throttles import Level

__all__ = ["Level", "Pace", "Rate", "pace_of"]

_TICK = timedelta(microseconds=1)
_HOUR = timedelta(hours=1)


class Pace:
    """The state of all buckets, and of a new sender's ramp-up."""

    def __init__(
        self,
        *,
        overall: Rate | None = None,
        domains: Mapping[str, Rate] | None = None,
        levels: Iterable[Level] = (),
        ramp: Ramp | None = None,
    ) -> None:
        """`levels`: as `levels()` gave them to be stored, by this run or an earlier one."""
        known = {each.name: each for each in levels}
        rates = {f"domain:{domain.lower()}": rate for domain, rate in (domains or {}).items()}
        if overall is not None:
            rates["overall"] = overall
        self._buckets = {name: _Bucket(name, rate, known.get(name)) for name, rate in rates.items()}
        self._overall = self._buckets.get("overall")
        self._ramp = ramp

    @property
    def limits(self) -> bool:
        """Is there anything to wait for?"""
        return bool(self._buckets) or self._ramp is not None

    @property
    def domains(self) -> tuple[str, ...]:
        """Those with a rate of their own."""
        return tuple(name.removeprefix("domain:") for name in self._buckets if name != "overall")

    @property
    def is_spent(self) -> bool:
        """A new sender's allowance of the day is used up: the rest stays planned until tomorrow."""
        return self.allowance == 0

    @property
    def allowance(self) -> int | None:
        """How many more may leave today; None: as many as there are."""
        return None if self._ramp is None else self._ramp.left

    def ready_at(self, domain: str, now: datetime) -> datetime:
        """When a message to that domain may leave; `now`, when it may leave at once."""
        return max((bucket.ready_at(now) for bucket in self._concerned(domain)), default=now)

    def take(self, domain: str, now: datetime) -> None:
        """A message to that domain leaves. To be called when `ready_at` has come, and nothing is spent."""
        for bucket in self._concerned(domain):
            bucket.take(now)
        if self._ramp is not None:
            self._ramp = self._ramp.counted()

    def levels(self) -> tuple[Level, ...]:
        """What must be stored in the transaction that lets the messages go."""
        levels = [level for bucket in self._buckets.values() if (level := bucket.level) is not None]
        return (*levels, *(self._ramp.levels() if self._ramp else ()))

    def forecast(self, queue: int) -> timedelta:
        """How long so many messages take to leave, by `mail.rate` alone."""
        return timedelta() if self._overall is None else self._overall.forecast(queue)

    def warning(
        self, queue: int, max_age: timedelta, *, domains: Mapping[str, int] | None = None
    ) -> str | None:
        """Words, when the rates are too slow for what waits. `domains`: how much of it goes where."""
        waiting = {"overall": queue} | {f"domain:{name}": n for name, n in (domains or {}).items()}
        said = [
            bucket.slowness(waiting[name])
            for name, bucket in self._buckets.items()
            if bucket.forecast(waiting.get(name, 0)) > max_age
        ]
        if not said:
            return None
        limit = f"the {max_age / _HOUR:g} hours of mail.max_age_hours"
        return f"{' '.join(said)} That is longer than {limit}."

    def _concerned(self, domain: str) -> list[_Bucket]:
        buckets = self._buckets
        if not buckets:
            return []
        named = buckets.get(f"domain:{domain.lower()}")
        return [bucket for bucket in (self._overall, named) if bucket is not None]


class _Bucket:
    """One rate, and what is owed to it."""

    def __init__(self, name: str, rate: Rate, level: Level | None) -> None:
        self._name = name
        self._rate = rate
        self._each = rate.each // _TICK
        # At most a second's worth leaves at once: relays count by the second, too.
        self._most = self._each * max(1, rate.count * timedelta(seconds=1) // rate.per)
        # What was owed to another rate than today's.
        self._owed = 0 if level is None else min(max(0, level.level), self._most)
        self._at = None if level is None else level.at

    @property
    def level(self) -> Level | None:
        """None: nothing was ever asked of it."""
        return None if self._at is None else Level(name=self._name, level=self._owed, at=self._at)

    def ready_at(self, now: datetime) -> datetime:
        self._pay(now)
        return now + max(0, self._owed + self._each - self._most) * _TICK

    def take(self, now: datetime) -> None:
        self._pay(now)
        self._owed += self._each

    def forecast(self, queue: int) -> timedelta:
        return max(0, self._owed + queue * self._each - self._most) * _TICK

    def slowness(self, queue: int) -> str:
        key = "mail.rate" if self._name == "overall" else "mail.rates"
        who = "" if self._name == "overall" else f" to {self._name.removeprefix('domain:')}"
        hours = math.ceil(self.forecast(queue) / _HOUR)
        return f"At {self._rate} ({key}), {queue} messages{who} take {hours} hours."

    def _pay(self, now: datetime) -> None:
        if self._at is not None and now > self._at:
            self._owed = max(0, self._owed - (now - self._at) // _TICK)
        self._at = now


def pace_of(mail: Mail, levels: Iterable[Level], today: date) -> Pace:
    """The pace digest.toml asks for. `today`: the night's date, in the site's zone."""
    known = tuple(levels)
    sender = parseaddr(mail.from_)[1].rpartition("@")[2].lower()
    return Pace(
        overall=Rate.parse(mail.rate) if mail.rate else None,
        domains={domain: Rate.parse(rate) for domain, rate in mail.rates.items()},
        levels=known,
        ramp=Ramp.recall(sender, today, known) if mail.ramp_up else None,
    )
