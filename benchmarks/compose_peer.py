"""The peer of N3: the same stories as anybody would set them for each edition. Jinja2 renders both parts,
premailer inlines the same style sheet, `EmailMessage` encodes and puts the parts together.

In its favour: templates are compiled before, the values are ready, and text is not wrapped.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP

from jinja2 import DictLoader, Environment
from premailer import Premailer, transform

from digest.press.templates import own_templates

SUBJECT = "A planet to measure, daily"

HTML = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{{ subject }}</title><style>{{ style }}</style><style>{{ dark }}</style></head>
<body class="page"><div class="preheader">{{ count }} stories</div>
<table role="presentation" class="sheet" width="100%"><tr><td class="head"><h1>{{ subject }}</h1>
<p class="issue">{{ count }} stories</p></td></tr>
{% for topic in topics %}<tr><td class="topic"><h2>{{ topic.title }}</h2></td></tr>
{% for story in topic.stories %}<tr><td class="story">
<h3 class="title"><a href="{{ story.link }}">{{ story.title }}</a></h3>
<p class="meta">{{ story.source }} · {{ story.published }}</p>
<p class="excerpt">{{ story.excerpt }}</p></td></tr>
{% endfor %}{% endfor %}
<tr><td class="foot"><p>You get this mail because this address is subscribed.</p>
<p class="links"><a href="https://digest.example.org/w/{{ token }}">Change your preferences</a><br>
<a href="https://digest.example.org/u/{{ token }}">Unsubscribe</a></p></td></tr></table></body></html>
"""

TEXT = """{{ subject }}
{{ count }} stories
{% for topic in topics %}
# {{ topic.title }}
{% for story in topic.stories %}
{{ story.title }}
{{ story.link }}
{{ story.source }} · {{ story.published }}

{{ story.excerpt }}
{% endfor %}{% endfor %}
https://digest.example.org/w/{{ token }}
https://digest.example.org/u/{{ token }}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    title: str
    link: str
    source: str
    published: str
    excerpt: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    title: str
    stories: tuple[Line, ...]


class Peer:
    """`mode`: "usual" (premailer with @media kept), "fast" (all its checks off), "none" (no inlining)."""

    def __init__(self, mode: str) -> None:
        self._mode = mode
        environment = Environment(loader=DictLoader({"html": HTML, "text": TEXT}), autoescape=True)
        self._html, self._text = environment.get_template("html"), environment.get_template("text")
        mail = own_templates() / "mail"
        self._styles = {
            "style": (mail / "style.css").read_text(encoding="utf-8"),
            "dark": (mail / "dark.css").read_text(encoding="utf-8"),
        }

    def message(self, topics: Sequence[Group]) -> bytes:
        values = {
            **self._styles,
            "subject": SUBJECT,
            "topics": topics,
            "count": sum(len(topic.stories) for topic in topics),
            "token": "t" * 36,
        }
        found = EmailMessage(policy=SMTP)
        found["From"] = "A planet <digest@example.org>"
        found["To"] = "reader@example.net"
        found["Subject"] = SUBJECT
        found["List-Unsubscribe"] = f"<https://digest.example.org/u/{'t' * 36}>"
        found.set_content(self._text.render(values))
        found.add_alternative(self._inlined(self._html.render(values)), subtype="html")
        return found.as_bytes()

    def _inlined(self, html: str) -> str:
        match self._mode:
            case "usual":
                return str(transform(html, keep_style_tags=True, cssutils_logging_level=logging.CRITICAL))
            case "fast":
                work = Premailer(
                    html,
                    keep_style_tags=True,
                    disable_validation=True,
                    exclude_pseudoclasses=True,
                    allow_network=False,
                    cssutils_logging_level=logging.CRITICAL,
                )
                return str(work.transform())
            case _:
                return html
