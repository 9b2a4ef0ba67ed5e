"""The templates of pages, with the words they are said in: `subscribers.house.Pages` over our press."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

from digest.press.templates import Press
from digest.press.words import LANGUAGES, Words

#: an editor's copies beside them are nobody's pages
_READ = (".css", ".html", ".txt")


class Templates:
    """`templates/pages/`, a site's own folder first. Shared by all threads."""

    def __init__(self, site: Path | None, zone: ZoneInfo) -> None:
        """`site`: the site's own folder, or None. `zone`: what instants are shown in."""
        self._press = Press(site)
        self._words = lru_cache(maxsize=8)(lambda language: Words(language, zone, site))

    def render(self, name: str, language: str, /, **values: object) -> str:
        """Raises TemplateError."""
        words = self._words(language)
        given = {"language": language, "say": words.say, "count": words.count, "words": words}
        return self._press.render(f"pages/{name}", {**given, **values})

    def check(self) -> None:
        """Read every page and both catalogues, setting none. Raises TemplateError for a fault in one."""
        for language in LANGUAGES:
            self._words(language)
        for folder in self._press.folders:
            for path in sorted((folder / "pages").glob("*.*")):
                if path.suffix in _READ:
                    self._press.check(f"pages/{path.name}")
