"""A site's own wording reaches its mails, and a fault in it stops the night before any mail leaves."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from digest.errors import TemplateError
from tests.night.house import NIGHT, House


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
