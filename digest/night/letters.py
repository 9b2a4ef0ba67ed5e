"""Letters of the house: composed when they are posted, sent by the deliver room with all its promises.

The first of them says that hands are needed: one mail to `site.contact` for what is new, never again for
the same happening.
"""

from __future__ import annotations

from collections.abc import Sequence
from email.utils import parseaddr

from digest.compose.letter import Letter, Part, letter_bytes
from digest.deliver import Envelope, LetterClaim, Outgoing
from digest.model import NewLetter, Notice
from digest.night.galleys import press_of, templates_of
from digest.night.postroom import key_at
from digest.night.tonight import Tonight
from digest.press.words import Words
from subscribers import tokens

#: kinds of notice that need somebody; others are told along with them
NEEDS_HANDS = frozenset({
    "gone", "paused", "planet", "quarantine", "source-down", "stopped", "uncertain", "unserved",
})  # fmt: skip


class LetterRoom:
    """Messages for claims of letters. One for a run."""

    def __init__(self, tonight: Tonight) -> None:
        self._mail = tonight.settings.mail
        self._keys = tonight.store.keys.all("verp")

    def render(self, claim: LetterClaim) -> Outgoing:
        """The letter as it was composed; its bounces come to an address of its own."""
        sender = parseaddr(self._mail.from_)[1]
        if self._mail.bounce_domain is not None:
            key = key_at(self._keys, claim.dated_at)
            local = tokens.verp(claim.id, key, mailbox=tokens.Mailbox.LETTER)
            sender = f"{local}@{self._mail.bounce_domain}"
        return Outgoing(envelope=Envelope(mail_from=sender, rcpt_to=claim.address), content=claim.content)


def post_hands_letter(tonight: Tonight) -> bool:
    """Post what an admin must hear of and has not heard yet. Was there anything? A unit of work."""
    notices = tonight.store.notices
    new, over = notices.untold(), notices.over()
    letter = hands_letter(tonight, new, over)
    if letter is None:
        return False
    with tonight.store.atomic():
        tonight.store.letters.post(letter)
        notices.told([*new, *over], tonight.clock())
    return True


def hands_letter(tonight: Tonight, new: Sequence[Notice], over: Sequence[Notice]) -> NewLetter | None:
    """The letter that tells these; None: nothing new needs hands. What is over is told along, never alone."""
    pressing = [notice for notice in new if notice.kind in NEEDS_HANDS]
    if not pressing:
        return None
    settings = tonight.settings
    site = settings.site
    words = Words(site.language, site.zone, templates_of(settings, tonight.base))
    others = [notice for notice in new if notice not in pressing]
    news = (
        _title(words, pressing[0].kind)
        if len(pressing) == 1
        else words.count("{n} thing needs your hands", len(pressing))
    )
    letter = Letter(
        kind="hands",
        dedupe="hands:" + ".".join(str(notice.id) for notice in new),
        from_=settings.mail.from_,
        to=parseaddr(site.contact)[1],
        reply_to=site.contact,
        dated_at=tonight.clock(),
        subject=words.say("{name}: {words}", name=site.title, words=news),
        title=words.say("Somebody's hands are needed"),
        lead=words.say("Until then this planet goes on as well as it can."),
        parts=[*(_part(words, each) for each in (*pressing, *others)), *_ended(words, over)],
        closing=words.say(
            "Each of these is told once. The command “{command}” says what is wrong now, and how to mend it.",
            command="digest doctor",
        ),
        why=words.say("You get this mail because this address is the contact of {site}.", site=site.title),
        site_title=site.title,
        postal_address=site.postal_address,
    )
    return NewLetter(
        kind=letter.kind,
        address=letter.to,
        language=site.language,
        message_id=letter.message_id,
        content=letter_bytes(letter, words=words, press=press_of(settings, tonight.base)),
        created_at=letter.dated_at,
        dedupe=letter.dedupe,
    )


def _part(words: Words, notice: Notice) -> Part:
    """A notice under its heading. Its own words are the command line's, in English."""
    return Part(
        title=_title(words, notice.kind),
        lines=(notice.words,),
        lang=None if words.language == "en" else "en",
        aside=words.say("Since {day}, {time}", day=words.day(notice.at), time=words.time(notice.at)),
    )


def _ended(words: Words, over: Sequence[Notice]) -> list[Part]:
    if not over:
        return []
    lines = tuple(
        words.say("{name}: {words}", name=_title(words, notice.kind), words=notice.subject) for notice in over
    )
    return [Part(title=words.say("All is well again"), lines=lines)]


def _title(words: Words, kind: str) -> str:
    match kind:
        case "stopped":
            return words.say("Sending has stopped")
        case "paused":
            return words.say("A mail provider refuses our mail")
        case "source-down":
            return words.say("A source has not answered for a week")
        case "gone":
            return words.say("A source is gone for good")
        case "quarantine":
            return words.say("Entries are kept back")
        case "unserved":
            return words.say("A night was missed")
        case "uncertain":
            return words.say("Mails wait for your decision")
        case "planet":
            return words.say("The planet's pages cannot be written")
        case "moved":
            return words.say("A source has moved")
        case _:
            return words.say("Also worth knowing")
