"""What is wrong with an installation, and the mend: a function a question, each asked whatever others find.

Reads everything, changes nothing, sends no mail: the relay is greeted and logged in to, no more.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from digest.deliver import Timeouts
from digest.errors import DigestError
from digest.net.names import Names
from digest.night.bounce_health import bounce_mailbox, bounces
from digest.night.dns_health import published
from digest.night.findings import Finding, Level, Question, fail, ok, warn
from digest.night.look_health import pictures, templates, texts
from digest.night.mail_health import holds, pauses, rate
from digest.night.sending import transport
from digest.night.signing import signatures
from digest.night.source_health import sources
from digest.night.tonight import Tonight
from digest.settings.schema import FileSecret
from digest.storage.backup import verify

__all__ = ["QUESTIONS", "Finding", "Level", "examine"]

#: less room than this and the next night may not be stored
LITTLE_ROOM = 200_000_000
#: a nightly job that did not run for so long is not running
MISSED = timedelta(hours=36)
#: seconds the relay is waited for here: a person is waiting too
PATIENCE = Timeouts(connect=10, command=15, data=15, block=15, dot=15, quit=2)


def examine(tonight: Tonight, *, offline: bool, names: Names | None = None) -> Iterator[Finding]:
    """Every finding. `offline` leaves the relay and the DNS alone; without `names` the DNS is."""

    def records(tonight: Tonight) -> Iterator[Finding]:
        # Files and a local mailbox ask no name server.
        if names is not None and tonight.settings.mail.smtp.startswith("smtp"):
            yield from published(tonight.settings, names)

    for question in (*QUESTIONS, records):
        if offline and question in (relay, records, bounce_mailbox):
            continue
        try:
            yield from question(tonight)
        except DigestError as error:
            name = question.__name__.replace("_", " ")
            yield Finding(id=name, level=Level.FAIL, words=error.message, mend=error.mend)


def configuration(tonight: Tonight) -> Iterator[Finding]:
    settings = tonight.settings
    yield ok(
        "configuration",
        ", ".join(
            f"{len(rows)} {word}{'' if len(rows) == 1 else 's'}"
            for word, rows in (
                ("source", settings.sources),
                ("topic", settings.topics),
                ("list", settings.lists),
            )
        ),
    )
    if not settings.sources:
        yield warn("configuration", "No source is followed.", "digest sources add https://blog.example.org")
    if not settings.lists:
        yield warn("configuration", "There is no list.", "Add a [[lists]] to digest.toml.")
    if not settings.site.url.startswith("https://"):
        yield warn(
            "configuration",
            f"site.url is {settings.site.url}: one-click unsubscribing needs https.",
            "Set the https address that readers reach.",
        )
    if not settings.site.postal_address:
        yield warn(
            "configuration",
            "site.postal_address is empty: many countries ask for one in every bulk mail.",
            'Set postal_address = "…" in [site].',
        )
    if settings.mail.divert_to:
        yield warn(
            "configuration",
            f"All mail goes to {settings.mail.divert_to} (mail.divert_to).",
            "Take it out on the live site.",
        )


def writing(tonight: Tonight) -> Iterator[Finding]:
    """May we write where we must?"""
    folders = {"the folder of digest.toml": tonight.base}
    if tonight.store.path is not None:
        folders["the database's folder"] = tonight.store.path.parent
    smtp = tonight.settings.mail.smtp
    if smtp.startswith("dir:"):
        folders["the outbox"] = _nearest(tonight.base / smtp.removeprefix("dir:"))
    if tonight.settings.planet is not None:
        folders["the planet's folder"] = _nearest(tonight.base / tonight.settings.planet.dir)
    refused = {name: path for name, path in folders.items() if not os.access(path, os.W_OK | os.X_OK)}
    for name, path in refused.items():
        yield fail(
            "writing", f"{name} ({path}) may not be written.", "Run as its owner, or change its rights."
        )
    if not refused:
        yield ok("writing", "every folder we write to may be written")


def secrets_files(tonight: Tonight) -> Iterator[Finding]:
    """Is anything secret readable by others?"""
    path = tonight.store.path
    if path is not None and path.exists() and path.stat().st_mode & 0o077:
        words = f"{path.name} holds addresses and keys, and others may read it."
        yield warn("secrets", words, f"chmod 600 {path}")
    mail = tonight.settings.mail
    for secret in (mail.password, mail.bounces_password, *(each.key for each in mail.dkim)):
        file = tonight.base / secret.file if isinstance(secret, FileSecret) else None
        # A group may be meant to read it; everybody never is.
        if file is not None and file.exists() and file.stat().st_mode & 0o007:
            yield warn("secrets", f"{file.name} is secret, and others may read it.", f"chmod 600 {file}")


def database(tonight: Tonight) -> Iterator[Finding]:
    store = tonight.store
    if store.path is not None:
        verify(store.path)
    broken = [
        issue.id
        for issue in store.issues.list_all(limit=1000)
        if not store.deliveries.conservation(issue.id).holds
    ]
    for id in broken:
        yield fail(
            "database",
            f"Issue {id} does not add up: its candidates are not all accounted for.",
            "Keep a copy of the database and tell us.",
        )
    if not broken:
        yield ok("database", "healthy, and every issue's deliveries add up")


def relay(tonight: Tonight) -> Iterator[Finding]:
    smtp = tonight.settings.mail.smtp
    if smtp.startswith("dir:"):
        yield warn(
            "relay",
            f"Mail is written to files ({smtp}), not sent.",
            'Set smtp = "smtp+starttls://user@mail.example.org:587" in [mail] to send.',
        )
        return
    lane = transport(tonight, timeouts=PATIENCE).lane()
    try:
        yield ok("relay", "greets us" + (", and the login works" if "@" in smtp else ""))
    finally:
        lane.close()


def zones(tonight: Tonight) -> Iterator[Finding]:
    """Is there zone data? Without it nights and hours cannot be told."""
    yield ok("zones", f"{tonight.settings.site.timezone}: the night is {tonight.night}")


def disk(tonight: Tonight) -> Iterator[Finding]:
    free = shutil.disk_usage(tonight.base).free
    if free < LITTLE_ROOM:
        words = f"Only {free // 1_000_000} MB are free."
        yield warn("disk", words, "Free some space: the next night needs it.")
    else:
        yield ok("disk", f"{free // 1_000_000_000} GB free")


def last_run(tonight: Tonight) -> Iterator[Finding]:
    last = tonight.store.nights.last()
    if last is None:
        yield warn("last run", "No night has run yet.", "digest nightly, then in cron or a timer")
        return
    if tonight.clock() - last.started_at > MISSED:
        words = f"The last night was {last.night}."
        yield warn("last run", words, "Is `digest nightly` in cron or a timer?")
        return
    if last.cut_at is None:
        yield warn(
            "last run", f"The night of {last.night} did not end.", "digest nightly goes on where it stopped"
        )
        return
    yield ok("last run", f"the night of {last.night}")
    open_ = tonight.store.deliveries.open_count()
    if tonight.store.deliveries.tried_count():
        words = "1 mail is still open." if open_ == 1 else f"{open_} mails are still open."
        yield warn("last run", words, "digest deliver sends what is due")


QUESTIONS: tuple[Question, ...] = (
    configuration,
    writing,
    templates,
    texts,
    pictures,
    secrets_files,
    database,
    relay,
    signatures,
    zones,
    disk,
    last_run,
    holds,
    pauses,
    rate,
    bounces,
    bounce_mailbox,
    sources,
)


def _nearest(path: Path) -> Path:
    """The path, or the folder it would be made in."""
    return path if path.exists() or path == path.parent else _nearest(path.parent)
