"""Which topics an entry is in, and by which rule (design §3.1). Pure: decided at release, then stored."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from digest.model import Content, TopicRule
from digest.model.words import fold, has_word
from digest.settings.schema import Topic


class Topics:
    """The topics of digest.toml with their rules made ready once a night."""

    def __init__(self, topics: Iterable[Topic]) -> None:
        self._topics = [(topic, _by_fold(topic.match.categories)) for topic in topics]

    def of(self, content: Content, *, source: str, always: Collection[str] = ()) -> tuple[TopicRule, ...]:
        """The topics of an entry in file order. `always`: the topics its source is configured to be in."""
        texts = (fold(content.title), fold(content.text))
        labels = {fold(label) for label in content.categories}
        found = []
        for topic, categories in self._topics:
            rule = _rule(topic, categories, texts=texts, labels=labels, source=source, always=always)
            if rule is not None:
                found.append(TopicRule(topic=topic.slug, rule=rule))
        return tuple(found)


def _rule(
    topic: Topic,
    categories: dict[str, str],
    *,
    texts: tuple[str, str],
    labels: Collection[str],
    source: str,
    always: Collection[str],
) -> str | None:
    """The first rule that puts an entry in a topic, surest first, in words that `explain` prints."""
    if topic.slug in always:
        return "always"
    if source in topic.match.sources:
        return "source"
    category = next((written for folded, written in categories.items() if folded in labels), None)
    if category is not None:
        return f"category '{category}'"
    word = next((word for word in topic.match.words if any(has_word(text, word) for text in texts)), None)
    return None if word is None else f"word '{word}'"


def _by_fold(categories: Iterable[str]) -> dict[str, str]:
    """Folded category to how the file writes it. One that folds to nothing matches nothing."""
    found = {fold(written): written for written in categories}
    found.pop("", None)
    return found
