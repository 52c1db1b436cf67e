"""The simulated phones through the console."""

from __future__ import annotations

from pathlib import Path

import pytest
import requests

from maskline.model.console import Role
from tests.console.browser import Browser, add_user, phone
from tests.console.conftest import Sign
from tests.console.town import ALICE, BOB, HOSTILE, Town
from tests.support.server import RunningServer
from tests.support.world import eventually

GIF = b"GIF89a\x01\x00\x01\x00\x00\x00\x00;"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


def test_a_scene_names_both_people_and_what_they_dial(town: Town, sign_in: Sign) -> None:
    found = sign_in(Role.VIEWER).json("/handsets")
    scene = next(one for one in found["scenes"] if one["session_sid"] == town.session.sid)
    assert [(one["name"], one["number"], one["proxy"]) for one in scene["people"]] == [
        ("Person 0", ALICE, town.alice.proxy_identifier),
        ("Person 1", BOB, town.bob.proxy_identifier),
    ]
    assert found["stranger"] not in {one["number"] for one in scene["people"]}
    assert ALICE in {one["number"] for one in found["handsets"]}


def test_a_text_with_a_picture_arrives(town: Town, sign_in: Sign) -> None:
    browser = sign_in(Role.SUPPORT)
    picture = browser.post(
        f"{phone(ALICE)}/pictures", data=GIF, headers={"Content-Type": "image/gif"}
    ).json()
    text = {"to": town.alice.proxy_identifier, "body": HOSTILE, "media": [picture["url"]]}
    sent = browser.post(f"{phone(ALICE)}/messages", text)
    assert sent.status_code == 200, sent.text
    assert sent.json()["body"] == HOSTILE

    def arrived() -> list[dict[str, object]]:
        found = browser.json(f"{phone(BOB)}/messages", limit=1000)["messages"]
        return [one for one in found if one["media"]]

    got = eventually(arrived)[-1]
    assert got["body"] == HOSTILE
    assert got["peer"] == town.bob.proxy_identifier
    assert got["media"] == [{"url": picture["url"], "src": picture["src"]}]
    shown = requests.get(f"{town.server.url}{picture['src']}", timeout=10)
    assert (shown.content, shown.headers["Content-Type"]) == (GIF, "image/gif")


def test_a_drawing_can_do_nothing(town: Town, sign_in: Sign) -> None:
    picture = (
        sign_in(Role.SUPPORT)
        .post(f"{phone(ALICE)}/pictures", data=SVG, headers={"Content-Type": "image/svg+xml"})
        .json()
    )
    shown = requests.get(f"{town.server.url}{picture['src']}", timeout=10)
    assert "sandbox" in shown.headers["Content-Security-Policy"]
    assert "default-src 'none'" in shown.headers["Content-Security-Policy"]
    assert shown.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    ("kind", "content", "status"),
    [
        ("text/html", b"<script>", 415),
        ("image/gif, text/html", b"<script>", 415),
        ("image/png", b"", 400),
        ("image/png", b"x" * 1_100_000, 413),
    ],
)
def test_only_pictures_are_taken(
    town: Town, sign_in: Sign, kind: str, content: bytes, status: int
) -> None:
    answer = sign_in(Role.SUPPORT).post(
        f"{phone(ALICE)}/pictures", data=content, headers={"Content-Type": kind}
    )
    assert answer.status_code == status


def test_no_picture_is_shown_that_was_not_put_there(town: Town) -> None:
    for name in ("PI" + "0" * 32, "x", "%00"):
        answer = requests.get(f"{town.server.url}/simulator/pictures/{name}", timeout=10)
        assert answer.status_code == 404


def test_a_call_is_dialled_answered_keyed_and_hung_up(town: Town, sign_in: Sign) -> None:
    browser = sign_in(Role.SUPPORT)
    dialled = browser.post(f"{phone(ALICE)}/calls", {"to": town.alice.proxy_identifier}).json()

    def ringing() -> list[dict[str, object]]:
        calls = browser.json(f"{phone(BOB)}/calls")["calls"]
        return [one for one in calls if one["status"] == "ringing"]

    call = eventually(ringing)[0]["id"]
    assert browser.post(f"{phone(BOB)}/calls/{call}/answer").json()["status"] == "in-progress"
    keyed = browser.post(f"{phone(ALICE)}/calls/{dialled['id']}/digits", {"digits": "12#"})
    assert keyed.json()["digits"] == "12#"
    over = browser.post(f"{phone(BOB)}/calls/{call}/hangup").json()
    assert over["status"] == "completed"
    assert over["ended"] >= over["answered"] >= over["started"]
    assert browser.post(f"{phone(BOB)}/calls/{call}/hangup").status_code == 409
    assert browser.post(f"{phone(BOB)}/calls/HC0/answer").status_code == 404


def test_a_call_is_rejected(town: Town, sign_in: Sign) -> None:
    browser = sign_in(Role.SUPPORT)
    dialled = browser.post(f"{phone(ALICE)}/calls", {"to": town.alice.proxy_identifier}).json()

    def ringing() -> list[dict[str, object]]:
        calls = browser.json(f"{phone(BOB)}/calls")["calls"]
        return [one for one in calls if one["status"] == "ringing"]

    call = eventually(ringing)[0]["id"]
    browser.post(f"{phone(BOB)}/calls/{call}/reject", {"reason": "busy"})

    def status() -> str:
        calls = browser.json(f"{phone(ALICE)}/calls")["calls"]
        return str(next(one for one in calls if one["id"] == dialled["id"])["status"])

    eventually(lambda: status() not in {"ringing", "in-progress", "queued", "initiated"})


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("messages", {"to": "x", "body": "hi"}, 400),
        ("messages", {"to": "+14158675310", "body": ""}, 400),
        ("messages", {"to": "+14158675310", "body": "x" * 1601}, 400),
        ("messages", {"to": "+14158675310", "body": "\x07"}, 400),
        ("messages", {"to": "+14158675310", "media": ["javascript:alert(1)"]}, 400),
        ("messages", {"to": "+14158670000", "body": "hi"}, 404),
        ("calls", {"to": "x"}, 400),
        ("calls", {"to": "+14158670000"}, 404),
    ],
)
def test_what_no_phone_can_do_is_refused(
    town: Town, sign_in: Sign, path: str, body: dict[str, object], status: int
) -> None:
    assert sign_in(Role.SUPPORT).post(f"{phone(ALICE)}/{path}", body).status_code == status


def test_without_the_simulator_there_are_no_phones(tmp_path: Path) -> None:
    with RunningServer(tmp_path, MASKLINE_SIMULATOR_ENABLED="false") as server:
        browser = Browser(server.url)
        browser.enter(add_user(server, Role.ADMIN))
        assert browser.me["features"]["simulator"] is False
        assert browser.get("/handsets").status_code == 404
        assert browser.get(f"{phone(ALICE)}/messages").status_code == 404
        dialled = browser.post(f"{phone(ALICE)}/calls", {"to": "+14158675310"})
        assert dialled.status_code in {404, 405}


def test_without_the_console_there_is_nothing(tmp_path: Path) -> None:
    with RunningServer(tmp_path, MASKLINE_CONSOLE_ENABLED="false") as server:
        for path in ("/console", "/console/api/me", "/console/api/sign-in"):
            assert requests.get(f"{server.url}{path}", timeout=10).status_code == 404
