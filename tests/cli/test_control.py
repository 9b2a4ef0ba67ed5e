"""Mail in somebody's hands: `digest deliver` with a word, `digest issues hold|release|cancel|resume|show`,
`digest backup` and `restore`."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from tests.cli.run import PATIENCE_SECONDS, child, environment, inside
from tests.cli.sites import put
from tests.cli.test_night import A_LITTLE_LATER, NEXT_NIGHT, NOTHING, mails, news
from tests.smtpd import Fault, Smtpd, at, say

LATER = "2026-11-23T03:20"


@pytest.fixture
def planned(demo: Path) -> Path:
    """The demo with a second night cut: mail for ada and dan waits."""
    news(demo)
    inside("gather", "--now", NEXT_NIGHT, at=demo)
    inside("compose", "--now", NEXT_NIGHT, at=demo)
    return demo


def write(site: Path, sql: str) -> None:
    with closing(sqlite3.connect(site / "digest.db")) as raw, raw:
        raw.execute(sql)


# deliver, with a word


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--resume", "--drop"), "answers to one question"),
        (("--resume", "--hold"), "answers to one question"),
        (("--drop", "--hold"), "answers to one question"),
        (("--issue", "1"), "give --retry-failed with it"),
        (("--only", "ada@example.org", "--drop"), "--only about one reader's"),
        (("--only", "not an address"), "is not an address we can mail"),
        (("--retry-failed", "--issue", "0"), "--issue"),
    ],
)
def test_words_that_contradict_each_other_are_refused(words: tuple[str, ...], said: str, demo: Path) -> None:
    ran = inside("deliver", *words, at=demo)

    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err


def test_only_one_reader_gets_their_mail(planned: Path) -> None:
    first = inside("deliver", "--only", "Dan@Example.org", "--json", "--now", A_LITTLE_LATER, at=planned)
    rest = inside("deliver", "--json", "--now", A_LITTLE_LATER, at=planned)

    assert first.json["deliver"] == {**NOTHING, "sent": 1, "open": 1}
    assert rest.json["deliver"] == {**NOTHING, "sent": 1}


def test_a_reader_without_open_mail_is_told_why(demo: Path) -> None:
    ran = inside("deliver", "--only", "ada@example.org", "--now", "2026-11-22T03:30", at=demo)

    assert (ran.code, ran.out) == (0, "")
    ended = "daily: the last mail, of 2026-11-22, ended as sent; next due 2026-11-23 00:00."
    assert ran.err == f"Nothing to send now: {ended}\n"


def test_a_stranger_is_named(demo: Path) -> None:
    ran = inside("deliver", "--only", "nobody@example.org", at=demo)

    assert (ran.code, ran.err) == (1, "nobody@example.org is not a subscriber here.\n")


def test_failed_mail_is_tried_again_when_somebody_says_so(planned: Path) -> None:
    with Smtpd(at("RCPT", say("550 5.1.1 nobody here"), holding="ada")) as relay:
        put(planned, "smtp", f'"smtp://127.0.0.1:{relay.port}"')
        refused = inside("deliver", "--json", "--now", A_LITTLE_LATER, at=planned).json
    with Smtpd() as relay:
        put(planned, "smtp", f'"smtp://127.0.0.1:{relay.port}"')
        again = inside("deliver", "--retry-failed", "--json", "--now", LATER, at=planned)
        none = inside("deliver", "--retry-failed", "--now", LATER, at=planned)

    assert refused["deliver"] == {**NOTHING, "sent": 1, "failed": 1}
    assert "1 failed mail of each list's newest issue will be tried again." in again.err
    assert again.json["deliver"] == {**NOTHING, "sent": 1}
    assert "No failed mail of each list's newest issue can be tried again." in none.err


def test_an_issue_that_is_not_there_is_named(demo: Path) -> None:
    ran = inside("deliver", "--retry-failed", "--issue", "99", at=demo)

    assert (ran.code, ran.err) == (1, "There is no issue 99.\n→ `digest issues list` names them.\n")


def test_what_may_have_gone_out_is_held_when_somebody_says_so(planned: Path) -> None:
    """The connection is lost after the final dot; the settings say "resend", the word says hold."""
    with Smtpd(at("DOT", Fault(hangs_up=True), nth=1)) as relay:
        put(planned, "smtp", f'"smtp://127.0.0.1:{relay.port}"')
        ran = inside("deliver", "--hold", "--json", "--now", A_LITTLE_LATER, at=planned)
        still = inside("deliver", "--json", "--now", LATER, at=planned)

    assert ran.json["deliver"] == {**NOTHING, "sent": 1, "uncertain": 1}
    assert "held as uncertain, this time" in ran.err
    assert still.json["deliver"] == NOTHING


# issues hold, release, cancel


def test_a_held_list_waits_and_every_command_says_so(planned: Path) -> None:
    before = mails(planned)
    held = inside("issues", "hold", "daily", "--reason", "a mistake in it", at=planned)
    night = inside("nightly", "--now", A_LITTLE_LATER, at=planned)
    timer = child("deliver", "--now", A_LITTLE_LATER, at=planned)
    listed = inside("issues", "list", at=planned)

    assert held.code == 0
    assert "(a mistake in it): 2 mails wait. → digest issues release daily" in held.out
    assert "held      daily is on hold: 2 mails wait" in night.out
    assert (timer.out, timer.err) == ("", "")
    assert "daily is on hold" in listed.err
    assert mails(planned) == before


def test_a_released_list_goes_with_the_next_run(planned: Path) -> None:
    inside("issues", "hold", "daily", at=planned)
    released = inside("issues", "release", "daily", at=planned)
    again = inside("issues", "release", "daily", at=planned)
    sent = inside("deliver", "--json", "--now", A_LITTLE_LATER, at=planned)

    assert released.out == "daily is released: 2 mails go with `digest deliver`.\n"
    assert (again.code, again.err) == (0, "daily is not on hold.\n")
    assert sent.json["deliver"] == {**NOTHING, "sent": 2}


def test_mail_that_was_tried_and_is_held_is_not_late(planned: Path) -> None:
    with Smtpd(at("RCPT", say("451 4.3.0 later"), holding="ada")) as relay:
        put(planned, "smtp", f'"smtp://127.0.0.1:{relay.port}"')
        late = inside("deliver", "--now", A_LITTLE_LATER, at=planned)
        inside("issues", "hold", "daily", at=planned)
        held = inside("deliver", "--now", LATER, at=planned)

    assert (late.code, held.code) == (4, 0)


@pytest.mark.parametrize("word", ["hold", "release", "cancel"])
def test_a_list_misspelt_is_guessed(word: str, demo: Path) -> None:
    ran = inside("issues", word, "dayly", at=demo)

    assert (ran.code, ran.err) == (1, 'There is no list "dayly"; did you mean "daily"?\n')


def test_a_script_must_mean_what_it_cancels(planned: Path) -> None:
    ran = child("issues", "cancel", "daily", at=planned)

    assert (ran.code, ran.out) == (2, "")
    assert "daily no. 2, night of 2026-11-23: 2 mails open, 0 sent." in ran.err
    assert "Add --yes" in ran.err
    assert inside("deliver", "--json", "--now", A_LITTLE_LATER, at=planned).json["deliver"]["sent"] == 2


def test_a_cancelled_issue_is_not_sent(planned: Path) -> None:
    ran = inside("issues", "cancel", "daily", "--yes", at=planned)
    again = inside("issues", "cancel", "daily", "--yes", at=planned)
    sent = inside("deliver", "--json", "--now", A_LITTLE_LATER, at=planned)

    assert ran.out == "Cancelled: 2 mails ended unsent; the stories return with the next digest.\n"
    assert (again.code, again.err) == (0, "No mail of daily is open: there is nothing to cancel.\n")
    assert sent.json["deliver"] == NOTHING


@pytest.mark.parametrize(("answer", "sent"), [("n\n", 2), ("y\n", 0)])
def test_somebody_at_a_terminal_is_asked(answer: str, sent: int, planned: Path) -> None:
    leader, follower = os.openpty()
    os.write(leader, answer.encode())
    done = subprocess.run(
        [sys.executable, "-m", "digest", "issues", "cancel", "daily"],
        cwd=planned,
        env=environment(),
        stdin=follower,
        capture_output=True,
        check=False,
        timeout=PATIENCE_SECONDS,
        text=True,
    )
    os.close(leader)
    os.close(follower)

    assert "End 2 mails unsent?" in done.stderr
    assert done.returncode == (0 if answer == "y\n" else 130)
    delivered = inside("deliver", "--json", "--now", A_LITTLE_LATER, at=planned).json["deliver"]
    assert delivered["sent"] == sent


# issues show


def test_everybody_is_accounted_for_with_reasons(planned: Path) -> None:
    with Smtpd(at("RCPT", say("550 5.1.1 nobody here"), holding="ada")) as relay:
        put(planned, "smtp", f'"smtp://127.0.0.1:{relay.port}"')
        inside("deliver", "--now", A_LITTLE_LATER, at=planned)
    shown = inside("issues", "show", "2", at=planned)

    assert shown.code == 0
    assert (
        "  2 candidates = 1 sent + 1 failed + 0 suppressed + 0 expired + 0 uncertain + 0 open" in shown.lines
    )
    assert "    1: The relay took it. (dan@example.org)" in shown.lines
    assert "    1: The relay refused it for good: 550 5.1.1 nobody here (ada@example.org)" in shown.lines


def test_all_names_everybody_and_a_status_only_those(planned: Path) -> None:
    write(planned, "UPDATE subscriptions SET consent = 'unsubscribed' WHERE id = 1")
    inside("deliver", "--now", A_LITTLE_LATER, at=planned)
    everyone = inside("issues", "show", "2", "--all", at=planned)
    some = inside("issues", "show", "2", "--all", "--status", "suppressed", at=planned)

    assert len(everyone.lines) == 2
    assert len(some.lines) == 1
    assert "suppressed" in some.out
    assert "They left the list before it was sent." in some.out


def test_the_account_as_json_has_groups_and_readers(demo: Path) -> None:
    told = inside("issues", "show", "1", "--all", "--json", at=demo).json

    assert (told["candidates"], told["adds_up"]) == (4, True)
    assert [(group["status"], group["count"]) for group in told["reasons"]] == [("sent", 4)]
    assert [reader["address"] for reader in told["readers"]] == [
        "ada@example.org",
        "bruno@example.org",
        "chloe@example.org",
        "dan@example.org",
    ]


def test_an_issue_that_does_not_add_up_raises_an_alarm(demo: Path) -> None:
    write(demo, "UPDATE issues SET candidates = 5 WHERE id = 1")
    ran = inside("issues", "show", "1", at=demo)

    assert ran.code == 3
    assert "DOES NOT ADD UP" in ran.out
    assert "ALARM: issue 1 does not add up: 5 were planned, 4 are accounted for." in ran.err


def test_a_status_there_is_none_of_is_refused(demo: Path) -> None:
    assert inside("issues", "show", "1", "--status", "delivered", at=demo).code == 2


# backup, restore, resume


def test_the_whole_way_back(planned: Path) -> None:
    """Mail waits in the copy; it is sent; the copy is put back: nothing leaves until somebody decides."""
    copy = planned / "copy.db"
    made = inside("backup", str(copy), at=planned)
    inside("deliver", "--now", A_LITTLE_LATER, at=planned)
    put(planned, "smtp", '"dir:later"')
    restored = inside("restore", str(copy), at=planned)
    night = inside("nightly", "--now", LATER, at=planned)
    asked = inside("issues", "resume", at=planned)
    skipped = inside("issues", "resume", "--skip", "--now", LATER, at=planned)
    after = inside("deliver", "--json", "--now", "2026-11-23T04:00", at=planned)

    assert [ran.code for ran in (made, restored, night, asked, skipped, after)] == [0, 0, 0, 0, 0, 0]
    assert "whole, every issue adds up" in made.out
    assert "What was there is kept as digest.db.before-restore" in restored.out
    assert "(2 mails wait)" in restored.out
    assert "held      all mail is held: 2 mails wait" in night.out
    assert "restored from copy.db, whose last night began 2026-11-23 02:00 UTC" in asked.out
    assert "--send" in asked.out
    assert "--skip" in asked.out
    assert "Passed over: 2 mails." in skipped.out
    assert after.json["deliver"] == NOTHING
    assert not (planned / "later").exists()


def test_what_waits_after_a_restore_may_be_sent(planned: Path) -> None:
    copy = planned / "copy.db"
    inside("backup", str(copy), at=planned)
    inside("restore", str(copy), at=planned)
    before = inside("deliver", "--json", "--now", A_LITTLE_LATER, at=planned)
    sent = inside("issues", "resume", "--send", at=planned)
    after = inside("deliver", "--json", "--now", A_LITTLE_LATER, at=planned)

    assert before.json["deliver"] == {**NOTHING, "open": 2}
    assert sent.out == "Released: 2 mails go with `digest deliver`.\n"
    assert after.json["deliver"] == {**NOTHING, "sent": 2}


def test_to_send_and_to_skip_is_a_contradiction(demo: Path) -> None:
    assert inside("issues", "resume", "--send", "--skip", at=demo).code == 2


def test_without_a_restore_there_is_nothing_to_decide(demo: Path) -> None:
    ran = inside("issues", "resume", "--skip", at=demo)

    assert (ran.code, ran.out) == (0, "")
    assert "nothing to decide" in ran.err


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("backup", "digest.toml"), 2, "is there already"),
        (("backup", "feeds"), 2, "is a folder"),
        (("backup", "nowhere/copy.db"), 1, "cannot be copied"),
        (("backup", "--force", "digest.db"), 1, "is the database itself"),
        (("restore", "none.db"), 1, "is not there"),
        (("restore", "digest.toml"), 1, "is not a SQLite database"),
        (("restore", "digest.db"), 1, "is the database itself"),
        (("restore",), 2, "Missing argument"),
    ],
)
def test_what_cannot_be_copied_is_said(words: tuple[str, ...], code: int, said: str, demo: Path) -> None:
    before = (demo / "digest.db").read_bytes()
    ran = child(*words, at=demo)

    assert (ran.code, ran.out) == (code, "")
    assert said in ran.err
    assert (demo / "digest.db").read_bytes() == before
