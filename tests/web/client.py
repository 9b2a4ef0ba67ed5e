"""A plain HTTP client, and uvicorn on loopback to talk to: no cookie is kept, no redirect followed.

with serving(app) as web:
    page = web.get("/help", headers={"Accept-Language": "fr"})
    web.post(path, {"seal": page.hidden("seal")})
"""

from __future__ import annotations

import socket
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from html.parser import HTMLParser
from http.client import HTTPConnection
from threading import Thread
from urllib.parse import urlencode

import uvicorn
from starlette.types import ASGIApp

FORM_TYPE = "application/x-www-form-urlencoded"


@dataclass(slots=True)
class Form:
    """A form of a page: where it goes, and what it holds."""

    action: str
    method: str
    fields: dict[str, str] = field(default_factory=dict)
    #: texts of its buttons, in order
    buttons: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Page:
    """An answer."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode("utf-8")

    @property
    def forms(self) -> list[Form]:
        reader = _Reader()
        reader.feed(self.text)
        return reader.forms

    @property
    def links(self) -> list[str]:
        reader = _Reader()
        reader.feed(self.text)
        return reader.links

    @property
    def words(self) -> str:
        """What is read, on one line."""
        reader = _Reader()
        reader.feed(self.text)
        return " ".join("".join(reader.text).split())

    def form(self, button: str) -> Form:
        """The form with that button."""
        found = [form for form in self.forms if button in form.buttons]
        assert len(found) == 1, (button, self.forms)
        return found[0]


class Web:
    """The pages at one port."""

    def __init__(self, port: int) -> None:
        self.port = port

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def ask(
        self, method: str, path: str, *, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> Page:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request(method, path, body=body, headers=dict(headers or {}))
            answer = connection.getresponse()
            told = {name.lower(): value for name, value in answer.getheaders()}
            return Page(answer.status, told, answer.read())
        finally:
            connection.close()

    def get(self, path: str, *, headers: Mapping[str, str] | None = None) -> Page:
        return self.ask("GET", path, headers=headers)

    def post(
        self,
        path: str,
        fields: Mapping[str, str] | Sequence[tuple[str, str]],
        *,
        headers: Mapping[str, str] | None = None,
    ) -> Page:
        body = urlencode(fields).encode()
        return self.ask("POST", path, body=body, headers={"Content-Type": FORM_TYPE, **(headers or {})})

    def press(self, page: Page, button: str, **changed: str) -> Page:
        """Send the form with that button, as a browser would."""
        form = page.form(button)
        assert form.method == "post"
        return self.post(form.action, {**form.fields, **changed})


@contextmanager
def serving(app: ASGIApp) -> Iterator[Web]:
    """One uvicorn on a free port of loopback, in a thread."""
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(app, log_config=None, access_log=False, lifespan="off", ws="none")
    server = uvicorn.Server(config)
    thread = Thread(target=server.run, kwargs={"sockets": [listener]}, name="uvicorn")
    thread.start()
    try:
        # The listener is open: a request waits in its queue until the server has started.
        yield Web(listener.getsockname()[1])
    finally:
        server.should_exit = True
        thread.join()
        listener.close()


class _Reader(HTMLParser):
    """Forms, links and words of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.links: list[str] = []
        self.text: list[str] = []
        self._button = False
        self._open = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "a":
            self.links.append(given.get("href", ""))
        elif tag == "form":
            self._open = True
            self.forms.append(Form(action=given.get("action", ""), method=given.get("method", "get")))
        elif tag == "input" and self._open:
            if given.get("type") not in ("radio", "checkbox") or "checked" in given:
                self.forms[-1].fields[given.get("name", "")] = given.get("value", "")
        elif tag == "button" and self._open:
            self._button = True
            self.forms[-1].buttons.append("")

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._open = False
        elif tag == "button":
            self._button = False
            self.forms[-1].buttons[-1] = " ".join(self.forms[-1].buttons[-1].split())

    def handle_data(self, data: str) -> None:
        self.text.append(data)
        if self._button:
            self.forms[-1].buttons[-1] += data
