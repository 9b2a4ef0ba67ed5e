"""One measured pass of `benchmarks.gather`: all new, then all unchanged; prints the seconds of each by the
clock, and those of processor time, child processes included."""

from __future__ import annotations

import random
import resource
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


class Watch:
    """What passed since it was made."""

    def __init__(self) -> None:
        self._clock, self._processor = time.perf_counter(), _processor_seconds()

    def read(self) -> tuple[float, float]:
        return time.perf_counter() - self._clock, _processor_seconds() - self._processor


def _processor_seconds() -> float:
    both = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(used.ru_utime + used.ru_stime for used in both)


def ours(url: str, count: int, folder: Path) -> list[float]:
    from digest.gather import gather
    from digest.storage import open_store

    text = SETTINGS.format(host=url.removeprefix("http://"))
    text += "".join(f'[[sources]]\nslug = "s{n}"\nurl = "{url}/{n}.xml"\n' for n in range(count))
    settings = load(text, path=folder / "digest.toml", environ={}, read_secret=str)
    times: list[float] = []
    with open_store("sqlite:///digest.db", base=folder, now=utc_now()) as store:
        for wanted in ("changed", "unchanged"):
            watch = Watch()
            report = gather(
                store,
                settings,
                now=utc_now,
                random=random.Random(1),
                base=folder,
                force=True,
                progress=lambda _done, _total: None,
            )
            times.extend(watch.read())
            if getattr(report, wanted) != count:
                raise SystemExit(f"{wanted} should be {count}: {report}")
    return times


def reader(url: str, count: int, folder: Path) -> list[float]:
    from reader import make_reader

    peer = make_reader(str(folder / "reader.sqlite"))
    for n in range(count):
        peer.add_feed(f"{url}/{n}.xml")
    times: list[float] = []
    for _ in range(2):
        watch = Watch()
        peer.update_feeds(workers=10, scheduled=False)
        times.extend(watch.read())
    if peer.get_entry_counts().total != count * 20:
        raise SystemExit(f"reader has {peer.get_entry_counts().total} entries")
    peer.close()
    return times


if __name__ == "__main__":
    _, who, address, feeds, place = sys.argv
    result = (ours if who == "ours" else reader)(address, int(feeds), Path(place))
    print(*result)
