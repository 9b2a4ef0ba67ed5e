"""DKIM signatures (RFC 6376, 8301, 8463), and the keys that make them. The one home of `cryptography`.

The same key, message and instant give the same bytes, so a message that is sent again is the message that
was sent. A signer has no state: threads may share it, and it signs outside the interpreter's lock.

**Which key.** `Signer.key_id` is stored with a delivery's first attempt. When digest.toml names another key
at a later attempt, the message is signed with the present one (the old one may be lost, or stolen, and its
record gone from the DNS), and the log says so: everything but the signature is as it was.
"""

from __future__ import annotations

import hashlib
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256

from digest.deliver.canon import WIDTH, body_hash, covered, folded, names_tag, relaxed
from digest.deliver.transport import Outgoing
from digest.errors import SettingsError
from digest.log import event, logger

#: bits of an RSA key: verifiers need not take fewer than the first, and should get the second (RFC 8301 §3.2)
LEAST_BITS, GOOD_BITS = 1024, 2048

_log = logger("deliver")

_MAKE = "`digest dkim new SELECTOR` makes a good one."
_DER, _PEM = serialization.Encoding.DER, serialization.Encoding.PEM
_RAW = (serialization.Encoding.Raw, serialization.PublicFormat.Raw)

Kind = Literal["rsa", "ed25519"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A key, and where its public half is published."""

    domain: str
    selector: str
    kind: Kind
    bits: int
    #: `p=` of the record in the DNS
    public: bytes
    _sign: Callable[[bytes], bytes] = field(repr=False, compare=False)

    @property
    def algorithm(self) -> str:
        return f"{self.kind}-sha256"

    @property
    def name(self) -> str:
        """Of the record in the DNS."""
        return f"{self.selector}._domainkey.{self.domain}"

    @property
    def record(self) -> str:
        """The record's text."""
        return f"v=DKIM1; k={self.kind}; p={b64encode(self.public).decode()}"

    @property
    def is_weak(self) -> bool:
        return self.kind == "rsa" and self.bits < GOOD_BITS

    def header(self, names: tuple[str, ...], data: bytes, body: bytes, at: datetime) -> bytes:
        """The header field that signs `data`, CRLF at its end."""
        tags = (
            *("v=1", f"a={self.algorithm}", "c=relaxed/simple", f"d={self.domain}", f"s={self.selector}"),
            *(f"t={int(at.timestamp())}", names_tag(names), f"bh={b64encode(body).decode()}"),
        )
        lines = ["DKIM-Signature:"]
        for tag in tags:
            # Only the last line of a tag that is folded already has room beside it.
            if len(lines[-1].rpartition("\n")[2]) + len(tag.partition("\r")[0]) + 2 > WIDTH:
                lines.append(f" {tag};")
            else:
                lines[-1] += f" {tag};"
        head = ("\r\n".join(lines) + "\r\n b=").encode("ascii")
        name, _, value = head.partition(b":")
        signature = self._sign(data + relaxed((name, value)))
        return head + folded(b64encode(signature).decode()).encode() + b"\r\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Signer:
    """Signs with each of its keys: RSA for everybody, Ed25519 for who knows it."""

    keys: tuple[Key, ...]
    #: tells these keys from others, for the ledger: 31 bits that follow from what is published
    key_id: int

    @classmethod
    def of(cls, keys: Iterable[Key]) -> Signer:
        each = tuple(keys)
        published = "\n".join(sorted(f"{key.name} {key.record}" for key in each))
        digest = hashlib.sha256(published.encode()).digest()
        return cls(keys=each, key_id=int.from_bytes(digest[:4], "big") >> 1)

    def sign(self, content: bytes, *, dated_at: datetime) -> bytes:
        """The message with a signature for each key in front. Raises DigestError for a broken header."""
        end = content.find(b"\r\n\r\n")
        head, begin = (content, len(content)) if end < 0 else (content[: end + 2], end + 4)
        names, data = covered(head)
        body = body_hash(content, begin)
        return b"".join((*(key.header(names, data, body, dated_at) for key in self.keys), content))

    def seal(self, outgoing: Outgoing, *, dated_at: datetime, label: str, key_id: int | None) -> Outgoing:
        """The message signed. `key_id`: of the first attempt, None where this is the first."""
        if key_id not in (None, self.key_id):
            # Of the label the number alone: no log line holds an address.
            number = label.partition("-")[0]
            _log.info(event("signed-with-another-key", delivery=number, first=key_id, now=self.key_id))
        content = self.sign(outgoing.content, dated_at=dated_at)
        return replace(outgoing, content=content, key_id=self.key_id)


def read_key(text: str, *, domain: str, selector: str) -> Key:
    """A private key as PEM (PKCS#8, PKCS#1), as base64 of that, or of the 32 bytes of an Ed25519 seed.

    Raises SettingsError that names the fault and never the key.
    """
    private = _parsed(text.strip())
    if isinstance(private, RSAPrivateKey):
        if private.key_size < LEAST_BITS:
            raise _fault(f"an RSA key of {private.key_size} bits, which no mailbox believes", _MAKE)
        return Key(
            domain=domain,
            selector=selector,
            kind="rsa",
            bits=private.key_size,
            public=private.public_key().public_bytes(_DER, serialization.PublicFormat.SubjectPublicKeyInfo),
            _sign=lambda data: private.sign(data, PKCS1v15(), SHA256()),
        )
    if isinstance(private, Ed25519PrivateKey):
        return Key(
            domain=domain,
            selector=selector,
            kind="ed25519",
            bits=256,
            public=private.public_key().public_bytes(*_RAW),
            # RFC 8463 §3: what is signed is the hash.
            _sign=lambda data: private.sign(hashlib.sha256(data).digest()),
        )
    raise _fault("neither an RSA nor an Ed25519 key", _MAKE)


def new_key(kind: Kind) -> str:
    """A new private key, as PEM."""
    private = Ed25519PrivateKey.generate() if kind == "ed25519" else generate_private_key(65537, GOOD_BITS)
    pem = private.private_bytes(_PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return pem.decode("ascii")


def _parsed(text: str) -> object:
    if not text:
        raise _fault("empty", _MAKE)
    try:
        if text.startswith("-----"):
            return _from_pem(text)
        raw = b64decode("".join(text.split()), validate=True)
        if len(raw) == 32:
            return Ed25519PrivateKey.from_private_bytes(raw)
        return serialization.load_der_private_key(raw, password=None)
    except (TypeError, ValueError, UnsupportedAlgorithm):
        # Not chained: the library's words may quote the key.
        raise _fault("not a private key we can read", _MAKE) from None


def _from_pem(text: str) -> object:
    begins = text.partition("\n")[0]
    if "PUBLIC KEY" in begins or "CERTIFICATE" in begins:
        raise _fault("the public half", "Name the file that holds the private key.")
    if "ENCRYPTED" in text[:200]:
        raise _fault("locked by a passphrase", "`openssl pkey -in KEY -out dkim.pem` takes it off.")
    if "OPENSSH" in begins:
        raise _fault("in OpenSSH's own form", "`ssh-keygen -p -m PKCS8 -f KEY` writes it as PEM.")
    return serialization.load_pem_private_key(text.encode(), password=None)


def _fault(what: str, mend: str) -> SettingsError:
    return SettingsError((f"the key is {what}",), mend=mend)
