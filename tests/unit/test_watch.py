"""When refusals mean the relay or us, not the readers."""

from __future__ import annotations

from digest.deliver.transport import Phase, Reply
from digest.deliver.watch import Watch

OK = Reply(phase=Phase.DOT, code=250)
NOBODY = Reply(phase=Phase.RCPT, code=550, enhanced="5.1.1", text="nobody here")
POLICY = Reply(phase=Phase.DOT, code=550, enhanced="5.7.26", text="not authenticated")
GREY = Reply(phase=Phase.RCPT, code=450, enhanced="4.2.0", text="greylisted")


def first_stop(ends: list[tuple[Reply, str]]) -> int | None:
    """After how many ends the watch says stop."""
    watch = Watch()
    return next((n for n, (reply, address) in enumerate(ends, 1) if watch.see(reply, address)), None)


def people(n: int, domain: str = "example.org") -> list[str]:
    return [f"reader{i}@{domain}" for i in range(n)]


def test_five_readers_in_a_row_with_one_refusal_stop_the_run() -> None:
    assert first_stop([(NOBODY, reader) for reader in people(9)]) == 5


def test_one_reader_refused_often_stops_nothing() -> None:
    assert first_stop([(NOBODY, "ada@example.org")] * 9) is None


def test_a_message_taken_in_between_begins_the_count_again() -> None:
    ends = [(OK if n % 5 == 4 else NOBODY, reader) for n, reader in enumerate(people(40))]

    assert first_stop(ends) is None


def test_different_refusals_are_not_one() -> None:
    other = Reply(phase=Phase.RCPT, code=550, enhanced="5.2.1")
    ends = [(NOBODY if n % 2 else other, reader) for n, reader in enumerate(people(20))]

    assert first_stop(ends) is None


def test_greylisting_stops_nothing() -> None:
    assert first_stop([(GREY, reader) for reader in people(40)]) is None


def test_a_relay_that_closes_on_five_in_a_row_stops_the_run() -> None:
    closing = Reply(phase=Phase.MAIL, code=421)

    assert first_stop([(closing, reader) for reader in people(9)]) == 5


def test_five_connections_lost_after_the_dot_stop_the_run() -> None:
    lost = Reply(phase=Phase.DOT, code=None)

    assert first_stop([(lost, reader) for reader in people(9)]) == 5


def sender_faults(domains: int, every: int, n: int) -> list[tuple[Reply, str]]:
    return [
        (POLICY if i % every == 0 else OK, f"reader{i}@d{(i // every) % domains}.example") for i in range(n)
    ]


def test_more_than_a_twentieth_blaming_the_sender_over_five_domains_stops_the_run() -> None:
    stopped = first_stop(sender_faults(domains=5, every=10, n=400))

    assert stopped == 101  # the eleventh fault


def test_a_twentieth_exactly_goes_on() -> None:
    assert first_stop(sender_faults(domains=5, every=20, n=1000)) is None


def test_four_domains_blaming_the_sender_go_on() -> None:
    assert first_stop(sender_faults(domains=4, every=10, n=400)) is None
