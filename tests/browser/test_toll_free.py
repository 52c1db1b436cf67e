"""Toll-free verification in a real browser: from a number that nobody was told of to one that may
send."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from maskline.model.console import Role
from tests.support.console import Viewer, install_axe
from tests.support.server import RunningServer
from tests.support.toll_free import PEOPLE, SAID, TollFree

pytestmark = pytest.mark.needs("chromium")

SCRIPT = "<script>alert(1)</script>"
TURNED = "\u202eevil\u202c \u2066left open"


@pytest.fixture
def numbers(server: RunningServer) -> TollFree:
    return TollFree(server)


def region(page: Page, name: str) -> Locator:
    """A part of the page."""
    return page.get_by_role("region", name=name, exact=True)


@pytest.mark.needs("node", "npm")
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_screen_readers_find_nothing_serious_and_phones_no_overflow(
    viewers: Callable[..., Viewer], server: RunningServer, numbers: TollFree, scheme: str
) -> None:
    install_axe()
    viewer = viewers(server, color_scheme=scheme, reduced_motion="reduce")
    page = viewer.signs_in()
    found: list[str] = []
    for path, words in {
        "toll-free": "masked numbers",
        f"toll-free/new?number={numbers.unverified[0]}": "What reviewers look for",
        f"toll-free/{numbers.rejected}": "Correct what is named",
        f"toll-free/{numbers.approved}": "Nothing is to be done",
        f"toll-free/{numbers.pending}": "Hand in at your provider",
    }.items():
        viewer.opens(path)
        expect(page.locator("main")).to_contain_text(words)
        found += viewer.axe(path)
        if path.endswith(numbers.rejected):
            page.get_by_role("button", name="Correct it").click()
            expect(page.get_by_role("button", name="Hand it in again")).to_be_visible()
            found += viewer.axe("correcting")
        for width in (390, 768, 1024):
            page.set_viewport_size({"width": width, "height": 844})
            page.wait_for_function("() => document.documentElement.scrollWidth <= innerWidth")
        page.set_viewport_size({"width": 1440, "height": 900})
    viewer.opens("toll-free/new")
    page.get_by_role("button", name="Hand it in").click()
    expect(page.get_by_role("alert")).to_contain_text("9 fields to be put right")
    found += viewer.axe("what is wrong")
    assert found == []


def test_a_number_is_verified(viewer: Viewer, numbers: TollFree) -> None:
    numbers.report(numbers.rejected, Status="TWILIO_APPROVED")
    page = viewer.signs_in(to="a2p")
    ready = region(page, "Ready to send masked messages?")
    expect(ready).to_contain_text("2 masked toll-free numbers are not verified")
    ready.get_by_role("link", name="See which").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Toll-free verification")
    expect(page.get_by_role("alert")).to_contain_text("2 masked numbers")
    missing = region(page, "Without a verification")
    row = missing.get_by_role("row").filter(has_text="+1 888 555 0153")
    expect(row).to_contain_text("rides")
    row.get_by_role("link", name=re.compile("Verify it")).click()
    expect(page.get_by_label("Toll-free number")).to_have_value(numbers.unverified[0])
    # The address has no https, and the rest is missing: all of it is said at once.
    page.get_by_label("Website").fill("rides.example")
    page.get_by_label("Who it is").select_option("PRIVATE_PROFIT")
    page.get_by_role("button", name="Hand it in").click()
    expect(page.get_by_role("alert")).to_contain_text("12 fields to be put right")
    name = page.get_by_label("Name needed", exact=True)
    expect(name).to_be_focused()
    expect(name).to_have_attribute("aria-invalid", "true")
    website = page.get_by_label("Website")
    expect(website).to_have_accessible_description("Must be an absolute http or https URL (20001)")
    expect(page.get_by_label("Kind of number")).to_have_accessible_description(
        "Is required of a registered business (20001)"
    )
    expect(page.get_by_label("Trades as")).not_to_have_attribute("aria-invalid", "true")
    website.fill("https://rides.example")
    name.fill("Rides")
    page.get_by_label("Registration number").fill("12-3456789")
    page.get_by_label("Kind of number").select_option("EIN")
    page.get_by_label("Country of registration").fill("us")
    page.get_by_label("E-mail for the outcome").fill("ops@rides.example")
    page.get_by_label(re.compile("^Customer care")).check()
    page.get_by_label("In your own words").fill(SCRIPT)
    page.get_by_label("A message as it is sent").fill("Rides: I am here. Reply STOP to end.")
    page.get_by_label("Messages a month").select_option("10,000")
    page.get_by_label("Where they agree").select_option("WEB_FORM")
    page.get_by_label("Pictures of it").fill("https://rides.example/1.png\n\nno picture")
    page.get_by_role("button", name="Hand it in").click()
    expect(page.get_by_role("alert")).to_contain_text("1 field to be put right")
    pictures = page.get_by_label("Pictures of it")
    expect(pictures).to_be_focused()
    expect(website).not_to_have_attribute("aria-invalid", "true")
    pictures.fill("https://rides.example/1.png")
    page.get_by_role("button", name="Hand it in").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("+1 888 555 0153")
    main = page.locator("main")
    expect(main).to_contain_text("Hand in at your provider")
    expect(main).to_contain_text("carriers refuse what the number sends, with 30032")
    expect(main).to_contain_text(SCRIPT)
    expect(main).to_contain_text("o…@rides.example")
    assert page.locator("main script").count() == 0
    (made,) = numbers.client.messaging.v1.tollfree_verifications.list(
        tollfree_phone_number_sid=numbers.unverified[0]
    )
    assert made.business_registration_country == "US"
    decided = region(page, "What was decided")
    decided.get_by_label("Status").select_option("TWILIO_APPROVED")
    decided.get_by_role("button", name="Note it").click()
    expect(main).to_contain_text("Nothing is to be done: carriers")
    expect(main).not_to_contain_text("30032")
    page.get_by_role("link", name="Toll-free verification").first.click()
    expect(page.get_by_role("alert")).to_contain_text("1 masked number")
    row = region(page, "Verifications").get_by_role("row").filter(has_text="+1 888 555 0153")
    expect(row).to_contain_text("approved")
    viewer.opens("a2p")
    expect(ready).to_contain_text("1 masked toll-free number is not verified")
    expect(ready).not_to_contain_text(numbers.unverified[0])


def test_one_that_was_rejected_is_corrected(viewer: Viewer, numbers: TollFree) -> None:
    page = viewer.signs_in(to="toll-free")
    verifications = region(page, "Verifications")
    expect(verifications.get_by_role("row")).to_have_count(5)
    page.get_by_label("State").select_option("TWILIO_REJECTED")
    expect(verifications.get_by_role("row")).to_have_count(2)
    row = verifications.get_by_role("row").filter(has_text="+1 800 555 0154")
    expect(row).to_contain_text("30484 The name is not that of the public record")
    expect(row).to_contain_text("can be corrected until")
    row.get_by_role("link").click()
    title = page.get_by_role("heading", name="+1 800 555 0154")
    page.get_by_role("button", name="Correct it").press("Enter")
    # The page is another: the keyboard begins at its top, and after it too.
    expect(title).to_be_focused()
    page.get_by_role("button", name="Leave it").press("Enter")
    expect(title).to_be_focused()
    page.get_by_role("button", name="Correct it").click()
    name = page.get_by_label("Name needed", exact=True)
    expect(name).to_have_accessible_description("The name is not that of the public record (30484)")
    name.fill("Rides LLC")
    # What is a person's is not in the page, and stays.
    mail = page.get_by_label("E-mail of the contact")
    expect(mail).to_have_value("")
    expect(mail).to_have_accessible_description("Stays a…@rides.example unless you write another.")
    page.get_by_label("Your terms").fill("terms")
    page.get_by_label("For the reviewer").fill("The name is as in the register")
    page.get_by_role("button", name="Hand it in again").click()
    terms = page.get_by_label("Your terms")
    expect(terms).to_have_accessible_description("Must be an absolute http or https URL (20001)")
    expect(terms).to_be_focused()
    terms.fill("https://rides.example/terms")
    page.get_by_role("button", name="Hand it in again").click()
    expect(page.locator("main")).to_contain_text("Hand in at your provider")
    expect(page.locator("main")).to_contain_text("The name is as in the register")
    found = numbers.client.messaging.v1.tollfree_verifications(numbers.rejected).fetch()
    assert (found.status, found.business_name) == ("PENDING_REVIEW", "Rides LLC")
    assert found.business_contact_email == SAID["business_contact_email"]


def test_what_comes_of_one_is_noted_and_it_is_deleted(viewer: Viewer, numbers: TollFree) -> None:
    page = viewer.signs_in(to=f"toll-free/{numbers.pending}")
    decided = region(page, "What was decided")
    decided.get_by_label("Status").select_option("TWILIO_REJECTED")
    decided.get_by_label("Error codes").fill("30513, 30484")
    decided.get_by_label("Until").fill("2099-01-01T12:00")
    decided.get_by_label("Why").fill(SCRIPT)
    decided.get_by_role("button", name="Note it").click()
    stands = region(page, "How it stands")
    expect(stands).to_contain_text(SCRIPT)
    expect(stands.get_by_role("link")).to_have_count(2)
    expect(stands).to_contain_text("(Pictures of it)")
    expect(stands).to_contain_text("Jan 1, 2099")
    decided.get_by_label("it can be corrected").uncheck()
    decided.get_by_role("button", name="Note it").click()
    expect(stands).to_contain_text("be corrected any more")
    expect(page.get_by_role("button", name="Correct it")).to_have_count(0)
    page.get_by_role("button", name="Delete", exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name="Delete it").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Toll-free verification")
    missing = region(page, "Without a verification")
    expect(missing.get_by_role("row").filter(has_text="+1 866 555 0157")).to_contain_text("in none")


def test_what_was_said_of_one_is_said_of_another(viewer: Viewer, numbers: TollFree) -> None:
    page = viewer.signs_in(to="toll-free/new")
    page.get_by_label("Begin with what was said of").select_option(numbers.approved)
    expect(page.get_by_label("In your own words")).to_have_value(SAID["use_case_summary"])
    expect(page.get_by_label("Pictures of it")).to_have_value("\n".join(SAID["opt_in_image_urls"]))
    expect(page.get_by_label(re.compile("^Deliveries"))).to_be_checked()
    page.get_by_role("button", name="Hand it in").click()
    expect(page.get_by_role("alert")).to_contain_text("1 field to be put right")
    page.get_by_label("E-mail for the outcome").fill("ops@rides.example")
    page.get_by_role("button", name="Hand it in").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("+1 877 555 0158")


def test_hostile_words_are_only_words(viewer: Viewer, numbers: TollFree) -> None:
    one = numbers.client.messaging.v1.tollfree_verifications(numbers.rejected)
    one.update(
        business_name=f"{SCRIPT} {TURNED}",
        business_contact_first_name="\u202eAda",
        use_case_summary=f"{TURNED} {'w' * 3000}",
        edit_reason=TURNED,
    )
    numbers.report(
        numbers.rejected,
        Status="TWILIO_REJECTED",
        ErrorCode="30484",
        ErrorDescription=f"{SCRIPT} {TURNED}",
    )
    page = viewer.signs_in(to="toll-free")
    for width in (1440, 390):
        page.set_viewport_size({"width": width, "height": 900})
        viewer.opens("toll-free")
        expect(region(page, "Verifications")).to_contain_text(SCRIPT)
        assert viewer.turned() == []
        viewer.opens(f"toll-free/{numbers.rejected}")
        expect(region(page, "How it stands")).to_contain_text(SCRIPT)
        assert viewer.turned() == []
        page.get_by_role("button", name="Correct it").click()
        expect(page.get_by_label("Name needed", exact=True)).to_have_accessible_description(
            re.compile("30484")
        )
        assert viewer.turned() == []
        assert page.locator("main script").count() == 0
        assert page.evaluate("() => document.documentElement.scrollWidth - innerWidth") <= 0


@pytest.mark.parametrize("role", [Role.VIEWER, Role.SUPPORT])
def test_who_may_only_look_is_offered_nothing_else(
    viewer: Viewer, numbers: TollFree, role: Role
) -> None:
    page = viewer.signs_in("linus", role, "toll-free")
    expect(page.locator("main")).to_contain_text("2 masked numbers")
    expect(page.get_by_role("link", name=re.compile("^Verify"))).to_have_count(0)
    viewer.opens(f"toll-free/{numbers.rejected}")
    main = page.locator("main")
    expect(main).to_contain_text("A…")
    expect(page.get_by_role("button", name=re.compile("Correct|Delete|Note"))).to_have_count(0)
    assert not [one for one in PEOPLE if one in page.content()]
    reveal = page.get_by_role("button", name=re.compile("^Reveal: First name"))
    if role is Role.SUPPORT:
        reveal.click()
        expect(main).to_contain_text("Augusta")
    else:
        expect(reveal).to_have_count(0)
    viewer.opens("toll-free/new")
    expect(main).to_contain_text("Only an admin hands one in")
