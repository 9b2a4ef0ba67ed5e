"""An installation with one issue cut and so many readers planned: what N4 to N8 deliver, a copy each time."""

from __future__ import annotations

import shutil
import statistics
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from itertools import islice
from pathlib import Path

from benchmarks.compose_site import NOW, bring, join, tonight, write
from digest.clock import utc_now
from digest.night import people
from digest.night.cutting import cut_list
from digest.night.postroom import reprint
from digest.night.run import gather_room
from digest.night.tonight import Tonight

#: readers who join after the cut, get nothing tonight, and leave while mail goes out
LEAVERS = 200
#: messages whose sizes are averaged; wishes come in no order
SAMPLED = 1_000
#: by the clock of the passes it is a little after the cut
CUT_BEFORE = timedelta(minutes=1)


@contextmanager
def at_post(folder: Path, port: int, connections: str) -> Iterator[Tonight]:
    """The site a minute after its cut, with a relay on that port."""
    ahead = NOW + CUT_BEFORE - utc_now()
    environ = {"DIGEST_MAIL__SMTP": f"smtp://127.0.0.1:{port}", "DIGEST_MAIL__CONNECTIONS": connections}
    with tonight(folder, environ=environ, clock=lambda: utc_now() + ahead) as one:
        yield one


def plan(folder: Path, *, readers: int, wishes: int, sources: int) -> int:
    """Write the site, cut its issue and plan everybody. How many bytes has a message, on average?"""
    folder.mkdir()
    write(folder, sources=sources, stories=1)
    with tonight(folder) as one:
        gather_room(one)
        join(one, readers, wishes=wishes)
        list_id, configured = people.list_named(one, "daily")
        report = cut_list(one, list_id, configured)
        assert report.issue is not None and report.deliveries == readers, report
        lines = (f"leaver{number}@example.net,\n" for number in range(LEAVERS))
        bring(one, ("email,mute\n", *lines), LEAVERS)
        first = islice(reprint(one, report.issue, email=None), SAMPLED)
        return int(statistics.mean(len(content) for _, content in first))


def sample(folder: Path) -> bytes:
    """The first reader's message."""
    with tonight(folder) as one:
        list_id, _ = people.list_named(one, "daily")
        issue = one.store.issues.by_night(list_id, one.night)
        assert issue is not None
        return next(reprint(one, issue, email=None))[1]


@contextmanager
def copied(folder: Path) -> Iterator[Path]:
    """The same installation once more, gone afterwards."""
    copy = folder.with_name(f"{folder.name}-copy")
    shutil.copytree(folder, copy)
    try:
        yield copy
    finally:
        shutil.rmtree(copy)


def sign_with(folder: Path, key: bytes) -> None:
    """From now on this installation signs its mail itself."""
    (folder / "dkim.pem").write_bytes(key)
    path = folder / "digest.toml"
    line = '[mail]\ndkim = { domain = "example.org", selector = "d1", key = "file:dkim.pem" }'
    path.write_text(path.read_text(encoding="utf-8").replace("[mail]", line, 1), encoding="utf-8")
