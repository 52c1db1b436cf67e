"""The pictures of docs/images/: see scripts/screenshots."""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "src")]

from playwright.sync_api import Browser, Page, expect  # noqa: E402

from maskline.cli.demo.cast import ALICE, BOB, STRANGER  # noqa: E402
from maskline.cli.demo.program import set_up  # noqa: E402
from maskline.model.console import Role  # noqa: E402
from tests.support.console import Viewer, chromium, link  # noqa: E402
from tests.support.receiver import Receiver  # noqa: E402
from tests.support.server import RunningServer  # noqa: E402
from tests.support.texts import Texts  # noqa: E402
from tests.support.toll_free import TollFree  # noqa: E402
from tests.support.works import Works  # noqa: E402
from tests.support.world import Handset, eventually  # noqa: E402

IMAGES = ROOT / "docs/images"
MOST_BYTES = 200_000

WIDE = {"width": 1440, "height": 900}
SMALL = {"width": 390, "height": 844}


class Studio:
    """A server on which something has happened."""

    def __init__(self, browser: Browser, server: RunningServer, receiver: Receiver) -> None:
        self.browser = browser
        self.server = server
        self.receiver = receiver
        self.alice, self.bob, self.stranger = (
            Handset(server, person.number) for person in (ALICE, BOB, STRANGER)
        )
        self._cookies: Any = None

    def play(self) -> None:
        """A conversation and a call, and sessions beside theirs."""
        client = self.server.client
        setting = set_up(client, f"{self.receiver.url}/callback")
        self.session = setting.session_sid
        service = client.proxy.v1.services(setting.service_sid)
        service.sessions(self.session).update(ttl=86_400)
        for number in range(2, 9):
            other = service.sessions.create(unique_name=f"parcel-{number}", ttl=3600 * number)
            people = service.sessions(other.sid).participants
            people.create(identifier=f"+1415555{number:04}", friendly_name="Driver")
            people.create(identifier=f"+1212555{number:04}", friendly_name="Customer")
            if number % 3 == 0:
                service.sessions(other.sid).update(status="closed")
        self.alice.text(setting.alice.proxy, "Hi, I have your parcel. Are you at home?")
        self.bob.receives(1)
        self.bob.text(setting.bob.proxy, "Yes! Ring twice, the bell is shy 🔔")
        self.alice.receives(1)
        call = self.bob.call(setting.bob.proxy)
        ringing = self.alice.rings()["id"]
        self.alice.act(ringing, "answer")
        self.bob.act(call["id"], "hangup")
        self.alice.ends(ringing)
        self._to_bob = setting.alice.proxy

    def trouble(self) -> None:
        """A callback that the program failed to take."""
        self.receiver.status = 503
        before = len(self.receiver.at("/callback"))
        self.alice.text(self._to_bob, "I am at the blue door 🚪")
        # Three changes of its status, each tried twice.
        eventually(lambda: len(self.receiver.at("/callback")) >= before + 6)
        self.receiver.status = 200

    def prepare(self) -> None:
        """Somebody has signed in, added others, and worked a little."""
        viewer = Viewer(self.browser, self.server)
        page = viewer.signs_in("ada", Role.ADMIN, f"sessions/{self.session}")
        for one in range(2):
            page.get_by_role("button", name=re.compile("Reveal the")).nth(one).click()
        page.get_by_role("button", name="Extend").click()
        page.get_by_role("dialog").get_by_role("button", name="Extend").click()
        expect(page.get_by_role("dialog")).to_have_count(0)
        for name, role in (("grace", Role.SUPPORT), ("linus", Role.VIEWER)):
            link(self.server, name, role)
        self._cookies = viewer.context.storage_state()
        viewer.context.close()

    def viewer(self, size: dict[str, int], scheme: str, to: str) -> Viewer:
        """The same, at a page."""
        viewer = Viewer(
            self.browser,
            self.server,
            viewport=size,
            color_scheme=scheme,
            reduced_motion="reduce",
            storage_state=self._cookies,
        )
        viewer.opens(to)
        return viewer


def handsets(studio: Studio, viewer: Viewer) -> None:
    """A picture is sent, and is on both phones."""
    alice, bob = viewer.phone("Alice"), viewer.phone("Bob")
    alice.press("Attach a picture")
    alice.press("Parcel")
    alice.writes("This one:")
    bob.shows("This one:")
    settled(viewer.page)


def call(studio: Studio, viewer: Viewer) -> None:
    """Bob calls, Alice's phone rings."""
    alice, bob = viewer.phone("Alice"), viewer.phone("Bob")
    bob.press(re.compile("Call "))
    alice.says("Incoming call")
    expect(viewer.page.get_by_role("article").first.locator(".leg")).to_have_count(2)


def stranger(studio: Studio, viewer: Viewer) -> None:
    """A stranger writes and reaches nobody."""
    viewer.page.get_by_role("tab", name="A stranger").click()
    viewer.phone("A stranger").writes("Is this the flower shop?")
    expect(viewer.page.get_by_role("article").first).to_contain_text("80903")


def webhook(studio: Studio, viewer: Viewer) -> None:
    """A callback that was given up, opened."""
    viewer.page.get_by_role("button", name=re.compile("given up")).first.click()
    expect(viewer.page.get_by_role("dialog")).to_contain_text("What was sent")


def nothing(studio: Studio, viewer: Viewer) -> None:
    """The page as it is."""


def settled(page: Page) -> None:
    """Until the newest message has arrived and the program was told."""
    newest = page.get_by_role("article").first
    expect(newest.locator(".leg").last).to_contain_text("delivered")
    expect(newest.locator(".hooks-short button")).to_have_count(3)


Scene = Callable[[Studio, Viewer], None]

#: File, size, colours, page, what happens there.
PICTURES: tuple[tuple[str, dict[str, int], str, str, Scene], ...] = (
    ("handsets-light", WIDE, "light", "handsets?session={session}", handsets),
    ("handsets-dark", WIDE, "dark", "handsets?session={session}", nothing),
    ("handsets-call", WIDE, "light", "handsets?session={session}", call),
    ("handsets-stranger", WIDE, "light", "handsets?session={session}", stranger),
    ("handsets-phone", SMALL, "light", "handsets?session={session}", nothing),
    ("session-light", WIDE, "light", "sessions/{session}", nothing),
    ("session-dark", WIDE, "dark", "sessions/{session}", nothing),
    ("session-phone", SMALL, "dark", "sessions/{session}", nothing),
    ("webhook", WIDE, "light", "sessions/{session}", webhook),
    ("overview-light", WIDE, "light", "", nothing),
    ("overview-dark", WIDE, "dark", "", nothing),
    ("sessions", WIDE, "light", "sessions", nothing),
    ("search", WIDE, "light", f"search?q=%2B{ALICE.number[1:]}", nothing),
    ("users", WIDE, "light", "users", nothing),
    ("audit", WIDE, "light", "audit", nothing),
)


def over_a_number(viewer: Viewer) -> None:
    """The pointer stands over one of the map's squares."""
    viewer.page.locator("canvas").hover(position={"x": 200, "y": 120})
    expect(viewer.page.locator(".heat-tip")).to_be_visible()


def sample(viewer: Viewer) -> None:
    """A sample is sent, and answered."""
    viewer.page.get_by_role("button", name="Test the Callback of rides").click()
    expect(viewer.page.get_by_role("dialog")).to_contain_text("Answered with HTTP 200")


def as_it_is(viewer: Viewer) -> None:
    """The page as it is."""


Picture = tuple[str, dict[str, int], str, str, Callable[[Viewer], None]]

#: The same of a server with a day's work behind it.
AT_WORK: tuple[Picture, ...] = (
    ("pools", WIDE, "light", "pools", as_it_is),
    ("pool-light", WIDE, "light", "pools/{large}", over_a_number),
    ("pool-dark", WIDE, "dark", "pools/{large}", over_a_number),
    ("deliveries-light", WIDE, "light", "deliveries", as_it_is),
    ("deliveries-dark", WIDE, "dark", "deliveries", as_it_is),
    ("deliveries-phone", SMALL, "light", "deliveries", as_it_is),
    ("queue", WIDE, "light", "queue", as_it_is),
    ("opt-outs", WIDE, "light", "opt-outs", as_it_is),
    ("debugger", WIDE, "light", "debugger", as_it_is),
    ("alert", WIDE, "light", "debugger?alert={alert}", as_it_is),
    ("requests", WIDE, "light", "requests", as_it_is),
    ("code", WIDE, "light", "code", as_it_is),
    ("webhook-test", WIDE, "light", "webhooks", sample),
    ("messaging-services", WIDE, "light", "messaging-services", as_it_is),
    ("accounts", WIDE, "light", "accounts", as_it_is),
)


def at_work(browser: Browser, server: RunningServer, receiver: Receiver) -> None:
    """Takes the pictures of operations and of developers' pages."""
    works = Works(server, 5500, receiver.url)
    service = server.client.proxy.v1.services(works.large.sid)
    for number in range(4):
        session = service.sessions.create(unique_name=f"ride-{number}", ttl=3600)
    first = Viewer(browser, server)
    page = first.signs_in("ada", Role.ADMIN, f"sessions/{session.sid}")
    page.get_by_role("button", name="Close").first.click()
    page.get_by_role("dialog").get_by_role("button", name="Close").last.click()
    eventually(lambda: session.fetch().status == "closed")
    cookies = first.context.storage_state()
    first.context.close()
    for name, size, scheme, path, scene in AT_WORK:
        viewer = Viewer(
            browser,
            server,
            viewport=size,
            color_scheme=scheme,
            reduced_motion="reduce",
            storage_state=cookies,
        )
        viewer.opens(path.format(large=works.large.sid, alert=works.alerts[-1].sid))
        expect(viewer.page.locator("main h1")).to_be_visible()
        expect(viewer.page.locator(".loading")).to_have_count(0)
        scene(viewer)
        save(viewer.page, name)
        viewer.context.close()


def form(viewer: Viewer) -> None:
    """A message is being written."""
    dialog = viewer.page.get_by_role("dialog")
    dialog.get_by_label("To", exact=True).fill("+1 202 555 0188")
    dialog.get_by_label("Text").fill("Your driver comes in 5 minutes.")


def campaign(viewer: Viewer) -> None:
    """A campaign is opened."""
    viewer.page.get_by_role("button", name="PROXY").click()
    expect(viewer.page.get_by_role("dialog")).to_contain_text("How people agree")


def brand(viewer: Viewer) -> None:
    """The brand that has a campaign is opened."""
    brands = viewer.page.get_by_role("region", name="Brands")
    brands.get_by_role("row").filter(has_text="a test").get_by_role("button").first.click()
    expect(viewer.page.get_by_role("dialog")).to_contain_text("Aegis Mobile")


def wrong(viewer: Viewer) -> None:
    """A verification is handed in that lacks some of what is needed."""
    viewer.page.get_by_label("Website").fill("rides.example")
    viewer.page.get_by_label("Who it is").select_option("PRIVATE_PROFIT")
    viewer.page.get_by_role("button", name="Hand it in").click()
    expect(viewer.page.get_by_role("alert")).to_be_visible()


#: The same of a server that sends by a Messaging Service.
MESSAGING: tuple[Picture, ...] = (
    ("messages", WIDE, "light", "messages", as_it_is),
    ("messages-phone", SMALL, "light", "messages", as_it_is),
    ("send-message", WIDE, "light", "messages?send={texts}", form),
    ("messaging-service", WIDE, "light", "messaging-services/{texts}", as_it_is),
    ("opt-out-words", WIDE, "dark", "messaging-services/{texts}?view=opt-outs", as_it_is),
    ("a2p-light", WIDE, "light", "a2p", as_it_is),
    ("a2p-dark", WIDE, "dark", "a2p", as_it_is),
    ("campaign", WIDE, "light", "a2p", campaign),
    ("brand", WIDE, "light", "a2p", brand),
)


def messaging(browser: Browser, server: RunningServer) -> None:
    """Takes the pictures of messaging."""
    texts = Texts(server)
    pool = server.client.proxy.v1.services.create(unique_name="rides")
    for number in texts.client.incoming_phone_numbers.list():
        pool.phone_numbers.create(sid=number.sid)
    take(browser, server, MESSAGING, texts=texts.texts)


#: The same of a server with toll-free numbers.
TOLL_FREE: tuple[Picture, ...] = (
    ("toll-free", WIDE, "light", "toll-free", as_it_is),
    ("toll-free-form", WIDE, "light", "toll-free/new", wrong),
    ("toll-free-number", WIDE, "dark", "toll-free/{rejected}", as_it_is),
)


def toll_free(browser: Browser, server: RunningServer) -> None:
    """Takes the pictures of toll-free verification."""
    numbers = TollFree(server)
    take(browser, server, TOLL_FREE, rejected=numbers.rejected)


def take(
    browser: Browser, server: RunningServer, pictures: tuple[Picture, ...], **filled: str
) -> None:
    """Takes pictures as an admin sees the pages; `filled` are the parts of their addresses."""
    first = Viewer(browser, server)
    first.signs_in("ada", Role.ADMIN)
    cookies = first.context.storage_state()
    first.context.close()
    for name, size, scheme, path, scene in pictures:
        viewer = Viewer(
            browser,
            server,
            viewport=size,
            color_scheme=scheme,
            reduced_motion="reduce",
            storage_state=cookies,
        )
        viewer.opens(path.format(**filled))
        expect(viewer.page.locator("main h1")).to_be_visible()
        expect(viewer.page.locator(".loading")).to_have_count(0)
        scene(viewer)
        save(viewer.page, name)
        viewer.context.close()


def main() -> None:
    """Takes them all, or only those of operations and developers (`--at-work`), of messaging
    (`--messaging`) or of toll-free verification (`--toll-free`)."""
    wanted = set(sys.argv[1:])
    if not wanted:
        conversations()
    with (
        tempfile.TemporaryDirectory() as folder,
        Receiver() as receiver,
        chromium() as browser,
    ):
        for part in ("work", "texts", "toll-free"):
            (Path(folder) / part).mkdir()
        if not wanted or "--at-work" in wanted:
            with RunningServer(Path(folder) / "work") as server:
                at_work(browser, server, receiver)
        if not wanted or "--messaging" in wanted:
            with RunningServer(Path(folder) / "texts") as server:
                messaging(browser, server)
        if not wanted or "--toll-free" in wanted:
            with RunningServer(Path(folder) / "toll-free") as server:
                toll_free(browser, server)


def conversations() -> None:
    """Takes those of people who text and call."""
    IMAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, Receiver() as receiver, chromium() as browser:
        environ = {"MASKLINE_WEBHOOKS_RETRY_DELAYS": "0.05"}
        with RunningServer(Path(folder), **environ) as server:
            studio = Studio(browser, server, receiver)
            studio.play()
            studio.prepare()
            for name, size, scheme, path, scene in PICTURES:
                viewer = studio.viewer(size, scheme, path.format(session=studio.session))
                expect(viewer.page.locator("main h1")).to_be_visible()
                expect(viewer.page.locator(".loading")).to_have_count(0)
                scene(studio, viewer)
                if scene is stranger:
                    studio.trouble()
                save(viewer.page, name)
                end_calls(studio)
                viewer.context.close()
            alone = Viewer(browser, server, viewport={"width": 900, "height": 640})
            alone.opens("sign-in")
            expect(alone.page.get_by_role("button", name="Sign in")).to_be_visible()
            save(alone.page, "sign-in")
            alone.context.close()


def end_calls(studio: Studio) -> None:
    """The next picture begins with no call."""
    for phone in (studio.alice, studio.bob, studio.stranger):
        for one in phone.calls():
            if one["ended"] is None:
                phone.act(one["id"], "hangup")


def save(page: Page, name: str) -> None:
    """One picture, made small."""
    path = IMAGES / f"{name}.png"
    # What moves on a busy machine has come to rest.
    page.wait_for_timeout(300)
    page.screenshot(path=path)
    subprocess.run(
        ["pngquant", "--force", "--strip", "--speed", "1", "--ext", ".png", "128", path], check=True
    )
    size = path.stat().st_size
    print(f"{path.relative_to(ROOT)}: {size / 1000:.0f} kB")
    assert size <= MOST_BYTES, f"{name} is too large"


if __name__ == "__main__":
    main()
