"""Every page of the menu on its first day, and on a bad one: what to do, and what happened."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, Route, expect

from maskline.model.console import Role
from tests.support.console import Viewer

pytestmark = pytest.mark.needs("chromium")

#: What each page says where nothing has been done, by its address.
FIRST_DAY = {
    "": "The debugger was told of none in the last 24 hours.",
    "handsets": "No session between two simulated phones yet",
    "sessions": "Your program makes one for each pair of people",
    "search": "take the SID from your program",
    "pools": "Your program makes a Service and puts numbers into it",
    "deliveries": "The debugger was told of none in this time.",
    "queue": "Everything was delivered, or is being tried again.",
    "messages": "Programs send with POST Messages",
    "messaging-services": "Masking needs none",
    "a2p": "A brand is your company as the Campaign Registry knows it.",
    "toll-free": "Numbers such as +1 800 or +1 888 stand here",
    "opt-outs": "When somebody writes STOP to one of your numbers",
    "debugger": "What goes wrong appears here as it happens.",
    "requests": "No requests",
    "code": "Close or extend a session",
    "webhooks": "Give a Service a CallbackUrl",
    "accounts": "Give each program a key of its own",
    "users": "ada",
    "audit": "sign-in",
}

#: Pages that ask the server for nothing before somebody says what.
STILL = {"search"}


def menu(page: Page) -> set[str]:
    expect(page.locator(".menu a").first).to_be_visible()
    links = page.locator(".menu a").all()
    return {str(one.get_attribute("href")).removeprefix("/console").strip("/") for one in links}


def test_on_the_first_day_every_page_says_what_to_do(viewer: Viewer) -> None:
    page = viewer.signs_in()
    assert menu(page) == set(FIRST_DAY)
    for path, words in FIRST_DAY.items():
        viewer.opens(path)
        expect(page.locator("main")).to_contain_text(words)
        expect(page.locator("main").get_by_role("alert")).to_have_count(0)


def test_a_viewer_is_shown_the_same_pages_but_an_admins(viewer: Viewer) -> None:
    page = viewer.signs_in(role=Role.VIEWER)
    pages = menu(page)
    assert pages == set(FIRST_DAY) - {"accounts", "users", "audit"}
    for path in sorted(pages):
        viewer.opens(path)
        expect(page.locator("main")).to_contain_text(FIRST_DAY[path])


def test_when_the_server_can_not_answer_every_page_says_so(viewer: Viewer) -> None:
    page = viewer.signs_in()

    def refuse(route: Route) -> None:
        if route.request.url.endswith(("/me", "/events")):
            route.fallback()
        else:
            body = {"code": 20503, "message": "The database is away"}
            route.fulfill(status=503, json=body)

    page.route("**/console/api/**", refuse)
    for path in FIRST_DAY.keys() - STILL:
        viewer.opens(path)
        alert = page.locator("main").get_by_role("alert").first
        expect(alert, path).to_contain_text("The database is away")
        expect(alert.get_by_role("button", name="Try again"), path).to_be_visible()
