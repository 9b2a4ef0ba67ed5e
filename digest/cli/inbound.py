"""`digest inbound`: what comes back, one message at a time from a mail alias, or all that a mailbox holds."""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Mapping
from typing import IO, TYPE_CHECKING

import click

from digest.cli.frame import Command
from digest.cli.printing import count, json_option, print_json, say
from digest.cli.tonight import tonight
from digest.errors import DigestError, UsageError

if TYPE_CHECKING:
    from digest.night.inbound import Deed

#: where Postfix (local, pipe) and Exim tell a command whom the message was for, the surest first
RECIPIENTS = ("ORIGINAL_RECIPIENT", "RECIPIENT")


class TryLater(DigestError):
    """EX_TEMPFAIL of sysexits: the mail server keeps the message and comes again."""

    exit_code = 75


@click.command(cls=Command)
@click.argument("file", type=click.File("rb"), required=False)
@click.option("--recipient", metavar="ADDRESS", help="Whom it was for. Default: what the mail server tells.")
@click.option("--imap", is_flag=True, help="Read the mailbox of mail.bounces instead.")
@json_option
def inbound(file: IO[bytes] | None, recipient: str | None, imap: bool, as_json: bool) -> None:
    """Take in a bounce, a complaint, or a mail that asks to leave: FILE, or standard input.

    \b
    For a mail alias that all addresses of bounce_domain lead to:
      |/usr/local/bin/digest inbound --config /srv/planet/digest.toml
    """
    if imap and (file is not None or recipient is not None):
        raise UsageError("--imap reads a mailbox: give no file and no recipient.")
    if imap:
        _mailbox(as_json=as_json)
    else:
        _one(file or sys.stdin.buffer, recipient, as_json=as_json)


def _one(file: IO[bytes], recipient: str | None, *, as_json: bool) -> None:
    """Whatever keeps us from acting on it, the mail server must not throw the message away."""
    from digest.night.inbound import LARGEST, Inbound

    try:
        message = file.read(LARGEST + 1)
        while file.read(65_536):
            pass  # a mail server that cannot hand over all of it takes that for a failure
        with tonight(in_step=False) as one:
            taken = Inbound(one).take(message, recipients=_recipients(recipient, os.environ))
    except DigestError as error:
        raise TryLater(error.message, mend=error.mend) from error
    except OSError as error:
        raise TryLater(f"The message cannot be read: {error.strerror}.") from error
    if as_json:
        print_json({"deed": taken.deed, "words": taken.words})
    else:
        say(f"{taken.deed}: {taken.words}")


def _mailbox(*, as_json: bool) -> None:
    from digest.night.mailbox import open_mailbox, take_all

    with tonight(in_step=False) as one, open_mailbox(one) as mailbox:
        deeds = take_all(one, mailbox)
    if as_json:
        print_json({"messages": deeds.total(), **{str(deed): number for deed, number in deeds.items()}})
    else:
        say(_sum(deeds))


def _sum(deeds: Counter[Deed]) -> str:
    each = ", ".join(f"{number:,} {deed}" for deed, number in sorted(deeds.items()))
    return f"{count(deeds.total(), 'message')}" + (f": {each}." if each else ".")


def _recipients(given: str | None, environ: Mapping[str, str]) -> list[str]:
    return [given] if given else [environ[name] for name in RECIPIENTS if environ.get(name)]
