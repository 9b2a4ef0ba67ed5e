"""Six small feeds of our own writing and a `digest.toml` for them: the demo, and a first mail to look at.

Between them they have what real feeds have: Atom, RSS 2.0 and JSON Feed, French and English, copies of each
other's entries, tables and code, a title that does not end, no dates, and one that breaks off in the middle.
Their people and places are invented; their dates are fixed, and nothing depends on them.
"""

from __future__ import annotations

from importlib.resources import files
from importlib.resources.abc import Traversable

_HERE = files(__name__)


def feeds() -> tuple[Traversable, ...]:
    """The feeds, by name. `configuration()` expects them in a folder `feeds` beside it."""
    return tuple(sorted((_HERE / "feeds").iterdir(), key=lambda feed: feed.name))


def configuration() -> Traversable:
    """The digest.toml of the demo: these six sources, two lists, a local outbox."""
    return _HERE / "digest.toml"
