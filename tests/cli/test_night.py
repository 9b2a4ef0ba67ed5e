"""`digest nightly` and its rooms: what they print, what they leave, how they end."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.run import NIGHT, PATIENCE_SECONDS, child, environment, inside
from tests.cli.sites import add, put
from tests.httpd import Answer, Site
from tests.smtpd import SILENCE, Command, Fault, Smtpd, at, say

NEXT_NIGHT = "2026-11-23T03:00"
#: time goes on during a run: what one planned is due for the next
A_LITTLE_LATER = "2026-11-23T03:10"
NOTHING = {"sent": 0, "deferred": 0, "failed": 0, "suppressed": 0, "expired": 0, "uncertain": 0, "open": 0}


def news(site: Path) -> None:
    """One more entry in one of the demo's feeds: two of its readers want it, two don't."""
    feed = site / "feeds" / "slow-snakes.xml"
    item = (
        "<item><title>One more</title><link>https://snakes.example.org/one-more</link>"
        "<guid>one-more</guid><pubDate>Sun, 22 Nov 2026 20:00:00 GMT</pubDate></item>"
    )
    feed.write_text(feed.read_text("utf-8").replace("<item>", f"{item}<item>", 1), encoding="utf-8")


def mails(site: Path) -> int:
    return len(list((site / "outbox").glob("*.eml")))


def test_a_night_is_one_object_of_the_contract(demo: Path) -> None:
    news(demo)
    ran = inside("nightly", "--json", "--now", NEXT_NIGHT, at=demo)

    assert ran.code == 0
    assert ran.json == {
        "night": "2026-11-23",
        "gather": {"sources": 6, "unchanged": 5, "changed": 1, "failed": 0, "entries_new": 1},
        "issues": [
            {"list": "daily", "number": 2, "entries": 1, "editions": 2, "deliveries": 2},
            {"list": "weekly", "number": 1, "entries": 20, "editions": 0, "deliveries": 0},
        ],
        "deliver": {**NOTHING, "sent": 2},
    }


def test_a_second_run_does_nothing_and_says_so(demo: Path) -> None:
    before = mails(demo)
    ran = inside("nightly", "--now", "2026-11-22T03:30", at=demo)

    assert ran.code == 0
    assert mails(demo) == before
    assert "nothing: no source is due before 2026-11-22 04:00" in ran.out
    assert "nothing: no mail was waiting" in ran.out
    assert "0 changed" not in ran.out


def test_nobody_due_is_told_when_and_how_to_look(demo: Path) -> None:
    ran = inside("nightly", "--now", "2026-11-22T03:30", at=demo)

    assert ran.code == 0
    assert "Nobody is due tonight; next: 2026-11-23 00:00." in ran.err
    assert "`digest send-test you@example.org`" in ran.err


def test_nobody_subscribed_is_told_how_to_mend_it(empty: Path) -> None:
    ran = inside("nightly", at=empty)

    assert ran.code == 0
    assert "digest subscribers add you@example.org --list weekly --confirmed" in ran.err
    assert "digest send-test" in ran.err
    assert "digest sources add" in ran.err


def test_a_dry_run_changes_nothing(demo: Path) -> None:
    news(demo)
    before = mails(demo)
    dry = inside("nightly", "--dry-run", "--json", "--now", NEXT_NIGHT, at=demo)

    assert dry.json["issues"][0] == {
        "list": "daily",
        "number": 2,
        "entries": 1,
        "editions": 2,
        "deliveries": 2,
    }
    assert "DRY RUN" in dry.err
    assert mails(demo) == before
    assert inside("issues", "list", "--json", at=demo).json[0]["number"] == 1
    assert inside("nightly", "--json", "--now", NEXT_NIGHT, at=demo).json == {
        **dry.json,
        "deliver": {**NOTHING, "sent": 2},
    }


def test_a_failed_source_is_no_failed_night(demo: Path) -> None:
    (demo / "feeds" / "tiny-tools.json").write_text("{", encoding="utf-8")
    ran = inside("nightly", "--now", NEXT_NIGHT, at=demo)

    assert ran.code == 0
    assert "1 failed" in ran.out
    assert "tiny-tools: " in ran.out


def test_strict_makes_a_finding_of_it(demo: Path) -> None:
    (demo / "feeds" / "tiny-tools.json").write_text("{", encoding="utf-8")

    assert inside("nightly", "--strict", "--now", NEXT_NIGHT, at=demo).code == 3


def test_strict_is_content_with_a_good_night(demo: Path) -> None:
    assert inside("nightly", "--strict", "--now", "2026-11-22T03:30", at=demo).code == 0


def test_gather_prints_its_part(demo: Path) -> None:
    news(demo)

    assert inside("gather", "--json", "--now", NEXT_NIGHT, at=demo).json == {
        "sources": 6,
        "unchanged": 5,
        "changed": 1,
        "failed": 0,
        "entries_new": 1,
    }


def test_gather_asks_nobody_too_soon_unless_forced(demo: Path) -> None:
    soon = ("gather", "--json", "--now", "2026-11-22T03:30")

    assert inside(*soon, at=demo).json["sources"] == 0
    assert inside(*soon, "--force", at=demo).json["sources"] == 6


def test_the_rooms_one_by_one_make_the_night(demo: Path) -> None:
    news(demo)
    before = mails(demo)
    inside("gather", "--now", NEXT_NIGHT, at=demo)
    composed = inside("compose", "--json", "--now", NEXT_NIGHT, at=demo).json
    between = mails(demo)
    delivered = inside("deliver", "--json", "--now", A_LITTLE_LATER, at=demo).json

    assert [each["deliveries"] for each in composed["issues"]] == [2, 0]
    assert composed["gather"] is None
    assert between == before
    assert delivered["deliver"] == {**NOTHING, "sent": 2}
    assert mails(demo) == before + 2


@pytest.mark.parametrize("now", ["soon", "2026-13-01", "0001-01-01", "9999-12-31", ""])
def test_a_time_that_is_none_is_refused(now: str, demo: Path) -> None:
    ran = inside("nightly", "--now", now, at=demo)

    assert (ran.code, ran.out) == (2, "")
    assert "--now" in ran.err


def test_a_time_without_an_offset_is_the_site_s(demo: Path) -> None:
    night = inside("compose", "--json", "--now", "2026-11-24T00:30", at=demo).json["night"]
    same = inside("compose", "--json", "--now", "2026-11-23T23:30Z", at=demo).json["night"]

    assert night == same == "2026-11-24"


@pytest.mark.parametrize("command", ["nightly", "deliver"])
def test_a_far_clock_sends_no_real_mail(command: str, demo: Path) -> None:
    put(demo, "smtp", '"smtp://mail.example.org"')
    ran = inside(command, "--now", "2019-01-01", at=demo)

    assert (ran.code, ran.out) == (2, "")
    assert "--yes" in ran.err


def test_a_far_clock_may_try_things_on_this_machine(demo: Path) -> None:
    news(demo)
    with Smtpd() as relay:
        put(demo, "smtp", f'"smtp://127.0.0.1:{relay.port}"')
        ran = inside("nightly", "--now", "2026-11-23T03:00", "--json", at=demo)

    assert ran.json["deliver"]["sent"] == 2
    assert sorted(relay.recipients) == ["ada@example.org", "dan@example.org"]


def test_mail_that_was_tried_and_is_open_exits_4(demo: Path) -> None:
    news(demo)
    with Smtpd(at("RCPT", say("451 4.3.0 later"), holding="ada")) as relay:
        put(demo, "smtp", f'"smtp://127.0.0.1:{relay.port}"')
        ran = inside("nightly", "--now", NEXT_NIGHT, at=demo)

    assert ran.code == 4
    assert "1 sent, 1 deferred, 1 open" in ran.out
    assert "`digest deliver`" in ran.out


def test_uncertain_mail_waits_for_a_word_and_follows_it(demo: Path) -> None:
    """The connection is lost after the final dot: only a person knows whether that went out."""
    put(demo, "bounce_domain", '"bounces.example.org"\non_uncertain = "hold"')
    news(demo)
    with Smtpd(at("DOT", Fault(hangs_up=True), nth=1)) as relay:
        put(demo, "smtp", f'"smtp://127.0.0.1:{relay.port}"')
        night = inside("nightly", "--json", "--now", NEXT_NIGHT, at=demo).json
        still = inside("deliver", "--json", "--now", A_LITTLE_LATER, at=demo).json
        resumed = inside("deliver", "--resume", "--json", "--now", A_LITTLE_LATER, at=demo)
        again = inside("deliver", "--drop", "--now", A_LITTLE_LATER, at=demo)

    assert night["deliver"]["uncertain"] == 1
    assert still["deliver"]["sent"] == 0
    assert resumed.json["deliver"]["sent"] == 1
    assert "1 uncertain mail will be sent once more" in resumed.err
    assert "0 uncertain mails given up" in again.err


def test_a_timer_with_nothing_to_send_is_silent(demo: Path) -> None:
    ran = child("deliver", "--now", "2026-11-22T03:30", at=demo)

    assert (ran.code, ran.out, ran.err) == (0, "", "")


def test_to_resume_and_to_drop_is_a_contradiction(demo: Path) -> None:
    assert inside("deliver", "--resume", "--drop", at=demo).code == 2


@pytest.mark.parametrize("command", ["nightly", "gather", "compose"])
def test_a_second_run_at_once_is_told_to_wait(command: str, demo: Path) -> None:
    with (demo / "digest.db.gather.lock").open("w", encoding="utf-8") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        ran = child(command, at=demo)

    assert (ran.code, ran.out) == (75, "")
    assert "Another run is at work" in ran.err


def test_cron_is_not_told_how_far_it_is(demo: Path) -> None:
    ran = child("gather", "--force", "--now", NEXT_NIGHT, at=demo)

    assert (ran.code, ran.err) == (0, "")


def test_a_bar_is_drawn_on_a_terminal(demo: Path) -> None:
    """A real pseudo-terminal for standard error."""
    leader, follower = os.openpty()
    done = subprocess.run(
        [sys.executable, "-m", "digest", "gather", "--force"],
        cwd=demo,
        env=environment(TERM="xterm", COLUMNS="80"),
        stdout=subprocess.PIPE,
        stderr=follower,
        check=True,
        timeout=PATIENCE_SECONDS,
    )
    os.close(follower)
    shown = os.read(leader, 100_000).decode()
    os.close(leader)

    assert "Gathering" in shown
    assert "━" in shown
    assert b"Gathering" not in done.stdout


def hanging(site: Path, web: Site) -> subprocess.Popen[str]:
    """A gathering that waits for a feed that never comes, in its own process group."""
    web.script("/feed.xml", Answer(delay_seconds=600))
    put(site, "allow_private", f'["{web.allow[0]}"]')
    add(site, f'[[sources]]\nslug = "slow"\nurl = "{web.url("/feed.xml")}"')
    running = subprocess.Popen(
        [sys.executable, "-m", "digest", "nightly"],
        cwd=site,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    while not web.requests:
        assert running.poll() is None
    return running


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_gathering_ends_in_words(number: signal.Signals, empty: Path) -> None:
    """The whole group is told, as a terminal and as systemd tell it."""
    with Site() as web:
        running = hanging(empty, web)
        os.killpg(running.pid, number)
        out, err = running.communicate(timeout=PATIENCE_SECONDS)

    assert running.returncode == 130
    assert out == ""
    # The line that holds ^C is ended first.
    assert err == "\nInterrupted. What was done is kept; run the same command to go on.\n"


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 4)])
def test_an_interrupted_delivery_finishes_the_mail_in_flight(
    number: signal.Signals, code: int, demo: Path
) -> None:
    """It comes while the first mail is on its way; the second is left planned, nothing comes twice."""
    put(demo, "bounce_domain", '"bounces.example.org"\nconnections = 1')
    news(demo)
    running: list[subprocess.Popen[str]] = []

    def strike(command: Command) -> Fault | None:
        if command.verb == "DOT" and command.nth == 1:
            running[0].send_signal(number)
        return None

    with Smtpd(strike) as relay:
        put(demo, "smtp", f'"smtp://127.0.0.1:{relay.port}"')
        inside("gather", "--now", NEXT_NIGHT, at=demo)
        inside("compose", "--now", NEXT_NIGHT, at=demo)
        running.append(
            subprocess.Popen(
                [sys.executable, "-m", "digest", "deliver", "--now", A_LITTLE_LATER],
                cwd=demo,
                env=environment(),
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
        )
        out, err = running[0].communicate(timeout=PATIENCE_SECONDS)
        first = list(relay.recipients)
        rest = inside("deliver", "--now", "2026-11-23T03:20", at=demo)

    assert running[0].returncode == code
    assert err.splitlines() == [
        "Ending after the mail in flight; once more Ctrl-C ends at once.",
        "1 mail remains. Go on with: digest deliver",
    ]
    assert "1 sent, 1 open" in out
    assert len(first) == 1
    assert rest.code == 0
    assert sorted(relay.recipients) == ["ada@example.org", "dan@example.org"]


def test_a_second_interrupt_ends_at_once_and_loses_nothing(demo: Path) -> None:
    """The relay never answers the first mail: nobody waits for it, and it is sent by the next run."""
    put(demo, "bounce_domain", '"bounces.example.org"\nconnections = 1')
    news(demo)
    running: list[subprocess.Popen[str]] = []

    def strike(command: Command) -> Fault | None:
        if command.verb == "DOT" and command.nth == 1:
            running[0].send_signal(signal.SIGINT)
            assert running[0].stderr is not None
            assert running[0].stderr.readline().startswith("Ending after")
            running[0].send_signal(signal.SIGINT)
            return SILENCE
        return None

    with Smtpd(strike) as relay:
        put(demo, "smtp", f'"smtp://127.0.0.1:{relay.port}"')
        inside("gather", "--now", NEXT_NIGHT, at=demo)
        inside("compose", "--now", NEXT_NIGHT, at=demo)
        running.append(
            subprocess.Popen(
                [sys.executable, "-m", "digest", "deliver", "--now", A_LITTLE_LATER],
                cwd=demo,
                env=environment(),
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
        )
        code = running[0].wait(timeout=PATIENCE_SECONDS)
        running[0].communicate()
        rest = inside("deliver", "--json", "--now", "2026-11-23T03:20", at=demo)

    assert code == 130
    assert rest.json["deliver"] == {**NOTHING, "sent": 2}
    assert set(relay.recipients) == {"ada@example.org", "dan@example.org"}


def test_the_demo_starts_afresh(tmp_path: Path) -> None:
    one = inside("demo", str(tmp_path / "demo"), "--now", NIGHT)
    two = inside("demo", str(tmp_path / "demo"), "--now", NIGHT)

    assert one == two
    assert mails(tmp_path / "demo") == 4


def test_the_demo_keeps_settings_somebody_changed(demo: Path) -> None:
    put(demo, "postal_address", '"Somewhere else"')
    ran = inside("demo", str(demo), "--now", NIGHT)

    assert ran.code == 0
    assert "Somewhere else" in (demo / "digest.toml").read_text("utf-8")
