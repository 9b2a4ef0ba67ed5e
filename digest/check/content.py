"""Mail E, what it holds: images, links, preheader, and what must not be there."""

from __future__ import annotations

import re
from collections.abc import Iterator

from digest.check.css import pixels
from digest.check.mail import Mail, host_of, is_here, parts_of
from digest.check.model import Found, Severity, machine
from digest.check.page import STORY, Element
from digest.check.shape import preheader
from digest.check.support import support

_VAGUE = frozenset(
    "click here|here|link|this link|read more|more|this|see more|learn more|continue reading|details|download"
    "|cliquez ici|ici|lien|ce lien|lire la suite|la suite|plus|en savoir plus|voir plus|lire plus".split("|")
)
_PLACEHOLDER = re.compile(
    r"\{\{|\}\}|\{%|%\}|%%|\*\||\|\*|\$\{\w+\}|\b(?:None|undefined|NaN|\[object Object\])(?!\w)"
)
_BAD_SCHEME = re.compile(r"\s*(?:javascript|data|vbscript|file|about|blob):", re.IGNORECASE)
_ACTIVE = frozenset(
    "script form input button select textarea iframe frame frameset object embed applet base link svg math "
    "audio video canvas template amp-img".split()
)
#: hides words, and each costs spam points where the preheader does it (our SpamAssassin trial)
_TRICKS = (("font-size", r"[01](?:px)?"), ("opacity", r"0(?:\.0+)?"), ("color", r"#f{3}(?:f{3})?"))
_PREHEADER = (("display", "none"), ("max-height", "0"), ("overflow", "hidden"), ("mso-hide", "all"))


@machine(
    "E18",
    "Every image has alt",
    "48 % of mails miss some (emailmarkup.org), and many clients block images",
    part="html",
    rest="whether alt says what the image shows",
)
def e18(mail: Mail) -> Iterator[Found]:
    for each in mail.page.all("img"):
        if "alt" not in each.attributes:
            yield _at(each, "No alt.")


@machine(
    "E19",
    "Images with width and height, at most 600 px shown, PNG, JPEG or GIF",
    "SVG not in Gmail's web, WebP not in Outlook on Windows, srcset 24 %, data: not in Gmail (caniemail)",
    part="html",
    rest="the size of the files: they are not in the mail",
)
def e19(mail: Mail) -> Iterator[Found]:
    for each in mail.page.all("img"):
        if not all(pixels(each.attributes.get(name, "")) for name in ("width", "height")):
            yield _at(each, "No width or height in pixels.")
        elif (pixels(each.attributes["width"]) or 0) > 600:
            yield _at(each, "Shown wider than 600 px.")
        source = each.attributes.get("src", "")
        kind = "data" if source.startswith("data:") else parts_of(source).path.rpartition(".")[2].lower()
        if found := support("image", kind):
            yield _at(each, f"{kind}: {found}.")
        for name in ("srcset", "loading"):
            if name in each.attributes:
                yield _at(each, f"{name}: {support('attribute', name)}.")


@machine(
    "E20",
    "Images from our own host or in the mail, never from the feeds'",
    "A feed's image would track our readers, and vanish when the feed's host likes",
    part="html",
)
def e20(mail: Mail) -> Iterator[Found]:
    for each in mail.page.all("img"):
        source = each.attributes.get("src", "")
        # Of data: addresses E19 speaks.
        if not source.startswith(("cid:", "data:")) and host_of(source) != mail.host:
            yield _at(each, f"From {host_of(source) or 'nowhere'}, not {mail.host or 'ours'}.")


@machine(
    "E21",
    "No background images; a plain colour under every image",
    "Outlook needs VML for them, which no keyboard reaches; images are off in many clients",
    part="html",
)
def e21(mail: Mail) -> Iterator[Found]:
    for each in mail.page.elements:
        if "background" in each.attributes:
            yield _at(each, "A background image.")
    for said in mail.page.declarations:
        if "url(" in said.value and said.name in {"background", "background-image", "list-style-image"}:
            yield Found(words="A background image.", line=said.line, excerpt=f"{said.name}: {said.raw}")
    for each in mail.page.all("img"):
        if not any("bgcolor" in above.attributes or above.value("background-color") for above in each.up()):
            yield _at(each, "No colour under it.")


@machine(
    "E22",
    "Links absolute, their words clear and the same words always to one target",
    'Screen readers list them alone: "here, here, here" (emailmarkup.org top ten)',
    part="html",
    rest="whether the words fit their target",
)
def e22(mail: Mail) -> Iterator[Found]:
    targets: dict[str, str] = {}
    theirs = {story.element.at for story in mail.page.stories if story.text}
    for link in mail.page.links:
        href, words = link.attributes["href"].strip(), link.inner
        if href.startswith(("#", "mailto:")) or _BAD_SCHEME.match(href):
            continue  # E27, E31
        parts = parts_of(href)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            yield _at(link, "Not an absolute address.")
        elif parts.scheme == "http" and parts.hostname == mail.host and not is_here(mail.host):
            yield _at(link, "Ours, and not https.")
        if link.at in theirs or link.is_in("body"):
            continue  # a publisher's own words
        if not words and not any(
            each.attributes.get("alt") for each in mail.page.all("img") if link in each.up()
        ):
            yield _at(link, "It has no words.")
        elif words.lower().strip(" .…»›→") in _VAGUE:
            yield _at(link, "Its words say nothing.")
        elif words and targets.setdefault(words, href) != href:
            yield _at(link, "The same words lead elsewhere too.", Severity.WARN)


@machine(
    "E26",
    "The preheader hidden by display, max-height, overflow and mso-hide alone",
    "The usual recipe of tiny, white and transparent cost 1.7 spam points, this one 0.0 (our trial)",
    part="html",
)
def e26(mail: Mail) -> Iterator[Found]:
    hidden = preheader(mail)
    if hidden is not None:
        missing = [f"{name}: {value}" for name, value in _PREHEADER if not _says(hidden, name, value)]
        if missing:
            yield _at(hidden, f"The preheader lacks {', '.join(missing)}.")
    for each in mail.page.body:
        for name, pattern in _TRICKS:
            shown_on_white = name == "color" and not each.is_hidden
            if (
                (value := each.value(name)) is not None
                and not shown_on_white
                and re.fullmatch(pattern, value)
            ):
                yield _at(each, f"Words made invisible by {name}: {value}.")


@machine(
    "E27",
    "Jump links end at an empty <a name>, and say where they go",
    "Gmail, Outlook and Yahoo know name, not id; 56 % of client platforms jump at all (caniemail)",
    part="html",
)
def e27(mail: Mail) -> Iterator[Found]:
    names = {each.attributes["name"]: each for each in mail.page.all("a") if "name" in each.attributes}
    for link in mail.page.links:
        target = link.attributes["href"].strip()
        if not target.startswith("#") or target == "#":
            continue
        if target[1:] not in names:
            yield _at(link, "Nothing has that name.")
        elif names[target[1:]].inner and "href" not in names[target[1:]].attributes:
            yield _at(names[target[1:]], "The target holds words.")
        if not link.inner and not link.is_in("body"):
            yield _at(link, "A jump link without words.")


@machine(
    "E31",
    "Nothing active",
    "Clients strip or block it (form 44 %, base 20 %, link 14 %), and feeds are hostile",
    part="html",
)
def e31(mail: Mail) -> Iterator[Found]:
    if "text/x-amp-html" in mail.shape:
        yield Found(words="An AMP part.")
    for each in mail.page.elements:
        if each.tag in _ACTIVE:
            yield _at(each, f"<{each.tag}>.")
        if each.attributes.get("http-equiv", "").lower() == "refresh":
            yield _at(each, "It leads elsewhere by itself.")
        for name, value in each.attributes.items():
            if name.startswith("on"):
                yield _at(each, f"{name} is a script.")
            elif name in {"href", "action", "background"} and _BAD_SCHEME.match(value):
                yield _at(each, f"An address of {value.strip().partition(':')[0]}.")
    for said in mail.page.declarations:
        if re.search(r"expression\(|-moz-binding|behavior", f"{said.name}:{said.value}"):
            yield Found(words="A script in a style.", line=said.line, excerpt=said.raw)


@machine(
    "E32",
    "No placeholder left",
    "The classic: `Dear {{ name }}` (Buttondown's and Dyspatch's preflights)",
    part="html",
)
def e32(mail: Mail) -> Iterator[Found]:
    theirs = " ".join(each.own for each in mail.page.body if each.is_in(*STORY))
    for each in mail.page.body:
        if each.is_in(*STORY):
            continue  # an article on templates
        for found in _PLACEHOLDER.finditer(each.own):
            if found[0] not in theirs:
                yield Found(words=f"It says {found[0]}.", line=each.line, excerpt=each.own)
    for link in mail.page.links:
        if not link.is_in(*STORY) and re.search(r"\{\{|%7B%7B|\{%|\*\||/None\b", link.attributes["href"]):
            yield Found(
                words="An address with a placeholder.", line=link.line, excerpt=link.attributes["href"]
            )


@machine(
    "E33",
    "No pixel that tells who read",
    "Apple opens everything, Gmail's clipping hides them, and the CNIL asks for consent (April 2026)",
    part="html",
)
def e33(mail: Mail) -> Iterator[Found]:
    for each in mail.page.all("img"):
        sides = [pixels(each.attributes.get(name, "")) for name in ("width", "height")]
        if any(side is not None and side <= 3 for side in sides) or each.is_hidden:
            yield _at(each, "An image nobody can see.")


def _says(element: Element, name: str, value: str) -> bool:
    found = element.value(name)
    return found == value or (value == "0" and found in {"0px", "0"})


def _at(element: Element, words: str, severity: Severity | None = None) -> Found:
    shown = " ".join(
        f'{name}="{value}"'
        for name, value in element.attributes.items()
        if name in {"href", "src", "name", "alt"}
    )
    excerpt = f"<{element.tag}{' ' + shown if shown else ''}> {element.inner}"
    return Found(words=words, line=element.line, excerpt=excerpt, severity=severity)


CONTENT = (e18, e19, e20, e21, e22, e26, e27, e31, e32, e33)
