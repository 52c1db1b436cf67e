"""Brands in the console: vettings, what a score is worth, the text that confirms a person."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from maskline.a2p.limits import shipped
from maskline.a2p.throughput import steps
from maskline.model.console import Role
from tests.console.browser import Browser
from tests.console.conftest import Sign
from tests.console.test_a2p import PROFILES, made
from tests.console.test_operations import deed
from tests.console.town import Town
from tests.support.world import eventually

TOKEN = "cv|1.0|token"


def brand(browser: Browser, **more: Any) -> str:
    """The SID of a new one."""
    return str(made(browser.post("/a2p/brands", {**PROFILES, **more}))["sid"])


def put(town: Town, sid: str, **changes: Any) -> None:
    """A brand is as it would be at another registrar."""

    async def write(tx: Any) -> None:
        held = await tx.brands.peek(sid)
        await tx.brands.update(msgspec.structs.replace(held, **changes))

    town.server.transact(write)


def test_a_vetting_by_hand_and_its_score(town: Town, sign_in: Sign) -> None:
    browser = sign_in()
    sid = brand(browser)
    path = f"/a2p/brands/{sid}"
    detail = sign_in(Role.VIEWER).json(path)
    assert (detail["brand"]["sid"], detail["vettings"]) == (sid, [])
    assert detail["providers"] == ["aegis", "campaign-verify"]
    assert (detail["tmobile_tier"], detail["tmobile_daily_cap"]) == ("LOW", 2000)
    assert (detail["reported"], detail["passcode"]) == (False, None)
    assert detail["steps"] == [msgspec.structs.asdict(one) for one in steps(shipped())]
    assert [one["least"] for one in detail["steps"]] == [75, 50, 25, 0]
    asked = made(browser.post(f"{path}/vettings", {"provider": "aegis"}))
    (vetting,) = asked["vettings"]
    assert (vetting["provider"], vetting["vetting_class"]) == ("aegis", "STANDARD")
    assert (vetting["status"], vetting["score"]) == ("IN_PROGRESS", None)
    assert vetting["next"] == ["FAILED", "SUCCESS"]
    found = deed(browser, "brand-vetted")
    assert (found["subject"], found["detail"]) == (sid, "aegis")
    report = f"{path}/vettings/{vetting['sid']}/report"
    for wrong in (
        {"status": "wrong"},
        {"status": "SUCCESS", "score": 101},
        {"status": "FAILED", "score": 80},
    ):
        answer = browser.post(report, wrong)
        assert (answer.status_code, answer.json()["code"]) == (400, 20001), wrong
    done = made(browser.post(report, {"status": "SUCCESS", "score": 62}))
    (vetting,) = done["vettings"]
    assert (vetting["status"], vetting["score"], vetting["next"]) == ("SUCCESS", 62, [])
    assert (done["brand"]["brand_score"], done["tmobile_tier"]) == (62, "HIGH_MID")
    assert done["tmobile_daily_cap"] == 40_000
    found = deed(browser, "registration-reported")
    assert (found["subject"], found["detail"]) == (vetting["sid"], "SUCCESS")
    # What came of it does not change any more.
    assert browser.post(report, {"status": "FAILED"}).json()["code"] == 20001


def test_campaign_verify_s_needs_its_token(town: Town, sign_in: Sign) -> None:
    browser = sign_in()
    path = f"/a2p/brands/{brand(browser)}/vettings"
    political = {"provider": "campaign-verify", "token": TOKEN}
    for body, code in (
        ({"provider": "campaign-verify"}, 21722),
        ({"provider": "campaign-verify", "token": "token"}, 21722),
        ({"provider": "somebody"}, 20001),
    ):
        assert browser.post(path, body).json()["code"] == code, body
    (one,) = made(browser.post(path, political))["vettings"]
    assert one["vetting_class"] == "POLITICAL"
    # The token opens the examiner's file: nothing shows it.
    assert TOKEN not in browser.get(path.removesuffix("/vettings")).text
    assert browser.post(path, political).json()["code"] == 21723
    report = f"{path}/{one['sid']}/report"
    (failed,) = made(browser.post(report, {"status": "FAILED"}))["vettings"]
    assert (failed["status"], failed["score"]) == ("FAILED", None)
    assert len(made(browser.post(path, political))["vettings"]) == 2


def test_a_vetting_by_a_registrar(town: Town, sign_in: Sign) -> None:
    browser = sign_in()
    sid = brand(browser, mock=True)
    path = f"/a2p/brands/{sid}"
    eventually(lambda: browser.json(path)["brand"]["status"] == "APPROVED")
    put(town, sid, brand_score=None)
    (asked,) = made(browser.post(f"{path}/vettings", {"provider": "aegis"}))["vettings"]
    assert asked["next"] == []
    eventually(lambda: browser.json(path)["brand"]["brand_score"] == 80)
    (done,) = browser.json(path)["vettings"]
    assert (done["status"], done["score"]) == ("SUCCESS", 80)
    # Whoever registers by machine says itself what comes of it.
    answer = browser.post(f"{path}/vettings/{asked['sid']}/report", {"status": "FAILED"})
    assert answer.json()["code"] == 20006


@pytest.mark.parametrize(
    ("changes", "reported", "cap"),
    [
        ({"brand_score": 30}, False, 10_000),
        ({"brand_score": 30, "tmobile_daily_cap": 777}, True, 777),
        ({"russell_3000": 1}, True, 200_000),
        ({"brand_score": 90, "russell_3000": 1}, False, 200_000),
    ],
)
def test_what_was_reported_goes_before_the_score(
    town: Town, sign_in: Sign, changes: dict[str, Any], reported: bool, cap: int
) -> None:
    browser = sign_in()
    sid = brand(browser)
    put(town, sid, **changes)
    detail = browser.json(f"/a2p/brands/{sid}")
    assert (detail["reported"], detail["tmobile_daily_cap"]) == (reported, cap)


def test_a_sole_proprietor_s_text(town: Town, sign_in: Sign) -> None:
    browser = sign_in()
    sid = brand(browser, brand_type="SOLE_PROPRIETOR")
    path = f"/a2p/brands/{sid}"
    detail = browser.json(path)
    assert (detail["providers"], detail["steps"]) == (["aegis"], [])
    assert (detail["tmobile_tier"], detail["tmobile_daily_cap"]) == ("SOLE_PROPRIETOR", 1000)
    # By hand, nobody here can send it.
    waits = {"state": "waits", "may_send": False, "asked": None}
    assert detail["passcode"] == waits
    put(town, sid, registrar="main", status="APPROVED", identity_status="UNVERIFIED")
    assert browser.json(path)["passcode"] == {**waits, "may_send": True}
    sent = made(browser.post(f"{path}/passcode"))
    assert sent["passcode"]["state"] == "waits"
    assert sent["passcode"]["asked"] >= sent["brand"]["date_created"]
    assert deed(browser, "passcode-sent")["subject"] == sid
    put(town, sid, status="FAILED")
    ended = browser.json(path)["passcode"]
    assert (ended["state"], ended["may_send"]) == ("ended", False)
    put(town, sid, status="APPROVED", identity_status="VERIFIED")
    assert browser.json(path)["passcode"]["state"] == "confirmed"
    assert browser.post(f"{path}/passcode").json()["code"] == 20001
    # A company confirms nothing by a text.
    assert browser.post(f"/a2p/brands/{brand(browser)}/passcode").json()["code"] == 20001


def test_an_operator_says_that_a_sole_proprietor_answered(town: Town, sign_in: Sign) -> None:
    browser = sign_in()
    sid = brand(browser, brand_type="SOLE_PROPRIETOR")
    path = f"/a2p/brands/{sid}"
    said = {"status": "APPROVED", "identity_status": "VERIFIED"}
    assert made(browser.post(f"{path}/report", said))["identity_status"] == "VERIFIED"
    assert browser.json(path)["passcode"]["state"] == "confirmed"
    wrong = {"status": "APPROVED", "identity_status": "wrong"}
    assert browser.post(f"{path}/report", wrong).json()["code"] == 20001


def test_nothing_of_another_brand_s(town: Town, sign_in: Sign) -> None:
    browser = sign_in()
    one, other = brand(browser), brand(browser)
    made_vetting = made(browser.post(f"/a2p/brands/{one}/vettings", {"provider": "aegis"}))
    sid = made_vetting["vettings"][0]["sid"]
    path = f"/a2p/brands/{other}/vettings/{sid}/report"
    assert browser.post(path, {"status": "FAILED"}).status_code == 404
    stranger = sign_in(Role.ADMIN, town.other)
    path = f"/a2p/brands/{one}/vettings/{sid}/report"
    assert stranger.post(path, {"status": "FAILED"}).status_code == 404
    assert browser.json(f"/a2p/brands/{one}")["vettings"][0]["status"] == "IN_PROGRESS"
    for role in (Role.SUPPORT, Role.VIEWER):
        assert sign_in(role).post(path, {"status": "FAILED"}).status_code == 403
