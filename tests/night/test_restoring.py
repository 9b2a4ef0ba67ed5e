"""A copy of everything and the way back: what was sent since the copy is not known, so somebody decides."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from digest.errors import Busy, StorageError, UsageError
from digest.night.health import Level, examine
from digest.night.holding import restored
from digest.night.locks import lock, lock_path
from digest.night.resuming import resume_send, resume_skip
from digest.night.run import compose_room, deliver_room, gather_room
from digest.night.safekeeping import copy_out, put_back
from digest.storage.backup import Restored, verify
from tests.cli.run import environment
from tests.night.house import DAY, NIGHT, House, Mail

SOON = timedelta(minutes=10)


@pytest.fixture
def house(tmp_path: Path) -> House:
    """After a night of "ada" and "bob", and of "carol", who reads the weekly on Sundays, as this one is."""
    house = House(tmp_path)
    house.tables["lists"].append(
        {"slug": "weekly", "title": "Weekly", "cadence": "weekly", "weekday": "sunday"}
    )
    house.publish("blog", "one")
    house.join("ada", at=NIGHT)
    house.join("bob", at=NIGHT)
    house.join("carol", at=NIGHT, list="weekly")
    house.night(NIGHT)
    return house


def database(house: House) -> Path:
    return house.root / "digest.db"


def copy(house: House, name: str = "copy.db") -> Path:
    copy_out(database(house), house.root / name, replaces=False)
    return house.root / name


def back(house: House, source: Path, *, at: datetime) -> Restored:
    return put_back(source, database(house), now=at)


def cut(house: House, at: datetime) -> None:
    with house.tonight(at) as one:
        gather_room(one)
        compose_room(one)


def lost_nights(house: House) -> datetime:
    """A copy on the second night, with its mail planned and not sent; then that mail and two nights more,
    and the copy put back: what was sent is not known any more. When that was."""
    house.publish("blog", "two")
    cut(house, NIGHT + DAY)
    source = copy(house)
    with house.tonight(NIGHT + DAY + SOON) as one:
        deliver_room(one)
    for day, name in ((2, "three"), (3, "four")):
        house.publish("blog", name)
        house.night(NIGHT + day * DAY)
    assert house.received("ada") == [("one",), ("two",), ("three",), ("four",)]
    at = NIGHT + 3 * DAY + timedelta(hours=5)
    done = back(house, source, at=at)
    assert done.open == 2
    house.tables["mail"]["smtp"] = "dir:later"
    return at


def later(house: House, name: str) -> list[set[str]]:
    """The stories of each mail that somebody got after the restore."""
    mails = [Mail.of(path.read_bytes()) for path in sorted((house.root / "later").glob("*.eml"))]
    return [set(mail.stories) for mail in mails if mail.to == f"{name}@example.org"]


def test_after_a_restore_a_night_gathers_and_cuts_and_sends_nothing(house: House) -> None:
    at = lost_nights(house)
    house.publish("blog", "five")
    report = house.night(at + DAY)

    assert report.gather is not None
    assert report.gather.entries_new == 3
    assert report.deliver is not None
    assert (report.deliver.sent, report.deliver.open) == (0, 2)
    assert not (house.root / "later").exists()
    house.accounts(at=at + DAY)


def test_doctor_says_that_mail_is_held_and_how_old_the_copy_was(house: House) -> None:
    at = lost_nights(house)
    with house.tonight(at) as one:
        (finding,) = [each for each in examine(one, offline=True) if each.id == "holds"]

    assert (finding.level, finding.mend) == (Level.WARN, "digest issues resume")
    assert "restored from copy.db, whose last night began 2026-11-23 02:00 UTC" in finding.words
    assert "2 mails wait" in finding.words


@pytest.mark.parametrize("nights_before", [0, 1])
def test_skipping_nobody_gets_again_what_they_had(house: House, nights_before: int) -> None:
    """Also where nights ran after the restore, before anybody decided."""
    at = lost_nights(house)
    for _ in range(nights_before):
        house.night(at + SOON)
    with house.tonight(at + 2 * SOON) as one:
        skipped = resume_skip(one)
        assert restored(one) is None
    house.publish("blog", "five")
    house.night(NIGHT + 4 * DAY)

    assert skipped.mails >= 2
    assert later(house, "ada") == later(house, "bob") == [{"five"}]
    house.accounts(at=NIGHT + 4 * DAY)


def test_skipping_takes_nothing_from_who_had_no_digest_since_the_copy(house: House) -> None:
    """A reader whose slot did not come between copy and restore keeps their place."""
    at = lost_nights(house)
    with house.tonight(at + SOON) as one:
        resume_skip(one)
    house.night(NIGHT + 7 * DAY)

    assert house.received("carol") == [("one",)]
    assert later(house, "carol") == [{"two", "three", "four"}]


def test_sending_lets_go_what_waits_and_loses_nothing(house: House) -> None:
    at = lost_nights(house)
    with house.tonight(at + SOON) as one:
        assert resume_send(one) == 2
        report = deliver_room(one)
    house.night(NIGHT + 4 * DAY)
    house.night(NIGHT + 5 * DAY)

    assert report.deliver is not None
    assert report.deliver.sent == 2
    assert later(house, "ada") == later(house, "bob") == [{"two"}, {"three", "four"}]
    house.accounts(at=NIGHT + 5 * DAY)


def test_skipping_that_died_halfway_is_done_again(house: House) -> None:
    """Its first step is done, the hold stands: nothing leaves in between, and the next try ends it."""
    at = lost_nights(house)
    with house.tonight(at) as one:
        one.store.deliveries.skip_open(at)
    house.night(at + SOON)
    with house.tonight(at + 2 * SOON) as one:
        resume_skip(one)
    house.night(at + 3 * SOON)

    assert not (house.root / "later").exists()


@pytest.mark.parametrize("room", ["gather", "deliver"])
def test_nothing_is_put_back_while_a_run_is_on(house: House, room: str) -> None:
    source = copy(house)
    before = database(house).read_bytes()
    held = lock_path(database(house), "gather" if room == "gather" else "deliver")
    with lock(held, now=NIGHT), pytest.raises(Busy):
        back(house, source, at=NIGHT)

    assert database(house).read_bytes() == before


def test_what_was_there_is_kept_beside_it(house: House) -> None:
    source = copy(house)
    house.join("dave", at=NIGHT)
    done = back(house, source, at=NIGHT)

    assert done.kept is not None
    assert done.kept.parent == house.root
    with closing(sqlite3.connect(done.kept)) as kept:
        assert kept.execute("SELECT COUNT(*) FROM subscribers").fetchone() == (4,)
    with closing(sqlite3.connect(database(house))) as now:
        assert now.execute("SELECT COUNT(*) FROM subscribers").fetchone() == (3,)


def test_a_copy_goes_back_where_no_database_is(house: House) -> None:
    source = copy(house)
    database(house).unlink()
    done = back(house, source, at=NIGHT)

    assert done.kept is None
    with house.tonight(NIGHT) as one:
        assert restored(one) is not None


def test_a_damaged_copy_changes_nothing(house: House) -> None:
    source = copy(house)
    with source.open("r+b") as file:
        file.seek(8 * 4096)
        file.write(b"\0" * 4096)
    before = database(house).read_bytes()
    with pytest.raises(StorageError, match="damaged"):
        back(house, source, at=NIGHT)

    assert database(house).read_bytes() == before


def test_a_copy_is_its_owner_s_alone(house: House) -> None:
    database(house).chmod(0o644)

    assert copy(house).stat().st_mode & 0o777 == 0o600


def test_a_file_that_is_there_stays_unless_told_otherwise(house: House) -> None:
    source = copy(house)
    house.join("dave", at=NIGHT)
    with pytest.raises(UsageError, match="is there already"):
        copy_out(database(house), source, replaces=False)
    copy_out(database(house), source, replaces=True)

    with closing(sqlite3.connect(source)) as raw:
        assert raw.execute("SELECT COUNT(*) FROM subscribers").fetchone() == (4,)


#: one committed row after the other, two tables a time, until it is killed
WRITER = """
import sqlite3, sys
raw = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=30)
number = 0
while True:
    number += 1
    raw.execute("BEGIN IMMEDIATE")
    at = f"2026-11-22T03:00:00.{number:06}Z"
    raw.execute("INSERT INTO notices (at, kind, subject, words) VALUES (?, 'a', ?, '')", (at, str(number)))
    raw.execute("INSERT INTO notices (at, kind, subject, words) VALUES (?, 'b', ?, '')", (at, str(number)))
    raw.execute("COMMIT")
    print(number, flush=True)
"""


def test_a_copy_beside_a_writer_is_whole_and_in_one_piece(house: House) -> None:
    """Another process commits pairs of rows all the while: no copy holds half a pair."""
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(database(house))],
        env=environment(),
        stdout=subprocess.PIPE,
        text=True,
    )
    assert writer.stdout is not None
    seen: list[int] = []
    try:
        for name in ("first.db", "second.db", "third.db"):
            seen.append(int(writer.stdout.readline()))
            copy(house, name)
        assert writer.poll() is None
    finally:
        writer.kill()
        writer.communicate()

    counted: list[int] = []
    for name in ("first.db", "second.db", "third.db"):
        verify(house.root / name)
        with closing(sqlite3.connect(house.root / name)) as raw:
            pairs = raw.execute("SELECT kind, COUNT(*) FROM notices GROUP BY kind ORDER BY kind").fetchall()
        assert [kind for kind, _ in pairs] == ["a", "b"]
        assert pairs[0][1] == pairs[1][1]
        counted.append(pairs[0][1])
    assert counted == sorted(counted)
    assert all(held >= known for held, known in zip(counted, seen, strict=True))
