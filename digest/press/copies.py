"""A site's own copies of our templates: which there are, where each came from, what differs.

A copy says so in its first line: the version it was taken from and the SHA-256 of ours as it was then.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import unified_diff
from hashlib import sha256
from pathlib import Path

from digest import __version__
from digest.errors import NotFound, TemplateError
from digest.press.templates import own_templates

_MARK = re.compile(r"\A\{# planet-digest (?P<version>\S+), (?P<name>\S+), sha256 (?P<sha>[0-9a-f]{64}) #\}\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """A template of the site that stands before ours of the same name."""

    name: str
    path: Path
    #: what planet-digest it was copied from; None: it does not say
    version: str | None
    #: the copy was changed, or is of another version: it is not what ours is now
    differs: bool
    #: ours is not any more what was copied
    ours_changed: bool


def names() -> tuple[str, ...]:
    """Our templates: "mail/issue.html"…"""
    ours = own_templates()
    found = (path.relative_to(ours) for path in ours.rglob("*") if path.is_file())
    return tuple(sorted(path.as_posix() for path in found if _is_template(path)))


def copies(site: Path) -> tuple[Copy, ...]:
    """Those of our templates that the site's folder has its own of."""
    return tuple(_look(name, site / name) for name in names() if (site / name).is_file())


def copied(name: str) -> str:
    """Our template as a site's copy begins: with a first line that says where it came from. Jinja drops it.

    Raises NotFound."""
    text = _ours(name)
    return f"{{# planet-digest {__version__}, {name}, sha256 {_hash(text)} #}}\n{text}"


def difference(name: str, site: Path) -> str:
    """From ours as it is now to the site's copy, as a unified diff; "" when they are alike.

    Raises NotFound."""
    ours, theirs = _ours(name), _MARK.sub("", _text(site / name))
    lines = unified_diff(
        ours.splitlines(keepends=True),
        theirs.splitlines(keepends=True),
        f"{name} (planet-digest {__version__})",
        str(site / name),
    )
    return "".join(
        line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines
    )


def _look(name: str, path: Path) -> Copy:
    text, ours = _text(path), _ours(name)
    mark = _MARK.match(text)
    return Copy(
        name=name,
        path=path,
        version=mark["version"] if mark else None,
        differs=_MARK.sub("", text) != ours,
        ours_changed=mark is not None and mark["sha"] != _hash(ours),
    )


def _ours(name: str) -> str:
    if name not in names():
        raise NotFound(f"We have no template {name}.", mend="`digest templates list` names them.")
    return _text(own_templates() / name)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as cause:
        raise TemplateError(f"{path} is not UTF-8 text.") from cause
    except OSError as cause:
        raise TemplateError(f"{path} cannot be read: {cause.strerror}.") from cause


def _hash(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def _is_template(path: Path) -> bool:
    return not any(part.startswith((".", "__")) for part in path.parts)
