"""Trims caniemail's data to what `digest check` gates on; not shipped, not a test.

    npm pack caniemail && tar xzf caniemail-*.tgz
    python -m benchmarks.trim_support package/data/caniemail.json > digest/check/support.json

A client platform counts with the newest version it was tested with. A feature is kept when fewer than
`FULL` per cent of the platforms support it wholly, or when a rule cites it.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

FULL = 50
#: several names in one entry of the data
PROPERTIES = {
    "css-block-inline-size": "block-size inline-size",
    "css-border-inline-block": "border-inline border-block",
    "css-border-inline-block-individual": (
        "border-inline-start border-inline-end border-block-start border-block-end"
    ),
    "css-border-radius-logical": (
        "border-start-start-radius border-start-end-radius border-end-start-radius border-end-end-radius"
    ),
    "css-margin-block-start-end": "margin-block-start margin-block-end",
    "css-padding-block-start-end": "padding-block-start padding-block-end",
    "css-padding-inline-block": "padding-inline padding-block",
    "css-padding-inline-start-end": "padding-inline-start padding-inline-end",
    "css-gap": "gap row-gap column-gap",
    "css-grid-template": "grid-template grid-template-areas grid-template-columns grid-template-rows",
}
OTHERS = {
    "css-variables": ("function", "var"),
    "css-nesting": ("syntax", "nesting"),
    "css-modern-color": ("syntax", "colour"),
    "css-margin": ("syntax", "negative margin"),
    "css-display-flex": ("display", "flex"),
    "css-display-grid": ("display", "grid"),
    "html-link": ("element", "link"),
    "html-base": ("element", "base"),
    "html-form": ("element", "form"),
    "html-srcset": ("attribute", "srcset"),
    "html-loading-attribute": ("attribute", "loading"),
    "image-svg": ("image", "svg"),
    "image-webp": ("image", "webp"),
    "image-avif": ("image", "avif"),
    "image-base64": ("image", "data"),
}
ELEMENTS = {
    "html-semantics": "article aside details figcaption figure footer header main mark nav section summary",
}
#: what their data calls by a general word, and is no property, element or function of that name
NOT_NAMES = frozenset(
    "css-important css-comments css-sytem-ui css-intrinsic-size css-inert-attribute html-body html-comments "
    "html-target html-required html-hidden html-role html-lang html-anchor-links".split()
)


def share(stats: dict[str, dict[str, dict[str, str]]]) -> tuple[int, int, int]:
    """Per cent of client platforms with full and with any support, and how many were tested."""
    newest = [list(tested.values())[-1] for each in stats.values() for tested in each.values() if tested]
    full, any_ = (sum(one[0] in letters for one in newest) for letters in ("y", "ya"))
    return round(100 * full / len(newest)), round(100 * any_ / len(newest)), len(newest)


def names(feature: dict[str, Any]) -> list[tuple[str, str]]:
    """(kind, name) pairs a feature is found by; none for what no rule can see."""
    slug = feature["slug"]
    if slug in OTHERS:
        return [OTHERS[slug]]
    if slug in PROPERTIES:
        return [("property", name) for name in PROPERTIES[slug].split()]
    if slug in ELEMENTS:
        return [("element", name) for name in ELEMENTS[slug].split()]
    if slug in NOT_NAMES or slug.startswith(("css-selector", "html-aria", "html-input", "html-button")):
        return []
    for pattern, kind in (
        (r"css-at-(?!media-)([\w-]+)", "at-rule"),
        (r"css-pseudo-class-([\w-]+)", "pseudo"),
        (r"css-pseudo-element-([\w-]+)", "pseudo"),
        (r"css-function-([\w-]+)", "function"),
        (r"css-(conic-gradient|linear-gradient|radial-gradient)", "function"),
        (r"css-(?!at-|unit-|rgba?$)([\w-]+)", "property"),
        (r"html-([a-z]+)", "element"),
    ):
        if found := re.fullmatch(pattern, slug):
            return [(kind, found[1])]
    return []


def main() -> None:
    whole = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    cited = {*OTHERS, *ELEMENTS}
    kept: dict[str, dict[str, list[object]]] = {}
    for feature in whole["data"]:
        full, any_, platforms = share(feature["stats"])
        if full >= FULL and feature["slug"] not in cited:
            continue
        for kind, name in names(feature):
            kept.setdefault(kind, {})[name] = [full, any_, platforms, feature["last_test_date"][:7]]
    head = {
        "credit": "caniemail.com by HTeuMeuLeu, MIT (see CANIEMAIL-LICENSE); trimmed by trim_support.py",
        "updated": whole["last_update_date"][:10],
        "columns": ["full %", "full or partial %", "client platforms tested", "last test"],
    }
    lines = json.dumps(head, ensure_ascii=False, indent=1)[:-2]
    for kind in sorted(kept):
        rows = ",\n  ".join(
            f"{json.dumps(name)}: {json.dumps(kept[kind][name])}" for name in sorted(kept[kind])
        )
        lines += f',\n "{kind}": {{\n  {rows}\n }}'
    print(lines + "\n}")


if __name__ == "__main__":
    main()
