"""`doctor` finds each fault, says it in words with a mend, and goes on to the next question."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

import pytest
import trustme

from digest.night.health import Finding, Level, examine
from digest.night.run import compose_room, gather_room
from digest.storage.protocol.throttles import Pause
from tests.ledger import planned, poke
from tests.night.house import DAY, NIGHT, House
from tests.rooms.test_session import Mailbox, authenticated, certified
from tests.smtpd import Smtpd


@pytest.fixture
def house(tmp_path: Path) -> House:
    house = House(tmp_path)
    house.publish("blog", "one")
    return house


def findings(
    house: House, about: str, *, offline: bool = True, late: timedelta = timedelta()
) -> list[Finding]:
    with house.tonight(NIGHT + late) as one:
        found = list(examine(one, offline=offline))
    assert all(each.mend or each.level is Level.OK for each in found), "a finding without a mend"
    return [each for each in found if each.id == about]


def told(house: House, sql: str, *values: object) -> None:
    with house.tonight(NIGHT) as one:
        poke(one.store, sql, *values)


def test_a_sound_installation_has_no_findings_but_that_no_night_ran(house: House) -> None:
    with house.tonight(NIGHT) as one:
        (house.root / "digest.db").chmod(0o600)
        levels = {each.id: each.level for each in examine(one, offline=True)}

    assert levels.pop("last run") is Level.WARN
    assert set(levels.values()) == {Level.OK}


def test_offline_leaves_the_relay_alone(house: House) -> None:
    with Smtpd() as relay:
        house.tables["mail"]["smtp"] = f"smtp://127.0.0.1:{relay.port}"
        assert findings(house, "relay") == []
        assert relay.connections == 0


def test_an_outbox_that_is_a_file_cannot_be_written(house: House) -> None:
    (house.root / "outbox").write_text("in the way", encoding="utf-8")

    (finding,) = findings(house, "writing")
    assert (finding.level, "the outbox" in finding.words) == (Level.FAIL, True)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_may_not_be_written_is_named(house: House) -> None:
    with house.tonight(NIGHT) as one:
        house.root.chmod(0o500)
        try:
            words = [each.words for each in examine(one, offline=True) if each.id == "writing"]
        finally:
            house.root.chmod(0o700)

    assert any(str(house.root) in each for each in words)


def test_templates_that_are_no_folder_are_named(house: House) -> None:
    house.tables["site"]["templates"] = "blog.xml"

    assert Level.FAIL in {each.level for each in findings(house, "templates")}


def test_a_database_others_may_read_is_named_with_the_chmod(house: House) -> None:
    with house.tonight(NIGHT):
        (house.root / "digest.db").chmod(0o644)

    (finding,) = findings(house, "secrets")
    assert (finding.level, finding.mend) == (Level.WARN, f"chmod 600 {house.root / 'digest.db'}")


def test_a_relay_that_is_down_fails_with_its_address(house: House) -> None:
    with Smtpd() as relay:
        port = relay.port
    house.tables["mail"]["smtp"] = f"smtp://127.0.0.1:{port}"

    (finding,) = findings(house, "relay", offline=False)
    assert (finding.level, f"127.0.0.1:{port}" in finding.words) == (Level.FAIL, True)


@pytest.fixture
def login(house: House, monkeypatch: pytest.MonkeyPatch) -> trustme.CA:
    """A certificate authority that this machine trusts."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(house.root / "ca.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(house.root / "ca.pem"))
    return authority


@pytest.mark.parametrize(("password", "level"), [("s3cret/+", Level.OK), ("not-it-at-all", Level.FAIL)])
def test_the_login_is_tried_over_starttls(
    house: House, login: trustme.CA, password: str, level: Level
) -> None:
    box = Mailbox()
    with authenticated(box, certified(login)) as port:
        house.tables["mail"] |= {"smtp": f"smtp+starttls://ada%40x@127.0.0.1:{port}", "password": password}
        (finding,) = findings(house, "relay", offline=False)

    assert finding.level is level
    assert password not in f"{finding.words}{finding.mend}"
    assert box.contents == []


def test_an_outbox_is_said_to_send_nothing(house: House) -> None:
    (finding,) = findings(house, "relay", offline=False)

    assert (finding.level, "not sent" in finding.words) == (Level.WARN, True)


def test_a_night_long_ago_asks_for_the_timer(house: House) -> None:
    house.night(NIGHT)

    assert [each.level for each in findings(house, "last run")] == [Level.OK]
    (finding,) = findings(house, "last run", late=2 * DAY)
    assert (finding.level, "2026-11-22" in finding.words) == (Level.WARN, True)


def test_a_night_that_died_is_named(house: House) -> None:
    with house.tonight(NIGHT) as one:
        one.store.nights.start(one.night, NIGHT, "{}")

    (finding,) = findings(house, "last run")
    assert finding.words == "The night of 2026-11-22 did not end."


def test_mail_that_was_tried_and_is_open_is_counted(house: House) -> None:
    house.join("ada", at=NIGHT)
    house.night(NIGHT)
    told(house, "UPDATE deliveries SET status = 'deferred', ended_at = NULL")

    assert "1 mail is still open." in [each.words for each in findings(house, "last run")]


@pytest.mark.parametrize(
    ("sql", "words", "mend"),
    [
        (
            "failures = 3, failing_since_at = '2026-11-20T03:00:00.000000Z', error = 'answers 500'",
            "blog fails since 2026-11-20: answers 500",
            "digest sources try blog",
        ),
        (
            "gone_at = '2026-11-20T03:00:00.000000Z'",
            "blog is gone (410) and not asked any more.",
            "digest sources remove blog",
        ),
        (
            "address = 'https://new.example/feed'",
            "blog has moved to https://new.example/feed.",
            'Set url = "https://new.example/feed" for it in digest.toml.',
        ),
    ],
    ids=["failing", "gone", "moved"],
)
def test_a_source_in_trouble_is_named(house: House, sql: str, words: str, mend: str) -> None:
    told(house, f"UPDATE sources SET {sql} WHERE slug = 'blog'")

    found = [each for each in findings(house, "sources") if each.level is Level.WARN]
    assert [(each.words, each.mend) for each in found] == [(words, mend)]


def test_a_quarantine_is_counted(house: House) -> None:
    house.night(NIGHT)
    told(house, "UPDATE entries SET state = 'quarantined', seq = NULL, released_at = NULL, story_id = NULL")

    assert any("quarantined" in each.words and each.words[0] == "1" for each in findings(house, "sources"))


def test_an_issue_that_does_not_add_up_fails(house: House) -> None:
    with house.tonight(NIGHT) as one:
        poke(one.store, "DELETE FROM lists")
        planned(one.store, ["ada@example.org"])
        assert [each.level for each in examine(one, offline=True) if each.id == "database"] == [Level.OK]
        poke(one.store, "UPDATE issues SET candidates = 2")
        (finding,) = [each for each in examine(one, offline=True) if each.id == "database"]

    assert (finding.level, "does not add up" in finding.words) == (Level.FAIL, True)


def test_what_a_live_site_should_not_have_is_warned_of(house: House) -> None:
    house.tables["site"] |= {"url": "http://digest.example.org", "postal_address": ""}
    house.tables["mail"]["divert_to"] = "me@example.org"

    words = " ".join(each.words for each in findings(house, "configuration") if each.level is Level.WARN)
    assert all(part in words for part in ("one-click", "postal_address", "me@example.org"))


def test_nothing_to_follow_and_nothing_to_send_is_warned_of(tmp_path: Path) -> None:
    found = findings(House(tmp_path, lists=[]), "configuration")

    assert {each.words for each in found if each.level is Level.WARN} == {
        "No source is followed.",
        "There is no list.",
    }


def test_a_domain_that_blames_us_is_named_with_what_it_said(house: House) -> None:
    told_us = "421 4.7.0 too much mail from you"
    with house.tonight(NIGHT) as one:
        pauses = [
            Pause(domain="gmail.example", until_at=NIGHT + timedelta(hours=1), times=1, words=told_us),
            Pause(domain="past.example", until_at=NIGHT - timedelta(hours=1), times=1, words="old"),
        ]
        one.store.throttles.save_pauses(pauses)

    (finding,) = findings(house, "pauses")
    assert finding.level is Level.WARN
    assert finding.words == f"gmail.example is left alone until 2026-11-22 04:00; it said: {told_us}"


@pytest.mark.parametrize(("rate", "level"), [("1/day", Level.WARN), ("20/second", Level.OK)])
def test_a_rate_too_slow_for_what_waits_is_told_before_any_mail(
    house: House, rate: str, level: Level
) -> None:
    house.tables["mail"]["rate"] = rate
    for name in ("ada", "bob", "carol", "dave"):
        house.join(name, at=NIGHT)
    with house.tonight(NIGHT) as one:
        gather_room(one)
        compose_room(one)

    (finding,) = findings(house, "rate")
    assert finding.level is level
    assert ("max_age_hours" in finding.words) == (level is Level.WARN)


def test_without_a_rate_nothing_is_said_of_it(house: House) -> None:
    assert findings(house, "rate") == []
