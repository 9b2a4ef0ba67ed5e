"""Commands of ours as processes: they run to their end, are asked to end, and are ended."""

from __future__ import annotations

import signal
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import pytest

from digest.serve.children import Children
from tests.cli.run import PATIENCE_SECONDS, inside
from tests.cli.sites import put
from tests.house.tree import ROOT
from tests.serve.sites import crowded
from tests.smtpd import SILENCE, Command, Fault, Smtpd


@pytest.fixture
def _ours(monkeypatch: pytest.MonkeyPatch) -> None:
    """Commands find this tree as tests do, whatever folder they run in."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))


@pytest.mark.usefixtures("_ours")
def test_a_command_runs_to_its_end_and_its_exit_code_is_told(demo: Path) -> None:
    children = Children(demo / "digest.toml")

    assert children.run("deliver") == 0
    assert children.run("nonsense") == 2


def test_after_the_end_none_begins(demo: Path) -> None:
    children = Children(demo / "digest.toml")
    children.end()

    assert children.run("deliver") is None


@pytest.mark.usefixtures("_ours")
def test_one_whose_relay_says_nothing_is_ended_and_its_mail_is_known(demo: Path) -> None:
    """Asked to end it waits for its mail in flight; killed, the next run sends that once more."""
    asked = Event()

    def script(command: Command) -> Fault | None:
        if command.verb == "DOT" and not asked.is_set():
            asked.set()
            return SILENCE
        return None

    with Smtpd(script) as relay:
        put(demo, "bounce_domain", '"bounces.example.org"\nconnections = 1')
        put(demo, "smtp", f'"smtp://127.0.0.1:{relay.port}"')
        crowded(demo, 3)
        children = Children(demo / "digest.toml")
        with ThreadPoolExecutor(1) as thread:
            running = thread.submit(children.run, "deliver")
            assert asked.wait(PATIENCE_SECONDS)
            children.end()
            children.kill()
            assert running.result(PATIENCE_SECONDS) == -signal.SIGKILL
        rest = inside("deliver", "--json", at=demo)

    assert rest.json["deliver"]["open"] == 0
    assert len(set(relay.recipients)) == 5
