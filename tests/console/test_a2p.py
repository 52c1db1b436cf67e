"""A2P in the console: brands and campaigns with their life cycle, budgets, readiness."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from maskline.model.console import Role
from maskline.model.pace import Level
from maskline.model.pacific import day_ends
from tests.console.browser import Browser
from tests.console.conftest import Sign
from tests.console.test_operations import deed
from tests.console.town import Town
from tests.support.world import eventually

PROFILES = {"customer_profile_sid": "BU" + "1" * 32, "a2p_profile_sid": "BU" + "2" * 32}
FORM: dict[str, Any] = {
    "usecase": "PROXY",
    "description": "Riders and drivers text each other about a ride, by masked numbers.",
    "message_flow": "Both agree to it in the app, on the page on which a ride is booked.",
    "samples": [
        "ACME Rides: you can text your driver here. Reply STOP to opt out.",
        "I am at the blue door, grey car.",
    ],
    "has_links": False,
    "has_phone": False,
    "privacy_policy_url": "https://rides.example/privacy",
    "terms_url": "https://rides.example/terms",
}


ANSWERS: dict[str, Any] = {
    "opt_out_keywords": ["STOP", "LEAVE"],
    "opt_out_message": "ACME Rides: you get no more messages from us.",
}


def service(town: Town, *numbers: str) -> str:
    """A Messaging Service with these numbers."""
    made = town.client.messaging.v1.services.create(friendly_name="Texts")
    for number in numbers:
        sid = town.client.incoming_phone_numbers.create(phone_number=number).sid
        made.phone_numbers.create(phone_number_sid=sid)
    return str(made.sid)


def one(browser: Browser, kind: str, sid: str) -> dict[str, Any]:
    """A brand or campaign as the overview has it."""
    found: dict[str, Any] = next(each for each in browser.json("/a2p")[kind] if each["sid"] == sid)
    return found


def made(answer: Any) -> dict[str, Any]:
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def put(town: Town, level: Level) -> None:
    """A bucket is as it would be after messages."""

    async def write(tx: Any) -> None:
        await tx.paces.hold([level.name], 0)
        await tx.paces.take_many([level])

    town.server.transact(write)


@pytest.fixture
def approved(town: Town, sign_in: Sign) -> str:
    """A brand that the registrar for tests approved of."""
    browser = sign_in()
    sid = made(browser.post("/a2p/brands", {**PROFILES, "mock": True}))["sid"]
    eventually(lambda: one(browser, "brands", sid)["status"] == "APPROVED")
    return str(sid)


def test_nothing_yet(town: Town, sign_in: Sign) -> None:
    page = sign_in(Role.VIEWER, town.other).json("/a2p")
    assert (page["brands"], page["campaigns"], page["may_change"]) == ([], [], False)
    assert (page["registrar"], page["most_numbers"]) == ("manual", 49)
    assert "PROXY" in page["usecases"]
    assert "permission" in page["advice"]


def test_readiness_is_told(town: Town, sign_in: Sign) -> None:
    findings = sign_in(Role.VIEWER).json("/a2p")["findings"]
    found = {each["check"]: each for each in findings}
    homeless = found["messaging-service"]
    assert homeless["state"] == "bad"
    assert homeless["advice"]
    assert homeless["details"]


def test_a_brand_by_hand(town: Town, sign_in: Sign) -> None:
    browser = sign_in()
    brand = made(browser.post("/a2p/brands", PROFILES))
    sid = brand["sid"]
    assert (brand["status"], brand["by_hand"], brand["day"]) == ("PENDING", True, None)
    assert {"APPROVED", "FAILED"} <= set(brand["next"])
    assert deed(browser, "brand-registered")["subject"] == sid
    path = f"/a2p/brands/{sid}"
    failed = made(
        browser.post(f"{path}/report", {"status": "FAILED", "error": "No such tax number"})
    )
    assert (failed["status"], failed["errors"]) == ("FAILED", ["No such tax number"])
    assert deed(browser, "registration-reported")["detail"] == "FAILED"
    assert made(browser.post(f"{path}/resubmit"))["status"] == "PENDING"
    assert browser.post(f"{path}/resubmit").json()["code"] == 21725
    done = made(
        browser.post(
            f"{path}/report",
            {"status": "APPROVED", "tcr_id": "BABC", "brand_score": 80, "tmobile_daily_cap": 500},
        )
    )
    assert (done["status"], done["tcr_id"], done["brand_score"]) == ("APPROVED", "BABC", 80)
    assert one(browser, "brands", sid) == done
    for wrong in (
        {"status": "wrong"},
        {"status": "DELETION_FAILED"},
        {"status": "APPROVED", "brand_score": 101},
    ):
        answer = browser.post(f"{path}/report", wrong)
        assert (answer.status_code, answer.json()["code"]) == (400, 20001), wrong
    wrong = {**PROFILES, "customer_profile_sid": "BU1"}
    assert browser.post("/a2p/brands", wrong).json()["code"] == 20001


def test_a_campaign_and_its_numbers(town: Town, sign_in: Sign, approved: str) -> None:
    browser = sign_in()
    texts = service(town, "+14155550171", "+12125550172")
    body = {**FORM, "service_sid": texts, "brand_sid": approved}
    campaign = made(browser.post("/a2p/campaigns", body))
    sid = campaign["sid"]
    assert (campaign["usecase"], campaign["numbers"], campaign["by_hand"]) == ("PROXY", 2, False)
    assert deed(browser, "campaign-registered")["subject"] == sid
    eventually(lambda: one(browser, "campaigns", sid)["status"] == "VERIFIED")
    detail = sign_in(Role.VIEWER).json(f"/a2p/campaigns/{sid}")
    assert detail["description"] == FORM["description"]
    assert detail["samples"] == FORM["samples"]
    eventually(
        lambda: (
            {
                (each["number"], each["status"])
                for each in browser.json(f"/a2p/campaigns/{sid}")["numbers"]
            }
            == {("+14155550171", "registered"), ("+12125550172", "registered")}
        )
    )
    # A masking campaign's segments a minute are each number's.
    assert (detail["campaign"]["att_per_number"], detail["campaign"]["att_busy"]) == (True, None)
    assert browser.post("/a2p/campaigns", body).json()["code"] == 20001
    # Whoever registers by machine says itself what comes of it.
    answer = browser.post(f"/a2p/campaigns/{sid}/report", {"status": "FAILED"})
    assert answer.json()["code"] == 20006
    assert browser.post(f"/a2p/campaigns/{sid}/delete").status_code == 200
    assert browser.get(f"/a2p/campaigns/{sid}").status_code == 404
    assert deed(browser, "campaign-deleted")["subject"] == sid


def test_a_campaign_that_failed_is_corrected(town: Town, sign_in: Sign, approved: str) -> None:
    browser = sign_in()
    body = {**FORM, "service_sid": service(town), "brand_sid": approved, "terms_url": ""}
    sid = made(browser.post("/a2p/campaigns", body))["sid"]
    path = f"/a2p/campaigns/{sid}"
    eventually(lambda: one(browser, "campaigns", sid)["status"] == "FAILED")
    detail = browser.json(path)
    assert detail["may_correct"]
    assert detail["campaign"]["errors"]
    assert (detail["has_links"], detail["has_phone"]) == (False, False)
    assert (detail["privacy_policy_url"], detail["terms_url"]) == (FORM["privacy_policy_url"], "")
    texts = {
        "description": FORM["description"] + " They are riders.",
        "message_flow": FORM["message_flow"] + " A box is ticked.",
        "samples": [*FORM["samples"], "ACME Rides: your ride has come. Reply STOP to opt out."],
        "has_links": True,
        "has_phone": True,
        "privacy_policy_url": "",
        "terms_url": FORM["terms_url"],
    }
    wrong = browser.post(f"{path}/correct", {**texts, "description": "short"})
    assert wrong.json()["code"] == 21728
    assert browser.json(path)["campaign"]["status"] == "FAILED"
    again = made(browser.post(f"{path}/correct", texts))
    assert (again["sid"], again["status"], again["errors"]) == (sid, "PENDING", [])
    found = deed(browser, "campaign-registered")
    assert (found["subject"], found["detail"]) == (sid, "again")
    eventually(lambda: one(browser, "campaigns", sid)["status"] == "VERIFIED")
    detail = browser.json(path)
    kept = {**texts, "privacy_policy_url": FORM["privacy_policy_url"]}
    assert {name: detail[name] for name in texts} == kept
    assert not detail["may_correct"]
    # What has not failed stays as it is.
    assert browser.post(f"{path}/correct", texts).json()["code"] == 20001
    assert sign_in(Role.SUPPORT).post(f"{path}/correct", texts).status_code == 403
    assert sign_in(Role.ADMIN, town.other).post(f"{path}/correct", texts).status_code == 404


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"description": "short"}, 21728),
        ({"samples": ["x" * 30]}, 21728),
        ({"samples": []}, 21727),
        ({"usecase": "FUN"}, 21720),
        ({"brand_sid": "BN" + "0" * 32}, 21717),
        ({"service_sid": "MG" + "0" * 32}, 20404),
    ],
)
def test_what_the_api_refuses(
    town: Town, sign_in: Sign, approved: str, changes: dict[str, Any], code: int
) -> None:
    body = {**FORM, "service_sid": service(town), "brand_sid": approved, **changes}
    assert sign_in().post("/a2p/campaigns", body).json()["code"] == code


def test_what_a_service_answers(town: Town, sign_in: Sign) -> None:
    sid = service(town)
    found = sign_in(Role.VIEWER).json(f"/a2p/answers/{sid}")
    assert not found["own"]
    kinds = {each["kind"]: each for each in found["kinds"]}
    assert list(kinds) == ["opt-out", "opt-in", "help"]
    assert kinds["opt-out"]["words"][:2] == ["STOP", "STOPALL"]
    assert kinds["help"]["words"] == ["HELP", "INFO"]
    assert kinds["opt-out"]["all"] == [
        {"message": kinds["opt-out"]["message"], "words": kinds["opt-out"]["words"]}
    ]
    browser = sign_in()
    made(browser.post(f"/messaging-services/{sid}/opt-outs", {"enabled": True}))
    assert browser.json(f"/a2p/answers/{sid}")["own"]
    assert sign_in(Role.ADMIN, town.other).get(f"/a2p/answers/{sid}").status_code == 404


def test_what_a_program_answers_by_itself(town: Town, sign_in: Sign, approved: str) -> None:
    browser, sid = sign_in(), service(town)
    account = f"/accounts/{town.server.account_sid}"
    answer = browser.post(account, {"switch": "stop-filter-off", "on": True})
    assert answer.status_code == 200, answer.text
    try:
        assert browser.json(f"/a2p/answers/{sid}") == {"own": False, "kinds": []}
        body = {**FORM, "service_sid": sid, "brand_sid": approved, **ANSWERS}
        campaign = made(browser.post("/a2p/campaigns", body))["sid"]
        detail = browser.json(f"/a2p/campaigns/{campaign}")
        assert not detail["compared"]
        assert [(each["unknown"], each["sent"]) for each in detail["answers"]] == [([], [])] * 3
    finally:
        browser.post(account, {"switch": "stop-filter-off", "on": False})


def test_what_is_registered_of_answers_is_compared(
    town: Town, sign_in: Sign, approved: str
) -> None:
    browser, sid = sign_in(), service(town)
    sent = {each["kind"]: each for each in browser.json(f"/a2p/answers/{sid}")["kinds"]}
    body = {
        **FORM,
        "service_sid": sid,
        "brand_sid": approved,
        **ANSWERS,
        "help_keywords": sent["help"]["words"],
        "help_message": sent["help"]["message"],
    }
    campaign = made(browser.post("/a2p/campaigns", body))["sid"]
    detail = browser.json(f"/a2p/campaigns/{campaign}")
    assert detail["compared"]
    assert detail["answers"] == [
        {
            "kind": "opt-out",
            "words": ["STOP", "LEAVE"],
            "message": ANSWERS["opt_out_message"],
            "unknown": ["LEAVE"],
            "sent": [sent["opt-out"]["message"]],
        },
        {"kind": "opt-in", "words": [], "message": "", "unknown": [], "sent": []},
        {
            "kind": "help",
            "words": ["HELP", "INFO"],
            "message": sent["help"]["message"],
            "unknown": [],
            "sent": [],
        },
    ]
    found = town.client.messaging.v1.services(sid).us_app_to_person(campaign).fetch()
    assert found.opt_out_keywords == ["STOP", "LEAVE"]
    assert found.opt_out_message == ANSWERS["opt_out_message"]
    assert (found.opt_in_keywords, found.opt_in_message) == ([], None)
    findings = [
        each
        for each in browser.json("/a2p")["findings"]
        if campaign in each["says"] and each["check"] in {"keywords", "answers"}
    ]
    assert [each["details"] for each in findings] == [["OptOutKeywords: LEAVE"], ["OptOutMessage"]]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"opt_out_message": "short"}, 21728),
        ({"help_message": "x" * 321}, 21728),
        ({"help_keywords": ["H" * 30] * 9}, 21728),
        ({"opt_in_keywords": ["NO WORD"]}, 20001),
    ],
)
def test_answers_that_can_t_be_registered(
    town: Town, sign_in: Sign, approved: str, changes: dict[str, Any], code: int
) -> None:
    body = {**FORM, "service_sid": service(town), "brand_sid": approved, **changes}
    assert sign_in().post("/a2p/campaigns", body).json()["code"] == code


def test_a_campaign_from_elsewhere_and_its_minute(town: Town, sign_in: Sign) -> None:
    browser = sign_in()
    texts = service(town)
    body = {"service_sid": texts, "campaign_id": "CELSEWHERE"}
    campaign = made(browser.post("/a2p/campaigns/external", body))
    sid = campaign["sid"]
    assert (campaign["external"], campaign["by_hand"], campaign["usecase"]) == (True, True, "")
    done = made(
        browser.post(
            f"/a2p/campaigns/{sid}/report", {"status": "VERIFIED", "usecase": "CUSTOMER_CARE"}
        )
    )
    assert (done["status"], done["usecase"], done["att_busy"]) == ("VERIFIED", "CUSTOMER_CARE", 0)
    # Half of the minute is taken.
    now = town.server.server.env.clock() * 1000
    level = Level(f"campaign:{sid}:sms", now + 30_000_000)
    put(town, level)
    found = one(browser, "campaigns", sid)
    assert found["att_busy"] == pytest.approx(found["att_tpm"] / 2, rel=0.1)
    failed = made(
        browser.post(f"/a2p/campaigns/{sid}/report", {"status": "FAILED", "error": "No consent"})
    )
    assert failed["errors"] == ["No consent"]


def test_a_brands_day(town: Town, sign_in: Sign, approved: str) -> None:
    browser = sign_in()
    body = {**FORM, "service_sid": service(town), "brand_sid": approved}
    made(browser.post("/a2p/campaigns", body))
    day = one(browser, "brands", approved)["day"]
    now = town.server.server.env.clock()
    assert (day["used"], day["ends"]) == (0, day_ends(now))
    assert day["amount"] > 0
    tcr = one(browser, "brands", approved)["tcr_id"]
    level = Level(f"brand:{tcr}", day_ends(now) * 1000, 1234)
    put(town, level)
    assert one(browser, "brands", approved)["day"]["used"] == 1234
    # One of yesterday counts no more.
    old = msgspec.structs.replace(level, at=now * 1000 - 1)
    put(town, old)
    assert one(browser, "brands", approved)["day"]["used"] == 0


def test_nothing_of_another_accounts(town: Town, sign_in: Sign, approved: str) -> None:
    body = {"service_sid": service(town), "campaign_id": "CTHEIRS"}
    campaign = made(sign_in().post("/a2p/campaigns/external", body))["sid"]
    stranger = sign_in(Role.ADMIN, town.other)
    for answer in (
        stranger.get(f"/a2p/campaigns/{campaign}"),
        stranger.post(f"/a2p/campaigns/{campaign}/report", {"status": "VERIFIED"}),
        stranger.post(f"/a2p/campaigns/{campaign}/delete"),
        stranger.post(f"/a2p/brands/{approved}/report", {"status": "FAILED"}),
        stranger.post(f"/a2p/brands/{approved}/resubmit"),
        stranger.get(f"/a2p/brands/{approved}"),
        stranger.post(f"/a2p/brands/{approved}/passcode"),
        stranger.post(f"/a2p/brands/{approved}/vettings", {"provider": "aegis"}),
        stranger.post("/a2p/campaigns/external", {**body, "campaign_id": "CMINE"}),
    ):
        assert answer.status_code == 404, answer.url
    page = stranger.json("/a2p")
    assert (page["brands"], page["campaigns"]) == ([], [])
