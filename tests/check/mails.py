"""One good mail, set by our own compose and so always current, and what makes a bad one of it."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from typing import Self

from tests.papers import Galley, part, sections, story

_TITLES = (
    ("La nuit du code, saison deux", "events"),
    ("Un atelier pour les débutants", "events"),
    ("Des paquets plus légers", "web"),
    ("Le retour des gabarits", "web"),
    ("Trois façons de mesurer", "web"),
    ("Une base de données sans serveur", ""),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A mail in its three texts, to be changed by a word and put together again."""

    #: with CRLF, without Content-Type
    head: str
    text: str
    html: str
    #: what stands after `text/plain; charset=utf-8`
    flowed: str = ""
    is_text_first: bool = True
    charset: str = "utf-8"

    def head_with(self, old: str, new: str) -> Self:
        assert old in self.head, old
        return replace(self, head=self.head.replace(old, new, 1))

    def html_with(self, old: str, new: str, *, count: int = 1) -> Self:
        assert old in self.html, old
        return replace(self, html=self.html.replace(old, new, count))

    def text_with(self, old: str, new: str) -> Self:
        assert old in self.text, old
        return replace(self, text=self.text.replace(old, new, 1))

    def in_foot(self, html: str) -> Self:
        """At the end of the last cell."""
        at = self.html.rindex("</td></tr>\n</table>")
        return replace(self, html=f"{self.html[:at]}{html}{self.html[at:]}")

    def raw(self) -> bytes:
        plain = _part("plain", self.text, f"{self.charset}{self.flowed}")
        html = _part("html", self.html, self.charset)
        first, second = (plain, html) if self.is_text_first else (html, plain)
        top = f'{self.head}Content-Type: multipart/alternative; boundary="=_b"\r\n\r\n'
        return f"{top}--=_b\r\n{first}\r\n--=_b\r\n{second}\r\n--=_b--\r\n".encode("utf-8", "surrogateescape")


def _part(kind: str, text: str, charset: str) -> str:
    encoded = base64.encodebytes(text.encode("utf-8")).decode().replace("\n", "\r\n")
    return (
        f"Content-Type: text/{kind}; charset={charset}\r\nContent-Transfer-Encoding: base64\r\n\r\n{encoded}"
    )


@cache
def good_raw() -> bytes:
    """Three topics, a source with its own heading, a mail as our compose makes it."""
    stories = [
        story(at, title=title, topic=topic, source=2 if topic == "web" else 1)
        for at, (title, topic) in enumerate(_TITLES, 1)
    ]
    galley = Galley.of(stories)
    return galley.message(galley.cut(sections(stories)))


def empty_raw() -> bytes:
    """A digest of nothing."""
    galley = Galley.of([])
    return galley.message(galley.cut(()))


def written(raw: bytes) -> Written:
    head = raw.decode("ascii").partition("Content-Type:")[0]
    return Written(head=head, text=part(raw, "plain"), html=part(raw, "html"))


def good() -> Written:
    return written(good_raw())


Change = Callable[[Written], Written | bytes]
