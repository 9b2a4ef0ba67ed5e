"""A run with many connections that is told to end: what is in flight ends, nothing is lost or sent twice."""

from __future__ import annotations

import os
import select
import signal
import sqlite3
import subprocess
import sys
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest

from tests.cli.run import PATIENCE_SECONDS, environment, inside
from tests.cli.sites import put
from tests.cli.test_night import A_LITTLE_LATER, NEXT_NIGHT, news
from tests.smtpd import Command, Fault, Smtpd

READERS = 60
LATER = "2026-11-23T03:20"


@pytest.fixture
def crowd(demo: Path) -> Path:
    """The demo with a second night cut for sixty readers."""
    rows = "\n".join(f"reader{number}@example.org" for number in range(READERS))
    (demo / "readers.csv").write_text(f"email\n{rows}\n", encoding="utf-8")
    assert (
        inside(
            "subscribers", "import", str(demo / "readers.csv"), "--list", "daily", "--confirmed", at=demo
        ).code
        == 0
    )
    with closing(sqlite3.connect(demo / "digest.db")) as raw, raw:
        # Whenever this test runs, they stand where ada stands.
        raw.execute(
            "UPDATE subscriptions SET due_at = (SELECT due_at FROM subscriptions WHERE id = 1), "
            "cursor = (SELECT cursor FROM subscriptions WHERE id = 1) WHERE id > 4"
        )
    news(demo)
    inside("gather", "--now", NEXT_NIGHT, at=demo)
    inside("compose", "--now", NEXT_NIGHT, at=demo)
    return demo


def delivering(site: Path, *, stderr: int = subprocess.PIPE) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "digest", "deliver", "--now", A_LITTLE_LATER],
        cwd=site,
        env=environment(TERM="xterm", COLUMNS="120", TZ="UTC"),
        stdout=subprocess.PIPE,
        stderr=stderr,
        text=True,
    )


@pytest.mark.parametrize(
    "signals",
    [(signal.SIGTERM,), (signal.SIGINT,), (signal.SIGINT, signal.SIGINT)],
    ids=["sigterm", "sigint", "sigint twice"],
)
def test_nothing_is_lost_whatever_ends_a_run(signals: tuple[signal.Signals, ...], crowd: Path) -> None:
    """Ended in the middle by kindness nobody gets a mail twice; in haste, at most one a connection does."""
    running: list[subprocess.Popen[str]] = []

    def strike(command: Command) -> Fault | None:
        if command.verb == "DOT" and command.nth == 20:
            for number in signals:
                running[0].send_signal(number)
        return None

    with Smtpd(strike) as relay:
        put(crowd, "bounce_domain", '"bounces.example.org"\nconnections = 8')
        put(crowd, "smtp", f'"smtp://127.0.0.1:{relay.port}"')
        running.append(delivering(crowd))
        _, err = running[0].communicate(timeout=PATIENCE_SECONDS)
        before = len(relay.recipients)
        rest = inside("deliver", "--json", "--now", LATER, at=crowd)

    got = Counter(relay.recipients)
    assert running[0].returncode == (4 if signals == (signal.SIGTERM,) else 130)
    assert 20 <= before < READERS
    assert rest.json["deliver"]["open"] == 0
    assert len(got) == READERS + 2
    twice = sum(number - 1 for number in got.values())
    if len(signals) == 1:
        assert f"{READERS + 2 - before} mails remain. Go on with: digest deliver" in err
        assert twice == 0
    else:
        assert twice <= 8


def test_a_rate_s_rest_is_shown_and_ended_by_a_signal(crowd: Path) -> None:
    """One mail an hour: after the first the bar says until when it waits, and SIGTERM is heard at once."""
    leader, follower = os.openpty()
    with Smtpd() as relay:
        put(crowd, "smtp", f'"smtp://127.0.0.1:{relay.port}"')
        put(crowd, "bounce_domain", '"bounces.example.org"\nrate = "1/hour"')
        running = delivering(crowd, stderr=follower)
        shown = ""
        while "goes on at" not in shown:
            assert select.select([leader], [], [], PATIENCE_SECONDS)[0], shown
            shown += os.read(leader, 10_000).decode()
        running.send_signal(signal.SIGTERM)
        running.communicate(timeout=PATIENCE_SECONDS)
    shown += os.read(leader, 100_000).decode()
    os.close(leader)
    os.close(follower)

    assert running.returncode == 4
    assert len(relay.recipients) == 1
    assert "waits for the relay's rate, goes on at 03:1" in shown
    assert "61 mails remain. Go on with: digest deliver" in shown
