"""Who comes in, and how far."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

from maskline.model.console import Role
from tests.support.console import Viewer, link
from tests.support.server import RunningServer
from tests.support.world import World

pytestmark = pytest.mark.needs("chromium")

PASSWORD = "four words in a row"


def test_a_link_works_once_then_a_password_does(
    viewers: Callable[..., Viewer], server: RunningServer
) -> None:
    made = link(server, "grace", Role.SUPPORT)
    first = viewers(server)
    page = first.page
    page.goto(made)
    expect(page.locator(".shell")).to_be_visible()
    # No history and no screenshot keeps the token.
    assert "token" not in page.url
    page.get_by_role("link", name="grace").click()
    page.get_by_label("New password").fill("short")
    page.get_by_role("button", name="Set the password").click()
    expect(page.get_by_text("Your password is set")).to_have_count(0)
    page.get_by_label("New password").fill(PASSWORD)
    page.get_by_role("button", name="Set the password").click()
    expect(page.get_by_text("Your password is set")).to_be_visible()
    second = viewers(server)
    page = second.page
    page.goto(made)
    expect(page.get_by_text("This link does not work any more")).to_be_visible()
    page.get_by_label("Name").fill("grace")
    page.get_by_label("Password").fill("something else")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_text("Name or password is wrong")).to_be_visible()
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.locator(".shell")).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_label("Password")).to_be_visible()
    page.reload()
    expect(page.get_by_label("Password")).to_be_visible()


def test_whoever_is_not_signed_in_comes_to_where_they_wanted_to_go(
    viewer: Viewer, server: RunningServer, world: World
) -> None:
    viewer.opens("sessions?status=closed")
    expect(viewer.page.get_by_role("button", name="Sign in")).to_be_visible()
    made = link(server, "ada", Role.VIEWER)
    viewer.page.goto(f"{server.url}/console/sessions?status=closed#{made.partition('#')[2]}")
    expect(viewer.page.get_by_text("No session fits these filters")).to_be_visible()


def test_a_page_that_wants_out_of_the_console_is_not_gone_to(
    viewer: Viewer, server: RunningServer
) -> None:
    token = link(server, "ada", Role.VIEWER).partition("#")[2]
    viewer.page.goto(f"{server.url}/console/sign-in?next=//elsewhere.example/#{token}")
    expect(viewer.page.get_by_role("heading", name="Overview")).to_be_visible()
    assert viewer.page.url.startswith(f"{server.url}/console")


def test_a_link_that_is_opened_again_leads_on_for_whoever_is_in(
    viewer: Viewer, server: RunningServer
) -> None:
    made = link(server, "ada", Role.SUPPORT).replace("sign-in#", "sign-in?next=/sessions#")
    for _ in range(2):
        viewer.page.goto(made)
        expect(viewer.page.get_by_role("heading", name="Sessions")).to_be_visible()
        viewer.opens("profile")


def test_signing_in_anew_in_another_tab_does_not_break_the_first(
    viewer: Viewer, server: RunningServer, world: World
) -> None:
    session = world.session(unique_name="ride-1")
    page = viewer.signs_in("ada", Role.SUPPORT, f"sessions/{session.sid}")
    other = viewer.context.new_page()
    other.goto(link(server, "grace", Role.SUPPORT))
    expect(other.get_by_role("link", name="grace")).to_be_visible()
    page.get_by_role("button", name="Extend").click()
    page.get_by_role("dialog").get_by_role("button", name="Extend").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    # It is done as whoever is signed in now, and says so.
    expect(page.get_by_role("link", name="grace")).to_be_visible()


def test_another_systems_button_and_what_it_said_no_to(
    viewers: Callable[..., Viewer], tmp_path: Path
) -> None:
    oidc = {
        "MASKLINE_OIDC_ISSUER": "https://login.example",
        "MASKLINE_OIDC_CLIENT_ID": "maskline",
        "MASKLINE_OIDC_LABEL": "Company login",
    }
    with RunningServer(tmp_path, **oidc) as server:
        page = viewers(server).opens("sign-in?next=/sessions&error=no-role")
        expect(page.get_by_role("alert")).to_contain_text("no role here was given to you")
        button = page.get_by_role("link", name="Company login")
        expect(button).to_have_attribute(
            "href", "/console/api/oidc/start?next=%2Fconsole%2Fsessions"
        )


@pytest.mark.parametrize("role", [Role.VIEWER, Role.SUPPORT])
def test_only_an_admin_sees_users_and_the_audit_log(viewer: Viewer, role: Role) -> None:
    page = viewer.signs_in(role=role)
    expect(page.get_by_role("link", name="Sessions", exact=True)).to_be_visible()
    for name, path in (("Users", "users"), ("Audit log", "audit")):
        expect(page.get_by_role("link", name=name)).to_have_count(0)
        viewer.opens(path)
        expect(page.get_by_text("This page is not yours to see")).to_be_visible()
    # The server refuses it too, whatever the page shows.
    assert page.request.get(f"{viewer.server.url}/console/api/users").status == 403


def test_an_admin_adds_changes_and_disables_a_user(
    viewers: Callable[..., Viewer], server: RunningServer
) -> None:
    admin, other = viewers(server), viewers(server)
    page = admin.signs_in(to="users")
    page.get_by_role("button", name="Add a user").click()
    page.get_by_role("textbox", name="Name").fill("linus")
    page.get_by_role("radio", name=re.compile("Viewer")).check()
    page.get_by_role("button", name="Add", exact=True).click()
    made = page.get_by_role("region", name="Sign-in link").inner_text()
    page.get_by_role("button", name="Done").click()
    other.page.goto(made)
    expect(other.page.get_by_role("link", name="linus")).to_contain_text("viewer")
    page.get_by_role("button", name="Change linus").click()
    page.get_by_role("radio", name=re.compile("Support")).check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("row").filter(has_text="linus")).to_contain_text("support")
    other.page.reload()
    expect(other.page.get_by_role("link", name="linus")).to_contain_text("support")
    page.get_by_role("button", name="Change linus").click()
    page.get_by_role("button", name="Disable").click()
    expect(page.get_by_role("row").filter(has_text="linus")).to_contain_text("disabled")
    # At the next click they are out.
    other.page.get_by_role("link", name="Sessions", exact=True).click()
    expect(other.page.get_by_role("button", name="Sign in")).to_be_visible()
