"""Rows in step with digest.toml: lists, sources and wishes follow the file; what is old becomes sums."""

from __future__ import annotations

from datetime import timedelta

from digest.night.tonight import Tonight

#: the longest there is: `keep_months` is a promise to keep
_MONTH = timedelta(days=31)


def sync(tonight: Tonight) -> None:
    """Bring lists, sources and wishes in step with the settings: new ones, renamed ones, retired ones."""
    settings, store, now = tonight.settings, tonight.store, tonight.clock()
    store.lists.sync([(each.slug, each.title, each.formerly) for each in settings.lists], now)
    store.sources.sync([(each.slug, each.url, each.formerly) for each in settings.sources], now)
    sources = {old: each.slug for each in settings.sources for old in each.formerly}
    topics = {old: each.slug for each in settings.topics for old in each.formerly}
    if sources or topics:
        store.people.rename(sources=sources, topics=topics)


def let_go(tonight: Tonight) -> int:
    """Deliveries, letters and bounces older than `storage.keep_months` go; of deliveries sums stay. How many.

    Three months at least (the settings see to it): what a reader was sent is looked up 60 days back.
    """
    before = tonight.clock() - tonight.settings.storage.keep_months * _MONTH
    store = tonight.store
    return store.deliveries.retain(before) + store.letters.retain(before) + store.bounces.retain(before)
