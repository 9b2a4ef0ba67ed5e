"""Mail E, its styles: what clients strip, drop or never knew (E4–E11, E24, E29, E34)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from digest.check.css import Declaration, pixels
from digest.check.mail import Mail
from digest.check.model import Found, Severity, machine
from digest.check.page import Element
from digest.check.support import support, too_rare

#: Gmail keeps what comes before it (email-bugs#90)
STYLE_LIMIT, STYLE_GOAL = 16_384, 8_192
WIDEST = 640
#: rarely known, and nothing is lost without them; E29 judges word-break
_DEGRADES = frozenset(
    "color-scheme cursor font-size hyphens overflow overflow-wrap text-decoration-skip-ink "
    "text-decoration-thickness text-underline-offset orphans widows word-break".split()
)
#: where Outlook's Word engine leaves them out, and words run together
_UNPADDED = {"padding": {"a", "span", "p", "div", "table"}, "margin": {"span", "body"}}
_COLOUR_FUNCTION = re.compile(r"\b(?:rgba?|hsla?|hwb|lab|lch|oklab|oklch|color|color-mix)\(")
_COLOURED = re.compile(r"color|background|border|outline|shadow|fill|stroke")
_WORDS = re.compile(r"(?<![\w#-])[a-z]{3,}(?![\w(-])")
_NAMES = frozenset(
    "aqua black blue fuchsia gray green grey lime maroon navy olive orange pink purple red silver teal white "
    "yellow gold crimson tomato brown cyan magenta indigo violet salmon khaki coral beige ivory".split()
)


@machine(
    "E4",
    "Style elements of at most 16,384 bytes together, in the head",
    "Gmail keeps what is before the limit (email-bugs#90), and none outside the head",
    part="html",
)
def e4(mail: Mail) -> Iterator[Found]:
    sheets = mail.page.sheets
    size = sum(len(each.text.encode()) for each in sheets)
    if size > STYLE_GOAL:
        severity = Severity.FAIL if size > STYLE_LIMIT else Severity.WARN
        yield Found(words=f"{size:,} bytes of styles.", line=sheets[0].line, severity=severity)
    for each in sheets:
        if not each.in_head:
            yield Found(words="A style element outside the head.", line=each.line, excerpt=each.text)


@machine(
    "E5",
    "No at-rule inside another; the dark colours in a style element of their own",
    "Gmail strips the whole element for one (caniemail#144), and for any error in it",
    part="html",
)
def e5(mail: Mail) -> Iterator[Found]:
    for sheet in mail.page.sheets:
        for rule in sheet.at_rules:
            if any(each.startswith("@") for each in rule.within):
                yield Found(words="An at-rule inside another.", line=rule.line, excerpt=rule.prelude)
        dark = any("prefers-color-scheme" in rule.prelude for rule in sheet.at_rules)
        other = [each for each in sheet.declarations if not _is_dark(each)]
        if dark and other:
            line, words = other[0].line, "Beside the dark colours stands something else."
            yield Found(words=words, line=line, excerpt=other[0].selector)


@machine(
    "E6",
    "Laid out by style attributes alone",
    "Style elements: 63 % of client platforms in full, none in Gmail's mobile web and GMX (caniemail)",
    part="html",
    rest="how it looks without any style element",
)
def e6(mail: Mail) -> Iterator[Found]:
    for sheet in mail.page.sheets:
        for each in sheet.declarations:
            if not each.at_rules and not re.search(
                r"\[data-ogs[cb]\]|:(?:hover|focus|active)", each.selector
            ):
                yield Found(words="Only in a style element.", line=each.line, excerpt=_shown(each))


@machine(
    "E7",
    "Colours in hexadecimal",
    "For rgb(0 0 0 / 1) Gmail drops the element's styles (caniemail), Outlook drops hsl (react-email#2947)",
    part="html",
)
def e7(mail: Mail) -> Iterator[Found]:
    for each in mail.page.declarations:
        if not _COLOURED.search(each.name):
            continue
        named = _NAMES & set(_WORDS.findall(each.value))
        if _COLOUR_FUNCTION.search(each.value) or named:
            yield Found(words="A colour that is not hexadecimal.", line=each.line, excerpt=_shown(each))


@machine(
    "E8",
    "No CSS that fewer than half of the client platforms know",
    "caniemail's tests, newest version of each client; what is lost unseen may stay",
    part="html",
)
def e8(mail: Mail) -> Iterator[Found]:
    for each in mail.page.declarations:
        for kind, name in _features(each):
            if found := too_rare(kind, name):
                yield Found(words=f"{name}: {found}.", line=each.line, excerpt=_shown(each))
        if re.fullmatch(r"margin(-\w+)?", each.name) and re.search(r"(?<![\w.])-\.?\d", each.value):
            found = support("syntax", "negative margin")
            yield Found(words=f"A negative margin: {found}.", line=each.line, excerpt=_shown(each))
        if len([one for one in each.within if not one.startswith("@")]) > 1:
            found = support("syntax", "nesting")
            yield Found(words=f"Nested rules: {found}.", line=each.line, excerpt=each.selector)
    for sheet in mail.page.sheets:
        for rule in sheet.at_rules:
            # Dark colours are an extra (E25); their own rules judge them.
            if rule.name != "media" and (found := too_rare("at-rule", rule.name)):
                yield Found(words=f"@{rule.name}: {found}.", line=rule.line, excerpt=rule.prelude)


@machine(
    "E9",
    "Flex and grid never carry the layout",
    "78 % of client platforms, none of Outlook's on Windows (caniemail)",
    part="html",
)
def e9(mail: Mail) -> Iterator[Found]:
    for _, each in mail.page.inline:
        if each.name == "display" and re.search(r"\b(?:inline-)?(?:flex|grid)\b", each.value):
            yield Found(words="It stands in a style attribute.", line=each.line, excerpt=_shown(each))


@machine(
    "E10",
    "Padding on cells; no margins on span or body",
    "Outlook 2007-2019: padding only on table cells, no margin on span and body (caniemail)",
    part="html",
    severity=Severity.WARN,
)
def e10(mail: Mail) -> Iterator[Found]:
    for element, each in mail.page.inline:
        # A list, quotation or listing without its padding loses nothing that reads.
        kind = each.name.partition("-")[0]
        if element.tag in _UNPADDED.get(kind, ()) and re.search(r"[1-9]", each.value):
            yield Found(words=f"{kind} on <{element.tag}>.", line=each.line, excerpt=_shown(each))


@machine(
    "E11",
    f"At most {WIDEST} px wide, by max-width on a table and an MSO table around it",
    "Outlook knows max-width only on tables, its Word engine not at all (caniemail)",
    part="html",
)
def e11(mail: Mail) -> Iterator[Found]:
    tables = [each for each in mail.page.all("table") if each.value("max-width")]
    if not tables:
        yield Found(words="No table has a max-width.")
    elif not any("mso" in text and "<table" in text and "width=" in text for text, _ in mail.page.comments):
        yield Found(words="No MSO conditional holds the table that Outlook needs.", line=tables[0].line)
    for each in mail.page.elements:
        if each.tag == "img":
            continue
        for value in (each.value("width"), each.value("max-width"), each.attributes.get("width")):
            if (pixels(value or "") or 0) > WIDEST:
                yield Found(words=f"{value} wide.", line=each.line, excerpt=f"<{each.tag}>")


@machine(
    "E24",
    "Text of 14 px or more, lines at 1.4 or more; nothing under 12 px",
    "WCAG 2.2; small text is the first thing readers on phones complain of",
    part="html",
    rest="whether links are 24 px high or apart",
)
def e24(mail: Mail) -> Iterator[Found]:
    for element in mail.page.shown:
        size = _inherited(element, "font-size")
        least = 12 if element.is_in("foot") else 14
        if size is not None and size < least and element.tag not in {"sup", "sub"}:
            yield Found(words=f"Text of {size:g} px.", line=element.line, excerpt=element.own)
        height = _inherited(element, "line-height")
        is_heading = any(re.fullmatch(r"h[1-6]", each.tag) for each in element.up())
        if height is not None and height < 1.4 and not is_heading:
            yield Found(words=f"Lines at {height:g}.", line=element.line, excerpt=element.own)


@machine(
    "E29",
    "No word-break: break-all",
    "It cuts Latin words anywhere; 32 % of client platforms know it (caniemail). CJK breaks by itself",
    part="html",
    rest="how each CJK font stack looks",
)
def e29(mail: Mail) -> Iterator[Found]:
    for each in mail.page.declarations:
        if each.name in {"word-break", "line-break"} and each.value in {"break-all", "anywhere"}:
            yield Found(words="Words are cut anywhere.", line=each.line, excerpt=_shown(each))


@machine(
    "E34",
    "What the inliner keeps fits the mail: classes that exist, !important in lower case after a blank",
    "caniemail css-important; an inliner that drops the classes drops the dark colours with them",
    part="html",
)
def e34(mail: Mail) -> Iterator[Found]:
    for each in mail.page.declarations:
        if "!" in each.raw and not each.raw.endswith(" !important"):
            yield Found(words="Not written ` !important`.", line=each.line, excerpt=f"{each.name}:{each.raw}")
    named = {
        found: each.line
        for sheet in mail.page.sheets
        for each in sheet.declarations
        for found in re.findall(r"\.([\w-]+)", each.selector)
    }
    present = frozenset[str]().union(*(each.classes for each in mail.page.elements))
    if named and not present & set(named):
        yield Found(words="No element has any of the classes it names.", line=min(named.values()))


def _features(each: Declaration) -> Iterator[tuple[str, str]]:
    if each.name not in _DEGRADES:
        yield "property", each.name
    for name in re.findall(r"([a-z-]+)\(", each.value):
        yield "function", name
    for name in re.findall(r"::?([a-z-]+)", each.selector):
        yield "pseudo", name


def _is_dark(each: Declaration) -> bool:
    return any("prefers-color-scheme" in rule for rule in each.at_rules)


def _inherited(element: Element, name: str) -> float | None:
    value = next((found for each in element.up() if (found := each.value(name)) is not None), None)
    return pixels(value) if value else None


def _shown(each: Declaration) -> str:
    return f"{each.selector + ' ' if each.selector else ''}{each.name}: {each.raw}"


STYLES = (e4, e5, e6, e7, e8, e9, e10, e11, e24, e29, e34)
