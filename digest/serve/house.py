"""`subscribers.house.House` for this installation: made anew when its settings change."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from email.utils import parseaddr

from digest.errors import StorageLocked
from digest.model import ListId, Source
from digest.night.galleys import templates_of
from digest.planet.views import feed_url
from digest.serve.hours import hour_of, leaves_at
from digest.serve.installed import Installed, prefix_of
from digest.serve.later import Later
from digest.serve.pages import Templates
from digest.serve.shelf import OpenShelf
from digest.settings import ListSettings, Settings
from digest.settings.schema import SourceSettings, Topic
from subscribers.house import Busy, Choice, ListCard, Shelf, Site
from subscribers.model import Subscription
from subscribers.tokens import Key


class WebHouse:
    """One for the process. Holds no connection; `ring` tells that a letter waits."""

    def __init__(self, house: Installed, later: Later, *, ring: Callable[[], None]) -> None:
        """Raises StorageError."""
        self._house = house
        self._later = later
        self._ring = ring
        settings = house.settings
        self.site = site_of(settings)
        self.pages = Templates(templates_of(settings, house.base), settings.site.zone)
        with house.tonight() as one:
            rows = {source.slug: source for source in one.store.sources.all()}
            self._lists = tuple(
                card_of(settings, ListId(id), configured, rows) for id, configured in one.lists()
            )
            signing = one.store.keys.secret("form")
            others = [key for key in one.store.keys.all("form") if key.id != signing.id]
        self._form_keys: tuple[Key, ...] = (signing, *others)

    def now(self) -> datetime:
        return self._house.clock()

    def form_keys(self) -> tuple[Key, ...]:
        return self._form_keys

    def random(self, octets: int) -> bytes:
        return os.urandom(octets)

    def lists(self) -> tuple[ListCard, ...]:
        return self._lists

    def list_of(self, slug: str) -> ListCard | None:
        return next((each for each in self._lists if each.slug == slug), None)

    def list_by_id(self, id: ListId) -> ListCard | None:
        return next((each for each in self._lists if each.id == id), None)

    @contextmanager
    def open(self) -> Iterator[OpenShelf]:
        try:
            with self._house.tonight() as one:
                shelf = OpenShelf(one)
                yield shelf
        except StorageLocked as cause:
            raise Busy from cause
        if shelf.has_posted:
            self._ring()

    def later(self, work: Callable[[Shelf], None]) -> None:
        def alone() -> None:
            with self.open() as shelf:
                work(shelf)

        self._later.add(alone)

    def next_digest(self, subscription: Subscription) -> datetime | None:
        settings = self._house.settings
        with self._house.store() as store:
            last = store.nights.last()
        at = hour_of(settings.night.at)
        return leaves_at(subscription, at, settings.site.zone, now=self.now(), last=last)


def site_of(settings: Settings) -> Site:
    """The installation as pages show it."""
    site = settings.site
    return Site(
        title=site.title,
        url=site.url.rstrip("/"),
        prefix=prefix_of(site.url),
        language=site.language.value,
        contact=parseaddr(site.contact)[1],
        postal_address=site.postal_address,
        zone=site.zone,
        sender=parseaddr(settings.mail.from_)[1],
        bounce_domain=settings.mail.bounce_domain,
        keep_months=settings.storage.keep_months,
    )


def card_of(settings: Settings, id: ListId, configured: ListSettings, rows: dict[str, Source]) -> ListCard:
    """A list, with what may be chosen on it."""
    is_all = "*" in configured.sources
    return ListCard(
        id=id,
        slug=configured.slug,
        title=configured.title,
        description=configured.description,
        language=(configured.language or settings.site.language).value,
        cadence=configured.cadence,
        weekday=configured.weekday,
        hour=configured.hour,
        public=configured.public,
        max_entries=configured.max_entries,
        sources=tuple(
            _source(each, rows.get(each.slug))
            for each in settings.sources
            if is_all or each.slug in configured.sources
        ),
        topics=tuple(map(_topic, settings.topics)),
    )


def _source(configured: SourceSettings, row: Source | None) -> Choice:
    """Called as digest.toml says, else as its feed does."""
    title = configured.title or (row.title if row else None) or configured.slug
    feed = (feed_url(row) if row else None) or ""
    return Choice(slug=configured.slug, title=title, topics=configured.topics, feed=feed)


def _topic(topic: Topic) -> Choice:
    if isinstance(topic.title, str):
        return Choice(slug=topic.slug, title=topic.title)
    first = topic.title.get("en") or next(iter(topic.title.values()), topic.slug)
    return Choice(slug=topic.slug, title=first, titles=topic.title)
