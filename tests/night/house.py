"""A whole installation in a folder, for tests of nights: feeds as files beside it, readers, an outbox.

    house = House(tmp_path)
    house.publish("blog", "one", "two")          # a feed file with these entries, newest first
    house.join("ada", at=NIGHT)
    report = house.night(NIGHT)
    house.received("ada")                        # [("one", "two")]: mails in order, stories by name

The clock stands still for a run. Nothing here knows how the product decides; it only asks and looks.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from email.utils import format_datetime, parseaddr
from pathlib import Path
from random import Random
from typing import Any
from xml.sax.saxutils import escape

from digest.gather.language import detect
from digest.model import EntryState, ListId
from digest.night import people
from digest.night.keeping import sync
from digest.night.people import Asked
from digest.night.report import NightReport
from digest.night.run import run_night
from digest.night.tonight import Tonight, night_for
from digest.settings import Settings
from digest.settings.checks import faults
from digest.storage import open_store
from subscribers.addresses import Address, parse
from subscribers.model import Subscription

#: 03:00 in Paris; a Sunday
NIGHT = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
DAY = timedelta(days=1)

#: what an entry's address looks like in a mail
_STORY = re.compile(r"https://(?:[a-z0-9-]+)\.example/([A-Za-z0-9_-]+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """An entry of a feed of ours; all but the name follows from it where it is not given."""

    name: str
    at: datetime = NIGHT - DAY
    guid: str | None = None
    link: str | None = None
    title: str | None = None
    text: str | None = None
    category: str | None = None

    def xml(self, slug: str) -> str:
        title = self.title or f"What {self.name} is about"
        text = self.text or f"Nobody wrote about {self.name} in these words before: {self.name * 3}."
        category = f"<category>{escape(self.category)}</category>" if self.category else ""
        return (
            f"<item><title>{escape(title)}</title>"
            f"<link>{escape(self.link or f'https://{slug}.example/{self.name}')}</link>"
            f'<guid isPermaLink="false">{escape(self.guid or f"tag:{slug}:{self.name}")}</guid>'
            f"<pubDate>{format_datetime(self.at)}</pubDate>{category}"
            f"<description>{escape(text)}</description></item>"
        )


def rss(slug: str, items: list[Item]) -> bytes:
    """A feed of these entries, newest first."""
    inside = "".join(item.xml(slug) for item in items)
    head = f"<title>{slug}</title><link>https://{slug}.example/</link><description>d</description>"
    return f'<?xml version="1.0"?><rss version="2.0"><channel>{head}{inside}</channel></rss>'.encode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """A message as its reader's program sees it."""

    raw: bytes
    message: EmailMessage

    @classmethod
    def of(cls, raw: bytes) -> Mail:
        message = BytesParser(policy=policy.default).parsebytes(raw)
        assert isinstance(message, EmailMessage)
        return cls(raw=raw, message=message)

    @property
    def to(self) -> str:
        return parseaddr(str(self.message["To"]))[1]

    @property
    def subject(self) -> str:
        return str(self.message["Subject"])

    @property
    def text(self) -> str:
        return self._part("plain")

    @property
    def html(self) -> str:
        return self._part("html")

    @property
    def stories(self) -> tuple[str, ...]:
        """The entries it tells of, by name, in order."""
        return tuple(dict.fromkeys(_STORY.findall(self.text)))

    def _part(self, kind: str) -> str:
        part = self.message.get_body((kind,))
        return str(part.get_content()) if isinstance(part, EmailMessage) else ""


class House:
    """Settings as a dictionary of digest.toml's tables: change them between nights as an admin would."""

    def __init__(self, root: Path, **tables: Any) -> None:
        self.root = root
        self.tables: dict[str, Any] = {
            "site": {
                "title": "Small Planet",
                "url": "https://digest.example.org",
                "timezone": "Europe/Paris",
                "contact": "admin@example.org",
                "postal_address": "1 Small Street",
            },
            "gather": {"first_entries": 100, "min_interval_minutes": 0},
            "mail": {"from": "Small Planet <digest@example.org>", "smtp": "dir:outbox"},
            "sources": [],
            "lists": [{"slug": "daily", "title": "Small Daily", "cadence": "nightly", "public": True}],
        }
        for name, table in tables.items():
            known = self.tables.get(name)
            self.tables[name] = known | table if isinstance(known, dict) else table
        self._items: dict[str, list[Item]] = {}

    # what an admin and the authors do

    @property
    def settings(self) -> Settings:
        settings = Settings.model_validate(self.tables)
        assert faults(settings) == []
        return settings

    def follow(self, slug: str, url: str, **more: Any) -> None:
        self.tables["sources"].append({"slug": slug, "url": url, **more})

    def publish(self, slug: str, *items: Item | str) -> None:
        """Put these on top of a feed; a slug never heard of is a new source."""
        fresh = [Item(name=item) if isinstance(item, str) else item for item in items]
        self.republish(slug, *fresh, *self._items.get(slug, []))

    def republish(self, slug: str, *items: Item) -> None:
        """The feed is now these entries and no others."""
        if slug not in self._items and all(each["slug"] != slug for each in self.tables["sources"]):
            self.follow(slug, f"{slug}.xml")
        self._items[slug] = list(items)
        (self.root / f"{slug}.xml").write_bytes(rss(slug, self._items[slug]))

    # runs

    @contextmanager
    def tonight(self, at: datetime, *, clock: Callable[[], datetime] | None = None) -> Iterator[Tonight]:
        """The installation at an instant, with rows in step with the settings, as the command opens it."""
        settings = self.settings
        with open_store("sqlite:///digest.db", base=self.root, now=at) as store:
            one = Tonight(
                store=store,
                settings=settings,
                base=self.root,
                night=night_for(at, settings),
                clock=clock or (lambda: at),
                random=Random(1),
                detect=detect,  # loaded once for all nights of a test run
            )
            sync(one)
            yield one

    def night(self, at: datetime, *, force: bool = False) -> NightReport:
        with self.tonight(at) as one:
            return run_night(one, force=force)

    def join(self, name: str, *, at: datetime, list: str = "daily", **asked: Any) -> Subscription:
        """Somebody confirmed joins."""
        with self.tonight(at) as one:
            list_id, configured = people.list_named(one, list)
            change = people.add(one, address(name), list_id, configured, Asked(**asked), confirmed=True)
            return change.member.subscription

    # what came of it

    @property
    def mails(self) -> list[Mail]:
        """The outbox, oldest delivery first."""
        return [Mail.of(path.read_bytes()) for path in sorted((self.root / "outbox").glob("*.eml"))]

    def received(self, name: str) -> list[tuple[str, ...]]:
        """The stories of each mail that somebody got, in order of delivery."""
        return [mail.stories for mail in self.mails if mail.to == address(name).address]

    def place(self, name: str, *, at: datetime = NIGHT) -> Subscription:
        with self.tonight(at) as one:
            (member,) = people.places_of(one, address(name))
            return member.subscription

    def titles(self, state: EntryState, *, at: datetime = NIGHT) -> set[str]:
        with self.tonight(at) as one:
            return {entry.content.title for entry in one.store.entries.find(state=state, limit=10_000)}

    def accounts(self, *, at: datetime = NIGHT) -> None:
        """The conservation law, of every issue (design §4)."""
        with self.tonight(at) as one:
            for issue in one.store.issues.list_all(limit=1_000):
                assert one.store.deliveries.conservation(issue.id).holds


def list_id(one: Tonight, slug: str = "daily") -> ListId:
    return people.list_named(one, slug)[0]


def address(name: str) -> Address:
    found = parse(name if "@" in name else f"{name}@example.org")
    assert isinstance(found, Address)
    return found
