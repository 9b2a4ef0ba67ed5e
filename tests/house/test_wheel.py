"""What is installed is what is here: the wheel carries everything a night needs, and nothing else."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.house.tree import ROOT, our_files


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this tree, built as `pip install` would, with the backend already here."""
    out = tmp_path_factory.mktemp("wheel")
    done = subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", out, ROOT],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr

    return next(out.glob("planet_digest-*.whl"))


@pytest.fixture(scope="module")
def names(wheel: Path) -> frozenset[str]:
    with zipfile.ZipFile(wheel) as archive:
        return frozenset(archive.namelist())


@pytest.fixture(scope="module")
def unpacked(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site-packages")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder


def ours(folder: str) -> set[str]:
    """Files below a folder of the tree, as a commit would hold them."""
    paths = (path.relative_to(ROOT).as_posix() for path in our_files())
    return {path for path in paths if path.startswith(f"{folder}/")}


@pytest.mark.parametrize("package", ["digest", "subscribers"])
def test_the_wheel_carries_every_file_of_both_packages(names: frozenset[str], package: str) -> None:
    assert ours(package) - names == set()


def test_the_wheel_carries_the_templates_inside_digest(names: frozenset[str]) -> None:
    assert {f"digest/{path}" for path in ours("templates")} - names == set()


@pytest.mark.parametrize(
    "kind",
    [
        r"digest/storage/sql/\w+\.sql",
        r"digest/storage/sql/migrations/\w+\.sqlite\.sql",
        r"digest/sample/feeds/.+\.xml",
        r"digest/sample/digest\.toml",
    ],
)
def test_the_wheel_carries_what_is_not_python(names: frozenset[str], kind: str) -> None:
    assert [name for name in names if re.fullmatch(kind, name)]


@pytest.mark.parametrize("package", ["digest", "subscribers"])
def test_both_packages_say_that_they_are_typed(names: frozenset[str], package: str) -> None:
    assert f"{package}/py.typed" in names


def test_the_wheel_carries_nothing_else(names: frozenset[str]) -> None:
    tops = {name.partition("/")[0] for name in names}

    assert {top for top in tops if not top.endswith(".dist-info")} == {"digest", "subscribers"}


def test_the_command_is_called_digest(unpacked: Path) -> None:
    scripts = next(unpacked.glob("*.dist-info/entry_points.txt")).read_text(encoding="utf-8")

    assert "[console_scripts]\ndigest = digest.cli:main" in scripts


def test_the_licence_comes_along(unpacked: Path) -> None:
    licence = next(unpacked.glob("*.dist-info/licenses/LICENSE"))

    assert licence.read_bytes() == (ROOT / "LICENSE").read_bytes()


def test_the_command_answers_from_the_wheel_alone(unpacked: Path, tmp_path: Path) -> None:
    script = "import digest, digest.cli as cli; print(digest.__file__, flush=True); cli.main(['--help'])"
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(unpacked)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[0] == str(unpacked / "digest" / "__init__.py")
