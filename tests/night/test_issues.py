"""An issue once frozen stays what it is: for those planned later, sent later, or asking to see it again."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
import tomlkit

from digest.cli import digest
from digest.errors import TemplateError
from digest.night.postroom import reprint
from digest.night.rehearsal import rehearse
from digest.night.report import NightReport
from digest.night.run import compose_room, deliver_room, run_night
from digest.night.tonight import Tonight
from tests.night.house import DAY, NIGHT, House

OURS = Path(__file__).resolve().parents[2] / "templates"
LATER = NIGHT + timedelta(hours=4)


@pytest.fixture
def house(tmp_path: Path) -> House:
    """A planet whose site has a template of its own, so far the same as ours."""
    house = House(tmp_path, site={"templates": "looks"})
    house.publish("blog", "two", "one")
    (tmp_path / "looks" / "mail").mkdir(parents=True)
    template(house, "")
    return house


def template(house: House, before: str) -> None:
    """The site's template of a story: this, then ours."""
    ours = (OURS / "mail" / "story.txt").read_text(encoding="utf-8")
    (house.root / "looks" / "mail" / "story.txt").write_text(before + ours, encoding="utf-8")


def database(house: House) -> list[str]:
    """Everything in it."""
    with sqlite3.connect(f"file:{house.root / 'digest.db'}?mode=ro", uri=True) as connection:
        dump = list(connection.iterdump())
    connection.close()
    return dump


def test_a_template_error_stops_the_cut_before_anything_is_sent_and_the_next_run_goes_on(
    house: House,
) -> None:
    house.join("ada", at=NIGHT)
    house.join("bruno", at=NIGHT, language="fr")
    template(house, "{{ no_such_thing }}\n")

    with pytest.raises(TemplateError, match=r"story\.txt:1: 'no_such_thing' is undefined"):
        house.night(NIGHT)
    assert house.mails == []

    template(house, "")
    house.night(LATER)
    assert [set(mail) for mail in house.received("ada")] == [{"one", "two"}]
    assert [set(mail) for mail in house.received("bruno")] == [{"one", "two"}]
    house.accounts()


def test_what_was_set_before_a_stop_is_used_as_it_is_by_the_next_process(house: House) -> None:
    """English is set and stored, then French fails, and nobody is planned; meanwhile the template changes."""
    house.join("ada", at=NIGHT, language="en")
    house.join("bruno", at=NIGHT, language="fr")
    template(house, '{% if say("Unsubscribe") != "Unsubscribe" %}{{ no_such_thing }}{% endif %}FIRST LOOK\n')
    with pytest.raises(TemplateError):
        house.night(NIGHT)
    with house.tonight(NIGHT) as one:
        (issue,) = one.store.issues.list_all()
        assert one.store.issues.languages(issue.id) == ("en",)
        assert one.store.deliveries.of_issue(issue.id) == ()

    template(house, "SECOND LOOK\n")
    house.night(LATER)

    texts = {mail.to: mail.text for mail in house.mails}
    assert "FIRST LOOK" in texts["ada@example.org"]
    assert "SECOND LOOK" not in texts["ada@example.org"]
    assert "SECOND LOOK" in texts["bruno@example.org"]


@pytest.mark.parametrize("room", [deliver_room, run_night])
def test_mail_sent_hours_later_looks_as_it_was_cut(
    house: House, room: Callable[[Tonight], NightReport]
) -> None:
    house.join("ada", at=NIGHT)
    house.join("bruno", at=NIGHT, hour=7)
    house.night(NIGHT)
    template(house, "SECOND LOOK\n")
    house.tables["site"] |= {"title": "Another Title", "contact": "another@example.org"}
    house.tables["mail"] |= {"from": "Another <other@example.org>"}

    with house.tonight(LATER) as one:
        room(one)

    ada, bruno = house.mails
    assert ada.stories == bruno.stories
    assert "SECOND LOOK" not in bruno.text
    for header in ("From", "Reply-To", "Subject", "List-Id", "Feedback-ID"):
        assert str(ada.message[header]) == str(bruno.message[header])


def test_while_it_is_open_an_issue_is_reprinted_byte_for_byte(house: House) -> None:
    house.join("ada", at=NIGHT)
    house.join("bruno", at=NIGHT, hour=7)
    house.night(NIGHT)
    template(house, "SECOND LOOK\n")

    with house.tonight(NIGHT + timedelta(hours=1)) as one:
        (issue,) = one.store.issues.list_all()
        printed = dict(reprint(one, issue, email="ada@example.org"))

    assert issue.closed_at is None
    assert list(printed.values()) == [mail.raw for mail in house.mails]
    assert len(printed) == 1


def test_when_all_deliveries_have_ended_the_issue_closes_and_its_fragments_go(house: House) -> None:
    house.join("ada", at=NIGHT)
    house.join("bruno", at=NIGHT, hour=7)
    house.night(NIGHT)
    with house.tonight(LATER) as one:
        (before,) = one.store.issues.list_all()
        deliver_room(one)
        (after,) = one.store.issues.list_all()
        fragments = one.store.issues.fragments(after.id, "en")
        printed = [content for _, content in reprint(one, after, email=None)]

    assert (before.closed_at, after.closed_at, fragments) == (None, LATER, {})
    # set again from the same stories and templates, it is the same mail
    assert printed == [mail.raw for mail in house.mails]


def test_an_issue_is_frozen_once_whatever_is_gathered_meanwhile(house: House) -> None:
    house.join("ada", at=NIGHT)
    house.join("bruno", at=NIGHT, language="fr")
    template(house, '{% if say("Unsubscribe") != "Unsubscribe" %}{{ no_such_thing }}{% endif %}\n')
    with pytest.raises(TemplateError):
        house.night(NIGHT)
    template(house, "")
    house.publish("blog", "three")

    house.night(LATER)
    house.night(NIGHT + DAY)

    assert [set(mail) for mail in house.received("ada")] == [{"one", "two"}, {"three"}]
    assert [set(mail) for mail in house.received("bruno")] == [{"one", "two"}, {"three"}]
    with house.tonight(NIGHT + DAY) as one:
        assert [issue.number for issue in one.store.issues.list_all()] == [2, 1]


def test_a_rehearsal_tells_what_would_be_and_leaves_no_trace(house: House) -> None:
    house.join("ada", at=NIGHT)
    house.night(NIGHT)
    house.publish("blog", "three")
    names = ("digest.db", "digest.db-wal")
    with house.tonight(NIGHT + DAY) as one:
        before = {name: (house.root / name).read_bytes() for name in names}
        report = rehearse(one)
        after = {name: (house.root / name).read_bytes() for name in names}

    assert [(each.number, each.entries, each.deliveries) for each in report.issues] == [(2, 1, 1)]
    assert report.deliver is None
    assert before == after
    assert len(house.mails) == 1


def test_a_dry_run_of_the_command_does_not_even_follow_the_file(house: House) -> None:
    house.join("ada", at=NIGHT)
    house.night(NIGHT)
    before = database(house)
    house.publish("wiki", "page")
    house.tables["lists"] = [{"slug": "daily", "title": "Another Title", "cadence": "nightly"}]
    config = house.root / "digest.toml"
    config.write_text(tomlkit.dumps(house.tables), encoding="utf-8")
    now = (NIGHT + DAY).isoformat()

    digest.main(["nightly", "--dry-run", "--config", str(config), "--now", now], standalone_mode=False)

    assert database(house) == before
    assert len(house.mails) == 1


def test_cutting_again_without_gathering_plans_whoever_came_since(house: House) -> None:
    house.join("ada", at=NIGHT)
    house.night(NIGHT)
    house.join("bruno", at=LATER, list="daily")
    house.publish("blog", "three")
    with house.tonight(NIGHT + DAY) as one:
        run_night(one)
    house.join("chloe", at=NIGHT + DAY)
    with house.tonight(NIGHT + DAY) as one:
        report = compose_room(one)

    assert [each.planned for each in report.issues] == [0]
    assert house.received("bruno") == [("three",)]
