"""Operations and developers in a real browser: maps, figures, dead letters, keys, lines of code."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from maskline.model.console import Role
from tests.support.console import Viewer, install_axe
from tests.support.receiver import Receiver
from tests.support.server import RunningServer
from tests.support.works import PAGES, Works
from tests.support.world import eventually

pytestmark = pytest.mark.needs("chromium")


@pytest.fixture
def works(server: RunningServer, receiver: Receiver) -> Works:
    return Works(server, 600, receiver.url)


#: Made of nothing that others are not made of.
ALIKE = ("pools/{large}?view=table", "queue?state=pending", "code", "messaging-services")
DARK = ("pools", "pools/{large}", "deliveries", "debugger?alert={alert}", "accounts")


def opened(viewer: Viewer, works: Works, path: str) -> Page:
    filled = path.format(large=works.large.sid, alert=works.alerts[-1].sid)
    page = viewer.opens(filled)
    expect(page.locator("main")).to_contain_text(PAGES[path])
    return page


@pytest.mark.needs("node", "npm")
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_screen_readers_find_nothing_serious_and_phones_no_overflow(
    viewers: Callable[..., Viewer], server: RunningServer, works: Works, scheme: str
) -> None:
    install_axe()
    viewer = viewers(server, color_scheme=scheme, reduced_motion="reduce")
    viewer.signs_in()
    found = []
    # Colours alone differ: in the dark it is enough to look at each sort of page.
    for path in PAGES if scheme == "light" else DARK:
        page = opened(viewer, works, path)
        if path not in ALIKE:
            found += viewer.axe(path)
        if scheme == "light":
            page.set_viewport_size({"width": 390, "height": 844})
            # The map is laid out anew for it.
            page.wait_for_function("() => document.documentElement.scrollWidth <= innerWidth")
            page.set_viewport_size({"width": 1440, "height": 900})
    assert found == []


def test_a_map_is_walked_by_pointer_and_keyboard(viewer: Viewer, works: Works) -> None:
    page = viewer.signs_in(to=f"pools/{works.large.sid}?order=area")
    frame = page.get_by_role("application")
    expect(frame).to_have_attribute("aria-label", re.compile("600 numbers"))
    canvas = page.locator("canvas")
    canvas.hover(position={"x": 8, "y": 8})
    tip = page.locator(".heat-tip")
    expect(tip).to_contain_text(re.compile(r"\+44"))
    first = tip.inner_text()
    page.mouse.move(0, 0)
    expect(tip).to_have_count(0)
    page.keyboard.press("Tab")
    frame.focus()
    for key in ("End", "Home", "ArrowDown", "ArrowUp"):
        page.keyboard.press(key)
    expect(tip).to_have_text(re.compile(re.escape(first.split("\n")[0])))
    said = page.locator(".heat [aria-live]")
    expect(said).to_contain_text("voice, SMS")
    page.keyboard.press("Escape")
    expect(tip).to_have_count(0)
    # Something is drawn, in more than one shade.
    shades = page.evaluate(
        """() => {
            const canvas = document.querySelector("canvas");
            const pen = canvas.getContext("2d");
            const { data } = pen.getImageData(0, 0, canvas.width, canvas.height);
            const seen = new Set();
            for (let i = 0; i < data.length; i += 4)
                if (data[i + 3] === 255) seen.add(`${data[i]} ${data[i + 1]} ${data[i + 2]}`);
            return seen.size;
        }"""
    )
    assert shades >= 5
    page.get_by_role("tab", name="Table").click()
    expect(page.get_by_role("row")).to_have_count(101)
    page.get_by_role("button", name="On").click()
    expect(page.locator("main")).to_contain_text("101 to 200 of 600")


def test_a_pool_of_thousands_is_drawn_at_once(
    viewer: Viewer, server: RunningServer, receiver: Receiver
) -> None:
    works = Works(server, 5500, receiver.url)
    page = viewer.signs_in(to="pools")
    page.get_by_role("link", name="rides", exact=True).click()
    expect(page.get_by_role("application")).to_have_attribute(
        "aria-label", re.compile("5,500 numbers")
    )
    took = page.evaluate(
        """async () => {
            const began = performance.now();
            document.documentElement.dataset.theme = "dark";
            await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
            return performance.now() - began;
        }"""
    )
    # Drawn anew for the dark: a bound with room for a busy machine.
    assert took < 1000
    assert works.numbers
    assert page.evaluate("() => document.querySelectorAll('main *').length") < 300


def test_figures_are_plotted_and_told_in_tables(viewer: Viewer, works: Works) -> None:
    page = viewer.signs_in(to="deliveries")
    plot = page.get_by_role("region", name="What became of messages")
    expect(plot.locator("svg rect").first).to_be_visible()
    assert plot.locator("table tbody tr").count() > 50
    expect(plot).to_contain_text("undelivered")
    before = plot.locator(".panel-head .number").inner_text()
    page.get_by_role("combobox", name="Carrier").select_option("twilio")
    expect(plot.locator(".panel-head .number")).not_to_have_text(before)
    page.get_by_role("combobox", name="Time").select_option("24h")
    expect(page).to_have_url(re.compile("range=24h"))
    expect(page.get_by_role("region", name="Errors of the last 24 hours")).to_contain_text(
        "Set an OutOfSessionCallbackUrl"
    )
    page.get_by_role("link", name="80908").click()
    expect(page.get_by_role("row")).to_have_count(13)


def test_dead_letters_are_discarded_and_opt_outs_kept(viewer: Viewer, works: Works) -> None:
    page = viewer.signs_in("grace", Role.SUPPORT, "queue")
    expect(page.get_by_role("row")).to_have_count(5)
    page.get_by_role("button", name="Discard").first.click()
    page.get_by_role("dialog").get_by_role("button", name="Discard").click()
    expect(page.get_by_role("row")).to_have_count(4)
    viewer.opens("opt-outs")
    page.get_by_role("button", name="Add an opt-out").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Person").fill("+1 202 555 7777")
    dialog.get_by_label("Wants nothing from").fill("nothing")
    dialog.get_by_role("button", name="Add").click()
    expect(dialog.get_by_role("alert")).to_contain_text("SenderId")
    dialog.get_by_label("Wants nothing from").fill(works.large.sid)
    dialog.get_by_role("button", name="Add").click()
    expect(page.get_by_role("row")).to_have_count(6)
    page.get_by_label("Person").fill("+12025557777")
    page.get_by_label("Person").press("Enter")
    expect(page.get_by_role("row")).to_have_count(2)
    assert "2025557777" not in page.url
    page.get_by_role("button", name=re.compile("Remove")).click()
    page.get_by_role("dialog").get_by_role("button", name="Remove").click()
    expect(page.locator("main")).to_contain_text("No opt-out fits")


def test_what_was_done_by_hand_is_shown_as_code(
    viewers: Callable[..., Viewer], server: RunningServer, works: Works
) -> None:
    viewer = viewers(server, permissions=["clipboard-read", "clipboard-write"])
    session = server.client.proxy.v1.services(works.large.sid).sessions.create(unique_name="x")
    page = viewer.signs_in(to=f"sessions/{session.sid}")
    page.get_by_role("button", name="Close").first.click()
    page.get_by_role("dialog").get_by_role("button", name="Close").last.click()
    eventually(lambda: session.fetch().status == "closed")
    viewer.opens("code")
    code = page.get_by_role("region", name="Python lines")
    expect(code).to_contain_text(f'.sessions("{session.sid}")')
    expect(code).to_contain_text('.update(status="closed")')
    page.get_by_role("button", name="Copy Python lines").click()
    copied = page.evaluate("() => navigator.clipboard.readText()")
    assert 'update(status="closed")' in copied
    page.get_by_role("tab", name="curl").click()
    expect(page.get_by_role("region", name="curl lines")).to_contain_text("Status=closed")
    page.get_by_role("tab", name="By programs").click()
    expect(page.locator(".deed").first).to_contain_text("session")


def test_the_debugger_follows_what_happens(viewer: Viewer, works: Works) -> None:
    page = viewer.signs_in(to="debugger?level=error")
    expect(page.locator(".live")).to_have_text("Live")
    before = page.get_by_role("row").count()

    def told(tx: Any) -> Any:
        return tx.alerts.add_many(
            [
                works.records.alert(
                    works.account, error_code=80620, log_level=level, alert_text=text
                )
                for level, text in (("error", "<b>just now</b>"), ("warning", "not this"))
            ]
        )

    works.server.transact(told)
    expect(page.get_by_role("row").nth(1)).to_contain_text("<b>just now</b>")
    assert page.get_by_role("row").count() == before + 1
    page.get_by_role("button", name="<b>just now</b>").click()
    expect(page.get_by_role("dialog")).to_contain_text("Error 80620")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_keys_switches_and_samples(viewer: Viewer, works: Works) -> None:
    page = viewer.signs_in(to="accounts")
    page.get_by_role("button", name="Add a key").click()
    page.get_by_role("dialog").get_by_label("Name").fill("shop")
    page.get_by_role("dialog").get_by_role("button", name="Add").click()
    secret = page.get_by_role("region", name="Secret (the password)").inner_text().strip()
    assert len(secret) == 32
    page.get_by_role("button", name="I have kept it").click()
    assert secret not in page.content()
    page.get_by_role("row", name=re.compile("shop")).get_by_role("button", name="Revoke").click()
    page.get_by_role("dialog").get_by_role("button", name="Revoke").click()
    expect(page.get_by_role("row", name=re.compile("shop"))).to_have_count(0)
    switch = page.get_by_role("switch", name="legal-hold")
    switch.click()
    expect(switch).to_have_attribute("aria-checked", "true")
    viewer.opens("webhooks")
    page.get_by_role("button", name="Test the Callback of rides").click()
    expect(page.get_by_role("dialog")).to_contain_text("Answered with HTTP 200")
    expect(page.get_by_role("dialog")).to_contain_text("A sample from Maskline")


def test_a_viewer_looks_and_touches_nothing(viewer: Viewer, works: Works) -> None:
    page = viewer.signs_in("linus", Role.VIEWER, "queue")
    expect(page.locator("main")).to_contain_text("answered with status 503")
    for path in ("queue", "opt-outs", "webhooks"):
        viewer.opens(path)
        expect(page.locator("main table")).to_be_visible()
        names = re.compile("Replay|Discard|Remove|Add|Test|Reveal")
        assert page.locator("main").get_by_role("button", name=names).count() == 0
    viewer.opens("accounts")
    expect(page.locator("main")).to_contain_text("This page is not yours to see")
