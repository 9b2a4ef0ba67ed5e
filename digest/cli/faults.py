"""Errors become words and an exit code (design §7); an output that cannot take our words is told apart."""

from __future__ import annotations

import errno
import io
import os
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager

import click

from digest.errors import DigestError

INTERRUPTED = 130


class ReaderGone(Exception):
    """Whoever read our output went away (`| head`), as they may."""


@contextmanager
def readers_may_go() -> Iterator[None]:
    """Tell a broken pipe from other errors before click does, which ends with 1 and says nothing."""
    try:
        yield
    except BrokenPipeError as gone:
        raise ReaderGone from gone


def spare_the_terminal() -> None:
    """What a stream's encoding cannot show is shown as "?": a name in French never ends a night."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def flush() -> None:
    """Let everything out now, while an error can still be told. Raises OSError."""
    if sys.stdout is not None:
        sys.stdout.flush()


def report(error: BaseException, *, debug: bool) -> int:
    """Say on standard error what went wrong, without a trace unless asked; the exit code."""
    if isinstance(error, ReaderGone | BrokenPipeError):
        _forget_output()
        return 0
    if debug and not isinstance(error, click.exceptions.Exit | SystemExit):
        traceback.print_exception(error)
    match error:
        case SystemExit():
            return error.code if isinstance(error.code, int) else 1
        case click.exceptions.Exit():
            return error.exit_code
        case KeyboardInterrupt() | click.Abort():
            _tell("Interrupted. What was done is kept; run the same command to go on.")
            return INTERRUPTED
        case click.ClickException():
            error.show(sys.stderr)
            return error.exit_code
        case DigestError():
            _tell(error.message, error.mend)
            return error.exit_code
        case OSError(filename=None, errno=errno.ENOSPC | errno.EIO | errno.EBADF):
            _forget_output()
            _tell(f"Standard output cannot be written: {os.strerror(error.errno or 0)}.")
            return 1
        case _:
            _tell(
                f"Something we did not foresee: {type(error).__name__}: {error}",
                "Run it again with --debug and send us what it prints. Nothing that was recorded is lost.",
            )
            return 1


def _tell(words: str, mend: str | None = None) -> None:
    click.echo(words, err=True)
    if mend:
        click.echo(f"→ {mend}", err=True)


def _forget_output() -> None:
    """Python flushes once more at its end, and would complain once more."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.close(nowhere)
