"""What a night did, as one value: the summary prints it, `--json` dumps it (design §7)."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, datetime

from digest.deliver import DeliverReport
from digest.gather import GatherReport
from digest.night.cutting import ListReport
from digest.planet import Published


@dataclass(frozen=True, slots=True, kw_only=True)
class NightReport:
    """One run of a night, or of a room of it; None: that room was not entered."""

    night: date
    gather: GatherReport | None = None
    #: entries that became news at the close
    released: int = 0
    issues: tuple[ListReport, ...] = ()
    #: what became of the public pages
    planet: Published | None = None
    deliver: DeliverReport | None = None
    #: subscriptions confirmed, on all lists
    readers: int = 0
    #: when anybody is due next
    next_due: datetime | None = None
    #: words for an admin that were not there before the run
    notices: tuple[str, ...] = ()

    @property
    def has_stopped(self) -> bool:
        """The relay refused us, or somebody stopped the run: exit 4."""
        return self.deliver is not None and self.deliver.stopped is not None


def gather_json(report: GatherReport) -> dict[str, int]:
    """The `gather` object of the contract."""
    return {key: getattr(report, key) for key in ("sources", "unchanged", "changed", "failed", "entries_new")}


def night_json(report: NightReport) -> dict[str, object]:
    """The one object `digest nightly --json` prints."""
    counts = ("sent", "deferred", "failed", "suppressed", "expired", "uncertain", "open")
    delivered = asdict(report.deliver) if report.deliver else dict.fromkeys(counts, 0)
    return {
        "night": report.night.isoformat(),
        "gather": gather_json(report.gather) if report.gather else None,
        "issues": [
            {
                "list": each.list,
                "number": each.number,
                "entries": each.entries,
                "editions": each.editions,
                "deliveries": each.deliveries,
            }
            for each in report.issues
            if each.issue is not None
        ],
        "deliver": {key: delivered[key] for key in counts},
    }
