"""A template that reaches too far or takes too much: an error that names its file and line, and no issue
(abuse C17)."""

from __future__ import annotations

from pathlib import Path

import pytest

from digest.compose.galley import FILTERS, set_galley
from digest.compose.index import index_galley
from digest.errors import TemplateError
from digest.press.templates import Press
from tests import papers
from tests.issues.setting import content, story
from tests.papers import Galley

#: what each does, on the third line of its file
HOSTILE = {
    "classes": "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "classes-by-filter": "{{ ''|attr('__class__') }}",
    "classes-by-item": "{{ ''['__class__'] }}",
    "classes-by-map": "{{ ([paper]|map(attribute='__class__')|first).__name__ }}",
    "globals-of-a-value": "{{ say.__globals__ }}",
    "globals-of-a-function": "{{ say.__func__.__globals__['__builtins__'] }}",
    "globals-by-joining": "{{ paper|attr('__cl' ~ 'ass__') }}",
    "code-of-a-generator": "{{ (lines|map('string')).gi_frame }}",
    "format": "{{ '{0.__class__}'.format(paper) }}",
    "format-map": "{{ '{x.__class__}'.format_map({'x': paper}) }}",
    "format-by-filter": "{{ '{0.__class__}'|attr('format')(paper) }}",
    "width-of-a-format": "{{ '%1000000000d'|format(1) }}",
    "width-of-a-remainder": "{{ '%1000000000d' % 1 }}",
    "width-of-a-method": "{{ 'a'.center(10**9) }}",
    "width-of-a-filter": "{{ 'a'|center(1000000000) }}",
    "indent": "{{ 'a\\nb'|indent(1000000000) }}",
    "text-times": "{{ 'a' * 10**9 }}",
    "list-times": "{{ [1] * 10**9 }}",
    "power": "{{ 9**(9**9) }}",
    "power-by-filter": "{{ ([9, 9]|sum) ** (10**7) }}",
    "doubling": "{% set n = namespace(x='a') %}{% for i in range(60) %}{% set n.x = n.x ~ n.x %}{% endfor %}",
    "adding": "{% set n = namespace(x='a') %}{% for i in range(60) %}{% set n.x = n.x + n.x %}{% endfor %}",
    "replacing": "{{ ('a' * 99999)|replace('a', 'b' * 99999) }}",
    "joining": "{{ ('a' * 99999)|join('b' * 99999) }}",
    "filler": "{{ lipsum(n=10**6) }}",
    "range": "{% for i in range(10**9) %}x{% endfor %}",
    "ranges": "{% for i in range(9999) %}{% for j in range(9999) %}{% endfor %}{% endfor %}",
    "loops-over-ours": "{% for a in lines %}{% for b in range(9999) %}{% for c in lines %}{% endfor %}"
    "{% endfor %}{% endfor %}",
    "recursive-loop": "{% for i in range(3) recursive %}{{ loop(range(3)) }}{% endfor %}",
    "recursive-macro": "{% macro m() %}{{ m() }}{{ m() }}{% endmacro %}{{ m() }}",
    "includes-itself": "{% include 'mail/issue.html' %}",
    "extends-itself": "{% extends 'mail/issue.html' %}",
    "undefined-name": "{{ no_such_name }}",
    "undefined-attribute": "{{ paper.no_such_name }}",
    "undefined-filter": "{{ paper|no_such_filter }}",
    "changes-a-value": "{{ lines.append(1) }}",
    "a-file-above": "{% include '../../../../etc/passwd' %}",
    "a-file-by-path": "{% include '/etc/passwd' %}",
    "divides-by-zero": "{{ 1 / 0 }}",
    "syntax": "{% for %}",
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_template_is_an_error_that_names_its_line(name: str, tmp_path: Path) -> None:
    template = tmp_path / "mail" / "issue.html"
    template.parent.mkdir()
    template.write_text(f"<!DOCTYPE html>\n<title>x</title>\n{HOSTILE[name]}\n", encoding="utf-8")
    with pytest.raises(TemplateError) as caught:
        _set(Press(tmp_path, filters=FILTERS))
    # A file that is not there is named itself; all others are at fault in the third line.
    assert "There is no template" in str(caught.value) or f"{template}:3: " in str(caught.value)


def test_the_same_template_without_the_attack_is_set(tmp_path: Path) -> None:
    """Else the tests above would pass for any template."""
    template = tmp_path / "mail" / "issue.html"
    template.parent.mkdir()
    ours = papers.PRESS.folders[-1] / "mail" / "issue.html"
    template.write_text(ours.read_text(encoding="utf-8"), encoding="utf-8")

    assert _set(Press(tmp_path, filters=FILTERS)).fragments


def _set(press: Press) -> Galley:
    stories = [story(1, content("A title", language="en"))]
    fragments = set_galley(papers.PAPER, stories, press=press, nonce=papers.NONCE)
    return Galley({each.name: each for each in fragments}, index_galley(papers.PAPER, stories, fragments))
