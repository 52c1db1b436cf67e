"""What holds for every page: hostile text, widths, colours, keyboards, screen readers, bytes."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support import texts, works
from tests.support.console import PAGES, Viewer, install_axe
from tests.support.server import RunningServer
from tests.support.world import ALICE, BOB, Session, World

pytestmark = pytest.mark.needs("chromium")

SCRIPT = "<script>alert(1)</script><img src=x onerror=alert(2)>"
TURNED = "\u202eevil\u202c \u2066left open"
LONG = "W" * 1600
SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9" onload="alert(3)">'
    "<script>alert(4)</script><image href='http://elsewhere.example/x.png'/></svg>"
)


def overflow(page: Page) -> int:
    """By how many pixels the page is wider than the window."""
    found = page.evaluate("() => document.documentElement.scrollWidth - innerWidth")
    assert isinstance(found, int)
    return found


def everywhere(ride: Session) -> dict[str, str]:
    """The address of every page, and words that stand on it when it is whole."""
    return {
        "": "Errors of the last 24 hours",
        "handsets": "The operator sees",
        "sessions": "ride-1",
        f"sessions/{ride.sid}": "People",
        "search?q=ride-1": "Taken for",
        "users": "ada",
        "audit": "sign-in",
        "profile": "Set a password",
        "nothing/here": "There is no such page",
    }


def talk(world: World, ride: Session) -> None:
    """Something to look at."""
    world.alice.text(ride.a.proxy_identifier, "Where are you?")
    world.stranger.text(ride.a.proxy_identifier, "Hello?")
    call = world.bob.call(ride.b.proxy_identifier)
    world.alice.act(world.alice.rings()["id"], "reject")
    world.bob.ends(call["id"])
    world.bob.receives()


@pytest.mark.needs("node", "npm")
@pytest.mark.parametrize(("scheme", "rules"), [("light", ()), ("dark", ("color-contrast",))])
def test_screen_readers_and_keyboards_find_nothing_serious(
    viewers: Callable[..., Viewer],
    server: RunningServer,
    world: World,
    ride: Session,
    scheme: str,
    rules: tuple[str, ...],
) -> None:
    install_axe()
    viewer = viewers(server, color_scheme=scheme, reduced_motion="reduce")
    talk(world, ride)
    found: list[str] = []

    def look(where: str) -> None:
        found.extend(viewer.axe(where, *rules))

    viewer.opens("sign-in")
    expect(viewer.page.get_by_role("button", name="Sign in")).to_be_visible()
    look("sign-in")
    page = viewer.signs_in()
    for path, words in everywhere(ride).items():
        viewer.opens(path)
        expect(page.locator("main")).to_contain_text(words)
        look(path)
    viewer.opens("handsets")
    alice, bob = viewer.phone("Alice"), viewer.phone("Bob")
    alice.press("Emoji")
    look("emoji")
    alice.press(re.compile("Keypad"))
    bob.press(re.compile("Recents"))
    look("keypad and recents")
    alice.press("Call")
    bob.says("Incoming call")
    look("ringing")
    bob.press(re.compile("Answer"))
    alice.says(re.compile("0:0"))
    look("talking")
    page.locator(".hooks-short button").first.click()
    expect(page.get_by_role("dialog")).to_contain_text("What was sent")
    look("webhook")
    assert found == []


def test_hostile_text_is_only_text(viewer: Viewer, world: World) -> None:
    ride = world.here.sessions.create(unique_name=SCRIPT[:60])
    people = world.here.sessions(ride.sid).participants
    for number, name in ((ALICE, TURNED), (BOB, "Bob")):
        people.create(identifier=number, friendly_name=name)
    proxy = {one.identifier: one.proxy_identifier for one in people.list()}
    for text in (SCRIPT, TURNED, LONG):
        world.alice.text(proxy[ALICE], text)
    page = viewer.signs_in(to="handsets")
    bob = viewer.phone("Bob")
    bob.screen.locator("input[type=file]").set_input_files(
        {"name": "x.svg", "mimeType": "image/svg+xml", "buffer": SVG.encode()}
    )
    bob.writes(SCRIPT)
    expect(bob.thread.locator("img")).to_have_js_property("complete", value=True)
    expect(bob.thread.get_by_text(SCRIPT, exact=True)).to_have_count(2)
    bob.shows(LONG)
    assert overflow(page) <= 0
    for path in (f"sessions/{ride.sid}", "sessions", f"search?q={ride.sid}", "handsets"):
        viewer.opens(path)
        expect(page.locator("main")).to_contain_text("<script>alert(1)")
        assert overflow(page) <= 0
        # Nothing of it became an element of the page.
        assert (
            page.locator("main script, main [onerror], main [onload], main svg image").count() == 0
        )
    # What turns the direction of writing is kept to itself: the words around stay where they are.
    assert viewer.turned() == []


def test_every_page_fits_a_phone(
    viewers: Callable[..., Viewer], server: RunningServer, world: World, ride: Session
) -> None:
    viewer = viewers(server, viewport={"width": 390, "height": 844}, has_touch=True)
    talk(world, ride)
    page = viewer.signs_in()
    for path, words in everywhere(ride).items():
        viewer.opens(path)
        expect(page.locator("main")).to_contain_text(words)
        assert (path, overflow(page)) == (path, 0)
    page.get_by_role("button", name="Menu").click()
    page.get_by_role("link", name="Handsets", exact=True).click()
    alice, bob = viewer.phone("Alice"), viewer.phone("Bob")
    alice.writes("From a small window")
    expect(bob.screen).to_be_hidden()
    page.get_by_role("tab", name="Operator").click()
    expect(page.get_by_role("article").first).to_contain_text("From a small window")
    page.get_by_role("tab", name="Bob").click()
    bob.shows("From a small window")
    assert overflow(page) == 0


def test_dark_is_as_the_system_says_until_somebody_chooses(
    viewers: Callable[..., Viewer], server: RunningServer
) -> None:
    def ground(page: Page) -> str:
        return str(page.evaluate("() => getComputedStyle(document.body).backgroundColor"))

    viewer = viewers(server, color_scheme="dark")
    page = viewer.signs_in()
    dark = ground(page)
    page.emulate_media(color_scheme="light")
    light = ground(page)
    assert dark != light
    page.get_by_role("radio", name="Dark", exact=True).check(force=True)
    assert ground(page) == dark
    page.reload()
    expect(page.locator(".shell")).to_be_visible()
    assert ground(page) == dark
    page.get_by_role("radio", name=re.compile("system")).check(force=True)
    assert ground(page) == light


def test_times_are_in_the_viewers_zone_with_the_exact_one_on_hover(
    viewer: Viewer, ride: Session
) -> None:
    page = viewer.signs_in(to=f"sessions/{ride.sid}")
    time = page.locator("time").first
    expect(time).to_have_attribute(
        "title", re.compile(r"\d{4} at \d+:\d\d:\d\d\.\d{3} [AP]M E[SD]T")
    )
    expect(time).to_have_attribute("datetime", re.compile(r"^\d{4}-\d\d-\d\dT.*Z$"))


def test_the_first_load_is_small_and_pages_paint_at_once(
    browser: Browser, viewers: Callable[..., Viewer], server: RunningServer, ride: Session
) -> None:
    viewer = viewers(server)
    page = viewer.signs_in(to="handsets")
    expect(page.get_by_text("Nothing has passed yet")).to_be_visible()
    client = viewer.context.new_cdp_session(page)
    client.send("Network.enable")
    client.send("Network.setCacheDisabled", {"cacheDisabled": True})
    asked: dict[str, str] = {}
    received: dict[str, float] = {}
    client.on(
        "Network.requestWillBeSent",
        lambda event: asked.update({event["requestId"]: event["request"]["url"]}),
    )
    client.on(
        "Network.loadingFinished",
        lambda event: received.update({event["requestId"]: event["encodedDataLength"]}),
    )
    page.reload()
    expect(page.locator(".live")).to_have_text("Live")
    # What the operator sees is shown last. The stream of events has no end; all else has arrived.
    expect(page.get_by_text("Nothing has passed yet")).to_be_visible()
    for _ in range(100):
        ended = {one: url for one, url in asked.items() if "/api/events" not in url}
        if ended.keys() <= received.keys():
            break
        page.wait_for_timeout(100)
    assert ended.keys() <= received.keys()
    # However slow the machine, what a phone shows is asked for once.
    lists = [url for url in ended.values() if "/handsets/" in url or "/sessions/" in url]
    assert sorted(lists) == sorted(set(lists))
    assert len(lists) == 8
    # All files, and what the API answers for the heaviest page.
    assert sum(received[one] for one in ended) < 64_000
    painted = page.evaluate(
        "() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0"
    )
    assert 0 < painted < 2000  # Alone on its machine it takes a tenth of this.


def test_the_keyboard_alone_gets_around(viewer: Viewer, ride: Session) -> None:
    page = viewer.signs_in()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the page")).to_be_focused()
    page.get_by_role("link", name="Sessions", exact=True).focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Sessions")).to_be_focused()
    page.get_by_role("link", name="ride-1").press("Enter")
    page.get_by_role("button", name="Close", exact=True).press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(page.get_by_role("button", name="Close", exact=True)).to_be_focused()


def test_the_menu_shows_where_one_is_and_who_is_signed_in(viewer: Viewer, ride: Session) -> None:
    page = viewer.signs_in(to="audit")
    here = page.get_by_role("link", name="Audit log", exact=True)
    expect(page.locator(".foot")).to_be_in_viewport(ratio=1)
    expect(here).to_be_in_viewport(ratio=1)
    for width in (1440, 390):
        page.set_viewport_size({"width": width, "height": 640})
        page.reload()
        if width == 390:
            page.get_by_role("button", name="Menu").click()
        expect(here).to_be_in_viewport(ratio=1)
        expect(page.locator(".foot")).to_be_in_viewport(ratio=1)


def test_every_page_of_the_menu_is_looked_at(viewer: Viewer, ride: Session) -> None:
    page = viewer.signs_in()
    expect(page.locator(".menu a").first).to_be_visible()
    paths = {
        str(one.get_attribute("href")).removeprefix("/console").strip("/")
        for one in page.locator(".menu a").all()
    }
    assert paths <= {
        path.partition("?")[0] for path in (*everywhere(ride), *works.PAGES, *texts.PAGES)
    }
    assert set(PAGES) - paths == {"profile"}
