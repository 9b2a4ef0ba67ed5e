"""The errors of planet-digest, one tree. Libraries' exceptions never leave the room that caused them.

    DigestError                what a user can mend; printed without a traceback
    ├── UsageError             the command cannot be run like this                     exit 2
    │   └── SettingsError      digest.toml, the environment or a secret file is wrong  exit 2
    ├── NotFound               nothing here has that name                              exit 1
    ├── StorageError           the database refuses: locked, full, newer, corrupt      exit 1
    │   ├── StorageLocked      another program holds it longer than we wait
    │   └── LeaseLost          somebody else took this work over; its writes are void
    ├── FetchError             an address could not be fetched                         a row, never an exit
    │   └── Refused            the guard does not let us connect there
    ├── UnreadableFeed         what came back is not a feed
    ├── TemplateError          a template has a fault, named by file and line          exit 1
    ├── RelayError             the mail relay refuses us: down, TLS, login             exit 4
    ├── MailboxError           the mailbox of bounces cannot be read                   exit 1
    └── Busy                   another run holds the lock                              exit 75

Expected outcomes (unchanged, suppressed, deferred) are values, not errors.
"""

from __future__ import annotations

from pathlib import Path


class DigestError(Exception):
    """Anything a person can mend. `str()` is a sentence; `mend` says what to do next."""

    exit_code = 1

    def __init__(self, message: str, *, mend: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.mend = mend


class UsageError(DigestError):
    """The command cannot be run like this."""

    exit_code = 2


class SettingsError(UsageError):
    """digest.toml, the environment or a secret file is wrong. `problems` holds every fault found."""

    def __init__(
        self, problems: tuple[str, ...], *, path: Path | None = None, mend: str | None = None
    ) -> None:
        super().__init__("\n".join(problems), mend=mend)
        self.problems = problems
        self.path = path


class NotFound(DigestError):
    """Nothing here has that name."""


class StorageError(DigestError):
    """The database refuses: locked, full, read-only, newer than this code, or corrupt."""


class StorageLocked(StorageError):
    """Another program holds the database longer than we wait. Nothing was written; again may go well."""


class LeaseLost(StorageError):
    """The fence has moved: somebody else took this work over, and our write was not made."""


class FetchError(DigestError):
    """An address could not be fetched. `kind` is one word for the summary and the source's row."""

    def __init__(self, message: str, *, kind: str, mend: str | None = None) -> None:
        super().__init__(message, mend=mend)
        self.kind = kind


class Refused(FetchError):
    """The guard does not let us connect there (private network, scheme, port)."""

    def __init__(self, message: str, *, mend: str | None = None) -> None:
        super().__init__(message, kind="refused", mend=mend)


class UnreadableFeed(DigestError):
    """What came back is not a feed. `kind` is one word: "html", "empty", "unreadable", "too-large"…"""

    def __init__(self, message: str, *, kind: str, mend: str | None = None) -> None:
        super().__init__(message, mend=mend)
        self.kind = kind


class TemplateError(DigestError):
    """A template has a fault. The message names file and line."""


class FolderError(DigestError):
    """The planet's folder is not ours, or cannot be written. Mail leaves all the same."""


class RelayError(DigestError):
    """The mail relay does not take our mail at all: unreachable, TLS, login. Nobody is marked."""

    exit_code = 4


class MailboxError(DigestError):
    """The mailbox that bounces come to cannot be read: unreachable, login, folder."""


class Busy(DigestError):
    """Another run holds the lock."""

    exit_code = 75
