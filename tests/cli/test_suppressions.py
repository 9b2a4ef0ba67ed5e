"""`digest suppressions`: who is not mailed, and an admin's word on it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from digest.storage import open_store
from subscribers.model import Reason, Suppression
from tests.cli.run import inside

NOW = datetime.now(UTC)


@pytest.fixture
def site(empty: Path) -> Path:
    """With one reader of the one list."""
    (slug,) = [each["slug"] for each in inside("lists", "list", "--json", at=empty).json]
    assert inside("subscribers", "add", "ada@example.org", "--list", slug, "--confirmed", at=empty).code == 0
    return empty


def put(site: Path, *suppressions: Suppression) -> None:
    with open_store("sqlite:///digest.db", base=site, now=NOW) as store:
        for each in suppressions:
            store.people.suppress(each)


def stranger(number: int, reason: Reason = Reason.HARD, *, days: int = 1) -> Suppression:
    return Suppression(
        address_hash=f"{number:064x}",
        address=None if reason is Reason.ERASED else f"bounce{number}@example.org",
        reason=reason,
        since_at=NOW - timedelta(days=90),
        until_at=NOW + timedelta(days=days) if reason is Reason.HARD else None,
        detail="550 no such user",
    )


def listed(site: Path) -> dict[str | None, dict[str, object]]:
    return {each["address"]: each for each in inside("suppressions", "list", "--json", at=site).json}


def test_nobody_is_suppressed_at_first(site: Path) -> None:
    ran = inside("suppressions", "list", at=site)

    assert (ran.code, ran.out) == (0, "")
    assert "every address is mailed" in ran.err
    assert inside("suppressions", "list", "--json", at=site).json == []


def test_add_stops_the_mail_and_says_how_to_take_it_back(site: Path) -> None:
    ran = inside("suppressions", "add", "Ada@Example.org", "--reason", "asked by\n phone", at=site)

    assert ran.code == 0
    assert "digest suppressions lift Ada@example.org" in ran.err
    found = listed(site)["Ada@example.org"]
    assert (found["reason"], found["until"], found["detail"], found["in_force"]) == (
        "admin",
        None,
        "asked by phone",
        True,
    )
    assert "not mailed: admin" in inside("subscribers", "show", "ada@example.org", at=site).out


def test_a_table_shows_reason_dates_and_detail_and_the_erased_by_hash_alone(site: Path) -> None:
    put(site, stranger(1), stranger(2, days=-1), stranger(3, Reason.ERASED), stranger(4, Reason.COMPLAINT))
    lines = inside("suppressions", "list", at=site).lines

    assert lines[0].split() == ["address", "reason", "since", "until", "detail"]
    assert "bounce1@example.org" in lines[1]
    assert "hard" in lines[1]
    assert "550 no such user" in lines[1]
    assert "the next mail is a probe" in lines[2]
    assert lines[3].startswith(f"(erased) {'0' * 12}")
    assert "for good" in lines[4]


def test_a_long_list_is_read_page_by_page(site: Path) -> None:
    put(site, *(stranger(number) for number in range(1_201)))

    assert len(listed(site)) == 1_201


def test_lift_mails_them_again_and_starts_their_places(site: Path) -> None:
    inside("suppressions", "add", "ada@example.org", at=site)
    ran = inside("suppressions", "lift", "ADA@example.org", at=site)

    assert ran.code == 0
    assert "is mailed again (it was suppressed: admin)" in ran.err
    assert "starts again, with what came since its last issue. Next digest:" in ran.err
    assert listed(site) == {}
    assert "not mailed" not in inside("subscribers", "show", "ada@example.org", at=site).out


def test_lift_says_which_places_they_have_left(site: Path) -> None:
    inside("subscribers", "unsubscribe", "ada@example.org", at=site)
    inside("suppressions", "add", "ada@example.org", at=site)

    assert "come back to it only by joining" in inside("suppressions", "lift", "ada@example.org", at=site).err


def test_somebody_who_never_joined_can_be_suppressed_and_lifted(site: Path) -> None:
    assert inside("suppressions", "add", "nobody@example.net", at=site).code == 0
    assert inside("suppressions", "lift", "nobody@example.net", at=site).code == 0


def test_what_is_not_suppressed_cannot_be_lifted(site: Path) -> None:
    ran = inside("suppressions", "lift", "nobody@example.net", at=site)

    assert ran.code == 1
    assert "No suppression of nobody@example.net can be lifted" in ran.err


def test_who_was_erased_is_not_told_from_a_stranger(site: Path) -> None:
    """Nobody may try out addresses; the words are the same but for the address."""
    with open_store("sqlite:///digest.db", base=site, now=NOW) as store:
        (row,) = store.people.members(store.lists.all()[0].id, limit=10)
        store.people.erase(row.subscriber.id, now=NOW)
    erased = inside("suppressions", "lift", "ada@example.org", at=site)
    stranger_ = inside("suppressions", "lift", "eve@example.org", at=site)

    assert erased.code == stranger_.code == 1
    assert erased.err.replace("ada@", "eve@") == stranger_.err
    assert "only by joining again" in erased.err
    assert [each["reason"] for each in inside("suppressions", "list", "--json", at=site).json] == ["erased"]


def test_a_complaint_is_lifted_by_an_admin_and_not_made_less_by_one(site: Path) -> None:
    inside("suppressions", "add", "eve@example.org", at=site)
    (found,) = inside("suppressions", "list", "--json", at=site).json
    put(
        site,
        Suppression(
            address_hash=found["hash"], address="eve@example.org", reason=Reason.COMPLAINT, since_at=NOW
        ),
    )

    assert (
        "suppressed for good already (complaint)"
        in inside("suppressions", "add", "eve@example.org", at=site).err
    )
    assert listed(site)["eve@example.org"]["reason"] == "complaint"
    assert inside("suppressions", "lift", "eve@example.org", at=site).code == 0


@pytest.mark.parametrize("command", ["add", "lift"])
def test_what_is_no_address_is_refused(site: Path, command: str) -> None:
    ran = inside("suppressions", command, "not an address", at=site)

    assert ran.code == 2
    assert "is not an address we can mail" in ran.err
