"""What is imported is declared: nothing works only because somebody else happened to install it."""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Iterable
from importlib.metadata import packages_distributions

from tests.house.tree import ROOT, Module, modules, product

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
OURS = frozenset({"digest", "subscribers", "tests", "benchmarks"})

#: import names of libraries that are in an extra, and so perhaps not here to be asked
EXTRAS = {
    "PIL": "pillow",
    "procrastinate": "procrastinate",
    "psycopg": "psycopg",
    "psycopg_pool": "psycopg",
    "reader": "reader",
}

#: halves of a library that cannot be had without the other
WITH = {"markupsafe": "jinja2", "pydantic-core": "pydantic"}


def plain(name: str) -> str:
    """A distribution's name as registries compare them."""
    return re.sub(r"[-_.]+", "-", re.split(r"[ ;\[<>=!~]", name)[0]).lower()


def declared(*extras: str) -> frozenset[str]:
    optional = PROJECT["optional-dependencies"]
    named = [*PROJECT["dependencies"], *(name for extra in extras for name in optional[extra])]
    return frozenset(plain(name) for name in named)


def outside(found: Iterable[Module]) -> dict[str, str]:
    """Distributions these modules import, and one module that does."""
    homes = packages_distributions()
    used: dict[str, str] = {}
    for module in found:
        tops = {name.partition(".")[0] for name in module.imports} - OURS - sys.stdlib_module_names
        for top in tops:
            distribution = plain(EXTRAS.get(top) or homes.get(top, [top])[0])
            used[WITH.get(distribution, distribution)] = module.name
    return used


def test_the_product_imports_what_it_declares() -> None:
    used = outside(product())

    assert {name: by for name, by in used.items() if name not in declared("images", "cluster")} == {}


def test_the_tests_import_what_they_declare() -> None:
    used = outside(modules("tests"))

    assert {name: by for name, by in used.items() if name not in declared("images", "cluster", "test")} == {}


#: in the base install without an import: data, and what the next rooms stand on, so that no upgrade adds it
UNUSED = {"tzdata": "zone data", "python-multipart": "Starlette reads forms with it"}


def test_every_library_declared_is_used() -> None:
    """But for those named above, each with its reason."""
    assert declared() - set(outside(product())) == set(UNUSED)
