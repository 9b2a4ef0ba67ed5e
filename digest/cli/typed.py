"""What people type on the command line, made ours or refused in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from digest.errors import UsageError

if TYPE_CHECKING:
    from subscribers.addresses import Address


def address(text: str) -> Address:
    """A mail address. Raises UsageError."""
    from subscribers.addresses import Address, parse

    parsed = parse(text)
    if not isinstance(parsed, Address):
        raise UsageError(f'"{text}" is not an address we can mail: {parsed.words}')
    return parsed


def zone(name: str | None) -> str | None:
    """A time zone. Raises UsageError."""
    from zoneinfo import ZoneInfo

    if name:
        try:
            ZoneInfo(name)
        except (KeyError, OSError, ValueError) as cause:
            raise UsageError(
                f'There is no time zone "{name}"; IANA names look like "Europe/Paris".'
            ) from cause
    return name or None
