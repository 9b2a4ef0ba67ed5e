"""Every link of a mail: looking changes nothing, and a link that was not ours proves nothing."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from subscribers import tokens
from subscribers.model import Cadence, Consent, OnReturn, Subscription, Wishes, Word
from tests.night.house import Item, Mail
from tests.web.client import Web
from tests.web.house import Lab

SITE = "https://digest.example.org"
PLAIN = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.fixture
def ada(lab: Lab) -> Subscription:
    return lab.join("ada")


def mailed(lab: Lab) -> Mail:
    """A real mail with news of two sources."""
    lab.paper.publish("blog", Item(name="one"), Item(name="two"))
    lab.paper.publish("logilab", Item(name="three"))
    lab.paper.night(lab.clock)
    (mail,) = lab.paper.mails
    return mail


def links_of(mail: Mail) -> list[str]:
    """Paths of ours in both parts and in the header."""
    text = " ".join((mail.html, mail.text, str(mail.message["List-Unsubscribe"])))
    found = re.findall(re.escape(SITE) + r"(/[^\s\"<>]*)", text)
    return sorted(set(found))


def test_every_link_of_a_mail_fetched_three_times_leaves_the_database_as_it_was(
    lab: Lab, web: Web, ada: Subscription
) -> None:
    links = links_of(mailed(lab))
    kinds = {re.sub(r"[A-Za-z0-9_-]{36}", "T", link) for link in links}
    assert {"/u/T", "/w/T/mute/blog", "/w/T/mute/logilab", "/w/T/pace", "/w/T/pause"} <= kinds
    before = lab.dump()

    for link in links:
        for method in ("GET", "HEAD", "OPTIONS") * 3:
            assert web.ask(method, link).status < 500
    assert lab.dump() == before


def test_links_of_a_mail_are_pages_of_ours(lab: Lab, web: Web, ada: Subscription) -> None:
    ours = [link for link in links_of(mailed(lab)) if re.search("/u/|/mute/|/pace|/pause", link)]

    assert {web.get(link).status for link in ours} == {200}


def test_no_link_of_a_page_leads_nowhere(lab: Lab, web: Web, ada: Subscription) -> None:
    wishes = [lab.wish_link(ada, rest) for rest in ("/mute/blog", "/pace", "/pause")]
    starts = [lab.leave_link(ada), *wishes, "/help", "/privacy", "/", "/u/nothing", "/nothing"]
    pages = [web.get(start) for start in starts]
    links = {link for page in pages for link in page.links if link.startswith("/")}
    lost = ("/u/nothing", "/nothing")

    assert {"/help", "/link", "/privacy", "/join/daily"} <= links
    assert [link for link in links if not link.startswith(lost) and web.get(link).status != 200] == []


def spoilt(token: str) -> list[str]:
    last = "A" if token[-1] != "A" else "B"
    return [
        token[:-1],
        token[:-1] + last,
        token + "A",
        token.swapcase(),
        "x" * 36,
        token[:20],
        "-" * 36,
        token[:-1] + "é",
        token + "%00",
        token + "%0d%0aSet-Cookie:%20a=b",
    ]


def test_a_token_that_proves_nothing_gets_one_page_whatever_is_wrong_with_it(
    lab: Lab, web: Web, ada: Subscription
) -> None:
    mine, other = lab.leave_link(ada)[3:], lab.wish_link(ada)[3:]
    before = lab.dump()
    bodies = set()
    for token in [*spoilt(mine), other]:
        token = token.replace("é", "%C3%A9")
        for page in (web.get(f"/u/{token}"), web.post(f"/u/{token}", {"List-Unsubscribe": "One-Click"})):
            assert page.status == 404
            bodies.add(re.sub(rb"/u/[^?\"]*", b"", page.body))

    assert len(bodies) == 1
    assert lab.dump() == before


@pytest.mark.parametrize("rest", ["/mute/blog", "/pace", "/pause"])
def test_a_token_that_only_unsubscribes_changes_no_wishes(
    lab: Lab, web: Web, ada: Subscription, rest: str
) -> None:
    page = web.get(lab.leave_link(ada).replace("/u/", "/w/") + rest)

    assert (page.status, page.forms) == (404, [])


def test_a_link_signed_with_a_retired_key_still_works(lab: Lab, web: Web, ada: Subscription) -> None:
    link = lab.leave_link(ada)
    with lab.paper.tonight(lab.clock) as one:
        one.store.keys.retire(one.store.keys.secret("token"), now=lab.clock)
        one.store.keys.add("token", secret=b"n" * 32, now=lab.clock)
    lab.clock += timedelta(days=3650)

    assert lab.leave_link(ada) != link
    assert web.post(link, {"List-Unsubscribe": "One-Click"}).status == 200
    assert lab.place().consent is Consent.UNSUBSCRIBED


def test_a_token_of_another_installation_proves_nothing(lab: Lab, web: Web, ada: Subscription) -> None:
    with lab.paper.tonight(lab.clock) as one:
        known = one.store.keys.secret("token")

    class Theirs:
        id = known.id
        secret = b"t" * 32

    token = tokens.make(tokens.Purpose.UNSUBSCRIBE, ada.id, Theirs())

    assert web.post(f"/u/{token}", {"List-Unsubscribe": "One-Click"}).status == 404
    assert lab.place().consent is Consent.CONFIRMED


# --- what the links of wishes do ------------------------------------------------------------------


def test_a_source_is_muted_by_its_button_and_comes_back_by_undo(
    lab: Lab, web: Web, ada: Subscription
) -> None:
    done = web.press(web.get(lab.wish_link(ada, "/mute/blog")), "Mute The Blog")
    muted = lab.place().wishes
    web.press(done, "Undo: get The Blog again")

    assert muted == Wishes.of(sources={"blog": Word.MUTE})
    assert "2 sources are left in your Small Daily" in done.words
    assert lab.place().wishes == Wishes()


def test_undo_of_a_mute_knows_that_the_source_was_followed(lab: Lab, web: Web) -> None:
    eve = lab.join("eve", only=("blog", "logilab"))
    done = web.press(web.get(lab.wish_link(eve, "/mute/blog")), "Mute The Blog")
    muted = lab.place("eve").wishes
    web.press(done, "Undo: get The Blog again")

    assert dict(muted.sources) == {"blog": Word.MUTE, "logilab": Word.FOLLOW}
    assert lab.place("eve").wishes == eve.wishes


def test_a_muted_source_stays_out_of_the_next_digest(lab: Lab, web: Web, ada: Subscription) -> None:
    web.press(web.get(lab.wish_link(ada, "/mute/blog")), "Mute The Blog")
    mail = mailed(lab)

    assert mail.stories == ("three",)


def test_a_digest_that_is_cut_already_is_announced_as_it_was(lab: Lab, web: Web) -> None:
    eve = lab.join("eve", hour=23)
    lab.paper.publish("blog", "one")
    lab.paper.night(lab.clock)
    done = web.press(web.get(lab.wish_link(eve, "/mute/blog")), "Mute The Blog")

    assert lab.paper.mails == []
    assert "it may still come as it was" in done.words


def test_nothing_of_that_is_said_when_none_is_on_its_way(lab: Lab, web: Web, ada: Subscription) -> None:
    done = web.press(web.get(lab.wish_link(ada, "/mute/blog")), "Mute The Blog")

    assert "it may still come as it was" not in done.words
    assert "is due on November 22, 2026" in done.words


def test_of_a_source_that_is_no_more_there_is_nothing_to_mute(lab: Lab, web: Web, ada: Subscription) -> None:
    before = lab.dump()
    for slug in ("nobody", "%3Cscript%3E", "..%2F..%2Fetc", "a" * 500):
        page = web.get(lab.wish_link(ada, f"/mute/{slug}"))
        assert page.status == 404
        assert page.forms == []
    assert lab.dump() == before


def test_a_slower_pace_counts_from_the_next_slot(lab: Lab, web: Web, ada: Subscription) -> None:
    done = web.press(web.get(lab.wish_link(ada, "/pace")), "Once a week")
    place = lab.place()

    assert place.rhythm.cadence is Cadence.WEEKLY
    # Monday, in Paris
    assert place.due_at is not None and place.due_at.isoformat() == "2026-11-22T23:00:00+00:00"
    web.press(done, "Undo: as it was before")
    assert lab.place().rhythm == ada.rhythm


@pytest.mark.parametrize(
    ("cadence", "offered"),
    [
        (Cadence.NIGHTLY, ["Once a week", "Once a month"]),
        (Cadence.WEEKLY, ["Once a month"]),
        (Cadence.MONTHLY, []),
    ],
)
def test_only_slower_paces_are_offered(lab: Lab, web: Web, cadence: Cadence, offered: list[str]) -> None:
    eve = lab.join("eve", cadence=cadence)

    assert [form.buttons[0] for form in web.get(lab.wish_link(eve, "/pace")).forms] == offered


@pytest.mark.parametrize("way", list(OnReturn))
def test_a_pause_lasts_four_weeks_and_returns_as_chosen(
    lab: Lab, web: Web, ada: Subscription, way: OnReturn
) -> None:
    page = web.get(lab.wish_link(ada, "/pause"))
    done = web.press(page, "Pause until December 20, 2026", on_return=way.value)
    place = lab.place()

    assert (place.paused_until, place.on_return) == (lab.clock + timedelta(weeks=4), way)
    web.press(done, "Undo: end the pause")
    assert lab.place().paused_until is None


def test_a_paused_subscription_is_offered_the_end_of_its_pause(lab: Lab, web: Web, ada: Subscription) -> None:
    web.press(web.get(lab.wish_link(ada, "/pause")), "Pause until December 20, 2026")
    page = web.get(lab.wish_link(ada, "/pause"))
    web.press(page, "End the pause now")

    assert lab.place().paused_until is None


def test_a_way_back_that_is_none_of_ours_keeps_the_one_that_was(
    lab: Lab, web: Web, ada: Subscription
) -> None:
    page = web.get(lab.wish_link(ada, "/pause"))
    web.press(page, "Pause until December 20, 2026", on_return="'; DROP TABLE subscriptions; --")

    assert lab.place().on_return is ada.on_return


@pytest.mark.parametrize("rest", ["/mute/blog", "/pace", "/pause"])
def test_whoever_left_has_no_wishes_to_change(lab: Lab, web: Web, ada: Subscription, rest: str) -> None:
    page = web.get(lab.wish_link(ada, rest))
    web.post(lab.leave_link(ada), {"List-Unsubscribe": "One-Click"})
    before = lab.dump()

    for form in page.forms:
        assert "You do not get Small Daily" in web.post(form.action, form.fields).words
    assert lab.dump() == before


# --- forms ---------------------------------------------------------------------------------------


def test_a_seal_presses_only_the_button_it_was_made_for(lab: Lab, web: Web, ada: Subscription) -> None:
    pause = web.get(lab.wish_link(ada, "/pause")).forms[0].fields["seal"]
    mute = web.get(lab.wish_link(ada, "/mute/blog")).forms[0].fields["seal"]
    bob = web.get(lab.wish_link(lab.join("bob"), "/mute/blog")).forms[0].fields["seal"]
    before = lab.dump()

    for seal in (pause, bob, mute[:-1], mute + "A", mute.swapcase(), "A" * 35, "é" * 35, ""):
        page = web.post(lab.wish_link(ada, "/mute/blog"), {"do": "mute", "seal": seal})
        assert page.status == (403 if seal else 400)
    other = web.post(lab.wish_link(ada, "/mute/logilab"), {"do": "mute", "seal": mute})
    turned = web.post(lab.wish_link(ada, "/mute/blog"), {"do": "mute", "seal": mute, "was": "follow"})
    assert (other.status, turned.status) == (403, 403)
    assert lab.dump() == before


def test_a_form_sealed_with_a_retired_key_is_taken(lab: Lab, web: Web, ada: Subscription) -> None:
    page = web.get(lab.wish_link(ada, "/mute/blog"))
    with lab.paper.tonight(lab.clock) as one:
        one.store.keys.retire(one.store.keys.secret("form"), now=lab.clock)
        one.store.keys.add("form", secret=b"f" * 32, now=lab.clock)
    lab.house = lab.new_house()
    with lab.serve() as after:
        done = after.press(page, "Mute The Blog")
        fresh = after.get(lab.wish_link(ada, "/pace")).forms[0].fields["seal"]
    lab.house.close()

    assert done.status == 200
    assert fresh[:3] != page.forms[0].fields["seal"][:3]
