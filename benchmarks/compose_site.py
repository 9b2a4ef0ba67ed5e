"""A site to cut for: twenty sources with two stories each tonight, and readers who mute what they like."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from itertools import combinations, islice
from pathlib import Path
from random import Random
from types import MappingProxyType

from benchmarks.feeds import feed
from digest.night import people
from digest.night.keeping import sync
from digest.night.tonight import Show, Tonight, night_for, unwatched
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


def write(folder: Path, *, sources: int = SOURCES, stories: int = STORIES) -> None:
    """digest.toml and the feeds beside it, with so many stories each."""
    parts = [SITE]
    parts += [
        f'[[topics]]\nslug = "{word}"\ntitle = {{ en = "{word}" }}\nmatch = {{ words = ["{word}"] }}\n'
        for word in TOPICS
    ]
    for number in range(sources):
        parts.append(f'[[sources]]\nslug = "s{number}"\ntitle = "Blog {number}"\nurl = "s{number}.xml"\n')
        (folder / f"s{number}.xml").write_bytes(feed(number, entries=stories))
    (folder / "digest.toml").write_text("\n".join(parts), encoding="utf-8")


@contextmanager
def tonight(
    folder: Path,
    *,
    environ: Mapping[str, str] = MappingProxyType({}),
    clock: Callable[[], datetime] = lambda: NOW,
    show: Show = unwatched,
    stop: Callable[[], bool] = lambda: False,
) -> Iterator[Tonight]:
    """The site, at its night; time stands still, unless a clock is given."""
    path = folder / "digest.toml"
    settings = load(
        path.read_text(encoding="utf-8"),
        path=path,
        environ=environ,
        read_secret=lambda name: (folder / name).read_text(encoding="ascii"),
    )
    with open_store("sqlite:///digest.db", base=folder, now=NOW) as store:
        one = Tonight(
            store=store,
            settings=settings,
            base=folder,
            night=night_for(clock(), settings),
            clock=clock,
            random=Random(1),
            show=show,
            stop=stop,
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
    """So many readers join."""
    bring(one, readers(count, wishes=wishes), count)


def bring(one: Tonight, lines: Iterable[str], count: int) -> None:
    """Everybody of a CSV joins, as `subscribers import --confirmed` does it."""
    list_id, configured = people.list_named(one, "daily")

    importing = Importing(
        terms=people.terms_for(one, list_id, configured, people.Asked()),
        start=partial(people.start_for, one, list_id, configured),
        salt=b"salt",
        now=NOW,
        confirmed=True,
    )
    text = io.BytesIO("".join(lines).encode())
    tally = bring_in(one.store.people, read(text, people.catalogue_of(one)), importing)
    assert tally.joined == count, tally
