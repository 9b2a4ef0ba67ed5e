"""What `doctor` asks of how mails look: the site's own templates and texts, and the pictures."""

from __future__ import annotations

from collections.abc import Iterator

from digest.errors import TemplateError
from digest.night.findings import Finding, fail, warn
from digest.night.galleys import templates_of
from digest.night.tonight import Tonight
from digest.pictures.fetch import is_possible
from digest.press.catalogue import LANGUAGES, catalogue
from digest.press.copies import copies


def templates(tonight: Tonight) -> Iterator[Finding]:
    """Do the site's own templates still fit ours?"""
    named = tonight.settings.site.templates
    if named is not None and not (tonight.base / named).is_dir():
        words = f"site.templates names {named}, which is no folder."
        yield fail("templates", words, "Make it, or take the key out.")
    for copy in copies(tonight.base / named) if named else ():
        if copy.ours_changed:
            words = f"{copy.name}: ours has changed since you copied it from planet-digest {copy.version}."
            yield warn("templates", words, f"digest templates diff {copy.name}")


def texts(tonight: Tonight) -> Iterator[Finding]:
    """Can the site's own texts be read, in every language?"""
    site = templates_of(tonight.settings, tonight.base)
    for language in LANGUAGES if site is not None else ():
        try:
            catalogue(language, site)
        except TemplateError as error:
            yield fail("texts", error.message, error.mend or "Mend that line: until then no mail is made.")


def pictures(tonight: Tonight) -> Iterator[Finding]:
    """Can the lists that want pictures have them?"""
    wanting = [each.slug for each in tonight.settings.lists if each.images == "thumbnail"]
    if wanting and not is_possible():
        words = f'{", ".join(wanting)}: images = "thumbnail", and Pillow is not installed: they stay words.'
        yield warn("pictures", words, "pip install 'planet-digest[images]'")
