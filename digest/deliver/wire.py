"""From an address to a socket that is ready for mail: the only home of smtplib.

smtplib says EHLO, starts TLS and logs in; replies are read by `replies`, which bounds them. Nothing is ever
sent on a wire less private than `mail.smtp` asks for.
"""

from __future__ import annotations

import re
import smtplib
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from digest.deliver.relay import Relay, Security
from digest.deliver.replies import Replies, plain
from digest.deliver.transport import Dropped, Timeouts
from digest.errors import RelayError


@dataclass(frozen=True, slots=True, kw_only=True)
class Wire:
    """A connection after the login."""

    sock: socket.socket
    #: what EHLO announced last: lower-case keyword to parameters
    features: Mapping[str, str]


def shake_hands(relay: Relay, timeouts: Timeouts, *, cafile: Path | None = None) -> Wire:
    """Connect, greet, encrypt, log in. Raises RelayError; `Dropped` where another try may go well."""
    return _Handshake(relay, timeouts, cafile).made()


class _Handshake:
    def __init__(self, relay: Relay, timeouts: Timeouts, cafile: Path | None) -> None:
        self.relay = relay
        self._timeouts = timeouts
        self._cafile = cafile

    def made(self) -> Wire:
        smtp = _Smtp(seconds=self._timeouts.command, verb="lhlo" if self.relay.is_lmtp else "ehlo")
        try:
            self._make(smtp)
        except smtplib.SMTPServerDisconnected as cause:
            smtp.close()
            raise Dropped(f"{self._place} hung up before we could send: {cause}.") from cause
        except BaseException:
            smtp.close()
            raise
        assert smtp.sock is not None
        return Wire(sock=smtp.sock, features=dict(smtp.esmtp_features))

    def _make(self, smtp: _Smtp) -> None:
        smtp.sock = self._connect()
        smtp.local_hostname = _our_name(smtp.sock)
        if self.relay.security is Security.TLS:
            self._encrypt(smtp)
        self._expect(smtp.getreply(), 220, "greeted us with")
        self._greet(smtp)
        if self.relay.security is Security.STARTTLS:
            self._start_tls(smtp)
        if self.relay.user:
            self._log_in(smtp, self.relay.user, self.relay.password or "")
        if smtp.replies.has_unread:
            raise Dropped(f"{self._place} said more than it was asked.")

    def _connect(self) -> socket.socket:
        try:
            sock = socket.create_connection((self.relay.host, self.relay.port), self._timeouts.connect)
        except OSError as cause:
            raise RelayError(
                f"{self._place} cannot be reached: {cause.strerror or cause}.",
                mend="Check that it runs, and mail.smtp in digest.toml. Nothing was lost: run again.",
            ) from cause
        # A group of commands waits for no acknowledgement of the one before.
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return sock

    def _greet(self, smtp: _Smtp) -> None:
        code, words = smtp.ehlo()
        is_old = self.relay.security is Security.PLAIN and not self.relay.user
        if code in (500, 502, 504) and is_old:
            code, words = smtp.helo()
        self._expect((code, words), 250, "answered EHLO with")

    def _start_tls(self, smtp: _Smtp) -> None:
        if not smtp.has_extn("starttls"):
            raise RelayError(
                f"{self._place} does not offer STARTTLS, so nothing was sent.",
                mend="Ask its operator, or somebody on the way is stripping it. smtps:// may work.",
            )
        self._expect(smtp.docmd("STARTTLS"), 220, "answered STARTTLS with")
        if smtp.replies.has_unread:
            raise RelayError(f"{self._place} said more before TLS began: somebody may be injecting commands.")
        self._encrypt(smtp)
        # What was said in the clear counts for nothing (RFC 3207 4.2).
        smtp.esmtp_features, smtp.ehlo_resp, smtp.helo_resp, smtp.does_esmtp = {}, None, None, False
        self._greet(smtp)

    def _encrypt(self, smtp: _Smtp) -> None:
        try:
            context = ssl.create_default_context()
            if self._cafile is not None:
                context.load_verify_locations(self._cafile)
            assert smtp.sock is not None
            smtp.sock.settimeout(self._timeouts.connect)
            smtp.sock = context.wrap_socket(smtp.sock, server_hostname=self.relay.host)
        except ssl.SSLCertVerificationError as cause:
            raise RelayError(
                f"The certificate of {self._place} is not good: {cause.verify_message}. Nothing was sent.",
                mend="Mend the certificate, or name the relay in mail.smtp as its certificate does.",
            ) from cause
        except OSError as cause:
            raise RelayError(f"No TLS with {self._place}: {cause}. Nothing was sent.") from cause

    def _log_in(self, smtp: _Smtp, user: str, password: str) -> None:
        mend = "Check the user in mail.smtp, and mail.password."
        try:
            smtp.login(user, password)
        except smtplib.SMTPServerDisconnected:
            raise
        except smtplib.SMTPAuthenticationError as cause:
            self._refuse_421(cause.smtp_code, plain(cause.smtp_error))
            said = f"{cause.smtp_code} {plain(cause.smtp_error)}"
            raise RelayError(f"{self._place} refuses our login: {said}.", mend=mend) from cause
        except (smtplib.SMTPException, UnicodeError) as cause:
            words = "the password is not ASCII" if isinstance(cause, UnicodeError) else str(cause)
            # Not "from cause": a UnicodeError carries the password.
            raise RelayError(f"No login at {self._place}: {words}", mend=mend) from None

    def _expect(self, reply: tuple[int, bytes], wanted: int, verb: str) -> None:
        code, words = reply[0], plain(reply[1])
        self._refuse_421(code, words)
        if code != wanted:
            raise RelayError(f"{self._place} {verb} {code} {words}.", mend="Ask the relay's operator.")

    def _refuse_421(self, code: int, words: str) -> None:
        if code == 421:
            raise Dropped(f"{self._place} is not taking mail: 421 {words}.")

    @property
    def _place(self) -> str:
        return f"The relay {self.relay.host}:{self.relay.port}"


class _Smtp(smtplib.SMTP):
    """smtplib's verbs over replies that end."""

    def __init__(self, *, seconds: float, verb: str) -> None:
        # A name of our own: smtplib would ask the DNS for one, which may take its time.
        super().__init__(local_hostname="localhost")
        #: LMTP greets in its own word (RFC 2033)
        self.ehlo_msg = verb
        self._seconds = seconds
        self.replies = Replies()

    def send(self, s: object) -> None:
        if self.replies.has_unread:
            self.close()
            raise smtplib.SMTPServerDisconnected("it said more than it was asked")
        if self.sock is not None:
            self.sock.settimeout(self._seconds)
        super().send(s)  # type: ignore[arg-type]

    def getreply(self) -> tuple[int, bytes]:
        if self.sock is None:
            raise smtplib.SMTPServerDisconnected("not connected")
        try:
            return self.replies.read(self.sock, seconds=self._seconds)
        except OSError as cause:
            self.close()
            raise smtplib.SMTPServerDisconnected(str(cause)) from cause


def _our_name(sock: socket.socket) -> str:
    """What we say in EHLO: our full name, else our address as a literal (RFC 5321 4.1.4)."""
    name = socket.gethostname()
    if re.fullmatch(r"[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+", name):
        return name
    address: str = sock.getsockname()[0]
    return f"[IPv6:{address}]" if ":" in address else f"[{address}]"
