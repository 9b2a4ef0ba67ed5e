"""What readers see of every golden issue, in light and in dark, on a phone and on a desk."""

from __future__ import annotations

import pytest

from tests.browser import Chromium, Scheme, Shown, needs_chromium
from tests.issues.specimens import SPECIMENS
from tests.papers import part

pytestmark = needs_chromium

every_issue = pytest.mark.parametrize("name", SPECIMENS)
#: the narrowest phone, a usual one, a mail beside its list, a desk
WIDTHS = (320, 375, 600, 1024)
#: from the last words of the masthead to the first after it, and what a section keeps above itself
_GAPS = """() => {
  const box = selector => document.querySelector(selector).getBoundingClientRect();
  const after = document.querySelector('.head').closest('tr').nextElementSibling.querySelector('td');
  const words = after.querySelector('h2, h3, p') || after;
  const inside = words === after ? parseFloat(getComputedStyle(after).paddingTop) : 0;
  const padded = document.querySelector('.topic, .source, .pins');
  return { masthead: words.getBoundingClientRect().top + inside - box('.masthead').bottom,
           section: parseFloat(getComputedStyle(padded).paddingTop) };
}"""
FAINT = '<html lang="en"><title>x</title><body style="background-color:#888888;color:#777777"><p>Faint words.'


@pytest.mark.parametrize("scheme", ["light", "dark"])
@every_issue
def test_axe_finds_no_violation(name: str, scheme: Scheme, chromium: Chromium) -> None:
    assert chromium.show(part(SPECIMENS[name](), "html"), Shown.violations, scheme=scheme) == []


@every_issue
def test_every_word_can_be_read_when_colours_are_inverted(name: str, chromium: Chromium) -> None:
    assert chromium.show(part(SPECIMENS[name](), "html"), Shown.faint_when_inverted) == []


@every_issue
def test_nothing_reaches_beyond_the_window(name: str, chromium: Chromium) -> None:
    def at_every_width(shown: Shown) -> dict[int, list[str]]:
        return {width: shown.at(width).beyond_the_edge() for width in WIDTHS}

    found = chromium.show(part(SPECIMENS[name](), "html"), at_every_width)
    assert found == {width: [] for width in WIDTHS}


@every_issue
def test_a_mail_fetches_nothing_but_our_pictures(name: str, chromium: Chromium) -> None:
    asked = chromium.show(part(SPECIMENS[name](), "html"), lambda shown: shown.doings.requests)
    assert [each for each in asked if not each.startswith("https://digest.example.org/images/")] == []
    assert bool(asked) == name.startswith("pictures")


@pytest.mark.parametrize("name", ["one-source", "pictures", "arabic", "twelve-sources", "editors-note"])
def test_what_follows_the_masthead_stands_no_further_off_than_a_section(
    name: str, chromium: Chromium
) -> None:
    """Whether an issue has contents is only known when it is cut."""
    gaps = chromium.show(part(SPECIMENS[name](), "html"), lambda shown: shown.page.evaluate(_GAPS))
    assert 24 <= gaps["masthead"] <= 44
    assert abs(gaps["masthead"] - gaps["section"]) <= 12


def test_these_checks_find_what_they_look_for(chromium: Chromium) -> None:
    """Else every test above would pass on a blank page."""
    wide = '<html lang="en"><title>x</title><body><div style="width:900px">x</div><img src="https://a.example/b">'

    assert any("color-contrast" in found for found in chromium.show(FAINT, Shown.violations))
    assert any("image-alt" in found for found in chromium.show(wide, Shown.violations))
    assert chromium.show(FAINT, Shown.faint_when_inverted)
    assert chromium.show(wide, Shown.beyond_the_edge)
    assert chromium.show(wide, lambda shown: shown.doings.requests) == ["https://a.example/b"]
