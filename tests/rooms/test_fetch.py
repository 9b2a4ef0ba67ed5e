"""Every request gets exactly one reply, which says what the other side said (gather F1–F10, F13)."""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import aclosing
from datetime import timedelta
from pathlib import Path
from typing import NoReturn

import pytest

from digest.gather.fetch import fetch, fetch_all
from digest.gather.reply import Failed, Fetched, Reply, Request, Unchanged
from digest.net.client import Client
from digest.net.guard import Allow
from tests.httpd import Answer, Site

AGENT = "planet-digest (+https://digest.example.org)"
DATE = "Sun, 22 Nov 2026 03:00:00 GMT"
SATURDAY = "Sat, 21 Nov 2026 03:00:00 GMT"


@pytest.fixture
def site() -> Iterator[Site]:
    with Site() as running:
        yield running


def client(*sites: Site, timeout_seconds: float = 20) -> Client:
    allow = Allow.parse(tuple(entry for each in sites for entry in each.allow))
    return Client(
        user_agent=AGENT, allow=allow, max_bytes=50_000, per_host=8, timeout_seconds=timeout_seconds
    )


def ask(
    site: Site,
    path: str,
    *,
    etag: str | None = None,
    last_modified: str | None = None,
    userinfo: str = "",
) -> Reply:
    address = site.url(path, userinfo=userinfo)
    return ask_for(
        Request(slug="one", address=address, etag=etag, last_modified=last_modified), site, base=Path("/none")
    )


def ask_for(request: Request, *sites: Site, base: Path) -> Reply:
    async def once() -> Reply:
        async with client(*sites) as open_client:
            return await fetch(open_client, request, base=base)

    return asyncio.run(once())


def ask_all(
    requests: Sequence[Request],
    *sites: Site,
    per_host: int = 8,
    concurrency: int = 32,
    deadline_seconds: float | None = None,
    timeout_seconds: float = 20,
) -> list[tuple[Request, Reply]]:
    async def all_of_them() -> list[tuple[Request, Reply]]:
        async with client(*sites, timeout_seconds=timeout_seconds) as open_client:
            answers = fetch_all(
                open_client,
                requests,
                base=Path("/none"),
                per_host=per_host,
                concurrency=concurrency,
                deadline_seconds=deadline_seconds,
            )
            return [answer async for answer in answers]

    return asyncio.run(all_of_them())


# F1: validators


@pytest.mark.parametrize("etag", ['"a"', 'W/"a"', "unquoted", '"with space, and comma"', '"é"', '"a";gzip'])
def test_validators_go_back_exactly_as_they_came(site: Site, etag: str) -> None:
    date = "Sat,  21-Nov-2026 03:00:00 +0100 (odd)"
    site.answer("/feed", b"<rss/>", etag=etag, last_modified=date)
    first = ask(site, "/feed")
    assert isinstance(first, Fetched)
    assert (first.etag, first.last_modified) == (etag, date)
    second = ask(site, "/feed", etag=first.etag, last_modified=first.last_modified)
    assert isinstance(second, Unchanged)
    headers = site.requests[1].headers
    assert (headers["if-none-match"], headers["if-modified-since"]) == (etag, date)


def test_without_validators_the_request_is_unconditional(site: Site) -> None:
    site.answer("/feed", b"<rss/>")
    ask(site, "/feed")
    assert not {"if-none-match", "if-modified-since"} & site.requests[0].headers.keys()


def test_a_304_says_only_the_validators_it_says(site: Site) -> None:
    site.answer("/bare", status=304)
    site.answer("/full", status=304, etag='"b"', last_modified=SATURDAY)
    assert ask(site, "/bare", etag='"a"') == Unchanged()
    assert ask(site, "/full", etag='"a"') == Unchanged(etag='"b"', last_modified=SATURDAY)


def test_a_304_nobody_asked_for_is_a_failure(site: Site) -> None:
    site.answer("/feed", status=304)
    reply = ask(site, "/feed")
    assert isinstance(reply, Failed)
    assert (reply.kind, reply.status) == ("protocol", 304)


# what comes


def test_a_body_comes_with_its_address_and_type(site: Site) -> None:
    site.answer("/feed", b"<rss/>", content_type="text/xml; charset=latin-1")
    reply = ask(site, "/feed")
    assert reply == Fetched(
        address=site.url("/feed"), body=b"<rss/>", content_type="text/xml; charset=latin-1"
    )
    assert "application/atom+xml" in site.requests[0].headers["accept"]


# F3: moves


@pytest.mark.parametrize(
    ("statuses", "moves"),
    [
        ((), False),
        ((301,), True),
        ((308,), True),
        ((301, 308, 301), True),
        ((302,), False),
        ((303,), False),
        ((307,), False),
        ((301, 302), False),
        ((302, 301), False),
        ((308, 307, 301), False),
    ],
)
@pytest.mark.parametrize("etag", [None, '"a"'])
def test_only_a_chain_of_permanent_redirects_is_a_move(
    site: Site, statuses: tuple[int, ...], moves: bool, etag: str | None
) -> None:
    for step, status in enumerate(statuses):
        site.redirect(f"/{step}", f"/{step + 1}", status=status)
    end = f"/{len(statuses)}"
    site.answer(end, b"<rss/>", etag='"a"')
    reply = ask(site, "/0", etag=etag)
    assert isinstance(reply, Unchanged if etag else Fetched)
    assert reply.moved_to == (site.url(end) if moves else None)
    assert not isinstance(reply, Fetched) or reply.address == site.url(end)


def test_a_redirect_that_ends_badly_is_no_move(site: Site) -> None:
    site.redirect("/old", "/gone", status=301)
    reply = ask(site, "/old")
    assert isinstance(reply, Failed)
    assert reply.status == 404


# F5, F6: refusals


@pytest.mark.parametrize(
    ("status", "kind"),
    [(410, "gone"), (404, "status"), (403, "status"), (429, "status"), (500, "status"), (503, "status"),
     (204, "status"), (206, "status"), (599, "status")],
)  # fmt: skip
def test_a_status_that_is_not_an_answer_is_a_failure_with_that_status(
    site: Site, status: int, kind: str
) -> None:
    site.answer("/feed", b"<rss/>", status=status)
    reply = ask(site, "/feed")
    assert isinstance(reply, Failed)
    assert (reply.kind, reply.status) == (kind, status)
    assert str(status) in reply.words
    assert f"127.0.0.1:{site.port}" in reply.words


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(
    ("value", "wait"),
    [
        ("90", timedelta(seconds=90)),
        ("Sun, 22 Nov 2026 05:00:00 GMT", timedelta(hours=2)),
        ("Sat, 21 Nov 2026 05:00:00 GMT", None),
        ("315360000", timedelta(days=3650)),
        ("-5", None),
        ("later", None),
    ],
)
def test_retry_after_is_told_relative_to_the_servers_date(
    site: Site, status: int, value: str, wait: timedelta | None
) -> None:
    site.answer("/feed", status=status, headers=(("Retry-After", value), ("Date", DATE)))
    reply = ask(site, "/feed")
    assert isinstance(reply, Failed)
    assert reply.retry_after == wait


# F7: freshness


@pytest.mark.parametrize("status", [200, 304])
@pytest.mark.parametrize(
    ("headers", "fresh"),
    [
        ((("Cache-Control", "max-age=600"),), timedelta(minutes=10)),
        ((("Expires", "Sun, 22 Nov 2026 05:00:00 GMT"), ("Date", DATE)), timedelta(hours=2)),
        ((("Cache-Control", "no-cache"),), None),
        ((), None),
    ],
)
def test_freshness_is_told(
    site: Site, status: int, headers: tuple[tuple[str, str], ...], fresh: timedelta | None
) -> None:
    site.answer("/feed", b"", status=status, headers=headers)
    reply = ask(site, "/feed", etag='"a"')
    assert isinstance(reply, Fetched | Unchanged)
    assert reply.fresh_for == fresh


# F9, F10, F13: bounds, guard, passwords


def test_what_the_client_cannot_bring_is_a_failure_with_its_word(site: Site) -> None:
    site.answer("/big", b"x" * 50_001)
    site.redirect("/loop", "/loop")
    site.redirect("/inside", "http://169.254.169.254/")
    found = {path: ask(site, path) for path in ("/big", "/loop", "/inside")}
    kinds = {path: reply.kind for path, reply in found.items() if isinstance(reply, Failed)}
    assert kinds == {"/big": "too-large", "/loop": "redirects", "/inside": "refused"}


@pytest.mark.parametrize(
    "address",
    [
        "file:///etc/passwd",
        "FILE:/etc/passwd",
        "gopher://example.org/",
        "http://10.0.0.1/",
        "data:text/xml,x",
    ],
)
def test_an_address_we_do_not_fetch_is_a_failure_and_says_how_to_mend_it(address: str) -> None:
    reply = ask_for(Request(slug="one", address=address), base=Path("/"))
    assert isinstance(reply, Failed)
    assert reply.kind == "refused"
    assert "allow_private" in reply.words or "http" in reply.words


@pytest.mark.parametrize("path", ["/feed", "/moved", "/gone", "/inside", "/broken"])
def test_no_reply_shows_the_password(site: Site, path: str) -> None:
    site.answer("/feed", b"<rss/>")
    site.redirect("/moved", "/feed", status=301)
    site.answer("/gone", status=410)
    site.redirect("/inside", "http://10.0.0.1/")
    site.answer("/broken", raw=b"nonsense\r\n\r\n")
    reply = ask(site, path, userinfo="tom:s3cret")
    assert "s3cret" not in repr(reply)
    assert "tom" not in repr(reply)
    assert site.requests[0].headers["authorization"].startswith("Basic ")


def test_an_address_with_a_password_never_moves(site: Site) -> None:
    site.redirect("/old", "/feed", status=301)
    site.answer("/feed", b"<rss/>")
    reply = ask(site, "/old", userinfo="tom:s3cret")
    assert isinstance(reply, Fetched)
    assert reply.moved_to is None


# files


def test_a_path_is_read_beside_the_base_and_an_untouched_file_is_unchanged(tmp_path: Path) -> None:
    (tmp_path / "feeds").mkdir()
    file = tmp_path / "feeds" / "mine.xml"
    file.write_bytes(b"<rss/>")
    request = Request(slug="mine", address="feeds/mine.xml")
    first = ask_for(request, base=tmp_path)
    assert isinstance(first, Fetched)
    assert first.body == b"<rss/>"
    again = Request(slug="mine", address=str(file), etag=first.etag)
    assert ask_for(again, base=tmp_path) == Unchanged(etag=first.etag)
    os.utime(file, ns=(1, 1))
    touched = ask_for(again, base=tmp_path)
    assert isinstance(touched, Fetched)
    assert touched.etag != first.etag


@pytest.mark.parametrize("path", ["missing.xml", ".", "pipe", "nul\0l", "x" * 5000])
def test_a_path_that_is_no_file_is_a_failure(tmp_path: Path, path: str) -> None:
    os.mkfifo(tmp_path / "pipe")
    reply = ask_for(Request(slug="one", address=path), base=tmp_path)
    assert isinstance(reply, Failed)
    assert reply.kind == "file"


def test_a_file_over_the_cap_is_too_large(tmp_path: Path) -> None:
    (tmp_path / "big").write_bytes(bytes(50_001))
    reply = ask_for(Request(slug="one", address="big"), base=tmp_path)
    assert isinstance(reply, Failed)
    assert reply.kind == "too-large"


def test_a_redirect_never_reads_a_file(site: Site, tmp_path: Path) -> None:
    secret = tmp_path / "secret.xml"
    secret.write_bytes(b"<rss/>")
    for to in (secret.as_uri(), f"file:{secret}"):
        site.redirect("/feed", to)
        reply = ask_for(Request(slug="one", address=site.url("/feed")), site, base=tmp_path)
        assert isinstance(reply, Failed)
        assert reply.kind == "refused"


# all of them


def requests_for(site: Site, count: int, prefix: str = "") -> list[Request]:
    return [Request(slug=f"{prefix}{each}", address=site.url(f"/{prefix}{each}")) for each in range(count)]


def test_every_request_gets_exactly_one_reply(site: Site) -> None:
    requests = requests_for(site, 60)
    for each in range(0, 60, 2):
        site.answer(f"/{each}", b"<rss/>")
    requests += [Request(slug="bad", address="http://"), Request(slug="file", address="no.xml")]
    answers = ask_all(requests, site)
    assert Counter(request.slug for request, _ in answers) == Counter(each.slug for each in requests)
    assert sum(isinstance(reply, Fetched) for _, reply in answers) == 30


def test_no_requests_no_replies() -> None:
    assert ask_all([]) == []


@pytest.mark.parametrize(("per_host", "concurrency", "most"), [(1, 8, 1), (2, 8, 2), (8, 3, 3)])
def test_no_host_and_no_run_is_asked_more_at_once_than_allowed(
    site: Site, per_host: int, concurrency: int, most: int
) -> None:
    for each in range(12):
        site.answer(f"/{each}", b"<rss/>", delay_seconds=0.02)
    answers = ask_all(requests_for(site, 12), site, per_host=per_host, concurrency=concurrency)
    assert sum(isinstance(reply, Fetched) for _, reply in answers) == 12
    assert 1 <= site.peak <= most


def test_hosts_take_turns(site: Site) -> None:
    """A host with many sources does not keep a host with one waiting: 127.0.0.2 is asked second."""
    with Site(host="127.0.0.2") as other:
        for each in range(10):
            site.answer(f"/{each}", b"<rss/>")
        other.answer("/b0", b"<rss/>")
        requests = [*requests_for(site, 10), *requests_for(other, 1, "b")]
        answers = ask_all(requests, site, other, per_host=1, concurrency=1)
    assert [request.slug for request, _ in answers][:3] == ["0", "b0", "1"]


def test_a_host_that_hangs_keeps_no_other_waiting(site: Site) -> None:
    with Site(host="127.0.0.2") as other:
        for each in range(6):
            site.answer(f"/{each}", hang="start")
            other.answer(f"/b{each}", b"<rss/>")
        requests = [*requests_for(site, 6), *requests_for(other, 6, "b")]
        answers = ask_all(requests, site, other, per_host=2, concurrency=4, timeout_seconds=0.3)
    assert {request.slug for request, _ in answers[:6]} == {f"b{each}" for each in range(6)}
    assert {reply.kind for _, reply in answers[6:] if isinstance(reply, Failed)} == {"timeout"}


def test_an_address_asked_for_twice_is_fetched_once_for_both(site: Site) -> None:
    site.answer("/feed", b"<rss/>")
    requests = [
        Request(slug="a", address=site.url("/feed")),
        Request(slug="b", address=site.url("/feed#top")),
    ]
    answers = ask_all(requests, site)
    assert [request.slug for request, _ in answers] == ["a", "b"]
    assert all(isinstance(reply, Fetched) for _, reply in answers)
    assert len(site.requests) == 1


def test_askers_of_one_address_who_hold_different_states_both_get_the_body(site: Site) -> None:
    site.answer("/feed", b"<rss/>", etag='"new"')
    address = site.url("/feed")
    requests = [Request(slug="a", address=address, etag='"new"'), Request(slug="b", address=address)]
    answers = ask_all(requests, site)
    assert all(isinstance(reply, Fetched) for _, reply in answers)
    assert len(site.requests) == 1


def test_what_is_not_answered_by_the_deadline_comes_back_as_such(site: Site) -> None:
    site.answer("/0", b"<rss/>")
    for each in range(1, 5):
        site.answer(f"/{each}", hang="start")
    answers = ask_all(requests_for(site, 5), site, per_host=2, concurrency=2, deadline_seconds=0.4)
    kinds = {request.slug: reply.kind for request, reply in answers if isinstance(reply, Failed)}
    assert len(answers) == 5
    assert kinds == dict.fromkeys(("1", "2", "3", "4"), "deadline")


class Crashing(Client):
    """A client with a bug, for one address."""

    async def get(self, url: str, headers: object = None) -> NoReturn:
        raise ZeroDivisionError(url)


def test_a_crash_of_ours_is_one_sources_failure_without_its_password(
    caplog: pytest.LogCaptureFixture,
) -> None:
    requests = [Request(slug="a", address="https://tom:s3cret@x.org/"), Request(slug="b", address="no.xml")]

    async def all_of_them() -> dict[str, Reply]:
        async with Crashing(user_agent=AGENT) as broken:
            answers = fetch_all(broken, requests, base=Path("/none"))
            return {request.slug: reply async for request, reply in answers}

    found = asyncio.run(all_of_them())
    assert isinstance(found["a"], Failed)
    assert isinstance(found["b"], Failed)
    assert (found["a"].kind, found["b"].kind) == ("error", "file")
    assert "ZeroDivisionError" in found["a"].words
    assert "s3cret" not in found["a"].words + caplog.text


def test_ending_early_ends_what_is_under_way(site: Site) -> None:
    site.answer("/0", b"<rss/>")
    site.answer("/1", hang="start")

    async def first() -> int:
        async with client(site) as open_client:
            async with aclosing(fetch_all(open_client, requests_for(site, 2), base=Path("/"))) as answers:
                async for _ in answers:
                    break
            return len(asyncio.all_tasks())

    assert asyncio.run(first()) == 1


def test_a_slow_reader_is_not_buried_in_bodies(site: Site) -> None:
    """At most `concurrency` answers are under way or waiting to be taken."""
    for each in range(20):
        site.answer(f"/{each}", b"<rss/>")

    async def take_slowly() -> list[int]:
        asked = []
        async with client(site) as open_client:
            taken = 0
            async for _ in fetch_all(
                open_client, requests_for(site, 20), base=Path("/"), per_host=8, concurrency=3
            ):
                taken += 1
                await asyncio.sleep(0.02)
                asked.append(len(site.requests) - taken)
        return asked

    assert max(asyncio.run(take_slowly())) <= 3


def test_an_answer_can_be_scripted_per_request(site: Site) -> None:
    """Failing, then well again: the second ask is unconditional and gets the body."""
    site.script("/moody", Answer(status=503), Answer(body=b"<rss/>"))
    assert isinstance(ask(site, "/moody"), Failed)
    assert isinstance(ask(site, "/moody"), Fetched)
