"""Rows of `throttles` and `pauses`."""

from __future__ import annotations

from digest.storage.connection import Row
from digest.storage.protocol.throttles import Level, Pause
from digest.storage.rows.instants import instant, known_instant


def level(row: Row) -> Level:
    return Level(name=row["name"], level=row["level"], at=known_instant(row["at"]))


def level_values(level: Level) -> dict[str, object]:
    return {"name": level.name, "level": level.level, "at": instant(level.at)}


def pause(row: Row) -> Pause:
    return Pause(
        domain=row["domain"],
        until_at=known_instant(row["until_at"]),
        times=row["times"],
        words=row["words"],
    )


def pause_values(pause: Pause) -> dict[str, object]:
    return {
        "domain": pause.domain,
        "until_at": instant(pause.until_at),
        "times": pause.times,
        "words": pause.words,
    }
