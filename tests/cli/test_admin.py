"""`digest subscribers`, the admin's side: files in and out, moving, erasing, searching."""

from __future__ import annotations

import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest

from tests.cli.run import child, inside
from tests.people.test_imports import EXPORTS

ADA = "ada@example.org"


def bring(site: Path, text: str, *more: str, to: str = "daily") -> dict[str, object]:
    ran = inside("subscribers", "import", "-", "--list", to, "--json", *more, at=site, given=text.encode())
    found = ran.json
    assert isinstance(found, dict)
    return found


def addresses(site: Path, *more: str) -> list[str]:
    return [each["address"] for each in inside("subscribers", "list", "--json", *more, at=site).json]


def database(site: Path) -> str:
    with closing(sqlite3.connect(site / "digest.db")) as raw:
        return "\n".join(line for line in raw.iterdump() if line.startswith("INSERT"))


def test_columns_are_mapped_by_name(demo: Path) -> None:
    text = "Adresse perso;Nom;Langue\nfay@example.org;Fay;anglais\n"
    found = bring(demo, text, "--confirmed", "--map", "email=Adresse perso", "--wording", "On paper,\n 2026")
    assert (found["joined"], found["refused"]) == (1, 0)
    (place,) = inside("subscribers", "show", "fay@example.org", "--json", at=demo).json["lists"]
    assert place["language"] == "en"
    assert place["consents"][0]["wording"].startswith("On paper, 2026; ")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--map", "email"), "--map email=Adresse"),
        (("--map", "mail=Adresse"), "ours are email, cadence"),
        (("--map", "email=Courriel"), 'no column "Courriel"'),
        (("--map", "email=x", "--from", "mailman"), "columns of mailman are known"),
    ],
)
def test_a_column_that_cannot_be_mapped_is_a_wrong_command(
    demo: Path, arguments: tuple[str, ...], words: str
) -> None:
    given = b"Adresse\nfay@example.org\n"
    ran = inside("subscribers", "import", "-", "--list", "daily", *arguments, at=demo, given=given)
    assert ran.code == 2
    assert words in ran.err


def test_each_refused_line_is_told_with_number_value_and_reason(demo: Path) -> None:
    given = b"email\nfay@example.org\nnobody\n" + b"x" * 90 + b"@\n"
    ran = inside("subscribers", "import", "-", "--list", "daily", "--confirmed", at=demo, given=given)
    head, first, second, sums = ran.err.splitlines()
    assert head.split() == ["line", "address", "cannot", "be", "taken", "because"]
    assert first.split(maxsplit=2) == ["3", "nobody", "There is no @ in it."]
    assert second.split()[:2] == ["4", "x" * 47 + "…"]
    assert sums == "Brought 1 person to daily, 2 refused."


def test_refused_lines_go_to_a_file_that_can_be_mended_and_imported(demo: Path, tmp_path: Path) -> None:
    file = tmp_path / "rejected.csv"
    text = "email,cadence\nfay@example.org,weekly\ngil.example.org,=1+1\nhal@example.org,hourly\n"
    found = bring(demo, text, "--confirmed", "--rejected", str(file))
    assert (found["joined"], found["refused"]) == (1, 2)
    lines = file.read_text("utf-8").splitlines()
    assert lines[0] == "email,cadence,line,reason"
    assert lines[1] == "gil.example.org,'=1+1,3,There is no @ in it."
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    mended = file.read_text("utf-8").replace("gil.", "gil@").replace("'=1+1", "weekly").replace("hourly", "")
    assert bring(demo, mended, "--confirmed")["joined"] == 2


def test_a_file_of_rejects_overwrites_nothing(demo: Path, tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    file.write_text("email\nnobody\n", encoding="utf-8")
    ran = inside("subscribers", "import", str(file), "--list", "daily", "--rejected", str(file), at=demo)
    assert (ran.code, file.read_text("utf-8")) == (2, "email\nnobody\n")
    assert "there already" in ran.err


def test_a_long_list_of_rejects_is_cut_where_a_file_has_it_all(demo: Path, tmp_path: Path) -> None:
    file = tmp_path / "rejected.csv"
    given = b"email\n" + b"nobody\n" * 30 + b"fay@example.org\n"
    ran = inside(
        "subscribers", "import", "-", "--list", "daily", "--rejected", str(file), at=demo, given=given
    )
    assert "and 10 more" in ran.err
    assert len(file.read_text("utf-8").splitlines()) == 31


def test_another_encoding_is_said(demo: Path) -> None:
    given = "email\né@example.org\n".encode("cp1252")
    ran = inside("subscribers", "import", "-", "--list", "daily", at=demo, given=given)
    assert "1 line is not UTF-8, and read as windows-1252" in ran.err


@pytest.mark.parametrize(
    ("origin", "file", "joined", "barred"),
    [
        ("listmonk", "listmonk.csv", 0, 1),
        ("listmonk", "listmonk.json", 2, 2),
        ("mailman", "mailman.txt", 2, 0),
        ("mailman", "mailman.json", 1, 2),
        ("mailchimp", "subscribed_members_export_1a2b3c.csv", 1, 0),
        ("mailchimp", "unsubscribed_members_export_1a2b3c.csv", 0, 2),
        ("mailchimp", "cleaned_members_export_1a2b3c.csv", 0, 1),
    ],
)
def test_other_programs_bring_who_may_be_mailed_and_bar_who_may_not(
    demo: Path, origin: str, file: str, joined: int, barred: int
) -> None:
    arguments = ("subscribers", "import", str(EXPORTS / file), "--list", "daily", "--from", origin)
    dry = inside(*arguments, "--confirmed", "--dry-run", "--json", at=demo).json
    real = inside(*arguments, "--confirmed", "--json", at=demo).json
    assert dry == {**real, "dry_run": True}
    assert (real["joined"], real["barred"]) == (joined, barred)
    assert len(inside("suppressions", "list", "--json", at=demo).json) == barred


def test_without_suppressions_nobody_is_barred(demo: Path) -> None:
    file = str(EXPORTS / "unsubscribed_members_export_1a2b3c.csv")
    arguments = ("--list", "daily", "--from", "mailchimp", "--no-suppressions", "--json")
    found = inside("subscribers", "import", file, *arguments, at=demo).json
    assert (found["barred"], found["left"]) == (0, 2)
    assert inside("suppressions", "list", "--json", at=demo).json == []


def test_one_person_is_exported_whole(demo: Path) -> None:
    inside("suppressions", "add", ADA, "--reason", "asked by phone", at=demo)
    found = inside("subscribers", "export", "--email", ADA.upper(), at=demo).json
    (place,) = found["lists"]
    assert (found["address"], found["suppressed"]) == (ADA, "admin")
    assert found["suppression"]["detail"] == "asked by phone"
    assert [each["event"] for each in place["consents"]] == ["added"]
    assert [each["status"] for each in place["history"]] == ["sent"]
    assert {"cadence", "sources", "topics", "languages", "paused_until", "next_due"} <= place.keys()
    assert (found["letters"], found["returned"]) == ([], [])


def test_an_export_is_of_a_list_or_of_a_person(demo: Path) -> None:
    assert inside("subscribers", "export", "--email", ADA, "--list", "daily", at=demo).code == 2
    assert inside("subscribers", "export", "--email", "nobody@example.org", at=demo).code == 1


def test_somebody_erased_is_in_no_table_any_more(demo: Path) -> None:
    assert ADA in database(demo)
    first = child("subscribers", "erase", ADA, at=demo)
    assert (first.code, first.out) == (0, "")
    assert "ada@" not in database(demo).lower()
    # Nor in what the file has no use for any more.
    assert b"ada@example.org" not in (demo / "digest.db").read_bytes().lower()
    assert inside("subscribers", "show", ADA, at=demo).code == 1
    (kept,) = inside("suppressions", "list", "--json", at=demo).json
    assert (kept["address"], kept["reason"]) == (None, "erased")


def test_erasing_again_and_erasing_a_stranger_say_the_same(demo: Path) -> None:
    first = inside("subscribers", "erase", ADA, "--yes", at=demo)
    before = database(demo)
    again = inside("subscribers", "erase", ADA, at=demo)
    stranger = inside("subscribers", "erase", "eve@example.org", at=demo)
    assert database(demo) == before
    assert (first.code, again, stranger.code) == (0, first, 0)
    assert stranger.err == first.err.replace(ADA, "eve@example.org")


def test_the_sums_of_an_issue_hold_after_an_erasure(demo: Path) -> None:
    before = inside("issues", "show", "1", "--json", at=demo).json
    inside("subscribers", "erase", ADA, at=demo)
    after = inside("issues", "show", "1", "--json", at=demo).json
    assert after["deliveries"] == before["deliveries"]


def test_an_erased_person_is_not_brought_back_by_a_file(demo: Path) -> None:
    inside("subscribers", "erase", ADA, at=demo)
    assert bring(demo, f"email\n{ADA}\n", "--confirmed")["suppressed"] == 1
    assert addresses(demo, "--search", "ada@") == []


def test_everybody_moves_with_wishes_and_proof(demo: Path) -> None:
    dry = inside("subscribers", "move", "--from", "daily", "--to", "weekly", "--all", "--dry-run", at=demo)
    assert dry.err == "DRY RUN: would move 4 people from daily to weekly.\n"
    assert len(addresses(demo, "--list", "daily")) == 4
    before = {each["address"]: each for each in inside("subscribers", "list", "--json", at=demo).json}
    ran = inside("subscribers", "move", "--from", "daily", "--to", "weekly", "--all", "--json", at=demo)
    assert (ran.json["moved"], ran.json["dry_run"]) == (4, False)
    after = {each["address"]: each for each in inside("subscribers", "list", "--json", at=demo).json}
    assert {each["list"] for each in after.values()} == {"weekly"}
    for email, place in after.items():
        for kept in ("sources", "topics", "only", "cadence", "consent", "since", "confirmed"):
            assert place[kept] == before[email][kept]
    (place,) = inside("subscribers", "show", ADA, "--json", at=demo).json["lists"]
    assert [each["event"] for each in place["consents"]] == ["added", "moved"]
    again = inside("subscribers", "move", "--from", "daily", "--to", "weekly", "--all", at=demo)
    assert again.err == "Moved 0 people from daily to weekly.\n"


def test_one_who_is_on_both_lists_is_on_one_afterwards(demo: Path) -> None:
    inside("subscribers", "add", ADA, "--list", "weekly", "--confirmed", at=demo)
    ran = inside("subscribers", "move", "--from", "daily", "--to", "weekly", "--email", ADA, at=demo)
    assert ran.err == "Moved 1 person from daily to weekly, 1 on both lists: taken off the first.\n"
    assert addresses(demo, "--search", ADA, "--consent", "confirmed", "--list", "weekly") == [ADA]
    assert addresses(demo, "--search", ADA, "--consent", "confirmed", "--list", "daily") == []


def test_the_suppressed_are_not_moved_and_it_is_said(demo: Path) -> None:
    inside("suppressions", "add", ADA, at=demo)
    ran = inside("subscribers", "move", "--from", "daily", "--to", "weekly", "--all", at=demo)
    assert f"{ADA} stays on daily: suppressed." in ran.err
    assert addresses(demo, "--list", "daily") == [ADA]


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("--from", "daily", "--to", "weekly"), 2, "--email EMAIL, or --all"),
        (("--from", "daily", "--to", "weekly", "--all", "--email", ADA), 2, "--email EMAIL, or --all"),
        (("--from", "daily", "--to", "daily", "--all"), 2, "the same"),
        (("--from", "daily", "--to", "weekli", "--all"), 1, 'did you mean "weekly"'),
        (("--from", "weekly", "--to", "daily", "--email", ADA), 1, "is not on weekly"),
        (("--from", "weekly", "--to", "daily", "--email", "x@example.org"), 1, "not a subscriber"),
    ],
)
def test_a_move_that_cannot_be_is_refused(
    demo: Path, arguments: tuple[str, ...], code: int, words: str
) -> None:
    ran = inside("subscribers", "move", *arguments, at=demo)
    assert ran.code == code
    assert words in ran.err


def test_people_are_found_by_part_of_the_address_and_by_how_they_stand(demo: Path) -> None:
    inside("subscribers", "unsubscribe", ADA, at=demo)
    inside("subscribers", "add", "eve@example.org", "--list", "weekly", at=demo)
    assert addresses(demo, "--search", "ADA@ex") == [ADA]
    assert addresses(demo, "--search", "%") == []
    assert addresses(demo, "--search", "' OR '1'='1") == []
    assert addresses(demo, "--consent", "unsubscribed") == [ADA]
    assert addresses(demo, "--cadence", "weekly") == ["eve@example.org"]
    assert addresses(demo, "--list", "daily", "--cadence", "monthly") == []
    assert inside("subscribers", "list", "--search", "nobody", at=demo).err == "Nobody.\n"


def test_a_page_ends_with_where_the_next_one_begins(demo: Path) -> None:
    first = inside("subscribers", "list", "--limit", "3", at=demo)
    assert len(first.lines) == 4
    after = first.err.rpartition(" ")[2].strip()
    rest = inside("subscribers", "list", "--limit", "3", "--after", after, at=demo)
    assert (len(rest.lines), rest.err) == (2, "")
    assert len(addresses(demo, "--limit", "2")) == 2


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        ("UPDATE subscriptions SET paused_until = '2999-01-01T00:00:00.000000Z'", "none before 2999-01-01"),
        ("UPDATE subscriptions SET consent = 'unconfirmed', due_at = NULL", "none: unconfirmed"),
        ("UPDATE subscriptions SET consent = 'unsubscribed', due_at = NULL", "none: unsubscribed"),
        ("UPDATE subscriptions SET due_at = '2026-11-30T02:00:00.000000Z'", "2026-11-30 03:00"),
    ],
)
def test_one_person_is_told_when_the_next_digest_comes_or_why_none_does(
    demo: Path, sql: str, words: str
) -> None:
    with closing(sqlite3.connect(demo / "digest.db")) as raw, raw:
        raw.execute(sql)
    assert f"next digest {words}" in inside("subscribers", "show", ADA, at=demo).out


def test_the_suppressed_are_told_that_nothing_comes(demo: Path) -> None:
    inside("suppressions", "add", ADA, "--reason", "asked by phone", at=demo)
    ran = inside("subscribers", "show", ADA, at=demo)
    assert "next digest none: suppressed (admin)" in ran.out
    assert "not mailed: admin since" in ran.out
    assert "asked by phone" in ran.out


def test_a_list_that_is_retired_brings_no_digest(demo: Path) -> None:
    text = (demo / "digest.toml").read_text("utf-8").replace('slug = "daily"', 'slug = "another"')
    (demo / "digest.toml").write_text(text, encoding="utf-8")
    assert "next digest none: the list is retired" in inside("subscribers", "show", ADA, at=demo).out


def test_who_has_a_digest_on_its_way_is_moved_after_it(demo: Path) -> None:
    with closing(sqlite3.connect(demo / "digest.db")) as raw, raw:
        raw.execute(
            "UPDATE deliveries SET status = 'deferred', ended_at = NULL WHERE subscription_id ="
            " (SELECT s.id FROM subscriptions s JOIN subscribers p ON p.id = s.subscriber_id"
            " WHERE p.address = ?)",
            (ADA,),
        )
    ran = inside("subscribers", "move", "--from", "daily", "--to", "weekly", "--all", at=demo)
    assert f"{ADA} stays on daily: with a digest on its way: move them after it." in ran.err
    assert addresses(demo, "--list", "daily") == [ADA]


def test_nobody_gets_a_story_again_by_being_moved(demo: Path) -> None:
    inside("subscribers", "move", "--from", "daily", "--to", "weekly", "--all", at=demo)
    night = inside("nightly", "--now", "2026-11-23T03:00", "--json", at=demo).json
    assert night["deliver"]["sent"] == 0
    with closing(sqlite3.connect(demo / "digest.db")) as raw:
        heads = raw.execute("SELECT cursor, (SELECT MAX(seq) FROM entries) FROM subscriptions").fetchall()
    assert len(heads) == 4
    assert all(cursor == head for cursor, head in heads)


def test_who_has_left_a_list_stays_there_and_nobody_is_bothered_with_it(demo: Path) -> None:
    inside("subscribers", "unsubscribe", ADA, at=demo)
    ran = inside("subscribers", "move", "--from", "daily", "--to", "weekly", "--all", at=demo)
    assert ran.err == "Moved 3 people from daily to weekly, 1 left the first list, and stays so.\n"
    assert addresses(demo, "--list", "daily", "--consent", "unsubscribed") == [ADA]
