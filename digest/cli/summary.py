"""The summary of a night in words: what was gathered, what was cut, who got what, where to look.

A run that found nothing to do says so; it does not count zeros.
"""

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
        yield from _gathered(one, report.gather, report.released)
    elif report.released:
        yield f"  released  {count(report.released, 'entry', 'entries')}"
    for each in report.issues:
        yield from _cut(each)
    planet, done = one.settings.planet, report.planet
    if planet is not None and done is not None and (done.written or done.removed):
        yield f"  planet    {planet.dir}: {count(done.files, 'file')}, {done.written:,} written"
    if report.deliver is not None:
        yield from _delivered(one, report.deliver)
        yield from _kept_back(one, report.deliver)
    stopped = report.deliver.stopped if report.deliver else None
    for words in report.notices:
        if stopped is None or not words.startswith(stopped):  # else it stands above
            yield f"  notice    {words}"


def nobody(one: Tonight, report: NightReport) -> Iterator[str]:
    """What to do when nobody was due: nobody is ever left with an empty screen."""
    slug = one.settings.lists[0].slug if one.settings.lists else None
    look = "To see an issue now: `digest send-test you@example.org`."
    if slug is None:
        yield "There is no list: digest.toml needs a [[lists]]."
        return
    if not one.settings.sources:
        yield "No source is followed: `digest sources add https://blog.example.org` follows one."
    if not report.readers:
        yield f"Nobody is subscribed: `digest subscribers add you@example.org --list {slug} --confirmed`."
        yield look
    elif not any(each.planned or each.without_news for each in report.issues) and not _sent(report):
        yield f"Nobody is due tonight; next: {local(report.next_due, one.zone)}. {look}"


def _sent(report: NightReport) -> bool:
    return report.deliver is not None and report.deliver.sent > 0


def _gathered(one: Tonight, gathered: GatherReport, released: int) -> Iterator[str]:
    if not gathered.sources:
        yield f"  gathered  nothing: {_why_none(one)}"
    else:
        yield (
            f"  gathered  {count(gathered.sources, 'source')}: {gathered.changed} changed, "
            f"{gathered.unchanged} unchanged, {gathered.failed} failed; "
            f"{count(gathered.entries_new, 'new entry', 'new entries')}"
        )
    for failure in gathered.failures:
        yield f"            {failure.slug}: {failure.words}"
    if released != gathered.entries_new:
        yield f"            {count(released, 'entry', 'entries')} became news"


def _why_none(one: Tonight) -> str:
    if not one.settings.sources:
        return "no source is followed"
    slugs = {each.slug for each in one.settings.sources}
    checks = [each.next_check_at for each in one.store.sources.all() if each.slug in slugs]
    due = min((at for at in checks if at is not None), default=None)
    return "no source is due" + (f" before {local(due, one.zone)}" if due else "")


def _cut(each: ListReport) -> Iterator[str]:
    if each.issue is None:
        if each.without_news:
            yield f"  {each.list:<9} nothing new for {count(each.without_news, 'reader')}"
        return
    name = "extra" if each.number is None else f"no. {each.number}"
    quiet = f", nothing new for {each.without_news}" if each.without_news else ""
    if each.deliveries and not each.planned:
        yield f"  {each.list:<9} {name} was cut before, for {count(each.deliveries, 'reader')}{quiet}"
        return
    stories = count(each.entries, "story", "stories")
    if not each.deliveries:
        yield f"  {each.list:<9} {name}: {stories}, and nobody to send them to tonight{quiet}"
        return
    yield (
        f"  {each.list:<9} {name}: {stories} in {count(each.editions, 'edition')} "
        f"for {count(each.deliveries, 'reader')}{quiet}"
    )


def _delivered(one: Tonight, delivered: DeliverReport) -> Iterator[str]:
    words = [
        f"{number:,} {name}"
        for name in ("deferred", "failed", "suppressed", "expired", "uncertain", "open")
        if (number := getattr(delivered, name))
    ]
    if delivered.sent or words:
        yield f"  delivered {', '.join([f'{delivered.sent:,} sent', *words])}"
    else:
        yield "  delivered nothing: no mail was waiting"
    if delivered.letters:
        yield f"            and {count(delivered.letters, 'letter')}"
    if delivered.orphaned:
        yield f"            {delivered.orphaned} of a run that died were settled"
    if one.settings.mail.divert_to:
        yield f"            all of it to {one.settings.mail.divert_to} (mail.divert_to)"
    if delivered.stopped:
        yield f"  stopped   {delivered.stopped}"
        if delivered.mend:
            yield f"            → {delivered.mend}"
    if delivered.uncertain:
        yield "            may have gone out: `digest deliver --resume` sends it again, --drop gives it up"
    if delivered.open and delivered.next_attempt_at:
        at = local(delivered.next_attempt_at, one.zone)
        yield f"            next attempt from {at}: `digest deliver`"


def _kept_back(one: Tonight, delivered: DeliverReport) -> Iterator[str]:
    """What did not leave because somebody, or something, keeps it back."""
    from digest.night.holding import in_force

    for held in in_force(one):
        what = f"{held.list} is on hold" if held.list else "all mail is held"
        yield f"  held      {what}: {count(held.mails, 'mail waits', 'mails wait')}"
        if held.words:
            yield f"            {held.words}"
        yield f"            → {held.mend}"
    for domain, words in delivered.paused:
        yield f"  paused    {domain} is left alone for a while; it said: {words}"
    if delivered.is_ramping:
        yield "  held back today's share of a new sender is used up; the rest leaves from tomorrow"
    if delivered.warning:
        yield f"  too slow  {delivered.warning}"
