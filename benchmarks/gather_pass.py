"""One measured pass of `benchmarks.gather`: prints two times in seconds, all new and all unchanged."""

from __future__ import annotations

import random
import sys
import time
from pathlib import Path

from digest.clock import utc_now
from digest.settings import load

SETTINGS = """
[site]
title = "Benchmark"
url = "https://digest.example.org"
contact = "admin@example.org"
[gather]
first_entries = 10000
allow_private = ["{host}"]
per_host = 32
[mail]
from = "digest@example.org"
smtp = "dir:outbox"
"""


def ours(url: str, count: int, folder: Path) -> tuple[float, float]:
    from digest.gather import gather
    from digest.storage import open_store

    text = SETTINGS.format(host=url.removeprefix("http://"))
    text += "".join(f'[[sources]]\nslug = "s{n}"\nurl = "{url}/{n}.xml"\n' for n in range(count))
    settings = load(text, path=folder / "digest.toml", environ={}, read_secret=str)
    times = []
    with open_store("sqlite:///digest.db", base=folder, now=utc_now()) as store:
        for wanted in ("changed", "unchanged"):
            start = time.perf_counter()
            report = gather(
                store,
                settings,
                now=utc_now,
                random=random.Random(1),
                base=folder,
                force=True,
                progress=lambda _done, _total: None,
            )
            times.append(time.perf_counter() - start)
            if getattr(report, wanted) != count:
                raise SystemExit(f"{wanted} should be {count}: {report}")
    return times[0], times[1]


def reader(url: str, count: int, folder: Path) -> tuple[float, float]:
    from reader import make_reader

    peer = make_reader(str(folder / "reader.sqlite"))
    for n in range(count):
        peer.add_feed(f"{url}/{n}.xml")
    times = []
    for _ in range(2):
        start = time.perf_counter()
        peer.update_feeds(workers=10, scheduled=False)
        times.append(time.perf_counter() - start)
    if peer.get_entry_counts().total != count * 20:
        raise SystemExit(f"reader has {peer.get_entry_counts().total} entries")
    peer.close()
    return times[0], times[1]


if __name__ == "__main__":
    _, who, address, feeds, place = sys.argv
    result = (ours if who == "ours" else reader)(address, int(feeds), Path(place))
    print(*result)
