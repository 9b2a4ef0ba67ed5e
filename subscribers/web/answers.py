"""Answers: a page of `templates/pages/` with the frame that all of them share.

Links on a page start with the site's prefix and keep the language that was chosen on it. Nothing of the
request but that language and the path reaches the frame.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache, partial
from hashlib import sha256
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import quote

from starlette.responses import HTMLResponse, PlainTextResponse, Response

from subscribers.house import LANGUAGES, House

if TYPE_CHECKING:
    from subscribers.web.asking import Ask

#: languages call themselves by their own names
_NAMES = {"en": "English", "fr": "Français"}
#: what anybody may read and keep: no token, no form
_PUBLIC = {"Cache-Control": "no-cache", "X-Robots-Tag": "all"}
#: seconds until a browser may ask a busy house again
_AGAIN = 30


@dataclass(frozen=True, slots=True)
class Tongue:
    """One of the languages a page can be read in."""

    code: str
    name: str
    #: the same page in it; "" is the one shown
    href: str


def answer(
    house: House,
    ask: Ask,
    name: str,
    *,
    language: str | None = None,
    status: int = 200,
    public: bool = False,
    headers: Mapping[str, str] | None = None,
    **values: object,
) -> Response:
    """The page `name` ("leave.html"). `language`: the subscription's own, where there is one. A template has
    besides its values: `site`, `to(path)`, `here`, `tongues`, `style`, and what `Pages.render` gives."""
    spoken = ask.language(language, site=house.site.language)
    text = house.pages.render(name, spoken, **frame(house, ask, spoken), **values)
    added = {"Vary": "Accept-Language", "Content-Language": spoken}
    return HTMLResponse(text, status, headers={**added, **(_PUBLIC if public else {}), **(headers or {})})


def frame(house: House, ask: Ask, language: str) -> dict[str, object]:
    """What every page has."""
    to = partial(_to, house.site.prefix, ask.chosen)
    return {
        "site": house.site,
        "to": to,
        # Of a page that answers a form, the place it was asked on.
        "here": to(ask.path),
        "style": f"{house.site.prefix}/static/style.css?v={style_version(house)}",
        "tongues": tuple(
            Tongue(code, _NAMES[code], "" if code == language else _to(house.site.prefix, code, ask.path))
            for code in LANGUAGES
        ),
    }


def failure(house: House, ask: Ask, status: int, *, headers: Mapping[str, str] | None = None) -> Response:
    """A page that says what is the matter, and what to do; never why."""
    more = {"Retry-After": str(_AGAIN)} if status == HTTPStatus.SERVICE_UNAVAILABLE else {}
    try:
        return answer(
            house, ask, "error.html", status=status, headers={**more, **(headers or {})}, reason=status
        )
    # The template itself may be what is broken: a site may have written its own.
    except Exception:  # noqa: BLE001
        words = f"{status} {HTTPStatus(status).phrase}\n"
        return PlainTextResponse(words, status, headers=dict(headers or {}))


def link(house: House, ask: Ask, path: str) -> str:
    """A link of ours, in the language that was chosen on the page."""
    return _to(house.site.prefix, ask.chosen, path)


def unknown_link(house: House, ask: Ask) -> Response:
    """For every token that proves nothing, whatever is wrong with it: the same page, and the same way on."""
    return answer(house, ask, "unknown.html", status=404)


@lru_cache(maxsize=2)
def style_of(house: House) -> bytes:
    return house.pages.render("style.css", house.site.language).encode()


@lru_cache(maxsize=2)
def style_version(house: House) -> str:
    return sha256(style_of(house)).hexdigest()[:12]


def _to(prefix: str, chosen: str | None, path: str, /) -> str:
    """A link on a page. Parts come from slugs and tokens; what else is in a path is quoted, and one that
    begins with two slashes, which browsers take for a host, with one."""
    plain = f"{prefix}/{quote(path.lstrip('/'), safe='/-._~')}"
    return f"{plain}?lang={chosen}" if chosen else plain
