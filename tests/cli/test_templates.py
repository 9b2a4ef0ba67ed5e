"""`digest templates`: our templates, a site's copies of them, and what became of both."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.run import inside
from tests.cli.sites import put

NAME = "mail/issue.html"


@pytest.fixture
def site(empty: Path) -> Path:
    put(empty, "templates", '"mine"')
    return empty


def listed(site: Path) -> dict[str, dict[str, object]]:
    return {each["name"]: each for each in inside("templates", "list", "--json", at=site).json}


def older(site: Path) -> None:
    """As if the copy had been made from another one of ours."""
    path = site / "mine" / NAME
    text = path.read_text("utf-8")
    path.write_text(text.replace("sha256 ", "sha256 " + "0" * 64 + " #}\n{# ", 1), encoding="utf-8")


def test_all_of_ours_are_listed(site: Path) -> None:
    found = listed(site)

    assert {"mail/issue.html", "mail/issue.txt", "mail/story.html", "mail/style.css"} <= found.keys()
    assert [each["copy"] for each in found.values()] == [None] * len(found)


def test_a_copy_is_ours_with_a_first_line_that_says_where_it_came_from(site: Path) -> None:
    assert inside("templates", "copy", NAME, at=site).code == 0

    first, rest = (site / "mine" / NAME).read_text("utf-8").split("\n", 1)
    assert first.startswith("{# planet-digest ") and f", {NAME}, sha256 " in first and first.endswith(" #}")
    assert rest == (Path(__file__).parents[2] / "templates" / NAME).read_text("utf-8")


def test_the_first_line_is_not_seen_in_a_mail(demo: Path) -> None:
    before = inside("issues", "next", "--json", at=demo).json
    path = demo / "digest.toml"
    path.write_text(path.read_text("utf-8").replace("[site]\n", '[site]\ntemplates = "mine"\n'), "utf-8")
    for name in listed(demo):
        assert inside("templates", "copy", name, at=demo).code == 0

    assert inside("issues", "next", "--json", at=demo).json == before


def test_a_copy_that_is_there_stays(site: Path) -> None:
    inside("templates", "copy", NAME, at=site)
    path = site / "mine" / NAME
    path.write_text("mine", encoding="utf-8")
    ran = inside("templates", "copy", NAME, at=site)

    assert ran.code == 2
    assert f"digest templates diff {NAME}" in ran.err
    assert path.read_text("utf-8") == "mine"


def test_without_a_folder_the_key_to_set_is_named(empty: Path) -> None:
    ran = inside("templates", "copy", NAME, at=empty)

    assert ran.code == 2
    assert 'Set templates = "my-templates" in [site].' in ran.err


@pytest.mark.parametrize("name", ["mail/isue.html", "../digest.toml", "mail"])
def test_what_is_no_template_of_ours_is_not_copied(site: Path, name: str) -> None:
    ran = inside("templates", "copy", name, at=site)

    assert ran.code == 1
    assert "digest templates list" in ran.err
    assert not (site / "mine").exists()


def test_a_fresh_copy_has_no_difference(site: Path) -> None:
    inside("templates", "copy", NAME, at=site)
    ran = inside("templates", "diff", NAME, at=site)

    assert (ran.code, ran.out, ran.err) == (0, "", "No difference.\n")
    assert listed(site)[NAME]["differs"] is False


def test_a_difference_is_shown_from_ours_to_the_copy(site: Path) -> None:
    inside("templates", "copy", NAME, at=site)
    path = site / "mine" / NAME
    path.write_text(path.read_text("utf-8") + "<p>mine</p>\n", encoding="utf-8")
    ran = inside("templates", "diff", at=site)

    changed = [line for line in ran.lines if line[:1] in "+-" and line[:3] not in ("+++", "---")]
    assert changed == ["+<p>mine</p>"]
    assert (listed(site)[NAME]["differs"], listed(site)[NAME]["ours_changed"]) == (True, False)


def test_when_ours_has_changed_since_everybody_says_so(site: Path) -> None:
    inside("templates", "copy", NAME, at=site)
    older(site)

    assert listed(site)[NAME]["ours_changed"] is True
    assert "ours has changed since" in inside("templates", "list", at=site).out
    assert "ours has changed since you copied it" in inside("templates", "diff", at=site).err
    found = inside("doctor", "--offline", "--json", at=site).json
    (said,) = [each for each in found if each["id"] == "templates"]
    assert (said["level"], said["mend"]) == ("warn", f"digest templates diff {NAME}")


def test_doctor_is_silent_about_a_copy_whose_original_is_as_it_was(site: Path) -> None:
    inside("templates", "copy", NAME, at=site)
    (site / "mine" / NAME).write_text((site / "mine" / NAME).read_text("utf-8") + "x", encoding="utf-8")

    found = inside("doctor", "--offline", "--json", at=site).json
    assert [each for each in found if each["id"] == "templates"] == []


def test_a_file_that_does_not_say_its_origin_is_compared_all_the_same(site: Path) -> None:
    (site / "mine" / "mail").mkdir(parents=True)
    (site / "mine" / NAME).write_text("all mine", encoding="utf-8")
    ran = inside("templates", "diff", NAME, at=site)

    assert "+all mine" in ran.lines
    assert "does not say which of ours it came from" in ran.err


def test_there_is_no_difference_to_a_copy_that_is_not_there(site: Path) -> None:
    assert inside("templates", "diff", NAME, at=site).code == 1
