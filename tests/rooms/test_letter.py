"""A letter is a plain, accessible mail to one person: nobody's list, the same bytes each time."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from digest.check import check
from digest.compose.galley import FILTERS
from digest.compose.letter import Letter, Part, letter_bytes
from digest.errors import DigestError
from digest.press.templates import Press
from digest.press.words import Words
from tests.browser import Chromium, Scheme, Shown, chromium, needs_chromium
from tests.night.house import Mail

__all__ = ["chromium"]

PRESS = Press(filters=FILTERS)
LETTER = Letter(
    kind="hands",
    dedupe="hands:1",
    from_="Planète AFPy <digest@Example.org>",
    to="admin@example.org",
    reply_to="admin@example.org",
    dated_at=datetime(2026, 11, 22, 3, 0, tzinfo=UTC),
    subject="Planète AFPy: sending has stopped",
    title="Sending has stopped",
    lead="Somebody is needed.",
    parts=(
        Part(title="What the relay said", lines=("550 <b>no</b> & never",), lang="en", aside="Since today"),
    ),
    closing="Told once.",
    why="This address is the contact.",
    site_title="Planète AFPy",
    postal_address="AFPy, Paris",
)

#: what only bulk mail owes its readers: preheader, counts, mute, preferences, List-*, Precedence, Feedback-ID
OF_DIGESTS = {"D2", "D3", "D9", "D10", "A3", "A4", "A8", "A9", "A10", "A11"}


def composed(letter: Letter = LETTER, language: str = "en") -> bytes:
    return letter_bytes(letter, words=Words(language, ZoneInfo("UTC")), press=PRESS)


def test_the_same_letter_has_the_same_bytes() -> None:
    assert composed() == composed()


def test_it_has_what_a_mail_needs_and_nothing_of_a_list() -> None:
    message = Mail.of(composed()).message
    assert sorted(message.keys()) == sorted([
        "From", "To", "Reply-To", "Date", "Message-ID", "Auto-Submitted", "X-Auto-Response-Suppress",
        "MIME-Version", "Subject", "Content-Type",
    ])  # fmt: skip
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["From"] == "Planète AFPy <digest@Example.org>"
    assert message["Date"].datetime == LETTER.dated_at


def test_its_id_is_of_its_occasion_and_person_alone() -> None:
    assert LETTER.message_id == replace(LETTER, title="Another", dated_at=datetime.now(UTC)).message_id
    others = [
        replace(LETTER, dedupe="hands:2"),
        replace(LETTER, to="b@example.org"),
        replace(LETTER, kind="confirm"),
        replace(LETTER, dedupe=""),
    ]
    assert len({each.message_id for each in (LETTER, *others)}) == 5
    assert LETTER.message_id.endswith("@example.org")


def test_both_parts_say_everything_and_no_text_is_markup() -> None:
    mail = Mail.of(composed())
    said = ["Sending has stopped", "Somebody is needed.", "What the relay said", "Since today", "Told once.",
            "This address is the contact.", "AFPy, Paris"]  # fmt: skip
    for words in said:
        assert words in mail.text
        assert words in mail.html
    assert "550 <b>no</b> & never" in mail.text
    assert "550 &lt;b&gt;no&lt;/b&gt; &amp; never" in mail.html


def test_the_text_part_has_no_runs_of_blank_lines() -> None:
    assert "\n\n\n\n" not in Mail.of(composed()).text.replace("\r\n", "\n")


def test_a_line_break_in_a_subject_is_refused() -> None:
    with pytest.raises(DigestError, match="control character"):
        composed(replace(LETTER, subject="hello\r\nBcc: everybody@example.org"))


@pytest.mark.parametrize("language", ["en", "fr"])
def test_it_keeps_every_rule_of_a_good_mail_but_those_of_a_digest(language: str) -> None:
    found = {finding.rule for finding in check(composed(language=language))}
    assert found == OF_DIGESTS


@needs_chromium
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_violation_and_nothing_runs_over_the_edge(scheme: Scheme, chromium: Chromium) -> None:
    html = Mail.of(composed()).html
    assert chromium.show(html, Shown.violations, scheme=scheme) == []
    assert chromium.show(html, Shown.faint_when_inverted, scheme=scheme) == []
    assert chromium.show(html, Shown.beyond_the_edge, width=320, scheme=scheme) == []
