"""The peer of N8: Django's EmailMultiAlternatives over one connection, with the parts of a message of ours.

    python -m benchmarks.deliver_django PORT MESSAGES FILE.eml

Each message is built with its reader's own links in both parts and its List-Unsubscribe, as a newsletter
would. Prints seconds by the clock and seconds of processors.
"""

from __future__ import annotations

import email
import json
import re
import sys
import time
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

import django
from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection

from benchmarks.deliver_peers import processors

#: what a message of ours has for its reader alone: tokens of 36 characters or so
TOKEN = re.compile(r"(?<=/)[A-Za-z0-9_-]{30,60}(?=[/\"\s>?]|$)")
MARK = "T-O-K-E-N"


def main(port: str, messages: str, name: str) -> None:
    settings.configure(EMAIL_HOST="127.0.0.1", EMAIL_PORT=int(port), DEFAULT_CHARSET="utf-8", USE_I18N=False)
    django.setup()
    text, html = (TOKEN.sub(MARK, part) for part in _parts(Path(name)))
    assert text.count(MARK) > 1 and html.count(MARK) > 1, "each reader has links of their own"

    def one(number: int) -> EmailMultiAlternatives:
        token = f"{number:036x}"
        message = EmailMultiAlternatives(
            "A planet to measure, daily",
            text.replace(MARK, token),
            "A planet <digest@example.org>",
            [f"reader{number}@example.net"],
            headers={"List-Unsubscribe": f"<https://digest.example.org/u/{token}>"},
        )
        message.attach_alternative(html.replace(MARK, token), "text/html")
        return message

    wall, busy = time.perf_counter(), processors()
    sent = get_connection().send_messages([one(number) for number in range(int(messages))])
    taken = [time.perf_counter() - wall, processors() - busy]
    assert sent == int(messages), sent
    print(json.dumps(taken))


def _parts(file: Path) -> tuple[str, str]:
    message = email.message_from_bytes(file.read_bytes(), policy=SMTP)
    assert isinstance(message, EmailMessage)
    text, html = message.get_body(("plain",)), message.get_body(("html",))
    assert text is not None and html is not None
    return text.get_content(), html.get_content()


if __name__ == "__main__":
    main(*sys.argv[1:])
