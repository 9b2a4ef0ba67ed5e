"""Tokens in links and envelopes: ids with a proof that we wrote them. Pure; keys are passed in.

Two go into every message (design §3.4): *unsubscribe* can only unsubscribe, *wishes* can change what one
subscription gets. Neither expires: a link works years later (digest D11), also with a retired key. A token
holds no address and no list, has one spelling only, and one length, because places for it are spliced.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from subscribers.model import SubscriptionId

#: octets of the proof: 128 bits in links, 112 in addresses, where 64 octets must hold everything
_LINK_PROOF = 16
_ADDRESS_PROOF = 14
#: purpose (1), key (2), id (8), proof (16) = 27 octets, which base64 writes without a spare bit
TOKEN_LENGTH = 36
#: the mark, then 25 octets, which base32 writes without a spare bit
LOCAL_LENGTH = 42


class Key(Protocol):
    """A signing key, as kept with its purpose in the table `keys`."""

    @property
    def id(self) -> int: ...

    @property
    def secret(self) -> bytes: ...


class Purpose(Enum):
    """What a token lets its holder do. Values are part of every token ever sent: never reuse one."""

    UNSUBSCRIBE = b"u"
    WISHES = b"w"


class Mailbox(Enum):
    """What an address of ours is for: the mark its local part begins with."""

    #: the envelope sender of one delivery (VERP): bounces come here
    BOUNCE = b"b"
    #: the envelope sender of one letter
    LETTER = b"l"
    #: the mailto of List-Unsubscribe, for one subscription
    UNSUBSCRIBE = b"u"


@dataclass(frozen=True, slots=True)
class Token:
    """What a token proved."""

    purpose: Purpose
    subscription_id: SubscriptionId
    key_id: int


@dataclass(frozen=True, slots=True)
class Local:
    """What the local part of an address of ours proved."""

    mailbox: Mailbox
    #: a delivery's id for bounces, a letter's for those of letters, a subscription's for unsubscribing
    id: int
    key_id: int


def make(purpose: Purpose, subscription_id: SubscriptionId, key: Key) -> str:
    """The token: `TOKEN_LENGTH` characters of A–Z a–z 0–9 - _, never a dot or an equals sign."""
    payload = _payload(purpose.value, subscription_id, key)
    return base64.urlsafe_b64encode(payload + _proof(b"link", payload, key, _LINK_PROOF)).decode()


def read(token: str, keys: Iterable[Key], *, purpose: Purpose) -> Token | None:
    """What a token proves; None for anything forged, cut short, of another purpose or of an unknown key."""
    if len(token) != TOKEN_LENGTH or not token.isascii():
        return None
    try:
        raw = base64.urlsafe_b64decode(token)
    except binascii.Error:
        return None
    # The decoder passes over strange characters and takes "+/" too: only our own spelling counts.
    if base64.urlsafe_b64encode(raw).decode() != token:
        return None
    found = _checked(b"link", raw, keys, proof=_LINK_PROOF)
    if found is None or found[0] != purpose.value:
        return None
    return Token(purpose, SubscriptionId(found[2]), found[1])


def verp(id: int, key: Key, *, mailbox: Mailbox = Mailbox.BOUNCE) -> str:
    """The local part that bounces of one delivery, or of one letter, come back to."""
    return local_part(mailbox, id, key)


def local_part(mailbox: Mailbox, id: int, key: Key) -> str:
    """A local part of `LOCAL_LENGTH` octets; what becomes of its case on the way does not matter."""
    payload = _payload(mailbox.value, id, key)
    code = base64.b32encode(payload + _proof(b"address", payload, key, _ADDRESS_PROOF))
    return f"{mailbox.value.decode()}.{code.decode().lower()}"


def read_local(local: str, keys: Iterable[Key], *, mailbox: Mailbox) -> Local | None:
    """What a local part proves. Without a valid proof a report can never end an address."""
    mark, dot, code = local.partition(".")
    if len(local) != LOCAL_LENGTH or not dot or mark.lower() != mailbox.value.decode() or not code.isascii():
        return None
    try:
        raw = base64.b32decode(code.upper())
    except binascii.Error:
        return None
    if base64.b32encode(raw).decode() != code.upper():
        return None
    found = _checked(b"address", raw, keys, proof=_ADDRESS_PROOF)
    if found is None or found[0] != mailbox.value:
        return None
    return Local(mailbox, found[2], found[1])


def _payload(purpose: bytes, id: int, key: Key) -> bytes:
    return purpose + key.id.to_bytes(2) + int(id).to_bytes(8)


def _proof(domain: bytes, payload: bytes, key: Key, size: int) -> bytes:
    """`domain` keeps a proof made for an address from being one for a link."""
    return hmac.digest(key.secret, b"planet-digest " + domain + b"\0" + payload, "sha256")[:size]


def _checked(domain: bytes, raw: bytes, keys: Iterable[Key], *, proof: int) -> tuple[bytes, int, int] | None:
    """(purpose, key id, id) of a payload whose proof holds."""
    payload, given = raw[:-proof], raw[-proof:]
    key_id = int.from_bytes(payload[1:3])
    key = next((key for key in keys if key.id == key_id), None)
    if key is None or not hmac.compare_digest(given, _proof(domain, payload, key, proof)):
        return None
    return payload[:1], key_id, int.from_bytes(payload[3:])
