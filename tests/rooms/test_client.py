"""The client brings what was sent, within its bounds, from where it may go; all else is a FetchError."""

from __future__ import annotations

import asyncio
import gc
import gzip
import logging
import ssl
import tracemalloc
import zlib
from collections.abc import Iterator

import brotli
import pytest
import trustme

from digest.errors import FetchError, Refused
from digest.net.client import Client, Hop, Response
from digest.net.faults import fault
from digest.net.guard import Allow
from digest.net.resolver import GuardedResolver, Lookup
from tests.httpd import Answer, Seen, Site

AGENT = "planet-digest (+https://digest.example.org)"


@pytest.fixture
def site() -> Iterator[Site]:
    with Site() as running:
        yield running


def get(
    url: str,
    *,
    allow: tuple[str, ...] = (),
    timeout_seconds: float = 20,
    max_bytes: int = 100_000,
    lookup: Lookup | None = None,
    tls: ssl.SSLContext | None = None,
    headers: dict[str, str] | None = None,
    times: int = 1,
) -> Response:
    async def ask() -> Response:
        async with Client(
            user_agent=AGENT,
            allow=Allow.parse(allow),
            timeout_seconds=timeout_seconds,
            max_bytes=max_bytes,
            lookup=lookup,
            tls=tls,
        ) as client:
            for _ in range(times - 1):
                await client.get(url, headers)
            return await client.get(url, headers)

    return asyncio.run(ask())


def failure(url: str, **options: object) -> FetchError:
    with pytest.raises(FetchError) as caught:
        get(url, **options)  # type: ignore[arg-type]
    return caught.value


class Names:
    """A name server that says what a test wants, another thing each time if so wanted."""

    def __init__(self, **names: tuple[str, ...]) -> None:
        self.names = {name.replace("_", "."): addresses for name, addresses in names.items()}
        self.asked: list[str] = []

    async def __call__(self, host: str, port: int) -> tuple[str, ...]:
        self.asked.append(host)
        return self.names.get(host, ())


# what comes


def test_a_body_comes_with_its_headers_in_lower_case(site: Site) -> None:
    site.answer("/feed", b"<rss/>", etag='W/"a"', headers=(("X-Two", "1"), ("x-two", "2")))
    response = get(site.url("/feed"), allow=site.allow)
    assert (response.status, response.body, response.url) == (200, b"<rss/>", site.url("/feed"))
    assert response.headers["x-two"] == ("1", "2")
    assert response.header("etag") == 'W/"a"'
    assert response.header("absent") is None


def test_a_request_says_who_asks_and_carries_nothing_else_of_its_own(site: Site) -> None:
    site.answer("/feed", b"x")
    get(site.url("/feed"), allow=site.allow, headers={"Accept": "text/xml"})
    assert site.requests[0].headers == {
        "host": f"127.0.0.1:{site.port}",
        "user-agent": AGENT,
        "accept": "text/xml",
        "accept-encoding": "gzip, deflate, br",
    }


def test_cookies_are_not_kept(site: Site) -> None:
    site.answer("/feed", b"x", headers=(("Set-Cookie", "spy=1; Path=/"),))
    get(site.url("/feed"), allow=site.allow, times=3)
    assert [request.headers.get("cookie") for request in site.requests] == [None] * 3


def test_no_proxy_is_taken_from_the_environment(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9/")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9/")
    site.answer("/feed", b"x")
    assert get(site.url("/feed"), allow=site.allow).body == b"x"


@pytest.mark.parametrize(
    ("coding", "data"),
    [
        ("gzip", gzip.compress(b"<rss/>" * 99)),
        ("deflate", zlib.compress(b"<rss/>" * 99)),
        ("br", brotli.compress(b"<rss/>" * 99)),
    ],
    ids=["gzip", "deflate", "br"],  # gzip writes the time into its bytes
)
def test_compressed_bodies_come_inflated(site: Site, coding: str, data: bytes) -> None:
    site.answer("/feed", data, headers=(("Content-Encoding", coding),))
    assert get(site.url("/feed"), allow=site.allow).body == b"<rss/>" * 99


def test_a_chunked_body_and_one_that_ends_with_its_connection_come_whole(site: Site) -> None:
    site.answer("/chunked", b"x" * 5000, chunked="whole")
    site.answer("/close", raw=b"HTTP/1.0 200 OK\r\n\r\n" + b"x" * 5000)
    assert get(site.url("/chunked"), allow=site.allow).body == b"x" * 5000
    assert get(site.url("/close"), allow=site.allow).body == b"x" * 5000


@pytest.mark.parametrize("status", [204, 304, 400, 404, 410, 500, 503])
def test_any_status_is_an_answer(site: Site, status: int) -> None:
    site.answer("/feed", status=status, headers=(("Retry-After", "60"),))
    response = get(site.url("/feed"), allow=site.allow)
    assert (response.status, response.body) == (status, b"")
    assert response.header("retry-after") == "60"


def test_header_values_that_are_not_utf8_are_left_out(site: Site) -> None:
    site.answer("/feed", raw=b'HTTP/1.0 200 OK\r\nETag: "\xe9"\r\nX-Name: \xc3\xa9\r\n\r\nbody')
    response = get(site.url("/feed"), allow=site.allow)
    assert response.header("etag") is None
    assert response.header("x-name") == "é"


# redirects


def test_redirects_are_followed_and_told(site: Site) -> None:
    site.redirect("/a", "/b?x=1#top", status=301)
    site.redirect("/b?x=1", f"//127.0.0.1:{site.port}/c", status=302)
    site.redirect("/c", "d/../é", status=308)
    site.answer("/%C3%A9", b"here")
    response = get(site.url("/a"), allow=site.allow)
    assert response.body == b"here"
    assert response.url == site.url("/%C3%A9")
    assert response.hops == (
        Hop(status=301, url=site.url("/b?x=1")),
        Hop(status=302, url=site.url("/c")),
        Hop(status=308, url=site.url("/%C3%A9")),
    )


def test_five_redirects_are_followed_and_a_sixth_is_not(site: Site) -> None:
    for step in range(6):
        site.redirect(f"/{step}", f"/{step + 1}")
    site.answer("/6", b"end")
    assert len(get(site.url("/1"), allow=site.allow).hops) == 5
    assert failure(site.url("/0"), allow=site.allow).kind == "redirects"


@pytest.mark.parametrize("to", ["/self", "/other", "", "http://[", "?"])
def test_circles_and_redirects_to_nowhere_end(site: Site, to: str) -> None:
    site.redirect("/self", to)
    site.redirect("/other", "/self")
    assert failure(site.url("/self"), allow=site.allow).kind in ("redirects", "refused")
    assert len(site.requests) <= 4


@pytest.mark.parametrize(
    "to",
    [
        "http://169.254.169.254/latest/meta-data/", "http://127.0.0.1:1/", "http://[::1]/", "file:///etc/passwd",
        "gopher://example.org/", "http://0x7f.1/", "http://[::ffff:7f00:1]/", "ftp://example.org/", "data:,x",
        "http://example.org:25/", "https://good.example@10.0.0.1/",
    ],
)  # fmt: skip
def test_a_redirect_to_where_we_do_not_go_is_refused_and_logged(
    site: Site, to: str, caplog: pytest.LogCaptureFixture
) -> None:
    site.redirect("/feed", to)
    with caplog.at_level(logging.WARNING, "digest.net"):
        assert isinstance(failure(site.url("/feed"), allow=site.allow), Refused)
    assert "address_refused" in caplog.text
    assert len(site.requests) == 1


def test_a_password_in_the_address_logs_in_and_is_in_no_answer(site: Site) -> None:
    site.redirect("/a", "/feed")
    site.answer("/feed", b"x")
    response = get(site.url("/a", userinfo="tom:s%C3%A9%40cret"), allow=site.allow)
    # base64 of "tom:sé@cret" in UTF-8
    assert [each.headers["authorization"] for each in site.requests] == ["Basic dG9tOnPDqUBjcmV0"] * 2
    assert response.url == site.url("/feed")
    assert "cret" not in repr(response)


def test_a_password_stays_with_its_origin(site: Site) -> None:
    with Site() as other:
        site.redirect("/a", other.url("/b", userinfo="x:y"))
        other.redirect("/b", site.url("/c"))
        site.answer("/c", b"x")
        get(
            site.url("/a", userinfo="tom:secret"),
            allow=site.allow + other.allow,
            headers={"If-None-Match": '"a"'},
        )
        assert "authorization" in site.requests[0].headers
        assert "authorization" not in other.requests[0].headers
        assert "authorization" not in site.requests[1].headers
        assert other.requests[0].headers["if-none-match"] == '"a"'


# where we do not go


def test_loopback_is_refused_before_a_connection_is_made(site: Site) -> None:
    assert isinstance(failure(site.url("/feed")), Refused)
    assert site.requests == ()


def test_a_name_that_leads_inside_is_refused_before_a_connection_is_made(site: Site) -> None:
    names = Names(evil_example=("127.0.0.1",))
    refusal = failure(site.url("/feed", host="evil.example"), lookup=names)
    assert isinstance(refusal, Refused)
    assert "evil.example is 127.0.0.1" in refusal.message
    assert site.requests == ()


def test_the_systems_localhost_is_refused(site: Site) -> None:
    assert isinstance(failure(site.url("/feed", host="localhost")), Refused)
    assert site.requests == ()


def test_a_name_that_is_allowed_leads_inside(site: Site) -> None:
    site.answer("/feed", b"x")
    names = Names(bridge_example=("127.0.0.1",))
    allow = (f"bridge.example:{site.port}",)
    assert get(site.url("/feed", host="bridge.example"), lookup=names, allow=allow).body == b"x"


def test_of_several_addresses_only_the_allowed_ones_are_connected_to(site: Site) -> None:
    site.answer("/feed", b"x")
    names = Names(mixed_example=("169.254.169.254", "10.0.0.1", "127.0.0.1", "::1"))
    response = get(site.url("/feed", host="mixed.example"), lookup=names, allow=site.allow)
    assert response.body == b"x"


def test_a_name_that_changes_its_mind_gains_nothing(site: Site) -> None:
    """DNS rebinding: allowed when looked up first, inside when looked up again. There is no second look-up
    between the check and the connection, and a later one is checked like the first."""
    answers = iter((("127.0.0.1",), ("127.0.0.2",)))

    async def rebinding(host: str, port: int) -> tuple[str, ...]:
        return next(answers) if host == "evil.example" else ("127.0.0.2",)

    site.redirect("/feed", f"http://evil2.example:{site.port}/secret")
    with Site(host="127.0.0.2") as inner:
        refusal = failure(site.url("/feed", host="evil.example"), lookup=rebinding, allow=site.allow)
        assert inner.requests == ()
    assert isinstance(refusal, Refused)
    assert [request.target for request in site.requests] == ["/feed"]


def test_the_address_is_looked_at_again_right_before_the_connection(site: Site) -> None:
    """Even past the resolver (here: asked behind its back), the socket is not made."""

    async def ask() -> None:
        async with Client(user_agent=AGENT) as client:
            assert client._session is not None
            async with client._session.get(site.url("/feed")):
                pass

    with pytest.raises(OSError, match="Cannot connect") as caught:
        asyncio.run(ask())
    assert isinstance(fault(caught.value, site.url("/feed")), Refused)
    assert site.requests == ()


def test_a_peer_that_is_not_who_was_checked_is_not_believed(site: Site) -> None:
    """The socket hook let it through (here: for a moment); what is at the other end is looked at again."""
    site.answer("/feed", b"secret")

    async def ask() -> None:
        async with Client(user_agent=AGENT, allow=Allow.parse(site.allow)) as client:
            assert client._session is not None
            client._session._response_class.check_peer = GuardedResolver(Allow(), Names())  # type: ignore[attr-defined]
            await client.get(site.url("/feed"))

    with pytest.raises(Refused):
        asyncio.run(ask())


def test_a_name_without_an_address_is_a_dns_failure() -> None:
    assert failure("https://nowhere.example/", lookup=Names()).kind == "dns"
    assert failure(f"https://{'a' * 63}.{'b' * 63}.invalid/").kind == "dns"


# bounds


BOMBS = {
    "gzip": gzip.compress(bytes(5_000_000)),
    "deflate": zlib.compress(bytes(5_000_000)),
    "br": brotli.compress(bytes(5_000_000), quality=1),
}


@pytest.mark.parametrize("coding", BOMBS)
def test_a_bomb_ends_at_the_cap(site: Site, coding: str) -> None:
    site.answer("/bomb", BOMBS[coding], headers=(("Content-Encoding", coding),))
    assert len(BOMBS[coding]) < 100_000
    assert failure(site.url("/bomb"), allow=site.allow).kind == "too-large"


def gigabyte_of_gzip() -> Iterator[bytes]:
    squeeze = zlib.compressobj(9, wbits=31)
    for _ in range(1024):
        yield squeeze.compress(bytes(1 << 20)) or b""
    yield squeeze.flush()


def test_a_gigabyte_in_a_megabyte_of_gzip_takes_little_memory(site: Site) -> None:
    data = b"".join(gigabyte_of_gzip())
    assert len(data) < 1_100_000
    site.answer("/bomb", data, headers=(("Content-Encoding", "gzip"),))
    gc.collect()
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    tracemalloc.reset_peak()
    try:
        assert failure(site.url("/bomb"), allow=site.allow, max_bytes=10_000_000).kind == "too-large"
        peak = tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()
    # the cap, a growing bytearray's spare room, the compressed bytes and buffers
    assert peak < 30_000_000


def test_a_body_announced_too_large_is_not_read(site: Site) -> None:
    site.answer("/big", b"x", content_length=100_001, hang="body")
    assert failure(site.url("/big"), allow=site.allow).kind == "too-large"


def test_a_body_without_end_stops_at_the_cap(site: Site) -> None:
    site.answer("/endless", b"x" * 10_000, chunked="endless")
    assert failure(site.url("/endless"), allow=site.allow).kind == "too-large"
    # what fits in the kernel's buffers may have been sent on top
    assert site.bytes_sent < 20_000_000


def test_a_body_of_just_the_cap_comes_and_one_byte_more_does_not(site: Site) -> None:
    site.answer("/full", b"x" * 100_000)
    site.answer("/over", b"x" * 100_001, chunked="whole")
    assert len(get(site.url("/full"), allow=site.allow).body) == 100_000
    assert failure(site.url("/over"), allow=site.allow).kind == "too-large"


@pytest.mark.parametrize(
    "answer",
    [
        Answer(hang="start"),
        Answer(hang="headers"),
        Answer(body=b"xx", hang="body"),
        Answer(body=b"x" * 1000, drip_seconds=0.05),
        Answer(drip_headers_seconds=0.05),
        Answer(status=500, hang="headers"),
    ],
)
def test_a_server_that_is_slow_or_hangs_costs_the_deadline_and_no_more(site: Site, answer: Answer) -> None:
    site.script("/slow", answer)
    assert failure(site.url("/slow"), allow=site.allow, timeout_seconds=0.3).kind == "timeout"


def test_redirects_share_one_deadline(site: Site) -> None:
    for step in range(6):
        answer = Answer(status=302, headers=(("Location", f"/{step + 1}"),), delay_seconds=0.2)
        site.script(f"/{step}", answer)
    assert failure(site.url("/0"), allow=site.allow, timeout_seconds=0.3).kind == "timeout"
    assert len(site.requests) <= 2


def test_a_name_server_that_hangs_costs_the_deadline() -> None:
    async def hanging(host: str, port: int) -> tuple[str, ...]:
        await asyncio.sleep(60)
        return ()

    assert failure("https://slow.example/", lookup=hanging, timeout_seconds=0.3).kind == "timeout"


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (Answer(body=b"x" * 50, content_length=100), "truncated"),
        (Answer(body=b"x" * 50, chunked="broken"), "truncated"),
        (Answer(body=gzip.compress(b"x" * 500)[:-4], headers=(("Content-Encoding", "gzip"),)), "truncated"),
        (Answer(body=b"not gzip at all", headers=(("Content-Encoding", "gzip"),)), "protocol"),
        (Answer(body=b"x", headers=(("Content-Encoding", "zstd"),)), "protocol"),
        (Answer(raw=b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nxx\r\n"), "protocol"),
        (Answer(raw=b"220 mail.example.org ESMTP\r\n"), "protocol"),
        (Answer(raw=b"HTTP/1.1 200 OK\r\nX: " + b"x" * 100_000 + b"\r\n\r\n"), "protocol"),
        (Answer(raw=b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 100_000 + b"\r\n"), "protocol"),
        (Answer(raw=b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx"), "protocol"),
        (Answer(raw=b""), "connect"),
        (Answer(raw=b"HTTP/1.1 2"), "connect"),
    ],
)
def test_what_breaks_has_a_word(site: Site, answer: Answer, kind: str) -> None:
    site.script("/broken", answer)
    assert failure(site.url("/broken"), allow=site.allow).kind == kind


def test_a_shut_door_is_a_failed_connection() -> None:
    with Site() as gone:
        address, allow = gone.url("/"), gone.allow
    assert failure(address, allow=allow).kind == "connect"


def test_no_failure_shows_the_password(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    def odd(seen: Seen) -> Answer:
        return Answer(raw=b"HTTP/1.1 OK\r\n\r\n")

    site.script("/odd", odd)
    site.answer("/hang", hang="start")
    site.redirect("/out", "https://tom:s3cret@10.0.0.1/")
    with caplog.at_level(logging.DEBUG):
        for path in ("/odd", "/hang", "/out"):
            url = site.url(path, userinfo="tom:s3cret")
            why = failure(url, allow=site.allow, timeout_seconds=0.3)
            assert "s3cret" not in f"{why} {why.mend}"
        for url in (
            "https://tom:s3cret@nowhere.example/",
            "http://tom:s3cret@[::1/",
            "http://tom:s3cret/x@h/",
        ):
            why = failure(url, lookup=Names())
            assert "s3cret" not in f"{why} {why.mend}"
    assert "s3cret" not in caplog.text


# TLS


def secure_site() -> tuple[Site, ssl.SSLContext]:
    authority = trustme.CA()
    server, trusting = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context()
    authority.issue_cert("feeds.example", "127.0.0.1").configure_cert(server)
    authority.configure_trust(trusting)
    return Site(tls=server), trusting


def test_https_is_spoken_to_who_proves_it() -> None:
    secure, trusting = secure_site()
    names = Names(feeds_example=("127.0.0.1",), other_example=("127.0.0.1",))
    with secure as site:
        site.answer("/feed", b"x")
        known, wrong = site.url("/feed", host="feeds.example"), site.url("/feed", host="other.example")
        assert get(known, lookup=names, allow=site.allow, tls=trusting).body == b"x"
        assert failure(wrong, lookup=names, allow=site.allow, tls=trusting).kind == "tls"
        unknown = failure(known, lookup=names, allow=site.allow)
        assert unknown.kind == "tls"
        assert "certificate" in unknown.message


def test_https_to_a_server_without_tls_is_a_tls_failure(site: Site) -> None:
    assert failure(site.url("/feed").replace("http:", "https:"), allow=site.allow).kind == "tls"
