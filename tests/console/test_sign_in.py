"""Signing in, over HTTP."""

from __future__ import annotations

import pytest
import requests

from maskline.model.console import Role
from tests.console.browser import Browser, add_user
from tests.console.conftest import Sign
from tests.support.server import RunningServer

PASSWORD = "correct horse battery"


@pytest.mark.both_engines
def test_a_link_then_a_password(server: RunningServer) -> None:
    browser = Browser(server.url)
    token = add_user(server, Role.SUPPORT)
    answer = browser.enter(token)
    assert answer.status_code == 200
    assert (browser.me["role"], browser.me["has_password"]) == ("support", False)
    assert browser.enter(token).status_code == 401
    done = browser.post("/password", {"current": "", "new": PASSWORD})
    assert done.status_code == 200, done.text
    again = Browser(server.url)
    assert again.sign_in(browser.me["name"].upper(), PASSWORD).status_code == 200
    assert again.me["has_password"]
    assert again.json("/me") == again.me
    assert again.post("/sign-out").status_code == 200
    assert again.get("/me").status_code == 401
    assert browser.get("/me").status_code == 200


def test_the_cookie_is_for_the_server_alone(server: RunningServer) -> None:
    answer = Browser(server.url).enter(add_user(server, Role.VIEWER))
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert "Path=/console" in cookie
    assert "Secure" not in cookie
    assert answer.headers["Cache-Control"] == "no-store"


def test_behind_tls_the_cookie_is_kept_to_it(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("tls")
    with RunningServer(folder, MASKLINE_PUBLIC_URL="https://console.example") as server:
        browser = Browser(server.url)
        answer = browser.enter(add_user(server, Role.VIEWER))
        assert "Secure" in answer.headers["Set-Cookie"]
        from_page = {"Origin": "https://console.example"}
        cookie = {"Cookie": answer.headers["Set-Cookie"].partition(";")[0]}
        out = browser.post("/sign-out", headers={**from_page, **cookie})
        assert out.status_code == 200


def test_a_sign_in_is_never_in_a_cookie_that_was_there_before(server: RunningServer) -> None:
    """Session fixation: who plants a cookie must not be signed in by it."""
    browser = Browser(server.url)
    browser.http.cookies.set("maskline_console", "planted", domain="127.0.0.1", path="/console")
    browser.enter(add_user(server, Role.VIEWER))
    planted = {"Cookie": "maskline_console=planted"}
    assert requests.get(f"{browser.api}/me", headers=planted, timeout=10).status_code == 401
    values = {one.value for one in browser.http.cookies}
    first = next(iter(values - {"planted"}))
    browser.enter(add_user(server, Role.ADMIN))
    old = {"Cookie": f"maskline_console={first}"}
    assert requests.get(f"{browser.api}/me", headers=old, timeout=10).status_code == 401


def test_two_cookies_are_none(server: RunningServer, sign_in: Sign) -> None:
    browser = sign_in(Role.VIEWER)
    value = next(iter(browser.http.cookies)).value
    for cookies in (f"maskline_console={value}; maskline_console=x", "maskline_console="):
        answer = requests.get(f"{browser.api}/me", headers={"Cookie": cookies}, timeout=10)
        assert answer.status_code == 401


def test_a_wrong_name_and_a_wrong_password_are_told_alike(server: RunningServer) -> None:
    browser = Browser(server.url)
    browser.enter(add_user(server, Role.VIEWER))
    browser.post("/password", {"current": "", "new": PASSWORD})
    wrong = Browser(server.url).sign_in(browser.me["name"], "another password")
    nobody = Browser(server.url).sign_in("nobody at all", "another password")
    unset = Browser(server.url)
    unset.enter(add_user(server, Role.VIEWER))
    without = Browser(server.url).sign_in(unset.me["name"], "")
    assert wrong.status_code == nobody.status_code == without.status_code == 401
    assert wrong.content == nobody.content == without.content
    assert "WWW-Authenticate" not in wrong.headers
    assert "Set-Cookie" not in wrong.headers


@pytest.mark.both_engines
def test_too_many_attempts_have_to_wait(server: RunningServer) -> None:
    browser = Browser(server.url)
    browser.enter(add_user(server, Role.VIEWER))
    browser.post("/password", {"current": "", "new": PASSWORD})
    name = browser.me["name"]
    statuses = [Browser(server.url).sign_in(name, "wrong").status_code for _ in range(10)]
    # One went into the change of the password.
    assert statuses == [401] * 9 + [429]
    locked = Browser(server.url).sign_in(name, PASSWORD)
    assert locked.status_code == 429
    assert 0 < int(locked.headers["Retry-After"]) <= 900


def test_the_current_password_is_asked_for(server: RunningServer, sign_in: Sign) -> None:
    browser = sign_in(Role.VIEWER)
    other = Browser(server.url)
    browser.post("/password", {"current": "", "new": PASSWORD})
    other.sign_in(browser.me["name"], PASSWORD)
    assert browser.post("/password", {"current": "", "new": "x" + PASSWORD}).status_code == 403
    assert browser.post("/password", {"current": PASSWORD, "new": "short"}).status_code == 400
    done = browser.post("/password", {"current": PASSWORD, "new": "another " + PASSWORD})
    assert done.status_code == 200
    assert browser.get("/me").status_code == 200
    assert other.get("/me").status_code == 401


def test_an_admin_makes_changes_and_resets_users(server: RunningServer, sign_in: Sign) -> None:
    admin = sign_in(Role.ADMIN)
    made = admin.post("/users", {"name": "Nora", "role": "viewer"}).json()
    sid, token = made["user"]["sid"], made["link"].partition("#token=")[2]
    assert made["link"].startswith(f"{server.url}/console/sign-in#")
    nora = Browser(server.url)
    nora.enter(token)
    assert admin.post(f"/users/{sid}", {"role": "support"}).json()["role"] == "support"
    assert nora.json("/me")["role"] == "support"
    reset = admin.post(f"/users/{sid}/reset").json()
    assert nora.get("/me").status_code == 401
    assert nora.enter(reset["link"].partition("#token=")[2]).status_code == 200
    assert admin.post(f"/users/{sid}", {"disabled": True}).json()["disabled"] is True
    assert nora.get("/me").status_code == 401
    names = [one["name"] for one in admin.json("/users")["users"]]
    assert "Nora" in names
    told = [one["what"] for one in admin.json("/audit")["entries"] if one["subject"] == sid]
    assert told == [
        "user-changed",
        "sign-in",
        "user-reset",
        "user-changed",
        "sign-in",
        "user-created",
    ]


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"", "not JSON"),
        (b"{", "not JSON"),
        (b"[]", "field"),
        (b'{"name": "x"}', "field"),
        (b'{"name": 7, "password": "secret words"}', "name"),
    ],
)
def test_bad_bodies_are_refused_without_being_repeated(
    server: RunningServer, body: bytes, says: str
) -> None:
    headers = {"Content-Type": "application/json"}
    answer = Browser(server.url).raw("POST", "/sign-in", data=body, headers=headers)
    assert answer.status_code == 400
    assert says in answer.json()["message"]
    assert "secret" not in answer.text


def test_a_long_body_is_not_read(server: RunningServer) -> None:
    headers = {"Content-Type": "application/json"}
    answer = Browser(server.url).raw("POST", "/sign-in", data=b" " * 1_100_000, headers=headers)
    assert answer.status_code == 413
