"""A night's last room on one machine: the deliver room, with its lock, its pace and its signatures."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from digest.deliver import (
    DeliverReport,
    Only,
    Policy,
    Timeouts,
    Transport,
    deliver,
    transport_of,
)
from digest.deliver.pace import pace_of
from digest.errors import TemplateError
from digest.log import event, logger
from digest.night.letters import LetterRoom, post_hands_letter
from digest.night.locks import lock, lock_path
from digest.night.noticing import after_sending
from digest.night.postroom import Postroom
from digest.night.signing import signer_of
from digest.night.tonight import Tonight

_log = logger("night")


def send(tonight: Tonight, *, only: Only, holds_uncertain: bool = False) -> DeliverReport:
    """Send what is due. Raises Busy when another run is at it, StorageError, SettingsError.

    `holds_uncertain`: what may have gone out already waits as `uncertain`, whatever the settings say. What
    an admin must hear of leaves in the same run, where the relay takes it.
    """
    store = tonight.store
    with lock(lock_path(store.path, "deliver"), now=tonight.clock()):
        report = _pass(tonight, only=only, holds_uncertain=holds_uncertain)
        store.issues.close_finished(tonight.clock())
        after_sending(tonight, report)
        if _hands_are_needed(tonight) and not tonight.stop():
            told = _pass(tonight, only=Only(letters=True), holds_uncertain=holds_uncertain)
            report = replace(report, letters=report.letters + told.letters)
    if not report.open and store.nights.get(tonight.night) is not None:
        store.nights.mark_finished(tonight.night, tonight.clock())
    return report


def _pass(tonight: Tonight, *, only: Only, holds_uncertain: bool) -> DeliverReport:
    mail, store = tonight.settings.mail, tonight.store
    total = store.deliveries.due_count(tonight.clock())
    return deliver(
        store,
        transport(tonight),
        Postroom(tonight).render,
        policy=Policy(
            max_age=timedelta(hours=mail.max_age_hours),
            on_uncertain="hold" if holds_uncertain else mail.on_uncertain,
            divert_to=mail.divert_to,
            connections=mail.connections,
        ),
        now=tonight.clock,
        random=tonight.random.random,
        progress=lambda done: tonight.show("deliver", done, max(done, total)),
        resting=lambda until: tonight.rest(until, "waits for the relay's rate"),
        stop=tonight.stop,
        only=only,
        pace=pace_of(mail, store.throttles.load(), tonight.night),
        signer=signer_of(tonight.settings),
        render_letter=LetterRoom(tonight).render,
    )


def _hands_are_needed(tonight: Tonight) -> bool:
    """Post the letter that says so, if there is news. A template of the site's that fails must not hide
    what became of the mail."""
    try:
        return post_hands_letter(tonight)
    except TemplateError as error:
        _log.warning(event("no-letter", words=error))
        return False


def transport(tonight: Tonight, *, timeouts: Timeouts | None = None) -> Transport:
    """The transport digest.toml names, nothing opened yet. Raises SettingsError."""
    mail = tonight.settings.mail
    password = mail.password.get_secret_value() if mail.password else None
    return transport_of(mail.smtp, password, tonight.base, timeouts or Timeouts())
