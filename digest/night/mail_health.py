"""What `doctor` asks about mail on its way: what is held, who is paused, whether the rate suffices."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from digest.deliver.pace import pace_of
from digest.deliver.pauses import Pauses
from digest.night.findings import Finding, ok, warn
from digest.night.holding import in_force
from digest.night.tonight import Tonight


def holds(tonight: Tonight) -> Iterator[Finding]:
    """Is mail kept back that somebody forgot?"""
    for each in in_force(tonight):
        what = f"{each.list} is on hold" if each.list else "All mail is held"
        why = f" ({each.words.rstrip('.')})" if each.words else ""
        mails = "1 mail waits" if each.mails == 1 else f"{each.mails:,} mails wait"
        since = each.since_at.astimezone(tonight.zone)
        yield warn("holds", f"{what} since {since:%Y-%m-%d %H:%M}{why}: {mails}.", each.mend)


def pauses(tonight: Tonight) -> Iterator[Finding]:
    """Which domains blame us?"""
    now = tonight.clock()
    rows = tonight.store.throttles.pauses()
    known = Pauses(rows)
    for row in rows:
        until = known.until(row.domain, now)
        if until is not None:
            yield warn(
                "pauses",
                f"{row.domain} is left alone until {until.astimezone(tonight.zone):%Y-%m-%d %H:%M}; "
                f"it said: {row.words}",
                "See what it has against us: its postmaster pages, SPF, DKIM, DMARC.",
            )


def rate(tonight: Tonight) -> Iterator[Finding]:
    """Does all that waits leave before it is too old?"""
    mail, store, now = tonight.settings.mail, tonight.store, tonight.clock()
    if not (mail.rate or mail.rates):
        return
    pace = pace_of(mail, store.throttles.load(), tonight.night)
    words = pace.warning(
        store.deliveries.due_count(now),
        timedelta(hours=mail.max_age_hours),
        domains={domain: store.throttles.queue(domain, now) for domain in mail.rates},
    )
    if words is not None:
        yield warn("rate", words, "Raise mail.rate or mail.rates, or mail.max_age_hours.")
    else:
        yield ok("rate", "what waits leaves in time")
