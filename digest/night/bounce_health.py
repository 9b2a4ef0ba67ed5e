"""What `doctor` asks about mail that comes back: does anybody read it, and who blames us?"""

from __future__ import annotations

import ssl
from collections.abc import Iterator

from digest.night.findings import Finding, ok, warn
from digest.night.inbound import BLAMED
from digest.night.mailbox import open_mailbox
from digest.night.tonight import Tonight

#: seconds the mailbox is waited for: a person is waiting too
PATIENCE = 15
_READ_IT = (
    'Set bounces = "imaps://user@mail.example.org/INBOX" in [mail] and run `digest inbound --imap`, or let '
    "an alias of that domain run `digest inbound`."
)


def bounces(tonight: Tonight) -> Iterator[Finding]:
    """Does what comes back reach us?"""
    mail = tonight.settings.mail
    if mail.bounces and mail.bounce_domain is None:
        yield warn(
            "bounces",
            "mail.bounces is read, but nothing in it can be told apart: there is no bounce_domain.",
            'Set bounce_domain = "bounces.example.org" in [mail]: its mail goes to that mailbox.',
        )
    is_sent = not mail.smtp.startswith(("dir:", "maildir:"))
    if is_sent and mail.bounce_domain is not None and not mail.bounces:
        last = tonight.store.bounces.last_at()
        if last is None:
            words = f"Nothing that comes back to {mail.bounce_domain} has reached us yet."
            yield warn("bounces", words, _READ_IT)
        else:
            yield ok("bounces", f"the last one came on {last.astimezone(tonight.zone):%Y-%m-%d}")
    for notice in tonight.store.notices.open():
        if notice.kind == BLAMED:
            yield warn("bounces", notice.words, "digest doctor --dns")


def bounce_mailbox(tonight: Tonight, *, context: ssl.SSLContext | None = None) -> Iterator[Finding]:
    """Can the mailbox be read? MailboxError is a finding of its own."""
    if tonight.settings.mail.bounces:
        with open_mailbox(tonight, timeout=PATIENCE, context=context):
            yield ok("bounce mailbox", "lets us in")
