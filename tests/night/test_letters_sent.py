"""Letters to subscribers: each kind in both languages, whole, with our words and our addresses alone."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest

from digest.check import check
from digest.night.posting import Postbox
from subscribers.letters import Kind, Letter, Place
from tests.browser import Chromium, Scheme, Shown, chromium, needs_chromium
from tests.night.house import NIGHT, House, Mail
from tests.rooms.test_letter import OF_DIGESTS

__all__ = ["chromium"]

#: what of a kind is filled in
FILLED: dict[Kind, dict[str, object]] = {
    Kind.CONFIRM: {"path": "/confirm/AAAAAAAAAAAAAAAAAAAAAA", "expires_at": NIGHT + timedelta(hours=72)},
    Kind.REMINDER: {"path": "/confirm/AAAAAAAAAAAAAAAAAAAAAA", "expires_at": NIGHT + timedelta(hours=72)},
    Kind.ALREADY: {"path": "/w/t", "unsubscribe_path": "/u/t", "next_at": NIGHT},
    Kind.WELCOME: {
        "path": "/w/t",
        "unsubscribe_path": "/u/t",
        "next_at": NIGHT,
        "last_issue": "https://digest.example.org/issues/daily/7.html",
    },
    Kind.LINK: {
        "places": (
            Place(list_title="Small Daily", path="/w/t1"),
            Place(list_title="Small Weekly", path="/w/t2"),
        )
    },
    Kind.ADDRESS: {"path": "/address/A", "expires_at": NIGHT},
    Kind.ADDRESS_CHANGE: {"path": "/address/B", "expires_at": NIGHT},
    Kind.EXPORT: {"path": "/export/A", "expires_at": NIGHT},
    Kind.ERASE: {"path": "/erase/A", "expires_at": NIGHT},
}


def letter(kind: Kind, language: str = "en", **more: object) -> Letter:
    given = {
        "list_title": "Small Daily",
        **FILLED.get(kind, {}),
        **more,
    }
    return Letter(
        kind=kind,
        address="ada@example.org",
        address_hash="hash",
        language=language,
        **given,  # type: ignore[arg-type]  # the fields of the table above
    )


def posted(root: Path, *letters: Letter) -> list[Mail]:
    house = House(root)
    with house.tonight(NIGHT) as one:
        box = Postbox(one.store.letters, one.settings, one.base, one.clock)
        for each in letters:
            box.send(each)
        claims = one.store.letters.claim(NIGHT, NIGHT + timedelta(hours=1), 100)
        return [Mail.of(claim.content) for claim in claims]


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("kind", list(Kind))
def test_a_letter_keeps_every_rule_of_a_good_mail(tmp_path: Path, kind: Kind, language: str) -> None:
    (mail,) = posted(tmp_path, letter(kind, language))
    assert {finding.rule for finding in check(mail.raw)} <= OF_DIGESTS | {"D11"}
    assert mail.to == "ada@example.org"
    assert mail.message["List-Unsubscribe"] is None


@pytest.mark.parametrize("kind", list(Kind))
def test_the_french_letter_says_everything_in_french(tmp_path: Path, kind: Kind) -> None:
    french, english = posted(tmp_path, letter(kind, "fr"), letter(kind, "en"))
    said = {line for line in english.text.splitlines() if len(line.split()) > 2 and "http" not in line}
    names = {"1 Small Street", "# Small Daily", "# Small Weekly"}
    assert said & set(french.text.splitlines()) <= names
    assert french.subject != english.subject


@pytest.mark.parametrize("kind", list(Kind))
def test_every_link_starts_with_the_address_of_the_site_and_both_parts_have_the_same(
    tmp_path: Path, kind: Kind
) -> None:
    (mail,) = posted(tmp_path, letter(kind))
    in_text = set(re.findall(r"https?://\S+", mail.text))
    in_html = set(re.findall(r'href="([^"]+)"', mail.html))
    assert in_text == in_html
    assert all(link.startswith("https://digest.example.org/") for link in in_text)
    wanted = letter(kind)
    paths = [wanted.path, wanted.unsubscribe_path, *(place.path for place in wanted.places)]
    assert {f"https://digest.example.org{path}" for path in paths if path} <= in_text


def test_a_link_says_until_when_it_works(tmp_path: Path) -> None:
    (mail,) = posted(tmp_path, letter(Kind.CONFIRM, "fr"))
    text = " ".join(mail.text.split())
    assert "Le lien fonctionne une fois, jusqu’au 25 novembre 2026 à 03:00." in text


def test_a_welcome_names_the_day_of_the_next_digest_and_the_last_issue(tmp_path: Path) -> None:
    (mail,) = posted(tmp_path, letter(Kind.WELCOME))
    assert "November 22, 2026" in mail.text
    assert "https://digest.example.org/issues/daily/7.html" in mail.text


def test_a_welcome_promises_no_issue_that_is_not_on_the_web(tmp_path: Path) -> None:
    (mail,) = posted(tmp_path, letter(Kind.WELCOME, last_issue=None))
    assert "last issue" not in mail.text


def test_letters_of_one_kind_to_one_person_are_two_messages(tmp_path: Path) -> None:
    house = House(tmp_path)
    found = []
    for minutes in range(2):
        at = NIGHT + timedelta(minutes=minutes)
        with house.tonight(at) as one:
            Postbox(one.store.letters, one.settings, one.base, one.clock).send(letter(Kind.CONFIRM))
            found += [each.content for each in one.store.letters.claim(at, at, 9)]
    assert len({Mail.of(content).message["Message-ID"] for content in found}) == 2


def test_a_prefix_of_the_site_is_kept(tmp_path: Path) -> None:
    house = House(tmp_path, site={"url": "https://example.org/planet/"})
    with house.tonight(NIGHT) as one:
        Postbox(one.store.letters, one.settings, one.base, one.clock).send(letter(Kind.CONFIRM))
        (claim,) = one.store.letters.claim(NIGHT, NIGHT, 1)
    assert "https://example.org/planet/confirm/AAAAAAAAAAAAAAAAAAAAAA" in Mail.of(claim.content).text


@needs_chromium
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("kind", [Kind.CONFIRM, Kind.WELCOME, Kind.LINK])
def test_axe_finds_no_violation_and_nothing_runs_over_the_edge(
    tmp_path: Path, kind: Kind, scheme: Scheme, chromium: Chromium
) -> None:
    (mail,) = posted(tmp_path, letter(kind, "fr"))
    assert chromium.show(mail.html, Shown.violations, scheme=scheme) == []
    assert chromium.show(mail.html, Shown.faint_when_inverted, scheme=scheme) == []
    assert chromium.show(mail.html, Shown.beyond_the_edge, width=320, scheme=scheme) == []
