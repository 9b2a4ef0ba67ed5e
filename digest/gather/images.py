"""Images in an entry's HTML (digest D4): the real one instead of a lazy placeholder, no tracking pixels.

`promote` works on what the publisher wrote and proves nothing: the sanitiser comes after it. `settle`
works on the sanitiser's output, where every attribute is double-quoted and escapes "<" and ">".
"""

from __future__ import annotations

import re

#: longer attribute values are inlined pictures
_VALUE = 20_000
TAG_INSIDE = rf"""((?:[^<>"']++|"[^"]{{0,{_VALUE}}}+"|'[^']{{0,{_VALUE}}}+')*+)"""

_IMAGE = re.compile(rf"<img\b{TAG_INSIDE}>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"""([^\s=>"'/]+)(?:\s*=\s*("[^"]*"|'[^']*'|[^\s"'>]+))?""")
_SETTLED = re.compile(r'<img((?: [a-z-]+="[^"]*")*)>')
_SETTLED_ATTRIBUTE = re.compile(r' ([a-z-]+)="([^"]*)"')
_NOTHING_BETWEEN = re.compile(r"(?:\s|<[^>]*>)*")

_LAZY = ("data-src", "data-lazy-src", "data-original", "data-lazy", "data-hi-res-src", "data-actualsrc")
_SETS = ("data-srcset", "data-lazy-srcset", "srcset")
_PLACEHOLDER = re.compile(
    r"data:|about:|#|[^?]*(?:placeholder|spacer|blank|loading|lazy|transparent|pixel|1x1)[^/?]*\.(?:gif|png|svg|jpe?g|webp)",
    re.IGNORECASE,
)
_HIDDEN = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|(?:width|height)\s*:\s*[012]px", re.IGNORECASE
)
_SIZE = re.compile(r"\s*(\d{1,5})(?:\.\d+)?\s*(?:px)?\s*")

#: counters that serve an image to know who read what
TRACKER = re.compile(
    r"https?://(?:[^/]*\.)?(?:"
    r"feeds\.feedburner\.com/~r/|feedburner\.google\.com/|feedproxy\.google\.com/~r/|feedsportal\.com/"
    r"|pixel\.wp\.com/|stats\.wordpress\.com/|stats\.wp\.com/|feeds\.wordpress\.com/"
    r"|doubleclick\.net/|googleadservices\.com/|google-analytics\.com/|googletagmanager\.com/"
    r"|pixel\.quantserve\.com/|scorecardresearch\.com/|blogger\.googleusercontent\.com/tracker/"
    r"|medium\.com/_/stat|pheedo\.com/|statcounter\.com/|xiti\.com/|estat\.com/|chartbeat\.net/"
    r"|feedpress\.me/link/|rss\.buysellads\.com/|counter\.theconversation\.com/)"
    r"|https?://[^?]*/(?:matomo|piwik)\.php\?|https?://[^?]*/(?:open|track|pixel|beacon)\.(?:gif|png|php)\b",
    re.IGNORECASE,
)

Attributes = dict[str, str]


def attributes_of(inside: str) -> Attributes:
    """A tag's attributes: lower-case names, values still escaped; of doubles the first, as in HTML."""
    found: Attributes = {}
    for name, value in _ATTRIBUTE.findall(inside):
        found.setdefault(name.lower(), value[1:-1] if value[:1] in "\"'" else value)
    return found


def promote(html: str) -> str:
    """Lazy images get their real address as `src`; hidden ones go."""
    return _IMAGE.sub(_promoted, html)


def _promoted(match: re.Match[str]) -> str:
    found = attributes_of(match[1])
    if _HIDDEN.search(found.get("style", "")):
        return ""
    source = _real_source(found)
    if source is None or source == found.get("src"):
        return match[0]
    found["src"] = source
    kept = (name for name in ("src", "alt", "title", "width", "height") if name in found)
    return "<img" + "".join(f' {name}="{escaped(found[name])}"' for name in kept) + ">"


def _real_source(found: Attributes) -> str | None:
    for name in _LAZY:
        if found.get(name) and not found[name].lstrip().startswith(("{", "[", "data:")):
            return found[name]
    source = found.get("src", "").strip()
    if source and not _PLACEHOLDER.match(source):
        return source
    for name in _SETS:
        candidate = found.get(name, "").split(None, 1)
        if candidate and not candidate[0].startswith("data:"):
            return candidate[0].rstrip(",")
    return None


def escaped(value: str) -> str:
    """An attribute value from one kind of quotes to double ones; its references stay as they are."""
    return value.replace('"', "&quot;").replace("<", "&lt;").replace(">", "&gt;")


def settle(html: str) -> str:
    """Cleaned HTML without pixels, doubles and images without address; each kept one has an `alt`."""
    out: list[str] = []
    end = 0
    last = ""
    for match in _SETTLED.finditer(html):
        between = html[end : match.start()]
        out.append(between)
        end = match.end()
        found = dict(_SETTLED_ATTRIBUTE.findall(match[1]))
        source = found.get("src")
        if not source or _is_pixel(found):
            continue
        # The same picture again right behind it is a lazy loader's <noscript>.
        if source == last and _NOTHING_BETWEEN.fullmatch(between):
            continue
        last = source
        out.append(_set(found))
    out.append(html[end:])
    return "".join(out)


def _is_pixel(found: Attributes) -> bool:
    sizes = (_size(found.get(side)) for side in ("width", "height"))
    return any(size is not None and size <= 2 for size in sizes) or bool(TRACKER.match(found["src"]))


def _size(value: str | None) -> int | None:
    match = _SIZE.fullmatch(value or "")
    return int(match[1]) if match else None


def is_hidden(found: Attributes) -> bool:
    """Whether an embed is there for its side effects only."""
    sizes = (_size(found.get(side)) for side in ("width", "height"))
    return any(size is not None and size <= 2 for size in sizes) or bool(
        _HIDDEN.search(found.get("style", ""))
    )


def _set(found: Attributes) -> str:
    tag = f'<img src="{found["src"]}" alt="{found.get("alt", "")}"'
    if found.get("title"):
        tag += f' title="{found["title"]}"'
    for side in ("width", "height"):
        size = _size(found.get(side))
        if size is not None:
            tag += f' {side}="{size}"'
    return tag + ">"
