"""Planning measured from inside: everybody due of a site, as the night's own code takes them.

    python -m benchmarks.plan_pass FOLDER choose|cut

`choose`: who gets which stories, under which headings; nothing is written. `cut`: chosen, editions cut, and
editions, deliveries and next slots stored. Prints seconds of processors, peak memory of the process in MB,
readers, and editions (choosing: how many different ones a page of readers has, at most).
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from benchmarks.compose_pass import peak
from benchmarks.compose_site import tonight
from digest.model import StoryId
from digest.night import people
from digest.night.cutting import CHUNK, cut_list
from digest.night.desk import Desk, reach_of
from digest.night.tonight import Tonight
from subscribers.model import Subscription


def main(folder: str, what: str) -> None:
    with tonight(Path(folder)) as one:
        start = time.process_time()
        readers, editions = choose(one) if what == "choose" else cut(one)
        taken = time.process_time() - start
    print(json.dumps([taken, peak(), readers, editions]))


def choose(one: Tonight) -> tuple[int, int]:
    """Everybody's stories under their headings, and nothing kept."""
    list_id, configured = people.list_named(one, "daily")
    desk = Desk(one, reach_of(one, list_id, configured, cursors=[0], issue=None))
    after: Subscription | None = None
    readers = different = 0
    while page := one.store.people.due(list_id, before=one.end, after=after, limit=CHUNK):
        after = page[-1]
        chosen = [(each.wishes, desk.select(each).stories) for each in page]
        digests = {desk.sections(map(StoryId, stories), wishes) for wishes, stories in chosen}
        readers += len(page)
        different = max(different, len(digests))
    return readers, different


def cut(one: Tonight) -> tuple[int, int]:
    list_id, configured = people.list_named(one, "daily")
    report = cut_list(one, list_id, configured)
    return report.deliveries, report.editions


if __name__ == "__main__":
    main(*sys.argv[1:])
