"""`digest serve` as a process: it starts, answers, takes changes of its files, and ends when told to."""

from __future__ import annotations

import json
import signal
import socket
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from smtplib import LMTP
from threading import Event

import pytest

from digest.clock import utc_now
from digest.storage import open_store
from subscribers import tokens
from subscribers.model import SubscriptionId
from tests.cli.run import PATIENCE_SECONDS, child
from tests.cli.sites import put
from tests.serve.serving import Serving
from tests.serve.sites import ask, crowded, token
from tests.smtpd import Command, Fault, Smtpd

ONE_CLICK = {"List-Unsubscribe": "One-Click"}
#: of a bulk run, and of the unsubscriptions that come while it goes on
MAILS, CLICKS = 2_000, 200


def test_a_journey_from_the_planet_to_a_mail_s_one_click(demo: Path) -> None:
    """Health, the planet, its feed, a page of ours; then the button of a mail program, with its proof."""
    with Serving(demo) as house:
        health = house.get("/health")
        front, feed, help_page = house.get("/"), house.get("/atom.xml"), house.get("/help")
        left = house.post(f"/u/{token(demo, 1)}", ONE_CLICK)
        again = house.post(f"/u/{token(demo, 1)}", ONE_CLICK)
        code = house.end()

    told = json.loads(health.body)
    assert (health.status, told["status"], told["open_mail"]["deliveries"]) == (200, "ok", 0)
    assert told["last_night"]["night"] == "2026-11-22"
    assert (front.status, feed.status, help_page.status) == (200, 200, 200)
    assert "Planète démo" in front.text
    assert (left.status, again.status) == (200, 200)
    assert ask(demo, "SELECT consent FROM subscriptions WHERE id = 1") == [("unsubscribed",)]
    proof = "SELECT event, method FROM consents WHERE subscription_id = 1 ORDER BY id DESC LIMIT 1"
    assert ask(demo, proof) == [("unsubscribed", "one-click")]
    assert code == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_well_when_told_to(demo: Path, number: signal.Signals) -> None:
    with Serving(demo) as house:
        assert house.get("/health").status == 200
        assert house.end(number) == 0
        assert "Traceback" not in "\n".join(house.lines)


def test_a_line_a_request_and_no_reader_in_it(demo: Path) -> None:
    secret = token(demo, 1)
    with Serving(demo) as house:
        house.get(f"/u/{secret}")
        house.get("/ada@example.org?address=ada@example.org", headers={"X-Forwarded-For": "198.51.100.7"})
        house.end()

    log = "\n".join(house.lines)
    assert "method=GET path=/u/… status=200" in log
    assert secret not in log
    assert "ada@" not in log
    assert "198.51.100" not in log


def test_a_port_that_is_taken_is_said_with_what_to_do(demo: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ran = child("serve", "--port", str(port), at=demo)

    assert ran.code == 2
    assert ran.err.startswith(f"127.0.0.1:{port} cannot be listened on: Address already in use.")
    assert "--port" in ran.err
    assert "Traceback" not in ran.err


def test_a_changed_file_is_taken_and_a_broken_one_is_said(demo: Path) -> None:
    """The same process goes on: with the new title; then, while the file is broken, still with it."""
    with Serving(demo) as house:
        put(demo, "title", '"Another planet"')
        house.until("reloaded")
        renamed = house.get("/help").text
        good = (demo / "digest.toml").read_text("utf-8")
        (demo / "digest.toml").write_text(good + "\n[site\n", encoding="utf-8")
        house.until("not-reloaded")
        kept = house.get("/help").text
        (demo / "digest.toml").write_text(good, encoding="utf-8")
        house.until("reloaded")

    assert "Another planet" in renamed
    assert "Another planet" in kept


def test_a_template_of_the_site_s_own_is_taken_at_once(demo: Path) -> None:
    (demo / "mine" / "pages").mkdir(parents=True)
    put(demo, "title", '"P"\ntemplates = "mine"')
    with Serving(demo) as house:
        (demo / "mine" / "pages" / "help.html").write_text("<p>My own words.", encoding="utf-8")
        house.until("reloaded")
        assert house.get("/help").text == "<p>My own words."


def test_a_template_with_a_fault_is_said_when_it_is_written_and_refused_at_the_start(demo: Path) -> None:
    (demo / "mine" / "pages").mkdir(parents=True)
    put(demo, "title", '"P"\ntemplates = "mine"')
    with Serving(demo) as house:
        (demo / "mine" / "pages" / "help.html").write_text("<p>{% if %}", encoding="utf-8")
        said = house.until("not-reloaded")
        assert house.get("/health").status == 200
        assert house.end() == 0
    again = child("serve", "--port", "0", at=demo)

    assert "mine/pages/help.html:1" in said
    assert again.code == 1
    assert "mine/pages/help.html:1" in again.err


def test_sighup_reads_the_file_again(demo: Path) -> None:
    with Serving(demo) as house:
        house.tell(signal.SIGHUP)
        house.until("reloaded")
        assert house.get("/health").status == 200
        assert house.end() == 0


def test_a_database_that_cannot_be_read_is_unwell(demo: Path) -> None:
    with Serving(demo) as house:
        (demo / "digest.db").unlink()
        (demo / "digest.db").mkdir()
        health = house.get("/health")

    assert health.status == 503
    assert json.loads(health.body)["status"] == "database"


def test_the_host_that_was_asked_is_read_by_nobody(demo: Path) -> None:
    with Serving(demo) as house:
        paths = ["/", "/help", "/issues", "/nothing", f"/u/{token(demo, 1)}", "/join/daily"]
        answers = [house.get(path, headers={"Host": "evil.example"}) for path in paths]

    for answer in answers:
        assert "evil.example" not in answer.text + str(answer.headers)


def test_a_night_that_was_missed_runs_at_once_and_once(demo: Path) -> None:
    """The machine was off for years: the night of today is caught up, as a command of its own."""
    put(demo, "dir", '"public"\n[night]\nat = "00:00"')
    ask(demo, "UPDATE nights SET night = '2020-01-01'")
    with Serving(demo, "--port", "0") as house:
        ran = house.until("ran command=nightly")
        health = json.loads(house.get("/health").body)
        code = house.end()

    assert ran.endswith("code=0")
    assert health["last_night"]["cut"] is not None
    assert health["last_night"]["night"] > "2020-01-01"
    assert ask(demo, "SELECT COUNT(*) FROM nights") == [(2,)]
    assert (code, sum("command=nightly" in line for line in house.lines)) == (0, 1)


def test_without_the_timer_no_night_runs(demo: Path) -> None:
    put(demo, "dir", '"public"\n[night]\nat = "00:00"')
    ask(demo, "UPDATE nights SET night = '2020-01-01'")
    crowded(demo, 1)
    with Serving(demo) as house:
        house.until("ran command=deliver code=0")
        house.end()

    assert not any("nightly" in line for line in house.lines)


def test_mail_whose_time_has_come_leaves_and_a_stop_waits_for_what_is_in_flight(demo: Path) -> None:
    """Told to end in the middle of a run: the mail in flight is finished, nobody gets one twice."""
    asked = Event()

    def strike(command: Command) -> Fault | None:
        if command.verb == "DOT" and command.nth == 20:
            asked.set()
        return None

    with Smtpd(strike) as relay:
        put(demo, "bounce_domain", '"bounces.example.org"\nconnections = 4')
        put(demo, "smtp", f'"smtp://127.0.0.1:{relay.port}"')
        crowded(demo, 300)
        with Serving(demo) as house:
            assert asked.wait(PATIENCE_SECONDS)
            code = house.end()
        before = Counter(relay.recipients)
        rest = child("deliver", "--json", at=demo)

    assert code == 0
    assert 20 <= sum(before.values()) < 302
    assert json.loads(rest.out)["deliver"]["open"] == 0
    assert set(Counter(relay.recipients).values()) == {1}
    assert len(relay.recipients) == 302


def test_pages_answer_while_a_bulk_run_goes_on(demo: Path) -> None:
    """200 readers press the button of their mail program while 2,000 mails leave: each is answered 200."""
    begun, pressed = Event(), Event()

    def hold(command: Command) -> Fault | None:
        if command.verb == "DOT" and command.nth == 100:
            begun.set()
        if command.verb == "DOT" and command.nth == MAILS - 300:
            # So the run lasts until all have pressed, however slow this machine is.
            assert pressed.wait(PATIENCE_SECONDS)
        return None

    with Smtpd(hold) as relay:
        put(demo, "smtp", f'"smtp://127.0.0.1:{relay.port}"')
        crowded(demo, MAILS)
        with open_store("sqlite:///digest.db", base=demo, now=utc_now()) as store:
            key = store.keys.secret("token")
        links = [
            tokens.make(tokens.Purpose.UNSUBSCRIBE, SubscriptionId(number), key)
            for number in range(5, 5 + CLICKS)
        ]
        with Serving(demo) as house:
            assert begun.wait(PATIENCE_SECONDS)
            with ThreadPoolExecutor(8) as readers:
                answers = list(readers.map(lambda link: house.post(f"/u/{link}", ONE_CLICK).status, links))
            left = len(relay.messages)
            pressed.set()
            house.until("ran command=deliver")
            assert house.end() == 0

    assert answers == [200] * CLICKS
    assert left < MAILS
    gone = f"SELECT COUNT(*) FROM subscriptions WHERE consent = 'unsubscribed' AND id < {5 + CLICKS}"
    assert ask(demo, gone) == [(CLICKS,)]
    assert set(Counter(relay.recipients).values()) == {1}


def test_what_comes_back_is_taken_in_over_lmtp(demo: Path) -> None:
    """A mail to the unsubscribe address of a mail of ours ends that place; others are told it is not here."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    put(demo, "dir", f'"public"\n[web]\ninbound = "lmtp://127.0.0.1:{port}"')
    with open_store("sqlite:///digest.db", base=demo, now=utc_now()) as store:
        local = tokens.local_part(tokens.Mailbox.UNSUBSCRIBE, SubscriptionId(1), store.keys.secret("verp"))
    with Serving(demo) as house, LMTP("127.0.0.1", port, timeout=PATIENCE_SECONDS) as server:
        server.sendmail("a@example.org", [f"{local}@bounces.demo.example.org"], "Subject: unsubscribe\n\n")
        server.ehlo_or_helo_if_needed()
        server.mail("a@example.org")
        stranger = server.rcpt("nobody@bounces.demo.example.org")
        assert house.get("/health").status == 200

    assert stranger[0] == 550
    assert ask(demo, "SELECT consent FROM subscriptions WHERE id = 1") == [("unsubscribed",)]


def test_a_mailbox_of_bounces_is_read_by_itself(demo: Path) -> None:
    """The command runs; that nobody answers there is said, and ends nothing."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    given = (
        f'"bounces.demo.example.org"\nbounces = "imaps://b@127.0.0.1:{port}/INBOX"\nbounces_password = "x"'
    )
    put(demo, "bounce_domain", given)
    with Serving(demo) as house:
        house.until("ran command=inbound code=1")
        assert house.get("/health").status == 200
