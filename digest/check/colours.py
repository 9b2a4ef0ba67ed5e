"""Mail E23 and E25: can it be read in light, in the dark we declare, and when a client just inverts it?"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from digest.check.css import Colour, Declaration, colour, contrast, inverted, pixels
from digest.check.mail import Mail
from digest.check.model import Found, machine
from digest.check.page import Element

_BLACK, _WHITE, _BLUE = (0, 0, 0), (255, 255, 255), (0, 0, 238)
_COMPOUND = re.compile(r"([a-z][a-z0-9]*)?((?:\.[\w-]+)*)")


@dataclass(frozen=True, slots=True)
class Painted:
    ink: Colour
    ground: Colour


@dataclass(frozen=True, slots=True)
class _Rule:
    """One dark declaration for one selector: tags and classes, outermost first."""

    name: str
    colour: Colour
    steps: tuple[tuple[str | None, frozenset[str]], ...]
    weight: tuple[int, int, int]

    def fits(self, element: Element) -> bool:
        return _fits(element, self.steps[-1]) and self._above(element.parent, len(self.steps) - 2)

    def _above(self, element: Element | None, step: int) -> bool:
        while step >= 0 and element is not None:
            step -= _fits(element, self.steps[step])
            element = element.parent
        return step < 0


@machine(
    "E23",
    "Contrast 4.5:1, large text 3:1: in light, in our dark colours, and inverted",
    "WCAG 2.2, 1.4.3; some clients invert whatever they get",
    part="html",
)
def e23(mail: Mail) -> Iterator[Found]:
    light = paint(mail.page.elements, ())
    dark = paint(mail.page.elements, _dark_rules(mail)) if any(_dark(mail)) else light
    seen: set[tuple[str, Colour, Colour]] = set()
    for each in mail.page.shown:
        asked = 3.0 if _is_large(each) else 4.5
        for how, painted in (
            ("in light", light[each.at]),
            ("in the dark", dark[each.at]),
            ("inverted", Painted(inverted(light[each.at].ink), inverted(light[each.at].ground))),
        ):
            ratio = contrast(painted.ink, painted.ground)
            key = (how, painted.ink, painted.ground)
            if ratio < asked and key not in seen:
                seen.add(key)
                pair = f"{_hex(painted.ink)} on {_hex(painted.ground)}"
                words = f"{ratio:.1f}:1 {how} ({pair}), {asked}:1 is asked."
                yield Found(words=words, line=each.line, excerpt=each.own)


@machine(
    "E25",
    "Dark colours: the color-scheme meta, a prefers-color-scheme block, and Outlook.com's attributes",
    "42 % of client platforms know the query (caniemail); Outlook.com adds data-ogsc and data-ogsb",
    part="html",
    rest="whether a logo can be seen on black and on white",
)
def e25(mail: Mail) -> Iterator[Found]:
    metas = [each for each in mail.page.all("meta") if each.attributes.get("name") == "color-scheme"]
    if not any("dark" in each.attributes.get("content", "") for each in metas):
        yield Found(words='No <meta name="color-scheme"> that names dark.')
    if not any(_dark(mail)):
        yield Found(words="No prefers-color-scheme block.")
    for name in ("data-ogsc", "data-ogsb"):
        if not any(f"[{name}]" in sheet.text for sheet in mail.page.sheets):
            yield Found(words=f"No rule for [{name}].")


def paint(elements: Sequence[Element], rules: Sequence[_Rule]) -> Mapping[int, Painted]:
    """Text and ground colour of every element, inherited as CSS does."""
    found: dict[int, Painted] = {}
    for each in elements:
        above = found[each.parent.at] if each.parent is not None else Painted(_BLACK, _WHITE)
        default = _BLUE if each.tag == "a" and "href" in each.attributes else above.ink
        ink = colour(each.value("color") or "") or default
        said = (
            each.value("background-color") or each.value("background") or each.attributes.get("bgcolor", "")
        )
        ground = colour(said.lower()) or above.ground
        fitting = sorted((rule for rule in rules if rule.fits(each)), key=lambda rule: rule.weight)
        for rule in fitting:
            if rule.name == "color":
                ink = rule.colour
            else:
                ground = rule.colour
        found[each.at] = Painted(ink, ground)
    return found


def _dark(mail: Mail) -> Iterator[Declaration]:
    for sheet in mail.page.sheets:
        for each in sheet.declarations:
            if any("prefers-color-scheme" in rule and "dark" in rule for rule in each.at_rules):
                yield each


def _dark_rules(mail: Mail) -> tuple[_Rule, ...]:
    """Those that win over a style attribute: !important ones, with selectors of tags and classes."""
    rules = []
    for at, each in enumerate(_dark(mail)):
        value = colour(each.value)
        if (
            each.name not in {"color", "background-color", "background"}
            or value is None
            or not each.is_important
        ):
            continue
        for selector in each.selector.split(","):
            found = [_COMPOUND.fullmatch(part) for part in selector.split()]
            if not found or not all(found):
                continue
            steps = tuple((part[1], frozenset(part[2].split(".")[1:])) for part in found if part is not None)
            weight = (sum(len(classes) for _, classes in steps), sum(tag is not None for tag, _ in steps), at)
            rules.append(_Rule(each.name, value, steps, weight))
    return tuple(rules)


def _fits(element: Element, step: tuple[str | None, frozenset[str]]) -> bool:
    return (step[0] is None or step[0] == element.tag) and step[1] <= element.classes


def _is_large(element: Element) -> bool:
    """24 px, or 18.66 px (14 pt) and bold."""
    size = next((found for each in element.up() if (found := each.value("font-size"))), "16px")
    weight = next((found for each in element.up() if (found := each.value("font-weight"))), "400")
    number = pixels(size) or 16.0
    return number >= 24 or (number >= 18.66 and weight in {"bold", "700", "800", "900"})


def _hex(one: Colour) -> str:
    return "#{:02x}{:02x}{:02x}".format(*one)


COLOURS = (e23, e25)
