"""The press sets templates, the site's before ours, and names the place of every fault."""

from __future__ import annotations

from pathlib import Path

import pytest

from digest.errors import TemplateError
from digest.press.templates import Press


def press(folder: Path, text: str, name: str = "page.html") -> Press:
    (folder / name).write_text(text, encoding="utf-8")
    return Press(folder)


def test_markup_is_escaped_in_html(tmp_path: Path) -> None:
    assert press(tmp_path, "{{ title }}").render("page.html", {"title": "<b>&"}) == "&lt;b&gt;&amp;"


def test_text_says_no_entities(tmp_path: Path) -> None:
    assert press(tmp_path, "{{ title }}", "page.txt").render("page.txt", {"title": "<b>&"}) == "<b>&"


def test_the_template_of_the_site_comes_before_ours(tmp_path: Path) -> None:
    (tmp_path / "mail").mkdir()
    (tmp_path / "mail" / "issue.txt").write_text("mine", encoding="utf-8")
    assert Press(tmp_path).render("mail/issue.txt", {}) == "mine"


def test_a_syntax_error_names_file_and_line(tmp_path: Path) -> None:
    with pytest.raises(TemplateError, match=r"page\.html:2: "):
        press(tmp_path, "fine\n{% if %}").render("page.html", {})


def test_an_undefined_name_names_file_and_line(tmp_path: Path) -> None:
    with pytest.raises(TemplateError, match=r"page\.html:3: 'missing' is undefined"):
        press(tmp_path, "a\nb\n{{ missing }}").render("page.html", {})


def test_a_fault_in_an_included_template_names_that_one(tmp_path: Path) -> None:
    (tmp_path / "inner.html").write_text("\n{{ 1 / 0 }}", encoding="utf-8")
    with pytest.raises(TemplateError, match=r"inner\.html:2: "):
        press(tmp_path, "{% include 'inner.html' %}").render("page.html", {})


def test_a_missing_template_is_named(tmp_path: Path) -> None:
    with pytest.raises(TemplateError, match=r"no template 'none\.html'"):
        Press(tmp_path).render("none.html", {})


@pytest.mark.parametrize(
    "attack", ["{{ ''.__class__.__mro__ }}", "{{ words.append(1) }}", "{{ ''|attr('__class__') }}"]
)
def test_a_template_reaches_nothing_behind_its_values(tmp_path: Path, attack: str) -> None:
    with pytest.raises(TemplateError):
        press(tmp_path, attack).render("page.html", {"words": []})
