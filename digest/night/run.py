"""A night: gather, sort, cut, deliver, on one machine. Each step is safe to run again.

    with tonight:  gather ─ close (seq, topics, stories) ─ cut each list ─ planet ─ deliver what is due

A run that died is finished by the next one, of the same night or a later one: what was gathered waits
for the close, what was frozen is planned on, what was planned is sent.
"""

from __future__ import annotations

from collections.abc import Iterable

from digest.deliver import DeliverReport, Only
from digest.errors import Busy, FolderError
from digest.gather import GatherReport, close, gather
from digest.gather.tongues import Tongues
from digest.model import IssueId, ListId
from digest.night.assigning import assign_language, assign_stories, assign_topics
from digest.night.cutting import ListReport, cut_list
from digest.night.keeping import let_go
from digest.night.locks import lock, lock_path
from digest.night.noticing import missed_nights
from digest.night.people import next_digest
from digest.night.reminding import remind
from digest.night.report import NightReport
from digest.night.sending import send
from digest.night.tonight import Tonight
from digest.planet import SETTLES, Folder, Published, build
from subscribers.model import Consent

__all__ = ["NightReport", "Tonight", "compose_room", "deliver_room", "gather_room", "run_night"]


def run_night(tonight: Tonight, *, force: bool = False) -> NightReport:
    """The whole night. Raises Busy when another run is at it."""
    with lock(lock_path(tonight.store.path, "gather"), now=tonight.clock()):
        before = _open_notices(tonight)
        missed_nights(tonight, tonight.store.nights.last())
        _begin(tonight)
        gathered, released = _gather(tonight, force=force)
        issues = _cut(tonight)
        planet = _publish(tonight)
    remind(tonight)
    delivered = send(tonight, only=Only())
    let_go(tonight)
    return _report(
        tonight,
        before,
        gather=gathered,
        released=released,
        issues=issues,
        planet=planet,
        deliver=delivered,
    )


def gather_room(tonight: Tonight, *, force: bool = False) -> NightReport:
    """Gather and close, no more: what is new comes with the next cut."""
    with lock(lock_path(tonight.store.path, "gather"), now=tonight.clock()):
        before = _open_notices(tonight)
        _begin(tonight)
        gathered, released = _gather(tonight, force=force)
    return _report(tonight, before, gather=gathered, released=released)


def compose_room(tonight: Tonight) -> NightReport:
    """Close what waits and cut tonight's issues, without asking any source."""
    with lock(lock_path(tonight.store.path, "gather"), now=tonight.clock()):
        before = _open_notices(tonight)
        _begin(tonight)
        released = _close(tonight)
        issues = _cut(tonight)
    return _report(tonight, before, released=released, issues=issues)


def deliver_room(
    tonight: Tonight,
    *,
    only_issue: IssueId | None = None,
    only_address: str | None = None,
    holds_uncertain: bool = False,
) -> NightReport:
    """Send what is due now: planned, deferred, or waiting for its reader's hour.

    `holds_uncertain`: what may have gone out already waits as `uncertain`, whatever the settings say.
    """
    only = Only(issue=only_issue, address=only_address)
    delivered = send(tonight, only=only, holds_uncertain=holds_uncertain)
    return _report(tonight, frozenset(), deliver=delivered)


def _begin(tonight: Tonight) -> None:
    """The night's record. Once something of it is frozen, the settings it ran with stay: a message
    composed again has the same bytes."""
    nights = tonight.store.nights
    frozen = any(
        tonight.store.issues.by_night(ListId(list_id), tonight.night) for list_id, _ in tonight.lists()
    )
    kept = nights.settings(tonight.night) if frozen else None
    secret = {"mail": {"password": True, "dkim": True}}
    now = tonight.settings.model_dump_json(by_alias=True, exclude=secret)
    nights.start(tonight.night, tonight.clock(), kept or now)


def _gather(tonight: Tonight, *, force: bool) -> tuple[GatherReport, int]:
    gathered = gather(
        tonight.store,
        tonight.settings,
        now=tonight.clock,
        random=tonight.random,
        base=tonight.base,
        force=force,
        progress=lambda done, total: tonight.show("gather", done, total),
    )
    return gathered, _close(tonight)


def _close(tonight: Tonight) -> int:
    """Every waiting entry becomes news, in one transaction (design §3.1)."""
    with Tongues() as tongues:
        released = close(
            tonight.store,
            tonight.settings,
            now=tonight.clock(),
            assign_topics=assign_topics(tonight),
            assign_stories=assign_stories(tonight),
            assign_language=assign_language(tonight, tonight.detect or tongues.of),
        )
    tonight.store.nights.mark_closed(tonight.night, tonight.clock())
    return released


def _cut(tonight: Tonight) -> tuple[ListReport, ...]:
    tonight.store.issues.mark_past_planned(tonight.night, tonight.clock())
    reports = tuple(cut_list(tonight, ListId(list_id), configured) for list_id, configured in tonight.lists())
    tonight.store.nights.mark_cut(tonight.night, tonight.clock())
    return reports


def _publish(tonight: Tonight) -> Published | None:
    """The public pages, before any mail leads to them. A folder that cannot be written is said, and mail
    leaves all the same; a broken template is its author's to mend, and stops the night as one of mails."""
    planet, notices = tonight.settings.planet, tonight.store.notices
    if planet is None:
        return None
    now = tonight.clock()
    folder = Folder(tonight.base / planet.dir)
    try:
        done = build(
            tonight.store,
            tonight.settings,
            folder,
            base=tonight.base,
            settled_before=now - SETTLES,
        )
    except (Busy, FolderError) as error:
        mend = f" {error.mend}" if error.mend else ""
        notices.raise_("planet", planet.dir, f"{error.message}{mend}", now)
        return None
    notices.settle("planet", planet.dir, now)
    return done


def _report(
    tonight: Tonight,
    notices_before: Iterable[tuple[str, str]],
    *,
    gather: GatherReport | None = None,
    released: int = 0,
    issues: tuple[ListReport, ...] = (),
    planet: Published | None = None,
    deliver: DeliverReport | None = None,
) -> NightReport:
    people = tonight.store.people
    known = set(notices_before)
    return NightReport(
        night=tonight.night,
        gather=gather,
        released=released,
        issues=issues,
        planet=planet,
        deliver=deliver,
        readers=sum(people.counts(ListId(list_id))[Consent.CONFIRMED] for list_id, _ in tonight.lists()),
        next_due=next_digest(tonight),
        notices=tuple(
            notice.words
            for notice in tonight.store.notices.open()
            if (notice.kind, notice.subject) not in known
        ),
    )


def _open_notices(tonight: Tonight) -> frozenset[tuple[str, str]]:
    return frozenset((notice.kind, notice.subject) for notice in tonight.store.notices.open())
