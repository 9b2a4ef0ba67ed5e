"""Addresses of our own pages that mails, pages and feeds all point to. Pure: one place says where each is."""

from __future__ import annotations

from digest import __version__
from digest.model import Issue, NewIssue
from digest.settings.schema import Settings


def issue_path(list_slug: str, issue: Issue | NewIssue) -> str:
    """Where an issue's page stands below the site and below `[planet] dir`: an extra goes by its night."""
    return f"issues/{list_slug}/{issue.night if issue.number is None else issue.number}.html"


def issue_url(settings: Settings, list_slug: str, issue: Issue | NewIssue) -> str | None:
    """The address of an issue's page; None where there is no planet to show it, or the list is not public."""
    configured = settings.list_(list_slug)
    if settings.planet is None or configured is None or not configured.public:
        return None
    return f"{settings.site.url.rstrip('/')}/{issue_path(list_slug, issue)}"


def user_agent(settings: Settings) -> str:
    """What we call ourselves where we fetch: who we are, and where to complain."""
    return f"planet-digest/{__version__} (+{settings.site.url}; {settings.site.contact})"
