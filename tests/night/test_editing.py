"""The editor's hands: pins stand first, what is dropped is in nobody's digest, a note is shown once."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from digest.errors import UsageError
from digest.model import Entry, EntryState
from digest.night import editing
from digest.night.run import gather_room
from digest.night.tonight import Tonight
from digest.night.trial import Outlook, outlook
from subscribers.model import Cadence, Weekday
from tests.night.dying import Place, start
from tests.night.house import DAY, NIGHT, House, Item, Mail, list_id

NOTE = "Dear *readers*,\n\nsee [the meeting](https://meet.example.org/plan) <script>alert(1)</script>\n"


@pytest.fixture
def house(tmp_path: Path) -> House:
    house = House(tmp_path)
    house.publish("blog", *(Item(name=f"b{n}", at=NIGHT - n * DAY / 10) for n in range(1, 5)))
    house.publish("wiki", Item(name="page", at=NIGHT - DAY / 2))
    house.join("ada", at=NIGHT)
    house.join("bob", at=NIGHT, language="fr")
    house.join("eve", at=NIGHT, mute=("blog",))
    gather(house)
    return house


def gather(house: House) -> None:
    """The day before: what is there is news for tonight."""
    with house.tonight(NIGHT) as one:
        gather_room(one)


def entry(one: Tonight, name: str) -> Entry:
    found = [each for each in one.store.entries.find(limit=1_000) if each.guid.endswith(f":{name}")]
    return found[-1]


def pinned(house: House, *names: str) -> list[str]:
    with house.tonight(NIGHT) as one:
        return list(editing.pin(one, [entry(one, name) for name in names]))


def dropped(house: House, *names: str) -> list[str]:
    with house.tonight(NIGHT) as one:
        return list(editing.drop(one, [entry(one, name) for name in names], reason="spam"))


def noted(house: House, markdown: str = NOTE, *, language: str = "en") -> None:
    with house.tonight(NIGHT) as one:
        note = editing.note_of(markdown, base="https://digest.example.org", language=language, tonight=one)
        one.store.notes.write(list_id(one), language, note, NIGHT)


def mail_of(house: House, name: str) -> Mail:
    """The last one they got."""
    return [mail for mail in house.mails if mail.to.startswith(name)][-1]


def looked(house: House) -> Outlook:
    with house.tonight(NIGHT) as one:
        return outlook(one, list_id(one), one.settings.lists[0])


# pins


def test_a_pinned_story_stands_first_in_every_edition_that_holds_it(house: House) -> None:
    pinned(house, "b4")
    house.night(NIGHT)

    assert house.received("ada")[0][0] == house.received("bob")[0][0] == "b4"
    assert set(house.received("ada")[0]) == {"b1", "b2", "b3", "b4", "page"}


def test_a_pin_brings_a_story_to_nobody_who_does_not_want_it(house: House) -> None:
    pinned(house, "b4")
    house.night(NIGHT)

    assert house.received("eve") == [("page",)]


def test_a_pinned_story_leaves_a_line_where_it_would_have_stood(house: House) -> None:
    pinned(house, "b4")
    house.night(NIGHT)
    text = mail_of(house, "ada").text

    assert text.count("What b4 is about") == 2
    assert text.count("What b3 is about") == 1


def test_pins_stand_in_the_order_they_were_made(house: House) -> None:
    for name in ("b3", "page", "b4"):
        pinned(house, name)
    house.night(NIGHT)

    assert house.received("ada")[0][:3] == ("b3", "page", "b4")


def test_a_fourth_pin_is_refused_with_the_three_that_are_there(house: House) -> None:
    pinned(house, "b1", "b2", "b3")
    with pytest.raises(UsageError, match="has 3 pinned entries already") as caught:
        pinned(house, "page")

    assert all(name in str(caught.value) for name in ("b1", "b2", "b3"))
    assert len(looked(house).pins) == 3


def test_of_several_pins_too_many_none_is_made(house: House) -> None:
    with pytest.raises(UsageError):
        pinned(house, "b1", "b2", "b3", "b4")

    assert looked(house).pins == ()


def test_pinning_twice_changes_nothing(house: House) -> None:
    pinned(house, "b4")
    (said,) = pinned(house, "b4")

    assert said.endswith("is pinned already.")
    assert len(looked(house).pins) == 1


def test_an_issue_spends_its_pins(house: House) -> None:
    pinned(house, "b1", "b2", "b3")
    house.night(NIGHT)
    house.publish("blog", Item(name="new", at=NIGHT), Item(name="newer", at=NIGHT + DAY / 10))
    with house.tonight(NIGHT + DAY) as one:
        gather_room(one)
        list(editing.pin(one, [entry(one, "new")]))
    house.night(NIGHT + DAY)

    assert house.received("ada")[1] == ("new", "newer")


def test_what_went_out_already_is_not_pinned(house: House) -> None:
    house.night(NIGHT)

    with house.tonight(NIGHT + DAY) as one, pytest.raises(UsageError, match="went out already"):
        list(editing.pin(one, [entry(one, "b4")]))


def test_what_waits_is_pinned_before_it_is_news(house: House) -> None:
    house.night(NIGHT)
    house.publish("blog", Item(name="new", at=NIGHT), Item(name="newer", at=NIGHT + DAY / 10))
    with house.tonight(NIGHT + DAY) as one:
        gather_room(one)
    with house.tonight(NIGHT + DAY) as one:
        list(editing.pin(one, [entry(one, "new")]))
    house.night(NIGHT + DAY)

    assert house.received("ada")[1] == ("new", "newer")


def test_an_extra_pins_nothing_and_leaves_the_pin_to_the_numbered_issue(house: House) -> None:
    house.tables["lists"][0] |= {"cadence": "weekly", "weekday": "monday"}
    house.join("nightly", at=NIGHT, cadence=Cadence.NIGHTLY)
    house.join("weekly", at=NIGHT, cadence=Cadence.WEEKLY, weekday=Weekday.MONDAY)
    pinned(house, "b4")
    noted(house)
    house.night(NIGHT)
    house.night(NIGHT + DAY)

    extra, numbered = mail_of(house, "nightly"), mail_of(house, "weekly")
    assert (extra.stories[0], numbered.stories[0]) == ("b1", "b4")
    assert ("Dear readers" in extra.text, "Dear readers" in numbered.text) == (False, True)


# dropping


def test_what_is_dropped_is_in_nobody_s_digest_and_the_rest_is(house: House) -> None:
    dropped(house, "b2")
    house.night(NIGHT)

    assert set(house.received("ada")[0]) == set(house.received("bob")[0]) == {"b1", "b3", "b4", "page"}
    assert house.received("eve") == [("page",)]
    house.accounts()


def test_dropping_twice_changes_nothing(house: House) -> None:
    dropped(house, "b2")
    assert [said.endswith("is dropped already.") for said in dropped(house, "b2")] == [True]


def test_dropping_all_there_is_leaves_nothing_to_send(house: House) -> None:
    dropped(house, "b1", "b2", "b3", "b4", "page")
    house.night(NIGHT)

    assert house.mails == []


def test_of_what_was_sent_it_is_said_that_it_is_gone(house: House) -> None:
    house.night(NIGHT)
    said = dropped(house, "b2")

    assert any("daily no. 1" in each and "gone" in each for each in said)
    assert house.received("ada") == [("b1", "b2", "b3", "b4", "page")]


def test_whoever_comes_later_does_not_get_what_was_dropped_since(house: House) -> None:
    house.join("late", at=NIGHT, cadence=Cadence.WEEKLY, weekday=Weekday.MONDAY)
    house.night(NIGHT)
    dropped(house, "b2")
    house.night(NIGHT + DAY)

    assert set(house.received("late")[0]) == {"b1", "b3", "b4", "page"}


def test_what_is_dropped_between_freezing_and_planning_is_left_out(house: House) -> None:
    with start(house, NIGHT, Place(call="issues.freeze")) as child:
        assert child.wait(60) == -signal.SIGKILL
    dropped(house, "b2")
    house.night(NIGHT)

    assert set(house.received("ada")[0]) == {"b1", "b3", "b4", "page"}
    house.accounts()


def test_a_twin_that_goes_on_is_named(house: House) -> None:
    house.publish("copy", Item(name="b2", link="https://blog.example/b2", text="The very same."))
    gather(house)
    said = dropped(house, "b2")

    assert any("drop that one as well" in each for each in said)


@pytest.mark.parametrize("leaves", ["by the editor", "its feed"])
def test_a_twin_of_what_is_gone_comes_to_nobody_who_had_it(house: House, leaves: str) -> None:
    house.night(NIGHT)
    if leaves == "its feed":
        house.republish("blog", *(Item(name=f"b{n}", at=NIGHT - n * DAY / 10) for n in (1, 3, 4)))
    else:
        dropped(house, "b2")
    house.publish("copy", Item(name="again", link="https://blog.example/b2", at=NIGHT))
    house.night(NIGHT + DAY)

    assert house.received("eve")[1:] == [("b2",)]
    assert len(house.received("ada")) == 1


def test_a_drop_is_taken_back(house: House) -> None:
    dropped(house, "b2")
    with house.tonight(NIGHT) as one:
        one.store.entries.release_quarantined([entry(one, "b2").id], NIGHT)
    house.night(NIGHT)

    assert "b2" in house.received("ada")[0]
    assert house.titles(EntryState.DROPPED) == set()


# notes


def test_a_note_stands_in_both_parts_of_its_language_only(house: House) -> None:
    noted(house)
    house.night(NIGHT)
    ada, bob = mail_of(house, "ada"), mail_of(house, "bob")

    assert "<em>readers</em>" in ada.html and 'href="https://meet.example.org/plan"' in ada.html
    assert "Dear readers," in ada.text and "https://meet.example.org/plan" in ada.text
    assert "Dear" not in bob.text + bob.html


def test_a_note_a_language(house: House) -> None:
    noted(house)
    noted(house, "Bonjour à tous", language="fr")
    house.night(NIGHT)

    assert "Bonjour à tous" in mail_of(house, "bob").text
    assert "Bonjour" not in mail_of(house, "ada").text


def test_nothing_active_of_a_note_survives(house: House) -> None:
    noted(house, NOTE + "\n<img src='https://spy.example/1.gif' alt='a chart'>\n\n[x](javascript:alert(2))\n")
    house.night(NIGHT)
    html = mail_of(house, "ada").html

    assert "alert(" not in html and "spy.example" not in html
    assert "[image: a chart]" in html


def test_a_note_is_used_once(house: House) -> None:
    noted(house)
    house.night(NIGHT)
    house.publish("blog", "new")
    house.night(NIGHT + DAY)

    assert ["Dear readers" in mail.text for mail in house.mails if mail.to.startswith("ada")] == [True, False]


def test_killed_after_freezing_an_issue_keeps_its_note_and_pins(house: House) -> None:
    pinned(house, "b4")
    noted(house)
    with start(house, NIGHT, Place(call="issues.freeze")) as child:
        assert child.wait(60) == -signal.SIGKILL
    # What the editor does now is for the next issue.
    noted(house, "Another one")
    with house.tonight(NIGHT) as one:
        one.store.entries.unpin([entry(one, "b4").id])
        one.store.entries.pin([entry(one, "b3").id], NIGHT)
    house.night(NIGHT)

    mail = mail_of(house, "ada")
    assert mail.stories[0] == "b4"
    assert "Dear readers" in mail.text and "Another one" not in mail.text
    with house.tonight(NIGHT) as one:
        assert {note.text for note in one.store.notes.waiting(list_id(one)).values()} == {"Another one"}


# what would go


def test_the_outlook_tells_pins_note_subject_and_who_gets_what(house: House) -> None:
    pinned(house, "b4")
    noted(house)
    seen = looked(house)
    house.night(NIGHT)

    with house.tonight(NIGHT) as one:
        assert seen.pins == (entry(one, "b4").id,)
    assert seen.notes == ("en",)
    assert seen.subject == mail_of(house, "ada").subject
    assert sorted((share.readers, share.language, share.stories) for share in seen.shares) == [
        (1, "en", 1),
        (1, "en", 5),
        (1, "fr", 5),
    ]
