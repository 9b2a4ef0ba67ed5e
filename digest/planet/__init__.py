"""The public planet: pages, issues, feeds, written into a folder that any web server can show.

Reads the shelves and writes files; it knows no subscriber, and nothing here depends on who looks or when.
"""

from digest.planet.archive import SETTLES
from digest.planet.folder import Folder, Published
from digest.planet.site import build

__all__ = ["SETTLES", "Folder", "Published", "build"]
