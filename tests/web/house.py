"""An installation with its pages: a SQLite file, our templates, nights that can be run beside it.

    lab = Lab(tmp_path)                      # two public lists, one that is not; three sources, one topic
    lab.paper.publish("blog", "one")         # tests.night.house.House: feeds, nights, mails
    place = lab.join("ada")                  # confirmed on "daily"
    with lab.serve() as web:                 # uvicorn on loopback
        web.get(lab.leave_link(place))

The house is the one that `digest serve` makes. The clock is `lab.clock`; letters posted are in `lab.letters`.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path
from threading import Event
from typing import Any

from digest.errors import StorageLocked
from digest.night.tonight import Tonight
from digest.serve.house import WebHouse
from digest.serve.installed import Installed
from digest.serve.later import Later
from digest.serve.shelf import OpenShelf
from digest.storage import Store, open_store
from subscribers import tokens
from subscribers.house import Busy, House
from subscribers.letters import Letter
from subscribers.model import ConsentEvent, Subscription
from subscribers.web.app import app
from tests.night import house as night_house
from tests.web.client import Web, serving

#: 14:00 in Paris, on the Sunday whose night has not been
NOW = night_house.NIGHT + timedelta(hours=11)
LOCK_MS = 30_000


class Patient(Installed):
    """An installation that waits for its store as long as a test says."""

    __slots__ = ("lock_ms",)

    lock_ms: int

    @contextmanager
    def store(self) -> Iterator[Store]:
        url, base = self.settings.storage.url, self.base
        with open_store(url, base=base, now=self.clock(), busy_timeout_ms=self.lock_ms) as store:
            yield store


class NotedShelf(OpenShelf):
    """A shelf whose letters are noted; into the post, with their bytes, they come where a test says so."""

    def __init__(self, tonight: Tonight, letters: list[Letter], *, posts: bool) -> None:
        super().__init__(tonight)
        self._letters, self._posts = letters, posts

    def send(self, letter: Letter) -> None:
        if self._posts:
            super().send(letter)
        self._letters.append(letter)


class LabHouse(WebHouse):
    """The house of `digest serve`, which remembers its letters."""

    def __init__(self, installed: Installed, *, posts: bool) -> None:
        self._posts = posts
        self.letters: list[Letter] = []
        self._behind = Later(pause=timedelta())
        super().__init__(installed, self._behind, ring=lambda: None)

    @contextmanager
    def open(self) -> Iterator[NotedShelf]:
        try:
            with self._house.tonight() as one:
                yield NotedShelf(one, self.letters, posts=self._posts)
        except StorageLocked as cause:
            raise Busy from cause

    def wait(self) -> None:
        """Until what was put off is done."""
        done = Event()
        self._behind.add(done.set)
        assert done.wait(60)

    def close(self) -> None:
        self._behind.close(within=60)


class Lab:
    """An installation with its pages."""

    def __init__(self, root: Path, *, lock_ms: int = LOCK_MS, posts: bool = False, **tables: Any) -> None:
        self.clock = NOW
        self.paper = night_house.House(root, **{**_TABLES, **tables})
        for slug, title in (("blog", "The Blog"), ("cubicweb", "CubicWeb"), ("logilab", "Logilab")):
            if all(each["slug"] != slug for each in self.paper.tables["sources"]):
                self.paper.follow(slug, f"{slug}.xml", title=title)
        self._lock_ms, self._posts = lock_ms, posts
        self.house = self.new_house()

    def new_house(self) -> LabHouse:
        """As after a reload: settings read anew."""
        installed = Patient(
            path=self.paper.root / "digest.toml",
            settings=self.paper.settings,
            load=lambda: self.paper.settings,
            clock=lambda: self.clock,
        )
        installed.lock_ms = self._lock_ms
        installed.keep_step()
        return LabHouse(installed, posts=self._posts)

    @property
    def path(self) -> Path:
        return self.paper.root / "digest.db"

    @property
    def letters(self) -> list[Letter]:
        return self.house.letters

    @contextmanager
    def serve(self) -> Iterator[Web]:
        """The pages over HTTP."""
        house: House = self.house
        with serving(app(house)) as web:
            yield web

    def join(self, name: str = "ada", **asked: Any) -> Subscription:
        return self.paper.join(name, at=self.clock, **asked)

    def place(self, name: str = "ada", list: str = "daily") -> Subscription:
        """How somebody stands now."""
        card = self.house.list_of(list)
        assert card is not None
        with self.house.open() as shelf:
            person = shelf.people.find(night_house.address(name))
            assert person is not None
            places = shelf.people.subscriptions_of(person.id)
            return next(each for each in places if each.list_id == card.id)

    def proofs(self, place: Subscription) -> tuple[ConsentEvent, ...]:
        with self.house.open() as shelf:
            return shelf.people.consents(place.id)

    def token(self, place: Subscription, purpose: tokens.Purpose) -> str:
        with self.house.open() as shelf:
            return tokens.make(purpose, place.id, shelf.keys.secret("token"))

    def leave_link(self, place: Subscription) -> str:
        """The path of /u/, below the prefix."""
        return f"/u/{self.token(place, tokens.Purpose.UNSUBSCRIBE)}"

    def wish_link(self, place: Subscription, rest: str = "") -> str:
        """The path of /w/, below the prefix."""
        return f"/w/{self.token(place, tokens.Purpose.WISHES)}{rest}"

    def dump(self) -> str:
        """All that is in the database, as text."""
        with closing(sqlite3.connect(f"file:{self.path}?mode=ro", uri=True)) as witness:
            return "\n".join(witness.iterdump())


_TABLES: dict[str, Any] = {
    "site": {"postal_address": "1 Small Street, Paris"},
    "topics": [
        {
            "slug": "events",
            "title": {"fr": "Rencontres", "en": "Events"},
            "match": {"words": ["meetup"]},
        }
    ],
    "lists": [
        {
            "slug": "daily",
            "title": "Small Daily",
            "description": "Every night.",
            "cadence": "nightly",
            "public": True,
        },
        {
            "slug": "weekly",
            "title": "Small Weekly",
            "description": "Every Monday.",
            "cadence": "weekly",
            "public": True,
        },
        {"slug": "inner", "title": "Inner Circle", "cadence": "monthly"},
    ],
}
