"""Mail addresses: one canonical form, one key for who is the same person, and plain words for a refusal.

email-validator judges the syntax; no name is looked up. What is refused here can never reach a socket
(abuse C6). Nobody else in this package takes an address as text.
"""

from __future__ import annotations

import hmac
import ipaddress
import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

#: RFC 5321 §4.5.3.1: octets of a local part, and of a path without its brackets
_LOCAL_OCTETS = 64
_ADDRESS_OCTETS = 254
#: what nearly all addresses are: a local part that no rule changes, at a domain seen before
_USUAL = re.compile(r"([a-z0-9_+-]+(?:\.[a-z0-9_+-]+)*)@([A-Za-z0-9.-]+)")


@dataclass(frozen=True, slots=True)
class Address:
    """An address that may be mailed."""

    #: local part as written (NFC), domain in lower case, IDN as A-labels
    address: str
    #: the same for everything that is one person's address: case folded
    key: str

    def __str__(self) -> str:
        return self.address


@dataclass(frozen=True, slots=True)
class BadAddress:
    """Text that is no address we mail, and why, in a sentence that never quotes control characters."""

    words: str


def parse(text: str) -> Address | BadAddress:
    """The address in a text, or what is wrong with it. Spaces around it are passed over."""
    usual = _USUAL.fullmatch(text.strip(" \t\xa0"))
    if usual is None:
        return _judged(text)
    local, domain = usual[1], _domain(usual[2])
    if domain is None or len(local) > _LOCAL_OCTETS or len(local) + 1 + len(domain) > _ADDRESS_OCTETS:
        return _judged(text)
    return Address(address=f"{local}@{domain}", key=f"{local}@{domain}")


@lru_cache(maxsize=4096)
def _domain(text: str) -> str | None:
    """A domain as it is kept; None: it is refused, in the words of whole addresses. Lists share domains."""
    found = _judged(f"a@{text}")
    return found.address.partition("@")[2] if isinstance(found, Address) else None


def _judged(text: str) -> Address | BadAddress:
    # Its tables take longer to load than most commands take: only who parses pays (number N11).
    from email_validator import EmailNotValidError, validate_email

    fault = _fault(text)
    if fault:
        return BadAddress(fault)
    try:
        found = validate_email(
            text.strip(" \t\xa0"),
            check_deliverability=False,
            allow_quoted_local=False,
            allow_domain_literal=False,
            globally_deliverable=False,
            # .test domains are what a laboratory has
            test_environment=True,
        )
    except EmailNotValidError as cause:
        return BadAddress(str(cause))
    local, domain = found.local_part, found.ascii_domain.lower()
    if "." not in domain:
        return BadAddress(f"The domain {domain} has no dot: is its end missing?")
    if len(local.encode()) > _LOCAL_OCTETS:
        return BadAddress(f"The part before the @ is longer than {_LOCAL_OCTETS} bytes.")
    if len(local.encode()) + 1 + len(domain) > _ADDRESS_OCTETS:
        return BadAddress(f"The address is longer than {_ADDRESS_OCTETS} bytes.")
    return Address(address=f"{local}@{domain}", key=f"{_fold(local)}@{domain}")


def folded(text: str) -> str:
    """A part of an address as keys have it, for a search."""
    local, at, domain = text.strip().partition("@")
    return f"{_fold(local)}{at}{_fold(domain)}"


def address_hash(key: str, salt: bytes) -> str:
    """What a suppression is kept under: it tells nobody the address, and survives its erasure."""
    return hmac.digest(salt, key.encode(), "sha256").hex()


def ip_prefix(ip: str) -> str:
    """The network kept as proof of consent: /24 of IPv4, /48 of IPv6, "" for anything else."""
    try:
        found = ipaddress.ip_address(ip.partition("%")[0].strip())
    except ValueError:
        return ""
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped is not None:
        found = found.ipv4_mapped
    return str(ipaddress.ip_network((found, 24 if found.version == 4 else 48), strict=False))


def _fault(text: str) -> str | None:
    """What the validator would repair or word badly, and we do not take."""
    if any(unicodedata.category(letter) in ("Cc", "Cf", "Zl", "Zp", "Cs") for letter in text.strip(" \t")):
        return "There is a line break or an invisible character in it."
    stripped = text.strip(" \t\xa0")
    if not stripped:
        return "There is no address."
    if "<" in stripped or ">" in stripped:
        return "Write the address alone, without a name or < >."
    if "@" not in stripped:
        return "There is no @ in it."
    if stripped.startswith('"'):
        return "An address in quotation marks cannot be used here."
    if stripped.partition("@")[2].startswith("["):
        return "An address at an IP number cannot be used here; it needs a domain."
    return None


def _fold(local: str) -> str:
    """RFC 5321 lets a host tell Jean@ from jean@; no host people use does."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", local).casefold())
