"""Mail D: the shape of a digest. Language-blind: it counts, compares and looks where things stand."""

from __future__ import annotations

import re
from collections.abc import Iterator

from digest.check.mail import Mail, host_of, parts_of
from digest.check.model import Found, Severity, machine
from digest.check.page import STORY, Element, collapsed

#: characters, words
TITLE, SUMMARY = 100, 100


@machine(
    "D1",
    "Subject of 10 to 78 characters",
    "Buttondown's preflight; Outlook shows 55, Gmail on a phone 40 (@emailens/engine)",
    part="header",
    severity=Severity.WARN,
    rest="whether the first 40 characters hold the news",
)
def d1(mail: Mail) -> Iterator[Found]:
    found = mail.all("Subject")
    if found and not 10 <= len(found[0].value) <= 78:
        words = f"The subject has {len(found[0].value)} characters."
        yield Found(words=words, line=found[0].line, excerpt=found[0].value)


@machine(
    "D2",
    "Preheader of 35 to 90 characters that says more than the subject",
    "Shown beside the subject: Outlook 35, Gmail on a phone 45, in the web 90",
    part="html",
    severity=Severity.WARN,
)
def d2(mail: Mail) -> Iterator[Found]:
    hidden = preheader(mail)
    if hidden is None:
        yield Found(words="There is no preheader before the first words.")
    elif not 35 <= len(_said(hidden.own)) <= 90:
        yield Found(
            words=f"The preheader has {len(_said(hidden.own))} characters.",
            line=hidden.line,
            excerpt=hidden.own,
        )
    elif hidden.own in mail.value("Subject"):
        yield Found(words="The preheader repeats the subject.", line=hidden.line, excerpt=hidden.own)


@machine(
    "D3",
    "Masthead: the list's name as List-Id says it, then how many stories from how many sources",
    "Readers ask at once what this is and how long it takes",
    part="html",
    rest="the period, in the language of the reader",
)
def d3(mail: Mail) -> Iterator[Found]:
    top = next(iter(mail.page.all("h1")), None)
    if top is None:
        return  # E16 says so
    name = mail.value("List-Id").rpartition("<")[0].strip().strip('"').replace('\\"', '"')
    if name and collapsed(name) != top.inner:
        yield Found(words=f'The first heading is not "{name}".', line=top.line, excerpt=top.inner)
    said = " ".join(each.own for each in _masthead(mail) if each is not top)
    if len(re.findall(r"\d+", said)) < 2:
        yield Found(words="It does not say how many stories and sources.", line=top.line, excerpt=said)


@machine(
    "D6",
    "Contents before the stories: every section by its name, when there are three or more",
    "Jump links work on 56 % of client platforms, so the words themselves must tell",
    part="html",
)
def d6(mail: Mail) -> Iterator[Found]:
    sections = [each for each in mail.page.headings if each.tag == "h2" and not each.is_in(*STORY)]
    if len(sections) < 3:
        return
    said = collapsed(" ".join(each.inner for each in _masthead(mail)))
    for each in sections:
        if each.inner not in said:
            yield Found(words="The contents do not name this section.", line=each.line, excerpt=each.inner)


@machine(
    "D7",
    "Every heading has stories under it",
    "An empty block looks like a lost one",
    part="html",
)
def d7(mail: Mail) -> Iterator[Found]:
    stories = [story.element.at for story in mail.page.stories]
    sections = [each for each in mail.page.headings if each.tag != "h1" and not each.is_in(*STORY)]
    for at, each in enumerate(sections):
        following = sections[at + 1 :]
        end = next((later.at for later in following if later.tag <= each.tag), len(mail.page.elements))
        if not any(each.at < story < end for story in stories):
            yield Found(words="Nothing stands under this heading.", line=each.line, excerpt=each.inner)


@machine(
    "D8",
    f"Every story has a title of at most {TITLE} characters, and a summary of at most {SUMMARY} words",
    "One screen on a phone; what is longer is read on the publisher's page",
    part="html",
)
def d8(mail: Mail) -> Iterator[Found]:
    for story in mail.page.stories:
        if not 0 < len(_said(story.text)) <= TITLE:
            words = f"A title of {len(_said(story.text))} characters."
            yield Found(words=words, line=story.element.line, excerpt=story.text)
    for each in mail.page.elements:
        if "excerpt" in each.classes and (count := len(each.inner.split())) > SUMMARY:
            yield Found(words=f"A summary of {count} words.", line=each.line, excerpt=each.inner)


@machine(
    "D9",
    "A source can be muted from inside the mail",
    "No newsletter does it (email-and-pages §a); else one noisy source costs the whole subscription",
    part="html",
    severity=Severity.WARN,
)
def d9(mail: Mail) -> Iterator[Found]:
    if mail.page.stories and not any(
        "/mute" in parts_of(each.attributes["href"]).path for each in mail.page.links
    ):
        yield Found(words="No link leads to a page that mutes a source.")


@machine(
    "D10",
    "Foot: after the last story, preferences and an address to write to",
    "Who may change what they get stays; Gmail clips what comes last, hence E1",
    part="html",
    rest="why the reader gets it, in words, and a postal address that is true",
)
def d10(mail: Mail) -> Iterator[Found]:
    last = max((story.element.at for story in mail.page.stories), default=-1)
    foot = [each for each in mail.page.links if each.at > last and not each.is_in(*STORY)]
    hrefs = [each.attributes["href"].strip() for each in foot]
    line = foot[0].line if foot else None
    if not any(host_of(each) == mail.host and each != mail.unsubscribe_url for each in hrefs):
        yield Found(words="After the last story no link leads to the reader's preferences.", line=line)
    if not any(each.startswith("mailto:") for each in hrefs):
        yield Found(words="After the last story nobody can be written to.", line=line)


@machine(
    "D11",
    "At least one story",
    "Nothing new: no mail. The run says that it was skipped",
    part="html",
)
def d11(mail: Mail) -> Iterator[Found]:
    if not mail.page.stories:
        yield Found(words="There is no story in it.")


@machine(
    "D12",
    "The same story once",
    'Two sources, one story: "also in"',
    part="html",
)
def d12(mail: Mail) -> Iterator[Found]:
    seen: dict[tuple[str, str], int] = {}
    for story in mail.page.stories:
        if story.url is None:
            continue
        # A pinned story stands in its section once more, by its title alone.
        if (story.url, story.text) in seen and "item" not in story.box.classes:
            words = f"The story of line {seen[story.url, story.text]} again."
            yield Found(words=words, line=story.element.line, excerpt=story.text)
        seen.setdefault((story.url, story.text), story.element.line)


def preheader(mail: Mail) -> Element | None:
    """The hidden words in front of all others."""
    first = next(iter(mail.page.body), None)
    return first if first is not None and first.is_hidden else None


def _said(text: str) -> str:
    """Without the marks that isolate a direction: nobody sees them."""
    return re.sub("[\u2066-\u2069]", "", text)


def _masthead(mail: Mail) -> tuple[Element, ...]:
    """What is shown before the first section or story."""
    starts = [each.at for each in mail.page.headings if each.tag != "h1"]
    starts += [story.element.at for story in mail.page.stories]
    first = min(starts, default=len(mail.page.elements))
    return tuple(each for each in mail.page.shown if each.at < first)


SHAPE = (d1, d2, d3, d6, d7, d8, d9, d10, d11, d12)
