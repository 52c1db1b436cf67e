"""Support, after "my text never arrived": from a number to the timeline, and what can be done."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from maskline.model.account import Account
from maskline.model.console import Role
from tests.support.console import Viewer
from tests.support.receiver import Receiver
from tests.support.server import RunningServer
from tests.support.world import ALICE, Session, World, eventually

pytestmark = pytest.mark.needs("chromium")


def test_from_a_number_to_the_timeline_to_a_replay(
    viewer: Viewer, ride: Session, world: World, receiver: Receiver
) -> None:
    receiver.status = 500
    world.alice.text(ride.a.proxy_identifier, "Are you there?")
    world.bob.receives()
    page = viewer.signs_in(role=Role.SUPPORT)
    page.keyboard.press("/")
    page.keyboard.type(ALICE)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Taken for a phone number")).to_be_visible()
    # Numbers that were found are masked, the one that was asked for too.
    expect(page.locator(".hits")).not_to_contain_text(ALICE)
    page.locator(".hits").get_by_role("link", name=re.compile("Alice")).first.click()
    expect(page.get_by_role("heading", name="ride-1")).to_be_visible()
    article = page.get_by_role("article")
    expect(article).to_contain_text("Are you there?")
    expect(article.locator(".leg")).to_contain_text(["received", "delivered"])
    expect(article.locator(".leg")).to_contain_text(["carrier simulator"] * 2)
    hooks = article.get_by_role("button", name=re.compile("Status callback"))
    given_up = hooks.filter(has_text="given up")
    # One for each change of the message's status: what still waits to be tried again would take the
    # answer that is meant for the replay.
    expect(given_up).to_have_count(3)
    hook = given_up.first
    expect(hook).to_contain_text("attempt 2500")
    hook.click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text(f"POST {receiver.url}/callback")
    expect(dialog.locator(".pairs").first).to_contain_text("interactionSid")
    expect(dialog).to_contain_text("X-Twilio-Signature")
    # What people wrote is not kept a second time.
    expect(dialog).not_to_contain_text("Are you there?")
    receiver.status = 200
    before = len(receiver.at("/callback"))
    dialog.get_by_role("button", name="Replay").click()
    eventually(lambda: len(receiver.at("/callback")) > before)
    assert "X-Twilio-Signature" in receiver.at("/callback")[-1].headers
    expect(page.get_by_text("Sent again")).to_be_visible()
    # The answer, not how long it took.
    expect(hooks.get_by_text("200", exact=True)).to_have_count(1)


def test_a_number_is_revealed_and_that_is_written_down(viewer: Viewer, ride: Session) -> None:
    page = viewer.signs_in(role=Role.ADMIN, to=f"sessions/{ride.sid}")
    people = page.get_by_role("region", name="People")
    expect(people).not_to_contain_text("212 555 1234")
    people.get_by_role("button", name=re.compile("Reveal")).first.click()
    expect(people).to_contain_text("+1 212 555 1234")
    people.get_by_role("button", name="Mask the number again").click()
    expect(people).not_to_contain_text("212 555 1234")
    page.get_by_role("link", name="Audit log").click()
    row = page.get_by_role("row").filter(has_text="reveal")
    expect(row).to_contain_text("ada")
    expect(page.locator("main")).not_to_contain_text(ALICE)


def test_a_viewer_reads_no_text_and_reveals_nothing(
    viewer: Viewer, ride: Session, world: World
) -> None:
    world.alice.text(ride.a.proxy_identifier, "Not for every eye")
    world.bob.receives()
    page = viewer.signs_in(role=Role.VIEWER, to=f"sessions/{ride.sid}")
    expect(page.get_by_role("article")).to_contain_text("Your role may not read what was written")
    expect(page.locator("main")).not_to_contain_text("Not for every eye")
    expect(page.get_by_role("button", name=re.compile("Reveal"))).to_have_count(0)
    expect(page.get_by_role("button", name="Close", exact=True)).to_have_count(0)


def test_a_session_is_written_to_extended_closed_and_opened_again(
    viewer: Viewer, ride: Session, world: World
) -> None:
    page = viewer.signs_in(role=Role.SUPPORT, to=f"sessions/{ride.sid}")
    page.get_by_role("button", name="Send a message").click()
    page.get_by_role("textbox", name="Message").fill("Your driver is late")
    page.get_by_role("button", name="Send", exact=True).click()
    assert world.alice.receives()[0]["body"] == "Your driver is late"
    article = page.get_by_role("article")
    expect(article).to_contain_text("Sent by the application")
    expect(article).to_contain_text("delivered")
    page.get_by_role("button", name="Extend").click()
    page.get_by_label("It ends").select_option("604800")
    page.get_by_role("dialog").get_by_role("button", name="Extend").click()
    expect(page.get_by_text("(7 d after the last message or call)")).to_be_visible()
    page.get_by_role("button", name="Close", exact=True).click()
    page.get_by_role("button", name="Close it").click()
    expect(page.locator(".page-head").get_by_text("closed", exact=True)).to_be_visible()
    assert ride.here.fetch().status == "closed"
    page.get_by_role("button", name="Re-open").click()
    page.get_by_role("dialog").get_by_role("button", name="Re-open").click()
    expect(page.get_by_role("button", name="Extend")).to_be_visible()
    assert ride.here.fetch().status != "closed"


def test_the_timeline_is_live_and_its_past_comes_a_page_at_a_time(
    viewer: Viewer, ride: Session, world: World
) -> None:
    for number in range(45):
        world.alice.text(ride.a.proxy_identifier, f"Message {number}.")
    world.bob.receives(45)
    page = viewer.signs_in(to=f"sessions/{ride.sid}")
    articles = page.get_by_role("article")
    expect(articles.first).to_contain_text("Message 44.")
    shown = articles.count()
    assert shown < 45
    page.get_by_role("button", name="Older").click()
    expect(articles).to_have_count(45)
    world.alice.text(ride.a.proxy_identifier, "One more")
    expect(articles.first).to_contain_text("One more")
    expect(articles).to_have_count(46)


def test_sessions_are_listed_filtered_and_paged(viewer: Viewer, world: World) -> None:
    for number in range(60):
        world.here.sessions.create(unique_name=f"trip-{number}")
    closed = world.here.sessions.create(unique_name="over")
    world.here.sessions(closed.sid).update(status="closed")
    page = viewer.signs_in(to="sessions")
    rows = page.get_by_role("row")
    expect(rows.nth(1)).to_contain_text("over")
    page.get_by_label("Status").select_option("closed")
    expect(rows).to_have_count(2)
    page.get_by_role("button", name="Clear").click()
    expect(rows).to_have_count(51)
    page.get_by_role("button", name="Older").click()
    expect(rows).to_have_count(12)
    # The place in the list is in the address: it can be sent to a colleague.
    page.reload()
    expect(rows).to_have_count(12)
    page.get_by_role("button", name="Newer").click()
    expect(rows).to_have_count(51)
    world.here.sessions.create(unique_name="fresh")
    expect(rows.nth(1)).to_contain_text("fresh")


def test_what_is_not_found_says_so(viewer: Viewer, world: World) -> None:
    page = viewer.signs_in(to="search")
    expect(page.get_by_text("“My text never arrived”")).to_be_visible()
    page.get_by_label("What to search for").fill("no-such-ride")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Nothing was found")).to_be_visible()
    viewer.opens("sessions/KC00000000000000000000000000000000")
    expect(page.get_by_role("alert")).to_contain_text("There is no such thing here")
    viewer.opens("no/such/page")
    expect(page.get_by_text("There is no such page")).to_be_visible()


def test_one_account_sees_nothing_of_another(
    viewers: Callable[..., Viewer], server: RunningServer, world: World, ride: Session
) -> None:
    viewer = viewers(server)
    page = viewer.signs_in(to="sessions")
    expect(page.get_by_role("link", name="ride-1")).to_be_visible()
    expect(page.get_by_label("Account")).to_have_count(0)
    fresh = Account("AC" + "2" * 32, "Other", "a-token-of-theirs", "active", 1, 1)
    server.transact(lambda tx: tx.accounts.add(fresh))
    page.reload()
    page.get_by_label("Account").select_option(label="Other")
    expect(page.get_by_text("No sessions yet")).to_be_visible()
