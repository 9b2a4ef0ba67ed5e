"""`digest deliver`: send what is planned, and decide about what was not sent."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from digest.cli import typed
from digest.cli.frame import Command
from digest.cli.printing import count, json_option, print_json, say
from digest.cli.running import leave, ran
from digest.cli.summary import summary
from digest.cli.tonight import now_option, refuse_far_clock
from digest.errors import NotFound, UsageError

if TYPE_CHECKING:
    from digest.night.report import NightReport
    from digest.night.tonight import Tonight
    from subscribers.model import Subscriber


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """What somebody said about mail, beside "send it"."""

    retry_failed: bool
    hold: bool
    resume: bool
    drop: bool
    only: str | None
    issue: int | None

    def refuse_nonsense(self) -> None:
        """Raises UsageError for words that contradict each other."""
        answers = [
            name
            for name, said in (("--resume", self.resume), ("--drop", self.drop), ("--hold", self.hold))
            if said
        ]
        if len(answers) > 1:
            raise UsageError(
                f"{' and '.join(answers)} are answers to one question, what becomes of mail that may have "
                "gone out already: give one."
            )
        if self.issue is not None and not self.retry_failed:
            raise UsageError("--issue says which failed mail to try again: give --retry-failed with it.")
        if self.only is not None and (self.resume or self.drop):
            raise UsageError(f"{answers[0]} is about everybody's mail, --only about one reader's: give one.")


@click.command(cls=Command)
@now_option
@click.option("--only", metavar="EMAIL", help="Only this reader's mail.")
@click.option("--retry-failed", is_flag=True, help="Try again what failed in each list's newest issue.")
@click.option("--issue", type=click.IntRange(min=1), metavar="N", help="With --retry-failed: of this issue.")
@click.option("--hold", is_flag=True, help="What a dead run may have sent waits (uncertain), this time.")
@click.option("--resume", is_flag=True, help="Send once more what may have gone out already (uncertain).")
@click.option("--drop", is_flag=True, help="Give up what may have gone out already (uncertain).")
@click.option("--yes", is_flag=True, help="Send real mail although --now is far off.")
@json_option
def deliver(
    now: str | None,
    only: str | None,
    retry_failed: bool,
    issue: int | None,
    hold: bool,
    resume: bool,
    drop: bool,
    yes: bool,
    as_json: bool,
) -> None:
    """Send what is due: planned, deferred, or waiting for its reader's hour."""
    word = Word(only=only, retry_failed=retry_failed, issue=issue, hold=hold, resume=resume, drop=drop)
    word.refuse_nonsense()

    def work(one: Tonight) -> NightReport:
        from digest.night.run import deliver_room

        refuse_far_clock(one, yes=yes)
        _decide(one, word)
        reader = _reader(one, word.only) if word.only else None
        if reader is not None:
            from digest.night.waiting import why_nothing

            for words in why_nothing(one, reader):
                say(f"Nothing to send now: {words}")
        return deliver_room(one, only_address=reader.address if reader else None, holds_uncertain=word.hold)

    with ran(now, work) as (one, report):
        if as_json:
            from digest.night.report import night_json

            print_json(night_json(report))
        elif sys.stdout.isatty() or not _is_idle(report):
            # Cron mails whatever is printed, and asks every five minutes.
            for line in summary(one, report):
                click.echo(line)
        leave(one, report, strict=False)


def _decide(one: Tonight, word: Word) -> None:
    """Do what was said about mail that was tried, and say what came of it."""
    ledger, now = one.store.deliveries, one.clock()
    if word.resume or word.drop:
        settled = ledger.settle_uncertain(now, "resume" if word.resume else "drop")
        what = "will be sent once more" if word.resume else "given up"
        say(f"{count(settled, 'uncertain mail')} {what}.")
    if word.retry_failed:
        say(_retried(one, word))
    if word.hold:
        say("What a run that died may have sent is held as uncertain, this time.")


def _retried(one: Tonight, word: Word) -> str:
    from digest.model import IssueId

    issue = None if word.issue is None else IssueId(word.issue)
    if issue is not None and one.store.issues.get(issue) is None:
        raise NotFound(f"There is no issue {issue}.", mend="`digest issues list` names them.")
    whose = _reader(one, word.only).address if word.only else None
    retried = one.store.deliveries.retry_failed(one.clock(), issue_id=issue, address=whose)
    where = f"of issue {issue}" if issue is not None else "of each list's newest issue"
    if not retried:
        return f"No failed mail {where} can be tried again."
    return f"{count(retried, 'failed mail')} {where} will be tried again."


def _reader(one: Tonight, typed_address: str) -> Subscriber:
    """The reader of that address. Raises UsageError, NotFound."""
    address = typed.address(typed_address)
    person = one.store.people.find(address)
    if person is None:
        raise NotFound(f"{address.address} is not a subscriber here.")
    return person


def _is_idle(report: NightReport) -> bool:
    """Nothing was due: nothing was tried, settled or given up, and nothing stopped us."""
    done = report.deliver
    assert done is not None, "this room was entered"
    ended = (done.sent, done.deferred, done.failed, done.suppressed, done.expired, done.uncertain)
    return not any((*ended, done.orphaned, done.stopped))
