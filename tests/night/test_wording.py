"""A site's own wording reaches its mails, and a fault in it stops the night before any mail leaves."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from digest.errors import TemplateError
from digest.night.editing import note_of
from digest.night.findings import Level
from digest.night.health import examine
from digest.night.look_health import texts
from tests.night.house import NIGHT, House, list_id


@pytest.fixture
def house(tmp_path: Path) -> House:
    made = House(tmp_path, site={"templates": "mine"})
    (tmp_path / "mine" / "locale").mkdir(parents=True)
    made.publish("blog", "one", "two")
    made.night(NIGHT - timedelta(days=1))
    made.join("ada", at=NIGHT)
    made.publish("blog", "three")
    return made


def test_both_parts_of_a_mail_say_what_the_catalogue_of_the_site_says(house: House) -> None:
    (house.root / "mine" / "locale" / "en.po").write_text(
        'msgid "Unsubscribe"\nmsgstr "I\'ve had enough"\n', encoding="utf-8"
    )
    house.night(NIGHT)
    (mail,) = house.mails
    assert "I’ve had enough" in mail.html and "I’ve had enough" in mail.text
    assert "Unsubscribe" not in mail.html + mail.text


def test_a_fault_in_the_catalogue_of_the_site_stops_the_night_before_any_mail(house: House) -> None:
    path = house.root / "mine" / "locale" / "en.po"
    path.write_text('msgid "Unsubscribe"\nmsgstr "Stop {who}"\n', encoding="utf-8")
    with pytest.raises(TemplateError, match=r"en\.po:1: \{who\}"):
        house.night(NIGHT)
    assert house.mails == []
    path.unlink()
    house.night(NIGHT)
    assert len(house.mails) == 1


def test_the_words_for_a_picture_in_a_note_are_the_sites(house: House) -> None:
    (house.root / "mine" / "locale" / "en.po").write_text(
        'msgid "[image: {alt}]"\nmsgstr "(picture of {alt})"\n', encoding="utf-8"
    )
    with house.tonight(NIGHT) as one:
        written = note_of("![a cat](cat.png)", base="https://digest.example.org", language="en", tonight=one)
        one.store.notes.write(list_id(one), "en", written, NIGHT)
    house.night(NIGHT)
    (mail,) = house.mails
    assert "(picture of a cat)" in mail.html
    assert "[image" not in mail.html


def test_doctor_reads_the_catalogues_of_the_site_before_a_night_does(house: House) -> None:
    path = house.root / "mine" / "locale" / "fr.po"
    path.write_text(
        'msgid "More"\nmsgstr "Le reste"\n\nmsgid "Unsubscribe"\nmsgstr "Stop {who}"\n', encoding="utf-8"
    )
    with house.tonight(NIGHT) as one:
        (finding,) = texts(one)
        assert finding in list(examine(one, offline=True))
    assert (finding.id, finding.level) == ("texts", Level.FAIL)
    assert finding.words.startswith(f"{path}:4: {{who}} does not stand in")
    assert finding.mend

    path.write_text('msgid "Unsubscribe"\nmsgstr "Stop"\n', encoding="utf-8")
    with house.tonight(NIGHT) as one:
        assert list(texts(one)) == []
