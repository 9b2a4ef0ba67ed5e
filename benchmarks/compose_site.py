"""A site to cut for: twenty sources with two stories each tonight, and readers who mute what they like."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from itertools import combinations, islice
from pathlib import Path
from random import Random

from benchmarks.feeds import feed
from digest.night import people
from digest.night.keeping import sync
from digest.night.tonight import Tonight, night_for
from digest.settings.load import load
from digest.storage import open_store
from subscribers.csv_in import read
from subscribers.transfer import Importing, bring_in

NOW = datetime(2026, 11, 22, 2, tzinfo=UTC)
SOURCES, STORIES = 20, 2
TOPICS = ("python", "planet", "garden", "memory")

SITE = """
[site]
title = "A planet to measure"
url = "https://digest.example.org"
language = "en"
timezone = "UTC"
contact = "admin@example.org"
postal_address = "1 Small Street"

[mail]
from = "A planet <digest@example.org>"
smtp = "dir:outbox"

[[lists]]
slug = "daily"
title = "A planet to measure, daily"
cadence = "nightly"
"""


def write(folder: Path) -> None:
    """digest.toml and the feeds beside it."""
    parts = [SITE]
    parts += [
        f'[[topics]]\nslug = "{word}"\ntitle = {{ en = "{word}" }}\nmatch = {{ words = ["{word}"] }}\n'
        for word in TOPICS
    ]
    for number in range(SOURCES):
        parts.append(f'[[sources]]\nslug = "s{number}"\ntitle = "Blog {number}"\nurl = "s{number}.xml"\n')
        (folder / f"s{number}.xml").write_bytes(feed(number, entries=STORIES))
    (folder / "digest.toml").write_text("\n".join(parts), encoding="utf-8")


@contextmanager
def tonight(folder: Path) -> Iterator[Tonight]:
    """The site, at its night."""
    path = folder / "digest.toml"
    settings = load(path.read_text(encoding="utf-8"), path=path, environ={}, read_secret=lambda _: "")
    with open_store("sqlite:///digest.db", base=folder, now=NOW) as store:
        one = Tonight(
            store=store,
            settings=settings,
            base=folder,
            night=night_for(NOW, settings),
            clock=lambda: NOW,
            random=Random(1),
        )
        sync(one)
        yield one


def readers(count: int, *, wishes: int) -> Iterator[str]:
    """A line of CSV for each; so many different wishes among them, in no order."""
    mutes = list(islice(_mutes(), wishes))
    Random(2).shuffle(mutes)
    yield "email,mute\n"
    for number in range(count):
        muted = mutes[number % wishes]
        yield f"reader{number}@example.net,{' '.join(f's{each}' for each in muted)}\n"


def _mutes() -> Iterator[tuple[int, ...]]:
    """Sets of sources, the small ones first; each brings a digest of its own."""
    for size in range(SOURCES):
        yield from combinations(range(SOURCES), size)


def join(one: Tonight, count: int, *, wishes: int) -> None:
    """Everybody joins, as `subscribers import --confirmed` does it."""
    list_id, configured = people.list_named(one, "daily")

    importing = Importing(
        terms=people.terms_for(one, list_id, configured, people.Asked()),
        start=partial(people.start_for, one, list_id, configured),
        salt=b"salt",
        now=NOW,
        confirmed=True,
    )
    text = io.BytesIO("".join(readers(count, wishes=wishes)).encode())
    tally = bring_in(one.store.people, read(text, people.catalogue_of(one)), importing)
    assert tally.joined == count, tally
