"""A document's bytes to text (gather P1). Owns which encoding is believed; of XML knows the declaration.

Order: byte order mark; UTF-16/32 by its zeros; seven-bit encodings that say so; valid UTF-8, whatever
is declared; the document's declaration; HTTP's; windows-1252, which every byte is some letter of.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

_DECLARED = re.compile(rb"<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([A-Za-z0-9._:-]{1,40})[\"']")
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([A-Za-z0-9._:-]{1,40})", re.IGNORECASE)
_LONE = re.compile("[\udc80-\udcff]+")
# Not allowed in XML 1.0 (§2.2), and never meant.
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16: it begins with its mark
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
#: "<?" or "<r" in each wide encoding (XML 1.0 appendix F)
_WIDE = (
    (re.compile(rb"<\x00\x00\x00"), "utf-32-le"),
    (re.compile(rb"\x00\x00\x00<"), "utf-32-be"),
    (re.compile(rb"<\x00[^\x00]\x00"), "utf-16-le"),
    (re.compile(rb"\x00<\x00[^\x00]"), "utf-16-be"),
)
#: what publishers mean by a name: the larger encoding that contains it (WHATWG Encoding)
_MEANT = {
    **dict.fromkeys(("ascii", "iso8859-1", "latin-1"), "cp1252"),
    **dict.fromkeys(("gb2312", "gbk"), "gb18030"),
    "shift_jis": "cp932",
    "euc_kr": "cp949",
    "iso8859-9": "cp1254",
    "tis-620": "cp874",
    "big5": "big5hkscs",
}
#: encodings that look like ASCII to a UTF-8 decoder
_SEVEN_BIT = ("iso2022", "hz")
#: encodings of text only: `base64_codec` and UTF-7 (which hides "<") are none we read
_REFUSED = ("utf-7", "idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined", "mbcs", "oem")


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoded:
    text: str
    #: what was wrong with the bytes, in words; None: nothing
    fault: str | None = None


def decode(body: bytes, content_type: str | None = None) -> Decoded:
    """The text of `body`; never fails."""
    found = _decode(body, content_type)
    if not _ILLEGAL.search(found.text):
        return found
    return Decoded(text=_ILLEGAL.sub("", found.text), fault=found.fault or "it holds control characters")


def _decode(body: bytes, content_type: str | None) -> Decoded:
    for mark, name in _BOMS:
        if body.startswith(mark):
            return Decoded(text=body[len(mark) :].decode(name, "replace"))
    for pattern, name in _WIDE:
        if pattern.match(body):
            return Decoded(text=body.decode(name, "replace"))
    declared = _codec(_first(_DECLARED.search(body[:2_000])))
    if declared and declared.startswith(_SEVEN_BIT) and (text := _strictly(body, declared)) is not None:
        return Decoded(text=text)
    text = _strictly(body, "utf-8")
    if text is not None:
        lies = declared not in (None, "utf-8") and not body.isascii()
        return Decoded(text=text, fault=f"it declares {declared} but is UTF-8" if lies else None)
    return _not_utf8(body, declared, _codec(_first(_CHARSET.search(content_type or ""))))


def _not_utf8(body: bytes, declared: str | None, told: str | None) -> Decoded:
    for name in (declared, told):
        if name and name != "utf-8" and (text := _strictly(body, name)) is not None:
            return Decoded(text=text)
    if declared == "cp1252" or (declared is None and told == "cp1252"):
        return Decoded(text=body.decode("cp1252", "replace"))
    # A few wrong bytes in UTF-8 (a cut, one old field) must not turn the rest into "Ã©".
    mixed = body.decode("utf-8", "surrogateescape")
    wrong = sum(len(run) for run in _LONE.findall(mixed))
    letters = len(mixed) - sum(map(str.isascii, mixed))
    if letters - wrong > wrong:
        mended = _LONE.sub(lambda run: _as_cp1252(run[0].encode("utf-8", "surrogateescape")), mixed)
        return Decoded(text=mended, fault=f"{wrong} of its bytes are not UTF-8")
    said = declared or told or "nothing"
    return Decoded(text=_as_cp1252(body), fault=f"it declares {said} and is read as windows-1252")


def _as_cp1252(body: bytes) -> str:
    return body.decode("cp1252", "replace")


def _first(match: re.Match[bytes] | re.Match[str] | None) -> str | None:
    if match is None:
        return None
    name = match[1]
    return name.decode("ascii") if isinstance(name, bytes) else name


def _codec(name: str | None) -> str | None:
    """Python's name for what is meant by `name`; None for an unknown one."""
    if not name:
        return None
    try:
        info = codecs.lookup(name)
    except LookupError:
        return None
    if info.name in _REFUSED or not getattr(info, "_is_text_encoding", True):
        return None
    return _MEANT.get(info.name, info.name)


def _strictly(body: bytes, name: str) -> str | None:
    try:
        return body.decode(name)
    except (UnicodeError, ValueError):
        return None
