"""A flood of reports, again, out of order, with kills: each is counted once and none is lost (fault B29)."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from pathlib import Path
from random import Random

import pytest

from digest.night.inbound import Deed
from digest.night.mailbox import open_mailbox, take_all
from tests.cli.run import environment
from tests.house.tree import ROOT
from tests.imapd import imapd, trusting
from tests.night.house import NIGHT, House
from tests.night.returning import DOMAIN, house, post
from tests.returned import arf, dsn, mail

READERS = 40


@pytest.fixture
def home(tmp_path: Path) -> House:
    made = house(tmp_path)
    for number in range(READERS):
        made.join(f"reader{number}", at=NIGHT)
    return made


def reports(home: House) -> dict[str, bytes]:
    """For each reader two soft bounces; for every fourth a hard one, or a complaint."""
    found: dict[str, bytes] = {}
    with post(home) as here:
        for number in range(READERS):
            name = f"reader{number}"
            to, who = here.verp(here.sent(name)), f"{name}@example.org"
            found[f"{name}-soft1"] = dsn(to, who, status="4.2.2", id=f"{name}-1")
            found[f"{name}-soft2"] = dsn(to, who, status="4.4.7", id=f"{name}-2")
            if number % 4 == 0:
                found[f"{name}-hard"] = dsn(to, who, id=f"{name}-3")
            if number % 4 == 1:
                found[f"{name}-complaint"] = arf(to=to, id=name)
    return found


def suppressed(home: House) -> set[str | None]:
    with post(home) as here:
        return {each.address for each in here.one.store.people.suppressions(limit=1_000)}


EXPECTED = {f"reader{number}@example.org" for number in range(READERS) if number % 4 in (0, 1)}


def test_a_flood_of_duplicates_out_of_order_counts_each_report_once(home: House) -> None:
    found = reports(home)
    flood = [*found.values()] * 5
    Random(29).shuffle(flood)
    with post(home) as here:
        deeds = Counter(here.take(raw).deed for raw in flood)

        assert here.counted() == len(found)
        assert deeds[Deed.AGAIN] == 4 * len(found)
        assert deeds.total() == len(flood)
    assert suppressed(home) == EXPECTED


def test_killed_at_any_instant_what_was_answered_is_kept_and_what_was_not_comes_again(home: House) -> None:
    """SIGKILL between two answers, again and again; the mail server hands over what was not answered."""
    found = reports(home)
    folder = home.root / "mail"
    folder.mkdir()
    for name, raw in found.items():
        (folder / name).write_bytes(raw)
    waiting, dice, kills = list(found), Random(29), 0
    while waiting:
        answered = killed_after(home.root, waiting, dice.randint(1, 40))
        kills += 1
        with post(home) as here:
            # One more may have been committed than was answered.
            assert here.counted() >= len(found) - len(waiting) + len(answered)
        waiting = waiting[len(answered) :]

    assert kills > 2
    with post(home) as here:
        assert here.counted() == len(found)
    assert suppressed(home) == EXPECTED


def killed_after(root: Path, names: list[str], answers: int) -> list[str]:
    """Which were answered by a child that is killed after so many answers."""
    child = subprocess.Popen(
        [sys.executable, "-m", "tests.night.taking", str(root)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env=environment(),
    )
    assert child.stdin is not None
    assert child.stdout is not None
    with child:
        child.stdin.write("".join(f"{name}\n" for name in names))
        child.stdin.flush()
        said = [child.stdout.readline() for _ in range(min(answers, len(names)))]
        child.kill()
    return [line.split()[0] for line in said if line.endswith("\n")]


def test_a_mailbox_is_marked_after_the_commit_and_read_again_after_a_kill_does_nothing(
    tmp_path: Path,
) -> None:
    with imapd() as server:
        url = f"imaps://me@localhost:{server.port}/INBOX"
        home = house(
            tmp_path, mail={"bounce_domain": DOMAIN, "bounces": url, "bounces_password": server.password}
        )
        for name in ("ada", "bob"):
            home.join(name, at=NIGHT)
        with post(home) as here:
            server.put(
                b"Delivered-To: all@example.org\r\n" + dsn(here.verp(here.sent("ada"))),
                mail(here.leave(here.place("bob").id)),
                mail("someone@example.org", subject="hello"),
            )
            # The connection breaks when the marks are set: as a kill in between.
            server.cuts_at = "STORE"
            with (
                pytest.raises(Exception, match="refuses to store"),
                open_mailbox(here.one, context=trusting()) as mailbox,
            ):
                take_all(here.one, mailbox)
            assert len(server.unseen) == 3
            assert here.suppression("ada") is not None

            with open_mailbox(here.one, context=trusting()) as mailbox:
                again = take_all(here.one, mailbox)
            with open_mailbox(here.one, context=trusting()) as mailbox:
                none = take_all(here.one, mailbox)

            assert again == {Deed.AGAIN: 2, Deed.UNPROVEN: 1}
            assert none.total() == 0
            assert server.unseen == []
            assert here.counted() == 1
