"""The galleys of one issue, one a language, and the editions cut from them.

A galley that is stored is used as it is: templates may have been edited since, the issue has not.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property, lru_cache
from pathlib import Path

from digest.compose.cut import Selection, cut
from digest.compose.galley import FILTERS, set_galley
from digest.compose.index import GalleyIndex, index_galley
from digest.compose.paper import Paper, paper_of
from digest.errors import NotFound
from digest.model import Fragment, Issue, NewEdition, Picture, Section, StoryId
from digest.night.desk import Desk
from digest.night.editing import Hands, hands_of
from digest.night.pictures import pictures_of
from digest.night.tonight import Tonight
from digest.press.templates import Press
from digest.settings import ListSettings, Settings
from subscribers.model import Wishes

#: editions remembered, some 2 KB each, so that equal selections are cut once: readers come in any order, and
#: with fewer than there are wishes each asks for one that was just forgotten
REMEMBERED = 10_000
NO_WISHES = Wishes()


class Galleys:
    """Sets a galley when a language first needs one, and cuts editions."""

    def __init__(
        self,
        tonight: Tonight,
        desk: Desk,
        issue: Issue,
        configured: ListSettings,
        *,
        hands: Hands,
        keep: bool = True,
    ) -> None:
        """`keep`: fragments are stored with the issue; False for tests and previews, which leave no trace."""
        self._hands = hands
        self._tonight = tonight
        self._desk = desk
        self._issue = issue
        self._configured = configured
        self._keep = keep
        self._indices: dict[str, GalleyIndex] = {}
        self._fragments: dict[str, dict[str, Fragment]] = {}
        self._cut = lru_cache(maxsize=REMEMBERED)(self._cut_once)
        self._arranged = lru_cache(maxsize=REMEMBERED)(desk.sections)

    @cached_property
    def press(self) -> Press:
        return press_of(self._tonight.settings, self._tonight.base)

    def edition(
        self, stories: tuple[StoryId, ...], *, older: int, wishes: Wishes, language: str, format: str
    ) -> NewEdition:
        """The edition for a selection. Readers who select the same get the same one."""
        # Headings move by wishes about topics alone: without any, all who get these stories see them alike.
        headed = self._arranged(stories, wishes if wishes.topics else NO_WISHES)
        return self._cut(headed, older, language, format)

    def fragments(self, language: str) -> dict[str, Fragment]:
        """The fragments of a language, set now if they were not yet."""
        self._index(language)
        return self._fragments[language]

    def _cut_once(self, sections: tuple[Section, ...], older: int, language: str, format: str) -> NewEdition:
        stories = [story for section in sections for story in section.all_stories]
        selection = Selection(
            sections=sections,
            older=older,
            period=self._desk.period(stories),
            format=format,
            max_entries=self._configured.max_entries,
        )
        return cut(self._index(language), selection).edition(self._issue.id)

    def _index(self, language: str) -> GalleyIndex:
        if language not in self._indices:
            stories = list(self._desk.stories.values())
            paper = self._paper(language)
            found = self._stored(language)
            if not found:
                paper = replace(paper, pictures=self._pictures)
                fragments = set_galley(paper, stories, press=self.press, nonce=secrets.token_hex(16))
                if self._keep:
                    self._tonight.store.issues.add_fragments(self._issue.id, language, fragments)
                found = {fragment.name: fragment for fragment in fragments}
            self._fragments[language] = found
            self._indices[language] = index_galley(paper, stories, found.values())
        return self._indices[language]

    @cached_property
    def _pictures(self) -> Mapping[str, Picture]:
        """Fetched when a galley is set, not when one is found: what stands in it stays."""
        return pictures_of(
            self._tonight,
            self._configured,
            self._desk.stories.values(),
            fetch=self._keep and not self._tonight.rehearsal,
        )

    def _stored(self, language: str) -> dict[str, Fragment]:
        return dict(self._tonight.store.issues.fragments(self._issue.id, language)) if self._keep else {}

    def _paper(self, language: str) -> Paper:
        return paper_of(
            self._tonight.settings,
            self._configured,
            self._issue,
            language,
            self._desk.sources,
            note=self._hands.notes.get(language),
            pins=self._hands.pins,
            templates=templates_of(self._tonight.settings, self._tonight.base),
        )


def set_again(tonight: Tonight, issue: Issue, language: str) -> dict[str, Fragment]:
    """The galley of a closed issue, from its stories and our templates as they are now."""
    store, settings = tonight.store, tonight.settings
    row = store.lists.by_id(issue.list_id)
    configured = settings.list_(row.slug) if row else None
    if configured is None:
        raise NotFound(f"The list of issue {issue.id} is not in digest.toml any more.")
    ids = {id for edition in store.issues.editions(issue.id) for id in edition.stories}
    stories = store.entries.stories(sorted(ids))
    hands = hands_of(tonight, issue)
    paper = paper_of(
        settings,
        configured,
        issue,
        language,
        store.sources.all(),
        note=hands.notes.get(language),
        pins=hands.pins,
        pictures=pictures_of(tonight, configured, stories, fetch=False),
        templates=templates_of(settings, tonight.base),
    )
    press = press_of(settings, tonight.base)
    fragments = set_galley(paper, stories, press=press, nonce=secrets.token_hex(16))
    return {fragment.name: fragment for fragment in fragments}


def press_of(settings: Settings, base: Path) -> Press:
    """The press with the site's own templates first."""
    return Press(templates_of(settings, base), filters=FILTERS)


def templates_of(settings: Settings, base: Path) -> Path | None:
    """The site's own folder of templates and texts."""
    return base / settings.site.templates if settings.site.templates else None
