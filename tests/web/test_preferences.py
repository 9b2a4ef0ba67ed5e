"""Preferences: one form for all of it, said back in words, with undo; errors keep what was typed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from digest.night.run import compose_room, gather_room
from subscribers import tokens
from subscribers.model import Cadence, Format, OnReturn, Subscription, Weekday, Wishes, Word
from tests.night.house import NIGHT
from tests.web.client import Page, Web
from tests.web.house import Lab

SAVE = "Save preferences"
UNDO = "Undo: as it was before"


@pytest.fixture
def ada(lab: Lab) -> Subscription:
    return lab.join("ada", language="en")


def save(web: Web, lab: Lab, place: Subscription, **fields: str) -> Page:
    return web.press(web.get(lab.wish_link(place)), SAVE, **fields)


def test_the_page_never_shows_the_address(lab: Lab, web: Web, ada: Subscription) -> None:
    pages = [web.get(lab.wish_link(ada)), save(web, lab, ada, cadence="weekly")]
    pages.append(web.press(pages[0], "Mail me a link to change my address"))

    assert all(page.status == 200 for page in pages)
    assert not any("ada@" in page.text for page in pages)


def test_saving_the_page_as_it_is_changes_nothing(lab: Lab, web: Web, ada: Subscription) -> None:
    before = lab.dump()
    page = save(web, lab, ada)

    assert "Nothing was changed" in page.words
    assert lab.dump() == before


def test_all_of_it_is_set_in_one_form(lab: Lab, web: Web, ada: Subscription) -> None:
    fields = {
        "cadence": "weekly",
        "weekday": "thursday",
        "hour": "7",
        "zone": "noumea",
        "pause": "until",
        "until": "2026-12-24",
        "back": "catch-up",
        "language": "fr",
        "format": "text",
        "entries": "fr",
        "only": "yes",
        "t.events": "follow",
        "s.blog": "mute",
    }
    page = save(web, lab, ada, **fields)

    place = lab.place()
    assert (place.rhythm.cadence, place.rhythm.weekday) == (Cadence.WEEKLY, Weekday.THURSDAY)
    assert (place.rhythm.hour, place.rhythm.timezone) == (7, "Pacific/Noumea")
    assert place.paused_until == datetime(2026, 12, 23, 23, tzinfo=UTC)
    assert place.on_return is OnReturn.CATCH_UP
    assert (place.language, place.format) == ("fr", Format.TEXT)
    assert place.wishes == Wishes.of(
        only=True, sources={"blog": Word.MUTE}, topics={"events": Word.FOLLOW}, languages=("fr",)
    )
    # In the language they chose now.
    assert "Vos préférences sont enregistrées" in page.words
    for said in ("jeudi", "07:00 (Pacific/Noumea)", "24 décembre 2026", "The Blog", "Rencontres"):
        assert said in page.words


def test_a_change_can_be_undone_and_the_database_remembers_nothing_of_it(
    lab: Lab, web: Web, ada: Subscription
) -> None:
    save(web, lab, ada, **{"s.blog": "mute"})
    before = lab.place()
    saved = save(web, lab, ada, **{"s.blog": "", "s.cubicweb": "follow", "cadence": "monthly"})
    undone = web.press(saved, UNDO)

    assert "Undone" in undone.words
    after = lab.place()
    assert (after.rhythm, after.wishes, after.due_at) == (before.rhythm, before.wishes, before.due_at)
    # Pressed again it is already so.
    assert web.press(saved, UNDO).status == 200
    assert lab.place() == after


def test_what_was_never_chosen_goes_on_following_the_list_and_the_site(
    lab: Lab, web: Web, ada: Subscription
) -> None:
    save(web, lab, ada, cadence="weekly", weekday="monday", hour="7", zone="Europe/Paris")

    assert (lab.place().rhythm.weekday, lab.place().rhythm.timezone) == (None, None)


@pytest.mark.parametrize(
    "given",
    [
        ({"zone": "Atlantis"}, "zone", "Write a time zone we know, such as Europe/Paris"),
        ({"zone": "pari"}, "zone", "Europe/Paris, perhaps?"),
        ({"pause": "until", "until": "soon"}, "until", "Give the day your pause ends"),
        ({"pause": "until", "until": "2026-11-22"}, "until", "Give a day after today"),
        ({"pause": "until", "until": "2029-01-01"}, "until", "Give a day within a year"),
        ({"only": "yes"}, "only", "Follow at least one topic or source"),
        ({"cadence": "hourly"}, "cadence", "Choose one of these"),
        ({"hour": "24"}, "hour", "Choose one of these"),
        ({"s.blog": "love"}, "s.blog", "Choose one of these"),
    ],
)
def test_an_error_stands_above_with_a_link_and_the_input_is_kept(
    lab: Lab, web: Web, ada: Subscription, given: tuple[dict[str, str], str, str]
) -> None:
    fields, fault, said = given
    before = lab.place()
    page = save(web, lab, ada, **fields, **{"s.cubicweb": "mute"})

    assert page.status == 422
    assert "<title>Error: " in page.text
    assert f"#{fault}" in page.links
    assert f'id="{fault}"' in page.text
    assert said in page.words
    assert 'mute" selected' in page.text
    assert lab.place() == before


def test_what_is_typed_is_shown_as_text(lab: Lab, web: Web, ada: Subscription) -> None:
    page = save(web, lab, ada, zone='"><script>alert(1)</script>')

    assert page.status == 422
    assert "<script" not in page.text


def test_each_source_says_in_words_what_comes_of_it(lab: Lab, web: Web, ada: Subscription) -> None:
    fields = {"s.blog": "mute", "s.logilab": "follow", "t.events": "mute"}
    save(web, lab, ada, **fields)
    words = web.get(lab.wish_link(ada)).words

    assert "The Blog You do not get it: it is muted." in words
    assert "Logilab You get it: you follow it." in words
    assert "CubicWeb You get what is not in muted topics alone." in words
    assert "Topic: Events You do not get this topic, but for sources you follow." in words


def test_the_next_digest_and_how_many_are_said_in_their_own_zone(
    lab: Lab, web: Web, ada: Subscription
) -> None:
    save(web, lab, ada, cadence="weekly", weekday="thursday", hour="7", zone="Asia/Tokyo")
    words = web.get(lab.wish_link(ada)).words

    assert "Thursday, November 26, 2026, 07:00 (Asia/Tokyo)" in words
    assert "about 1 mail a week" in words


def test_a_digest_that_is_cut_already_is_named(lab: Lab, web: Web, ada: Subscription) -> None:
    lab.paper.publish("blog", "one")
    assert "prepared for you already" not in web.get(lab.wish_link(ada)).words

    lab.clock = NIGHT + timedelta(days=1)
    with lab.paper.tonight(lab.clock) as one:
        gather_room(one)
        compose_room(one)

    assert "prepared for you already" in web.get(lab.wish_link(ada)).words


def test_a_pause_that_is_over_is_not_cancelled_by_saving_something_else(
    lab: Lab, web: Web, ada: Subscription
) -> None:
    save(web, lab, ada, pause="until", until="2026-11-24", back="catch-up")
    lab.clock = NIGHT + timedelta(days=3)
    save(web, lab, ada, **{"s.blog": "mute"})

    place = lab.place()
    assert place.paused_until == datetime(2026, 11, 23, 23, tzinfo=UTC)
    assert place.on_return is OnReturn.CATCH_UP


def test_a_pause_ends_at_once_when_they_say_so(lab: Lab, web: Web, ada: Subscription) -> None:
    save(web, lab, ada, pause="until", until="2026-12-24")
    save(web, lab, ada, pause="no")

    assert lab.place().paused_until is None


def test_fields_of_others_change_nothing(lab: Lab, web: Web, ada: Subscription) -> None:
    """IDOR: a form says nothing of whose it is; the link does."""
    bob = lab.join("bob")
    save(
        web,
        lab,
        ada,
        **{"id": str(bob.id), "subscription": str(bob.id), "s.nobody": "mute", "t.nobody": "mute"},
        cadence="monthly",
    )

    assert lab.place("bob") == bob
    assert lab.place().wishes == Wishes()
    assert lab.place().rhythm.cadence is Cadence.MONTHLY


def test_a_form_of_somebody_else_presses_nothing(lab: Lab, web: Web, ada: Subscription) -> None:
    bob = lab.join("bob")
    theirs = web.get(lab.wish_link(bob)).form(SAVE)
    answer = web.post(lab.wish_link(ada), {**theirs.fields, "cadence": "monthly"})

    assert answer.status == 403
    assert lab.place() == ada
    assert lab.place("bob") == bob


@pytest.mark.parametrize("seal", ["", "x" * 35, "AAA"])
def test_without_a_seal_of_ours_nothing_is_saved(lab: Lab, web: Web, ada: Subscription, seal: str) -> None:
    """CSRF: another site can send a form, but not a seal."""
    fields = {"do": "save", "seal": seal, "cadence": "monthly"}
    answer = web.post(lab.wish_link(ada), fields, headers={"Origin": "https://evil.example"})

    assert answer.status in (400, 403)
    assert lab.place() == ada


def test_an_undo_that_was_tampered_with_does_nothing(lab: Lab, web: Web, ada: Subscription) -> None:
    saved = save(web, lab, ada, cadence="weekly")
    first = saved.form(UNDO).fields
    second = save(web, lab, ada, cadence="monthly").form(UNDO).fields
    now = lab.place()
    answer = web.post(lab.wish_link(ada), {**first, "was": second["was"]})

    assert answer.status == 403
    assert lab.place() == now


def test_a_page_that_stood_open_too_long_asks_once_more_and_keeps_the_input(
    lab: Lab, web: Web, ada: Subscription
) -> None:
    page = web.get(lab.wish_link(ada))
    lab.clock += timedelta(days=2)
    stale = web.press(page, SAVE, cadence="monthly", zone="Asia/Tokyo")

    assert stale.status == 403
    assert "please save once more" in stale.words
    assert lab.place() == ada
    assert web.press(stale, SAVE, hour="7").status == 200
    assert lab.place().rhythm.cadence is Cadence.MONTHLY
    assert lab.place().rhythm.timezone == "Asia/Tokyo"


def test_no_link_but_their_own_opens_preferences(lab: Lab, web: Web, ada: Subscription) -> None:
    token = lab.token(ada, tokens.Purpose.WISHES)
    forged = token[:-1] + ("A" if token[-1] != "A" else "B")
    other = lab.token(ada, tokens.Purpose.UNSUBSCRIBE)

    wrong = (forged, token[:-1], token + "A", other, "x" * 36)
    answers = [web.get(f"/w/{each}") for each in wrong]
    assert [answer.status for answer in answers] == [404] * 5
    # Whatever is wrong with it, the same page.
    assert len({answer.text.replace(each, "") for answer, each in zip(answers, wrong, strict=True)}) == 1
    posted = web.post(f"/w/{other}", {"do": "save", "seal": "x" * 35, "cadence": "monthly"})
    assert posted.status == 404
    assert lab.place() == ada


def test_looking_changes_nothing(lab: Lab, web: Web, ada: Subscription) -> None:
    before = lab.dump()
    for method in ("GET", "HEAD", "OPTIONS"):
        for rest in ("", "/issues", "/issues/1", "?part=2"):
            assert web.ask(method, lab.wish_link(ada, rest)).status in (200, 204, 404)

    assert lab.dump() == before


def test_who_has_left_may_still_ask_for_their_data(lab: Lab, web: Web, ada: Subscription) -> None:
    web.press(web.get(lab.leave_link(ada)), "Unsubscribe from Small Daily")
    page = web.get(lab.wish_link(ada))

    assert SAVE not in page.text
    web.press(page, "Mail me a link to erase all of it")
    assert [letter.kind.value for letter in lab.letters] == ["erase"]


def test_pages_of_a_planet_of_two_hundred_sources_stay_below_fifty_kilobytes(
    lab: Lab, ada: Subscription
) -> None:
    _grow(lab, 200)
    with lab.serve() as web:
        for language in ("en", "fr"):
            pages = [web.get(f"{lab.wish_link(ada)}?lang={language}&part={part}") for part in (1, 2)]
            assert [page.text.count('name="s.') for page in pages] == [150, 50]
            assert all(len(page.body) < 50 * 1024 for page in pages)


def test_saving_a_part_of_the_sources_keeps_the_others(lab: Lab, ada: Subscription) -> None:
    _grow(lab, 200)
    with lab.serve() as web:
        first = web.get(lab.wish_link(ada))
        web.press(first, SAVE, **{"s.blog": "mute"})
        (onward,) = [link for link in first.links if "part=2" in link]
        second = web.get(onward.partition("#")[0])
        wrong = web.press(second, SAVE, **{"s.more-199": "mute", "zone": "Atlantis"})
        assert (wrong.status, wrong.text.count('name="s.')) == (422, 50)
        web.press(second, SAVE, **{"s.more-199": "mute"})

    assert dict(lab.place().wishes.sources) == {"blog": Word.MUTE, "more-199": Word.MUTE}


def _grow(lab: Lab, sources: int) -> None:
    """A planet with so many sources, of names as planets have them."""
    for n in range(len(lab.paper.tables["sources"]), sources):
        lab.paper.follow(f"more-{n}", f"https://more-{n}.example/feed", title=f"Le carnet numéro {n} de Zoé")
    lab.house.close()
    lab.house = lab.new_house()
