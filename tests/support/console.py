"""The console in a real browser: who looks at it, and the phones that they hold."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect, sync_playwright

from maskline.access import users
from maskline.access.audit import COMMAND_LINE
from maskline.access.sign_in import new_link
from maskline.model.console import Role
from tests.support.process import ServerProcess
from tests.support.programs import find
from tests.support.server import RunningServer

ROOT = Path(__file__).parents[2]
AXE = ROOT / "console/node_modules/axe-core/axe.min.js"

#: What keeps it from looking for hosts of its own.
_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

#: Every page that stands in the menu, and those that are reached from others.
PAGES = ("", "handsets", "sessions", "search", "users", "audit", "profile")

#: A busy machine is given its time.
expect.set_options(timeout=15_000)


@contextmanager
def chromium() -> Iterator[Browser]:
    """Debian's browser, driven by Playwright's own driver."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find("chromium"), args=list(_FLAGS))
        yield browser
        browser.close()


def link(server: RunningServer | ServerProcess, name: str, role: Role) -> str:
    """A one-time link for a new user."""
    if isinstance(server, ServerProcess):
        made = server.run("accounts", "create-user", name, "--role", role.value, "--json")
        assert made.wait(30) == 0, server.log
        return str(
            json.loads(re.findall(r"^\{.*?^\}", server.log, re.DOTALL | re.MULTILINE)[-1])["link"]
        )

    async def make(tx: Any) -> str:
        user = await users.create(server.server.env, tx, COMMAND_LINE, name, role, None)
        token, _ = await new_link(server.server.env, tx, user)
        return token

    return f"{server.url}/console/sign-in#token={server.transact(make)}"


class Viewer:
    """Somebody with a browser of their own. What must never happen in it is kept in `problems`: an
    error in a page, something that the Content-Security-Policy forbids, a request to another
    host."""

    def __init__(
        self, browser: Browser, server: RunningServer | ServerProcess, **options: Any
    ) -> None:
        self.server = server
        self.problems: list[str] = []
        options.setdefault("viewport", {"width": 1440, "height": 900})
        self.context: BrowserContext = browser.new_context(
            locale="en-US", timezone_id="America/New_York", **options
        )
        self.context.set_default_timeout(15_000)
        self.page: Page = self.context.new_page()
        self._watch(self.page)

    def _watch(self, page: Page) -> None:
        page.on("pageerror", lambda error: self.problems.append(f"error: {error}"))
        page.on("console", self._said)
        page.on("request", lambda request: self._asked(request.url))
        page.on("response", lambda answer: self._answered(answer.status, answer.url))
        page.on("dialog", lambda dialog: self.problems.append(f"dialog: {dialog.message}"))

    def _said(self, message: Any) -> None:
        # What the server refuses or can't answer is the test's business.
        if message.type == "error" and not message.text.startswith("Failed to load resource"):
            self.problems.append(f"console: {message.text}")

    def _asked(self, url: str) -> None:
        host = urlsplit(url)
        if host.scheme not in ("blob", "data") and not url.startswith(self.server.url):
            self.problems.append(f"foreign request: {url}")

    def _answered(self, status: int, url: str) -> None:
        if status >= 500 and status != 503:
            self.problems.append(f"{status}: {url}")

    def signs_in(self, name: str = "ada", role: Role = Role.ADMIN, to: str = "") -> Page:
        """By a one-time link."""
        made = link(self.server, name, role)
        page, _, token = made.partition("#")
        self.page.goto(f"{page}?next=/{quote(to, safe='')}#{token}")
        expect(self.page.locator(".shell")).to_be_visible()
        return self.page

    def opens(self, path: str) -> Page:
        """A page by its address."""
        self.page.goto(f"{self.server.url}/console/{path}")
        return self.page

    def phone(self, name: str) -> Phone:
        """A phone on the handsets page."""
        return Phone(self.page, name)

    def turned(self) -> list[str]:
        """What is on the page and turns the direction of writing for what stands around it."""
        found: list[str] = self.page.evaluate(
            """() => [...document.querySelectorAll('main *')]
                .filter(one => [...one.childNodes].some(node =>
                    node.nodeType === 3 && /[\\u202a-\\u202e\\u2066-\\u2069]/.test(node.data)))
                .filter(one => !getComputedStyle(one).unicodeBidi.includes('isolate'))
                .map(one => one.outerHTML.slice(0, 120))"""
        )
        return found

    def axe(self, where: str, *rules: str) -> list[str]:
        """What axe-core finds that is serious or worse, on the page as it is now; by all its rules
        or by some."""
        if not self.page.evaluate("() => 'axe' in window"):
            # Not as a script element: the policy forbids that, as it should.
            self.page.evaluate(AXE.read_text())
        options: dict[str, Any] = {"resultTypes": ["violations"]}
        if rules:
            options["runOnly"] = list(rules)
        found = self.page.evaluate("options => axe.run(document, options)", options)
        return [
            f"{where}: {one['id']}: {one['help']}: {[node['html'][:160] for node in one['nodes']]}"
            for one in found["violations"]
            if one["impact"] in ("serious", "critical")
        ]


class Phone:
    """A phone on the page, held as a person holds it."""

    def __init__(self, page: Page, name: str) -> None:
        self.screen: Locator = page.get_by_role("region", name=f"{name}'s phone")
        self.thread = self.screen.get_by_role("log")
        self.draft = self.screen.get_by_role("textbox")

    def press(self, name: str | re.Pattern[str]) -> None:
        self.screen.get_by_role("button", name=name, exact=isinstance(name, str)).click()

    def writes(self, body: str) -> None:
        self.draft.fill(body)
        self.press("Send")

    def shows(self, text: str) -> None:
        expect(self.thread.get_by_text(text, exact=True)).to_be_visible()

    def says(self, state: str | re.Pattern[str]) -> None:
        """How the call in front is, in the phone's words."""
        expect(self.screen.locator(".call-state")).to_have_text(state)

    def everything(self) -> str:
        """All that can be read on it, in all its apps."""
        texts = []
        for app in ("Keypad", "Recents", "Messages"):
            self.press(re.compile(app))
            texts.append(self.screen.inner_text())
            texts += [one.input_value() for one in self.screen.get_by_role("textbox").all()]
        return "\n".join(texts)


def install_axe() -> None:
    """axe-core, with the console's other development dependencies."""
    subprocess.run([ROOT / "scripts/console", "install"], check=True, timeout=120)
