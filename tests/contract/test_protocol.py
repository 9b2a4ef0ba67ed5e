"""What the rooms are told of the shelves is what the shelves do."""

from __future__ import annotations

import importlib
import inspect

import pytest

from digest.storage import Store
from digest.storage.protocol import store as protocol

SHELVES = [
    *"sources entries issues deliveries people lists nights keys notices notes".split(),
    *"letters throttles bounces tickets caps askings".split(),
]


def as_the_rooms_see_it(store: Store) -> protocol.Store:
    """Here mypy holds every signature of the shelves against its protocol."""
    return store


def public(kind: type) -> set[str]:
    return {name for name, _ in inspect.getmembers(kind, inspect.isfunction) if not name.startswith("_")}


def test_the_store_has_every_shelf(store: Store) -> None:
    shelves = {name for name, _ in inspect.getmembers(protocol.Store, lambda one: isinstance(one, property))}
    assert shelves == set(SHELVES)
    assert [type(getattr(as_the_rooms_see_it(store), name)).__name__ for name in SHELVES] == [
        name.capitalize() for name in SHELVES
    ]


@pytest.mark.parametrize("shelf", SHELVES)
def test_a_shelf_can_do_what_its_protocol_says_and_nothing_besides(shelf: str) -> None:
    said = importlib.import_module(f"digest.storage.protocol.{shelf}")
    done = importlib.import_module(f"digest.storage.{shelf}")
    name = shelf.capitalize()
    assert public(getattr(done, name)) == public(getattr(said, name))


@pytest.mark.parametrize("shelf", SHELVES)
def test_a_shelf_is_opened_once(store: Store, shelf: str) -> None:
    assert getattr(store, shelf) is getattr(store, shelf)
