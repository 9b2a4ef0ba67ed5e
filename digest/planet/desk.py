"""What the planet is made from, read once: its stories in order, its sources, and what says it.

Reads the shelves; where a page stands, and what its file is called, is decided in `places`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property
from pathlib import Path
from typing import Literal

from digest.compose.lines import wrap
from digest.model import Entry, Shown, Source, SourceId, Story
from digest.planet.views import SourceView, StoryView, Viewer
from digest.press.templates import Press
from digest.press.words import Words
from digest.settings import Settings
from digest.storage.protocol.store import Store

Format = Literal["html", "text"]


class Desk:
    """The planet of one installation, about to be set."""

    def __init__(self, store: Store, settings: Settings, *, base: Path, format: Format) -> None:
        """`base`: the folder that paths in the settings are beside."""
        self.store = store
        self.settings = settings
        self.format = format
        self._templates = base / settings.site.templates if settings.site.templates else None
        self.press = Press(self._templates, filters={"wrap": wrap})
        self._viewers: dict[str, Viewer] = {}

    @property
    def language(self) -> str:
        return self.settings.site.language

    @property
    def per_page(self) -> int:
        # Built by hand where the settings have no planet: as many as they would have by default.
        return self.settings.planet.per_page if self.settings.planet else 30

    @property
    def url(self) -> str:
        """Every address of ours starts here; without a trailing "/"."""
        return self.settings.site.url.rstrip("/")

    @cached_property
    def sources(self) -> tuple[Source, ...]:
        return self.store.sources.all()

    @cached_property
    def followed(self) -> frozenset[SourceId]:
        return frozenset(source.id for source in self.sources if source.retired_at is None)

    @cached_property
    def lines(self) -> tuple[Shown, ...]:
        """Every story, the newest first."""
        return self.store.entries.shown()

    def viewer(self, language: str | None = None) -> Viewer:
        language = language or self.language
        if language not in self._viewers:
            words = Words(language, self.settings.site.zone, self._templates)
            self._viewers[language] = Viewer(self.settings, self.sources, words)
        return self._viewers[language]

    def stories(self, lines: Sequence[Shown]) -> list[StoryView]:
        """These stories as a page shows them, in the order given."""
        found = {story.id: story for story in self.store.entries.stories([line.story_id for line in lines])}
        viewer = self.viewer()
        return [self._view(viewer, line, found[line.story_id]) for line in lines]

    def source_views(self) -> list[SourceView]:
        """The sources in the order of digest.toml."""
        viewer = self.viewer()
        # Lines come newest first: the last one written is the first of its source.
        newest = {line.source_id: line.dated_at for line in reversed(self.lines)}
        views = (viewer.source(each.slug, newest) for each in self.settings.sources)
        return [view for view in views if view is not None]

    def _view(self, viewer: Viewer, line: Shown, story: Story) -> StoryView:
        (shown,) = (entry for entry in story.entries if entry.id == line.entry_id)
        return viewer.story(shown, self._findable(story.entries), level=2)

    def _findable(self, entries: Iterable[Entry]) -> list[Entry]:
        return [each for each in entries if each.withdrawn_at is None and each.source_id in self.followed]
