"""Addresses of our own pages that mails, pages and feeds all point to. Pure: one place says where each is."""

from __future__ import annotations

from digest.model import Issue, NewIssue
from digest.settings.schema import Settings


def issue_path(list_slug: str, issue: Issue | NewIssue) -> str:
    """Where an issue's page stands below the site and below `[planet] dir`: an extra goes by its night."""
    return f"issues/{list_slug}/{issue.night if issue.number is None else issue.number}.html"


def issue_url(settings: Settings, list_slug: str, issue: Issue | NewIssue) -> str | None:
    """The address of an issue's page; None where there is no planet to show it."""
    if settings.planet is None:
        return None
    return f"{settings.site.url.rstrip('/')}/{issue_path(list_slug, issue)}"
