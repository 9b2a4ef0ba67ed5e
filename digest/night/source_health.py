"""What `doctor` asks about the sources: who is in trouble, who has moved, who is followed twice."""

from __future__ import annotations

from collections.abc import Iterator

from digest.model import EntryState, Source
from digest.night.findings import Finding, ok, warn
from digest.night.tonight import Tonight


def sources(tonight: Tonight) -> Iterator[Finding]:
    rows = {each.slug: each for each in tonight.store.sources.all()}
    troubled = 0
    for configured in tonight.settings.sources:
        row = rows.get(configured.slug)
        if row is None:
            continue  # new in the file: the next night meets it
        if row.gone_at:
            troubled += 1
            yield warn(
                "sources",
                f"{row.slug} is gone (410) and not asked any more.",
                f"digest sources remove {row.slug}",
            )
        elif row.failures:
            troubled += 1
            yield warn(
                "sources",
                f"{row.slug} fails since {row.failing_since_at:%Y-%m-%d}: {row.error}",
                f"digest sources try {row.slug}",
            )
        if row.address != row.url:
            yield warn(
                "sources",
                f"{row.slug} has moved to {row.address}.",
                f'Set url = "{row.address}" for it in digest.toml.',
            )
    for first, second in _doubles(tonight, rows):
        yield warn(
            "sources",
            f"{first} and {second} are fetched from one address: one of them is too many.",
            f"digest sources remove {second}",
        )
    if not troubled:
        yield ok("sources", "none in trouble")
    kept = tonight.store.entries.find(state=EntryState.QUARANTINED, limit=1000)
    if kept:
        yield warn(
            "sources", f"{len(kept)} entries are quarantined.", "digest entries list --state quarantined"
        )


def _doubles(tonight: Tonight, rows: dict[str, Source]) -> Iterator[tuple[str, str]]:
    """Sources that ended on one address (gather F4)."""
    first: dict[str, str] = {}
    for configured in tonight.settings.sources:
        row = rows.get(configured.slug)
        known = first.setdefault(row.address if row else configured.url, configured.slug)
        if known != configured.slug:
            yield known, configured.slug
