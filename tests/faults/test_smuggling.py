"""C8, our side: whatever a feed gets into a message, no line of it ends the message or speaks to the relay,
also where the next command follows the dot in one write."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from digest.deliver import Claim, Outgoing
from digest.storage import Store
from tests.faults.room import READERS, everybody_once, send
from tests.faults.sink import Sink
from tests.rooms.delivering import composed

EVIL = b"MAIL FROM:<evil@example.net>\r\nRCPT TO:<victim@example.net>\r\nDATA\r\nSubject: evil\r\n\r\nevil"
#: what ends a message for some server (SMTP smuggling, CVE-2023-51764 and its kin)
ENDS = (
    b"\r\n.\r\n",
    b"\n.\n",
    b"\r.\r",
    b"\r\n.\n",
    b"\n.\r\n",
    b"\r.\n",
    b"\n.\r",
    b"\r\n\x00.\r\n",
    b".\r\n",
)
_PARTS = (*ENDS, EVIL, b"\r", b"\n", b"\r\n", b".", b"..", b"a", b"QUIT\r\n", b"RSET\r\n")


def handmade(number: int) -> bytes:
    return b"before" + ENDS[number % len(ENDS)] + EVIL + ENDS[number % len(ENDS)] + b"after"


def random_(seed: int, number: int) -> bytes:
    dice = Random(f"{seed} {number}")
    return b"".join(dice.choices(_PARTS, k=dice.randrange(1, 40)))


@pytest.mark.parametrize("pipelining", [True, False], ids=["joined", "lockstep"])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_one_message_stays_one_message(store: Store, tmp_path: Path, seed: int, pipelining: bool) -> None:
    sent: dict[str, bytes] = {}

    def render(claim: Claim) -> Outgoing:
        outgoing = composed(claim)
        body = random_(seed, claim.id) if seed else handmade(claim.id)
        sent[claim.address] = outgoing.content + body
        return replace(outgoing, content=sent[claim.address])

    keep = tmp_path / "kept"
    keep.mkdir()
    with Sink(tmp_path / "journal", pipelining=pipelining, keep=keep) as sink:
        send(store, sink.port, render=render)

    everybody_once(sink)
    assert len(sink.journal.taken) == len(READERS)
    assert sink.seen("MAIL") == sink.seen("RCPT") == sink.seen("DATA") == len(READERS)
    for taken in sink.journal.taken:
        raw = (keep / taken.sha256).read_bytes()
        assert re.search(rb"\r(?!\n)|(?<!\r)\n", raw) is None
        assert re.search(rb"(?:^|\n)\.(?:\r|\n)", raw) is None
        kept = re.sub(rb"(^|\n)\.", rb"\1", raw)
        whole = re.sub(rb"\r\n|\r|\n", b"\r\n", sent[taken.recipient])
        assert kept == (whole if whole.endswith(b"\r\n") else whole + b"\r\n")
