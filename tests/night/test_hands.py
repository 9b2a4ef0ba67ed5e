"""Somebody is told by mail when hands are needed: once for each happening, and in the run that finds it."""

from __future__ import annotations

import socket
from datetime import datetime
from pathlib import Path

import pytest

from digest.night.letters import LetterRoom, post_hands_letter
from digest.night.report import NightReport
from digest.night.run import deliver_room
from digest.storage.protocol.throttles import Pause
from digest.storage.rows import instant
from subscribers import tokens
from tests.ledger import peek, poke
from tests.night.house import DAY, NIGHT, House, Mail
from tests.night.relay import Relay

ADMIN = "admin@example.org"


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


def happens(house: House, kind: str, subject: str, words: str, at: datetime = NIGHT) -> None:
    with house.tonight(at) as one:
        one.store.notices.raise_(kind, subject, words, at)


def ends(house: House, kind: str, subject: str, at: datetime) -> None:
    with house.tonight(at) as one:
        one.store.notices.settle(kind, subject, at)


def deliver(house: House, at: datetime = NIGHT) -> NightReport:
    with house.tonight(at) as one:
        return deliver_room(one)


def told(house: House) -> list[Mail]:
    return [mail for mail in house.mails if mail.to == ADMIN]


def open_letters(house: House, at: datetime = NIGHT) -> int:
    with house.tonight(at) as one:
        return one.store.letters.open_count()


def nobody_listens() -> str:
    """The address of a relay that is down."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"smtp://127.0.0.1:{free.getsockname()[1]}"


def test_what_needs_hands_is_mailed_in_the_same_run_and_only_once(house: House) -> None:
    happens(house, "quarantine", "blog", "blog brought 900 old entries.")
    assert [deliver(house, NIGHT + night * DAY).deliver.letters for night in range(3)] == [1, 0, 0]  # type: ignore[union-attr]

    (mail,) = told(house)
    assert mail.subject == "Small Planet: Entries are kept back"
    assert "blog brought 900 old entries." in mail.text
    assert "blog brought 900 old entries." in mail.html


def test_when_all_is_well_nobody_is_told(house: House) -> None:
    deliver(house)
    assert (told(house), open_letters(house)) == ([], 0)


def test_news_that_need_no_hands_wait_for_some_that_do(house: House) -> None:
    happens(house, "moved", "blog", "blog has moved.")
    deliver(house)
    assert told(house) == []
    happens(house, "gone", "news", "news is gone for good.")
    deliver(house)
    (mail,) = told(house)
    assert mail.subject == "Small Planet: A source is gone for good"
    assert mail.text.index("news is gone") < mail.text.index("blog has moved")


def test_several_happenings_share_a_letter(house: House) -> None:
    happens(house, "quarantine", "blog", "First.")
    happens(house, "source-down", "news", "Second.")
    deliver(house)
    (mail,) = told(house)
    assert mail.subject == "Small Planet: 2 things need your hands"
    assert mail.text.index("First.") < mail.text.index("Second.")


def test_that_it_is_over_is_told_with_the_next_happening_and_never_alone(house: House) -> None:
    happens(house, "source-down", "news", "It is down.")
    deliver(house)
    ends(house, "source-down", "news", NIGHT + DAY)
    deliver(house, NIGHT + DAY)
    assert len(told(house)) == 1

    happens(house, "quarantine", "blog", "Kept back.", NIGHT + 2 * DAY)
    deliver(house, NIGHT + 2 * DAY)
    last = told(house)[-1].text
    assert "# All is well again" in last
    assert "A source has not answered for a week: news" in last

    happens(house, "gone", "third", "Gone.", NIGHT + 3 * DAY)
    deliver(house, NIGHT + 3 * DAY)
    assert "All is well again" not in told(house)[-1].text


def test_a_stopped_run_posts_one_letter_and_the_next_does_not_repeat_it(house: House) -> None:
    house.publish("blog", "one")
    house.join("ada", at=NIGHT)
    house.tables["mail"]["smtp"] = nobody_listens()
    report = house.night(NIGHT)
    assert report.has_stopped
    assert open_letters(house) == 1
    assert deliver(house, NIGHT + DAY / 24).has_stopped
    assert open_letters(house) == 1

    house.tables["mail"]["smtp"] = "dir:outbox"
    deliver(house, NIGHT + DAY / 12)
    assert [mail.subject for mail in told(house)] == ["Small Planet: Sending has stopped"]
    assert house.received("ada") == [("one",)]
    with house.tonight(NIGHT + DAY / 12) as one:
        assert [notice.subject for notice in one.store.notices.over()] == ["deliver"]


def test_a_run_somebody_stopped_needs_no_hands(house: House) -> None:
    with house.tonight(NIGHT) as one:
        asked = type(one)(**{name: getattr(one, name) for name in one.__slots__} | {"stop": lambda: True})
        assert deliver_room(asked).has_stopped
        assert one.store.notices.open() == ()


def test_a_paused_domain_is_told_until_it_takes_mail_again(house: House) -> None:
    pause = Pause(domain="gmail.com", until_at=NIGHT + DAY / 48, times=1, words="421 4.7.28 slow down")
    with house.tonight(NIGHT) as one:
        one.store.throttles.save_pauses([pause])
    deliver(house)
    (mail,) = told(house)
    assert "421 4.7.28 slow down" in mail.text

    with house.tonight(NIGHT) as one:
        one.store.throttles.save_pauses([])
        deliver_room(one)
        assert [notice.kind for notice in one.store.notices.over()] == ["paused"]


def test_nights_missed_while_digests_were_due_are_told(house: House) -> None:
    house.publish("blog", "one")
    house.join("ada", at=NIGHT)
    house.night(NIGHT)
    house.publish("blog", "two")
    house.night(NIGHT + 3 * DAY)
    (mail,) = told(house)
    assert mail.subject == "Small Planet: A night was missed"
    assert "from 2026-11-23 to 2026-11-24" in mail.text

    house.night(NIGHT + 4 * DAY)
    with house.tonight(NIGHT + 4 * DAY) as one:
        assert one.store.notices.open() == ()


def test_a_site_that_runs_weekly_misses_no_night(house: House) -> None:
    house.tables["lists"][0].update(cadence="weekly", weekday="sunday")
    house.publish("blog", "one")
    house.join("ada", at=NIGHT)
    house.night(NIGHT)
    house.publish("blog", "two")
    house.night(NIGHT + 7 * DAY)
    assert (told(house), len(house.received("ada"))) == ([], 2)


def test_mail_that_waits_for_a_decision_is_told(house: House) -> None:
    house.tables["mail"]["on_uncertain"] = "hold"
    house.publish("blog", "one")
    house.join("ada", at=NIGHT)
    house.night(NIGHT)
    with house.tonight(NIGHT) as one:
        died = "UPDATE deliveries SET status = 'sending', ended_at = NULL, lease_until_at = ?"
        poke(one.store, died, instant(NIGHT))
        poke(one.store, "UPDATE issues SET closed_at = NULL")
    deliver(house)
    (mail,) = told(house)
    assert "1 mail may have arrived, or not" in mail.text
    deliver(house)
    with house.tonight(NIGHT) as one:
        assert [notice.kind for notice in one.store.notices.open()] == ["uncertain"]
        one.store.deliveries.settle_uncertain(NIGHT, "drop")
        deliver_room(one)
        assert one.store.notices.open() == ()


def test_it_is_written_in_the_site_s_language(house: House) -> None:
    house.tables["site"]["language"] = "fr"
    happens(house, "stopped", "deliver", "The relay is down.")
    with house.tonight(NIGHT) as one:
        assert post_hands_letter(one)
        (claim,) = one.store.letters.claim(NIGHT, NIGHT + DAY, 1)
    mail = Mail.of(claim.content)
    assert mail.subject == "Small Planet\xa0: L’envoi s’est arrêté"
    assert '<html lang="fr"' in mail.html
    assert 'lang="en"' in mail.html  # the command line's own words


def test_its_bounces_come_to_an_address_of_its_own(house: House) -> None:
    happens(house, "quarantine", "blog", "Kept back.")
    house.tables["mail"]["bounce_domain"] = "bounces.example.org"
    with Relay() as relay:
        house.tables["mail"]["smtp"] = relay.url
        deliver(house)
    (taken,) = relay.taken
    assert taken.rcpt_to == (ADMIN,)
    local, _, domain = taken.mail_from.partition("@")
    with house.tonight(NIGHT) as one:
        found = tokens.read_local(local, one.store.keys.all("verp"), mailbox=tokens.Mailbox.LETTER)
        (row,) = peek(one.store, "SELECT id, message_id, status, content FROM letters")
    assert found is not None
    assert (found.id, domain) == (row["id"], "bounces.example.org")
    assert (row["status"], row["content"]) == ("sent", None)
    assert f"<{row['message_id']}>" == Mail.of(taken.content).message["Message-ID"]


def test_without_a_bounce_domain_they_come_to_the_from_address(house: House) -> None:
    happens(house, "quarantine", "blog", "Kept back.")
    with house.tonight(NIGHT) as one:
        post_hands_letter(one)
        (claim,) = one.store.letters.claim(NIGHT, NIGHT + DAY, 1)
        envelope = LetterRoom(one).render(claim).envelope
    assert (envelope.mail_from, envelope.rcpt_to) == ("digest@example.org", ADMIN)


def test_a_broken_template_of_the_site_hides_no_report(house: House) -> None:
    (house.root / "mine" / "mail").mkdir(parents=True)
    (house.root / "mine" / "mail" / "letter.html").write_text("{{ nothing }}", encoding="utf-8")
    house.tables["site"]["templates"] = "mine"
    happens(house, "quarantine", "blog", "Kept back.")
    report = deliver(house)
    assert report.deliver is not None
    assert (report.deliver.letters, told(house)) == (0, [])

    (house.root / "mine" / "mail" / "letter.html").unlink()
    deliver(house)
    assert len(told(house)) == 1
