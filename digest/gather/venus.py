"""What Planet Venus and planetplanet are configured with: an INI file, its sections feed addresses (pure).

`name` is the title; `filter` and `exclude` become words to keep or drop where they are words, and are named
where they are more. How such a planet looked and ran ([Planet], [DEFAULT], templates) is left behind.
"""

from __future__ import annotations

import configparser
import re

from digest.errors import UnreadableFeed
from digest.gather.opml import Imported, Outline

#: a planet of thousands of feeds has no megabyte of them
MOST = 4_000_000
_ADDRESS = re.compile(r"(?i)(?:feed:)?(?://)?https?://\S+")
#: parts of a regular expression that only say "a word, in any case"
_PLAIN_SIGNS = re.compile(r"\(\?i\)|\\b|[()]")
_WORDS = re.compile(r"[\w+# '-]+(?:\|[\w+# '-]+)*")
#: what changes which entries a feed gives, by programs of Venus's own
_FOREIGN = ("filters",)


def read(text: str) -> Imported:
    """Every subscription, in the order of the file. Raises UnreadableFeed when it is no such file."""
    parser = configparser.RawConfigParser(
        strict=False,  # the same feed twice is one
        allow_no_value=True,
        default_section="\0",  # [DEFAULT] is about templates
        delimiters=("=", ":"),
    )
    try:
        parser.read_string(text[:MOST])
    except configparser.Error as cause:
        words = " ".join(str(cause).split())
        raise UnreadableFeed(f"This is not a planet's config.ini: {words}", kind="unreadable") from cause
    found: dict[str, Outline] = {}
    notes: list[str] = []
    for name in parser.sections():
        if not _ADDRESS.fullmatch(name.strip()):
            continue
        kept = {key: " ".join((value or "").split()) for key, value in parser.items(name)}
        url = _address(name)
        if kept.get("content_type", "").lower() in {"opml", "foaf", "csv", "config"}:
            notes.append(f"{url}: a reading list of its own; import it by itself")
            continue
        outline, left = _outline(url, kept)
        found.setdefault(url, outline)
        notes += left
    if not found and not notes:
        raise UnreadableFeed("There is no feed in it: no section is an address.", kind="unreadable")
    return Imported(format="config.ini", outlines=tuple(found.values()), notes=tuple(notes))


def _outline(url: str, kept: dict[str, str]) -> tuple[Outline, list[str]]:
    keep, drop = (_words(kept.get(key, "")) for key in ("filter", "exclude"))
    left = [
        f"{url}: {key} = {kept[key]} has no counterpart here"
        for key, words in (("filter", keep), ("exclude", drop))
        if kept.get(key) and not words
    ]
    left += [f"{url}: {key} has no counterpart here" for key in _FOREIGN if kept.get(key)]
    outline = Outline(
        url=url,
        title=kept.get("name", ""),
        site_url=kept.get("link") or None,
        language=kept.get("language") or None,
        keep=keep,
        drop=drop,
    )
    return outline, left


def _words(expression: str) -> tuple[str, ...]:
    """The words of an expression that is only words: "python|django". Ours are whole words, in any case."""
    plain = _PLAIN_SIGNS.sub("", expression)
    if not _WORDS.fullmatch(plain):
        return ()
    return tuple(dict.fromkeys(word.strip() for word in plain.split("|") if word.strip()))


def _address(section: str) -> str:
    """`feed:` and `feed://` before an address are a browser's."""
    return re.sub(r"(?i)^feed:(?://)?(?=https?:)", "", section.strip())
