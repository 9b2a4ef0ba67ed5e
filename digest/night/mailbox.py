"""The mailbox that bounces come to, where no alias hands them over one by one."""

from __future__ import annotations

import ssl
from collections import Counter

from digest.errors import UsageError
from digest.net.mailbox import Mailbox, place_of
from digest.night.inbound import LARGEST, Deed, Inbound
from digest.night.tonight import Tonight

#: messages acted on between two marks: as many are met again after a kill, and do nothing then
TOGETHER = 50


def open_mailbox(tonight: Tonight, *, timeout: float = 60, context: ssl.SSLContext | None = None) -> Mailbox:
    """The mailbox of the settings. Raises UsageError without one, MailboxError when it is not to be had."""
    mail = tonight.settings.mail
    if not mail.bounces:
        raise UsageError(
            "No mailbox is configured.",
            mend='Set bounces = "imaps://user@mail.example.org/INBOX" in [mail].',
        )
    password = mail.bounces_password.get_secret_value() if mail.bounces_password else None
    return Mailbox(place_of(mail.bounces, password), largest=LARGEST, timeout=timeout, context=context)


def take_all(tonight: Tonight, mailbox: Mailbox) -> Counter[Deed]:
    """Act on every message that nobody has marked: first the commit, then the mark. What came of them."""
    desk, deeds, done = Inbound(tonight), Counter[Deed](), list[int]()
    for waiting in mailbox.waiting():
        if tonight.stop():
            break
        deed = Deed.IGNORED  # too large to be a report
        if waiting.content is not None:
            deed = desk.take(waiting.content, recipients=()).deed
        deeds[deed] += 1
        done.append(waiting.uid)
        if len(done) >= TOGETHER:
            mailbox.mark(done)
            done.clear()
    mailbox.mark(done)
    return deeds
