"""The frame around all commands: help, guesses, options that work everywhere, streams and exit codes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import click
import pytest

from digest import __version__
from digest.cli import COMMANDS, digest
from tests.cli.run import child, environment, inside
from tests.cli.sites import put

NAMES = [name for group in COMMANDS.values() for name in group]
#: what `--help` must not wait for (number N11)
HEAVY = (
    "digest.gather digest.compose digest.deliver digest.sort digest.net digest.press digest.storage "
    "digest.night digest.settings feedparser aiohttp jinja2 sqlite_utils pydantic rich premailer "
    "babel tomlkit nh3 lxml"
).split()
#: what a list of something must not wait for
HEAVY_FOR_LISTS = (
    "feedparser aiohttp jinja2 premailer babel nh3 lxml sqlite_utils numpy rich tomlkit asyncio".split()
)


def loaded_after(*arguments: str, at: Path) -> set[str]:
    """The modules a real process has loaded when the command ends."""
    script = (
        "import sys\nfrom digest.cli import main\n"
        "try:\n    main(sys.argv[1:])\nexcept SystemExit:\n    pass\n"
        "sys.stderr.write('\\n'.join(sys.modules))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, *arguments],
        cwd=at,
        env=environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout, "the command gave something"
    return set(done.stderr.splitlines())


def test_help_loads_no_room(tmp_path: Path) -> None:
    assert loaded_after("--help", at=tmp_path) & set(HEAVY) == set()


@pytest.mark.parametrize("what", ["lists", "sources", "subscribers", "entries", "issues"])
def test_a_list_loads_nothing_it_does_not_need(what: str, demo: Path) -> None:
    assert loaded_after(what, "list", at=demo) & set(HEAVY_FOR_LISTS) == set()


def test_without_a_command_all_of_them_are_named() -> None:
    ran = inside()

    assert ran.code == 0
    assert [name for name in NAMES if f"\n  {name}" not in ran.out] == []


@pytest.mark.parametrize("name", NAMES)
def test_every_command_explains_itself(name: str) -> None:
    ran = inside(name, "--help")

    assert (ran.code, ran.err) == (0, "")
    assert "--config" in ran.out


def groups() -> list[str]:
    context = click.Context(digest)
    return [name for name in NAMES if isinstance(digest.get_command(context, name), click.Group)]


@pytest.mark.parametrize("name", groups())
def test_a_group_alone_shows_its_commands_and_is_a_usage_error(name: str) -> None:
    ran = inside(name)

    assert (ran.code, ran.out) == (2, "")
    assert "Commands:" in ran.err


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        (("surces",), "sources"),
        (("sources", "lst"), "list"),
        (("Nightly",), "nightly"),
        (("issues", "nxt"), "next"),
    ],
)
def test_a_misspelt_command_is_guessed(typed: tuple[str, ...], meant: str) -> None:
    ran = inside(*typed)

    assert ran.code == 2
    assert f'did you mean "{meant}"?' in ran.err


def test_nothing_is_guessed_from_nonsense() -> None:
    assert 'There is no command "digest xyzzy".' in inside("xyzzy").err


def test_the_version_is_said() -> None:
    assert inside("--version").out == f"digest, version {__version__}\n"


@pytest.mark.parametrize("where", [0, 1, 2], ids=["first", "in the middle", "last"])
def test_the_settings_may_be_named_anywhere(where: int, demo: Path) -> None:
    words = ["lists", "list"]
    words[where:where] = ["--config", str(demo / "digest.toml")]

    assert "daily" in inside(*words).out


def test_the_environment_names_the_settings(demo: Path, tmp_path: Path) -> None:
    assert "daily" in child("lists", "list", at=tmp_path, DIGEST_CONFIG=str(demo / "digest.toml")).out


def test_what_is_typed_comes_before_the_environment(demo: Path, empty: Path) -> None:
    named = str(empty / "digest.toml")
    before = child("--config", named, "lists", "list", at=demo, DIGEST_CONFIG=str(demo / "digest.toml"))
    after = child("lists", "list", "--config", named, at=demo, DIGEST_CONFIG=str(demo / "digest.toml"))

    assert before.out == after.out
    assert "weekly" in before.out
    assert "daily" not in before.out


def test_settings_are_found_in_a_folder_above(demo: Path) -> None:
    assert "daily" in child("lists", "list", at=demo / "outbox").out


def test_settings_that_are_not_there_are_a_usage_error(tmp_path: Path) -> None:
    ran = inside("--config", str(tmp_path / "none.toml"), "lists", "list")

    assert (ran.code, ran.out) == (2, "")
    assert "none.toml is not there" in ran.err


def test_a_trace_comes_only_when_asked_for(tmp_path: Path) -> None:
    quiet = child("lists", "list", at=tmp_path)
    loud = child("lists", "list", "--debug", at=tmp_path)

    assert "Traceback" not in quiet.err
    assert "Traceback" in loud.err
    assert quiet.code == loud.code == 2


def test_more_is_said_when_asked_for(demo: Path) -> None:
    quiet = child("gather", "--force", at=demo)
    loud = child("gather", "--force", "-v", at=demo)

    assert "INFO" not in quiet.err
    assert "INFO digest.gather" in loud.err


def piped(script: str, at: Path, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", "-c", script, "bash", sys.executable],
        cwd=at,
        env=environment(**more),
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_reader_who_goes_away_is_no_error(demo: Path) -> None:
    done = piped('"$1" -m digest entries list | head -n 1; exit ${PIPESTATUS[0]}', demo)

    assert done.stdout.startswith("entry")
    assert (done.returncode, done.stderr) == (0, "")


def test_a_reader_who_was_never_there_is_no_error(demo: Path) -> None:
    done = piped('"$1" -m digest entries list | true; exit ${PIPESTATUS[0]}', demo)

    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full on this machine")
def test_an_output_that_takes_nothing_fails_in_words(demo: Path) -> None:
    done = piped('"$1" -m digest entries list > /dev/full', demo)

    assert done.returncode == 1
    assert done.stderr == "Standard output cannot be written: No space left on device.\n"


def test_a_closed_output_is_no_crash(demo: Path) -> None:
    done = piped('"$1" -m digest lists list >&-', demo)

    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_a_terminal_of_another_age_shows_what_it_can(encoding: str, demo: Path) -> None:
    settings = {"PYTHONUTF8": "0", "PYTHONIOENCODING": encoding, "LC_ALL": "C"}
    text = child("entries", "list", at=demo, **settings)
    data = child("entries", "list", "--json", at=demo, **settings)

    assert (text.code, data.code) == (0, 0)
    assert "Bench 47" in text.out
    assert any("日本語の表も" in entry["title"] for entry in data.json)


def test_a_setting_from_the_environment_comes_before_the_file(demo: Path) -> None:
    assert "Elsewhere" in child("sources", "export", at=demo, DIGEST_SITE__TITLE="Elsewhere").out


def test_every_fault_of_the_settings_is_told_at_once(demo: Path) -> None:
    put(demo, "timezone", '"Nowhere/Land"')
    put(demo, "cadence", '"often"')
    ran = inside("lists", "list", at=demo)

    assert ran.code == 2
    assert len(ran.err.splitlines()) == 2
