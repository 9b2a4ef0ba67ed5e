"""Keeping the rows in step with digest.toml: lists, sources and wishes follow the file."""

from __future__ import annotations

from digest.night.tonight import Tonight


def sync(tonight: Tonight) -> None:
    """Bring lists, sources and wishes in step with the settings: new ones, renamed ones, retired ones."""
    settings, store, now = tonight.settings, tonight.store, tonight.clock()
    store.lists.sync([(each.slug, each.title, each.formerly) for each in settings.lists], now)
    store.sources.sync([(each.slug, each.url, each.formerly) for each in settings.sources], now)
    sources = {old: each.slug for each in settings.sources for old in each.formerly}
    topics = {old: each.slug for each in settings.topics for old in each.formerly}
    if sources or topics:
        store.people.rename(sources=sources, topics=topics)
