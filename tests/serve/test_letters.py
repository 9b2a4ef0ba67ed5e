"""A letter posted by a page leaves at once, over SMTP: from the form to the welcome."""

from __future__ import annotations

import re
from datetime import timedelta
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path
from queue import SimpleQueue

from digest.clock import utc_now
from digest.storage import open_store
from subscribers.web.forms import FIELD, seal
from tests.cli.run import PATIENCE_SECONDS
from tests.cli.sites import put
from tests.serve.serving import Serving
from tests.serve.sites import ask
from tests.smtpd import Received, Smtpd


def text_of(mail: Received) -> str:
    message = BytesParser(policy=policy.default).parsebytes(mail.content)
    assert isinstance(message, EmailMessage)
    part = message.get_body(("plain",))
    assert isinstance(part, EmailMessage)
    return str(part.get_content())


def asking(site: Path) -> dict[str, str]:
    """The form as filled in by a person: on a page that was opened a while ago."""
    with open_store("sqlite:///digest.db", base=site, now=utc_now()) as store:
        key = store.keys.secret("form")
    sealed = seal("join", "join daily", key, now=utc_now() - timedelta(seconds=30))
    return {FIELD: sealed, "address": "new@example.net", "language": "en"}


def test_somebody_joins_and_each_letter_leaves_at_once(demo: Path) -> None:
    arrived: SimpleQueue[Received] = SimpleQueue()
    with Smtpd(journal=arrived.put) as relay:
        put(demo, "smtp", f'"smtp://127.0.0.1:{relay.port}"')
        with Serving(demo) as house:
            asked = house.post("/join/daily", asking(demo))
            first = arrived.get(timeout=PATIENCE_SECONDS)
            (path,) = set(re.findall(r"http://127\.0\.0\.1:8000(/confirm/\S+)", text_of(first)))
            page = house.get(path)
            button = page.forms[0]
            done = house.post(button.action, button.fields)
            second = arrived.get(timeout=PATIENCE_SECONDS)
            links = set(re.findall(r"http://127\.0\.0\.1:8000(/[uw]/\S+)", text_of(second)))
            answers = {house.get(link).status for link in links}
            assert house.end() == 0
        log = "\n".join(house.lines)

    assert (asked.status, page.status, done.status) == (200, 200, 200)
    assert first.rcpt_to == second.rcpt_to == ("new@example.net",)
    assert links
    assert answers == {200}
    wanted = "SELECT consent FROM subscriptions s JOIN subscribers p ON p.id = s.subscriber_id "
    assert ask(demo, f"{wanted} WHERE p.address = 'new@example.net'") == [("confirmed",)]
    assert "new@example.net" not in log
    assert path not in log


def test_a_relay_that_is_down_keeps_nobody_waiting(demo: Path) -> None:
    """The answer comes, the letter waits in the database."""
    put(demo, "smtp", '"smtp://127.0.0.1:9"')
    with Serving(demo) as house:
        asked = house.post("/join/daily", asking(demo))
        house.until("ran command=deliver code=4")
        assert house.end() == 0

    assert asked.status == 200
    assert ask(demo, "SELECT COUNT(*) FROM letters WHERE ended_at IS NULL AND kind = 'confirm'") == [(1,)]
