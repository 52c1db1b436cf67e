"""Signing in through a real OpenID Connect provider."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import requests

from maskline.model.console import Role
from tests.console.browser import Browser, add_user
from tests.support.oidc_provider import OidcProvider
from tests.support.scrape import free_ports
from tests.support.server import RunningServer

ROLES = {
    "MASKLINE_OIDC_CLIENT_ID": "maskline",
    "MASKLINE_OIDC_ADMIN_VALUES": "ops",
    "MASKLINE_OIDC_SUPPORT_VALUES": "help,desk",
    "MASKLINE_OIDC_VIEWER_VALUES": "staff",
    "MASKLINE_OIDC_LABEL": "Company login",
}
HOST = "http://console.example"


class House:
    """A server and its provider. The server is called by another name than its address, which is
    why redirects to it are followed by hand."""

    def __init__(self, server: RunningServer, provider: OidcProvider) -> None:
        self.server = server
        self.provider = provider

    def away(self, browser: Browser, **query: str) -> str:
        """Where the console sends a browser that wants to sign in."""
        answer = browser.raw("GET", "/oidc/start", params=query, allow_redirects=False)
        assert answer.status_code == 302, answer.text
        return answer.headers["Location"]

    def back(self, browser: Browser, location: str) -> requests.Response:
        """Brings a browser back."""
        assert location.startswith(f"{HOST}/console/api/oidc/callback?")
        path = location.removeprefix(f"{HOST}/console/api")
        return browser.raw("GET", path, allow_redirects=False)

    def enter(self, browser: Browser, login: str, **query: str) -> str:
        """The whole way; where it ends."""
        location = self.provider.sign_in(requests.Session(), self.away(browser, **query), login)
        answer = self.back(browser, location)
        assert answer.status_code == 302
        return answer.headers["Location"]


@pytest.fixture(scope="module", params=["", "a-secret: with/signs"])
def house(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[House]:
    """A public client, and one with a secret."""
    secret = {"MASKLINE_OIDC_CLIENT_SECRET": request.param} if request.param else {}
    with OidcProvider(f"{HOST}/console/api/oidc/callback", request.param) as provider:
        environ = {
            "MASKLINE_PUBLIC_URL": HOST,
            "MASKLINE_OIDC_ISSUER": provider.url,
            **ROLES,
            **secret,
        }
        with RunningServer(tmp_path_factory.mktemp("oidc"), **environ) as server:
            yield House(server, provider)


def test_the_button_is_offered(house: House) -> None:
    offered = Browser(house.server.url).json("/sign-in")
    assert (offered["password"], offered["oidc_label"]) == (True, "Company login")


@pytest.mark.parametrize(
    ("groups", "role"), [("ops", "admin"), ("desk,staff", "support"), ("staff", "viewer")]
)
def test_a_group_gives_its_role(house: House, groups: str, role: str) -> None:
    browser = Browser(house.server.url)
    assert house.enter(browser, f"{role}-person:{groups}") == "/console/"
    me = browser.json("/me")
    assert (me["name"], me["role"], me["has_password"]) == (f"{role}-person", role, False)
    again = Browser(house.server.url)
    house.enter(again, f"{role}-person:{groups}")
    assert again.json("/me")["sid"] == me["sid"]


@pytest.mark.parametrize("groups", ["", "others"])
def test_whoever_has_no_role_stays_out(house: House, groups: str) -> None:
    browser = Browser(house.server.url)
    assert house.enter(browser, f"nobody:{groups}") == "/console/sign-in?error=no-role"
    assert browser.get("/me").status_code == 401


def test_a_disabled_user_stays_out(house: House) -> None:
    browser, admin = Browser(house.server.url), Browser(house.server.url)
    house.enter(browser, "leaver:staff")
    admin.enter(add_user(house.server, Role.ADMIN))
    admin.post(f"/users/{browser.json('/me')['sid']}", {"disabled": True})
    assert house.enter(browser, "leaver:staff") == "/console/sign-in?error=refused"
    assert browser.get("/me").status_code == 401


@pytest.mark.parametrize(
    ("asked", "then"),
    [
        ("/console/sessions/KC1", "/console/sessions/KC1"),
        ("https://evil.example/", "/console/"),
        ("//evil.example", "/console/"),
        ("/console//evil.example", "/console/"),
        ("/console/../evil", "/console/"),
        ("/console\\evil", "/console/"),
        ("/consolevil", "/console/"),
        ("javascript:alert(1)", "/console/"),
    ],
)
def test_the_way_back_leads_to_the_console_alone(house: House, asked: str, then: str) -> None:
    assert house.enter(Browser(house.server.url), "traveller:staff", next=asked) == then


def test_a_code_is_for_the_browser_that_asked(house: House) -> None:
    victim, thief = Browser(house.server.url), Browser(house.server.url)
    location = house.provider.sign_in(requests.Session(), house.away(victim), "victim:ops")
    house.away(thief)
    for browser in (thief, Browser(house.server.url)):
        answer = house.back(browser, location)
        assert answer.headers["Location"] == "/console/sign-in?error=expired"
        assert browser.get("/me").status_code == 401


def test_a_code_works_once(house: House) -> None:
    browser = Browser(house.server.url)
    away = house.away(browser)
    cookie = {one.name: one.value for one in browser.http.cookies}
    location = house.provider.sign_in(requests.Session(), away, "once:staff")
    assert house.back(browser, location).headers["Location"] == "/console/"
    second = Browser(house.server.url)
    second.http.cookies.update(cookie)
    answer = house.back(second, location)
    assert answer.headers["Location"] == "/console/sign-in?error=refused"


def test_a_refusal_is_told(house: House) -> None:
    browser = Browser(house.server.url)
    state = parse_qs(urlsplit(house.away(browser)).query)["state"][0]
    query = urlencode({"error": "access_denied", "state": state})
    answer = browser.raw("GET", f"/oidc/callback?{query}", allow_redirects=False)
    assert answer.headers["Location"] == "/console/sign-in?error=refused"


def test_a_provider_that_is_away_is_told(tmp_path: Path) -> None:
    environ = {"MASKLINE_OIDC_ISSUER": f"http://127.0.0.1:{free_ports(1)}", **ROLES}
    with RunningServer(tmp_path, **environ) as server:
        answer = Browser(server.url).raw("GET", "/oidc/start", allow_redirects=False)
        assert answer.headers["Location"] == "/console/sign-in?error=unavailable"


def test_without_a_provider_there_is_no_such_way(tmp_path: Path) -> None:
    with RunningServer(tmp_path) as server:
        browser = Browser(server.url)
        offered = browser.json("/sign-in")
        assert (offered["oidc_label"], offered["has_users"]) == (None, False)
        add_user(server, Role.VIEWER)
        assert browser.json("/sign-in")["has_users"] is True
        answers: list[Any] = [browser.get("/oidc/start"), browser.get("/oidc/callback")]
        assert [one.status_code for one in answers] == [404, 404]
