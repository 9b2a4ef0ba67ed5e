"""The policy: what a report does to an address, and what it never does."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subscribers.bounces import (
    AutoReply,
    Bounce,
    Complaint,
    Delayed,
    Kind,
    NotABounce,
    Recipient,
    Soft,
    Standing,
    Verdict,
    Weight,
    about,
    judge,
    outlasts,
    weigh,
)
from subscribers.model import Reason, Suppression

NOW = datetime(2026, 11, 22, 3, tzinfo=UTC)
DAY = timedelta(days=1)


def bounce(status: str, diagnostic: str = "", *, kind: Kind | None = None) -> Bounce:
    said = kind or (Kind.SOFT if status.startswith("4") else Kind.HARD)
    return Bounce(
        recipients=(Recipient(address="ada@x.org", status=status, diagnostic=diagnostic, kind=said),)
    )


def softs(*pairs: tuple[float, int]) -> tuple[Soft, ...]:
    """(days ago, issue)."""
    return tuple(Soft(NOW - days * DAY, issue) for days, issue in pairs)


def suppression(reason: Reason, until: datetime | None = None) -> Suppression:
    return Suppression(address_hash="h", address="ada@x.org", reason=reason, since_at=NOW, until_at=until)


@pytest.mark.parametrize(
    "status", ["5.1.1", "5.1.2", "5.1.6", "5.1.10", "5.2.1", "5.4.4", "5.0.0", "5.5.0", ""]
)
def test_what_is_said_of_the_address_weighs_hard(status: str) -> None:
    assert weigh(bounce(status, "550 no such user")) is Weight.HARD


@pytest.mark.parametrize("status", ["4.2.2", "4.4.1", "4.4.7", "4.1.1", "5.2.2", "5.3.0", "4.0.0"])
def test_what_passes_weighs_soft(status: str) -> None:
    assert weigh(bounce(status)) is Weight.SOFT


def test_prose_that_gave_up_on_a_connection_weighs_soft() -> None:
    """qmail: "I'm not going to try again", of a host that was down. Its user may live."""
    assert weigh(bounce("4.4.1", kind=Kind.HARD)) is Weight.SOFT


@pytest.mark.parametrize(
    "status", ["5.7.1", "5.7.26", "5.7.515", "4.7.28", "5.6.0", "5.3.4", "5.2.3", "5.1.8", "5.1.7"]
)
def test_what_is_said_of_the_sender_or_of_the_message_is_ours(status: str) -> None:
    assert weigh(bounce(status)) is Weight.OURS


@pytest.mark.parametrize(
    "words",
    [
        "554 Blocked using zen.spamhaus.org",
        "550 rejected due to DMARC policy",
        "554 our reputation filter",
        "550 spam detected",
    ],
)
@pytest.mark.parametrize("status", ["", "5.0.0", "5.5.0"])
def test_an_unspecific_refusal_that_names_a_blocklist_is_ours(status: str, words: str) -> None:
    assert weigh(bounce(status, words)) is Weight.OURS


def test_a_dead_address_is_dead_whatever_else_its_host_says() -> None:
    assert weigh(bounce("5.1.1", "550 5.1.1 no such user; see our spam policy")) is Weight.HARD


@pytest.mark.parametrize(
    "report", [AutoReply(), NotABounce(), Delayed(recipients=()), Complaint(feedback_type="not-spam")]
)
def test_what_says_nothing_against_anybody_weighs_nothing(report: object) -> None:
    assert isinstance(report, AutoReply | NotABounce | Delayed | Complaint)
    assert weigh(report) is None


@pytest.mark.parametrize("kind", ["abuse", "fraud", "opt-out", "other", "", "anything"])
def test_a_complaint_weighs_as_one(kind: str) -> None:
    assert weigh(Complaint(feedback_type=kind)) is Weight.COMPLAINT


def test_of_several_recipients_the_one_we_mailed_counts() -> None:
    report = Bounce(recipients=(*bounce("5.1.1").recipients, Recipient(address="Bob@x.org", status="4.2.2")))

    assert weigh(report, "bob@x.org") is Weight.SOFT
    assert weigh(report, "carol@x.org") is Weight.HARD
    assert about(AutoReply(), "bob@x.org") is None


def test_a_hard_bounce_suppresses_at_once_for_90_days() -> None:
    assert judge(Weight.HARD, Standing(), now=NOW) == Verdict(suppress=Reason.HARD, until_at=NOW + 90 * DAY)


def test_a_complaint_ends_the_place_and_the_address_until_an_admin_lifts_it() -> None:
    assert judge(Weight.COMPLAINT, Standing(), now=NOW) == Verdict(suppress=Reason.COMPLAINT, leaves=True)


def test_what_is_our_fault_suppresses_nobody_and_is_told() -> None:
    assert judge(Weight.OURS, Standing(softs=softs(*[(0, n) for n in range(9)])), now=NOW) == Verdict(
        tell=True
    )


SUPPRESSED = Verdict(suppress=Reason.SOFT, until_at=NOW + 30 * DAY)


@pytest.mark.parametrize(
    ("found", "verdict"),
    [
        (softs((8, 1), (6, 1), (4, 2), (2, 2), (0, 3)), SUPPRESSED),
        (softs((6, 1), (4, 2), (2, 3), (0, 4)), Verdict()),
        (softs((8, 1), (6, 1), (4, 1), (2, 2), (0, 2)), Verdict()),
        (softs((31, 1), (6, 1), (4, 2), (2, 3), (0, 4)), Verdict()),
        (softs((30, 1), (6, 1), (4, 2), (2, 3), (0, 4)), SUPPRESSED),
    ],
    ids=["5 over 3 issues", "only 4", "only 2 issues", "one too old", "just in time"],
)
def test_5_soft_bounces_in_30_days_over_3_issues_suppress_for_30_days(
    found: tuple[Soft, ...], verdict: Verdict
) -> None:
    assert judge(Weight.SOFT, Standing(softs=found), now=NOW) == verdict


def test_a_mail_that_arrived_in_between_begins_the_count_anew() -> None:
    found = softs((8, 1), (6, 1), (4, 2), (2, 3), (0, 4))

    assert judge(Weight.SOFT, Standing(softs=found, arrived_at=NOW - 7 * DAY), now=NOW) == Verdict()
    assert judge(Weight.SOFT, Standing(softs=found, arrived_at=NOW - 9 * DAY), now=NOW) == SUPPRESSED


def test_a_probe_that_comes_back_suppresses_for_another_30_days() -> None:
    lapsed = NOW - 2 * DAY

    assert judge(Weight.SOFT, Standing(softs=softs((0, 9)), lapsed_at=lapsed), now=NOW) == SUPPRESSED


def test_a_probe_that_arrived_takes_the_past_away() -> None:
    standing = Standing(softs=softs((0, 9)), lapsed_at=NOW - 20 * DAY, arrived_at=NOW - 10 * DAY)

    assert judge(Weight.SOFT, standing, now=NOW) == Verdict()


@given(st.sampled_from(Weight), st.lists(st.tuples(st.floats(0, 60), st.integers(1, 9)), max_size=20))
def test_only_a_complaint_ends_a_place_and_only_a_complaint_is_for_good(
    weight: Weight, pairs: list[tuple[float, int]]
) -> None:
    verdict = judge(weight, Standing(softs=softs(*pairs)), now=NOW)

    assert verdict.leaves is (weight is Weight.COMPLAINT)
    if verdict.suppress is not None:
        assert (verdict.until_at is None) is (weight is Weight.COMPLAINT)


@given(st.lists(st.tuples(st.floats(0, 60), st.integers(1, 9)), max_size=20))
def test_fewer_than_5_soft_bounces_never_suppress(pairs: list[tuple[float, int]]) -> None:
    verdict = judge(Weight.SOFT, Standing(softs=softs(*pairs)), now=NOW)

    assert (verdict.suppress is None) or len([1 for days, _ in pairs if days <= 30]) >= 5


HARD = Verdict(suppress=Reason.HARD, until_at=NOW + 90 * DAY)
COMPLAINT = Verdict(suppress=Reason.COMPLAINT)


@pytest.mark.parametrize(
    ("there", "verdict", "stays"),
    [
        (None, HARD, False),
        (suppression(Reason.SOFT, NOW + DAY), HARD, False),
        (suppression(Reason.HARD, NOW + 80 * DAY), SUPPRESSED, True),
        (suppression(Reason.ADMIN), HARD, True),
        (suppression(Reason.COMPLAINT), HARD, True),
        (suppression(Reason.ADMIN), COMPLAINT, False),
        (suppression(Reason.HARD, NOW + 80 * DAY), COMPLAINT, False),
        (suppression(Reason.ERASED), COMPLAINT, True),
    ],
)
def test_what_lasts_longer_stays(there: Suppression | None, verdict: Verdict, *, stays: bool) -> None:
    assert outlasts(there, verdict) is stays
