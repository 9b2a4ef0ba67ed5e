"""Many lanes, joined, on a relay that pipelines: refused neighbours, lost connections, rates, stops."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from digest.deliver import Policy, deliver, transport_of
from digest.deliver.pace import Pace
from digest.deliver.ramp import Ramp
from digest.model.rate import Rate
from digest.storage import Store, open_store
from tests.ledger import HEAD, NOW, cursors, peek, planned, poke, statuses
from tests.rooms.delivering import composed
from tests.rooms.door import LATER, PATIENT, READERS, run
from tests.smtpd import DROP, Command, Fault, Smtpd, at, say, say_and_drop

PIPELINING = ("SIZE 1000000", "PIPELINING", "ENHANCEDSTATUSCODES")
MANY = [f"reader{n}@d{n % 7}.example" for n in range(60)]
TEN = Policy(connections=10)
FOUR = Policy(connections=4)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store("sqlite:///digest.db", base=tmp_path, now=NOW) as opened:
        yield opened


def own_envelopes(server: Smtpd) -> bool:
    """Every message came under its own sender, to its own reader."""
    return all(
        f"Message-ID: <d{message.mail_from.split('.')[1].split('@')[0]}@" in message.content.decode()
        and f"To: {message.rcpt_to[0]}" in message.content.decode()
        and len(message.rcpt_to) == 1
        for message in server.messages
    )


@pytest.mark.parametrize("extensions", [PIPELINING, ("SIZE 1000000",)], ids=["pipelining", "lockstep"])
def test_many_lanes_give_everybody_theirs_once(store: Store, extensions: tuple[str, ...]) -> None:
    planned(store, MANY)
    with Smtpd(extensions=extensions) as server:
        report = run(store, server.port, policy=TEN)

    assert (report.sent, report.open) == (60, 0)
    assert Counter(server.recipients) == dict.fromkeys(MANY, 1)
    assert own_envelopes(server)
    assert 1 < server.connections <= 10
    assert set(cursors(store)) == {HEAD}


def test_a_message_costs_one_round_trip_where_the_relay_pipelines(store: Store) -> None:
    """RFC 2920: the dot of one and the commands of the next are one write, so they arrive in that order."""
    planned(store, READERS)
    with Smtpd(extensions=PIPELINING) as server:
        run(store, server.port)

    verbs = [line.split(" ")[0].upper() for line in server.lines]
    assert verbs == ["CONNECT", "EHLO", *["MAIL", "RCPT", "DATA", "DOT"] * 3, "QUIT"]
    assert server.connections == 1


@pytest.mark.parametrize("verb", ["MAIL", "RCPT"])
def test_a_refused_reader_harms_no_neighbour(store: Store, verb: str) -> None:
    planned(store, MANY)
    refused = at(verb, say("550 5.1.1 nobody"), nth=17)
    with Smtpd(refused, extensions=PIPELINING) as server:
        report = run(store, server.port, policy=FOUR)

    assert (report.sent, report.failed + report.deferred, report.suppressed) == (59, 1, 0)
    assert len(set(server.recipients)) == len(server.recipients) == 59
    assert own_envelopes(server)
    assert "RSET" in server.lines


def test_354_without_a_reader_is_ended_by_a_lone_dot(store: Store) -> None:
    """Some relays say 354 although they refused everybody: no content may follow (RFC 2920 3.1)."""
    planned(store, READERS)

    def script(command: Command) -> Fault | None:
        if command.verb == "RCPT" and command.nth == 2:
            return say("550 5.1.1 nobody")
        if command.verb == "DATA" and command.nth == 2:
            return say("354 go ahead all the same")
        return None

    with Smtpd(script, extensions=PIPELINING) as server:
        report = run(store, server.port)

    assert (report.sent, report.failed) == (2, 1)
    assert [message.content for message in server.messages if not message.rcpt_to] == [b""]
    assert [message.rcpt_to for message in server.messages if message.content] == [
        (READERS[0],),
        (READERS[2],),
    ]


@pytest.mark.parametrize("verb", ["MAIL", "RCPT", "DATA", "DOT"])
@pytest.mark.parametrize("fault", [DROP, say_and_drop("421 4.3.2 going down")], ids=["drop", "421"])
def test_a_lost_connection_costs_one_at_most(store: Store, verb: str, fault: Fault) -> None:
    """What was joined to a lost message leaves on another connection, unharmed."""
    planned(store, MANY)
    with Smtpd(at(verb, fault, nth=23), extensions=PIPELINING) as server:
        first = run(store, server.port, policy=FOUR)
        second = run(store, server.port, policy=FOUR, now=LATER)

    assert first.sent >= 59
    assert first.sent + second.sent == 60
    copies = Counter(server.recipients)
    assert set(copies) == set(MANY)
    assert sum(copies.values()) <= 60 + (verb == "DOT" and fault is DROP)
    assert own_envelopes(server)


def test_connections_are_replaced_when_they_have_carried_enough(store: Store) -> None:
    planned(store, MANY)
    with Smtpd(extensions=PIPELINING) as server:
        run(store, server.port, policy=Policy(per_connection=20))

    assert server.connections == 3
    assert Counter(message.connection for message in server.messages) == {1: 20, 2: 20, 3: 20}


def test_a_relay_that_takes_few_connections_is_not_asked_for_more(store: Store) -> None:
    planned(store, MANY)

    def script(command: Command) -> Fault | None:
        is_too_many = command.verb == "CONNECT" and command.connection > 2
        return say_and_drop("421 4.7.0 too many connections from you") if is_too_many else None

    with Smtpd(script, extensions=PIPELINING) as server:
        report = run(store, server.port, policy=FOUR)

    assert (report.sent, report.stopped) == (60, None)
    assert server.connections <= 4


def test_a_stop_takes_back_what_was_only_offered(store: Store) -> None:
    planned(store, MANY)
    with Smtpd(extensions=PIPELINING) as server:
        report = run(store, server.port, policy=FOUR, stop=lambda: len(server.messages) >= 10)

    counts = Counter(statuses(store))
    assert set(counts) == {"sent", "planned"}
    assert counts["sent"] == len(server.messages) == report.sent < 60


def test_who_leaves_before_the_content_gets_none_and_the_others_theirs(store: Store) -> None:
    planned(store, MANY)

    def script(command: Command) -> Fault | None:
        if command.verb == "DATA" and command.nth == 9:
            with open_store("sqlite:///digest.db", base=(store.path or Path()).parent, now=NOW) as other:
                poke(other, "UPDATE subscriptions SET consent = 'unsubscribed', due_at = NULL WHERE id = 9")
        return None

    with Smtpd(script, extensions=PIPELINING) as server:
        report = run(store, server.port)

    assert (report.sent, report.suppressed) == (59, 1)
    assert MANY[8] not in server.recipients
    assert Counter(server.recipients) == dict.fromkeys([*MANY[:8], *MANY[9:]], 1)


def test_lmtp_is_spoken_to_who_keeps_the_mail(store: Store) -> None:
    planned(store, READERS)
    with Smtpd(extensions=PIPELINING) as server:
        report = run(store, server.port, scheme="lmtp")

    assert (report.sent, server.recipients) == (3, READERS)
    assert any(line.startswith(("lhlo", "LHLO")) for line in server.lines)


def test_a_maildir_gets_one_new_file_a_delivery(store: Store, tmp_path: Path) -> None:
    planned(store, READERS[:2])
    box = transport_of("maildir:box", None, tmp_path, PATIENT)
    report = deliver(store, box, composed, policy=Policy(), now=lambda: NOW, random=lambda: 0.5)

    kept = sorted((tmp_path / "box/new").iterdir())
    assert (report.sent, [path.name for path in kept]) == (
        2,
        ["0001-weekly-ada-at-one.example.planet-digest", "0002-weekly-bob-at-two.example.planet-digest"],
    )
    assert b"\r" not in kept[0].read_bytes()
    assert list((tmp_path / "box/tmp").iterdir()) == []


def test_a_new_sender_stops_at_its_share_of_the_day(store: Store) -> None:
    """Most recently confirmed first; the rest stays planned, and no attempt is counted."""
    planned(store, MANY)
    ramp = Ramp(sender="example.org", today=NOW.date(), first_day=NOW.date(), sent_today=45)
    with Smtpd(extensions=PIPELINING) as server:
        relay = transport_of(f"smtp://127.0.0.1:{server.port}", None, Path(), PATIENT)
        report = deliver(
            store,
            relay,
            composed,
            policy=TEN,
            now=lambda: NOW,
            random=lambda: 0.5,
            pace=Pace(ramp=ramp),
        )

    assert (report.sent, report.is_ramping, report.open) == (5, True, 55)
    assert Counter(statuses(store)) == {"sent": 5, "planned": 55}
    assert peek(store, "SELECT id FROM deliveries WHERE lease_until_at IS NOT NULL") == []


def test_a_rate_is_kept_and_everybody_served(store: Store) -> None:
    """The clock moves only as the run asks for it: what it waits for is not slept for."""
    planned(store, READERS)
    ticks = iter(range(1_000_000))
    with Smtpd(extensions=PIPELINING) as server:
        relay = transport_of(f"smtp://127.0.0.1:{server.port}", None, Path(), PATIENT)
        report = deliver(
            store,
            relay,
            composed,
            policy=TEN,
            now=lambda: NOW + timedelta(milliseconds=next(ticks)),
            random=lambda: 0.5,
            pace=Pace(overall=Rate.parse("20/second")),
        )

    assert (report.sent, server.recipients) == (3, READERS)
    (row,) = peek(store, "SELECT name FROM throttles")
    assert row["name"] == "overall"


def test_a_relay_that_goes_on_after_refusing_the_sender_gets_no_empty_message(store: Store) -> None:
    """It said no to MAIL, and yes to RCPT and DATA: a dot now would be a mail with nothing in it."""
    planned(store, READERS[:1])

    def script(command: Command) -> Fault | None:
        answers = {"MAIL": "550 5.1.8 bad sender", "RCPT": "250 ok", "DATA": "354 go ahead"}
        return say(answers[command.verb]) if command.verb in answers else None

    with Smtpd(script, extensions=PIPELINING) as server:
        report = run(store, server.port)

    assert (report.deferred, server.messages) == (1, [])
