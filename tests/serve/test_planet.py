"""The planet's folder at the site's address: what lies in it, as what it is, and nothing beside it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from email.utils import formatdate
from pathlib import Path

import pytest
from starlette.applications import Starlette

from digest.serve.planet import PlanetFiles, type_of
from tests.web.client import Web, serving


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "secret.txt").write_text("of the house")
    public = tmp_path / "public"
    for name in ("index.html", "atom.xml", "style.css", "issues/index.html", "issues/weekly/1.html"):
        path = public / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"<p>{name}")
    (public / ".digest-planet.json").write_text("{}")
    (public / "out").symlink_to(tmp_path / "secret.txt")
    return public


@contextmanager
def planet(folder: Path, prefix: str = "") -> Iterator[Web]:
    app = Starlette(routes=[PlanetFiles(folder, prefix=prefix)])
    app.router.redirect_slashes = False
    with serving(app) as web:
        yield web


@pytest.fixture
def web(folder: Path) -> Iterator[Web]:
    with planet(folder) as served:
        yield served


@pytest.mark.parametrize(
    ("path", "media_type"),
    [
        ("/", "text/html; charset=utf-8"),
        ("/issues/weekly/1.html", "text/html; charset=utf-8"),
        ("/issues/", "text/html; charset=utf-8"),
        ("/atom.xml", "application/atom+xml"),
        ("/style.css", "text/css; charset=utf-8"),
    ],
)
def test_a_file_is_sent_as_what_it_is(web: Web, path: str, media_type: str) -> None:
    answer = web.get(path)

    assert (answer.status, answer.headers["content-type"]) == (200, media_type)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a.jpg", "image/jpeg"),
        ("sources.opml", "text/x-opml"),
        ("rss.xml", "application/rss+xml"),
        ("x", "application/octet-stream"),
    ],
)
def test_types_do_not_depend_on_the_machine(name: str, expected: str) -> None:
    assert type_of(name) == expected


@pytest.mark.parametrize(
    "path",
    [
        "/.digest-planet.json", "/../secret.txt", "/%2e%2e/secret.txt", "/issues/..%2f..%2fsecret.txt",
        "/out", "//etc/passwd", "/issues//weekly/1.html", "/index.html/", "/index.html%00.txt",
        "/..%5csecret.txt",
        "/" + "x" * 5000, "/nothing",
    ],
)  # fmt: skip
def test_nothing_but_the_folder_s_own_files_is_sent(web: Web, path: str) -> None:
    answer = web.get(path)

    assert answer.status == 404
    assert "of the house" not in answer.text


def test_what_somebody_has_is_not_sent_again(web: Web) -> None:
    first = web.get("/")

    by_date = web.get("/", headers={"If-Modified-Since": first.headers["last-modified"]})
    by_tag = web.get("/", headers={"If-None-Match": first.headers["etag"]})

    assert (by_date.status, by_date.body) == (304, b"")
    assert by_tag.status == 304


def test_what_changed_since_is_sent(web: Web, folder: Path) -> None:
    os.utime(folder / "index.html", (2_000_000_000, 2_000_000_000))

    answer = web.get("/", headers={"If-Modified-Since": formatdate(1_900_000_000, usegmt=True)})

    assert answer.status == 200


@pytest.mark.parametrize("since", ["yesterday", "", "Sun, 99 Nov 2026 99:99:99 GMT"])
def test_a_date_that_is_none_counts_as_not_given(web: Web, since: str) -> None:
    assert web.get("/", headers={"If-Modified-Since": since}).status == 200


def test_a_folder_without_its_slash_leads_there_whatever_host_was_asked(folder: Path) -> None:
    with planet(folder, "/digest") as web:
        answer = web.get("/digest/issues", headers={"Host": "evil.example"})

    assert (answer.status, answer.headers["location"]) == (301, "/digest/issues/")


def test_a_prefix_is_taken_off_and_nothing_stands_above_it(folder: Path) -> None:
    with planet(folder, "/digest") as web:
        told = {path: web.get(path).status for path in ("/digest/atom.xml", "/atom.xml", "/digestatom.xml")}
        front = web.get("/digest")

    assert told == {"/digest/atom.xml": 200, "/atom.xml": 404, "/digestatom.xml": 404}
    assert front.headers["location"] == "/digest/"


def test_head_says_the_same_without_the_file(web: Web) -> None:
    answer = web.ask("HEAD", "/")

    assert answer.status == 200
    assert answer.headers["content-length"] == str(len("<p>index.html"))


def test_pictures_may_be_shown_in_a_webmail(web: Web) -> None:
    assert web.get("/").headers["cross-origin-resource-policy"] == "cross-origin"
