"""A template cannot take all the time or all the memory, and is told where it tried (abuse C17)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from digest.errors import TemplateError
from digest.press.templates import Press


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    text: str


FILTERS = {"twice": lambda text: text * 2}


def render(folder: Path, text: str, others: Mapping[str, str] | None = None, *, room: int = 0) -> str:
    (folder / "page.html").write_text(text, encoding="utf-8")
    for name, inner in (others or {}).items():
        (folder / f"{name}.html").write_text(inner, encoding="utf-8")
    return Press(folder, filters=FILTERS).render("page.html", {"n": 3, "names": ["a", "b"]}, room=room)


@pytest.mark.parametrize(
    "attack",
    [
        # large at once
        "{{ 'a' * 10**9 }}",
        "{{ 10**9 * 'a' }}",
        "{{ [0] * 10**8 }}",
        "{{ ['a' * 4000000] * 1000 }}",
        "{{ 2 ** (10**7) }}",
        "{{ 'a'.center(10**9) }}",
        "{{ 'a'.ljust(width=10**9) }}{{ 'a'.ljust(10**9) }}",
        "{{ (1).to_bytes(10**9, 'big') }}",
        "{{ 'a' | center(10**9) }}",
        "{{ 'a\n' | indent(10**9) }}",
        "{{ ('a' * 100000) | replace('a', 'b' * 100000) }}",
        "{{ ('a' * 100000) | replace('', 'b' * 100000) }}",
        "{{ range(100000) | join('b' * 100000) }}",
        "{{ range(100000) | map('center', 10000) | join }}",
        "{{ range(100000) | map('center', 10000) | list }}",
        "{{ [1] | batch(10**9, 'x') | list }}",
        "{{ 1 | round(10**9, 'ceil') }}",
        "{{ range(10**9) | list }}",
        "{{ '%1000000000d' % 1 }}",
        "{{ '%*d' % (1000000000, 1) }}",
        "{{ '%.1000000000f' | format(1.0) }}",
        "{{ '{:1000000000}'.format(1) }}",
        "{{ '{0.__class__}'.format(1) }}",
        "{{ ('{0.__class__}' | attr('format'))(1) }}",
        "{{ ''['format'](1) }}",
        "{{ ','.join(['a' * 1000000] * 10000) }}",
        "{{ lipsum(n=10**6) }}",
        # large by and by
        "{% set ns = namespace(x='ab') %}{% for i in range(60) %}{% set ns.x = ns.x ~ ns.x %}{% endfor %}",
        "{% set ns = namespace(x='ab') %}{% for i in range(60) %}{% set ns.x = ns.x + ns.x %}{% endfor %}",
        "{% set ns = namespace(x=[1]) %}{% for i in range(60) %}{% set ns.x = ns.x + ns.x %}{% endfor %}",
        "{% set s = namespace(x=1) %}{% for i in range(60) %}{% set s.x = [s.x] * 2 %}{% endfor %}{{ s.x }}",
        "{% set ns = namespace(x=9) %}{% for i in range(60) %}{% set ns.x = ns.x * ns.x %}{% endfor %}",
        "{% for i in range(100) %}{{ 'a' * 100000 }}{% endfor %}",
        "{% set x %}{% for i in range(9999) %}{{ 'a' * 100000 }}{% endfor %}{% endset %}",
        "{% for i in range(6000) %}" + "a" * 1000 + "{% endfor %}",
        "{% set x %}{% for i in range(99999) %}" + "a" * 9999 + "{% endfor %}{% endset %}",
        "{% macro m() %}" + "a" * 9999 + "{% endmacro %}{% for i in range(9999) %}{{ m()[:1] }}{% endfor %}",
        "{{ 1 | _spend(-10**9) }}",
        # without an end
        "{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}",
        "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
        "{% macro m(n) %}{% if n %}{{ m(n - 1) }}{{ m(n - 1) }}{% endif %}{% endmacro %}{{ m(40) }}",
        "{% include 'page.html' %}",
        "{% for a in [names] recursive %}{{ loop([names]) }}{% endfor %}",
        "{% for a in range(999) | map('abs') %}{% for b in range(999) %}{% endfor %}{% endfor %}",
    ],
)  # fmt: skip
def test_what_would_take_everything_is_stopped_where_it_stands(tmp_path: Path, attack: str) -> None:
    with pytest.raises(TemplateError, match=r"page\.html:\d+: "):
        render(tmp_path, attack)


def test_the_line_of_the_excess_is_named(tmp_path: Path) -> None:
    with pytest.raises(TemplateError, match=r"page\.html:3: a value grows too large"):
        render(tmp_path, "fine\n{{ n }}\n{{ 'a' * 10**9 }}")


def test_too_much_output_names_the_line_that_went_too_far(tmp_path: Path) -> None:
    with pytest.raises(TemplateError, match=r"page\.html:3: the template puts out too much text"):
        render(tmp_path, "fine\n{% for i in range(6) %}\n{{ 'a' * 1000000 }}\n{% endfor %}")


def test_too_many_steps_name_the_template_that_takes_them(tmp_path: Path) -> None:
    with pytest.raises(TemplateError, match=r"inner\.html:2: .* too many steps"):
        render(
            tmp_path,
            "{% for i in range(99999) %}{% include 'inner.html' %}{% endfor %}",
            {"inner": "\n{% for i in range(9) %}{% endfor %}"},
        )


def test_includes_that_multiply_are_stopped(tmp_path: Path) -> None:
    doubling = {f"t{at}": f"{{% include 't{at + 1}.html' %}}" * 2 for at in range(40)}
    with pytest.raises(TemplateError, match=r"\.html:1: .* too many steps"):
        render(tmp_path, "{% include 't0.html' %}", {**doubling, "t40": "x"})


def test_what_templates_do_works_as_ever(tmp_path: Path) -> None:
    text = (
        "{% for name in names %}{{ loop.index }}/{{ loop.length }} {{ name ~ '-' ~ n }}"
        "{% if not loop.last %}, {% endif %}{% else %}none{% endfor %};"
        "{{ names | join('+') }};{{ 'a,b' | replace(',', '.') }};{{ '%02d' | format(n) }};{{ '%s' % n }};"
        "{{ n * 2 + 1 }};{{ 'ab' * 2 }};{{ n ** 2 }};{{ 9999999 | string }};"
        "{{ names | map('upper') | list }};"
        "{% macro m(x) %}<{{ x }}>{% endmacro %}{{ m('&') }};{{ 'x' | twice }};"
        "{{ names | sort(reverse=true) | first }};{{ 'a b c' | wordwrap(2) | replace('\n', '/') }}"
    )
    assert render(tmp_path, text) == (
        "1/2 a-3, 2/2 b-3;a+b;a.b;03;3;7;abab;9;9999999;[&#39;A&#39;, &#39;B&#39;];<&amp;>;xx;b;a/b/c"
    )


def test_bounds_grow_with_what_the_values_hold_and_bring(tmp_path: Path) -> None:
    """An entry of megabytes is its author's, not a mistake of the template."""
    (tmp_path / "page.html").write_text("{{ entry.text | twice }}", encoding="utf-8")
    value = Held(text="a" * 5_900_000)
    assert len(Press(tmp_path, filters=FILTERS).render("page.html", {"entry": value})) == 11_800_000
    loop = "{% for i in range(70) %}{{ 'a' * 100000 }}{% endfor %}"
    with pytest.raises(TemplateError):
        render(tmp_path, loop)
    assert len(render(tmp_path, loop, room=200_000)) == 7_000_000


def test_a_rendering_leaves_nothing_of_its_budget_to_the_next(tmp_path: Path) -> None:
    """Each may take most of what one may take."""
    lengths = {
        len(render(tmp_path, "{% for i in range(60) %}{{ 'a' * 70000 }}{% endfor %}")) for _ in range(3)
    }
    assert lengths == {4_200_000}
