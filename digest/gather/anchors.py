"""Links inside an entry: `#note` and the places they lead to (footnotes). Pure; on cleaned markup only.

A place is kept where a link of the same entry leads to it, so nobody's styling hooks come along. A link
that leads nowhere here led into the publisher's page, and goes on doing so.
"""

from __future__ import annotations

import re
from html import unescape
from urllib.parse import unquote

from digest.gather.links import absolute

#: a quick look, before anything is decided
ANY = re.compile(r"""href\s*=\s*["']?\s*#""", re.IGNORECASE)

_TAG = re.compile(r"<[a-z][a-z0-9]*(?: [^>]*)?>")
_PLACE = re.compile(r' (?:id|name)="([^"]*)"')
_LINK = re.compile(r' href="#([^"]*)"')
#: what a place may be called: nothing that needs escaping, here or in a mail
_NAME = re.compile(r"[^\s\"'<>&#%;]{1,100}")


def settle(html: str, base: str) -> str:
    """Only places that are led to, each once; links to no place here become absolute."""
    tags = [tag for tag in _TAG.findall(html) if ' src="#' not in tag]
    led_to = {unquote(name) for tag in tags for name in _LINK.findall(tag)}
    places = {name for tag in tags for name in _PLACE.findall(tag) if _NAME.fullmatch(name)} & led_to
    seen: set[str] = set()

    def place(found: re.Match[str]) -> str:
        if found[1] not in places or found[1] in seen:
            return ""
        seen.add(found[1])
        return f' id="{found[1]}"'

    def link(found: re.Match[str]) -> str:
        if unquote(found[1]) in places:
            return f' href="#{unquote(found[1])}"'
        whole = absolute(f"#{unescape(found[1])}", base)
        return f' href="{_escaped(whole)}"' if whole else ""

    def tag(found: re.Match[str]) -> str:
        if found[0].startswith("<img") and ' src="#' in found[0]:
            return ""  # a place is no picture
        return _LINK.sub(link, _PLACE.sub(place, found[0]))

    return _TAG.sub(tag, html)


def _escaped(address: str) -> str:
    """As the sanitiser writes it, so that cleaning again changes nothing."""
    for char, said in (("&", "&amp;"), ('"', "&quot;"), ("<", "&lt;"), (">", "&gt;")):
        address = address.replace(char, said)
    return address
