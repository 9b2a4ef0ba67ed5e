"""Which of our languages a browser asks for (RFC 9110 §12.5.4). Pure."""

from __future__ import annotations

from subscribers.house import LANGUAGES

#: parts of the header that are looked at; nobody means more
_LONGEST, _MOST = 500, 20


def best_of(header: str) -> str | None:
    """The first of ours among those it likes best; None: none of ours."""
    liked: list[tuple[float, int, str]] = []
    for place, part in enumerate(header[:_LONGEST].split(",")[:_MOST]):
        tag, _, parameter = part.partition(";")
        language = tag.strip().lower().partition("-")[0]
        quality = _quality(parameter)
        if language in LANGUAGES and quality > 0:
            liked.append((-quality, place, language))
    return min(liked)[2] if liked else None


def _quality(parameter: str) -> float:
    name, _, value = parameter.strip().partition("=")
    if name.strip().lower() != "q":
        return 1.0
    try:
        quality = float(value)
    except ValueError:
        return 0.0
    return quality if 0 <= quality <= 1 else 0.0
