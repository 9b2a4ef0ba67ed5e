"""Rows of `sources`."""

from __future__ import annotations

from digest.model import Identity, Move, Source, SourceId
from digest.storage.connection import Row
from digest.storage.rows.instants import flag, instant, known_instant, parse_flag, parse_instant


def source(row: Row) -> Source:
    return Source(
        id=SourceId(row["id"]),
        slug=row["slug"],
        url=row["url"],
        address=row["address"],
        title=row["title"],
        site_url=row["site_url"],
        etag=row["etag"],
        last_modified=row["last_modified"],
        body_hash=row["body_hash"],
        next_check_at=parse_instant(row["next_check_at"]),
        checked_at=parse_instant(row["checked_at"]),
        succeeded_at=parse_instant(row["succeeded_at"]),
        news_at=parse_instant(row["news_at"]),
        failures=row["failures"],
        failing_since_at=parse_instant(row["failing_since_at"]),
        error_kind=row["error_kind"],
        error=row["error"],
        move=_move(row),
        gone_at=parse_instant(row["gone_at"]),
        malformed=parse_flag(row["malformed"]),
        identity=Identity(row["identity"]),
        seeded_at=parse_instant(row["seeded_at"]),
        retired_at=parse_instant(row["retired_at"]),
    )


def source_values(source: Source) -> dict[str, object]:
    """What asking it may change; slug, url and retirement are the file's."""
    move = source.move
    return {
        "id": source.id,
        "address": source.address,
        "title": source.title,
        "site_url": source.site_url,
        "etag": source.etag,
        "last_modified": source.last_modified,
        "body_hash": source.body_hash,
        "next_check_at": instant(source.next_check_at),
        "checked_at": instant(source.checked_at),
        "succeeded_at": instant(source.succeeded_at),
        "news_at": instant(source.news_at),
        "failures": source.failures,
        "failing_since_at": instant(source.failing_since_at),
        "error_kind": source.error_kind,
        "error": source.error,
        "move_to": move.to if move else None,
        "move_since_at": instant(move.since_at) if move else None,
        "move_times": move.times if move else 0,
        "gone_at": instant(source.gone_at),
        "malformed": flag(source.malformed),
        "identity": source.identity.value,
        "seeded_at": instant(source.seeded_at),
    }


def touch_values(source: Source) -> dict[str, object]:
    """What an asking changes that brings nothing, of a source that worked before."""
    return {
        "id": source.id,
        "etag": source.etag,
        "last_modified": source.last_modified,
        "next_check_at": instant(source.next_check_at),
        "succeeded_at": instant(source.succeeded_at),
    }


def _move(row: Row) -> Move | None:
    if row["move_to"] is None:
        return None
    return Move(to=row["move_to"], since_at=known_instant(row["move_since_at"]), times=row["move_times"])
