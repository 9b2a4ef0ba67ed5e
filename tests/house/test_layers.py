"""Who may import whom (design §5): the contracts of pyproject.toml, and the rules that go by a name."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.tree import ROOT, Module, product

#: modules of these names decide; acting is somebody else's
PURE = frozenset({
    "bounces", "cut", "joining", "leaving", "named", "outcome", "plan", "release", "sections",
    "stories", "topics", "wishes",
})  # fmt: skip

#: what reaches the world, the clock or chance
IMPURE = frozenset({
    "aiohttp", "aiosmtpd", "asyncio", "ftplib", "glob", "http.client", "http.server", "imaplib", "io",
    "logging", "multiprocessing", "os", "pathlib", "poplib", "psycopg", "random", "secrets", "select",
    "selectors", "shutil", "signal", "smtplib", "socket", "socketserver", "sqlite3", "sqlite_utils",
    "ssl", "subprocess", "sys", "tempfile", "threading", "time", "tomlkit", "tomllib", "urllib.request",
    "uuid",
})  # fmt: skip

#: who may hold a concrete store; everybody else sees `digest.storage.protocol`
OPENERS = ("digest.cli", "digest.night", "digest.preview", "digest.serve", "digest.storage")


def is_in(name: str, package: str) -> bool:
    return name == package or name.startswith(f"{package}.")


def impurities(module: Module) -> list[str]:
    return sorted(name for name in module.imports if any(is_in(name, impure) for impure in IMPURE))


def pure_modules() -> list[Module]:
    return [module for module in product() if module.name.rpartition(".")[2] in PURE]


def concrete_stores(module: Module) -> list[str]:
    inside = (name for name in module.imports if is_in(name, "digest.storage"))
    # `from digest.storage import protocol` names both; the package itself is only the way there
    names = {name for name in inside if not is_in(name, "digest.storage.protocol")} - {"digest.storage"}
    bare = "digest.storage" in module.imports and not any(
        is_in(name, "digest.storage.protocol") for name in module.imports
    )
    return sorted(names | ({"digest.storage"} if bare else set()))


def relative_imports(module: Module) -> list[int]:
    return [node.lineno for node in ast.walk(module.tree) if isinstance(node, ast.ImportFrom) and node.level]


def test_every_contract_between_our_modules_is_kept() -> None:
    linter = Path(sys.executable).with_name("lint-imports")

    done = subprocess.run(
        [linter, "--no-cache", "--no-logo"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr


def test_modules_that_decide_import_nothing_that_acts() -> None:
    found = {module.name: impurities(module) for module in pure_modules() if impurities(module)}

    assert found == {}


def test_only_those_who_open_the_shelves_see_more_than_their_protocol() -> None:
    others = [module for module in product() if not any(is_in(module.name, opener) for opener in OPENERS)]

    assert {module.name: concrete_stores(module) for module in others if concrete_stores(module)} == {}


def test_the_protocol_of_the_shelves_knows_no_shelf() -> None:
    protocol = [module for module in product() if is_in(module.name, "digest.storage.protocol")]

    assert {module.name: concrete_stores(module) for module in protocol if concrete_stores(module)} == {}


def test_an_import_names_its_room_in_full() -> None:
    assert {module.name: relative_imports(module) for module in product() if relative_imports(module)} == {}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("import urllib.parse", []),
        ("import urllib.request", ["urllib.request"]),
        ("from urllib import request", ["urllib.request"]),
        ("def act():\n    import time", ["time"]),
        ("from datetime import time", []),
    ],
)
def test_an_impure_import_is_seen_wherever_it_stands(text: str, found: list[str]) -> None:
    module = Module(name="digest.sort.topics", path=Path("topics.py"), tree=ast.parse(text))

    assert impurities(module) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("from digest.storage.protocol import Store", []),
        ("from digest.storage import protocol", []),
        ("from digest.storage import open_store", ["digest.storage", "digest.storage.open_store"]),
        ("import digest.storage", ["digest.storage"]),
        ("from digest.storage.sqlite import SqliteConnection",
         ["digest.storage.sqlite", "digest.storage.sqlite.SqliteConnection"]),
    ],
)  # fmt: skip
def test_a_concrete_store_is_seen_however_it_is_imported(text: str, found: list[str]) -> None:
    module = Module(name="digest.gather", path=Path("gather.py"), tree=ast.parse(text))

    assert concrete_stores(module) == found
