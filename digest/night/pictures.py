"""Which pictures an issue shows: those of the stories it tells in full, or one for each it sums up.

They are fetched when the issue is set, once: what cannot be had then stays its alternative text.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from digest.compose.images import images_of
from digest.compose.views import html_of
from digest.log import event, logger
from digest.model import Picture, Story
from digest.night.tonight import Tonight
from digest.pictures.fetch import fetch_pictures, is_possible
from digest.planet.album import Album
from digest.settings import ListSettings

#: of one issue
MOST = 40
#: of one story: a gallery is for its own page
MOST_OF_A_STORY = 10

_log = logger("night")


def pictures_of(
    tonight: Tonight, configured: ListSettings, stories: Iterable[Story], *, fetch: bool
) -> Mapping[str, Picture]:
    """Our copy of each picture these stories show, by its publisher's address. `fetch`: those we have not
    are fetched now; else only what is there is shown."""
    planet = tonight.settings.planet
    if configured.images != "thumbnail" or planet is None:
        return {}
    album = Album(tonight.base / planet.dir, url=tonight.settings.site.url)
    wanted = list(dict.fromkeys(_wanted(configured, stories)))[:MOST]
    try:
        found = album.find(wanted)
        missing = [address for address in wanted if address not in found] if fetch else []
        if missing and not is_possible():
            _log.warning(event("no_pictures", list=configured.slug, why="Pillow is not installed"))
        elif missing:
            fetch_pictures(missing, settings=tonight.settings, keep=album.keep)
            found = album.find(wanted)
        return found
    except OSError as error:
        _log.warning(event("no_pictures", list=configured.slug, why=error))
        return {}


def _wanted(configured: ListSettings, stories: Iterable[Story]) -> Iterator[str]:
    """The newest stories' first."""
    most = {"full": MOST_OF_A_STORY, "summary": 1, "title": 0}[configured.show]
    for story in sorted(stories, key=lambda story: (story.origin.dated_at, story.id), reverse=True):
        for image in images_of(html_of(story.origin))[:most]:
            yield image.address
