"""Debian's Chromium, for what only a browser knows: what a mail looks like, says aloud, and tries to do.

It runs in a thread of its own: Playwright keeps an event loop running there, and other tests start theirs.
Nothing it shows reaches a network: every request is recorded and refused.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Dialog, Page, Playwright, Route, sync_playwright

T = TypeVar("T")
Scheme = Literal["light", "dark"]

#: Chromium as root needs no-sandbox; the rest keeps it quiet on a machine without network and screen
ARGUMENTS = ("--no-sandbox", "--disable-background-networking", "--disable-gpu", "--force-color-profile=srgb")
CHROMIUM = shutil.which("chromium")
ADDRESS = "http://mail.test/"
#: two of axe's good practices for pages. A mail has no landmarks: it is shown inside a client's page, which
#: has its own; a third of the clients know them, and Gmail makes underlined text of them (mail E17)
NOT_OF_A_MAIL = ("region", "landmark-one-main")

needs_chromium = pytest.mark.skipif(
    CHROMIUM is None, reason="there is no /usr/bin/chromium here (apt-get install chromium)"
)

#: every text's contrast with both of its colours inverted, as some clients invert them (mail E23)
_INVERTED = """() => {
  const light = c => { const v = c.map(x => (x /= 255) <= 0.04045 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4);
                       return 0.2126 * v[0] + 0.7152 * v[1] + 0.0722 * v[2]; };
  const numbers = s => (s.match(/[\\d.]+/g) || []).map(Number);
  const found = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const text = walk.currentNode.data.trim(), element = walk.currentNode.parentElement;
    if (!text || !element.getClientRects().length) continue;
    const style = getComputedStyle(element);
    let under = element, back = [];
    for (; under; under = under.parentElement) {
      back = numbers(getComputedStyle(under).backgroundColor);
      if (back.length < 4 || back[3] > 0) break;
    }
    if (!under) back = [255, 255, 255];
    const of = c => light(c.slice(0, 3).map(x => 255 - x));
    const [a, b] = [of(numbers(style.color)), of(back)].sort((x, y) => y - x);
    const size = parseFloat(style.fontSize), bold = +style.fontWeight >= 700;
    const ratio = (a + 0.05) / (b + 0.05), least = size >= (bold ? 18.66 : 24) ? 3 : 4.5;
    if (ratio < least) found.push(`${ratio.toFixed(2)} ${element.tagName}.${element.className}: ${text}`);
  }
  return found;
}"""

#: what reaches beyond the right edge of the window
_BEYOND = """() => {
  const width = document.documentElement.clientWidth;
  const found = [...document.body.querySelectorAll('*')]
    .filter(e => e.getClientRects().length && e.getBoundingClientRect().right > width + 0.5)
    .map(e => `${e.tagName}.${e.className}: ${e.textContent.trim().slice(0, 60)}`);
  const whole = document.scrollingElement.scrollWidth;
  return whole > width ? [`the page is ${whole} wide`, ...found] : found;
}"""


@dataclass(slots=True)
class Doings:
    """What a shown document tried to do."""

    #: addresses asked for, besides the document itself
    requests: list[str] = field(default_factory=list)
    #: addresses navigated to
    navigations: list[str] = field(default_factory=list)
    #: calls of `pwned()`, and dialogs opened: scripts that ran
    scripts: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Shown:
    """A document on a page, in the browser's thread."""

    page: Page
    doings: Doings

    def at(self, width: int) -> Shown:
        self.page.set_viewport_size({"width": width, "height": 900})
        return self

    def violations(self) -> list[str]:
        """What axe-core objects to in a mail."""
        rules = {rule: {"enabled": False} for rule in NOT_OF_A_MAIL}
        found = Axe().run(self.page, options={"rules": rules, "resultTypes": ["violations"]})
        return [
            f"{violation['id']} ({violation['impact']}): {node['html'][:160]}"
            for violation in found.response["violations"]
            for node in violation["nodes"]
        ]

    def faint_when_inverted(self) -> list[str]:
        return list(self.page.evaluate(_INVERTED))

    def beyond_the_edge(self) -> list[str]:
        return list(self.page.evaluate(_BEYOND))

    def tree(self) -> list[Any]:
        """What a screen reader meets: [role, name, properties, children…], but no wrapper that is silent."""
        nodes = self.page.context.new_cdp_session(self.page).send("Accessibility.getFullAXTree")["nodes"]
        return _branch(nodes[0]["nodeId"], {node["nodeId"]: node for node in nodes})

    def picture(self) -> bytes:
        return self.page.screenshot(full_page=True, animations="disabled")


class Chromium:
    """A browser. One page a visit, each in a fresh profile."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="chromium")
        self._playwright, self._browser = self._thread.submit(_launch).result()

    def close(self) -> None:
        self._thread.submit(self._browser.close).result()
        self._thread.submit(self._playwright.stop).result()
        self._thread.shutdown()

    def show(self, html: str, look: Callable[[Shown], T], *, width: int = 700, scheme: Scheme = "light") -> T:
        """What `look` sees of a document."""
        return self._thread.submit(self._show, html, look, width, scheme).result()

    def visit(
        self,
        origin: str,
        look: Callable[[Page], T],
        *,
        width: int = 700,
        scheme: Scheme = "light",
        scripts: bool = False,
    ) -> T:
        """What `look` does and sees on pages of a server on loopback. What they ask of others is refused,
        and fails the visit."""
        return self._thread.submit(self._visit, origin, look, width, scheme, scripts).result()

    def _visit(self, origin: str, look: Callable[[Page], T], width: int, scheme: Scheme, scripts: bool) -> T:
        context = self._browser.new_context(
            base_url=origin,
            viewport={"width": width, "height": 900},
            color_scheme=scheme,
            locale="en-US",
            timezone_id="UTC",
            reduced_motion="reduce",
            java_script_enabled=scripts,
        )
        strangers: list[str] = []

        def pass_on(route: Route) -> None:
            if route.request.url.startswith(f"{origin}/"):
                route.continue_()
                return
            strangers.append(route.request.url)
            route.abort()

        try:
            context.route("**/*", pass_on)
            seen = look(context.new_page())
            assert strangers == []
            return seen
        finally:
            context.close()

    def _show(self, html: str, look: Callable[[Shown], T], width: int, scheme: Scheme) -> T:
        context = self._browser.new_context(
            viewport={"width": width, "height": 900},
            color_scheme=scheme,
            locale="en-US",
            timezone_id="UTC",
            reduced_motion="reduce",
        )
        try:
            doings = Doings()
            page = context.new_page()
            context.route("**/*", lambda route: _answer(route, html, doings))
            page.on("dialog", lambda dialog: _dismiss(dialog, doings))
            page.expose_function("pwned", lambda: doings.scripts.append("pwned"))
            page.goto(ADDRESS)
            page.on("framenavigated", lambda frame: doings.navigations.append(frame.url))
            return look(Shown(page, doings))
        finally:
            context.close()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Chromium]:
    browser = Chromium()
    yield browser
    browser.close()


def _launch() -> tuple[Playwright, Browser]:
    playwright = sync_playwright().start()
    return playwright, playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))


def _dismiss(dialog: Dialog, doings: Doings) -> None:
    doings.scripts.append(dialog.message)
    dialog.dismiss()


def _answer(route: Route, html: str, doings: Doings) -> None:
    if route.request.url == ADDRESS and not route.request.redirected_from:
        route.fulfill(body=html, content_type="text/html; charset=utf-8")
        return
    doings.requests.append(route.request.url)
    route.abort()


def _branch(id: str, nodes: Mapping[str, Mapping[str, Any]]) -> list[Any]:
    node = nodes[id]
    below = [
        branch for child in node.get("childIds", ()) if child in nodes for branch in _below(child, nodes)
    ]
    known = {each["name"]: each["value"].get("value") for each in node.get("properties", ())}
    said = {name: known[name] for name in ("level", "url") if known.get(name) not in (None, ADDRESS)}
    name = node.get("name", {}).get("value") or ""
    return [node["role"]["value"], name, *([said] if said else []), *below]


def _below(id: str, nodes: Mapping[str, Mapping[str, Any]]) -> list[list[Any]]:
    """The node's branch; or its children's, where it says nothing itself."""
    branch = _branch(id, nodes)
    role, name, *below = branch
    if role == "InlineTextBox":
        return []
    if nodes[id].get("ignored") or (role in ("generic", "none", "LayoutTable") and not name):
        return [each for each in below if isinstance(each, list)]
    if (
        below
        and role in ("link", "heading")
        and all(each[:1] == ["StaticText"] for each in below if isinstance(each, list))
    ):
        # Its name is its text.
        return [[each for each in branch if not isinstance(each, list)]]
    return [branch]
