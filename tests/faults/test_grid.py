"""B6–B8, B12, B13: every command × every fault of smtp-sink, and some it cannot, on joined connections and
in lockstep: the neighbours arrive once, under their own envelopes, and nobody is lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from digest.model import Status
from digest.storage import Store
from tests.faults.plan import GRID, Fault, Plan, Rule, say
from tests.faults.room import CONNECTIONS, READERS, everybody_once, of_status, send, suppressed, until_quiet
from tests.faults.sink import Sink

#: a relay that does not understand, or believes we do not
_CONFUSED = {
    "MAIL": (say("500 5.5.2 what"), say("503 5.5.1 order")),
    "RCPT": (say("501 5.5.4 what"), say("503 5.5.1 order"), say("552 5.2.2 mailbox full")),
    "DATA": (say("503 5.5.1 order"), say("452 4.3.1 disk full")),
    "DOT": (say("500 5.5.2 what"), say("452 4.2.2 over quota"), say("552 5.3.4 too big")),
    "RSET": (say("500 5.5.2 what"),),
}
CASES = [
    pytest.param(verb, fault, id=f"{verb} {fault.say or ''} {fault.end.value} {fault.seconds or ''}".rstrip())
    for grid in (GRID, _CONFUSED)
    for verb, faults in grid.items()
    for fault in faults
]


def plan(verb: str, fault: Fault) -> Plan:
    """The fault at the third and seventh such command."""
    rules = [Rule(verb=verb, nth=nth, fault=fault) for nth in (3, 7)]
    if verb in ("CONNECT", "EHLO"):
        rules = [Rule(verb=verb, nth=nth, fault=fault) for nth in (1, 3)]
    if verb == "RSET":
        # Said after a refusal only.
        rules = [
            Rule(verb="RSET", nth=1, fault=fault),
            Rule(verb="RCPT", nth=5, fault=say("450 4.2.0 later")),
        ]
    return Plan(rules=tuple(rules))


@pytest.mark.parametrize("pipelining", [True, False], ids=["joined", "lockstep"])
@pytest.mark.parametrize(("verb", "fault"), CASES)
def test_a_fault_costs_nobody_their_mail(
    store: Store, tmp_path: Path, verb: str, fault: Fault, pipelining: bool
) -> None:
    with Sink(tmp_path / "journal", plan(verb, fault), pipelining=pipelining) as sink:
        doubts = until_quiet(store, sink.port)

    failed = frozenset(str(address) for address in of_status(store, Status.FAILED))
    everybody_once(sink, but=failed)
    assert failed == sink.journal.refused("550 5.1.1")
    assert suppressed(store) == sorted(failed)
    assert doubts >= sink.journal.repeats
    assert sink.journal.count("fault", verb=verb) >= 1


@pytest.mark.parametrize("connections", [1, 10])
@pytest.mark.parametrize("seed", range(6))
def test_faults_drawn_from_the_whole_grid_cost_nobody_their_mail(
    store: Store, tmp_path: Path, seed: int, connections: int
) -> None:
    with Sink(tmp_path / "journal", Plan(seed=seed, odds=0.08), pipelining=seed % 2 == 0) as sink:
        doubts = until_quiet(store, sink.port, connections=connections, runs=40)

    failed = frozenset(str(address) for address in of_status(store, Status.FAILED))
    assert failed <= sink.journal.refused("550 5.1.1")
    # Who was refused may have got it before, in a copy whose reply was lost.
    everybody_once(sink, but=failed - sink.journal.copies.keys())
    assert doubts >= sink.journal.repeats
    assert sink.journal.count("fault") >= 1


def test_a_354_for_nobody_is_answered_with_nothing_for_nobody(store: Store, tmp_path: Path) -> None:
    """RFC 2920 3.1: DATA joined to a refused RCPT may be answered 354 all the same."""
    refused = frozenset(READERS[5:7])
    rules = tuple(Rule(verb="RCPT", holding=address, fault=say("550 5.1.1 nobody")) for address in refused)
    with Sink(tmp_path / "journal", Plan(rules=rules), is_eager=True) as sink:
        until_quiet(store, sink.port)

    everybody_once(sink, but=refused)
    assert of_status(store, Status.FAILED) == sorted(refused)
    assert sink.journal.count("refused", verb="DOT") == len(refused)


def test_all_connections_are_used_and_the_joined_write_is_one_group(store: Store, tmp_path: Path) -> None:
    with Sink(tmp_path / "journal") as sink:
        send(store, sink.port)

    everybody_once(sink)
    assert 1 < sink.journal.count("open") <= CONNECTIONS
