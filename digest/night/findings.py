"""What `doctor` says: findings, from questions that are asked one by one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from digest.night.tonight import Tonight


class Level(StrEnum):
    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One answer."""

    #: what was looked at: "database", "relay"…
    id: str
    level: Level
    words: str
    mend: str | None = None


#: reads what it needs, changes nothing; a DigestError of it is told as a finding
Question = Callable[[Tonight], Iterator[Finding]]


def ok(id: str, words: str) -> Finding:
    return Finding(id=id, level=Level.OK, words=words)


def warn(id: str, words: str, mend: str) -> Finding:
    return Finding(id=id, level=Level.WARN, words=words, mend=mend)


def fail(id: str, words: str, mend: str) -> Finding:
    return Finding(id=id, level=Level.FAIL, words=words, mend=mend)
