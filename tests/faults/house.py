"""An installation with mail ready to leave: readers with wishes of their own, an issue cut, nothing sent."""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import Any

from digest.night import people
from digest.night.people import Asked
from digest.night.run import compose_room, gather_room
from digest.night.tonight import Tonight
from subscribers.model import Format
from tests.night.house import NIGHT, House, Item, address
from tests.night.killing import settings_file

SOURCES = 12
#: refusals that blame us are counted by domain
DOMAINS = 40


def reader(number: int) -> str:
    return f"reader{number}@d{number % DOMAINS}.example.org"


def ready(folder: Path, readers: int, **mail: Any) -> House:
    """A night gathered and cut. `mail` goes into digest.toml's table of that name."""
    house = House(folder, mail={"bounce_domain": "bounces.example.org", **mail})
    for number in range(SOURCES):
        house.publish(f"source-{number}", Item(name=f"entry-{number}"))
    settings_file(house)
    with house.tonight(NIGHT) as one:
        with one.store.atomic():
            _join(one, readers)
        gather_room(one)
        compose_room(one)
        assert one.store.deliveries.open_count() == readers
    return house


def _join(one: Tonight, readers: int) -> None:
    random = Random(readers)
    sources = [each.slug for each in one.settings.sources]
    for number in range(readers):
        asked = Asked(
            language=random.choice(["fr", "en"]),
            format=random.choice([Format.HTML, Format.HTML, Format.TEXT]),
            mute=tuple(random.sample(sources, random.randrange(len(sources) - 1))),
        )
        list_id, configured = people.list_named(one, "daily")
        people.add(one, address(reader(number)), list_id, configured, asked, confirmed=True)
