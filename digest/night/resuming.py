"""The decision after a restore: send what waits, or pass over what may have gone out since the backup."""

from __future__ import annotations

from dataclasses import dataclass, replace

from digest.night.report import NightReport
from digest.night.run import compose_room, gather_room
from digest.night.tonight import Tonight
from digest.storage.protocol.steering import EVERYTHING


@dataclass(frozen=True, slots=True, kw_only=True)
class Skipped:
    """What `resume --skip` passed over, and what it gathered and cut to know of it."""

    mails: int
    night: NightReport


def resume_send(tonight: Tonight) -> int:
    """After a restore: let go what waits, also what may have been sent since the backup. How many.

    A list that is on hold by itself stays so.
    """
    ledger = tonight.store.deliveries
    waited = ledger.held_count()
    ledger.release(EVERYTHING)
    return waited - ledger.held_count()


def resume_skip(tonight: Tonight) -> Skipped:
    """After a restore: nobody gets again what was sent since the backup.

    Who had a digest since is due in this database, and what it held is not known here yet: so it is
    gathered and cut first, for everybody due, and then passed over. Who had none keeps their place.
    """
    ledger = tonight.store.deliveries
    # Before the cut: whoever still has open mail would not be planned.
    mails = ledger.skip_open(tonight.clock())
    gathered = gather_room(tonight, force=True)
    night = compose_room(tonight)
    mails += ledger.skip_open(tonight.clock())
    ledger.release(EVERYTHING)
    tonight.store.issues.close_finished(tonight.clock())
    return Skipped(mails=mails, night=_joined(gathered, night))


def _joined(gathered: NightReport, night: NightReport) -> NightReport:
    return replace(night, gather=gathered.gather, released=gathered.released + night.released)
