"""Pictures come through the guard, within bounds, and what does not come is left out."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import replace

import pytest

from digest.pictures.fetch import Bounds, fetch_pictures
from digest.pictures.thumbnail import Thumbnail
from digest.settings import Settings
from tests.httpd import Answer, Site
from tests.pictures.files import SVG, photo

JPEG = photo(400, 300)
BOUNDS = Bounds(largest=1_000_000, seconds=10, seconds_in_all=30)


@pytest.fixture
def site() -> Iterator[Site]:
    with Site() as site:
        site.answer("/good.jpg", JPEG, content_type="image/jpeg")
        yield site


def settings(site: Site) -> Settings:
    return Settings.model_validate({
        "site": {"title": "T", "url": "https://digest.example.org", "contact": "admin@example.org"},
        "mail": {"from": "digest@example.org", "smtp": "dir:outbox"},
        "gather": {"allow_private": site.allow},
    })  # fmt: skip


def fetched(site: Site, *paths: str, bounds: Bounds = BOUNDS) -> dict[str, Thumbnail]:
    kept: dict[str, Thumbnail] = {}
    addresses = [path if "://" in path else site.url(path) for path in paths]
    fetch_pictures(addresses, settings=settings(site), keep=kept.__setitem__, bounds=bounds)
    return {address.removeprefix(site.url("/")): found for address, found in kept.items()}


def test_each_picture_is_fetched_once_and_made_small(site: Site) -> None:
    found = fetched(site, "/good.jpg", "/good.jpg")
    assert [(name, each.width, each.height) for name, each in found.items()] == [("good.jpg", 400, 300)]
    (asked,) = site.seen("/good.jpg")
    assert "planet-digest" in asked.headers["user-agent"] and "cookie" not in asked.headers


def test_a_redirect_is_followed_to_where_we_may_go(site: Site) -> None:
    site.redirect("/moved.jpg", "/good.jpg")
    assert set(fetched(site, "/moved.jpg")) == {"moved.jpg"}


def test_a_redirect_to_a_private_address_is_refused(site: Site) -> None:
    with Site(host="127.0.0.2") as inside:
        inside.answer("/secret.jpg", JPEG)
        site.redirect("/trap.jpg", inside.url("/secret.jpg"))
        assert set(fetched(site, "/trap.jpg", "/good.jpg")) == {"good.jpg"}
        assert inside.requests == ()


@pytest.mark.parametrize(
    "address",
    [
        "http://169.254.169.254/latest/a.png",
        "http://[::1]/a.png",
        "file:///etc/passwd",
        "ftp://a.example/a.png",
    ],
)
def test_no_address_leads_inside(site: Site, address: str) -> None:
    assert fetched(site, address) == {}


def test_a_drawing_that_says_it_is_a_photograph_is_none(site: Site) -> None:
    site.answer("/drawing.jpg", SVG, content_type="image/jpeg")
    assert fetched(site, "/drawing.jpg") == {}


def test_what_a_server_calls_its_picture_does_not_matter(site: Site) -> None:
    site.answer("/odd", JPEG, content_type="text/html")
    assert set(fetched(site, "/odd")) == {"odd"}


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(Answer(status=404, body=JPEG), id="not found"),
        pytest.param(Answer(status=206, body=JPEG), id="a part"),
        pytest.param(Answer(body=JPEG, chunked="endless"), id="endless"),
        pytest.param(Answer(body=JPEG, content_length=9_000_000_000), id="too much announced"),
        pytest.param(Answer(body=JPEG, content_length=len(JPEG) + 10), id="cut short"),
        pytest.param(Answer(raw=b"\x00\x01\x02"), id="no HTTP"),
    ],
)
def test_a_server_that_misbehaves_costs_its_own_picture_alone(site: Site, answer: Answer) -> None:
    site.script("/bad.jpg", answer)
    assert set(fetched(site, "/bad.jpg", "/good.jpg")) == {"good.jpg"}


def test_a_server_that_says_nothing_is_not_waited_for(site: Site) -> None:
    site.script("/never.jpg", Answer(body=JPEG, hang="body"))
    assert set(fetched(site, "/never.jpg", "/good.jpg", bounds=replace(BOUNDS, seconds=0.5))) <= {"good.jpg"}
    assert len(site.seen("/never.jpg")) == 1


def test_after_the_time_for_all_of_them_the_night_goes_on(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    for at in range(6):
        site.script(f"/never{at}.jpg", Answer(hang="start"))
    with caplog.at_level(logging.WARNING, logger="digest.pictures"):
        found = fetched(
            site, *(f"/never{at}.jpg" for at in range(6)), bounds=replace(BOUNDS, seconds_in_all=0.5)
        )
    assert found == {}
    assert "pictures_late" in caplog.text and "left=6" in caplog.text


def test_a_few_at_a_time(site: Site) -> None:
    for at in range(12):
        site.answer(f"/{at}.jpg", JPEG, delay_seconds=0.02)
    assert len(fetched(site, *(f"/{at}.jpg" for at in range(12)))) == 12
    assert site.peak <= BOUNDS.connections


def test_a_full_disk_costs_pictures_not_the_night(site: Site) -> None:
    site.answer("/other.jpg", JPEG)
    asked: list[str] = []

    def keep(address: str, thumbnail: Thumbnail) -> None:
        asked.append(address)
        raise OSError(28, "No space left on device")

    addresses = [site.url("/good.jpg"), site.url("/other.jpg")]
    fetch_pictures(addresses, settings=settings(site), keep=keep, bounds=BOUNDS)
    assert sorted(asked) == sorted(addresses)
