"""From an address somebody typed to the feeds behind it, and to nothing else."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from digest.errors import FetchError, Refused
from digest.gather.discover import Candidate, discover, normalise_typed, read_page
from digest.gather.document import Document
from digest.net.client import Client
from digest.net.guard import Allow
from tests.httpd import Site

PAGE = "https://blog.example/fr/about.html"


@pytest.fixture
def site() -> Iterator[Site]:
    with Site() as running:
        yield running


async def starts_like_a_feed(document: Document) -> str | None:
    """Stands where the read room's worker stands."""
    if not document.body.startswith(b"<rss"):
        return None
    return document.body.decode().removeprefix("<rss>").removesuffix("</rss>")


def find(site: Site, path: str = "/", *, userinfo: str = "") -> tuple[Candidate, ...]:
    async def ask() -> tuple[Candidate, ...]:
        async with Client(user_agent="test", allow=Allow.parse(site.allow)) as client:
            return await discover(client, site.url(path, userinfo=userinfo), starts_like_a_feed)

    return asyncio.run(ask())


def html(site: Site, path: str, text: str) -> None:
    site.answer(path, text.encode(), content_type="text/html; charset=utf-8")


def links(text: str, url: str = PAGE) -> list[tuple[str, str | None]]:
    return [(link.url, link.title) for link in read_page(text.encode(), "text/html", url).links]


# what is typed


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        ("planet.python.org", "https://planet.python.org"),
        (" planet.python.org/rss20.xml ", "https://planet.python.org/rss20.xml"),
        ("http://planet.python.org", "http://planet.python.org"),
        ("//planet.python.org/x", "https://planet.python.org/x"),
        ("feed://planet.python.org/x", "https://planet.python.org/x"),
        ("feed:https://planet.python.org/x", "https://planet.python.org/x"),
        ("FEED:http://planet.python.org/x", "http://planet.python.org/x"),
        ("<https://planet.python.org/>", "https://planet.python.org/"),
        ("localhost:8099/feed", "https://localhost:8099/feed"),
        ("localhost:8099", "https://localhost:8099"),
        ("mailto:tom@example.org", "mailto:tom@example.org"),
        ("file:///etc/passwd", "file:///etc/passwd"),
    ],
)
def test_what_is_typed_becomes_an_address(typed: str, address: str) -> None:
    assert normalise_typed(typed) == address


# the page


def test_announced_feeds_come_in_order_with_titles_and_absolute_addresses() -> None:
    page = """
      <!doctype html><head><title>x</title>
      <link rel="stylesheet" href="/style.css" type="text/css">
      <LINK REL='Alternate' TYPE='application/RSS+xml; a=b' HREF='../rss.xml?a=1&amp;b=2' TITLE=' A'>
      <link rel="alternate home" type="application/atom+xml" href="//cdn.example/atom.xml#x">
      <link rel=alternate type=application/feed+json href=feed.json title="&eacute;t&eacute;">
      <link rel="alternate" hreflang="en" href="/en/">
      <link rel="alternate" type="application/rss+xml" href="">
    """
    assert links(page) == [
        ("https://blog.example/rss.xml?a=1&b=2", "A"),
        ("https://cdn.example/atom.xml", None),
        ("https://blog.example/fr/feed.json", "été"),
    ]


def test_a_base_counts_also_when_it_comes_late_or_is_relative() -> None:
    page = '<link rel=alternate type=text/xml href=a.xml><base href="/deep/er/"><base href="/not/">'
    assert links(page) == [("https://blog.example/deep/er/a.xml", None)]


def test_feeds_of_comments_come_last_and_an_address_comes_once() -> None:
    announce = "<link rel=alternate type=application/rss+xml href={} title='{}'>"
    page = "".join(
        announce.format(href, title)
        for href, title in (
            ("/comments/feed", "x"), ("/a", "Comments on: x"), ("/feed", "News"), ("/feed", "Again"),
            ("/b", "More"),
        )
    )  # fmt: skip
    assert [url.removeprefix("https://blog.example") for url, _ in links(page)] == [
        "/feed", "/b", "/comments/feed", "/a",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "href", ["file:///etc/passwd", "javascript:alert(1)", "data:text/xml,x", "ftp://x.org/", "http://[::1"]
)  # fmt: skip
def test_what_is_no_web_address_is_not_suggested(href: str) -> None:
    page = f"<link rel=alternate type=application/rss+xml href='{href}'><a href='{href}/rss.xml'>"
    read = read_page(page.encode(), None, PAGE)
    assert (read.links, read.anchors) == ((), ())


def test_what_announces_something_else_is_not_a_feed() -> None:
    page = """
      <link rel="alternate" type="application/json" href="https://blog.example/wp-json/wp/v2/pages/2">
      <link rel="alternate" type="application/json+oembed" href="/oembed">
      <link rel="alternate" media="handheld" href="/m/"><link rel="icon" type="text/xml" href="/x">
    """
    assert links(page) == []


@pytest.mark.parametrize(
    ("href", "looks"),
    [
        ("/feed", True), ("/feeds/all.atom.xml", True), ("/rss", True), ("/rss2", True), ("/index.rdf", True),
        ("/?feed=rss2", True), ("/blog.rss", True), ("/atom/x", True), ("https://o.example/rss.xml", True),
        ("/feedback", False), ("/atomic-design", False), ("/brass", False), ("/", False), ("#rss", False),
    ],
)  # fmt: skip
def test_links_that_look_like_feeds_are_told_from_others(href: str, *, looks: bool) -> None:
    assert bool(read_page(f"<a href='{href}'>x</a>".encode(), None, PAGE).anchors) is looks


@pytest.mark.parametrize(
    ("charset", "content_type", "meta"),
    [
        ("latin-1", "text/html; charset=iso-8859-1", ""),
        ("latin-1", "text/html", "<meta charset='latin-1'>"),
        ("latin-1", None, "<meta http-equiv=content-type content='text/html; charset=latin-1'>"),
        ("utf-8", "text/html", ""),
        ("utf-8", "text/html; charset=no-such-thing", ""),
        ("utf-16", "text/html; charset=utf-16", ""),
    ],
)
def test_a_page_is_read_in_its_own_charset(charset: str, content_type: str | None, meta: str) -> None:
    page = f"{meta}<link rel=alternate type=text/xml href=/x title='é'>"
    assert read_page(page.encode(charset), content_type, PAGE).links[0].title == "é"


@pytest.mark.parametrize(
    "piece", ["<a ", "<!--", "<![CDATA[", "<a b='", "</a", "<!", "<?", "&#", "<link rel="]
)
def test_no_broken_page_breaks_the_reader(piece: str) -> None:
    assert read_page((piece * 3000).encode(), None, PAGE).links == ()


# the site


def test_a_feeds_own_address_is_that_feed_as_typed(site: Site) -> None:
    site.answer("/feed", b"<rss>News</rss>")
    assert find(site, "/feed") == (Candidate(url=site.url("/feed"), title="News", kind="itself"),)
    with_password = find(site, "/feed", userinfo="tom:s3cret")
    assert with_password[0].url == site.url("/feed", userinfo="tom:s3cret")


def test_announced_feeds_are_suggested_without_asking_them(site: Site) -> None:
    html(site, "/", "<link rel=alternate type=application/rss+xml href=/a.xml title=A><a href=/rss.xml>x</a>")
    assert find(site) == (Candidate(url=site.url("/a.xml"), title="A", kind="link"),)
    assert [request.target for request in site.requests] == ["/"]


def test_announced_feeds_inside_our_network_are_not_suggested(site: Site) -> None:
    site.answer("/rss.xml", b"<rss>A</rss>")
    html(site, "/", "<link rel=alternate type=application/rss+xml href=http://169.254.169.254/rss.xml>")
    assert [found.url for found in find(site)] == [site.url("/rss.xml")]


def test_linked_feeds_are_tried_when_none_is_announced(site: Site) -> None:
    html(site, "/", "<a href=/feeds>all our feeds</a><a href=/news/rss>n</a><a href=/gone.rss>g</a>")
    html(site, "/feeds", "a page about feeds")
    site.redirect("/news/rss", "/news.xml")
    site.answer("/news.xml", b"<rss></rss>")
    assert find(site) == (Candidate(url=site.url("/news.xml"), title=None, kind="anchor"),)


def test_the_usual_places_are_tried_last_beside_the_page_first(site: Site) -> None:
    html(site, "/blog/", "hello")
    site.answer("/blog/index.xml", b"<rss>Blog</rss>")
    site.answer("/feed", b"<rss>Root</rss>")
    assert find(site, "/blog/") == (Candidate(url=site.url("/blog/index.xml"), title="Blog", kind="guess"),)
    assert site.seen("/feed") == ()


def test_a_site_without_a_feed_has_none(site: Site) -> None:
    html(site, "/", "hello")
    assert find(site) == ()
    # the page, and each usual place once
    targets = [request.target for request in site.requests]
    assert len(targets) == len(set(targets)) <= 13


def test_an_address_that_cannot_be_fetched_is_an_error(site: Site) -> None:
    with pytest.raises(FetchError) as caught:
        find(site, "/missing")
    assert caught.value.kind == "status"
    site.redirect("/inside", "http://10.0.0.1/")
    with pytest.raises(Refused):
        find(site, "/inside")
