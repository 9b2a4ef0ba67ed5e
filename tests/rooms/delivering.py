"""The deliver door in a process of its own, for tests that kill it: DATABASE PORT."""

from __future__ import annotations

import random
import sys
from pathlib import Path

from digest.clock import utc_now
from digest.deliver import Claim, Envelope, Outgoing, Policy, Timeouts, deliver, transport_of
from digest.night.locks import lock, lock_path
from digest.storage import open_store


def composed(claim: Claim) -> Outgoing:
    """The same bytes for a row each time, as compose makes them: all from ids and the first date."""
    content = (
        f"Message-ID: <d{claim.delivery.id}@example.org>\r\n"
        f"Date: {claim.dated_at.isoformat()}\r\n"
        f"To: {claim.address}\r\n\r\n{'a line of the digest' * 3}\r\n"
    )
    envelope = Envelope(mail_from=f"b.{claim.delivery.id}@example.org", rcpt_to=claim.address)
    return Outgoing(envelope=envelope, content=content.encode())


def main() -> None:
    database, port = Path(sys.argv[1]), sys.argv[2]
    relay = transport_of(f"smtp://127.0.0.1:{port}", None, database.parent, Timeouts())
    url = f"sqlite:///{database.name}"
    with (
        lock(lock_path(database, "deliver"), now=utc_now()),
        open_store(url, base=database.parent, now=utc_now()) as store,
    ):
        deliver(store, relay, composed, policy=Policy(), now=utc_now, random=random.random)


if __name__ == "__main__":
    main()
