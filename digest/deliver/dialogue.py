"""What is said on one connection, and what the answers mean for it: bytes in, bytes out, no socket, no clock.

    offer      MAIL RCPT DATA          in one write where the relay pipelines (RFC 2920), else one by one
    content    … . MAIL RCPT DATA      the final dot joined with the next offer: one round trip a message

Every reply of a group is read. After a refusal the next group starts with RSET: without it smtp-sink
refuses everyone after, and aiosmtpd keeps the old envelope.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass

from digest.deliver.replies import KEPT, Replies, dotted, parted, plain
from digest.deliver.transport import Answered, Awaited, Event, Offer, Phase, Reply


@dataclass(frozen=True, slots=True, eq=False)
class _Ask:
    """What a reply answers. Those of RSET and of the dot after nothing are about no offer."""

    phase: Phase
    is_aside: bool = False


_RSET = _Ask(Phase.MAIL, is_aside=True)
#: after a 354 that should not have come: nothing was accepted before it
_LONE_DOT = _Ask(Phase.DOT, is_aside=True)
_MAIL, _RCPT, _DATA, _DOT = (_Ask(phase) for phase in (Phase.MAIL, Phase.RCPT, Phase.DATA, Phase.DOT))


class Dialogue:
    """One connection's talk after the login. `out` is what to write next; `feed` takes what was read."""

    def __init__(self, features: Mapping[str, str], *, unread: Replies | None = None) -> None:
        """`features`: what EHLO announced, lower-case keyword to parameters."""
        most = features.get("size", "").strip()
        self._most = int(most) if most.isdigit() else 0
        self._has_size = "size" in features
        self._has_utf8 = "smtputf8" in features
        self.pipelines = "pipelining" in features
        self._replies = unread or Replies()
        #: replies due, and how much must have left before each can be one
        self._asked: deque[tuple[_Ask, int]] = deque()
        #: of the offer, what waits for the reply before it; empty where we pipeline
        self._unsaid: deque[tuple[_Ask, bytes]] = deque()
        self._out: list[bytes] = []
        #: how much of what `out` gave has left; whoever writes it says so
        self.written = 0
        #: bytes put so far, and what the count was when the final dot was
        self._put_so_far = 0
        self._dot_at = 0
        #: offered: no content yet; sending: the final dot is unanswered
        self._offered: Offer | None = None
        self._refusal: Reply | None = None
        self._is_awaited = False
        self._sending: object | None = None
        self._needs_reset = False
        self.is_over = False
        self.offers = 0

    @property
    def is_free(self) -> bool:
        return not (self.is_over or self._asked or self._offered or self._sending or self._unsaid)

    @property
    def waits_for(self) -> Phase | None:
        """The phase of the next reply; None: none is due."""
        return self._asked[0][0].phase if self._asked else None

    def out(self) -> bytes:
        """What to write next, once."""
        data = b"".join(self._out)
        self._out.clear()
        return data

    def offer(self, offer: Offer) -> list[Event]:
        """Begin a transaction. An offer this relay cannot take is answered at once."""
        options = self._options(offer)
        self.offers += 1
        if isinstance(options, Reply):
            return [Answered(offer.ticket, options)]
        self._offered, self._refusal = offer, None
        commands = [
            (_MAIL, f"MAIL FROM:<{offer.envelope.mail_from}>{options}\r\n".encode()),
            (_RCPT, f"RCPT TO:<{offer.envelope.rcpt_to}>\r\n".encode()),
            (_DATA, b"DATA\r\n"),
        ]
        if self._needs_reset:
            self._needs_reset = False
            commands.insert(0, (_RSET, b"RSET\r\n"))
        self._unsaid.extend(commands)
        self._say()
        return []

    def content(self, content: bytes, *, is_wire: bool = False, then: Offer | None = None) -> list[Event]:
        """The content that is awaited; `then` is joined to it where the relay pipelines.

        `is_wire`: it needs no look. Reading 30 KB for dots costs more than sending them.
        """
        if self._offered is None or not self._is_awaited:
            raise ValueError("no content is awaited")
        self._sending, self._offered, self._is_awaited = self._offered.ticket, None, False
        self._put(_DOT, content + b".\r\n" if is_wire else dotted(content))
        self._dot_at = self._put_so_far
        return [] if then is None else self.offer(then)

    def feed(self, data: bytes) -> list[Event]:
        """What was read, and what follows from it. After `is_over` hang up."""
        events: list[Event] = []
        self._replies.feed(data)
        try:
            while not self.is_over and (reply := self._replies.take()) is not None:
                events += self._hear(*reply)
        except ConnectionError as cause:
            events += self.lose(str(cause))
        return events

    def lose(self, words: str) -> list[Event]:
        """The connection is gone. How everything open ended."""
        text = f"connection lost: {words}"[:KEPT]
        self.is_over = True
        events: list[Event] = []
        if self._sending is not None:
            phase = Phase.DOT if self.written >= self._dot_at else Phase.BODY
            events.append(Answered(self._sending, Reply(phase=phase, code=None, text=text)))
        if self._offered is not None:
            lost = self._refusal or Reply(phase=self._offer_phase(), code=None, text=text)
            events.append(Answered(self._offered.ticket, lost))
        self._sending = self._offered = None
        self._asked.clear()
        self._unsaid.clear()
        return events

    def _offer_phase(self) -> Phase:
        """How far the offer has come. Nothing was heard of it: MAIL."""
        if self._is_awaited:
            return Phase.DATA
        heard = self._asked[0][0] if self._asked else _MAIL
        return Phase.MAIL if heard.is_aside or heard is _DOT else heard.phase

    def _put(self, ask: _Ask, data: bytes) -> None:
        self._out.append(data)
        self._put_so_far += len(data)
        self._asked.append((ask, self._put_so_far))

    def _say(self) -> None:
        """As much of the offer as may be said now."""
        while self._unsaid and (self.pipelines or not self._asked):
            self._put(*self._unsaid.popleft())

    def _hear(self, code: int, words: bytes) -> list[Event]:
        ask, said_at = self._asked[0] if self._asked else (_RSET, self.written + 1)
        is_early = self.written < said_at
        is_odd = 200 <= code < 400 and (code == 354) != (ask is _DATA)
        if is_odd or (is_early and (ask is not _DOT or code < 400)):
            # Relays say 421 when they are tired of waiting; whatever it is, we no longer follow.
            return self.lose(f"{code} {plain(words)} makes no sense here")
        self._asked.popleft()
        if code < 400 and ask is not _DOT:
            events = self._go_on(ask)
        else:
            enhanced, text = parted(plain(words))
            events = self._answer(ask, Reply(phase=ask.phase, code=code, enhanced=enhanced, text=text))
        if self.is_over:
            return events
        if code == 421 or is_early:
            # Refused in the middle of the content: what is left of it must not be taken for commands.
            return events + self.lose("the relay closed it" if code == 421 else "it was refused half-way")
        if self._unsaid:
            self._say()
        return events

    def _go_on(self, ask: _Ask) -> list[Event]:
        """A yes on the way; nobody reads its words."""
        if ask is not _DATA:
            return []
        if self._refusal is None:
            self._is_awaited = True
            assert self._offered is not None
            return [Awaited(self._offered.ticket)]
        if self._refusal.phase is Phase.MAIL:
            # It forgot its own no: a dot now could be a mail with nothing in it.
            return self.lose("354 after MAIL was refused")
        # Nobody was accepted: an empty message for nobody ends it (RFC 2920 3.1).
        self._put(_LONE_DOT, b".\r\n")
        return self._refused()

    def _answer(self, ask: _Ask, reply: Reply) -> list[Event]:
        """What a no means, or whatever ends a message."""
        if ask is _DOT:
            ended, self._sending = self._sending, None
            return [Answered(ended, reply)]
        if ask.is_aside:
            return self.lose(f"RSET was answered {reply.code}") if ask is _RSET else []
        self._needs_reset = True
        self._refusal = self._refusal or reply
        # In lockstep the rest of the group is never said.
        self._unsaid.clear()
        return self._refused() if ask is _DATA or not self.pipelines or reply.code == 421 else []

    def _refused(self) -> list[Event]:
        offered, self._offered = self._offered, None
        assert offered is not None and self._refusal is not None
        return [Answered(offered.ticket, self._refusal)]

    def _options(self, offer: Offer) -> str | Reply:
        """What follows MAIL FROM; or the refusal the relay would give."""
        if 0 < self._most < offer.size:
            words = f"the message has {offer.size} bytes, the relay takes {self._most}"
            return Reply(phase=Phase.MAIL, code=552, enhanced="5.3.4", text=words)
        options = f" SIZE={offer.size}" if self._has_size else ""
        if not (offer.envelope.mail_from + offer.envelope.rcpt_to).isascii():
            if not self._has_utf8:
                words = "the address needs SMTPUTF8, which the relay does not offer"
                return Reply(phase=Phase.MAIL, code=553, enhanced="5.6.7", text=words)
            options += " SMTPUTF8 BODY=8BITMIME"
        return options
