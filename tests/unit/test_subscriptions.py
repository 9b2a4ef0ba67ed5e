"""What planets have today, read by content: a config.ini, MakeMake's YAML, OPML."""

from __future__ import annotations

import tomllib

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from digest.errors import UnreadableFeed
from digest.gather import opml
from digest.gather.opml import Outline
from digest.gather.subscriptions import read
from digest.settings.edit import add_sources
from tests.corpus import CORPUS, needs_corpus

VENUS = b"""\
# Our planet
[Planet]
name = Planet Example
link = http://planet.example/
items_per_page: 60

[DEFAULT]
template_files = index.html.tmpl

[index.html.tmpl]
days_per_page = 7

[http://ada.example/feeds/posts/default/-/python?a[]=1%20b]
name = Ada: \xc3\xa0 propos
face = ada.png

[feed://ben.example/rss]
name = not http

[feed:https://cy.example/rss]
name = Cy
filter = (?i)python|\\bdjango\\b
exclude = sponsored

[https://dee.example/rss]
name = Dee
filter = ^(?!no).*py[23]

[https://eve.example/list.opml]
content_type = opml
"""

MAKEMAKE = """\
---

- name: "L'été"
  url: https://ada.example/feed
  link: https://ada.example
  avatar: https://ada.example/logo.svg

- name: No
  url: "https://ben.example/@ben.rss"

- link: https://nobody.example
- https://text.example
""".encode()

OPML = b'\xef\xbb\xbf <?xml version="1.0"?><opml><body><outline xmlUrl="https://a.example/f"/></body></opml>'


def test_a_planet_s_config_ini_gives_its_feeds_with_their_names_and_words() -> None:
    found = read(VENUS)
    assert found.format == "config.ini"
    assert found.outlines == (
        Outline(url="http://ada.example/feeds/posts/default/-/python?a[]=1%20b", title="Ada: à propos"),
        Outline(url="https://cy.example/rss", title="Cy", keep=("python", "django"), drop=("sponsored",)),
        Outline(url="https://dee.example/rss", title="Dee"),
    )


def test_what_has_no_counterpart_is_named_not_lost_in_silence() -> None:
    assert read(VENUS).notes == (
        "https://dee.example/rss: filter = ^(?!no).*py[23] has no counterpart here",
        "https://eve.example/list.opml: a reading list of its own; import it by itself",
    )


def test_makemake_s_sources_keep_their_names_and_sites() -> None:
    found = read(MAKEMAKE)
    assert found.format == "YAML"
    assert found.outlines == (
        Outline(url="https://ada.example/feed", title="L'été", site_url="https://ada.example"),
        Outline(url="https://ben.example/@ben.rss", title="No"),
    )


def test_a_list_may_stand_under_a_name() -> None:
    assert read(b"title: T\nsources:\n  - {title: A, url: https://a.example/f}\n").outlines == (
        Outline(url="https://a.example/f", title="A"),
    )


def test_opml_is_known_by_its_first_sign() -> None:
    assert (read(OPML).format, len(read(OPML).outlines)) == ("OPML", 1)
    assert read(OPML.decode("utf-8-sig").strip().encode("utf-16")).outlines == read(OPML).outlines


def test_an_old_planet_in_latin_1_keeps_its_names() -> None:
    assert read("[http://a.example/f]\nname = Zoé\n".encode("latin-1")).outlines[0].title == "Zoé"


@pytest.mark.parametrize(
    "data",
    [
        b"", b"\n\n", b"hello", b"[Planet]\nname = x\n", b"- a\n- b\n", b"{", b"a: [", b"<html></html>",
        b"[http://a.example\nname = x", b"\x00\x01\x02", b"!!python/object/apply:os.system ['true']",
        b"[" * 20_000, b"- " * 20_000,
    ],
)  # fmt: skip
def test_anything_else_is_refused_in_words(data: bytes) -> None:
    with pytest.raises(UnreadableFeed):
        read(data)


@given(st.binary(max_size=300) | st.text("[]=:-# \n\tahtp/.&*!|>{}\"'", max_size=80).map(str.encode))
@example(b"[a]\n b")
@example(b"? a\n: b")
def test_no_bytes_do_worse_than_be_refused(data: bytes) -> None:
    try:
        found = read(data)
    except UnreadableFeed:
        return
    assert isinstance(found.outlines, tuple)


def test_out_and_in_again_loses_nothing() -> None:
    rows = (
        Outline(url="https://a.example/f?x=1&y=2", title="A & «B»", site_url="https://a.example/"),
        Outline(url="https://c.example/f", title="C", keep=("python", "café noir"), drop=("ad",)),
        Outline(url="https://d.example/f", title="D", keep_categories=("News",), drop_categories=("A B",)),
        Outline(url="https://b.example/f", title="B", folders=("Tech", "Été"), language="fr"),
    )
    assert read(opml.write("T", rows).encode()).outlines == rows


def test_many_sources_come_into_the_file_in_their_order() -> None:
    rows = [{"slug": f"s{n}", "url": f"https://s{n}.example/", "keep": {"words": ("a",)}} for n in range(3)]
    text = add_sources('# mine\n[site]\ntitle = "T"\n', rows)
    again = add_sources(text, [{"slug": name, "url": f"https://{name}.example/"} for name in ("x", "y")])
    assert again.startswith("# mine\n")
    found = tomllib.loads(again)["sources"]
    assert [each["slug"] for each in found] == ["s0", "s1", "s2", "x", "y"]
    assert found[0]["keep"] == {"words": ["a"]}
    assert "\n\n\n" not in again
    assert again.count("\n\n[[sources]]") == 5


@needs_corpus
def test_planet_python_s_567_feeds_all_come_with_their_names() -> None:
    found = read((CORPUS / "opml" / "planetpython-config.ini").read_bytes())
    assert (len(found.outlines), found.notes) == (567, ())
    assert all(each.title and each.url.startswith("http") for each in found.outlines)


@needs_corpus
def test_every_list_of_the_corpus_goes_out_and_in_without_loss() -> None:
    lines = (CORPUS / "opml.tsv").read_text(encoding="utf-8").splitlines()[1:]
    for name in (line.split("\t")[0] for line in lines):
        found = read((CORPUS / "opml" / name).read_bytes()).outlines
        again = read(opml.write(name, found).encode()).outlines

        assert {each.url: each for each in again} == {
            each.url: Outline(
                url=each.url,
                title=each.title or each.url,
                site_url=each.site_url,
                folders=each.folders,
                language=each.language,
            )
            for each in found
        }, name
