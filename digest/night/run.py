"""A night: gather, sort, cut, deliver, on one machine. Each step is safe to run again.

    with tonight:  gather ─ close (seq, topics, stories) ─ cut each list ─ planet ─ deliver what is due

A run that died is finished by the next one, of the same night or a later one: what was gathered waits
for the close, what was frozen is planned on, what was planned is sent.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from digest.deliver import DeliverReport, Policy, Timeouts, Transport, deliver, transport_of
from digest.errors import Busy, FolderError
from digest.gather import GatherReport, close, gather
from digest.gather.tongues import Tongues
from digest.model import IssueId, ListId
from digest.night.assigning import assign_language, assign_stories, assign_topics
from digest.night.cutting import ListReport, cut_list
from digest.night.locks import lock, lock_path
from digest.night.people import next_digest
from digest.night.postroom import Postroom
from digest.night.report import NightReport
from digest.night.tonight import Tonight
from digest.planet import SETTLES, Folder, Published, build
from subscribers.model import Consent

__all__ = ["NightReport", "Tonight", "compose_room", "deliver_room", "gather_room", "run_night"]


def run_night(tonight: Tonight, *, force: bool = False) -> NightReport:
    """The whole night. Raises Busy when another run is at it."""
    with lock(lock_path(tonight.store.path, "gather"), now=tonight.clock()):
        before = _open_notices(tonight)
        _begin(tonight)
        gathered, released = _gather(tonight, force=force)
        issues = _cut(tonight)
        planet = _publish(tonight)
    delivered = _deliver(tonight)
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


def deliver_room(tonight: Tonight, *, only_issue: IssueId | None = None) -> NightReport:
    """Send what is due now: planned, deferred, or waiting for its reader's hour."""
    return _report(tonight, frozenset(), deliver=_deliver(tonight, only_issue=only_issue))


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


def _deliver(tonight: Tonight, *, only_issue: IssueId | None = None) -> DeliverReport:
    mail = tonight.settings.mail
    store = tonight.store
    with lock(lock_path(store.path, "deliver"), now=tonight.clock()):
        total = store.deliveries.due_count(tonight.clock())
        report = deliver(
            store,
            transport(tonight),
            Postroom(tonight).render,
            policy=Policy(
                max_age=timedelta(hours=mail.max_age_hours),
                on_uncertain=mail.on_uncertain,
                divert_to=mail.divert_to,
            ),
            now=tonight.clock,
            random=tonight.random.random,
            progress=lambda done: tonight.show("deliver", done, max(done, total)),
            stop=tonight.stop,
            only_issue=only_issue,
        )
        store.issues.close_finished(tonight.clock())
    if not report.open and store.nights.get(tonight.night) is not None:
        store.nights.mark_finished(tonight.night, tonight.clock())
    return report


def transport(tonight: Tonight, *, timeouts: Timeouts | None = None) -> Transport:
    """The transport digest.toml names, nothing opened yet. Raises SettingsError."""
    mail = tonight.settings.mail
    password = mail.password.get_secret_value() if mail.password else None
    return transport_of(mail.smtp, password, tonight.base, timeouts or Timeouts())


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
