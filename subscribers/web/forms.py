"""Seals: proof that a form was shown by us, for one purpose, about one thing, not long ago. Pure.

A seal stands in a hidden field `seal`. Its purpose and its subject ("17", "17 weekly") are not in it: they
must be known again when it comes back, so a seal of one button presses no other. Retired keys go on
verifying. The field that people do not see (`TRAP`) is filled by machines only.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from subscribers.tokens import Key

if TYPE_CHECKING:
    from subscribers.web.asking import Ask

#: the hidden field of a form that holds its seal
FIELD = "seal"
#: a field nobody sees: whoever fills it is no reader
TRAP = "homepage"
#: how long a page may stand open before its button asks once more
OPEN_FOR = timedelta(hours=24)
#: key (2), seconds (8), proof (16) octets, which base64 writes with two spare bits
_LENGTH, _PROOF = 35, 16
#: clocks of two machines behind one address
_SKEW = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Seal:
    """What a seal proved."""

    #: when the form was shown
    at: datetime
    key_id: int


def seal(purpose: str, subject: str, key: Key, *, now: datetime) -> str:
    """The value of `FIELD` for a form that is shown now."""
    payload = key.id.to_bytes(2) + int(now.timestamp()).to_bytes(8)
    return _encoded(payload + _proof(purpose, subject, payload, key))


def opened(
    text: str,
    purpose: str,
    subject: str,
    keys: Iterable[Key],
    *,
    now: datetime,
    within: timedelta = OPEN_FOR,
) -> Seal | None:
    """What the seal proves; None for one forged, cut short, too old, or of another purpose or subject."""
    raw = _decoded(text)
    if raw is None:
        return None
    payload, given = raw[:-_PROOF], raw[-_PROOF:]
    key_id, seconds = int.from_bytes(payload[:2]), int.from_bytes(payload[2:])
    key = next((key for key in keys if key.id == key_id), None)
    if key is None or not hmac.compare_digest(given, _proof(purpose, subject, payload, key)):
        return None
    at = datetime.fromtimestamp(seconds, UTC)  # our own number: the proof held
    return Seal(at, key_id) if at - _SKEW <= now <= at + within else None


def is_trapped(ask: Ask) -> bool:
    """Whether a machine filled the form."""
    return ask.field(TRAP) != ""


def _decoded(text: str) -> bytes | None:
    """Its octets; None unless it is written just as we write it."""
    if len(text) != _LENGTH or not text.isascii():
        return None
    try:
        raw = base64.urlsafe_b64decode(text + "=")
    except binascii.Error:
        return None
    return raw if _encoded(raw) == text else None


def _encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _proof(purpose: str, subject: str, payload: bytes, key: Key) -> bytes:
    """Each part with its length, so that no two ways to say it are the same octets."""
    parts = (b"planet-digest form", purpose.encode(), subject.encode(), payload)
    message = b"".join(len(part).to_bytes(4) + part for part in parts)
    return hmac.digest(key.secret, message, "sha256")[:_PROOF]
