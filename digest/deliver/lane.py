"""Lanes: a dialogue on a socket, and a folder that answers as a relay would.

A lane moves bytes and watches the time. What is said is `dialogue`'s, what it means `outcome`'s.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
import time
from pathlib import Path
from typing import Protocol

from digest.deliver.dialogue import Dialogue
from digest.deliver.relay import Relay
from digest.deliver.transport import Answered, Awaited, Event, Lane, Offer, Phase, Reply, Timeouts
from digest.deliver.wire import Wire, shake_hands

#: read at once; replies are short
_CHUNK = 65536
#: of one pump: a relay that talks without end must not keep the others waiting
_MOST_CHUNKS = 4
_LATER = (BlockingIOError, InterruptedError, ssl.SSLWantReadError, ssl.SSLWantWriteError)


class SmtpRelay:
    """The relay `mail.smtp` names, by SMTP or LMTP."""

    def __init__(self, relay: Relay, timeouts: Timeouts, *, cafile: Path | None = None) -> None:
        self._relay = relay
        self._timeouts = timeouts
        self._cafile = cafile

    def lane(self) -> Lane:
        return SmtpLane(shake_hands(self._relay, self._timeouts, cafile=self._cafile), self._timeouts)


class SmtpLane:
    """One connection to the relay."""

    def __init__(self, wire: Wire, timeouts: Timeouts) -> None:
        self._sock: socket.socket | None = wire.sock
        self._dialogue = Dialogue(wire.features)
        self._timeouts = timeouts
        #: given out by the dialogue, not yet taken by the kernel
        self._unwritten = memoryview(b"")
        #: events that need no answer: an offer this relay cannot take
        self._events: list[Event] = []
        self._deadline: float | None = None
        self._whole: float | None = None
        wire.sock.setblocking(False)

    @property
    def is_open(self) -> bool:
        return self._sock is not None and not self._dialogue.is_over

    @property
    def is_free(self) -> bool:
        return self.is_open and self._dialogue.is_free and not self._events

    @property
    def joins(self) -> bool:
        return self._dialogue.pipelines

    @property
    def offers(self) -> int:
        return self._dialogue.offers

    @property
    def deadline(self) -> float | None:
        if self._events:
            return 0.0
        if self._deadline is None or self._whole is None:
            return None
        return min(self._deadline, self._whole)

    @property
    def wants_to_write(self) -> bool:
        return bool(self._unwritten)

    def fileno(self) -> int:
        return -1 if self._sock is None else self._sock.fileno()

    def offer(self, offer: Offer) -> None:
        self._events += self._dialogue.offer(offer)
        self._whole = time.monotonic() + self._timeouts.whole
        self._flush()

    def send(self, content: bytes, *, is_wire: bool = False, then: Offer | None = None) -> None:
        self._events += self._dialogue.content(content, is_wire=is_wire, then=then)
        self._whole = time.monotonic() + self._timeouts.whole
        self._flush()

    def pump(self) -> list[Event]:
        events, self._events = self._events, []
        if self._sock is None:
            return events
        phase = self._dialogue.waits_for
        try:
            events += self._read()
            self._write()
        except OSError as cause:
            return events + self._lost(str(cause) or type(cause).__name__)
        if self._dialogue.is_over:
            self._hang_up()
        elif self._dialogue.waits_for is not phase or events:
            self._wind_up()
        elif self.deadline is not None and time.monotonic() >= self.deadline:
            events += self._lost("timed out")
        return events

    def abandon(self) -> list[Event]:
        events, self._events = self._events, []
        return events + self._lost("we hung up") if self._sock is not None else events

    def close(self) -> None:
        if self._sock is None:
            return
        if self.is_free:
            # The answer is not waited for: all that was to be known is known.
            with contextlib.suppress(OSError):
                self._sock.send(b"QUIT\r\n")
        self._hang_up()

    def _read(self) -> list[Event]:
        assert self._sock is not None
        events: list[Event] = []
        for _ in range(_MOST_CHUNKS):
            try:
                data = self._sock.recv(_CHUNK)
            except _LATER:
                break
            if not data:
                raise ConnectionError("the other side closed")
            events += self._dialogue.feed(data)
            if self._dialogue.is_over or (len(data) < _CHUNK and not isinstance(self._sock, ssl.SSLSocket)):
                break
        return events

    def _flush(self) -> None:
        """Write now what fits; an error waits for `pump`, which reads first what the relay last said."""
        with contextlib.suppress(OSError):
            self._write()
        self._wind_up()

    def _write(self) -> None:
        assert self._sock is not None
        while True:
            if not self._unwritten:
                self._unwritten = memoryview(self._dialogue.out())
                if not self._unwritten:
                    return
            try:
                written = self._sock.send(self._unwritten)
            except _LATER:
                return
            self._dialogue.written += written
            self._unwritten = self._unwritten[written:]
            if self._unwritten:
                self._wind_up()

    def _wind_up(self) -> None:
        """Something moved: the next step has its whole time."""
        phase = self._dialogue.waits_for
        if phase is None:
            self._deadline = None
            return
        seconds = self._timeouts.of(Phase.BODY if self._unwritten else phase)
        self._deadline = time.monotonic() + seconds

    def _lost(self, words: str) -> list[Event]:
        events = self._dialogue.lose(words)
        self._hang_up()
        return events

    def _hang_up(self) -> None:
        if self._sock is not None:
            self._sock.close()
        self._sock = None
        self._unwritten = memoryview(b"")
        self._deadline = None


class Box(Protocol):
    """Where a folder keeps messages."""

    def put(self, name: str, content: bytes) -> str:
        """Keep it, whole or not at all, also when the power goes; what it is called now. Raises OSError."""
        ...


class FolderLane:
    """A box as a relay: it takes everything, one message at a time, at once."""

    joins = False
    wants_to_write = False

    def __init__(self, box: Box) -> None:
        self._box = box
        self._offer: Offer | None = None
        self._events: list[Event] = []
        self.is_open = True
        self.offers = 0

    @property
    def is_free(self) -> bool:
        return self.is_open and self._offer is None and not self._events

    @property
    def deadline(self) -> float | None:
        return 0.0 if self._events else None

    def fileno(self) -> int:
        return -1

    def offer(self, offer: Offer) -> None:
        self._offer = offer
        self.offers += 1
        self._events.append(Awaited(offer.ticket))

    def send(self, content: bytes, *, is_wire: bool = False, then: Offer | None = None) -> None:  # noqa: ARG002 - a lane's
        offer, self._offer = self._offer, None
        if offer is None:
            raise ValueError("no content is awaited")
        self._events.append(Answered(offer.ticket, self._kept(offer.name, content)))
        if then is not None:
            self.offer(then)

    def pump(self) -> list[Event]:
        events, self._events = self._events, []
        return events

    def abandon(self) -> list[Event]:
        events, self._events = self._events, []
        offer, self._offer = self._offer, None
        self.is_open = False
        if offer is not None:
            lost = Reply(phase=Phase.DATA, code=None, text="connection lost: we hung up")
            events.append(Answered(offer.ticket, lost))
        return events

    def close(self) -> None:
        self.is_open = False
        self._offer = None

    def _kept(self, name: str, content: bytes) -> Reply:
        try:
            kept = self._box.put(name, content)
        except OSError as cause:
            # 421: the next message would fare no better, and five in a row stop the run.
            words = f"{cause.filename or name} cannot be written: {cause.strerror}"
            return Reply(phase=Phase.DOT, code=421, enhanced="4.3.1", text=words)
        return Reply(phase=Phase.DOT, code=250, text=f"written as {kept}")
