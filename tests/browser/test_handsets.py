"""Two people, two phones, one page: what a newcomer does in the first minutes."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

from maskline.model.console import Role
from tests.support.console import Viewer
from tests.support.process import ServerProcess
from tests.support.receiver import Receiver, Reply
from tests.support.server import RunningServer
from tests.support.world import ALICE, BOB, Session, World

pytestmark = pytest.mark.needs("chromium")

PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de"
    "0000000c4944415408d763f8cfc000000301010018dd8db00000000049454e44ae426082"
)


def spellings(number: str) -> list[str]:
    """The ways in which a number could show."""
    digits = number.removeprefix("+1")
    groups = (digits[:3], digits[3:6], digits[6:])
    return [
        number,
        digits,
        " ".join(groups),
        "-".join(groups),
        f"({groups[0]}) {groups[1]}-{groups[2]}",
    ]


def test_two_people_text_and_each_phone_shows_only_the_mask(viewer: Viewer, ride: Session) -> None:
    page = viewer.signs_in(to="handsets")
    alice, bob = viewer.phone("Alice"), viewer.phone("Bob")
    alice.draft.fill("Where are you?")
    alice.press("Emoji")
    alice.press("🚕")
    alice.draft.press("Enter")
    bob.shows("Where are you?🚕")
    bob.writes("At the corner")
    alice.shows("At the corner")
    alice.screen.locator("input[type=file]").set_input_files(
        {"name": "map.png", "mimeType": "image/png", "buffer": PIXEL}
    )
    expect(alice.screen.get_by_alt_text("Picture to be sent")).to_be_visible()
    alice.press("Send")
    picture = bob.thread.get_by_alt_text("Picture", exact=True)
    expect(picture).to_have_js_property("naturalWidth", 1)
    alice.press("Attach a picture")
    alice.press("Map")
    alice.writes("Or so")
    expect(bob.thread.locator("img")).to_have_count(2)
    bob.shows("Or so")
    for phone, other in ((alice, BOB), (bob, ALICE)):
        seen = phone.everything()
        assert not [one for one in spellings(other) if one in seen]
    operator = page.get_by_role("region", name="What the operator sees")
    expect(operator.get_by_role("article")).to_have_count(4)
    newest = operator.get_by_role("article").first
    expect(newest).to_contain_text("Or so")
    expect(newest.locator(".leg")).to_contain_text(["received", "delivered"])
    # What the program answered to the callbacks stands beside it.
    expect(newest.get_by_role("button").first).to_have_text("200")
    # All of it is there again after a reload.
    page.reload()
    alice.shows("At the corner")
    expect(operator.get_by_role("article")).to_have_count(4)


def test_a_call_is_answered_keys_are_pressed_and_it_ends(viewer: Viewer, ride: Session) -> None:
    page = viewer.signs_in(to="handsets")
    alice, bob = viewer.phone("Alice"), viewer.phone("Bob")
    alice.press("Keypad")
    dialled = alice.screen.get_by_role("textbox", name="Number to call")
    expect(dialled).to_have_value("+1 415 867 5310")
    alice.press("Delete the last digit")
    expect(dialled).to_have_value("+1 415 867 531")
    alice.press(re.compile("^0"))
    alice.press("Call")
    alice.says("Calling…")
    bob.says("Incoming call")
    expect(bob.screen.locator(".call-number")).to_have_text("+1 415 867 5311")
    bob.press(re.compile("Answer the call"))
    bob.says(re.compile(r"^0:0\d$"))
    alice.says(re.compile(r"^0:0[1-9]$"))
    call = alice.screen.get_by_role("group", name="Call")
    call.get_by_role("button", name="Keypad").click()
    for key in "42#":
        call.get_by_role("button", name=re.compile(f"^{key}")).click()
    expect(alice.screen.locator(".call-digits")).to_have_text("42#")
    expect(bob.screen.locator(".captions")).to_contain_text("The other side pressed #")
    bob.press("Hang up")
    alice.says(re.compile(r"Call ended, 0:0\d"))
    bob.says(re.compile(r"Call ended, 0:0\d"))
    expect(bob.screen.locator(".call")).to_have_count(0)
    bob.press("Recents")
    row = bob.screen.locator(".recent")
    expect(row).to_contain_text(re.compile(r"Incoming, 0:0\d"))
    box = row.bounding_box()
    assert box is not None
    assert box["height"] < 80
    article = page.get_by_role("region", name="What the operator sees").get_by_role("article").first
    expect(article.locator(".leg")).to_contain_text(["completed", "completed"])


def test_a_call_is_turned_away_and_another_given_up(viewer: Viewer, ride: Session) -> None:
    viewer.signs_in(to="handsets")
    alice, bob = viewer.phone("Alice"), viewer.phone("Bob")
    bob.press(re.compile("Call \\+1 415 867 5311"))
    alice.press(re.compile("Reject the call"))
    bob.says("Busy")
    alice.says("Declined")
    expect(bob.screen.locator(".call")).to_have_count(0)
    bob.press(re.compile("Call \\+1 415 867 5311"))
    alice.says("Incoming call")
    bob.press("Hang up")
    alice.says("Missed")
    expect(alice.screen.locator(".call")).to_have_count(0)
    # Missed while another app was in front: counted there.
    expect(alice.screen.get_by_role("button", name="Recents 2 new")).to_be_visible()


def test_a_stranger_reaches_nobody(viewer: Viewer, ride: Session) -> None:
    page = viewer.signs_in(to="handsets")
    page.get_by_role("tab", name="A stranger").click()
    stranger = viewer.phone("A stranger")
    stranger.writes("Is this the flower shop?")
    article = page.get_by_role("region", name="What the operator sees").get_by_role("article").first
    expect(article).to_contain_text("A stranger writes")
    expect(article).to_contain_text("passed on to nobody")
    expect(article).to_contain_text("80903")
    stranger.press(re.compile("Call \\+1"))
    expect(stranger.screen.locator(".call-state")).to_have_text(
        re.compile("No answer|Did not connect|Busy|ended")
    )
    page.get_by_role("tab", name="Bob").click()
    expect(viewer.phone("Bob").thread).to_contain_text("Nothing yet")


def test_a_stranger_hears_what_the_program_says_and_presses_keys_for_it(
    viewer: Viewer, server: RunningServer, receiver: Receiver
) -> None:
    world = World(server, out_of_session_callback_url=f"{receiver.url}/stranger")
    world.session(unique_name="ride-1")
    receiver.pages["/stranger"] = Reply(
        "<Response><Gather numDigits='2' action='/keys' timeout='50'>"
        "<Say>Type the code</Say></Gather></Response>"
    )
    receiver.pages["/keys"] = Reply(
        "<Response><Gather timeout='50'><Say>Thank you</Say></Gather></Response>"
    )
    page = viewer.signs_in(to="handsets")
    page.get_by_role("tab", name="A stranger").click()
    stranger = viewer.phone("A stranger")
    stranger.press(re.compile("Call \\+1"))
    heard = stranger.screen.get_by_label("What is heard")
    expect(heard).to_contain_text("“Type the code”")
    call = stranger.screen.get_by_role("group", name="Call")
    call.get_by_role("button", name="Keypad").click()
    for key in "42":
        call.get_by_role("button", name=re.compile(f"^{key}")).click()
    expect(heard).to_contain_text("“Thank you”")
    assert receiver.at("/keys")[0].form["Digits"] == "42"
    stranger.press("Hang up")
    stranger.says(re.compile("Call ended"))


def test_a_wrong_number_is_told_on_the_phone(viewer: Viewer, ride: Session) -> None:
    viewer.signs_in(to="handsets")
    alice = viewer.phone("Alice")
    alice.press("Keypad")
    alice.screen.get_by_role("textbox").fill("+1 999")
    alice.press("Call")
    expect(alice.screen.locator(".keypad-said")).not_to_be_empty()


def test_with_no_session_it_says_how_to_make_one(viewer: Viewer, world: World) -> None:
    page = viewer.signs_in(to="handsets")
    expect(page.get_by_text("No session between two simulated phones yet")).to_be_visible()
    world.session(unique_name="ride-9")
    page.get_by_role("button", name="Look again").click()
    expect(viewer.phone("Bob").screen).to_be_visible()


def test_who_may_only_look_presses_nothing(viewer: Viewer, ride: Session, world: World) -> None:
    page = viewer.signs_in(role=Role.VIEWER, to="handsets")
    world.alice.text(ride.a.proxy_identifier, "Not for every eye")
    expect(page.get_by_text("Your role may watch")).to_be_visible()
    expect(page.get_by_role("region", name="Bob's phone").get_by_role("textbox")).to_have_count(0)
    expect(page.get_by_role("article").locator(".leg").last).to_contain_text("delivered")


def test_the_page_is_not_there_without_the_simulator(
    viewers: Callable[..., Viewer], tmp_path: Path
) -> None:
    with RunningServer(tmp_path, MASKLINE_SIMULATOR_ENABLED="false") as server:
        viewer = viewers(server)
        page = viewer.signs_in()
        expect(page.get_by_role("link", name="Sessions", exact=True)).to_be_visible()
        expect(page.get_by_role("link", name="Handsets", exact=True)).to_have_count(0)
        viewer.opens("handsets")
        expect(page.get_by_text("The simulated carrier is off")).to_be_visible()


def test_the_live_view_goes_on_after_a_restart_of_the_server(
    viewers: Callable[..., Viewer], tmp_path: Path, receiver: Receiver
) -> None:
    with ServerProcess(tmp_path) as server:
        world = World(server)
        ride = world.session(unique_name="ride-1")
        viewer = viewers(server)
        page = viewer.signs_in(to="handsets")
        alice, bob = viewer.phone("Alice"), viewer.phone("Bob")
        live = page.locator(".live")
        alice.writes("Before")
        bob.shows("Before")
        server.kill()
        expect(live).to_have_text("Reconnecting")
        alice.draft.fill("Into the void")
        alice.press("Send")
        expect(page.get_by_text("The server does not answer").first).to_be_visible()
        # What could not be sent was not lost either.
        expect(alice.draft).to_have_value("Into the void")
        server.start()
        # What happens before the page is back is caught up on.
        world.bob.text(ride.b.proxy_identifier, "While you were away")
        expect(live).to_have_text("Live")
        alice.shows("While you were away")
        alice.press("Send")
        bob.shows("Into the void")
        articles = page.get_by_role("region", name="What the operator sees").get_by_role("article")
        expect(articles).to_have_count(3)
        viewer.problems = [one for one in viewer.problems if not one.startswith("503")]
