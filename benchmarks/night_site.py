"""The installation of N9: 200 feeds, of which 40 have news tonight, and readers who follow some of them.

The popular ones by many, the others by few, as Zipf has it: source k by a share of readers that falls with
1/k, eleven sources a reader on average.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from random import Random

from benchmarks.compose_site import SITE, TOPICS, bring, tonight
from digest.clock import utc_now
from digest.night.run import gather_room

SOURCES, NEWS, FOLLOWED, ENTRIES = 200, 5, 12, 8
#: the first of these nights; the other is now
BEFORE = timedelta(days=3)


def write(folder: Path, url: str, *, sources: list[int]) -> None:
    """digest.toml with these of the feeds."""
    host = url.removeprefix("http://")
    parts = [SITE, f'[gather]\nfirst_entries = {ENTRIES}\nper_host = 32\nallow_private = ["{host}"]\n']
    parts += [
        f'[[topics]]\nslug = "{word}"\ntitle = {{ en = "{word}" }}\nmatch = {{ words = ["{word}"] }}\n'
        for word in TOPICS
    ]
    parts += [f'[[sources]]\nslug = "s{n}"\ntitle = "Blog {n}"\nurl = "{url}/{n}.xml"\n' for n in sources]
    (folder / "digest.toml").write_text("\n".join(parts), encoding="utf-8")


def found(folder: Path, url: str, readers: int) -> None:
    """Gathered three days ago but for the 40 that are new tonight; everybody has joined."""
    folder.mkdir()
    write(folder, url, sources=[n for n in range(SOURCES) if n % NEWS != 1])
    with tonight(folder, clock=lambda: utc_now() - BEFORE) as one:
        gather_room(one)
    write(folder, url, sources=list(range(SOURCES)))
    with tonight(folder, clock=utc_now) as one:
        bring(one, _readers(readers), readers)


def _readers(count: int) -> Iterator[str]:
    dice = Random(5)
    total = sum(1 / (n + 1) for n in range(SOURCES))
    share = [min(0.95, FOLLOWED / total / (n + 1)) for n in range(SOURCES)]
    yield "email,only\n"
    for number in range(count):
        follows = [n for n in range(SOURCES) if dice.random() < share[n]] or [0]
        yield f"reader{number}@example{number % 50}.net,{' '.join(f's{n}' for n in follows)}\n"
