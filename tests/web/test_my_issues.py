"""My issues on the web: their own edition as mailed, for nobody else, before and after the issue closes."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from digest.night.postroom import reprint
from digest.night.run import compose_room, gather_room
from subscribers import tokens
from subscribers.model import Subscription
from tests.browser import Chromium, needs_chromium
from tests.night.house import NIGHT, Mail
from tests.web.client import Web
from tests.web.house import Lab


@pytest.fixture
def ada(lab: Lab) -> Subscription:
    """Who mutes the blog."""
    return lab.join("ada", mute=("cubicweb",))


@pytest.fixture
def issue(lab: Lab, ada: Subscription) -> str:
    """The path of their issue, below /w/<token>; the night is over, and the issue closed."""
    lab.join("bob")
    lab.paper.publish("blog", "mine")
    lab.paper.publish("cubicweb", "theirs")
    lab.paper.night(NIGHT + timedelta(days=1))
    with lab.house.open() as shelf:
        (card,) = shelf.issues_of(ada.id, limit=10)
    return f"/issues/{card.id}"


def test_it_holds_what_their_mail_held_and_no_more(lab: Lab, web: Web, ada: Subscription, issue: str) -> None:
    page = web.get(lab.wish_link(ada, issue))

    assert page.status == 200
    assert "https://blog.example/mine" in page.links
    assert "theirs" not in page.text


def test_it_is_the_html_of_the_mail_while_the_issue_is_open(lab: Lab, web: Web, ada: Subscription) -> None:
    lab.paper.publish("blog", "mine")
    with lab.paper.tonight(NIGHT + timedelta(days=1)) as one:
        gather_room(one)
        compose_room(one)
        (owed,) = one.store.deliveries.of_subscription(ada.id)
        cut = one.store.issues.get(owed.delivery.issue_id)
        assert cut is not None
        ((_, content),) = reprint(one, cut, email="ada@example.org")
    page = web.get(lab.wish_link(ada, f"/issues/{cut.id}"))

    assert page.text.strip() == Mail.of(content).html.replace("\r\n", "\n").strip()


def test_it_is_the_same_once_the_issue_is_closed(lab: Lab, web: Web, ada: Subscription, issue: str) -> None:
    (mail,) = [each for each in lab.paper.mails if each.to == "ada@example.org"]

    assert web.get(lab.wish_link(ada, issue)).text.strip() == mail.html.replace("\r\n", "\n").strip()


def test_its_links_are_their_own_pages(lab: Lab, web: Web, ada: Subscription, issue: str) -> None:
    links = web.get(lab.wish_link(ada, issue)).links
    base = "https://digest.example.org"

    assert f"{base}{lab.wish_link(ada, '/mute/blog')}" in links
    assert f"{base}{lab.leave_link(ada)}" in links


def test_nobody_else_gets_it(lab: Lab, web: Web, ada: Subscription, issue: str) -> None:
    """IDOR: an issue's number is not a secret."""
    late = lab.join("late")
    other = f"/w/{lab.token(ada, tokens.Purpose.UNSUBSCRIBE)}{issue}"

    assert web.get(lab.wish_link(late, issue)).status == 404
    assert web.get(other).status == 404
    for id in ("0", "999999", "-1", "1e9", "9" * 40, "x"):
        assert web.get(lab.wish_link(ada, f"/issues/{id}")).status == 404


def test_each_reader_has_their_own(lab: Lab, web: Web, ada: Subscription, issue: str) -> None:
    page = web.get(lab.wish_link(lab.place("bob"), issue))

    assert "https://cubicweb.example/theirs" in page.links
    assert lab.token(ada, tokens.Purpose.WISHES) not in page.text


def test_it_is_kept_by_nobody_and_runs_nothing(lab: Lab, web: Web, ada: Subscription, issue: str) -> None:
    headers = web.get(lab.wish_link(ada, issue)).headers

    assert headers["cache-control"] == "no-store"
    assert "noindex" in headers["x-robots-tag"]
    assert headers["referrer-policy"] == "no-referrer"
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "style-src 'unsafe-inline'" in policy
    assert "script" not in policy
    # Only there: the list of issues keeps the policy of all pages.
    assert "unsafe-inline" not in web.get(lab.wish_link(ada, "/issues")).headers["content-security-policy"]


def test_the_list_of_issues_leads_to_each(lab: Lab, web: Web, ada: Subscription, issue: str) -> None:
    assert lab.wish_link(ada, issue) in web.get(lab.wish_link(ada, "/issues")).links


def test_what_is_shared_is_the_issue_of_everybody_where_the_planet_has_one(tmp_path: Path) -> None:
    lab = Lab(tmp_path, planet={"dir": "public"})
    ada = lab.join("ada")
    lab.paper.publish("blog", "mine")
    lab.paper.night(NIGHT + timedelta(days=1))
    with lab.serve() as web:
        links = web.get(lab.wish_link(ada, "/issues")).links
    lab.house.close()

    assert "https://digest.example.org/issues/daily/1.html" in links


def test_before_the_first_issue_the_list_says_so(lab: Lab, web: Web) -> None:
    words = web.get(lab.wish_link(lab.join("late", language="en"), "/issues")).words

    assert "Nothing was sent to you yet." in words


@needs_chromium
def test_its_styles_are_applied_under_its_policy(
    lab: Lab, web: Web, ada: Subscription, issue: str, chromium: Chromium
) -> None:
    size = chromium.visit(
        web.url,
        lambda page: (
            page.goto(lab.wish_link(ada, issue)),
            page.locator("h1").first.evaluate("e => getComputedStyle(e).fontFamily"),
        )[1],
        scripts=True,
    )

    assert "Helvetica" in str(size) or "Arial" in str(size)
