"""What a DKIM signature covers, in the form that both sides agree on (RFC 6376 §3.4, §5.4): pure bytes.

Header fields relaxed, since relays fold them anew; the body simple, since ours is quoted-printable without
blanks at the ends of lines, which nobody on the way has a reason to touch. Knows no key and no mail of ours.
"""

from __future__ import annotations

import re
from functools import lru_cache
from hashlib import sha256

from digest.errors import DigestError

#: what is signed where it is there: all that a reader or a mailbox acts on. RFC 8058 §4 asks for List-*
SIGNED = (
    "From", "To", "Subject", "Date", "Message-ID", "Reply-To", "MIME-Version", "Content-Type",
    "Content-Transfer-Encoding", "List-Id", "List-Unsubscribe", "List-Unsubscribe-Post", "List-Help",
    "List-Archive", "List-Owner", "Feedback-ID", "CFBL-Address", "Auto-Submitted",
)  # fmt: skip

#: named once more than they are there, so that nobody adds another (RFC 6376 §8.15)
OVERSIGNED = frozenset({"From", "To", "Subject"})

#: columns of a line we fold
WIDTH = 76

_FIELD = re.compile(rb"([!-9;-~]+)[ \t]*:([^\r\n]*(?:\r\n[ \t][^\r\n]*)*)\r\n")
_BLANKS = re.compile(rb"[ \t]+")

#: (name, value) as they stand, without the CRLF that ends them
Field = tuple[bytes, bytes]


def fields(head: bytes) -> list[Field]:
    """The header's fields in their order. Raises DigestError where a line is none."""
    found, at = [], 0
    while at < len(head):
        match = _FIELD.match(head, at)
        if match is None:
            line = head[at:].split(b"\n", 1)[0][:40]
            raise DigestError(f"{line!r} is no line of a mail's header, so it cannot be signed.")
        found.append((match[1], match[2]))
        at = match.end()
    return found


def relaxed(field: Field) -> bytes:
    """`name:value`: lower case, unfolded, blanks as one, none at the ends (§3.4.2)."""
    name, value = field
    return name.lower() + b":" + _BLANKS.sub(b" ", value.replace(b"\r\n", b"")).strip(b" ")


def body_hash(content: bytes, begin: int) -> bytes:
    """SHA-256 of the body from `begin` on, as one CRLF ends it (§3.4.3)."""
    end = len(content)
    while content.endswith(b"\r\n", begin, end):
        end -= 2
    with memoryview(content) as view:
        found = sha256(view[begin:end])
    found.update(b"\r\n")
    return found.digest()


def covered(head: bytes) -> tuple[tuple[str, ...], bytes]:
    """The names of `h=`, and the bytes they stand for. Of fields with one name the last is first (§5.4.2)."""
    there: dict[bytes, list[Field]] = {}
    for field in fields(head):
        there.setdefault(field[0].lower(), []).append(field)
    names: list[str] = []
    data: list[bytes] = []
    for name in SIGNED:
        own = there.get(name.lower().encode(), [])
        names += [name] * (len(own) + (name in OVERSIGNED))
        data += [relaxed(field) + b"\r\n" for field in reversed(own)]
    return tuple(names), b"".join(data)


@lru_cache(maxsize=64)
def names_tag(names: tuple[str, ...]) -> str:
    """`h=From:From:To`, on lines of its own where it is long."""
    lines = ["h="]
    for name in names:
        word = name if lines == ["h="] else f":{name}"
        # The blank before a line and the ";" or ":" after it count.
        if len(lines[-1]) + len(word) > WIDTH - 2:
            lines[-1] += ":"
            lines.append(name)
        else:
            lines[-1] += word
    return "\r\n ".join(lines)


def folded(text: str) -> str:
    """Base64 after ` b=`, in lines."""
    first = WIDTH - len(" b=")
    rest = range(first, len(text), WIDTH - 1)
    return "\r\n ".join([text[:first], *(text[at : at + WIDTH - 1] for at in rest)])
