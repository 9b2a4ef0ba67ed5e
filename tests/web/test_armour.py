"""What is true of every answer, and what strangers try: headers, hosts, bodies, a database that blocks."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from subscribers.model import Subscription
from tests.web.client import FORM_TYPE, Web
from tests.web.house import Lab

POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)


@pytest.fixture
def ada(lab: Lab) -> Subscription:
    return lab.join("ada")


def paths(lab: Lab, ada: Subscription) -> list[str]:
    wishes = [lab.wish_link(ada, rest) for rest in ("/mute/blog", "/pace", "/pause")]
    return [lab.leave_link(ada), *wishes, "/help", "/privacy", "/", "/u/nothing", "/nothing/at/all"]


def test_every_page_is_fenced_in(lab: Lab, web: Web, ada: Subscription) -> None:
    for path in paths(lab, ada):
        headers = web.get(path).headers
        assert headers["content-security-policy"] == POLICY
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["strict-transport-security"].startswith("max-age=")
        assert "set-cookie" not in headers


def test_pages_with_a_token_are_neither_kept_nor_indexed(lab: Lab, web: Web, ada: Subscription) -> None:
    for path in (*paths(lab, ada)[:4], "/u/nothing"):
        headers = web.get(path).headers
        assert (headers["cache-control"], headers["x-robots-tag"]) == ("no-store", "noindex, nofollow")


def test_no_page_loads_anything_from_others_or_runs_a_script(lab: Lab, web: Web, ada: Subscription) -> None:
    for path in paths(lab, ada):
        text = web.get(path).text
        assert "<script" not in text and " style=" not in text and "http" not in text.replace("http-", "")
        assert len(text) < 50_000


def test_the_stylesheet_is_kept_for_ever_under_its_content(web: Web) -> None:
    href = web.get("/help").text.partition('stylesheet" href="')[2].partition('"')[0]

    assert "immutable" in web.get(href).headers["cache-control"]
    assert web.get(href).headers["content-type"].startswith("text/css")
    assert web.get("/static/style.css?v=old").headers["cache-control"] == "no-cache"


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80@x", "", "a" * 300, "digest.example.org\t"])
def test_the_host_header_is_read_by_nobody(lab: Lab, web: Web, ada: Subscription, host: str) -> None:
    for path in (lab.leave_link(ada), "/help", "/help/", "/nothing", "//other.example/%2e%2e"):
        plain, spoofed = web.get(path), web.get(path, headers={"Host": host})
        if spoofed.status == 400 and spoofed.headers.get("content-type", "").startswith("text/plain"):
            continue  # refused by the server before us
        assert spoofed.status == plain.status
        assert "evil" not in spoofed.text
        assert "location" not in spoofed.headers


@pytest.mark.parametrize(
    "path",
    [
        "//evil.example",
        "/help/..//evil.example",
        "/%5cevil.example",
        "/help?next=https://evil.example",
        "/help?lang=https://evil.example",
        "/u/https:%2f%2fevil.example",
    ],
)
def test_nothing_redirects(web: Web, path: str) -> None:
    page = web.get(path)

    assert page.status in (200, 404)
    assert not [link for link in page.links if "evil.example" in link.partition("?")[0] and link[:1] != "/"]
    assert not [link for link in page.links if link.startswith("//")]


def test_what_is_in_a_path_adds_neither_header_nor_markup(web: Web) -> None:
    page = web.get("/u/%0d%0aSet-Cookie:%20a=b%22%3E%3Cscript%3Ealert(1)%3C/script%3E")

    assert page.status == 404
    assert "set-cookie" not in page.headers
    assert "<script" not in page.text


def test_a_body_larger_than_any_form_is_refused(lab: Lab, web: Web, ada: Subscription) -> None:
    before = lab.dump()
    body = b"List-Unsubscribe=One-Click&x=" + b"x" * 200_000
    page = web.ask("POST", lab.leave_link(ada), body=body, headers={"Content-Type": FORM_TYPE})

    assert page.status == 413
    assert lab.dump() == before


def test_a_form_with_too_many_fields_is_refused(lab: Lab, web: Web, ada: Subscription) -> None:
    fields = [("List-Unsubscribe", "One-Click"), *((f"f{n}", "1") for n in range(3_000))]

    assert web.post(lab.leave_link(ada), fields).status == 400


def test_a_file_is_no_part_of_any_form(lab: Lab, web: Web, ada: Subscription) -> None:
    part = 'Content-Disposition: form-data; name="List-Unsubscribe"; filename="a"\r\n\r\nOne-Click'
    body = f"--x\r\n{part}\r\n--x--\r\n".encode()
    headers = {"Content-Type": "multipart/form-data; boundary=x"}

    assert web.ask("POST", lab.leave_link(ada), body=body, headers=headers).status == 400


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "TRACE", "PROPFIND"])
def test_other_methods_are_refused_and_change_nothing(
    lab: Lab, web: Web, ada: Subscription, method: str
) -> None:
    before = lab.dump()
    page = web.ask(method, lab.leave_link(ada))

    assert page.status == 405
    assert "POST" in page.headers["allow"]
    assert lab.dump() == before


def test_options_names_the_methods(lab: Lab, web: Web, ada: Subscription) -> None:
    page = web.ask("OPTIONS", lab.leave_link(ada))

    assert (page.status, page.headers["allow"]) == (204, "GET, HEAD, POST, OPTIONS")


def test_an_unknown_page_says_so_in_the_language_of_the_browser(web: Web) -> None:
    page = web.get("/nothing", headers={"Accept-Language": "de, fr;q=0.8, en;q=0.5"})

    assert page.status == 404
    assert "Cette page n’existe pas" in page.words


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("fr", "fr"),
        ("en-GB, fr;q=0.9", "en"),
        ("de", "en"),
        ("fr;q=0, en;q=0.1", "en"),
        ("fr;q=nonsense", "en"),
        (", ;;q=,fr-CA", "fr"),
        ("x" * 5_000, "en"),
    ],
)
def test_the_best_of_our_languages_is_taken(web: Web, header: str, language: str) -> None:
    assert web.get("/help", headers={"Accept-Language": header}).headers["content-language"] == language


def test_a_database_that_stays_busy_is_a_page_that_says_so_and_no_trace(tmp_path: Path) -> None:
    lab = Lab(tmp_path, lock_ms=50)
    place = lab.join("ada")
    blocker = sqlite3.connect(lab.path, isolation_level=None)
    blocker.execute("BEGIN IMMEDIATE")
    try:
        with lab.serve() as web:
            shown = web.get(lab.leave_link(place))
            busy = web.post(lab.leave_link(place), {"List-Unsubscribe": "One-Click"})
            blocker.execute("ROLLBACK")
            after = web.post(lab.leave_link(place), {"List-Unsubscribe": "One-Click"})
    finally:
        blocker.close()
        lab.house.close()

    assert (shown.status, busy.status, after.status) == (200, 503, 200)
    assert busy.headers["retry-after"] == "30"
    assert "Traceback" not in busy.text and "database" not in busy.text


def test_a_template_of_the_site_that_fails_shows_no_trace(tmp_path: Path) -> None:
    folder = tmp_path / "ours" / "pages"
    folder.mkdir(parents=True)
    (folder / "help.html").write_text("{{ nobody.knows }}", encoding="utf-8")
    lab = Lab(tmp_path, site={"postal_address": "", "templates": "ours"})
    with lab.serve() as web:
        page = web.get("/help")
    lab.house.close()
    (folder / "error.html").write_text("{{ worse }}", encoding="utf-8")
    lab.house = lab.new_house()
    with lab.serve() as web:
        worse = web.get("/help")
    lab.house.close()

    assert (page.status, worse.status) == (500, 500)
    assert "Something went wrong here" in page.words
    assert worse.text == "500 Internal Server Error\n"


def test_under_a_prefix_every_link_of_every_page_keeps_it(tmp_path: Path) -> None:
    lab = Lab(tmp_path, site={"url": "https://example.org/digest/"})
    place = lab.join("ada")
    with lab.serve() as web:
        for path in paths(lab, place):
            page = web.get(f"/digest{path}")
            assert page.status == web.get(f"/digest{path}").status != 500
            links = [link for link in page.links if not link.startswith(("mailto:", "#"))]
            assert links and all(link.startswith("/digest/") for link in links)
            assert all(form.action.startswith("/digest/") for form in page.forms)
            assert 'href="/digest/static/style.css' in page.text
        style = web.get("/digest/static/style.css")
        done = web.press(web.get(f"/digest{lab.leave_link(place)}"), "Unsubscribe from Small Daily")
        outside = web.get(lab.leave_link(place))
    lab.house.close()

    assert (style.status, done.status, outside.status) == (200, 200, 404)


def test_titles_of_lists_and_sources_are_text_on_a_page(tmp_path: Path) -> None:
    hostile = "<img src=x onerror=alert(1)>\"'{{ 7*7 }}"
    lab = Lab(tmp_path, lists=[{"slug": "daily", "title": hostile, "cadence": "nightly", "public": True}])
    lab.paper.follow("bad", "bad.xml", title=hostile)
    lab.house.close()
    lab.house = lab.new_house()
    place = lab.join("ada")
    with lab.serve() as web:
        texts = [web.get(lab.wish_link(place, "/mute/bad")).text, web.get(lab.leave_link(place)).text]
    lab.house.close()

    assert all(
        "<img" not in text and "49" not in text.partition("<main")[2].partition("seal")[0] for text in texts
    )
