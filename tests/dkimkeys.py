"""Keys that sign in tests, made once a process, and dkimpy as the stranger who verifies."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

import dkim
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from digest.deliver.sign import Key, Signer, new_key, read_key


@cache
def rsa_pem() -> str:
    return new_key("rsa")


@cache
def ed25519_pem() -> str:
    return new_key("ed25519")


def rsa_key(selector: str = "d1") -> Key:
    return read_key(rsa_pem(), domain="example.org", selector=selector)


def ed25519_key(selector: str = "e1") -> Key:
    return read_key(ed25519_pem(), domain="example.org", selector=selector)


@cache
def weak_pem(bits: int) -> str:
    """An RSA key of few bits, which no library makes any more."""
    prime_bits = bits // 2
    p = next(n for n in range((3 << prime_bits - 2) + 1, 1 << prime_bits, 2) if _is_prime(n))
    q = next(
        n
        for n in range((3 << prime_bits - 2) + (1 << prime_bits - 4) + 1, 1 << prime_bits, 2)
        if _is_prime(n)
    )
    d = pow(65537, -1, (p - 1) * (q - 1))
    public = rsa.RSAPublicNumbers(65537, p * q)
    numbers = rsa.RSAPrivateNumbers(p, q, d, d % (p - 1), d % (q - 1), pow(q, -1, p), public)
    private = numbers.private_key()
    return private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode("ascii")


def _is_prime(n: int) -> bool:
    """Fermat's word, which is enough to sign nothing with."""
    return n % 65537 != 1 and all(pow(base, n - 1, n) == 1 for base in (2, 3, 5, 7, 11))


def verdicts(message: bytes, keys: Iterable[Key]) -> list[bool]:
    """The word of dkimpy on each signature of a message, the first one first."""
    published = {f"{key.name}.": key.record.encode("ascii") for key in keys}

    def answer(name: str | bytes, timeout: float = 5) -> bytes | None:
        return published.get(name.decode("ascii") if isinstance(name, bytes) else name)

    head = message.partition(b"\r\n\r\n")[0]
    count = sum(line.lower().startswith(b"dkim-signature:") for line in head.split(b"\r\n"))
    found = []
    for index in range(count):
        try:
            found.append(bool(dkim.DKIM(message).verify(index, dnsfunc=answer)))
        except dkim.DKIMException:
            found.append(False)
    return found


def signer(kinds: str) -> Signer:
    """Of "rsa", "ed25519" or "rsa ed25519"."""
    made = {"rsa": rsa_key, "ed25519": ed25519_key}
    return Signer.of(made[kind]() for kind in kinds.split())
