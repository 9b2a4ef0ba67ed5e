"""`digest issues hold|release|cancel|resume`: the admin's word on mail that is planned."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from digest.cli.frame import Command
from digest.cli.printing import count, local, say
from digest.cli.running import ran
from digest.cli.summary import summary
from digest.cli.tonight import now_option, tonight
from digest.errors import UsageError

if TYPE_CHECKING:
    from digest.night.holding import Waiting
    from digest.night.report import NightReport
    from digest.night.tonight import Tonight
    from digest.storage.protocol.steering import Cancelled


@click.command(cls=Command)
@click.argument("slug", metavar="LIST")
@click.option("--reason", metavar="WORDS", default="", help="Kept with the hold, and shown.")
def hold(slug: str, reason: str) -> None:
    """Keep a list's mail back until `release`: it is gathered and cut as ever, and waits."""
    from digest.night.holding import hold_list

    with tonight() as one:
        held = hold_list(one, slug, reason)
        click.echo(in_words(one, held))


@click.command(cls=Command)
@click.argument("slug", metavar="LIST")
def release(slug: str) -> None:
    """Let the mail of a list on hold go, with the next `digest deliver` or night."""
    from digest.night.holding import open_mail, release_list, restored

    with tonight() as one:
        if not release_list(one, slug):
            say(f"{slug} is not on hold.")
            return
        waits = sum(mails for _, mails in open_mail(one, slug))
        click.echo(f"{slug} is released: {_go(waits)}.")
        if restored(one) is not None:
            say("All mail is still held, since a backup was restored: `digest issues resume`.")


@click.command(cls=Command)
@click.argument("slug", metavar="LIST")
@click.option("--yes", is_flag=True, help="Do not ask.")
def cancel(slug: str, yes: bool) -> None:
    """End a list's mail that has not left yet; its stories return with the list's next digest."""
    from digest.cli.issue import name_of
    from digest.night.holding import cancel_list, open_mail

    with tonight() as one:
        found = open_mail(one, slug)
        if not found:
            say(f"No mail of {slug} is open: there is nothing to cancel.")
            return
        for issue, mails in found:
            sent = one.store.deliveries.tally(issue.id).sent
            what = f"{slug} {name_of(issue)}, night of {issue.night}"
            say(f"{what}: {count(mails, 'mail')} open, {sent:,} sent.")
        if not yes:
            _ask(f"End {count(sum(mails for _, mails in found), 'mail')} unsent?")
        for line in _cancelled(cancel_list(one, slug)):
            click.echo(line)


@click.command(cls=Command)
@now_option
@click.option("--send", is_flag=True, help="Send what waits, also what may have gone out since the backup.")
@click.option("--skip", is_flag=True, help="Pass over what may have gone out since the backup.")
def resume(now: str | None, send: bool, skip: bool) -> None:
    """After `digest restore`: decide about the mail that waits. Nothing is sent before."""
    if send and skip:
        raise UsageError("--send and --skip are two answers to one question: give one.")
    from digest.night.holding import restored

    with tonight(now=now) as one:
        waits = restored(one)
        if waits is None:
            say("No mail is held after a restore: there is nothing to decide.")
            return
        if send:
            from digest.night.resuming import resume_send

            click.echo(f"Released: {_go(resume_send(one))}.")
            return
        if not skip:
            for line in _choice(one, waits):
                click.echo(line)
            return
    _skip(now)


def in_words(one: Tonight, waiting: Waiting) -> str:
    """ "weekly is on hold since 2026-11-22 03:00 (a mistake in it): 4 mails wait"."""
    what = f"{waiting.list} is on hold" if waiting.list else "All mail is held"
    why = f" ({waiting.words.rstrip('.')})" if waiting.words else ""
    return f"{what} since {local(waiting.since_at, one.zone)}{why}: {_wait(waiting.mails)}. → {waiting.mend}"


def _skip(now: str | None) -> None:
    """It gathers and cuts, so it may take as long as a night."""
    from digest.night.resuming import resume_skip

    passed: list[int] = []

    def work(one: Tonight) -> NightReport:
        skipped = resume_skip(one)
        passed.append(skipped.mails)
        return skipped.night

    with ran(now, work) as (one, report):
        for line in summary(one, report):
            click.echo(line)
        click.echo(f"Passed over: {count(passed[0], 'mail')}. The next digests hold what is new from now on.")
        if report.gather is not None and report.gather.failed:
            say("What the failed sources published since the backup comes as news when they answer again.")


def _choice(one: Tonight, waits: Waiting) -> Iterator[str]:
    """What waits, how old the backup was, and what each answer does."""
    yield in_words(one, waits)
    yield "Mail may have been sent between the backup and the restore that this database does not know of."
    yield "  digest issues resume --send   sends what waits. Nobody misses a story;"
    yield "                                who got a digest in between may get its stories again."
    yield "  digest issues resume --skip   gathers and cuts, then passes over what waits. Nobody gets a story"
    yield "                                twice; who got no digest in between misses those stories."


def _cancelled(done: Cancelled) -> Iterator[str]:
    yield f"Cancelled: {count(done.expired, 'mail')} ended unsent; the stories return with the next digest."
    if done.sending:
        yield f"{count(done.sending, 'mail')} being sent just now ended as the relay answered."
    if done.uncertain:
        yield (
            f"{count(done.uncertain, 'mail')} of a run that died may have gone out: "
            "`digest deliver --resume` sends it again, --drop gives it up."
        )


def _wait(mails: int) -> str:
    return count(mails, "mail waits", "mails wait") if mails else "no mail waits yet"


def _go(mails: int) -> str:
    return (
        f"{count(mails, 'mail goes', 'mails go')} with `digest deliver`" if mails else "no mail was waiting"
    )


def _ask(question: str) -> None:
    """Go on only if somebody says so. Raises UsageError where nobody can be asked."""
    if not sys.stdin.isatty():
        raise UsageError("Nobody can be asked here.", mend="Add --yes if you mean it.")
    click.confirm(question, abort=True, err=True)
