"""The editor's commands: pin, drop, note, and looking at what comes of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.run import inside

NOTE = b"Hello *all*,\n\n[read on](https://example.org/on)\n"


@pytest.fixture
def next_ones(demo: Path) -> list[str]:
    """News that the weekly list has not published yet, by short id."""
    found = inside("entries", "list", "--state", "released", "--json", at=demo).json
    return [each["id"] for each in found]


def weekly(demo: Path) -> dict[str, object]:
    (found,) = inside("issues", "next", "--list", "weekly", "--json", at=demo).json
    assert isinstance(found, dict)
    return found


def state(demo: Path, entry: str) -> dict[str, object]:
    found = inside("entries", "show", entry, "--json", at=demo).json
    assert isinstance(found, dict)
    return found


def test_a_pin_is_made_seen_and_taken_away(demo: Path, next_ones: list[str]) -> None:
    one = next_ones[0]
    made = inside("entries", "pin", one, at=demo)
    seen = weekly(demo)["pins"]
    inside("entries", "pin", one, "--off", at=demo)

    assert made.code == 0
    assert "will stand first in the next numbered issue of weekly" in made.err
    assert seen == [one]
    assert (weekly(demo)["pins"], state(demo, one)["pinned"]) == ([], None)


def test_a_pin_is_listed_in_words(demo: Path, next_ones: list[str]) -> None:
    inside("entries", "pin", next_ones[0], at=demo)

    assert f"pinned: {next_ones[0]} " in inside("issues", "next", "--list", "weekly", at=demo).out
    assert "released, pinned" in inside("entries", "show", next_ones[0], at=demo).out


def test_a_fourth_pin_is_refused_with_the_way_out(demo: Path, next_ones: list[str]) -> None:
    first, *_ = three = next_ones[:3]
    inside("entries", "pin", *three, at=demo)
    ran = inside("entries", "pin", next_ones[3], at=demo)

    assert ran.code == 2
    assert f"digest entries pin {first} --off" in ran.err
    assert weekly(demo)["pins"] == three


@pytest.mark.parametrize("verb", ["pin", "drop"])
def test_what_is_no_entry_is_refused(demo: Path, verb: str) -> None:
    assert [inside("entries", verb, name, at=demo).code for name in ("x", "e999")] == [2, 1]


def test_what_is_dropped_is_not_pinned(demo: Path, next_ones: list[str]) -> None:
    one = next_ones[0]
    inside("entries", "drop", one, at=demo)
    ran = inside("entries", "pin", one, at=demo)

    assert ran.code == 2
    assert f"digest entries release {one}" in ran.err
    assert weekly(demo)["pins"] == []


def test_dropped_news_leaves_the_next_issue_and_says_where_it_was(demo: Path, next_ones: list[str]) -> None:
    one = next_ones[0]
    before = weekly(demo)["stories"]
    ran = inside("entries", "drop", one, "--reason", "an advert", at=demo)
    story = state(demo, one)["story"]

    assert isinstance(before, list)
    assert weekly(demo)["stories"] == [each for each in before if each != story]
    assert "daily no. 1" in ran.err and "nobody's digest" in ran.err
    assert "dropped: an advert" in inside("entries", "show", one, at=demo).out
    assert one in [
        each["id"] for each in inside("entries", "list", "--state", "dropped", "--json", at=demo).json
    ]


def test_dropped_news_is_let_in_again(demo: Path, next_ones: list[str]) -> None:
    before = weekly(demo)["stories"]
    inside("entries", "drop", next_ones[0], at=demo)
    assert inside("entries", "release", next_ones[0], at=demo).code == 0

    assert weekly(demo)["stories"] == before


def test_explain_says_that_it_was_dropped_or_pinned(demo: Path, next_ones: list[str]) -> None:
    first, second = next_ones[:2]
    inside("entries", "pin", first, at=demo)
    inside("entries", "drop", second, "--reason", "an advert", at=demo)

    assert "pinned" in inside("explain", first, at=demo).out
    assert "dropped: an advert" in inside("explain", second, at=demo).out


def test_a_note_comes_from_standard_input_and_is_shown(demo: Path) -> None:
    ran = inside("issues", "note", "weekly", "-", "--language", "en", at=demo, given=NOTE)
    shown = inside("issues", "note", "weekly", "--show", at=demo)
    data = inside("issues", "note", "weekly", "--show", "--json", at=demo).json

    assert (ran.code, shown.code) == (0, 0)
    assert "(en, 5 words)" in ran.err
    assert shown.out == "Hello all,\n\nread on\n\nhttps://example.org/on\n"
    assert data["en"]["html"].startswith("<p>Hello <em>all</em>,</p>")
    assert weekly(demo)["notes"] == ["en"]


def test_a_note_is_for_the_list_s_own_language_unless_said(demo: Path, tmp_path: Path) -> None:
    (tmp_path / "note.md").write_text("Bonjour", encoding="utf-8")
    inside("issues", "note", "weekly", str(tmp_path / "note.md"), at=demo)

    assert weekly(demo)["notes"] == ["fr"]


def test_a_note_is_taken_back(demo: Path) -> None:
    inside("issues", "note", "weekly", "-", at=demo, given=NOTE)
    said = [inside("issues", "note", "weekly", "--remove", at=demo).err for _ in range(2)]

    assert ["is gone" in words for words in said] == [True, False]
    assert weekly(demo)["notes"] == []


def test_a_long_note_is_kept_with_a_warning(demo: Path) -> None:
    ran = inside("issues", "note", "weekly", "-", at=demo, given=b"word " * 121)

    assert ran.code == 0
    assert "That is long" in ran.err
    assert weekly(demo)["notes"] == ["fr"]


@pytest.mark.parametrize("given", [b"", b"  \n", b"<script>x</script>", b"\xff\xfe", b"x" * 20_001])
def test_what_is_no_note_is_refused(demo: Path, given: bytes) -> None:
    assert inside("issues", "note", "weekly", "-", at=demo, given=given).code == 2
    assert weekly(demo)["notes"] == []


@pytest.mark.parametrize("asked", [(), ("--show", "--remove"), ("-", "--show")])
def test_one_thing_at_a_time_is_asked_of_a_note(demo: Path, asked: tuple[str, ...]) -> None:
    assert inside("issues", "note", "weekly", *asked, at=demo, given=NOTE).code == 2


def test_the_next_issue_says_who_would_get_what(demo: Path) -> None:
    ran = inside("issues", "next", "--list", "weekly", at=demo)

    assert "subject: " in ran.out
    assert weekly(demo)["subject"]


def test_an_issue_shows_its_note_and_its_pins(demo: Path, next_ones: list[str]) -> None:
    one = next_ones[0]
    inside("subscribers", "add", "you@example.org", "--list", "weekly", "--confirmed", at=demo)
    inside("entries", "pin", one, at=demo)
    inside("issues", "note", "weekly", "-", at=demo, given=NOTE)
    assert inside("nightly", "--now", "2026-11-23T03:00", at=demo).code == 0
    (issue,) = inside("issues", "list", "--list", "weekly", "--json", at=demo).json
    shown = inside("issues", "show", str(issue["id"]), at=demo).out
    data = inside("issues", "show", str(issue["id"]), "--json", at=demo).json

    title = state(demo, one)["title"]
    assert f"pinned 1: {title}" in shown and "note (fr): Hello all," in shown
    assert [each["title"] for each in data["stories"] if each["pin"] == 1] == [title]
    assert data["notes"].keys() == {"fr"}
