"""The keys of digest.toml, ready to sign with, and what of them a mailbox would not like."""

from __future__ import annotations

from collections.abc import Iterator
from email.utils import parseaddr

from digest.deliver.sign import GOOD_BITS, Key, Signer, read_key
from digest.night.findings import Finding, ok, warn
from digest.night.tonight import Tonight
from digest.settings import Settings


def keys_of(settings: Settings) -> tuple[Key, ...]:
    """In the order of the file. Raises SettingsError."""
    return tuple(
        read_key(each.key.get_secret_value(), domain=each.domain, selector=each.selector)
        for each in settings.mail.dkim
    )


def signer_of(settings: Settings) -> Signer | None:
    """What signs our mail; None: the relay does, or nobody. Raises SettingsError."""
    keys = keys_of(settings)
    return Signer.of(keys) if keys else None


def from_domain(settings: Settings) -> str:
    """The domain readers see, as the DNS knows it."""
    domain = parseaddr(settings.mail.from_)[1].rpartition("@")[2].lower().rstrip(".")
    try:
        return domain.encode("idna").decode("ascii")
    except UnicodeError:
        return domain


def are_aligned(one: str, other: str) -> bool:
    """Of one organisation, as far as names tell: the same domain, or one inside the other (RFC 9989)."""
    return one == other or one.endswith(f".{other}") or other.endswith(f".{one}")


def signatures(tonight: Tonight) -> Iterator[Finding]:
    """Would mailboxes take our signatures? What can be told without asking the DNS."""
    keys, domain = keys_of(tonight.settings), from_domain(tonight.settings)
    for key in keys:
        if key.is_weak:
            words = f"The key {key.selector} has {key.bits} bits, and should have {GOOD_BITS} (RFC 8301)."
            yield warn("dkim", words, f"digest dkim new {key.selector}-2048")
        if not are_aligned(key.domain, domain):
            words = (
                f"{key.domain} signs, and mail comes from {domain}: DMARC does not count that (not aligned)."
            )
            yield warn("dkim", words, f'Set domain = "{domain}" in mail.dkim, with a key published there.')
    if keys and all(key.kind != "rsa" for key in keys):
        words = "Only Ed25519 signs, which many large mailboxes do not know yet."
        yield warn("dkim", words, "digest dkim new, and name both keys in mail.dkim")
    if keys:
        yield ok(
            "dkim", "signed by " + ", ".join(f"{key.selector} ({key.kind}, {key.bits} bits)" for key in keys)
        )
