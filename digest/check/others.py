"""Rules of the tables that no function decides, each with the reason: a person must look, or a message
alone cannot show it."""

from __future__ import annotations

from digest.check.model import Rule


def _look(number: str, title: str, reason: str) -> Rule:
    return Rule(number=number, title=title, reason=reason, kind="look")


def _not_ours(number: str, title: str, reason: str) -> Rule:
    return Rule(number=number, title=title, reason=reason, kind="not ours")


LOOK = (
    _look(
        "D4",
        "Editor's note: at most 120 words, marked as the editor's",
        "whether it sounds like a person and not like us, a person must hear",
    ),
    _look(
        "D5",
        "Top stories: at most three, pinned by hand",
        "what deserves the top is an editor's judgement; no mark in the mail says which are pinned",
    ),
)

NOT_OURS = (
    _not_ours(
        "E2",
        "Over budget: summaries go, then tails, never the foot",
        "what was left out is not in the mail; the cut's property tests hold it (E1 and D10 see the result)",
    ),
    _not_ours(
        "T2", "Numbered references", "does not apply: each address stands alone under its title (design §3.4)"
    ),
    _not_ours("A2", "DKIM and SPF aligned, a DMARC record", "`digest doctor`, which asks the DNS"),
    _not_ours(
        "A5", "POST one-click: no redirect, no cookie, idempotent", "the pages' answer, not the mail's"
    ),
    _not_ours(
        "A6", "Unsubscribed at once, looked at again before sending", "the sending run's, by its ledger"
    ),
    _not_ours("A7", "GET changes nothing", "the pages' answer"),
    _not_ours(
        "A12", "CFBL-Address, signed", "optional, and the mailbox provider's programme must be joined first"
    ),
    _not_ours("A16", "VERP envelope, stable over retries", "the envelope is not in the message"),
    _not_ours("A17", "TLS to the relay, verified", "the relay's session"),
    _not_ours("A18", "A time limit for each command", "the relay's session"),
    _not_ours("A19", "Retry with backoff, then give up", "the relay's replies, over days"),
    _not_ours("A22", "EHLO name, PTR, SPF, DKIM, DMARC, MX", "DNS: `digest doctor` and the provider"),
    _not_ours(
        "A23", "Bounces, complaints and automatic replies understood", "what comes back, not what leaves"
    ),
    _not_ours(
        "A24", "Suppressions looked up at the cut and before MAIL FROM", "the sending run's, by its ledger"
    ),
)
