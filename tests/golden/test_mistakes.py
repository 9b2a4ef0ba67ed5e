"""Typical mistakes: each is answered with what is wrong, where, and the mend; never with a trace."""

from __future__ import annotations

import asyncio
import fcntl
import shutil
import socket
import sqlite3
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Sink
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tests.cli.run import NIGHT, child
from tests.cli.sites import add, put
from tests.golden.golden import check, transcript
from tests.httpd import Site

A_PAGE = b"<!doctype html><html><head><title>A blog</title></head><body><p>Words, and no feed.</body></html>"


def golden(name: str, *arguments: str, at: Path, **more: str) -> None:
    """The command's whole answer is the golden one, and it holds no trace."""
    ran = child(*arguments, at=at, **more)

    assert "Traceback" not in ran.out + ran.err
    check(name, transcript(f"digest {' '.join(arguments)}", ran, folder=at).replace(NIGHT, "NIGHT"))


@pytest.fixture
def site() -> Iterator[Site]:
    with Site() as one:
        yield one


@pytest.fixture
def closed_port() -> Iterator[int]:
    """A port nobody listens on, and nobody else gets meanwhile."""
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        yield reserved.getsockname()[1]


def _nobody(
    _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, login: object
) -> AuthResult:
    assert isinstance(login, LoginPassword)
    return AuthResult(success=False, handled=False)


class _Relay(Controller):
    """On a free port: aiosmtpd would greet itself on port 0."""

    def _trigger_server(self) -> None:
        assert isinstance(self.server, asyncio.Server)
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()  # type: ignore[no-untyped-call]  # aiosmtpd's own


@pytest.fixture
def strict_relay() -> Iterator[int]:
    """A relay on loopback that lets nobody in."""
    relay = _Relay(Sink(), hostname="127.0.0.1", port=0, authenticator=_nobody, auth_require_tls=False)
    relay.start()
    try:
        yield relay.port
    finally:
        relay.stop()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own that holds a little more than the demo's database."""
    folder = tmp_path / "disk"
    folder.mkdir()
    options = ("-t", "tmpfs", "-o", "size=1500k,mode=700", "tmpfs", str(folder))
    mounted = subprocess.run(["mount", *options], capture_output=True, check=False)
    if mounted.returncode:
        pytest.skip("only root may mount a small disk")
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def fill(folder: Path, *, leave: int) -> None:
    """Use up the disk but for so many bytes."""
    free = shutil.disk_usage(folder).free
    (folder / "ballast").write_bytes(b"x" * (free - leave))


def on(disk: Path) -> str:
    return f"sqlite:///{disk / 'digest.db'}"


def due(site: Path) -> None:
    """Make somebody due, and news for them, on the night after the demo's."""
    feed = site / "feeds" / "slow-snakes.xml"
    text = feed.read_text("utf-8")
    item = (
        "<item><title>One more</title><link>https://snakes.example.org/one-more</link>"
        "<guid>one-more</guid><pubDate>Sun, 22 Nov 2026 20:00:00 GMT</pubDate></item>"
    )
    feed.write_text(text.replace("<item>", f"{item}<item>", 1), encoding="utf-8")


def test_a_command_misspelt(tmp_path: Path) -> None:
    golden("command-misspelt", "subscriber", "list", at=tmp_path)


def test_no_settings_here(tmp_path: Path) -> None:
    golden("no-settings-here", "nightly", at=tmp_path)


def test_a_key_misspelt(demo: Path) -> None:
    put(demo, "bounce_domain", '"bounces.example.org"\nsmpt = "smtp://127.0.0.1"')

    golden("key-misspelt", "nightly", at=demo)


def test_several_faults_at_once(demo: Path) -> None:
    put(demo, "timezone", '"Europe/Pariss"')
    put(demo, "contact", '"nobody"')
    put(demo, "cadence", '"daily"')
    add(demo, '[[sources]]\nslug = "harbour"')

    golden("several-faults", "doctor", at=demo)


def test_a_file_that_is_not_toml(demo: Path) -> None:
    add(demo, "[[lists]\n")

    golden("not-toml", "lists", "list", at=demo)


def test_an_address_misspelt(demo: Path) -> None:
    golden("address-misspelt", "subscribers", "add", "ada@@example.org", "--list", "daily", at=demo)


def test_a_list_misspelt(demo: Path) -> None:
    golden("list-misspelt", "subscribers", "add", "ada@example.org", "--list", "wekly", at=demo)


def test_a_time_zone_misspelt(demo: Path) -> None:
    arguments = ("ada@example.org", "--list", "weekly", "--timezone", "Paris")

    golden("zone-misspelt", "subscribers", "add", *arguments, at=demo)


def test_a_relay_that_is_down(demo: Path, closed_port: int) -> None:
    put(demo, "smtp", f'"smtp://127.0.0.1:{closed_port}"')
    due(demo)

    golden("relay-down", "nightly", "--now", "2026-11-23T03:00", at=demo)


def test_a_wrong_password(demo: Path, strict_relay: int) -> None:
    (demo / "smtp-password").write_text("wrong\n", encoding="utf-8")
    put(demo, "smtp", f'"smtp://digest@127.0.0.1:{strict_relay}"\npassword = "file:smtp-password"')
    due(demo)

    golden("wrong-password", "nightly", "--now", "2026-11-23T03:00", at=demo)


def test_a_password_file_that_is_missing(demo: Path) -> None:
    put(demo, "smtp", '"smtps://digest@mail.example.org"\npassword = "file:smtp-password"')

    golden("password-missing", "deliver", at=demo)


def test_a_page_without_a_feed(empty: Path, site: Site) -> None:
    site.answer("/", A_PAGE, content_type="text/html")
    put(empty, "allow_private", f"{list(site.allow)!r}".replace("'", '"'))

    golden("page-without-a-feed", "sources", "add", site.url("/"), at=empty)


def test_a_feed_that_became_a_page(empty: Path, site: Site) -> None:
    site.answer("/feed.xml", A_PAGE, content_type="text/html")
    put(empty, "allow_private", f"{list(site.allow)!r}".replace("'", '"'))
    add(empty, f'[[sources]]\nslug = "blog"\nurl = "{site.url("/feed.xml")}"')

    golden("feed-became-a-page", "gather", "--now", NIGHT, at=empty)


def test_an_address_of_the_inner_network(empty: Path) -> None:
    golden("inner-network", "sources", "add", "http://192.168.1.1/feed.xml", at=empty)


def test_a_clock_far_off_before_a_real_relay(demo: Path) -> None:
    put(demo, "smtp", '"smtp://mail.example.org"')

    golden("clock-far-off", "nightly", "--now", "2019-01-01T03:00", at=demo)


def test_a_second_run_at_the_same_time(demo: Path) -> None:
    with (demo / "digest.db.gather.lock").open("w", encoding="utf-8") as held:
        held.write("pid 4711 since 2026-11-22T02:00:00+00:00\n")
        held.flush()
        fcntl.flock(held, fcntl.LOCK_EX)

        golden("another-run", "nightly", "--now", NIGHT, at=demo)


def test_a_database_of_a_newer_version(demo: Path) -> None:
    database = sqlite3.connect(demo / "digest.db")
    with database:
        database.execute(
            "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) "
            "VALUES ('digest', '9999_beyond', '')"
        )
    database.close()

    golden("database-newer", "lists", "list", at=demo)


def test_a_database_of_another_program(demo: Path) -> None:
    for path in demo.glob("digest.db*"):
        path.unlink()
    database = sqlite3.connect(demo / "digest.db")
    with database:
        database.execute("CREATE TABLE recipes (id INTEGER PRIMARY KEY, title TEXT)")
    database.close()

    golden("database-of-another", "lists", "list", at=demo)


def test_a_database_that_is_none(demo: Path) -> None:
    for path in demo.glob("digest.db*"):
        path.unlink()
    (demo / "digest.db").write_text("Chère Odette, " * 100, encoding="utf-8")

    golden("database-that-is-none", "lists", "list", at=demo)


def test_a_template_that_is_broken(demo: Path) -> None:
    (demo / "my-templates" / "mail").mkdir(parents=True)
    (demo / "my-templates" / "mail" / "story.html").write_text("<p>\n{% if story %}\n", encoding="utf-8")
    put(demo, "postal_address", '"Vaubrun"\ntemplates = "my-templates"')
    due(demo)

    golden("template-broken", "nightly", "--now", "2026-11-23T03:00", at=demo)


def test_a_disk_that_is_full(demo: Path, small_disk: Path) -> None:
    shutil.copy(demo / "digest.db", small_disk)
    due(demo)
    fill(small_disk, leave=72 * 1024)

    golden("disk-full", "nightly", "--now", "2026-11-23T03:00", at=demo, DIGEST_STORAGE__URL=on(small_disk))


def test_a_disk_that_was_full_loses_nothing(demo: Path, small_disk: Path) -> None:
    """The run that failed, once there is room: the mails go out, each once."""
    shutil.copy(demo / "digest.db", small_disk)
    due(demo)
    before = len(list((demo / "outbox").glob("*.eml")))
    fill(small_disk, leave=72 * 1024)
    full = child("nightly", "--now", "2026-11-23T03:00", at=demo, DIGEST_STORAGE__URL=on(small_disk))
    (small_disk / "ballast").unlink()
    again = child("nightly", "--now", "2026-11-23T05:00", at=demo, DIGEST_STORAGE__URL=on(small_disk))

    assert (full.code, again.code) == (1, 0), full.err + again.err
    assert len(list((demo / "outbox").glob("*.eml"))) == before + 2
