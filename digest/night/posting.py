"""Letters to subscribers, put in the post: composed at once, sent by the deliver room before bulk mail."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from digest.compose.letter import letter_bytes
from digest.model import NewLetter
from digest.night.galleys import press_of, templates_of
from digest.night.wording import worded
from digest.press.words import Words
from digest.settings import Settings
from digest.storage.protocol.letters import Letters
from subscribers.letters import Letter


class Postbox:
    """Implements `subscribers.house.Post` over one thread's letters."""

    def __init__(
        self, letters: Letters, settings: Settings, base: Path, clock: Callable[[], datetime]
    ) -> None:
        self._letters = letters
        self._settings = settings
        self._press = press_of(settings, base)
        self._templates = templates_of(settings, base)
        self._clock = clock

    def send(self, letter: Letter) -> None:
        words = Words(letter.language, self._settings.site.zone, self._templates)
        composed = worded(letter, words, self._settings, dated_at=self._clock())
        self._letters.post(
            NewLetter(
                kind=composed.kind,
                address=composed.to,
                language=letter.language,
                message_id=composed.message_id,
                content=letter_bytes(composed, words=words, press=self._press),
                created_at=composed.dated_at,
                address_hash=letter.address_hash,
                subscription_id=letter.subscription_id,
                dedupe=letter.dedupe,
            )
        )
