"""`digest sources import`: what a planet has today becomes sources of ours, whatever its file is called."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from tests.cli.run import inside
from tests.corpus import CORPUS, needs_corpus

VENUS = b"""[Planet]
name = Planet
[https://ada.example/f]
name = Ada
filter = python
[https://ben.example/f]
name = Ben
exclude = ^x{3}
"""
MAKEMAKE = b"- name: Ada\n  url: https://ada.example/f\n  link: https://ada.example/\n"
OPML = b"""<opml><body><outline text="F"><outline text="A" xmlUrl="https://a.example/f" language="fr"
htmlUrl="https://a.example/" digestDropCategories="Ads"/></outline></body></opml>"""


def sources(site: Path) -> dict[str, dict[str, object]]:
    found = tomllib.loads((site / "digest.toml").read_text("utf-8")).get("sources", [])
    return {each["slug"]: each for each in found}


def test_a_planet_s_config_ini_becomes_sources(empty: Path) -> None:
    ran = inside("sources", "import", "-", at=empty, given=VENUS)

    assert ran.code == 0
    assert "https://ben.example/f: exclude = ^x{3} has no counterpart here" in ran.err
    assert "Added 2 sources and 0 topics" in ran.err
    assert sources(empty) == {
        "ada": {
            "slug": "ada",
            "title": "Ada",
            "url": "https://ada.example/f",
            "keep": {"words": ["python"]},
        },
        "ben": {"slug": "ben", "title": "Ben", "url": "https://ben.example/f"},
    }


def test_makemake_s_sources_become_ours_once(empty: Path) -> None:
    first = inside("sources", "import", "-", "--json", at=empty, given=MAKEMAKE).json
    again = inside("sources", "import", "-", "--json", at=empty, given=MAKEMAKE).json

    assert (first["sources"], first["notes"]) == (["ada"], [])
    assert (again["sources"], again["known"]) == ([], ["https://ada.example/f"])


@pytest.mark.parametrize("given", [VENUS, MAKEMAKE, OPML])
def test_what_is_exported_comes_back_as_it_was(empty: Path, tmp_path: Path, given: bytes) -> None:
    inside("sources", "import", "-", at=empty, given=given)
    out = inside("sources", "export", at=empty).out.encode()
    inside("init", str(tmp_path / "fresh"))
    inside("sources", "import", "-", at=tmp_path / "fresh", given=out)

    assert sources(empty)
    assert sources(tmp_path / "fresh") == sources(empty)


@needs_corpus
def test_planet_python_moves_in_with_one_command(empty: Path) -> None:
    ran = inside("sources", "import", str(CORPUS / "opml" / "planetpython-config.ini"), at=empty)

    assert (ran.code, len(sources(empty))) == (0, 567)
    assert inside("sources", "export", at=empty).out.count("xmlUrl=") == 567
