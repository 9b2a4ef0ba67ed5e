"""One message outside any ledger: a test to somebody's own mailbox. Nothing is promised about crashes."""

from __future__ import annotations

import select
import time

from digest.deliver.transport import Answered, Event, Lane, Offer, Outgoing, Reply, Transport


def send_one(transport: Transport, outgoing: Outgoing, *, name: str) -> Reply:
    """Send it and wait for the last reply. `name` is for people. Raises RelayError."""
    lane = transport.lane()
    try:
        offer = Offer(ticket=name, envelope=outgoing.envelope, size=len(outgoing.content), name=name)
        lane.offer(offer)
        while True:
            for event in next_events(lane):
                if isinstance(event, Answered):
                    return event.reply
                lane.send(outgoing.content)
    finally:
        lane.close()


def next_events(lane: Lane) -> list[Event]:
    """Wait until a lane has something to tell, or its time is up."""
    while not (events := lane.pump()):
        patience = None if lane.deadline is None else max(0.0, lane.deadline - time.monotonic())
        if lane.fileno() >= 0:
            select.select([lane], [lane] if lane.wants_to_write else [], [], patience)
    return events
