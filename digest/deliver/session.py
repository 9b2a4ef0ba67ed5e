"""A session with the mail relay: the only home of smtplib.

smtplib says EHLO and logs in; replies are read by `replies`, which bounds them. Nothing is ever sent on a
wire less private than `mail.smtp` asks for. What a reply means is `outcome`'s business.
"""

from __future__ import annotations

import re
import smtplib
import socket
import ssl
from pathlib import Path

from digest.deliver.relay import Relay, Security
from digest.deliver.replies import KEPT, Replies, dotted, parted, plain
from digest.deliver.transport import Dropped, Envelope, Phase, Reply, Timeouts
from digest.errors import RelayError

_LOST = (smtplib.SMTPServerDisconnected, smtplib.SMTPResponseException, OSError)


class SmtpSession:
    """One connection to the relay, opened when first needed, one recipient a transaction."""

    def __init__(self, relay: Relay, timeouts: Timeouts, *, cafile: Path | None = None) -> None:
        self.relay = relay
        self._timeouts = timeouts
        self._cafile = cafile
        self._wire: _Wire | None = None
        self._offers = 0
        #: after a refusal the relay still holds half a transaction
        self._needs_reset = False

    @property
    def is_fresh(self) -> bool:
        return self._offers == 0

    def open(self) -> None:
        if self._wire is not None and self._wire.sock is not None:
            return
        self.close()
        wire = _Wire(seconds=self._timeouts.command)
        try:
            self._shake_hands(wire)
        except BaseException:
            wire.close()
            raise
        self._wire, self._offers, self._needs_reset = wire, 0, False

    def offer(self, envelope: Envelope, *, name: str, size: int) -> Reply:  # noqa: ARG002 - the protocol's
        self._offers += 1
        if self._needs_reset:
            # Without it smtp-sink refuses everyone after, and aiosmtpd keeps the old envelope.
            self._needs_reset = False
            reset = self._ask(Phase.MAIL, "RSET", seconds=self._timeouts.command)
            if not reset.is_yes:
                return self._lose(Phase.MAIL, f"RSET was answered {reset.code}")
        options = self._options(envelope, size)
        if isinstance(options, Reply):
            return options
        reply = self._ask(
            Phase.MAIL, f"MAIL FROM:<{envelope.mail_from}>{options}", seconds=self._timeouts.command
        )
        if reply.is_yes:
            reply = self._ask(Phase.RCPT, f"RCPT TO:<{envelope.rcpt_to}>", seconds=self._timeouts.command)
        if reply.is_yes:
            reply = self._ask(Phase.DATA, "DATA", seconds=self._timeouts.data)
        self._needs_reset = not reply.is_yes
        return reply

    def send(self, content: bytes) -> Reply:
        wire = self._wire
        if wire is None or wire.sock is None:
            return self._lose(Phase.BODY, "not connected")
        try:
            wire.seconds = self._timeouts.block
            wire.send(dotted(content))
        except _LOST as cause:
            return self._lose(Phase.BODY, str(cause))
        return self._answer(Phase.DOT, seconds=self._timeouts.dot)

    def close(self) -> None:
        wire, self._wire = self._wire, None
        if wire is None:
            return
        if not wire.is_writing:
            try:
                wire.seconds = self._timeouts.quit
                wire.docmd("QUIT")
            except _LOST:
                pass  # it is gone already, which is what we wanted
        wire.close()

    def _shake_hands(self, wire: _Wire) -> None:
        """Connect, greet, encrypt, log in. Raises RelayError; `Dropped` where another try may go well."""
        wire.sock = self._connect()
        wire.local_hostname = _our_name(wire.sock)
        if self.relay.security is Security.TLS:
            self._encrypt(wire)
        try:
            self._expect(wire.getreply(), 220, "greeted us with")
            self._greet(wire)
            if self.relay.security is Security.STARTTLS:
                self._start_tls(wire)
            if self.relay.user:
                self._log_in(wire, self.relay.user, self.relay.password or "")
        except smtplib.SMTPServerDisconnected as cause:
            raise Dropped(f"{self._place} hung up before we could send: {cause}.") from cause

    def _connect(self) -> socket.socket:
        try:
            return socket.create_connection((self.relay.host, self.relay.port), self._timeouts.connect)
        except OSError as cause:
            raise RelayError(
                f"{self._place} cannot be reached: {cause.strerror or cause}.",
                mend="Check that it runs, and mail.smtp in digest.toml. Nothing was lost: run again.",
            ) from cause

    def _greet(self, wire: _Wire) -> None:
        code, words = wire.ehlo()
        if code in (500, 502, 504) and self.relay.security is Security.PLAIN and not self.relay.user:
            code, words = wire.helo()
        self._expect((code, words), 250, "answered EHLO with")

    def _start_tls(self, wire: _Wire) -> None:
        if not wire.has_extn("starttls"):
            raise RelayError(
                f"{self._place} does not offer STARTTLS, so nothing was sent.",
                mend="Ask its operator, or somebody on the way is stripping it. smtps:// may work.",
            )
        self._expect(wire.docmd("STARTTLS"), 220, "answered STARTTLS with")
        if wire.replies.has_unread:
            raise RelayError(f"{self._place} said more before TLS began: somebody may be injecting commands.")
        self._encrypt(wire)
        # What was said in the clear counts for nothing (RFC 3207 4.2).
        wire.esmtp_features, wire.ehlo_resp, wire.helo_resp, wire.does_esmtp = {}, None, None, False
        self._greet(wire)

    def _encrypt(self, wire: _Wire) -> None:
        try:
            context = ssl.create_default_context()
            if self._cafile is not None:
                context.load_verify_locations(self._cafile)
            assert wire.sock is not None
            wire.sock.settimeout(self._timeouts.connect)
            wire.sock = context.wrap_socket(wire.sock, server_hostname=self.relay.host)
        except ssl.SSLCertVerificationError as cause:
            raise RelayError(
                f"The certificate of {self._place} is not good: {cause.verify_message}. Nothing was sent.",
                mend="Mend the certificate, or name the relay in mail.smtp as its certificate does.",
            ) from cause
        except OSError as cause:
            raise RelayError(f"No TLS with {self._place}: {cause}. Nothing was sent.") from cause

    def _log_in(self, wire: _Wire, user: str, password: str) -> None:
        mend = "Check the user in mail.smtp, and mail.password."
        try:
            wire.login(user, password)
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

    def _options(self, envelope: Envelope, size: int) -> str | Reply:
        """What follows MAIL FROM; or the refusal the relay would give."""
        wire = self._wire
        if wire is None:
            return ""
        most = wire.esmtp_features.get("size", "").strip()
        if most.isdigit() and 0 < int(most) < size:
            words = f"the message has {size} bytes, the relay takes {most}"
            return Reply(phase=Phase.MAIL, code=552, enhanced="5.3.4", text=words)
        options = f" SIZE={size}" if wire.has_extn("size") else ""
        wire.command_encoding = "ascii"
        if not (envelope.mail_from + envelope.rcpt_to).isascii():
            if not wire.has_extn("smtputf8"):
                words = "the address needs SMTPUTF8, which the relay does not offer"
                return Reply(phase=Phase.MAIL, code=553, enhanced="5.6.7", text=words)
            wire.command_encoding = "utf-8"
            options += " SMTPUTF8 BODY=8BITMIME"
        return options

    def _ask(self, phase: Phase, command: str, *, seconds: float) -> Reply:
        wire = self._wire
        if wire is None or wire.sock is None:
            return self._lose(phase, "not connected")
        try:
            wire.seconds = seconds
            wire.putcmd(command)
        except _LOST as cause:
            return self._lose(phase, str(cause))
        reply = self._answer(phase, seconds=seconds)
        wire.is_writing = phase is Phase.DATA and reply.is_yes
        return reply

    def _answer(self, phase: Phase, *, seconds: float) -> Reply:
        wire = self._wire
        assert wire is not None
        try:
            wire.seconds = seconds
            code, words = wire.getreply()
        except _LOST as cause:
            return self._lose(phase, str(cause))
        wire.is_writing = False
        if 200 <= code < 400 and (code == 354) != (phase is Phase.DATA):
            return self._lose(phase, f"{code} {plain(words)} makes no sense here")
        enhanced, text = parted(plain(words))
        return Reply(phase=phase, code=code, enhanced=enhanced, text=text)

    def _lose(self, phase: Phase, words: str) -> Reply:
        if self._wire is not None:
            self._wire.close()
        self._wire = None
        return Reply(phase=phase, code=None, text=f"connection lost: {words}"[:KEPT])

    @property
    def _place(self) -> str:
        return f"The relay {self.relay.host}:{self.relay.port}"


class _Wire(smtplib.SMTP):
    """smtplib's verbs over replies that end."""

    def __init__(self, *, seconds: float) -> None:
        # A name of our own: smtplib would ask the DNS for one, which may take its time.
        super().__init__(local_hostname="localhost")
        #: for the next command to leave, and for the whole of its reply to come
        self.seconds = seconds
        #: between 354 and the dot: a QUIT now would be content
        self.is_writing = False
        self.replies = Replies()

    def send(self, s: object) -> None:
        if self.replies.has_unread:
            self.close()
            raise smtplib.SMTPServerDisconnected("it said more than it was asked")
        if self.sock is not None:
            self.sock.settimeout(self.seconds)
        super().send(s)  # type: ignore[arg-type]

    def getreply(self) -> tuple[int, bytes]:
        if self.sock is None:
            raise smtplib.SMTPServerDisconnected("not connected")
        try:
            return self.replies.read(self.sock, seconds=self.seconds)
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
