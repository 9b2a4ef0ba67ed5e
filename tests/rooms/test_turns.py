"""What one turn of a run does: nobody waits for a nap that the turn itself could have spared."""

from __future__ import annotations

import select
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import pytest

from digest.deliver import Outgoing, Pace, Policy
from digest.deliver.lane import FolderLane
from digest.deliver.line import Line
from digest.deliver.room import Room
from digest.deliver.stream import Ledger, Parcel
from digest.storage import Store, open_store
from digest.storage.protocol.deliveries import Claim
from digest.storage.protocol.letters import LetterClaim
from tests.ledger import NOW, planned
from tests.rooms.delivering import composed
from tests.rooms.door import READERS


@dataclass(slots=True)
class Kept:
    """A relay that takes everything, at once."""

    names: list[str] = field(default_factory=list)

    def lane(self) -> FolderLane:
        return FolderLane(self)

    def put(self, name: str, content: bytes) -> str:
        self.names.append(name)
        return name


@pytest.fixture
def room(store: Store) -> Iterator[Room]:
    made = Room(
        store=store,
        transport=Kept(),
        policy=Policy(per_connection=1),
        pace=Pace(),
        now=lambda: NOW,
        random=lambda: 0.5,
        signer=None,
    )
    yield made
    for line in made._lines:
        line.close()
    made._bell.close()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store("sqlite:///digest.db", base=tmp_path, now=NOW) as opened:
        planned(opened, READERS)
        yield opened


def add(room: Room, ledger: Ledger, *, is_bulk: bool) -> Line:
    def claim(at: datetime, until: datetime, most: int) -> tuple[Parcel, ...]:
        found: tuple[Claim, ...] | tuple[LetterClaim, ...] = ledger.claim(at, until, most)  # type: ignore[attr-defined]
        return found

    def render(parcel: Parcel) -> Outgoing:
        assert isinstance(parcel, Claim)
        return composed(parcel)

    room.add(ledger, claim, render, is_bulk=is_bulk)
    return room._lines[-1]


def opened(room: Room, line: Line) -> None:
    """Wait until a lane that opens has come."""
    assert line.crew.opening == 1
    select.select([room._bell], [], [], 30)
    room._bell.hush()


def test_bulk_begins_in_the_turn_that_finds_no_letters(room: Room, store: Store) -> None:
    letters = add(room, store.letters, is_bulk=False)
    bulk = add(room, store.deliveries, is_bulk=True)
    run = room.run(progress=lambda _: None, resting=lambda _: None, stop=lambda: False)
    run._advance()

    assert (letters.is_done, letters.crew.opening, bulk.crew.opening) == (True, 0, 1)
    run._selector.close()


def test_a_worn_connection_is_replaced_in_the_turn_that_finds_it_so(room: Room, store: Store) -> None:
    line = add(room, store.deliveries, is_bulk=True)
    line.advance()
    opened(room, line)
    line.advance()
    (lane,) = line.crew.lanes
    for _ in ("354", "250"):
        line.hear(lane)
        line.settle()
        assert line.collect()
    assert (line.handled, lane.offers) == (1, 1)

    line.advance()

    assert not lane.is_open
    assert (line.crew.lanes, line.crew.opening) == ([], 1)
