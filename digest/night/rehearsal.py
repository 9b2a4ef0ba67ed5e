"""A night that leaves no trace: on a copy of the database, with nothing sent.

Sources are really asked (that is what a dry run is for); what they say goes into the copy.
"""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

from digest.night.keeping import sync
from digest.night.report import NightReport
from digest.night.run import compose_room, gather_room
from digest.night.tonight import Tonight
from digest.storage import open_store
from digest.storage.backup import backup


def rehearse(tonight: Tonight) -> NightReport:
    """What the night would do, up to planning. A database in memory has no copy and is used as it is."""
    source = tonight.store.path
    with tempfile.TemporaryDirectory(prefix="digest-") as folder:
        copy = Path(folder) / "copy.db"
        if source is not None:
            backup(source, copy)
        with open_store(f"sqlite:///{copy}", base=Path(folder), now=tonight.clock()) as store:
            one = replace(tonight, store=store, rehearsal=True)
            sync(one)
            gathered = gather_room(one)
            cut = compose_room(one)
    return replace(cut, gather=gathered.gather, released=gathered.released)
