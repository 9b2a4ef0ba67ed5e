"""The deliver door on the real ledger and a real socket: the fault table B, on one connection."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest

from digest.deliver import (
    Claim,
    Only,
    Outgoing,
    Policy,
    deliver,
    transport_of,
)
from digest.deliver.lane import FolderLane
from digest.errors import RelayError, StorageError, TemplateError
from digest.model import DeliveryId, IssueId, Tally
from digest.storage import Store, open_store
from tests.ledger import HEAD, LEASE, NOW, begin, claim, cursors, planned, poke, statuses
from tests.rooms.delivering import composed
from tests.rooms.door import HOLD, LATER, PATIENT, READERS, over, run, suppressed
from tests.smtpd import DROP, Fault, Script, Smtpd, at, say, say_and_drop


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store("sqlite:///digest.db", base=tmp_path, now=NOW) as opened:
        yield opened


# What should happen


def test_everybody_gets_theirs_once(store: Store) -> None:
    planned(store, READERS)
    with Smtpd() as server:
        report = run(store, server.port)
        again = run(store, server.port)

    assert (report.sent, report.open, report.stopped, report.next_attempt_at) == (3, 0, None, None)
    assert (again.sent, server.recipients) == (0, READERS)
    assert (server.connections, cursors(store)) == (1, [HEAD] * 3)


def test_more_than_a_batch_goes_in_one_run(store: Store) -> None:
    readers = [f"reader{n}@example.org" for n in range(120)]
    planned(store, readers)
    with Smtpd() as server:
        run(store, server.port)

    assert server.recipients == readers


def test_an_outbox_gets_one_readable_file_a_delivery(store: Store, tmp_path: Path) -> None:
    planned(store, ["ada@example.org", "../../etc@example.org"])
    over(store, transport_of("dir:outbox", None, tmp_path, PATIENT))

    assert sorted(path.name for path in (tmp_path / "outbox").iterdir()) == [
        "0001-weekly-ada-at-example.org.eml",
        "0002-weekly-..-..-etc-at-example.org.eml",
    ]
    assert b"<d1@example.org>" in (tmp_path / "outbox/0001-weekly-ada-at-example.org.eml").read_bytes()


def test_a_resend_overwrites_the_file(store: Store, tmp_path: Path) -> None:
    planned(store, READERS[:1])
    outbox = transport_of("dir:outbox", None, tmp_path, PATIENT)
    over(store, outbox)
    poke(store, "UPDATE deliveries SET status = 'sending', ended_at = NULL, lease_until_at = dated_at")

    report = over(store, outbox)

    assert (report.orphaned, report.sent) == (1, 1)
    assert len(list((tmp_path / "outbox").iterdir())) == 1


def test_an_outbox_that_cannot_be_made_stops_the_run(store: Store, tmp_path: Path) -> None:
    planned(store, READERS)
    (tmp_path / "outbox").write_text("a file")

    report = over(store, transport_of("dir:outbox", None, tmp_path, PATIENT))

    assert report.stopped is not None
    assert "outbox" in report.stopped
    assert statuses(store) == ["planned"] * 3


def test_an_outbox_that_cannot_be_written_defers(store: Store, tmp_path: Path) -> None:
    planned(store, READERS[:2])
    (tmp_path / "outbox/0001-weekly-ada-at-one.example.eml").mkdir(parents=True)

    report = over(store, transport_of("dir:outbox", None, tmp_path, PATIENT))

    assert (report.sent, report.deferred, report.doubtful) == (1, 1, 0)


def test_diverted_mail_changes_the_envelope_alone(store: Store) -> None:
    planned(store, READERS[:2])
    with Smtpd() as server:
        run(store, server.port, policy=Policy(divert_to="test@example.net"))

    assert server.recipients == ["test@example.net"] * 2
    assert [b"To: ada@one.example" in message.content for message in server.messages] == [True, False]


def test_a_diverted_address_refused_blames_no_reader(store: Store) -> None:
    planned(store, READERS)
    with Smtpd(at("RCPT", say("550 5.1.1 nobody"))) as server:
        report = run(store, server.port, policy=Policy(divert_to="test@example.net"))

    assert report.stopped is not None
    assert (suppressed(store), statuses(store)) == ([], ["planned"] * 3)


def test_a_run_keeps_to_one_issue_when_asked(store: Store) -> None:
    planned(store, READERS)
    with Smtpd() as server:
        relay = transport_of(f"smtp://127.0.0.1:{server.port}", None, Path(), PATIENT)
        deliver(
            store,
            relay,
            composed,
            policy=Policy(),
            now=lambda: NOW,
            random=lambda: 0.5,
            only=Only(issue=IssueId(2)),
        )

    assert server.connections == 0


# B5: asked to stop


def test_a_stop_ends_after_the_message_in_flight(store: Store) -> None:
    planned(store, READERS)
    with Smtpd() as server:
        report = run(store, server.port, stop=lambda: bool(server.messages))

    assert (server.recipients, statuses(store)) == (READERS[:1], ["sent", "planned", "planned"])
    assert "asked to stop" in (report.stopped or "")


# B2, B3, B7: nobody knows


def test_a_lost_last_reply_is_sent_again_with_the_same_bytes(store: Store) -> None:
    planned(store, READERS)
    with Smtpd(at("DOT", DROP, nth=2)) as server:
        first = run(store, server.port)
        second = run(store, server.port, now=LATER)

    assert (first.sent, first.deferred, first.doubtful) == (2, 1, 1)
    assert (second.sent, server.recipients) == (1, [*READERS, READERS[1]])
    assert server.messages[1].content == server.messages[3].content


def test_a_lost_last_reply_is_held_when_asked(store: Store) -> None:
    planned(store, READERS)
    with Smtpd(at("DOT", DROP, nth=2)) as server:
        report = run(store, server.port, policy=HOLD)
        run(store, server.port, policy=HOLD, now=LATER)

    assert (report.sent, report.uncertain) == (2, 1)
    assert (server.recipients, cursors(store)) == (READERS, [HEAD] * 3)


@pytest.mark.parametrize(("policy", "times"), [(Policy(), 1), (HOLD, 0)])
def test_rows_left_sending_are_settled_first(store: Store, policy: Policy, times: int) -> None:
    planned(store, READERS[:1])
    begin(store, claim(store)[0].held(), NOW)
    with Smtpd() as server:
        report = run(store, server.port, policy=policy)

    assert (report.orphaned, len(server.messages)) == (1, times)
    assert statuses(store) == ["sent" if times else "uncertain"]


def test_rows_a_dead_run_had_leased_go_at_once(store: Store) -> None:
    planned(store, READERS)
    claim(store)
    with Smtpd() as server:
        assert run(store, server.port).sent == 3


# B6, B8: drops and 421, then the others on a new connection


@pytest.mark.parametrize("verb", ["RCPT", "DATA"])
@pytest.mark.parametrize("fault", [DROP, say_and_drop("421 4.3.2 going down")])
def test_a_drop_before_the_dot_defers_one_and_doubles_none(store: Store, verb: str, fault: Fault) -> None:
    planned(store, READERS)
    with Smtpd(at(verb, fault, nth=2)) as server:
        first = run(store, server.port)
        second = run(store, server.port, now=LATER)

    assert (first.sent, first.deferred, first.doubtful, second.sent) == (2, 1, 0, 1)
    assert sorted(server.recipients) == sorted(READERS)


def test_421_after_the_dot_defers_one_and_the_others_go_on(store: Store) -> None:
    planned(store, READERS)
    with Smtpd(at("DOT", say_and_drop("421 4.3.2 going down"), nth=2)) as server:
        report = run(store, server.port)

    assert (report.sent, report.deferred, server.connections) == (2, 1, 2)


def test_421_on_a_used_connection_costs_nobody_a_deferral(store: Store) -> None:
    """Relays say so after so many messages: it is about the connection."""
    planned(store, READERS)
    with Smtpd(at("MAIL", say_and_drop("421 4.3.2 enough for one connection"), nth=2)) as server:
        report = run(store, server.port)

    assert (report.sent, report.deferred, server.connections) == (3, 0, 2)


def test_a_used_connection_found_dead_costs_nobody_a_deferral(store: Store) -> None:
    planned(store, READERS)
    with Smtpd(at("MAIL", DROP, nth=2)) as server:
        report = run(store, server.port)

    assert (report.sent, report.deferred, server.connections) == (3, 0, 2)


def test_a_new_connection_dropped_at_mail_defers(store: Store) -> None:
    planned(store, READERS[:1])
    with Smtpd(at("MAIL", DROP)) as server:
        report = run(store, server.port)

    assert (report.deferred, server.messages) == (1, [])


@pytest.mark.parametrize("verb", ["CONNECT", "EHLO"])
@pytest.mark.parametrize("fault", [DROP, say_and_drop("421 busy")])
def test_a_drop_before_the_mail_is_tried_anew(store: Store, verb: str, fault: Fault) -> None:
    planned(store, READERS)
    with Smtpd(at(verb, fault, nth=1)) as server:
        report = run(store, server.port)

    assert (report.sent, server.recipients) == (3, READERS)


# B21, B27: others write meanwhile


def leaving(store: Store, sql: str) -> Script:
    """Between 354 and the content somebody else writes; the relay's own 354 goes on."""

    def script(command: object) -> Fault | None:
        if getattr(command, "verb", "") == "DATA" and getattr(command, "nth", 0) == 1:
            with open_store("sqlite:///digest.db", base=(store.path or Path()).parent, now=NOW) as other:
                poke(other, sql)
        return None

    return script


def test_who_leaves_between_the_cut_and_the_content_gets_nothing(store: Store) -> None:
    planned(store, READERS)
    gone = leaving(store, "UPDATE subscriptions SET consent = 'unsubscribed', due_at = NULL WHERE id = 1")
    with Smtpd(gone) as server:
        report = run(store, server.port)

    assert (server.recipients, report.suppressed, report.sent) == (READERS[1:], 1, 2)
    assert statuses(store) == ["suppressed", "sent", "sent"]


def test_a_row_taken_over_between_354_and_the_content_gets_nothing(store: Store) -> None:
    planned(store, READERS[:1])
    with Smtpd(leaving(store, "UPDATE deliveries SET fence = fence + 1, lease_until_at = NULL")) as server:
        report = run(store, server.port)

    assert len(server.messages) == 1
    assert (report.sent, server.connections) == (1, 2)


def test_who_is_barred_before_costs_the_relay_nothing(store: Store) -> None:
    planned(store, READERS)
    poke(store, "UPDATE subscriptions SET consent = 'unsubscribed', due_at = NULL")
    with Smtpd() as server:
        report = run(store, server.port)

    assert (report.suppressed, server.connections, cursors(store)) == (3, 0, [HEAD] * 3)


# B28: one broken page


def test_a_row_that_cannot_be_composed_is_deferred_alone(store: Store) -> None:
    planned(store, READERS)

    def render(found: Claim) -> Outgoing:
        if found.address == READERS[1]:
            raise TemplateError("mail/digest.html, line 7: no such word")
        return composed(found)

    with Smtpd() as server:
        report = run(store, server.port, render=render)

    assert (report.sent, report.deferred, server.connections) == (2, 1, 1)
    (attempt,) = store.deliveries.attempts_of(DeliveryId(2))
    assert (attempt.phase, "line 7" in (attempt.reply or "")) == ("render", True)


def test_a_template_broken_for_all_stops_the_run(store: Store) -> None:
    planned(store, [f"reader{n}@example.org" for n in range(9)])

    def render(found: Claim) -> Outgoing:
        raise TemplateError("mail/digest.html, line 7: no such word")

    with Smtpd() as server:
        report = run(store, server.port, render=render)

    assert report.stopped is not None
    assert store.deliveries.tally(IssueId(1)) == Tally(deferred=5, planned=4)


def test_a_ledger_that_fails_while_composing_ends_the_run(store: Store) -> None:
    planned(store, READERS)

    def render(found: Claim) -> Outgoing:
        raise StorageError("locked")

    with Smtpd() as server, pytest.raises(StorageError):
        run(store, server.port, render=render)

    assert statuses(store) == ["planned"] * 3


def test_an_address_that_is_none_reaches_no_socket(store: Store) -> None:
    planned(store, ["ada@x\r\nRCPT TO:<eve@y>", READERS[1]])
    with Smtpd() as server:
        report = run(store, server.port)

    assert (report.deferred, report.sent, server.recipients) == (1, 1, [READERS[1]])


# B20: no content without its row


@dataclass(slots=True)
class Listening:
    """A transport that says yes, and notes what it was given."""

    contents: list[bytes] = field(default_factory=list)
    lanes: list[FolderLane] = field(default_factory=list)

    def lane(self) -> FolderLane:
        self.lanes.append(FolderLane(self))
        return self.lanes[-1]

    def put(self, name: str, content: bytes) -> str:
        self.contents.append(content)
        return name


def test_nothing_leaves_when_the_ledger_cannot_say_sending(store: Store, tmp_path: Path) -> None:
    planned(store, READERS[:1])
    full = "BEGIN SELECT RAISE(ABORT, 'disk is full'); END"
    poke(store, f"CREATE TRIGGER t BEFORE UPDATE ON deliveries WHEN NEW.status = 'sending' {full}")
    transport = Listening()

    with pytest.raises(StorageError, match="disk is full"):
        over(store, transport)

    assert (transport.contents, statuses(store)) == ([], ["planned"])
    assert [lane.is_open for lane in transport.lanes] == [False]


def test_a_lease_that_ran_out_on_a_slow_relay_is_claimed_anew(store: Store) -> None:
    planned(store, READERS)
    transport = Listening()
    minutes = iter(range(10_000))

    report = deliver(
        store,
        transport,
        composed,
        policy=Policy(lease=timedelta(minutes=9)),
        now=lambda: NOW + timedelta(minutes=next(minutes)),
        random=lambda: 0.5,
    )

    assert (report.sent, len(transport.contents)) == (3, 3)


def test_a_relay_that_fails_while_others_wait_keeps_them(store: Store) -> None:
    planned(store, READERS)

    class Failing(Listening):
        def lane(self) -> FolderLane:
            if self.contents:
                raise RelayError("gone", mend="look")
            return Listening.lane(self)

    report = over(store, Failing(), policy=Policy(per_connection=1, reconnect=0))

    assert (report.sent, report.stopped, report.mend) == (1, "gone", "look")
    assert [found.address for found in claim(store, now=NOW + LEASE)] == READERS[1:]
