"""Which mail of ours a message is about, by the proofs we wrote into it. Pure; keys are passed in.

The proof is the only authority: what From, Final-Recipient or any prose says ends nobody's subscription.
Mostly it is the address the message came to; a complaint, which goes to one address for all, has it in its
copy of our mail: the envelope sender we used, or the token in List-Unsubscribe.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from email import message_from_bytes, policy

from subscribers.reports import Complaint, addresses
from subscribers.tokens import TOKEN_LENGTH, Key, Local, Mailbox, Purpose, read, read_local

#: where mail servers write down whom a message was for, the surest first
_FOR = ("X-Original-To", "Delivered-To", "Envelope-To", "X-Envelope-To", "To")
#: a header is read up to here
_HEADER_OCTETS = 64 * 1024
_TOKEN = re.compile(rf"/u/([A-Za-z0-9_-]{{{TOKEN_LENGTH}}})(?![A-Za-z0-9_-])")


def proven(recipients: Iterable[str], keys: Sequence[Key]) -> Local | None:
    """What the first recipient proves that proves anything."""
    for address in recipients:
        local = address.strip().strip("<>").rpartition("@")[0]
        for mailbox in Mailbox:
            found = read_local(local, keys, mailbox=mailbox)
            if found is not None:
                return found
    return None


def traced(complaint: Complaint, *, verp_keys: Sequence[Key], token_keys: Sequence[Key]) -> Local | None:
    """What the copy of our mail in a complaint proves; the envelope sender before the links."""
    found = proven((each for trace in complaint.traces for each in addresses(trace)), verp_keys)
    if found is not None:
        return found
    for code in (code for trace in complaint.traces for code in _TOKEN.findall(trace)):
        token = read(code, token_keys, purpose=Purpose.UNSUBSCRIBE)
        if token is not None:
            return Local(Mailbox.UNSUBSCRIBE, token.subscription_id, token.key_id)
    return None


def addressed_to(message: bytes) -> tuple[str, ...]:
    """Whom a message was for, as its header tells. No authority: each is held against our proofs."""
    head = re.split(rb"\r?\n\r?\n", message[:_HEADER_OCTETS], maxsplit=1)[0]
    parsed = message_from_bytes(head, policy=policy.compat32)
    found = (value for name in _FOR for value in parsed.get_all(name, []))
    return tuple(dict.fromkeys(address for value in found for address in addresses(str(value))))
