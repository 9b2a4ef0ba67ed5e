"""One measured night: everything `digest nightly` does, from an open database to its report.

    python -m benchmarks.night_pass FOLDER PORT [profile]      the whole night
    python -m benchmarks.night_pass FOLDER PORT rows           cut and planned, then the first messages sent

Prints seconds by the clock, of processors (children included), and of each step, and what came of it.
"""

from __future__ import annotations

import cProfile
import json
import pstats
import sys
import time
from contextlib import nullcontext
from pathlib import Path

from benchmarks.compose_site import tonight
from benchmarks.deliver_peers import processors
from digest.clock import utc_now
from digest.night.run import NightReport, compose_room, deliver_room, run_night
from digest.night.tonight import Tonight

LANES = 10
#: of a million planned, so many are sent: what was claimed is forgotten by then
ENOUGH = 20_000


class Watch:
    """When each room was last heard of; asks to stop once enough has left."""

    def __init__(self, enough: int | None) -> None:
        self.begin()
        self.seen: dict[str, list[float]] = {}
        self._enough, self._sent = enough, 0

    def begin(self) -> None:
        self.start, self.begun = time.perf_counter(), utc_now()

    def show(self, room: str, done: int, _total: int) -> None:
        now = time.perf_counter() - self.start
        self.seen.setdefault(room, [now, now])[1] = now
        if room == "deliver":
            self._sent = done

    def stop(self) -> bool:
        return self._enough is not None and self._sent >= self._enough


def main(folder: str, port: str, what: str = "") -> None:
    watch = Watch(ENOUGH if what == "rows" else None)
    relay = {"DIGEST_MAIL__SMTP": f"smtp://127.0.0.1:{port}", "DIGEST_MAIL__CONNECTIONS": str(LANES)}
    place = Path(folder)
    with tonight(place, environ=relay, clock=utc_now, show=watch.show, stop=watch.stop) as one:
        busy = processors()
        watch.begin()
        profile = cProfile.Profile() if what == "profile" else None
        with profile or nullcontext():
            report = _rows(one) if what == "rows" else run_night(one)
        told = {"wall": time.perf_counter() - watch.start, "processors": processors() - busy}
        told |= _steps(one, watch)
    assert report.deliver is not None
    told["sent"] = report.deliver.sent
    told["released"] = report.released
    told["editions"] = sum(each.editions for each in report.issues)
    told["deliveries"] = sum(each.deliveries for each in report.issues)
    if profile is not None:
        pstats.Stats(profile, stream=sys.stderr).sort_stats("tottime").print_stats(40)
        pstats.Stats(profile, stream=sys.stderr).sort_stats("cumtime").print_stats(90)
    print(json.dumps(told))


def _rows(one: Tonight) -> NightReport:
    """Everybody is planned, and the first are sent."""
    cut = compose_room(one)
    sent = deliver_room(one)
    return NightReport(night=cut.night, issues=cut.issues, deliver=sent.deliver)


def _steps(one: Tonight, watch: Watch) -> dict[str, float]:
    """Seconds of each, in order."""
    night = one.store.nights.get(one.night)
    assert night is not None
    since = {"gather": watch.seen.get("gather", [0.0, 0.0])[1]}
    if night.closed_at is not None:
        since["close"] = (night.closed_at - watch.begun).total_seconds()
    # Pages of 5,000: the first has the galleys in it.
    since["galley and first page"], since["other pages"] = watch.seen["compose"]
    since["deliver"] = watch.seen["deliver"][1]
    ends = list(since.values())
    return {name: end - before for (name, end), before in zip(since.items(), [0.0, *ends], strict=False)}


if __name__ == "__main__":
    main(*sys.argv[1:])
