"""Every address of ours in a real mail is answered, by a real server."""

from __future__ import annotations

import re
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path
from typing import Any

from tests.cli.run import inside
from tests.cli.sites import put
from tests.cli.test_night import NEXT_NIGHT, news
from tests.serve.serving import Serving

SITE = "http://127.0.0.1:8000"


def messages(site: Path) -> list[EmailMessage]:
    """The mails of the demo's night, with their real tokens."""
    found: list[Any] = [
        BytesParser(policy=policy.default).parsebytes(path.read_bytes())
        for path in sorted((site / "outbox").glob("*.eml"))
    ]
    assert all(isinstance(each, EmailMessage) for each in found)
    return found


def links(message: EmailMessage, url: str) -> set[str]:
    """Every address under `url`, in the headers, the HTML part and the text part."""
    texts = [str(value) for value in message.values()]
    for kind in ("html", "plain"):
        part = message.get_body((kind,))
        if isinstance(part, EmailMessage):
            texts.append(str(part.get_content()))
    found = re.findall(rf"{re.escape(url)}[^\s\"'<>]*", "\n".join(texts))
    return {link.replace("&amp;", "&") for link in found}


def test_every_link_of_a_mail_under_the_site_s_address_answers_200(demo: Path) -> None:
    """Issue 3's last point: nothing a mail shows leads nowhere."""
    mails = messages(demo)
    wanted = {link for mail in mails for link in links(mail, SITE)}
    kinds = {re.sub(r"^/([uw])/[^/]+", r"/\1/…", link.removeprefix(SITE)).split("#")[0] for link in wanted}
    assert {"/u/…", "/w/…", "/w/…/pace", "/w/…/pause", "/"} <= kinds, kinds
    assert any(kind.startswith("/w/…/mute/") for kind in kinds)
    assert any(kind.startswith("/issues/") for kind in kinds)

    with Serving(demo) as house:
        answers = {link: house.get(link.removeprefix(SITE).split("#")[0] or "/").status for link in wanted}

    assert {link: status for link, status in answers.items() if status != 200} == {}


def test_the_same_is_so_below_a_path(demo: Path) -> None:
    """`site.url` with a path: the next night's mails lead below it, and it is all answered there alone."""
    below = f"{SITE}/some/planet"
    put(demo, "url", f'"{below}/"')
    for old in (demo / "outbox").glob("*.eml"):
        old.unlink()
    news(demo)
    assert inside("nightly", "--now", NEXT_NIGHT, at=demo).code == 0
    mails = messages(demo)
    wanted = {link for mail in mails for link in links(mail, SITE)}
    assert len(mails) == 2
    assert all(link.startswith(below) for link in wanted)
    assert any("/w/" in link for link in wanted)

    with Serving(demo) as house:
        answers = {link: house.get(link.removeprefix(SITE).split("#")[0]).status for link in wanted}
        above = [house.get(path).status for path in ("/", "/help", "/u/whatever", "/atom.xml")]
        health = [house.get(path).status for path in ("/health", "/some/planet/health")]

    assert {link: status for link, status in answers.items() if status != 200} == {}
    assert above == [404] * 4
    assert health == [200, 200]
