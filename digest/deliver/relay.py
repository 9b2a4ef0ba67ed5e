"""Which relay or folder `mail.smtp` names. It reads the address, and opens nothing."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from urllib.parse import unquote, urlsplit

from digest.errors import SettingsError


class Security(StrEnum):
    """How the wire is kept private."""

    PLAIN = "smtp"
    STARTTLS = "smtp+starttls"
    TLS = "smtps"


_PORTS = {Security.PLAIN: 25, Security.STARTTLS: 587, Security.TLS: 465}
#: LMTP has no port of its own; this is what Dovecot and Cyrus take by habit
_LMTP_PORT = 24
_FORMS = (
    'Write "smtp://127.0.0.1:25", "smtp+starttls://user@mail.example.org:587", '
    '"smtps://user@mail.example.org:465", "lmtp://127.0.0.1:24", "maildir:mail" or "dir:outbox".'
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Relay:
    """The mail server we hand everything to."""

    security: Security
    host: str
    port: int
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    #: it speaks LMTP (RFC 2033): the place where mail is kept, not a relay
    is_lmtp: bool = False

    @property
    def is_loopback(self) -> bool:
        return self.host in ("localhost", "::1") or self.host.startswith("127.")


def is_folder(url: str) -> bool:
    """Mail goes into files here, and to nobody."""
    return url.startswith(("dir:", "maildir:"))


def folder_of(url: str, base: Path, *, scheme: str) -> Path | None:
    """The folder that `dir:` or `maildir:` names, from `base`; None: another scheme."""
    if not url.startswith(f"{scheme}:"):
        return None
    name = url.removeprefix(f"{scheme}:")
    if not name:
        raise SettingsError((f"mail.smtp: {url!r} names no folder.",), mend=_FORMS)
    return base / name


def relay_of(url: str, password: str | None) -> Relay:
    """The relay that `mail.smtp` names. `password` stands before one in the URL. Raises SettingsError."""
    try:
        parts = urlsplit(url)
        is_lmtp = parts.scheme == "lmtp"
        security, port = Security.PLAIN if is_lmtp else Security(parts.scheme), parts.port
    except ValueError as cause:
        raise SettingsError(("mail.smtp: this is no address of a mail relay.",), mend=_FORMS) from cause
    if not parts.hostname or parts.path.strip("/") or parts.query or parts.fragment:
        raise SettingsError(("mail.smtp: a relay is a host and a port, nothing more.",), mend=_FORMS)
    relay = Relay(
        security=security,
        host=parts.hostname,
        port=(_LMTP_PORT if is_lmtp else _PORTS[security]) if port is None else port,
        is_lmtp=is_lmtp,
        user=unquote(parts.username) if parts.username else None,
        password=password or (unquote(parts.password) if parts.password else None),
    )
    return _sound(relay)


def _sound(relay: Relay) -> Relay:
    if relay.port == 0:
        raise SettingsError(("mail.smtp: 0 is no port.",), mend=_FORMS)
    if relay.user and relay.password is None:
        raise SettingsError(
            (f"mail.smtp: {relay.user} needs a password.",),
            mend='Set mail.password = "file:/run/secrets/smtp", or DIGEST_MAIL__PASSWORD.',
        )
    if relay.user and relay.security is Security.PLAIN and not relay.is_loopback:
        raise SettingsError(
            (f"mail.smtp: the password would cross the network to {relay.host} in the clear.",),
            mend="Use smtp+starttls:// or smtps://.",
        )
    return relay
