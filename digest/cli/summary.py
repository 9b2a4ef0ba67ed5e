"""The summary of a night in words: what was gathered, what was cut, who got what, where to look."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from digest.cli.printing import count, local

if TYPE_CHECKING:
    from digest.deliver import DeliverReport
    from digest.gather import GatherReport
    from digest.night.cutting import ListReport
    from digest.night.report import NightReport
    from digest.night.tonight import Tonight


def summary(one: Tonight, report: NightReport) -> Iterator[str]:
    """The lines, in the order of the night."""
    yield f"Night of {report.night.isoformat()}"
    if report.gather is not None:
        yield from _gathered(report.gather, report.released)
    for each in report.issues:
        yield from _cut(each)
    if report.deliver is not None:
        yield from _delivered(one, report.deliver)
    for words in report.notices:
        yield f"  notice    {words}"


def nobody(one: Tonight, report: NightReport) -> Iterator[str]:
    """What to do when nobody was due: nobody is ever left with an empty screen."""
    slug = one.settings.lists[0].slug if one.settings.lists else None
    if slug is None:
        yield "No list: digest.toml needs a [[lists]]."
    elif not one.settings.sources:
        yield "No source yet: `digest sources add https://blog.example.org` follows one."
    elif not report.readers:
        yield f"Nobody is subscribed: `digest subscribers add you@example.org --list {slug} --confirmed`."
    elif not any(each.planned or each.without_news for each in report.issues) and not _sent(report):
        due = local(report.next_due, one.zone)
        yield f"Nobody is due tonight; next: {due}. To see an issue now: `digest send-test you@example.org`."


def _sent(report: NightReport) -> bool:
    return report.deliver is not None and report.deliver.sent > 0


def _gathered(gathered: GatherReport, released: int) -> Iterator[str]:
    asked = count(gathered.sources, "source")
    yield (
        f"  gathered  {asked}: {gathered.changed} changed, {gathered.unchanged} unchanged, "
        f"{gathered.failed} failed; {count(gathered.entries_new, 'new entry', 'new entries')}"
    )
    for failure in gathered.failures:
        yield f"            {failure.slug}: {failure.words}"
    if released != gathered.entries_new:
        yield f"            {count(released, 'entry', 'entries')} became news"


def _cut(each: ListReport) -> Iterator[str]:
    if each.issue is None:
        if each.without_news:
            yield f"  {each.list:<9} nothing new for {count(each.without_news, 'reader')}"
        return
    name = "extra" if each.number is None else f"no. {each.number}"
    if each.deliveries and not each.planned:
        yield f"  {each.list:<9} {name} was cut before, for {count(each.deliveries, 'reader')}"
        return
    quiet = f", nothing new for {each.without_news}" if each.without_news else ""
    yield (
        f"  {each.list:<9} {name}: {count(each.entries, 'story', 'stories')} in "
        f"{count(each.editions, 'edition')} for {count(each.deliveries, 'reader')}{quiet}"
    )


def _delivered(one: Tonight, delivered: DeliverReport) -> Iterator[str]:
    words = [f"{delivered.sent} sent"]
    for name in ("deferred", "failed", "suppressed", "expired", "uncertain", "open"):
        if number := getattr(delivered, name):
            words.append(f"{number} {name}")
    yield f"  delivered {', '.join(words)}"
    if delivered.orphaned:
        yield f"            {delivered.orphaned} of a run that died were settled"
    if one.settings.mail.divert_to:
        yield f"            all of it to {one.settings.mail.divert_to} (mail.divert_to)"
    if delivered.stopped:
        yield f"  stopped   {delivered.stopped}"
        if delivered.mend:
            yield f"            → {delivered.mend}"
    if delivered.open and delivered.next_attempt_at:
        at = local(delivered.next_attempt_at, one.zone)
        yield f"            next attempt from {at}: `digest deliver`"
