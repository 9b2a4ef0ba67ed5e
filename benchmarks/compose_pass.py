"""One cut, measured from inside: everybody of a site is planned, as `digest nightly` does it, and no more.

    python -m benchmarks.compose_pass FOLDER

Prints seconds by the clock, seconds of processors, peak memory of the process in MB, editions, deliveries.
"""

from __future__ import annotations

import json
import re
import sys
import time
from pathlib import Path

from benchmarks.compose_site import tonight
from digest.night import people
from digest.night.cutting import cut_list


def main(folder: str) -> None:
    with tonight(Path(folder)) as one:
        list_id, configured = people.list_named(one, "daily")
        wall, processors = time.perf_counter(), time.process_time()
        report = cut_list(one, list_id, configured)
        taken = (time.perf_counter() - wall, time.process_time() - processors)
    print(json.dumps([*taken, peak(), report.editions, report.deliveries]))


def peak() -> float:
    """Of this program alone; `ru_maxrss` would hold what started it."""
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    return int(re.findall(r"VmHWM:\s+(\d+) kB", status)[0]) / 1024


if __name__ == "__main__":
    main(*sys.argv[1:])
