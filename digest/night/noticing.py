"""What a run finds that an admin must hear of: raised as notices, settled when it is over.

Sources and quarantine raise theirs while gathering; these are about nights and mail.
"""

from __future__ import annotations

from datetime import timedelta

from digest.deliver import DeliverReport
from digest.deliver.pauses import Pauses
from digest.model import NightRecord
from digest.night.people import next_digest
from digest.night.tonight import Tonight
from subscribers.slots import start_of

#: issues looked through for rows that wait for a person's word; older ones are closed
_LATEST = 1_000
#: bounces that blame the sender come within days of the mail (RFC 5321 §4.5.4.1)
_CONTENT_AFTER = timedelta(days=7)


def missed_nights(tonight: Tonight, last: NightRecord | None) -> None:
    """Nights that did not run although somebody was due. Before the cut: it moves what is due.

    `last`: the latest night before this run began.
    """
    notices, now = tonight.store.notices, tonight.clock()
    if last is None or last.night >= tonight.night:
        return
    for notice in notices.open():
        if notice.kind == "unserved":
            notices.settle(notice.kind, notice.subject, now)
    due = next_digest(tonight)
    first = last.night + timedelta(days=1)
    if first == tonight.night or due is None or due >= start_of(tonight.night, tonight.zone):
        return
    until = tonight.night - timedelta(days=1)
    said = f"on {first}" if first == until else f"from {first} to {until}"
    words = f"No night ran {said}, and digests were due: they come tonight. Is `digest nightly` in a timer?"
    notices.raise_("unserved", tonight.night.isoformat(), words, now)


def after_sending(tonight: Tonight, report: DeliverReport) -> None:
    """What became of the mail."""
    _stopped(tonight, report)
    _paused(tonight)
    _uncertain(tonight, report)
    blamed(tonight)


def blamed(tonight: Tonight) -> None:
    """A domain that has not blamed us again for a while is content; the next bounce says so anew."""
    notices, now = tonight.store.notices, tonight.clock()
    for notice in notices.open():
        if notice.kind == "blamed" and notice.at <= now - _CONTENT_AFTER:
            notices.settle(notice.kind, notice.subject, now)


def _stopped(tonight: Tonight, report: DeliverReport) -> None:
    notices, now = tonight.store.notices, tonight.clock()
    if report.stopped is None:
        # A run that had nothing to send has not tried the relay.
        if report.sent or report.letters or not report.open:
            notices.settle("stopped", "deliver", now)
        return
    if not tonight.stop():  # else it was somebody's wish
        mend = f" {report.mend}" if report.mend else ""
        notices.raise_("stopped", "deliver", f"{report.stopped}{mend}", now)


def _paused(tonight: Tonight) -> None:
    notices, now = tonight.store.notices, tonight.clock()
    rows = tonight.store.throttles.pauses()
    pauses = Pauses(rows)
    for row in rows:
        if pauses.until(row.domain, now) is not None:
            words = (
                f"{row.domain} blames us, not its readers, and is left alone for a while, "
                f"longer each time. It said: {row.words}"
            )
            notices.raise_("paused", row.domain, words, now)
    known = {row.domain for row in rows}
    for notice in notices.open():
        if notice.kind == "paused" and notice.subject not in known:
            notices.settle(notice.kind, notice.subject, now)


def _uncertain(tonight: Tonight, report: DeliverReport) -> None:
    notices, now = tonight.store.notices, tonight.clock()
    if report.uncertain:
        mails = "1 mail" if report.uncertain == 1 else f"{report.uncertain} mails"
        words = (
            f"{mails} may have arrived, or not: the run ended before the relay's answer. "
            "`digest deliver --resume` sends again, `digest deliver --drop` does not."
        )
        notices.raise_("uncertain", "deliver", words, now)
    elif any(notice.kind == "uncertain" for notice in notices.open()) and not _waiting(tonight):
        notices.settle("uncertain", "deliver", now)


def _waiting(tonight: Tonight) -> bool:
    """Is any delivery still uncertain?"""
    store = tonight.store
    issues = (issue for issue in store.issues.list_all(limit=_LATEST) if issue.closed_at is None)
    return any(store.deliveries.tally(issue.id).uncertain for issue in issues)
