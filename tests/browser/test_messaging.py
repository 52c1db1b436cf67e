"""Messaging in a real browser: messages, Messaging Services, opt-out lists, A2P."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from playwright.sync_api import Page, expect

from maskline.model.console import Role
from tests.support.console import Viewer, install_axe
from tests.support.server import RunningServer
from tests.support.texts import NUMBERS, PAGES, Texts
from tests.support.world import Handset

pytestmark = pytest.mark.needs("chromium")

SCRIPT = "<script>alert(1)</script>"
TURNED = "\u202eevil\u202c \u2066left open"
DARK = ("messages", "messaging-services/{texts}?view=opt-outs", "a2p")


@pytest.fixture
def texts(server: RunningServer) -> Texts:
    return Texts(server)


def opened(viewer: Viewer, texts: Texts, path: str) -> Page:
    page = viewer.opens(path.format(texts=texts.texts))
    expect(page.locator("main")).to_contain_text(PAGES[path])
    return page


@pytest.mark.needs("node", "npm")
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_screen_readers_find_nothing_serious_and_phones_no_overflow(
    viewers: Callable[..., Viewer], server: RunningServer, texts: Texts, scheme: str
) -> None:
    install_axe()
    viewer = viewers(server, color_scheme=scheme, reduced_motion="reduce")
    viewer.signs_in()
    found: list[str] = []
    for path in PAGES if scheme == "light" else DARK:
        page = opened(viewer, texts, path)
        found += viewer.axe(path)
        if scheme == "light":
            page.set_viewport_size({"width": 390, "height": 844})
            page.wait_for_function("() => document.documentElement.scrollWidth <= innerWidth")
            page.set_viewport_size({"width": 1440, "height": 900})
    page = opened(viewer, texts, "a2p")
    for name in ("PROXY", "registered elsewhere", "no id yet"):
        page.get_by_role("button", name=name, exact=True).click()
        expect(page.get_by_role("dialog").get_by_label("How far it is")).to_be_visible()
        found += viewer.axe(name)
        page.keyboard.press("Escape")
    for name in ("Register a brand", "Register a campaign"):
        page.get_by_role("button", name=name).click()
        expect(page.get_by_role("dialog")).to_be_visible()
        found += viewer.axe(name)
        page.keyboard.press("Escape")
    page = opened(viewer, texts, "messaging-services/{texts}")
    page.get_by_role("button", name="Add senders").click()
    expect(page.get_by_role("dialog")).to_contain_text("In no Messaging Service yet")
    found += viewer.axe("add senders")
    page = opened(viewer, texts, "messaging-services/{texts}?view=opt-outs")
    page.get_by_role("button", name=re.compile("^English")).click()
    expect(page.get_by_role("dialog")).to_contain_text("of 320 characters")
    found += viewer.axe("an opt-out list")
    assert found == []


def test_a_message_is_scheduled_and_cancelled(viewer: Viewer, texts: Texts) -> None:
    page = viewer.signs_in("grace", Role.SUPPORT, f"messaging-services/{texts.texts}")
    page.get_by_role("link", name="Send a message").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("To", exact=True)).to_be_focused()
    dialog.get_by_label("To", exact=True).fill("+1 202 555 0188")
    dialog.get_by_label("Text").fill("See you tomorrow")
    dialog.get_by_label("later").check()
    dialog.get_by_role("button", name="Schedule").click()
    expect(dialog).to_have_count(0)
    page.get_by_role("combobox", name="Status").select_option("scheduled")
    expect(page.get_by_role("row")).to_have_count(5)
    row = page.get_by_role("row").filter(has_text="See you tomorrow")
    row.get_by_role("button", name="Cancel").click()
    page.get_by_role("dialog").get_by_role("button", name="Cancel it").click()
    expect(page.get_by_role("row")).to_have_count(4)
    page.get_by_role("combobox", name="Status").select_option("canceled")
    expect(page.get_by_role("row").filter(has_text="See you tomorrow")).to_have_count(1)


def test_a_message_goes_to_a_phone_and_what_is_wrong_is_said(
    viewer: Viewer, server: RunningServer, texts: Texts
) -> None:
    page = viewer.signs_in("grace", Role.SUPPORT, "messages?send=new")
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("To", exact=True).fill("+1 999")
    dialog.get_by_label("Text").fill(SCRIPT)
    dialog.get_by_role("combobox").select_option(label="Ride updates")
    dialog.get_by_role("button", name="Send", exact=True).click()
    expect(dialog).to_contain_text("not a valid phone number")
    dialog.get_by_label("To", exact=True).fill("+1 202 555 0188")
    dialog.get_by_role("button", name="Send", exact=True).click()
    expect(dialog).to_have_count(0)
    (got,) = Handset(server, "+12025550188").receives()
    assert got["body"] == SCRIPT
    row = page.get_by_role("row").filter(has_text=SCRIPT)
    expect(row).to_contain_text("delivered")
    assert page.locator("main script").count() == 0


def test_a_service_is_made_filled_and_deleted(viewer: Viewer, texts: Texts) -> None:
    page = viewer.signs_in(to="messaging-services")
    page.get_by_role("button", name="Add a service").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill(TURNED)
    dialog.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("evil")
    expect(page.locator("main")).to_contain_text("Nobody sends for this service yet")
    page.get_by_role("button", name="Add senders").click()
    page.get_by_role("dialog").get_by_label(re.compile("1 888 555 0153")).check()
    page.get_by_role("dialog").get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_role("row")).to_have_count(2)
    page.get_by_role("button", name="Add senders").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("tab", name="A name").click()
    dialog.get_by_label("Name").fill("ACME")
    dialog.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_role("row")).to_have_count(3)
    page.get_by_role("button", name=re.compile("Remove ACME")).click()
    page.get_by_role("dialog").get_by_role("button", name="Remove").click()
    expect(page.get_by_role("row")).to_have_count(2)
    page.get_by_role("tab", name="Settings").click()
    switch = page.get_by_role("switch", name="MMS converter")
    expect(switch).to_be_checked()
    switch.click()
    expect(switch).not_to_be_checked()
    page.get_by_label("a program of the service").check()
    page.get_by_label("Address").fill("https://texts.example/in")
    inbound = page.get_by_role("region", name="Inbound messages")
    inbound.get_by_role("button", name="Save").click()
    expect(page.locator(".toasts")).to_contain_text("Saved")
    page.reload()
    expect(page.get_by_role("switch", name="MMS converter")).not_to_be_checked()
    expect(page.get_by_label("Address")).to_have_value("https://texts.example/in")
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.get_by_role("heading", name="Messaging Services")).to_be_visible()
    expect(page.locator("main")).not_to_contain_text("evil")


def test_a_service_that_diverts_is_mended_at_once(
    viewer: Viewer, server: RunningServer, texts: Texts
) -> None:
    pool = texts.client.proxy.v1.services.create(unique_name="rides")
    number = texts.client.incoming_phone_numbers.list(phone_number=NUMBERS[0])[0]
    pool.phone_numbers.create(sid=number.sid)
    texts.service.update(use_inbound_webhook_on_number=False)
    page = viewer.signs_in(to="messaging-services")
    page.get_by_role("alert").get_by_role("link", name="Ride updates").click()
    expect(page.get_by_role("alert")).to_contain_text("1 proxy number are not masked")
    expect(page.get_by_role("row").filter(has_text="diverted")).to_have_count(1)
    page.get_by_role("button", name="Leave them to Proxy").click()
    expect(page.get_by_role("alert")).to_have_count(0)
    assert texts.client.messaging.v1.services(texts.texts).fetch().use_inbound_webhook_on_number


def test_words_are_kept_and_answered_with(
    viewer: Viewer, server: RunningServer, texts: Texts
) -> None:
    page = viewer.signs_in(to=f"messaging-services/{texts.texts}?view=opt-outs")
    page.get_by_role("button", name="Add a list").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Language").select_option("GERMAN")
    dialog.get_by_role("button", name="Add", exact=True).click()
    expect(dialog.get_by_role("heading", level=2)).to_have_text("German")
    part = dialog.get_by_role("group", name="No more messages")
    part.get_by_label("Words").fill("HALT, SCHLUSS")
    part.get_by_label("Answer").fill("Es kommt nichts mehr.")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_have_count(0)
    row = page.get_by_role("row").filter(has_text="German")
    expect(row).to_contain_text("SCHLUSS")
    phone = Handset(server, "+12025550177")
    phone.text(NUMBERS[0], "schluss")
    assert [one["body"] for one in phone.receives()] == ["Es kommt nichts mehr."]
    # What always means something else is refused, in words.
    page.get_by_role("button", name=re.compile("^German")).click()
    part.get_by_label("Words").fill("HELP")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_contain_text("always means something else")


def test_a_brand_is_vetted_and_its_score_is_noted(
    viewer: Viewer, server: RunningServer, texts: Texts
) -> None:
    brand = registered(texts, "BVETTED", brand_score=30)
    page = viewer.signs_in(to="a2p")
    brands = page.get_by_role("region", name="Brands")
    row = brands.get_by_role("row").filter(has_text="BVETTED")
    row.get_by_role("button", name="BVETTED").click()
    dialog = page.get_by_role("dialog")
    now = dialog.get_by_role("row").filter(has_text="now: 30")
    expect(now).to_contain_text("10,000")
    expect(dialog).to_contain_text("None yet")
    dialog.get_by_role("button", name="Have it vetted…").click()
    # Campaign Verify's own token, or none.
    dialog.get_by_label("Campaign Verify").check()
    dialog.get_by_label("Its token").fill("token")
    dialog.get_by_role("button", name="Have it vetted", exact=True).click()
    expect(dialog.get_by_label("Its token")).to_be_focused()
    dialog.get_by_label("Aegis Mobile").check()
    dialog.get_by_label("Its token").fill("")
    dialog.get_by_role("button", name="Have it vetted", exact=True).click()
    vetting = dialog.get_by_role("listitem").filter(has_text="Aegis Mobile")
    expect(vetting).to_contain_text("in progress")
    vetting.get_by_role("button", name="Note the result…").click()
    vetting.get_by_label("The score that it gave").fill("81")
    then = vetting.get_by_role("row").filter(has_text="then: 81")
    expect(then).to_contain_text("200,000")
    vetting.get_by_role("button", name="Note it").click()
    expect(vetting).to_contain_text("81")
    expect(vetting).to_contain_text("success")
    expect(dialog.get_by_role("row").filter(has_text="now: 81")).to_contain_text("top")
    # The list behind it knows, too.
    page.keyboard.press("Escape")
    expect(row).to_contain_text("81")
    assert texts.client.messaging.v1.brand_registrations(brand).fetch().brand_score == 81


def test_the_keyboard_goes_on_in_what_opens_and_where_it_stood(
    viewer: Viewer, texts: Texts
) -> None:
    page = viewer.signs_in(to="a2p")
    brands = page.get_by_role("region", name="Brands")
    brands.get_by_role("row").filter(has_text="a test").get_by_role("button").first.press("Enter")
    dialog = page.get_by_role("dialog")
    opener = dialog.get_by_role("button", name="Have it vetted…")
    opener.press("Enter")
    expect(dialog.get_by_role("radio", name=re.compile("Aegis"))).to_be_focused()
    dialog.get_by_role("button", name="Cancel").press("Enter")
    expect(opener).to_be_focused()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="PROXY").press("Enter")
    opener = dialog.get_by_role("button", name=re.compile("Delete this campaign"))
    opener.press("Enter")
    # What Enter presses now changes nothing.
    expect(dialog.get_by_role("button", name="Leave it")).to_be_focused()
    page.keyboard.press("Enter")
    expect(opener).to_be_focused()


def test_a_sole_proprietor_is_sent_the_text_anew(
    viewer: Viewer, server: RunningServer, texts: Texts
) -> None:
    sole = {"brand_type": "SOLE_PROPRIETOR", "identity_status": "UNVERIFIED"}
    brand = registered(texts, "BSOLE", **sole)
    page = viewer.signs_in(to="a2p")
    page.get_by_role("button", name="BSOLE").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("answer it with YES")
    expect(dialog).to_contain_text("Have it sent where the brand is registered")
    expect(dialog.get_by_role("button", name="Send the text anew")).to_have_count(0)
    page.keyboard.press("Escape")
    put(server, brand, registrar="main")
    page.get_by_role("button", name="BSOLE").click()
    expect(dialog).not_to_contain_text("Have it sent where")
    dialog.get_by_role("button", name="Send the text anew").click()
    expect(dialog).to_contain_text("last asked for just now")
    expect(page.locator(".toasts")).to_contain_text("A text is on its way")
    # It is answered while somebody looks.
    put(server, brand, identity_status="VERIFIED")
    expect(dialog).to_contain_text("Confirmed: its owner has answered", timeout=15_000)


def registered(texts: Texts, tcr_id: str, **changes: Any) -> str:
    """The SID of a brand that an operator registered by hand, and that is approved."""
    made = texts.client.messaging.v1.brand_registrations.create(
        customer_profile_bundle_sid="BU" + "1" * 32, a2p_profile_bundle_sid="BU" + "2" * 32
    )
    put(texts.server, str(made.sid), status="APPROVED", tcr_id=tcr_id, **changes)
    return str(made.sid)


def put(server: RunningServer, brand: str, **changes: Any) -> None:
    """A brand is as it is not by itself."""

    async def write(tx: Any) -> None:
        held = await tx.brands.peek(brand)
        await tx.brands.update(msgspec.structs.replace(held, **changes))

    server.transact(write)


def test_a_campaign_says_what_is_answered(viewer: Viewer, texts: Texts) -> None:
    v1 = texts.client.messaging.v1
    second = v1.services.create(friendly_name="Second", use_inbound_webhook_on_number=True)
    third = v1.services.create(friendly_name="Third")
    registered(texts, "BANSWERS")
    numbers = [f"+1646555{one:04d}" for one in range(100, 112)]
    for number in numbers:
        made = texts.client.incoming_phone_numbers.create(phone_number=number)
        second.phone_numbers.create(phone_number_sid=made.sid)
    page = viewer.signs_in(to="a2p")
    page.get_by_role("button", name="Register a campaign").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Messaging Service").select_option(label="Second")
    dialog.get_by_label("Brand").select_option(label="BANSWERS")
    dialog.get_by_label("What it is").fill("Riders and drivers write to each other about a ride")
    dialog.get_by_label("How people agree").fill("In the app, on the page where a ride is booked")
    stop, ask = (dialog.get_by_role("group", name=name) for name in ("No more messages", "Help"))
    words, answer = stop.get_by_label("Words"), stop.get_by_label("Answer")
    # It begins with what is true.
    expect(words).to_have_value(re.compile("^STOP STOPALL"))
    expect(answer).to_have_value(re.compile("^You are unsubscribed"))
    expect(dialog.get_by_text("another answer is sent")).to_have_count(0)
    sent = answer.input_value()
    words.fill("STOP, LEAVE")
    answer.fill("ACME Rides: you get nothing more of us.")
    expect(stop.get_by_role("status")).to_contain_text("LEAVE is not taken for this")
    expect(stop.get_by_role("status")).to_contain_text(sent)
    # What was typed stays where another service is chosen, and what was not is that one's.
    dialog.get_by_label("Messaging Service").select_option(label="Third")
    expect(words).to_have_value("STOP, LEAVE")
    dialog.get_by_label("Messaging Service").select_option(label="Second")
    stop.get_by_role("button", name="Take what is sent").click()
    expect(answer).to_have_value(sent)
    expect(stop.get_by_role("status")).to_have_count(0)
    words.fill("STOP END")
    ask.get_by_label("Answer").fill("Too short")
    dialog.get_by_role("button", name="Hand it in").click()
    expect(ask.get_by_label("Answer")).to_be_focused()
    ask.get_by_label("Answer").fill("ACME Rides: see rides.example/help, or write to us.")
    dialog.get_by_role("button", name="Hand it in").click()
    expect(dialog).to_have_count(0)
    campaign = second.us_app_to_person.list()[0]
    assert campaign.opt_out_keywords == ["STOP", "END"]
    assert campaign.opt_out_message == sent
    assert campaign.opt_in_keywords == ["START", "YES", "UNSTOP"]
    findings = page.get_by_role("region", name="Ready to send")
    expect(findings.get_by_role("listitem").filter(has_text=campaign.sid)).to_contain_text(
        "HelpMessage"
    )
    row = page.get_by_role("region", name="Campaigns").get_by_role("row").filter(has_text="Second")
    row.get_by_role("button").click()
    expect(dialog.get_by_role("status")).to_have_count(1)
    expect(dialog.get_by_role("status")).to_contain_text("Another answer is sent")
    expect(dialog.get_by_role("link", name=re.compile("own lists$"))).to_have_attribute(
        "href", re.compile(f"{second.sid}[?]view=opt-outs$")
    )
    # A number a line, one below the other.
    listed = dialog.get_by_role("list", name="Its numbers").get_by_role("listitem")
    expect(listed).to_have_count(len(numbers))
    expect(listed.first).to_contain_text("+1 646 555 0100")
    expect(listed.first).to_contain_text("pending")
    boxes = [listed.nth(at).bounding_box() for at in (0, 1)]
    assert all(boxes)
    first, after = (box for box in boxes if box)
    assert first["x"] == after["x"]
    assert first["y"] + first["height"] <= after["y"] + 1
    expect(dialog).to_contain_text(f"{len(numbers)} pending")
    assert third.us_app_to_person.list() == []


def test_a_brand_and_a_campaign_are_registered(viewer: Viewer, texts: Texts) -> None:
    texts.client.messaging.v1.services.create(friendly_name="Second")
    page = viewer.signs_in(to="a2p")
    page.get_by_role("button", name="Register a brand").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Customer profile").fill("BU" + "a" * 32)
    dialog.get_by_label("A2P profile").fill("BU" + "b" * 32)
    dialog.get_by_role("button", name="Hand it in").click()
    expect(dialog).to_have_count(0)
    brands = page.get_by_role("region", name="Brands")
    expect(brands.get_by_role("row")).to_have_count(4)
    brands.get_by_role("button", name="no id yet").first.click()
    dialog.get_by_label("Status").select_option("APPROVED")
    dialog.get_by_label("Its id there").fill("BNEW")
    dialog.get_by_role("button", name="Note it").click()
    expect(brands.get_by_role("row").filter(has_text="BNEW")).to_contain_text("approved")
    page.get_by_role("button", name="Register a campaign").click()
    dialog.get_by_label("Messaging Service").select_option(label="Second")
    dialog.get_by_label("Brand").select_option(label="BNEW")
    dialog.get_by_label("What it is").fill(f"{SCRIPT} riders and drivers write to each other")
    dialog.get_by_label("How people agree").fill("In the app, on the page where a ride is booked")
    dialog.get_by_role("button", name="Hand it in").click()
    expect(dialog).to_have_count(0)
    campaigns = page.get_by_role("region", name="Campaigns")
    row = campaigns.get_by_role("row").filter(has_text="Second")
    expect(row).to_contain_text("pending")
    row.get_by_role("button").click()
    expect(dialog).to_contain_text(SCRIPT)
    dialog.get_by_label("Status").select_option("FAILED")
    dialog.get_by_label("Why").fill("Where do they agree?")
    dialog.get_by_role("button", name="Note it").click()
    expect(row).to_contain_text("Where do they agree?")
    row.get_by_role("button").click()
    dialog.get_by_role("button", name=re.compile("Correct it")).click()
    expect(dialog.get_by_label("What it is")).to_have_value(re.compile("riders and drivers"))
    dialog.get_by_label("How people agree").fill("In the app, below a box that is ticked by hand")
    dialog.get_by_role("button", name="Hand it in again").click()
    expect(dialog).to_have_count(0)
    expect(row).to_contain_text("pending")
    row.get_by_role("button").click()
    expect(dialog).to_contain_text("ticked by hand")
    dialog.get_by_role("button", name=re.compile("Delete this campaign")).click()
    dialog.get_by_role("button", name="Delete the campaign").click()
    expect(campaigns.get_by_role("row").filter(has_text="Second")).to_have_count(0)


@pytest.mark.parametrize("role", [Role.VIEWER, Role.SUPPORT])
def test_who_may_only_look_is_offered_nothing_else(
    viewer: Viewer, texts: Texts, role: Role
) -> None:
    page = viewer.signs_in("linus", role, "a2p")
    expect(page.locator("main")).to_contain_text("T-Mobile, today")
    expect(page.get_by_role("button", name=re.compile("Register"))).to_have_count(0)
    page.get_by_role("button", name="no id yet").first.click()
    expect(page.get_by_role("dialog").get_by_role("button", name="Note it")).to_have_count(0)
    page.keyboard.press("Escape")
    opened(viewer, texts, "messaging-services/{texts}")
    expect(page.get_by_role("button", name=re.compile("Remove|Add|Delete"))).to_have_count(0)
    opened(viewer, texts, "messaging-services/{texts}?view=settings")
    expect(page.get_by_role("switch", name="Sticky sender")).to_be_disabled()
    expect(page.get_by_role("button", name="Save")).to_have_count(0)
    opened(viewer, texts, "messaging-services/{texts}?view=opt-outs")
    page.get_by_role("button", name=re.compile("^English")).click()
    expect(page.get_by_role("dialog").get_by_role("button", name="Save")).to_have_count(0)
    viewer.opens("messages")
    expect(page.get_by_role("row").nth(1)).to_be_visible()
    may = role is Role.SUPPORT
    expect(page.get_by_role("button", name="Send a message")).to_have_count(int(may))
    expect(page.get_by_text("hidden from viewers").first).to_be_visible(visible=not may)
