"""What is wrong with an installation, and the mend: a function a question, each asked whatever others find.

Reads everything, changes nothing, sends no mail: the relay is greeted and logged in to, no more.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from pathlib import Path

from digest.deliver import Timeouts
from digest.errors import DigestError
from digest.model import EntryState, Source
from digest.night.run import transport
from digest.night.tonight import Tonight
from digest.press.copies import copies
from digest.storage.backup import verify

#: less room than this and the next night may not be stored
LITTLE_ROOM = 200_000_000
#: a nightly job that did not run for so long is not running
MISSED = timedelta(hours=36)
#: seconds the relay is waited for here: a person is waiting too
PATIENCE = Timeouts(connect=10, command=15, data=15, block=15, dot=15, quit=2)


class Level(StrEnum):
    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One answer."""

    #: what was looked at: "database", "relay"…
    id: str
    level: Level
    words: str
    mend: str | None = None


Question = Callable[[Tonight], Iterator[Finding]]


def examine(tonight: Tonight, *, offline: bool) -> Iterator[Finding]:
    """Every finding. `offline` leaves the relay alone."""
    for question in QUESTIONS:
        if offline and question is relay:
            continue
        try:
            yield from question(tonight)
        except DigestError as error:
            name = question.__name__.replace("_", " ")
            yield Finding(id=name, level=Level.FAIL, words=error.message, mend=error.mend)


def configuration(tonight: Tonight) -> Iterator[Finding]:
    settings = tonight.settings
    yield _ok(
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
        yield _warn("configuration", "No source is followed.", "digest sources add https://blog.example.org")
    if not settings.lists:
        yield _warn("configuration", "There is no list.", "Add a [[lists]] to digest.toml.")
    if not settings.site.url.startswith("https://"):
        yield _warn(
            "configuration",
            f"site.url is {settings.site.url}: one-click unsubscribing needs https.",
            "Set the https address that readers reach.",
        )
    if not settings.site.postal_address:
        yield _warn(
            "configuration",
            "site.postal_address is empty: many countries ask for one in every bulk mail.",
            'Set postal_address = "…" in [site].',
        )
    for key, is_set in {
        "mail.rate": bool(settings.mail.rate),
        "mail.dkim": settings.mail.dkim is not None,
    }.items():
        if is_set:
            yield _warn(
                "configuration", f"{key} is set, and does nothing yet.", "It comes with a later version."
            )
    if settings.mail.divert_to:
        yield _warn(
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
        yield _fail(
            "writing", f"{name} ({path}) may not be written.", "Run as its owner, or change its rights."
        )
    if not refused:
        yield _ok("writing", "every folder we write to may be written")


def templates(tonight: Tonight) -> Iterator[Finding]:
    """Do the site's own templates still fit ours?"""
    named = tonight.settings.site.templates
    if named is not None and not (tonight.base / named).is_dir():
        words = f"site.templates names {named}, which is no folder."
        yield _fail("templates", words, "Make it, or take the key out.")
    for copy in copies(tonight.base / named) if named else ():
        if copy.ours_changed:
            words = f"{copy.name}: ours has changed since you copied it from planet-digest {copy.version}."
            yield _warn("templates", words, f"digest templates diff {copy.name}")


def secrets_files(tonight: Tonight) -> Iterator[Finding]:
    """Is anything secret readable by others?"""
    path = tonight.store.path
    if path is not None and path.exists() and path.stat().st_mode & 0o077:
        words = f"{path.name} holds addresses and keys, and others may read it."
        yield _warn("secrets", words, f"chmod 600 {path}")


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
        yield _fail(
            "database",
            f"Issue {id} does not add up: its candidates are not all accounted for.",
            "Keep a copy of the database and tell us.",
        )
    if not broken:
        yield _ok("database", "healthy, and every issue's deliveries add up")


def relay(tonight: Tonight) -> Iterator[Finding]:
    smtp = tonight.settings.mail.smtp
    if smtp.startswith("dir:"):
        yield _warn(
            "relay",
            f"Mail is written to files ({smtp}), not sent.",
            'Set smtp = "smtp+starttls://user@mail.example.org:587" in [mail] to send.',
        )
        return
    way = transport(tonight, timeouts=PATIENCE)
    try:
        way.open()
        yield _ok("relay", "greets us" + (", and the login works" if "@" in smtp else ""))
    finally:
        way.close()


def zones(tonight: Tonight) -> Iterator[Finding]:
    """Is there zone data? Without it nights and hours cannot be told."""
    yield _ok("zones", f"{tonight.settings.site.timezone}: the night is {tonight.night}")


def disk(tonight: Tonight) -> Iterator[Finding]:
    free = shutil.disk_usage(tonight.base).free
    if free < LITTLE_ROOM:
        words = f"Only {free // 1_000_000} MB are free."
        yield _warn("disk", words, "Free some space: the next night needs it.")
    else:
        yield _ok("disk", f"{free // 1_000_000_000} GB free")


def last_run(tonight: Tonight) -> Iterator[Finding]:
    last = tonight.store.nights.last()
    if last is None:
        yield _warn("last run", "No night has run yet.", "digest nightly, then in cron or a timer")
        return
    if tonight.clock() - last.started_at > MISSED:
        words = f"The last night was {last.night}."
        yield _warn("last run", words, "Is `digest nightly` in cron or a timer?")
        return
    if last.cut_at is None:
        yield _warn(
            "last run", f"The night of {last.night} did not end.", "digest nightly goes on where it stopped"
        )
        return
    yield _ok("last run", f"the night of {last.night}")
    open_ = tonight.store.deliveries.open_count()
    if tonight.store.deliveries.tried_count():
        words = "1 mail is still open." if open_ == 1 else f"{open_} mails are still open."
        yield _warn("last run", words, "digest deliver sends what is due")


def sources(tonight: Tonight) -> Iterator[Finding]:
    rows = {each.slug: each for each in tonight.store.sources.all()}
    troubled = 0
    for configured in tonight.settings.sources:
        row = rows.get(configured.slug)
        if row is None:
            continue  # new in the file: the next night meets it
        if row.gone_at:
            troubled += 1
            yield _warn(
                "sources",
                f"{row.slug} is gone (410) and not asked any more.",
                f"digest sources remove {row.slug}",
            )
        elif row.failures:
            troubled += 1
            yield _warn(
                "sources",
                f"{row.slug} fails since {row.failing_since_at:%Y-%m-%d}: {row.error}",
                f"digest sources try {row.slug}",
            )
        if row.address != row.url:
            yield _warn(
                "sources",
                f"{row.slug} has moved to {row.address}.",
                f'Set url = "{row.address}" for it in digest.toml.',
            )
    for first, second in _doubles(tonight, rows):
        yield _warn(
            "sources",
            f"{first} and {second} are fetched from one address: one of them is too many.",
            f"digest sources remove {second}",
        )
    if not troubled:
        yield _ok("sources", "none in trouble")
    kept = tonight.store.entries.find(state=EntryState.QUARANTINED, limit=1000)
    if kept:
        yield _warn(
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


QUESTIONS: tuple[Question, ...] = (
    configuration,
    writing,
    templates,
    secrets_files,
    database,
    relay,
    zones,
    disk,
    last_run,
    sources,
)


def _nearest(path: Path) -> Path:
    """The path, or the folder it would be made in."""
    return path if path.exists() or path == path.parent else _nearest(path.parent)


def _ok(id: str, words: str) -> Finding:
    return Finding(id=id, level=Level.OK, words=words)


def _warn(id: str, words: str, mend: str) -> Finding:
    return Finding(id=id, level=Level.WARN, words=words, mend=mend)


def _fail(id: str, words: str, mend: str) -> Finding:
    return Finding(id=id, level=Level.FAIL, words=words, mend=mend)
