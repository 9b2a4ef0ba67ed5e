"""What the sink writes down, a line of JSON an event, and what can be read off it."""

from __future__ import annotations

import json
import os
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any


class Writer:
    """Appends. What a client may be told is on disk before it is."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = path.open("a", encoding="utf-8")
        self._lock = threading.Lock()

    def note(self, event: str, *, durably: bool = False, **values: object) -> None:
        line = json.dumps({"event": event, "at": time.monotonic(), **values})
        with self._lock:
            self._file.write(f"{line}\n")
            self._file.flush()
            if durably:
                os.fsync(self._file.fileno())

    def close(self) -> None:
        self._file.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A message that is the sink's now."""

    connection: int
    #: the how manieth message of its connection
    seq: int
    mail_from: str
    rcpt_to: tuple[str, ...]
    message_id: str
    #: of the content, dots undoubled
    sha256: str

    @property
    def recipient(self) -> str:
        (only,) = self.rcpt_to
        return only


@dataclass(frozen=True, slots=True, kw_only=True)
class Journal:
    """Everything written down so far."""

    events: tuple[dict[str, Any], ...]

    @classmethod
    def read(cls, path: Path) -> Journal:
        return cls(events=tuple(_lines(path)))

    @property
    def taken(self) -> tuple[Taken, ...]:
        return tuple(
            Taken(
                connection=event["connection"],
                seq=event["seq"],
                mail_from=event["mail_from"],
                rcpt_to=tuple(event["rcpt_to"]),
                message_id=event["message_id"],
                sha256=event["sha256"],
            )
            for event in self.of("taken")
        )

    @property
    def copies(self) -> Counter[str]:
        """Messages by recipient."""
        return Counter(recipient for taken in self.taken for recipient in taken.rcpt_to)

    @property
    def repeats(self) -> int:
        """Messages that had come before."""
        return len(self.taken) - len({taken.message_id for taken in self.taken})

    @property
    def altered(self) -> tuple[str, ...]:
        """Messages of which two copies differ, in whatever a reader or a relay can see."""
        seen: defaultdict[str, set[tuple[str, tuple[str, ...], str]]] = defaultdict(set)
        for taken in self.taken:
            seen[taken.message_id].add((taken.mail_from, taken.rcpt_to, taken.sha256))
        return tuple(name for name, copies in seen.items() if len(copies) > 1)

    @property
    def lost_replies(self) -> int:
        """Messages taken whose sender may never have heard so, by a fault of the sink."""
        return sum(event["lost_reply"] for event in self.of("fault"))

    @property
    def ahead(self) -> tuple[dict[str, Any], ...]:
        """What was said before the reply it had to wait for."""
        return tuple(self.of("ahead"))

    def refused(self, reply: str) -> set[str]:
        """Recipients who were answered so at RCPT."""
        return {event["line"] for event in self.of("refused") if event["reply"].startswith(reply)}

    def of(self, event: str) -> Iterator[dict[str, Any]]:
        return (each for each in self.events if each["event"] == event)

    def count(self, event: str, **like: object) -> int:
        return sum(all(each[name] == value for name, value in like.items()) for each in self.of(event))


def _lines(path: Path) -> Iterable[dict[str, Any]]:
    if not path.exists():
        return []
    whole, _, _ = path.read_text(encoding="utf-8").rpartition("\n")
    return [json.loads(line) for line in whole.splitlines()]
