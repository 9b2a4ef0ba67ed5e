"""`digest subscribers` and `digest lists`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.run import child, inside
from tests.cli.sites import put

ADA = "ada@example.org"


def test_lists_say_who_reads_them(demo: Path) -> None:
    ran = inside("lists", "list", at=demo)

    assert (ran.code, ran.err) == (0, "")
    assert ran.lines[1].split()[:3] == ["daily", "nightly", "4"]
    assert ran.lines[2].split()[:5] == ["weekly", "weekly", "0", "-", "-"]


def test_a_list_as_json_has_its_last_issue_and_instants_in_utc(demo: Path) -> None:
    facts = inside("lists", "show", "daily", "--json", at=demo).json

    assert facts["last_issue"] == {"id": 1, "number": 1, "night": "2026-11-22"}
    assert facts["next_due"] == "2026-11-22T23:00:00Z"
    assert facts["confirmed"] == 4


def test_a_list_in_words(demo: Path) -> None:
    ran = inside("lists", "show", "weekly", at=demo)

    assert "weekly on monday, shows full" in ran.out
    assert "digest subscribers add you@example.org --list weekly --confirmed" in ran.err


def test_a_list_misspelt_is_guessed(demo: Path) -> None:
    ran = inside("lists", "show", "weekli", at=demo)

    assert (ran.code, ran.err) == (1, 'There is no list "weekli"; did you mean "weekly"?\n')


def test_somebody_added_is_there_with_their_wishes(demo: Path) -> None:
    wishes = ("--mute", "harbour", "--language", "en", "--format", "text", "--hour", "7")
    rhythm = ("--cadence", "weekly", "--weekday", "friday", "--timezone", "Asia/Tokyo")
    added = inside(
        "subscribers",
        "add",
        "eve@example.org",
        "--list",
        "daily",
        "--confirmed",
        *wishes,
        *rhythm,
        "--json",
        at=demo,
    ).json
    (shown,) = inside("subscribers", "show", "eve@example.org", "--json", at=demo).json["lists"]

    assert added.pop("outcome") == "joined"
    (proof,) = shown.pop("consents")
    assert (proof["event"], proof["method"]) == ("added", "cli")
    assert {**added, "history": []} == shown
    assert shown["sources"] == {"harbour": "mute"}
    assert (shown["cadence"], shown["weekday"], shown["hour"]) == ("weekly", "friday", 7)
    assert (shown["timezone"], shown["language"], shown["format"]) == ("Asia/Tokyo", "en", "text")
    assert shown["consent"] == "confirmed"
    assert shown["next_due"]


def test_without_consent_nobody_is_mailed(demo: Path) -> None:
    ran = inside("subscribers", "add", "eve@example.org", "--list", "daily", at=demo)

    assert "nothing is mailed" in ran.err
    assert inside("lists", "show", "daily", "--json", at=demo).json["unconfirmed"] == 1


def test_consent_may_be_added_later(demo: Path) -> None:
    inside("subscribers", "add", "eve@example.org", "--list", "daily", at=demo)
    inside("subscribers", "add", "eve@example.org", "--list", "daily", "--confirmed", at=demo)

    assert inside("lists", "show", "daily", "--json", at=demo).json["confirmed"] == 5


def test_who_is_there_keeps_what_they_chose(demo: Path) -> None:
    before = inside("subscribers", "show", "bruno@example.org", "--json", at=demo).json
    ran = inside("subscribers", "add", "Bruno@Example.org", "--list", "daily", "--confirmed", at=demo)

    assert "already" in ran.err
    assert inside("subscribers", "show", "bruno@example.org", "--json", at=demo).json == before


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (("--mute", "harbor"), 'did you mean "harbour"'),
        (("--only", "nothing-like-it"), "nothing-like-it"),
        (("--cadence", "daily"), "nightly"),
        (("--hour", "24"), "24"),
        (("--weekday", "friday"), "--cadence weekly"),
        (("--timezone", "Tokyo"), "Europe/Paris"),
        (("--language", "de"), "'fr'"),
        (("--list", "dayly"), 'did you mean "daily"'),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else "",
)
def test_a_wish_that_cannot_be_is_refused_and_nobody_is_added(
    wrong: tuple[str, str], words: str, demo: Path
) -> None:
    ran = inside("subscribers", "add", "eve@example.org", "--list", "daily", "--confirmed", *wrong, at=demo)

    assert ran.code in (1, 2)
    assert words.lower() in ran.err.lower()
    assert inside("subscribers", "show", "eve@example.org", at=demo).code == 1


def test_everybody_is_listed_with_rhythm_and_wishes(demo: Path) -> None:
    ran = inside("subscribers", "list", at=demo)

    assert [line.split("  ")[-1] for line in ran.lines[1:]] == [
        "all",
        "all but slow-snakes",
        "only events",
        "all but python-vallee",
    ]


def test_an_empty_list_says_how_to_fill_it(demo: Path) -> None:
    ran = inside("subscribers", "list", "--list", "weekly", at=demo)

    assert (ran.code, ran.out) == (0, "")
    assert "--list weekly --confirmed" in ran.err


def test_one_person_in_words_has_consent_and_history(demo: Path) -> None:
    ran = inside("subscribers", "show", ADA, at=demo)

    assert ran.lines[0] == ADA
    assert any("added (cli)" in line for line in ran.lines)
    assert any("sent: Planète démo" in line for line in ran.lines)


def test_who_is_taken_off_gets_nothing_more(demo: Path) -> None:
    assert inside("subscribers", "unsubscribe", ADA, at=demo).err == f"{ADA} is off daily.\n"
    assert inside("subscribers", "unsubscribe", ADA, at=demo).err == f"{ADA} had left daily before.\n"
    counts = inside("lists", "show", "daily", "--json", at=demo).json

    assert (counts["confirmed"], counts["unsubscribed"]) == (3, 1)


def test_a_stranger_cannot_be_taken_off(demo: Path) -> None:
    ran = inside("subscribers", "unsubscribe", "nobody@example.org", at=demo)

    assert (ran.code, ran.out) == (1, "")
    assert "nobody@example.org" in ran.err


def test_leaving_a_list_one_is_not_on_is_refused(demo: Path) -> None:
    ran = inside("subscribers", "unsubscribe", ADA, "--list", "weekly", at=demo)

    assert ran.code == 1
    assert "not on weekly" in ran.err


CSV = """email,mute
fay@example.org,harbour
not an address,
fay@example.org,
ada@example.org,
gil@example.org,nosuch
"""


def test_an_import_counts_every_line(demo: Path, tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    file.write_text(CSV, encoding="utf-8")
    dry = inside(
        "subscribers", "import", str(file), "--list", "daily", "--confirmed", "--dry-run", "--json", at=demo
    )
    real = inside("subscribers", "import", str(file), "--list", "daily", "--confirmed", "--json", at=demo)

    assert dry.json == {**real.json, "dry_run": True}
    assert {key: real.json[key] for key in ("joined", "already", "repeated", "refused")} == {
        "joined": 1,
        "already": 1,
        "repeated": 1,
        "refused": 2,
    }
    assert [bad["line"] for bad in real.json["refused_lines"]] == [3, 6]
    assert inside("subscribers", "show", "fay@example.org", "--json", at=demo).json["lists"][0][
        "sources"
    ] == {"harbour": "mute"}


def test_a_dry_import_brings_nobody(demo: Path) -> None:
    ran = inside(
        "subscribers", "import", "-", "--list", "daily", "--dry-run", at=demo, given=b"email\nfay@x.example\n"
    )

    assert "DRY RUN: would bring 1 person to daily" in ran.err
    assert inside("subscribers", "show", "fay@x.example", at=demo).code == 1


def test_an_import_without_consent_says_so(demo: Path) -> None:
    ran = inside("subscribers", "import", "-", "--list", "daily", at=demo, given=b"email\nfay@x.example\n")

    assert "Brought 1 person to daily." in ran.err
    assert "--confirmed" in ran.err


def test_an_import_brings_back_nobody_who_left(demo: Path) -> None:
    inside("subscribers", "unsubscribe", ADA, at=demo)
    ran = inside(
        "subscribers",
        "import",
        "-",
        "--list",
        "daily",
        "--confirmed",
        at=demo,
        given=b"email\n" + ADA.encode(),
    )

    assert "1 left once" in ran.err
    assert inside("lists", "show", "daily", "--json", at=demo).json["confirmed"] == 3


def test_a_file_without_addresses_is_refused(demo: Path) -> None:
    ran = inside("subscribers", "import", "-", "--list", "daily", at=demo, given=b"name\nAda\n")

    assert ran.code == 1
    assert "column named email" in ran.err


def test_what_is_exported_comes_back(demo: Path, empty: Path) -> None:
    out = child("subscribers", "export", "--list", "daily", at=demo, PYTHONIOENCODING="ascii").out
    put(empty, "title", '"Elsewhere"')
    text = out.replace("slow-snakes", "").replace("events", "").replace("python-vallee", "")
    ran = inside(
        "subscribers",
        "import",
        "-",
        "--list",
        "weekly",
        "--confirmed",
        "--json",
        at=empty,
        given=text.encode(),
    )

    assert ran.json["joined"] == 4
    assert ran.json["refused"] == 0


def test_an_export_of_several_lists_asks_which(demo: Path) -> None:
    ran = inside("subscribers", "export", at=demo)

    assert (ran.code, ran.out) == (2, "")
    assert "daily, weekly" in ran.err
