"""`digest sources`, `entries`, `issues`, `explain`, `send-test`."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import tomllib
from email import policy
from email.parser import BytesParser
from pathlib import Path

import pytest

from tests.cli.run import child, environment, inside
from tests.cli.sites import put
from tests.httpd import Site

FEED = b"""<?xml version="1.0"?><rss version="2.0"><channel><title>Blog of Z</title><link>http://z.example/</link>
<item><title>A first word</title><link>http://z.example/1</link><guid>z1</guid>
<pubDate>Sat, 21 Nov 2026 10:00:00 GMT</pubDate></item></channel></rss>"""
PAGE = b"""<!doctype html><html><head><title>Z</title>
<link rel="alternate" type="application/rss+xml" title="All" href="/feed.xml"></head><body>Hi</body></html>"""
OPML = b"""<?xml version="1.0"?><opml version="2.0"><body>
<outline text="Snakes"><outline text="One" xmlUrl="https://one.example/feed"/></outline>
<outline text="Two" xmlUrl="https://two.example/feed"/>
<outline text="File" xmlUrl="file:///etc/passwd"/>
</body></opml>"""


def configured(site: Path) -> dict[str, dict[str, object]]:
    """The sources of digest.toml by slug."""
    rows = tomllib.loads((site / "digest.toml").read_text("utf-8")).get("sources", [])
    return {row["slug"]: row for row in rows}


def entry_ids(site: Path) -> dict[str, str]:
    """Short ids by title: sources answer in any order, and entries are numbered as they come."""
    return {entry["title"]: entry["id"] for entry in inside("entries", "list", "--json", at=site).json}


def open_to(site: Path, web: Site) -> None:
    put(site, "allow_private", f'["{web.allow[0]}"]')


def test_a_feed_is_followed_by_the_address_of_its_page(empty: Path) -> None:
    with Site() as web:
        web.answer("/", PAGE, content_type="text/html")
        web.answer("/feed.xml", FEED)
        open_to(empty, web)
        ran = inside("sources", "add", web.url("/"), "--language", "en", at=empty)
        gathered = inside("gather", "--json", at=empty).json

    assert ran.code == 0
    assert "Blog of Z" in ran.out
    assert configured(empty) == {
        "blog-of-z": {
            "slug": "blog-of-z",
            "title": "Blog of Z",
            "url": web.url("/feed.xml"),
            "language": "en",
        }
    }
    assert gathered["entries_new"] == 1


def test_adding_keeps_the_comments(empty: Path) -> None:
    before = (empty / "digest.toml").read_text("utf-8")
    with Site() as web:
        web.answer("/feed.xml", FEED)
        open_to(empty, web)
        before = (empty / "digest.toml").read_text("utf-8")
        inside("sources", "add", web.url("/feed.xml"), at=empty)
    after = (empty / "digest.toml").read_text("utf-8")

    assert [line for line in before.splitlines() if line not in after.splitlines()] == []


def test_the_same_feed_is_not_followed_twice(empty: Path) -> None:
    with Site() as web:
        web.answer("/feed.xml", FEED)
        open_to(empty, web)
        inside("sources", "add", web.url("/feed.xml"), at=empty)
        again = inside("sources", "add", web.url("/feed.xml"), "--slug", "other", at=empty)

    assert again.code == 2
    assert 'followed already, as "blog-of-z"' in again.err
    assert list(configured(empty)) == ["blog-of-z"]


def test_a_name_that_is_taken_is_not_taken_over(demo: Path) -> None:
    (demo / "feeds" / "z.xml").write_bytes(FEED)
    ran = inside("sources", "add", "feeds/z.xml", "--slug", "harbour", at=demo)

    assert ran.code == 2
    assert "--slug" in ran.err


def test_a_slug_that_is_none_leaves_the_file_as_it_was(demo: Path) -> None:
    (demo / "feeds" / "z.xml").write_bytes(FEED)
    before = (demo / "digest.toml").read_bytes()
    ran = inside("sources", "add", "feeds/z.xml", "--slug", "Not A Slug!", at=demo)

    assert ran.code == 2
    assert (demo / "digest.toml").read_bytes() == before


def test_a_topic_misspelt_is_guessed(demo: Path) -> None:
    ran = inside("sources", "add", "feeds/z.xml", "--topic", "event", at=demo)

    assert (ran.code, ran.err) == (1, 'There is no topic "event"; did you mean "events"?\n')


def test_a_path_is_understood_as_seen_from_here(demo: Path) -> None:
    (demo / "feeds" / "z.xml").write_bytes(FEED)
    ran = child("sources", "add", "z.xml", at=demo / "feeds")

    assert ran.code == 0, ran.err
    assert configured(demo)["blog-of-z"]["url"] == "feeds/z.xml"


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("http://192.168.0.1/feed", "private network"),
        ("http://169.254.169.254/latest/meta-data", "allow_private"),
        ("ftp://example.org/feed", "ftp://example.org/feed: only http and https"),
        ("no-such-thing", "no address, no file and no source"),
        ("./no-such-file.xml", "no address, no file and no source"),
    ],
)
def test_what_cannot_be_followed_is_refused_in_words(address: str, words: str, empty: Path) -> None:
    ran = inside("sources", "add", address, at=empty)

    assert (ran.code, ran.out) == (1, "")
    assert words in ran.err
    assert configured(empty) == {}


def test_a_source_taken_out_is_not_asked_any_more(demo: Path) -> None:
    ran = inside("sources", "remove", "harbour", at=demo)

    assert ran.code == 0
    assert "harbour" not in configured(demo)
    assert "harbour" not in inside("sources", "list", at=demo).out
    assert inside("gather", "--force", "--json", at=demo).json["sources"] == 5


def test_a_source_misspelt_is_guessed(demo: Path) -> None:
    ran = inside("sources", "remove", "harbor", at=demo)

    assert (ran.code, ran.err) == (1, 'There is no source "harbor"; did you mean "harbour"?\n')


def test_trying_a_source_stores_nothing(demo: Path) -> None:
    before = inside("sources", "list", "--json", at=demo).json
    ran = inside("sources", "try", "slow-snakes", "--json", at=demo)

    assert ran.json["title"] == "Slow Snakes"
    assert ran.json["entries"] == 4
    assert inside("sources", "list", "--json", at=demo).json == before


def test_a_source_in_trouble_says_which(demo: Path) -> None:
    (demo / "feeds" / "tiny-tools.json").unlink()
    inside("gather", "--force", at=demo)
    ran = inside("sources", "list", at=demo)
    states = {row["slug"]: row["state"] for row in inside("sources", "list", "--json", at=demo).json}

    assert "tiny-tools: " in ran.err
    assert states["tiny-tools"] == "failing"
    assert states["slow-snakes"] == "ok"


def test_folders_of_an_opml_become_topics(empty: Path) -> None:
    dry = inside("sources", "import", "-", "--dry-run", "--json", at=empty, given=OPML).json
    before = configured(empty)
    ran = inside("sources", "import", "-", at=empty, given=OPML)

    assert (dry["sources"], dry["topics"], dry["left_out"]) == (
        ["one", "two"],
        ["snakes"],
        ["file:///etc/passwd"],
    )
    assert before == {}
    assert "file:///etc/passwd: not an address of http or https; left out" in ran.err
    assert "Added 2 sources and 1 topic; 0 followed already." in ran.err
    assert configured(empty)["one"]["topics"] == ["snakes"]


def test_what_is_exported_is_known_when_it_comes_back(empty: Path, tmp_path: Path) -> None:
    inside("sources", "import", "-", at=empty, given=OPML)
    out = child("sources", "export", at=empty, PYTHONIOENCODING="ascii", PYTHONUTF8="0").out.encode()
    again = inside("sources", "import", "-", "--json", at=empty, given=out).json
    inside("init", str(tmp_path / "fresh"))
    fresh = inside("sources", "import", "-", "--json", at=tmp_path / "fresh", given=out).json

    assert (again["sources"], len(again["known"])) == ([], 2)
    assert (sorted(fresh["sources"]), fresh["topics"]) == (["one", "two"], ["snakes"])


def test_what_is_no_list_of_subscriptions_is_refused(empty: Path) -> None:
    ran = inside("sources", "import", "-", at=empty, given=b"nothing like it")

    assert ran.code == 1
    assert ran.err.startswith("This is neither OPML, nor a planet's config.ini, nor a YAML list of sources.")


def test_entries_are_listed_by_source_and_state(demo: Path) -> None:
    all_ = inside("entries", "list", "--json", at=demo).json
    some = inside("entries", "list", "--source", "harbour", "--json", at=demo).json

    assert len(all_) == 21
    assert {entry["source"] for entry in some} == {"harbour"}
    assert inside("entries", "list", "--state", "quarantined", "--json", at=demo).json == []
    assert len(inside("entries", "list", "--limit", "3", at=demo).lines) == 4


def test_an_entry_is_shown_by_its_short_id(demo: Path) -> None:
    ran = inside("entries", "show", "e7", at=demo)
    data = inside("entries", "show", "e7", "--json", at=demo).json

    assert ran.lines[0] == "entry      e7"
    assert data["id"] == "e7"
    assert data["title"] in ran.out


@pytest.mark.parametrize(("name", "code"), [("e999", 1), ("seven", 2), ("e", 2), ("", 2)])
def test_an_entry_that_is_not_there_is_said_to_be(name: str, code: int, demo: Path) -> None:
    assert inside("entries", "show", name, at=demo).code == code
    assert inside("explain", name, at=demo).code == code


def test_a_quarantined_entry_released_comes_with_the_next_night(demo: Path) -> None:
    database = sqlite3.connect(demo / "digest.db")
    with database:
        database.execute(
            "UPDATE entries SET state = 'quarantined', reason = 'too many', seq = NULL, released_at = NULL, "
            "story_id = NULL WHERE source_id IN (SELECT id FROM sources WHERE slug = 'harbour')"
        )
    database.close()
    one = entry_ids(demo)["Open evening: bring a script that annoys you"]
    ran = inside("entries", "release", one, "--source", "harbour", at=demo)
    again = inside("entries", "release", one, at=demo)
    inside("gather", "--now", "2026-11-22T03:30", at=demo)

    assert ran.err == "2 entries will be news with the next night.\n"
    assert again.err == "1 entry had nothing to be released from.\n"
    assert inside("entries", "show", one, "--json", at=demo).json["state"] == "released"


def test_to_release_nothing_is_a_mistake(demo: Path) -> None:
    assert inside("entries", "release", at=demo).code == 2


def test_issues_are_listed_with_their_account(demo: Path) -> None:
    (issue,) = inside("issues", "list", "--json", at=demo).json

    assert (issue["list"], issue["number"], issue["night"]) == ("daily", 1, "2026-11-22")
    assert (issue["deliveries"]["sent"], issue["deliveries"]["open"]) == (4, 0)
    assert inside("issues", "list", at=demo).lines[1].split() == [
        "1",
        "daily",
        "1",
        "2026-11-22",
        "4",
        "0",
        "0",
    ]


def test_an_issue_accounts_for_everybody(demo: Path) -> None:
    ran = inside("issues", "show", "1", at=demo)
    data = inside("issues", "show", "1", "--json", at=demo).json

    assert "4 candidates = 4 sent + 0 failed + 0 suppressed + 0 expired + 0 uncertain + 0 open\n" in ran.out
    assert data["adds_up"]
    assert len(data["stories"]) == 19
    assert data["stories"][0]["topic"] == "events"


def test_an_issue_that_is_not_there_is_said_to_be(demo: Path) -> None:
    assert inside("issues", "show", "7", at=demo).code == 1
    assert inside("issues", "show", "0", at=demo).code == 2
    assert inside("issues", "messages", "7", at=demo).code == 1


def test_what_comes_next(demo: Path) -> None:
    found = {each["list"]: each for each in inside("issues", "next", "--json", at=demo).json}

    assert found["daily"]["stories"] == []
    assert len(found["weekly"]["stories"]) == 19
    assert "nobody is subscribed" in inside("issues", "next", "--list", "weekly", at=demo).err


def test_messages_are_the_bytes_of_the_outbox(demo: Path, tmp_path: Path) -> None:
    ran = inside("issues", "messages", "1", "--out", str(tmp_path / "out"), at=demo)
    written = sorted((tmp_path / "out").glob("*.eml"))
    sent = sorted((demo / "outbox").glob("*.eml"))

    assert "Wrote 4 messages" in ran.err
    assert [path.read_bytes() for path in written] == [path.read_bytes() for path in sent]


def test_a_message_on_standard_output_is_raw(demo: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "digest", "issues", "messages", "1", "--email", "Dan@Example.org"],
        cwd=demo,
        env=environment(PYTHONIOENCODING="ascii", PYTHONUTF8="0"),
        capture_output=True,
        check=True,
    )
    message = BytesParser(policy=policy.default).parsebytes(done.stdout)

    assert message["To"] == "dan@example.org"
    assert done.stdout in {path.read_bytes() for path in (demo / "outbox").glob("*.eml")}


def test_messages_of_a_stranger_are_not_there(demo: Path) -> None:
    ran = inside("issues", "messages", "1", "--email", "nobody@example.org", at=demo)

    assert (ran.code, ran.out) == (1, "")


def test_an_entry_is_explained_to_a_reader(demo: Path) -> None:
    one = entry_ids(demo)["Almanac 3.0 is out, and it does less"]
    got = inside("explain", one, "--email", "ada@example.org", "--json", at=demo).json
    muted = inside("explain", one, "--email", "bruno@example.org", at=demo)

    assert got["for"] == ["daily: yes, in the issue of 2026-11-22: sent."]
    assert "daily: no, because" in muted.out


def test_nothing_is_explained_to_a_stranger(demo: Path) -> None:
    assert inside("explain", "e8", "--email", "nobody@example.org", at=demo).code == 1
    assert inside("explain", "e8", "--email", "nobody", at=demo).code == 2


def test_a_test_leaves_no_trace(demo: Path) -> None:
    before = inside("subscribers", "list", "--json", at=demo).json
    ran = inside("send-test", "me@example.org", "--list", "weekly", at=demo)
    (mail,) = (demo / "outbox").glob("*test-weekly*")
    message = BytesParser(policy=policy.default).parsebytes(mail.read_bytes())

    assert "19 stories" in ran.err
    assert message["Subject"].startswith("[TEST]")
    assert message["To"] == "me@example.org"
    assert inside("subscribers", "list", "--json", at=demo).json == before
    assert len(inside("issues", "list", "--json", at=demo).json) == 1


def test_a_test_without_news_says_so(demo: Path) -> None:
    ran = inside("send-test", "me@example.org", at=demo)

    assert (ran.code, ran.out) == (0, "")
    assert "Nothing new for daily" in ran.err


def test_a_test_as_somebody_else_needs_them_on_the_list(demo: Path) -> None:
    ran = inside("send-test", "me@example.org", "--list", "weekly", "--as", "ada@example.org", at=demo)

    assert ran.code == 1
    assert "not on weekly" in ran.err
