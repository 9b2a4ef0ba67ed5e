"""One measured pass of `benchmarks.deliver`: everything planned leaves, as `digest deliver` sends it.

    python -m benchmarks.deliver_pass send FOLDER PORT CONNECTIONS
    python -m benchmarks.deliver_pass leave FOLDER

`send` says "begun", then prints seconds by the clock, seconds of processors and peak memory in MB, from an
open database to the last outcome on disk. `leave` says "ready", waits for a line, takes 200 readers off the
list as one click does, and prints how long each took.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from benchmarks.compose_pass import peak
from benchmarks.compose_site import tonight
from benchmarks.deliver_peers import processors
from benchmarks.deliver_site import LEAVERS, at_post
from digest.night import people
from digest.night.run import deliver_room
from digest.night.tonight import Tonight
from subscribers.addresses import BadAddress, parse
from subscribers.model import SubscriptionId

#: between two who leave; the web process has other work as well
PAUSE = 0.004


def send(folder: str, port: str, connections: str) -> None:
    with at_post(Path(folder), int(port), connections=connections) as one:
        print("begun", flush=True)
        wall, busy = time.perf_counter(), processors()
        report = deliver_room(one).deliver
        taken = (time.perf_counter() - wall, processors() - busy)
    assert report is not None and not report.open and not report.stopped, report
    print(json.dumps([*taken, peak(), report.sent]))


def leave(folder: str) -> None:
    times: list[float] = []
    with tonight(Path(folder)) as one:
        places = [_place(one, f"leaver{number}@example.net") for number in range(LEAVERS)]
        print("ready", flush=True)
        sys.stdin.readline()
        for place in places:
            start = time.perf_counter()
            changed = people.unsubscribe(one, place, method="one-click")
            times.append(time.perf_counter() - start)
            assert changed is not None and changed.member.subscription.consent.value == "unsubscribed"
            time.sleep(PAUSE)
    print(json.dumps(times))


def _place(one: Tonight, text: str) -> SubscriptionId:
    address = parse(text)
    assert not isinstance(address, BadAddress)
    (place,) = people.places_of(one, address)
    return place.subscription.id


if __name__ == "__main__":
    if sys.argv[1] == "send":
        send(*sys.argv[2:])
    else:
        leave(*sys.argv[2:])
