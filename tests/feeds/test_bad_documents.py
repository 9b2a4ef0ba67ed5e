"""Documents that lie, break off or attack (gather P1–P3, F11; abuse C14–C16)."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.gather.charset import decode
from digest.gather.document import Document, ParsedFeed, Unreadable
from digest.gather.read import read

ADDRESS = "https://blog.example.org/feed"
FEED = (
    "<rss version='2.0'><channel><title>B</title><item><title>{0}</title>"
    "<guid>1</guid></item></channel></rss>"
)


def reading(body: bytes, content_type: str | None = None) -> ParsedFeed | Unreadable:
    return read(Document(body=body, address=ADDRESS, content_type=content_type))


def feed(body: bytes, content_type: str | None = None) -> ParsedFeed:
    found = reading(body, content_type)
    assert isinstance(found, ParsedFeed), found
    return found


def declared(encoding: str, title: str = "Été – œuf") -> str:
    return f"<?xml version='1.0' encoding='{encoding}'?>\n{FEED.format(title)}"


ENCODINGS = [
    # bytes, HTTP content type
    (declared("iso-8859-1").encode(), None),
    (declared("us-ascii").encode(), "text/xml; charset=us-ascii"),
    (declared("iso-8859-1").encode("cp1252"), None),
    (declared("utf-8").encode("cp1252"), None),
    (declared("utf-8").encode("cp1252"), "text/xml; charset=windows-1252"),
    (FEED.format("Été – œuf").encode("cp1252"), None),
    (FEED.format("Été – œuf").encode("cp1252"), "text/xml; charset=utf-8"),
    (declared("no-such-code").encode("cp1252"), None),
    (declared("utf-16").encode("utf-16"), None),
    (declared("utf-16").encode("utf-16-le"), None),
    (declared("utf-16").encode("utf-16-be"), None),
    (declared("utf-8").encode("utf-32"), None),
    (declared("utf-8").encode("utf-8-sig"), None),
    (declared("base64").encode(), None),
]


@pytest.mark.parametrize(("body", "content_type"), ENCODINGS)
def test_the_bytes_are_believed_before_what_is_said_of_them(body: bytes, content_type: str | None) -> None:
    assert feed(body, content_type).entries[0].content.title == "Été – œuf"


def test_the_http_charset_decides_where_the_document_is_silent() -> None:
    body = FEED.format("Žluťoučký").encode("iso-8859-2")
    assert feed(body, 'text/xml; charset="iso-8859-2"').entries[0].content.title == "Žluťoučký"


def test_a_wrong_byte_in_utf8_spoils_nothing_but_itself() -> None:
    found = feed(declared("utf-8", "Été déjà vu, café").encode().replace(b"caf\xc3\xa9", b"caf\xe9"))
    assert found.entries[0].content.title == "Été déjà vu, café" and found.malformed


@given(st.binary(max_size=200), st.sampled_from([None, "text/xml; charset=utf-7", "text/xml; charset=hex"]))
def test_any_bytes_are_text(body: bytes, content_type: str | None) -> None:
    text = decode(body, content_type).text
    text.encode()
    assert "\x00" not in text


MENDED = [
    b"\n\n <?xml version='1.0'?>" + FEED.format("T").encode(),
    b"<br />\n<b>Warning</b>: PHP in <b>/x.php</b>\n<?xml version='1.0'?>" + FEED.format("T").encode(),
    b"Notice: undefined\n" + FEED.format("T").encode(),
    FEED.format("\x1bT\x08\ufffe").encode(),
    FEED.format("T&#0;&#x8;&#xFFFE;&#xD800;&#99999999;").encode(),
    FEED.format("T<!-- -- -->").encode(),
    FEED.format("T").replace("<guid>", "<guid x=1>").encode(),
]


@pytest.mark.parametrize("body", MENDED)
def test_a_feed_with_faults_is_read_and_marked(body: bytes) -> None:
    found = feed(body)
    assert found.entries[0].content.title == "T"
    assert found.malformed and found.fault


UNESCAPED = [("R & D", "R & D"), ("a&nbsp;b&eacute;", "a\u00a0bé"), ("x &undefined; y", "x &undefined; y")]


@pytest.mark.parametrize(("written", "line"), UNESCAPED)
def test_an_ampersand_or_entity_out_of_place_costs_no_entry(written: str, line: str) -> None:
    found = feed(FEED.format(written).encode())
    assert found.entries[0].content.title == line and found.malformed


def test_whatever_the_cut_the_complete_entries_are_kept_and_no_half_one() -> None:
    items = "".join(
        f"<item><title>Title {n}</title><guid>g{n}</guid><description>text {n}</description></item>"
        for n in range(3)
    )
    body = f"<rss version='2.0'><channel><title>B</title>{items}</channel></rss>".encode()
    whole = feed(body)
    for end in range(body.index(b"</item>") + 7, len(body)):
        found = feed(body[:end])
        complete = body[:end].count(b"</item>")
        assert complete <= len(found.entries) <= complete + 1, end
        assert found.entries == whole.entries[: len(found.entries)], end
        assert found.malformed and found.fault


LAUGHS = (
    b'<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY lol "lol">'
    + b"".join(
        b'<!ENTITY lol%d "%s">' % (n, (b"&lol%d;" % (n - 1) if n > 1 else b"&lol;") * 10)
        for n in range(1, 12)
    )
    + b"]>"
    + FEED.format("T &lol11;").encode()
)


def test_a_billion_laughs_stay_a_few() -> None:
    assert len(feed(LAUGHS).entries[0].content.title) < 100


def test_an_external_entity_or_dtd_is_never_opened(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("SECRET")
    dtd = tmp_path / "evil.dtd"
    dtd.write_text(f'<!ENTITY x SYSTEM "{secret.as_uri()}">')
    opened: list[object] = []
    watching = True

    def watch(event: str, arguments: tuple[object, ...]) -> None:
        if watching and event in ("open", "socket.connect", "socket.getaddrinfo", "urllib.Request"):
            opened.append(arguments[0])

    bodies = [
        f'<!DOCTYPE rss [<!ENTITY x SYSTEM "{secret.as_uri()}">]>{FEED.format("T &x;")}',
        f'<!DOCTYPE rss SYSTEM "{dtd.as_uri()}">{FEED.format("T &x;")}',
        f"<!DOCTYPE rss PUBLIC '-//x' 'http://127.0.0.1:9/x.dtd'>{FEED.format('T &x;')}",
        f'<!DOCTYPE rss [<!ENTITY % p SYSTEM "{dtd.as_uri()}"> %p;]>{FEED.format("T &x;")}',
        f'<x/><!DOCTYPE rss [<!ENTITY x SYSTEM "{secret.as_uri()}">]>{FEED.format("T &x;")}',
    ]
    sys.addaudithook(watch)
    try:
        found = [reading(body.encode()) for body in bodies]
    finally:
        watching = False
    assert not [name for name in opened if str(tmp_path) in str(name) or "127.0.0.1" in str(name)]
    assert "SECRET" not in repr(found)


def test_the_small_entities_of_a_doctype_are_known() -> None:
    body = f"<!DOCTYPE rss [\n<!ENTITY oe \"&#339;\">\n<!ENTITY co 'Ltd'> ]>{FEED.format('&oe;uf &co;')}"
    assert feed(body.encode()).entries[0].content.title == "œuf Ltd"


NO_FEEDS = [
    (b"", "empty", "empty"),
    (b" \r\n\x00", "empty", "empty"),
    (b"<!DOCTYPE html><html><head><title>My blog</title></head><body>x</body></html>", "html", "My blog"),
    (b"<html><head><title>Just a moment...</title>", "html", "robots"),
    (b"<HTML><title>Log in &amp; go</title><form>", "html", "login"),
    (
        b"<?xml version='1.0'?>\n<!DOCTYPE html PUBLIC 'x' 'y'><html xmlns='http://www.w3.org/1999/xhtml'/>",
        "html",
        "page",
    ),
    (b"<p>Not here</p>", "html", "page"),
    (b"/etc/passwd", "unreadable", "/etc/passwd"),
    (b"file:///etc/passwd", "unreadable", "neither"),
    (b"http://127.0.0.1:9/feed", "unreadable", "neither"),
    (b"Service unavailable", "unreadable", "Service unavailable"),
    (b"<opml version='2.0'><body/></opml>", "unreadable", "opml"),
    (b"<urlset/>", "unreadable", "urlset"),
    (b"\x1f\x8b\x08\x08\xe2<x", "unreadable", "compressed"),
    (b"%PDF-1.4 <x>", "unreadable", "PDF"),
    (b'{"error": 1}', "unreadable", "JSON"),
    (b"<", "unreadable", "neither"),
]


@pytest.mark.parametrize(("body", "kind", "words"), NO_FEEDS)
def test_what_is_no_feed_is_said_in_words(body: bytes, kind: str, words: str) -> None:
    found = reading(body)
    assert isinstance(found, Unreadable) and found.kind == kind and words in found.words


PIECES = [b"<rss>", b"<channel>", b"<item>", b"</item>", b"<title>", b"</title>", b"<entry>", b"<feed>",
          b"&#",
          b"<![CDATA[", b"]]>", b"&x;", b"\xff", b"<!DOCTYPE", b"[", b"]>", b"<!ENTITY a '",
          b"<guid>", b"x"]  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(PIECES) | st.binary(max_size=4), max_size=20).map(b"".join))
def test_no_document_raises(body: bytes) -> None:
    assert isinstance(reading(body), ParsedFeed | Unreadable)
