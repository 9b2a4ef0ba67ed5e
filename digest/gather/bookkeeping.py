"""A source's own bookkeeping after an answer: validators' fate, failures in a row, moves (gather F). Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal
from urllib.parse import urlsplit

from digest.gather.reply import Failed
from digest.gather.schedule import after_failure
from digest.model import EntryState, Move, Source
from digest.model.gathering import Gathering, NewNotice
from digest.settings.schema import Gather

#: a permanent redirect is believed after so many sightings…
SIGHTINGS = 3
#: …over so long a time: maintenance pages redirect "permanently" too (vienna-rss#1546)
MOVING_TIME = timedelta(hours=24)
#: an admin hears of a source that has failed for so long
DOWN = timedelta(days=7)

Outcome = Literal["unchanged", "changed", "failed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Why a source brought nothing."""

    slug: str
    #: one word
    kind: str
    #: one sentence, with no password in it
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GatherPlan:
    """What an answer means: the outcome for the report, and everything to be stored."""

    outcome: Outcome
    gathering: Gathering
    failure: Failure | None = None

    @property
    def entries_new(self) -> int:
        """Entries that became news, or will when they are due."""
        return sum(entry.state in (EntryState.WAITING, EntryState.HELD) for entry in self.gathering.new)


def failed(
    source: Source,
    *,
    kind: str,
    words: str,
    reply: Failed | None,
    now: datetime,
    jitter: float,
    settings: Gather,
) -> GatherPlan:
    """The source's bookkeeping after a failure, also one of our own. Nothing else changes."""
    gone = reply is not None and reply.status == 410
    failures = source.failures + 1
    since = source.failing_since_at or now
    after = replace(
        source,
        checked_at=now,
        next_check_at=after_failure(now, settings, failures=failures, jitter=jitter, failed=reply),
        failures=failures,
        failing_since_at=since,
        error_kind=kind,
        error=words,
        gone_at=now if gone else source.gone_at,
    )
    notices = []
    if gone:
        told = (
            f"{shown(source.address)} is gone for good (410) and is not asked any more. Its entries are kept."
        )
        notices.append(NewNotice(kind="gone", subject=source.slug, words=told))
    elif now - since >= DOWN:
        told = f"{shown(source.address)} has failed since {since:%Y-%m-%d}: {words}"
        notices.append(NewNotice(kind="source-down", subject=source.slug, words=told))
    return GatherPlan(
        outcome="failed",
        gathering=Gathering(at=now, source=after, notices=tuple(notices)),
        failure=Failure(slug=source.slug, kind=kind, words=words),
    )


def shown(address: str) -> str:
    """The address as people may see it: without user and password (gather F13)."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return address.rpartition("@")[2]
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()


def worked(source: Source, *, now: datetime, next_check_at: datetime, **learnt: Any) -> Source:
    """The source after an answer that could be used, and the fields of it that this answer taught us."""
    return replace(
        source,
        checked_at=now,
        succeeded_at=now,
        next_check_at=next_check_at,
        failures=0,
        failing_since_at=None,
        error_kind=None,
        error=None,
        **learnt,
    )


def settled(source: Source) -> tuple[str, ...]:
    """Kinds of notice that are over now that it works."""
    return ("source-down",) if source.failures else ()


def sighted(source: Source, moved_to: str | None, now: datetime) -> Move | None:
    """One more sighting of a permanent redirect; another target, or none, begins anew."""
    if moved_to is None or moved_to == source.address:
        return None
    if source.move is None or source.move.to != moved_to:
        return Move(to=moved_to, since_at=now, times=1)
    return replace(source.move, times=source.move.times + 1)


def moved(source: Source, *, shares: bool, now: datetime) -> Source:
    """Believe the redirect once it has lasted, and where it leads has entries of ours (gather F3)."""
    move = source.move
    if move is None or not shares or move.times < SIGHTINGS or now - move.since_at < MOVING_TIME:
        return source
    return replace(source, address=move.to, move=None, etag=None, last_modified=None)
