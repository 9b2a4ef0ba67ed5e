"""A real Postfix queues a night for 1,000 over STARTTLS with AUTH, each under their own envelope; and one it
refuses costs the neighbours nothing (B14)."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from digest.model import Status
from digest.storage import Store
from tests.corpus import ROOT
from tests.faults import house
from tests.faults.postfix import PASSWORD, Postfix, missing, postfix
from tests.faults.room import READERS, of_status, suppressed, until_quiet
from tests.night.house import NIGHT

REFUSED = READERS[5]
SUBSCRIBERS = 1000

pytestmark = pytest.mark.skipif(missing() is not None, reason=missing() or "")


@pytest.fixture(scope="module")
def relay() -> Iterator[Postfix]:
    with postfix(refuses=(REFUSED,)) as started:
        yield started


def deliver(folder: Path, relay: Postfix) -> subprocess.CompletedProcess[str]:
    """The command, as an admin would run it: login and a certificate that is checked."""
    config = ["--config", str(folder / "digest.toml"), "--now", NIGHT.isoformat(), "--json"]
    return subprocess.run(
        [sys.executable, "-m", "digest", "deliver", *config],
        cwd=ROOT,
        env=os.environ
        | {
            "DIGEST_MAIL__SMTP": relay.url,
            "DIGEST_MAIL__PASSWORD": PASSWORD,
            "SSL_CERT_FILE": str(relay.cafile),
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_a_night_for_a_thousand_is_queued_each_under_their_own_envelope(tmp_path: Path) -> None:
    house.ready(tmp_path, SUBSCRIBERS, connections=10)
    with postfix() as relay:
        done = deliver(tmp_path, relay)
        queued = relay.queued()
        log = relay.log

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["deliver"]["sent"] == SUBSCRIBERS
    assert sorted(one.recipients for one in queued) == sorted(
        (house.reader(number),) for number in range(SUBSCRIBERS)
    )
    assert len({one.sender for one in queued}) == SUBSCRIBERS
    assert all(one.sender.endswith("@bounces.example.org") for one in queued)
    assert log.count("sasl_method=") == SUBSCRIBERS
    assert "improper command pipelining" not in log


def test_postfix_gives_the_neighbours_of_a_refused_one_theirs(store: Store, relay: Postfix) -> None:
    user, _, rest = relay.url.removeprefix("smtp+starttls://").rpartition("@")
    del rest
    until_quiet(
        store,
        relay.port,
        connections=2,
        scheme="smtp+starttls",
        user=f"{user}:{PASSWORD.replace('/', '%2F')}@",
        cafile=relay.cafile,
    )

    queued = {(one.sender, one.recipients) for one in relay.queued()}
    assert queued == {
        (f"b.{number}@example.org", (reader,))
        for number, reader in enumerate(READERS, 1)
        if reader != REFUSED
    }
    assert of_status(store, Status.FAILED) == suppressed(store) == [REFUSED]
    assert "improper command pipelining" not in relay.log
