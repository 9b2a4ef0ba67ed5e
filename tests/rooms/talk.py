"""A lane used as one would type: open, offer, send, each waited for."""

from __future__ import annotations

from digest.deliver import Envelope, Transport
from digest.deliver.single import next_events
from digest.deliver.transport import Answered, Awaited, Lane, Offer, Phase, Reply


class Talk:
    """One lane at a time of a transport, opened anew when it was lost."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._lane: Lane | None = None

    @property
    def lane(self) -> Lane:
        self.open()
        assert self._lane is not None
        return self._lane

    def open(self) -> None:
        if self._lane is None or not self._lane.is_open:
            self._lane = self._transport.lane()

    def offer(self, envelope: Envelope, *, size: int, name: str = "1") -> Reply:
        """A yes means: the content is awaited."""
        self.lane.offer(Offer(ticket=name, envelope=envelope, size=size, name=name))
        return self._answer()

    def send(self, content: bytes) -> Reply:
        self.lane.send(content)
        return self._answer()

    def close(self) -> None:
        if self._lane is not None:
            self._lane.close()

    def _answer(self) -> Reply:
        (event,) = next_events(self.lane)
        if isinstance(event, Awaited):
            return Reply(phase=Phase.DATA, code=354)
        assert isinstance(event, Answered)
        return event.reply
