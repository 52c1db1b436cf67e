"""Toll-free verification in the console: which numbers have one, and what comes of it."""

from __future__ import annotations

import itertools
from typing import Any

import msgspec
import pytest

from maskline.a2p.tollfree_form import FIELDS
from maskline.console.shapes.toll_free import VerificationTexts
from maskline.model.clock import DAY
from maskline.model.console import Role
from maskline.model.tollfree import PERSONAL
from tests.console.browser import Browser
from tests.console.conftest import Sign
from tests.console.test_a2p import made
from tests.console.test_operations import deed
from tests.console.town import Town
from tests.support.toll_free import PEOPLE, SAID, verification

pytestmark = pytest.mark.both_engines

_lines = itertools.count(100)
RIGHT = {
    "business_name": "Rides",
    "business_website": "https://rides.example",
    "notification_email": "ops@rides.example",
    "use_case_categories": ["CUSTOMER_CARE"],
    "use_case_summary": "Riders and drivers write to each other.",
    "production_message_sample": "Rides: I am here. Reply STOP to end.",
    "message_volume": "10,000",
    "opt_in_type": "WEB_FORM",
    "opt_in_image_urls": ["https://rides.example/1.png"],
}


def line() -> str:
    """A toll-free number that nobody has."""
    return f"+1855555{next(_lines):04}"


def bought(town: Town) -> str:
    """The SID of a new one."""
    return str(town.client.incoming_phone_numbers.create(phone_number=line()).sid)


@pytest.fixture
def sid(town: Town) -> str:
    """A verification that waits for its review."""
    return verification(town.client, line())


def row(browser: Browser, sid: str, **query: str) -> dict[str, Any]:
    found: dict[str, Any] = next(
        one for one in browser.json("/toll-free", **query)["verifications"] if one["sid"] == sid
    )
    return found


def problems(answer: Any) -> dict[str, tuple[int, str]]:
    assert answer.status_code == 400, answer.text
    return {one["field"]: (one["code"], one["says"]) for one in answer.json()["fields"]}


def test_a_form_holds_every_field_of_the_api() -> None:
    fields = {one.name for one in msgspec.structs.fields(VerificationTexts)}
    assert fields == set(FIELDS)
    assert set(PERSONAL) <= fields


def test_numbers_without_one(town: Town, sign_in: Sign) -> None:
    browser = sign_in()
    free, pooled = bought(town), bought(town)
    town.client.incoming_phone_numbers.create(phone_number=f"+1646867{next(_lines):04}")
    town.client.proxy.v1.services(town.service.sid).phone_numbers.create(sid=pooled)
    page = browser.json("/toll-free")
    assert (page["registrar"], page["by_hand"], page["may_change"]) == ("manual", True, True)
    assert not page["more_unverified"]
    first, *others = page["unverified"]
    assert (first["sid"], first["service_sid"], first["service_name"]) == (
        pooled,
        town.service.sid,
        "rides",
    )
    assert {one["number"][:5] for one in (first, *others)} <= {"+1855", "+1888"}
    (mine,) = (one for one in others if one["sid"] == free)
    assert (mine["service_sid"], mine["service_name"]) == (None, None)
    town.client.proxy.v1.services(town.service.sid).phone_numbers(pooled).delete()
    viewer = sign_in(Role.VIEWER, town.other).json("/toll-free")
    assert (viewer["unverified"], viewer["may_change"]) == ([], False)


def test_one_is_handed_in(town: Town, sign_in: Sign) -> None:
    browser, number = sign_in(), bought(town)
    body = {**RIGHT, "number_sid": number, "external_reference_id": "ours", "opt_in_keywords": []}
    one = made(browser.post("/toll-free", body))
    sid = one["verification"]["sid"]
    assert one["verification"]["status"] == "PENDING_REVIEW"
    assert (one["by_hand"], one["underway"], one["held"]) == (True, False, True)
    assert one["next"] == ["IN_REVIEW", "TWILIO_APPROVED", "TWILIO_REJECTED"]
    assert (one["number_sid"], one["external_reference_id"]) == (number, "ours")
    assert {name: one["handed_in"][name] for name in RIGHT} == {**RIGHT, "notification_email": ""}
    assert browser.json(f"/toll-free/{sid}") == one
    assert row(browser, sid) == one["verification"]
    found = deed(browser, "toll-free-handed-in")
    assert (found["subject"], found["detail"]) == (sid, "")
    assert number not in {each["sid"] for each in browser.json("/toll-free")["unverified"]}
    fetched = town.client.messaging.v1.tollfree_verifications(sid).fetch()
    assert fetched.notification_email == "ops@rides.example"
    assert fetched.opt_in_keywords is None
    # A number has one at most.
    again = browser.post("/toll-free", body)
    assert (again.json()["code"], again.json()["fields"]) == (20001, [])


def test_all_that_is_wrong_is_said_at_once(town: Town, sign_in: Sign) -> None:
    browser, number = sign_in(), bought(town)
    wrong = {
        "number_sid": "PN1",
        "business_website": "rides.example",
        "business_type": "GOVERNMENT",
        "business_country": "usa",
        "notification_email": "ops",
        "use_case_categories": ["CUSTOMER_CARE"],
        "opt_in_image_urls": ["no"],
        "business_contact_phone": "415",
        "customer_profile_sid": "BN1",
        "external_reference_id": "x" * 256,
        "additional_information": "\u0007",
    }
    answer = browser.post("/toll-free", wrong)
    found = problems(answer)
    assert found["business_website"] == (20001, "Must be an absolute http or https URL")
    assert found["business_name"] == (20001, "Is required")
    registered = (20001, "Is required of a registered business")
    assert found["business_registration_authority"] == registered
    assert set(found) == (set(wrong) - {"business_type", "use_case_categories"}) | {
        "business_name",
        "use_case_summary",
        "production_message_sample",
        "message_volume",
        "opt_in_type",
        "business_registration_number",
        "business_registration_authority",
        "business_registration_country",
    }
    told = answer.json()
    assert (told["code"], told["message"]) == (20001, f"{len(found)} fields to be put right")
    one = browser.post("/toll-free", {**RIGHT, "number_sid": number, "business_name": ""})
    assert one.json()["message"] == "1 field to be put right"
    assert problems(one) == {"business_name": (20001, "Is required")}
    assert number in {each["sid"] for each in browser.json("/toll-free")["unverified"]}
    # What is no choice at all, no page sends.
    answer = browser.post("/toll-free", {**RIGHT, "number_sid": number, "opt_in_type": "SHOUT"})
    assert (answer.json()["code"], answer.json()["fields"]) == (20001, [])


@pytest.mark.parametrize(
    ("number", "code"), [("+14155550{:03}", 20001), ("", 20404)], ids=["local", "nobody's"]
)
def test_numbers_that_can_t_be_verified(town: Town, sign_in: Sign, number: str, code: int) -> None:
    sid = "PN" + "0" * 32
    if number:
        number = f"+1646867{next(_lines):04}"
        sid = town.client.incoming_phone_numbers.create(phone_number=number).sid
    assert sign_in().post("/toll-free", {**RIGHT, "number_sid": sid}).json()["code"] == code


def test_rejected_corrected_and_approved(town: Town, sign_in: Sign, sid: str) -> None:
    browser, path = sign_in(), f"/toll-free/{sid}"
    ends = town.server.server.env.clock() + 7 * DAY
    assert browser.post(f"{path}/correct", {"business_name": "R"}).json()["code"] == 20001
    rejected = made(
        browser.post(
            f"{path}/report",
            {
                "status": "TWILIO_REJECTED",
                "codes": [30484, 30999],
                "reason": "Not the public record's",
                "may_correct": True,
                "correct_until": ends,
            },
        )
    )
    one = rejected["verification"]
    assert (one["status"], one["may_correct"], one["correct_until"]) == (
        "TWILIO_REJECTED",
        True,
        ends,
    )
    first, second = one["rejections"]
    assert (first["code"], first["field"]) == (30484, "business_name")
    assert (second["code"], second["field"]) == (30999, None)
    assert first["reason"] == second["reason"] == "Not the public record's"
    assert first["more_info"].endswith("/30484")
    assert deed(browser, "registration-reported")["detail"] == "TWILIO_REJECTED"
    assert row(browser, sid, status="TWILIO_REJECTED") == one
    assert not [
        each
        for each in browser.json("/toll-free", status="TWILIO_APPROVED")["verifications"]
        if each["sid"] == sid
    ]
    wrong = browser.post(f"{path}/correct", {"business_website": "no", "edit_reason": "x" * 5000})
    assert set(problems(wrong)) == {"business_website", "edit_reason"}
    body = {"business_name": "Rides LLC", "edit_reason": "The name", "age_gated_content": True}
    again = made(browser.post(f"{path}/correct", body))
    assert (again["verification"]["status"], again["submissions"]) == ("PENDING_REVIEW", 2)
    assert (again["verification"]["rejections"], again["edit_reason"]) == ([], "The name")
    handed_in = again["handed_in"]
    assert (handed_in["business_name"], handed_in["age_gated_content"]) == ("Rides LLC", True)
    # What was left empty stays.
    assert handed_in["business_city"] == SAID["business_city"]
    assert len(again["personal"]) == 5
    assert deed(browser, "toll-free-handed-in")["detail"] == "again"
    done = made(browser.post(f"{path}/report", {"status": "TWILIO_APPROVED"}))
    assert (done["verification"]["status"], done["next"]) == (
        "TWILIO_APPROVED",
        ["TWILIO_REJECTED"],
    )


def test_what_an_operator_says_in_words_alone(town: Town, sign_in: Sign, sid: str) -> None:
    browser, path = sign_in(), f"/toll-free/{sid}"
    said = {"status": "TWILIO_REJECTED", "reason": "They said no", "may_correct": False}
    one = made(browser.post(f"{path}/report", said))["verification"]
    assert [(each["code"], each["reason"]) for each in one["rejections"]] == [
        (30440, "They said no")
    ]
    assert not one["may_correct"]
    assert browser.post(f"{path}/correct", {"business_name": "R"}).json()["code"] == 20001
    for wrong in (
        {"status": "wrong"},
        {"status": "TWILIO_REJECTED", "codes": [1]},
        {"status": "TWILIO_REJECTED", "correct_until": -1},
        {"status": "TWILIO_REJECTED", "correct_until": 10**15},
    ):
        answer = browser.post(f"{path}/report", wrong)
        assert (answer.status_code, answer.json()["code"]) == (400, 20001), wrong


def test_readiness_is_told_until_it_is_approved(town: Town, sign_in: Sign) -> None:
    browser, number = sign_in(), bought(town)
    pool = town.client.proxy.v1.services(town.service.sid).phone_numbers
    pool.create(sid=number)

    def unready() -> bool:
        found = browser.json("/a2p")["findings"]
        return any(number in one["details"] for one in found if one["check"] == "toll-free")

    assert unready()
    one = made(browser.post("/toll-free", {**RIGHT, "number_sid": number}))
    assert (one["service_sid"], one["service_name"]) == (town.service.sid, "rides")
    assert unready()
    path = f"/toll-free/{one['verification']['sid']}"
    made(browser.post(f"{path}/report", {"status": "TWILIO_APPROVED"}))
    assert not unready()
    pool(number).delete()


def test_nobody_s_name_is_shown_until_it_is_revealed(town: Town, sign_in: Sign, sid: str) -> None:
    admin, path = sign_in(), f"/toll-free/{sid}"
    for browser in (admin, sign_in(Role.VIEWER)):
        told = browser.get(path).text + browser.get("/toll-free").text
        assert not [one for one in PEOPLE if one in told]
    shown = {one["field"]: one["value"] for one in admin.json(path)["personal"]}
    assert {name: one["text"] for name, one in shown.items()} == {
        "notification_email": "o…@rides.example",
        "business_contact_first_name": "A…",
        "business_contact_last_name": "B…",
        "business_contact_email": "a…@rides.example",
        "business_contact_phone": "+1415555XXXX",
    }
    for name, one in shown.items():
        assert admin.post("/reveal", {"ref": one["ref"]}).json() == {"number": SAID[name]}
    found = deed(admin, "reveal")
    assert (found["subject"], found["detail"]) == (sid, "business_contact_phone")
    for ref in (
        f"{sid}:business_registration_phone_number",
        f"{sid}:business_name",
        f"{sid}:details_json",
        "HH" + "0" * 32 + ":notification_email",
    ):
        assert admin.post("/reveal", {"ref": ref}).status_code == 404
    viewer = sign_in(Role.VIEWER)
    assert viewer.post("/reveal", {"ref": f"{sid}:notification_email"}).status_code == 403
    # Nor does the log of requests have it.
    body = {**SAID, "number_sid": bought(town)}
    made(admin.post("/toll-free", body))
    town.server.run(town.server.server._requests.write)
    log = admin.get("/requests", size=100).text
    assert "/messaging/v1/Tollfree/Verifications" in log
    for request in admin.json("/requests", size=100)["requests"]:
        told = admin.get(f"/requests/{request['sid']}").text
        assert not [one for one in PEOPLE if one in told]


def test_deleting_one(town: Town, sign_in: Sign, sid: str) -> None:
    browser, path = sign_in(), f"/toll-free/{sid}"
    number = browser.json(path)["number_sid"]
    town.client.incoming_phone_numbers(number).delete()
    one = browser.json(path)
    assert (one["held"], one["service_sid"], one["service_name"]) == (False, None, None)
    assert browser.post(f"{path}/delete").json() == {"ok": True}
    assert browser.get(path).status_code == 404
    found = deed(browser, "toll-free-deleted")
    assert found["subject"] == sid


def test_pages_of_the_list(town: Town, sign_in: Sign) -> None:
    browser = sign_in()
    older, newer = (verification(town.client, line()) for _ in range(2))
    first = browser.json("/toll-free", size=1)
    assert [one["sid"] for one in first["verifications"]] == [newer]
    second = browser.json("/toll-free", size=1, after=first["after"])
    assert [one["sid"] for one in second["verifications"]] == [older]
    assert browser.get("/toll-free", status="wrong").json()["code"] == 20001
