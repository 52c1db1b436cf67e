"""Developers: the debugger, requests to the API and their lines of code, keys, switches, hooks."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from typing import Any

import pytest
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.request_validator import RequestValidator

from maskline.console.resources import programs
from maskline.model.console import Role
from maskline.model.exchange import Exchange
from tests.console.browser import Browser
from tests.console.conftest import Sign
from tests.console.town import ALICE, BOB, CAROL, Town
from tests.support.records import Records
from tests.support.world import eventually

SECRET = "a secret name of theirs"


def written(town: Town) -> None:
    """Requests that were noted are written down now."""
    town.server.run(town.server.server._requests.write)


def requests(town: Town, browser: Browser, **query: Any) -> list[dict[str, Any]]:
    written(town)
    found: list[dict[str, Any]] = browser.json("/requests", **query)["requests"]
    return found


def test_the_debugger_is_narrowed(town: Town, sign_in: Sign) -> None:
    browser = sign_in(Role.VIEWER, town.account)
    with pytest.raises(TwilioRestException):
        town.client.proxy.v1.services("KS" + "0" * 32).fetch()
    with pytest.raises(TwilioRestException):
        town.client.proxy.v1.services.create(unique_name="rides")
    found = browser.json("/alerts")["alerts"]
    assert found[0]["at"] >= found[-1]["at"]
    codes = {one["code"] for one in found}
    assert 80903 in codes
    assert len(codes) > 1
    one = browser.json("/alerts", code="80903")["alerts"]
    assert {entry["code"] for entry in one} == {80903}
    levels = browser.json("/alerts", level="warning")["alerts"]
    assert {entry["level"] for entry in levels} == {"warning"}
    mine = browser.json("/alerts", service=town.service.sid)["alerts"]
    assert {entry["service_sid"] for entry in mine} == {town.service.sid}
    assert browser.json("/alerts", code="1")["alerts"] == []
    first = browser.json("/alerts", size=1)
    second = browser.json("/alerts", size=1, after=first["next"])
    assert second["alerts"][0]["sid"] == found[1]["sid"]
    for wrong in ({"level": "grave"}, {"code": "x"}, {"size": "0"}):
        assert browser.get("/alerts", **wrong).status_code == 400


def test_an_alert_says_what_to_do_and_where(town: Town, sign_in: Sign) -> None:
    browser = sign_in(Role.VIEWER, town.account)
    with pytest.raises(TwilioRestException):
        town.session.participants.create(identifier=ALICE)
    sid = town.client.monitor.v1.alerts.list(limit=1)[0].sid
    found = browser.json(f"/alerts/{sid}")
    assert found["alert"]["sid"] == sid
    assert found["do"]
    assert found["session_sid"] == town.session.sid
    assert found["request_method"] == "POST"
    assert found["response_status"] == 400
    shown = {pair["name"]: pair["value"] for pair in found["request_variables"]}
    assert shown["Identifier"] == "+1212555XXXX"
    assert ALICE[1:] not in str(found)
    assert browser.get("/alerts/NO0").status_code == 404


@pytest.mark.parametrize("about", ["session", "person", "interaction", "gone", "message"])
def test_an_alert_leads_to_its_session(town: Town, sign_in: Sign, about: str) -> None:
    resource = {
        "session": town.session.sid,
        "person": town.alice.sid,
        "interaction": town.sids["interaction"],
        "gone": "KC" + "0" * 32,
        "message": town.sids["message"],
    }[about]
    records = Records(town.server.server.env.clock)
    alert = records.alert(town.account, error_code=1, resource_sid=resource)
    town.server.transact(lambda tx: tx.alerts.add_many([alert]))
    found = sign_in(Role.VIEWER, town.account).json(f"/alerts/{alert.sid}")
    wanted = town.session.sid if about in ("session", "person", "interaction") else None
    assert found["session_sid"] == wanted
    # Of a code that the dictionary does not have, it says nothing.
    assert (found["do"], found["when"]) == ("", "")


def test_a_request_is_kept_without_what_is_private(town: Town, sign_in: Sign) -> None:
    browser = sign_in(Role.VIEWER, town.account)
    fresh = town.service.sessions.create(unique_name="for-requests")
    fresh.participants.create(identifier="+16465559876", friendly_name=SECRET)
    (row,) = [
        one
        for one in requests(town, browser, method="POST", outcome="ok")
        if one["path"].endswith(f"{fresh.sid}/Participants")
    ]
    assert (row["status"], row["code"], row["caller"]) == (201, None, "")
    assert row["ms"] > 0
    assert row["sid"].startswith("RQ")
    detail = browser.json(f"/requests/{row['sid']}")
    assert detail["redacted"]
    assert {one["name"]: one["value"] for one in detail["params"]} == {
        "Identifier": "+1646555XXXX",
        "FriendlyName": "[redacted]",
    }
    text = str(detail)
    assert "6465559876" not in text
    assert SECRET not in text
    assert town.server.auth_token not in text
    assert "participants.create" in detail["snippets"][0]["code"]
    assert [one["language"] for one in detail["snippets"]] == ["python", "node", "curl"]
    assert browser.get("/requests/RQ0").status_code == 404


def test_refusals_are_told_apart(town: Town, sign_in: Sign) -> None:
    browser = sign_in(Role.VIEWER, town.account)
    with pytest.raises(TwilioRestException):
        town.client.proxy.v1.services.create(unique_name="rides")
    row = requests(town, browser, outcome="refused")[0]
    assert row["status"] == 400
    assert row["code"] == 80603 or row["code_text"]
    assert {one["status"] // 100 for one in requests(town, browser, outcome="ok")} == {2}
    town.client.proxy.v1.services(town.service.sid).fetch()
    assert {one["method"] for one in requests(town, browser, method="GET")} == {"GET"}
    assert requests(town, browser, method="DELETE") == []
    for wrong in ({"method": "PATCH"}, {"outcome": "x"}, {"by": "x"}):
        assert browser.get("/requests", **wrong).status_code == 400
    page = browser.json("/requests", size=1)
    assert page["recorded"] == "all"
    assert browser.json("/requests", size=1, after=page["next"])["previous"] is not None


def test_who_is_not_let_in_leaves_no_trace(town: Town, sign_in: Sign) -> None:
    before = len(requests(town, sign_in(Role.ADMIN, town.account), size=100))
    with pytest.raises(TwilioException):
        town.server.client_of(town.account, "wrong").proxy.v1.services.list()
    assert len(requests(town, sign_in(Role.ADMIN, town.account), size=100)) == before


def run_python(code: str, token: str) -> str:
    """What the lines print."""
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "MASKLINE_AUTH_TOKEN": token},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_what_is_done_by_hand_can_be_done_by_code(town: Town, sign_in: Sign) -> None:
    """The lines that are shown do the same, as they stand."""
    browser = sign_in(Role.SUPPORT, town.account)
    session = town.service.sessions.create(unique_name="by-hand")
    assert browser.post(f"/sessions/{session.sid}", {"action": "extend", "ttl": 777}).ok
    row = requests(town, browser, by="console")[0]
    assert row["caller"] == f"console:{browser.me['name']}"
    detail = browser.json(f"/requests/{row['sid']}")
    code = {one["language"]: one["code"] for one in detail["snippets"]}
    assert "update(ttl=777)" in code["python"]
    assert not detail["redacted"]
    town.service.sessions(session.sid).update(ttl=5)
    said = run_python(code["python"], town.server.auth_token)
    assert session.sid in said
    assert session.fetch().ttl == 777
    town.service.sessions(session.sid).update(ttl=5)
    subprocess.run(
        ["sh", "-c", code["curl"]],
        env={**os.environ, "MASKLINE_AUTH_TOKEN": town.server.auth_token},
        capture_output=True,
        check=True,
        timeout=30,
    )
    assert session.fetch().ttl == 777
    # And of what the SDKs do not know.
    opt_out = browser.post(
        "/opt-outs", {"person": "+16465550777", "sender": town.service.sid}
    ).json()["opt_out"]
    assert browser.post(f"/opt-outs/{opt_out['sid']}/remove").ok
    row = requests(town, browser, by="console")[0]
    assert (row["method"], row["path"]) == ("DELETE", f"/messaging/v1/OptOuts/{opt_out['sid']}")
    made = requests(town, browser, by="console")[1]
    detail = browser.json(f"/requests/{made['sid']}")
    assert detail["redacted"]
    assert "client.request(" in detail["snippets"][0]["code"]
    assert "6465550777" not in str(detail)


@pytest.mark.parametrize("method", ["page", "one"])
def test_a_message_sent_by_hand_shows_no_text(town: Town, sign_in: Sign, method: str) -> None:
    browser = sign_in(Role.SUPPORT, town.account)
    body = {"participant_sid": town.alice.sid, "body": "words for Alice alone"}
    assert browser.post(f"/sessions/{town.session.sid}/messages", body).ok
    row = requests(town, browser, by="console")[0]
    assert row["path"].endswith(f"/{town.alice.sid}/MessageInteractions")
    found = browser.get("/requests" if method == "page" else f"/requests/{row['sid']}").text
    assert "words for Alice" not in found


def test_a_key_is_made_shown_once_and_revoked(town: Town, sign_in: Sign) -> None:
    browser = sign_in(Role.ADMIN, town.account)
    made = browser.post("/keys", {"name": "backend"}).json()
    key, secret = made["key"], made["secret"]
    assert key["name"] == "backend"
    client = town.server.client_of(key["sid"], secret, town.account)
    assert client.proxy.v1.services.list()
    listed = browser.json("/keys")["keys"]
    assert listed[0] == key
    assert secret not in str(listed)
    assert requests(town, browser, by="program")[0]["caller"] == key["sid"]
    for path in ("/audit", "/requests", "/keys"):
        assert secret not in browser.get(path).text
    assert browser.post(f"/keys/{key['sid']}/revoke").json() == {"ok": True}
    assert browser.post(f"/keys/{key['sid']}/revoke").status_code == 404
    assert key["sid"] not in str(browser.json("/keys"))
    assert browser.post("/keys", {"name": "x" * 65}).status_code == 400


def test_accounts_are_made_and_changed(town: Town, sign_in: Sign) -> None:
    browser = sign_in()
    made = browser.post("/accounts", {"name": "A third"}).json()
    sid = made["account"]["sid"]
    client = town.server.client_of(sid, made["auth_token"])
    assert client.proxy.v1.services.list() == []
    found = browser.json("/accounts")
    assert found["may_create"]
    assert "A third" in {one["name"] for one in found["accounts"]}
    assert made["auth_token"] not in str(found)
    changed = browser.post(f"/accounts/{sid}", {"name": "Renamed", "status": "suspended"}).json()
    assert (changed["name"], changed["status"]) == ("Renamed", "suspended")
    on = browser.post(f"/accounts/{sid}", {"switch": "legal-hold", "on": True}).json()
    assert [one["name"] for one in on["switches"] if one["on"]] == ["legal-hold"]
    assert browser.post(f"/accounts/{sid}", {"switch": "nothing", "on": True}).status_code == 400
    assert browser.post(f"/accounts/{sid}", {"status": "odd"}).status_code == 400
    assert browser.post("/accounts/AC0", {"name": "x"}).status_code == 404
    bound = sign_in(Role.ADMIN, town.account)
    mine = bound.json("/accounts")
    assert ([one["sid"] for one in mine["accounts"]], mine["may_create"]) == ([town.account], False)
    assert bound.post("/accounts", {"name": "x"}).status_code == 403
    log = str(browser.json("/audit"))
    assert "legal-hold on" in log
    assert made["auth_token"] not in log


def test_addresses_are_listed_without_their_secrets(town: Town, sign_in: Sign) -> None:
    url = "http://user:pass@127.0.0.1:9/intercept?token=sesame"
    service = town.client.proxy.v1.services.create(
        unique_name="addresses",
        intercept_callback_url=url,
        out_of_session_callback_url=f"{town.receiver.url}/oos",
    )
    found = sign_in(Role.VIEWER, town.account).json("/hooks")
    mine = {one["kind"]: one["url"] for one in found["hooks"] if one["owner_sid"] == service.sid}
    assert set(mine) == {"intercept", "out-of-session"}
    for secret in ("user", "pass@", "sesame"):
        assert secret not in str(mine)
    rest = sign_in(Role.VIEWER, town.account).json("/hooks", size=1)
    assert (rest["services"], rest["next"]) == (1, service.sid)
    service.delete()


def test_a_sample_is_sent_signed(town: Town, sign_in: Sign) -> None:
    browser = sign_in(Role.SUPPORT, town.account)
    town.receiver.status = 200
    before = len(town.receiver.at("/"))
    answer = browser.post("/hooks/test", {"kind": "callback", "owner_sid": town.service.sid})
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert (found["ok"], found["status"], found["advice"]) == (True, 200, None)
    sent = {pair["name"]: pair["value"] for pair in found["params"]}
    assert sent["interactionSid"] == "KI" + "0" * 32
    assert sent["interactionServiceSid"] == town.service.sid
    assert set(sent) > {"outboundResourceSid", "inboundResourceSid", "interactionData"}
    hidden = {pair["name"]: pair["value"] for pair in found["request_headers"]}
    assert hidden["X-Twilio-Signature"] == "[redacted]"
    got = eventually(lambda: town.receiver.at("/")[before:])[0]
    validator = RequestValidator(town.server.auth_token)
    signature = got.headers["X-Twilio-Signature"]
    assert validator.validate(town.receiver.url, dict(got.form), signature)
    assert dict(got.form) == sent
    log = sign_in(Role.ADMIN, town.account).json("/audit")["entries"]
    tested = next(one for one in log if one["what"] == "webhook-tested")
    assert (tested["subject"], tested["detail"]) == (town.service.sid, "callback")


@pytest.mark.parametrize(
    ("kind", "has", "lacks"),
    [
        ("intercept", {"inboundResourceSid"}, {"outboundResourceSid"}),
        ("out-of-session", {"MessageSid", "From", "To", "Body"}, {"interactionSid"}),
        ("debugger", {"Payload", "Sid", "Level"}, {"interactionSid"}),
    ],
)
def test_each_kind_has_a_sample_of_its_own(
    town: Town, sign_in: Sign, kind: str, has: set[str], lacks: set[str]
) -> None:
    town.receiver.status = 503
    url = f"{town.receiver.url}/{kind}"
    service = town.client.proxy.v1.services.create(
        unique_name=f"test-{kind}",
        intercept_callback_url=url,
        out_of_session_callback_url=url,
    )
    owner = service.sid
    if kind == "debugger":
        owner = town.account

        async def tell(tx: Any) -> None:
            account = await tx.accounts.get(owner)
            changes = {**{f: getattr(account, f) for f in account.__struct_fields__}}
            await tx.accounts.update(type(account)(**{**changes, "debugger_url": url}))

        town.server.transact(tell)
    try:
        answer = sign_in(Role.SUPPORT, town.account).post(
            "/hooks/test", {"kind": kind, "owner_sid": owner}
        )
        found = answer.json()
        names = {pair["name"] for pair in found["params"]}
        assert has <= names
        assert not lacks & names
        assert (found["ok"], found["status"]) == (False, 503)
        assert "log" in found["advice"]
        if kind == "debugger":
            hooks = sign_in(Role.ADMIN, town.account).json("/hooks")["hooks"]
            assert (hooks[0]["kind"], hooks[0]["owner_sid"]) == ("debugger", town.account)
    finally:
        town.receiver.status = 200
        service.delete()
        if kind == "debugger":

            async def untell(tx: Any) -> None:
                account = await tx.accounts.get(owner)
                changes = {**{f: getattr(account, f) for f in account.__struct_fields__}}
                await tx.accounts.update(type(account)(**{**changes, "debugger_url": None}))

            town.server.transact(untell)


def test_nobody_answers(town: Town, sign_in: Sign) -> None:
    service = town.client.proxy.v1.services.create(
        unique_name="nobody", callback_url="http://127.0.0.1:9/cb"
    )
    found = (
        sign_in(Role.SUPPORT, town.account)
        .post("/hooks/test", {"kind": "callback", "owner_sid": service.sid})
        .json()
    )
    assert (found["ok"], found["status"]) == (False, None)
    assert found["error"]
    assert "can be reached" in found["advice"]
    service.delete()


@pytest.mark.parametrize("status", [301, 403, 410, 404])
def test_what_to_do_fits_the_answer(town: Town, status: int) -> None:
    words = {301: "Redirects", 403: "signature", 410: "left alone", 404: "2xx"}
    said = programs._advice(Exchange("POST", "u", status=status), "callback")
    assert said is not None
    assert words[status] in said
    blocked = programs._advice(Exchange("POST", "u", status=403), "intercept")
    assert blocked is not None
    assert "blocked" in blocked


def test_only_addresses_that_are_set_are_called(town: Town, sign_in: Sign) -> None:
    browser = sign_in(Role.SUPPORT, town.account)
    for body in (
        {"kind": "intercept", "owner_sid": town.service.sid},
        {"kind": "callback", "owner_sid": "KS0"},
        {"kind": "debugger", "owner_sid": town.account},
        {"kind": "debugger", "owner_sid": "AC0"},
    ):
        assert browser.post("/hooks/test", body).status_code == 404
    wrong = {"kind": "callback", "owner_sid": town.service.sid, "url": "http://169.254.1.1/"}
    before = len(town.receiver.at("/"))
    assert browser.post("/hooks/test", wrong).status_code == 200
    assert len(town.receiver.at("/")) == before + 1


def test_messaging_services_say_what_they_divert(town: Town, sign_in: Sign) -> None:
    texts = town.client.messaging.v1.services.create(
        friendly_name="Reminders", inbound_request_url="https://a.example/in?token=sesame"
    )
    number = town.client.incoming_phone_numbers.create(phone_number="+14158675399")
    texts.update(use_inbound_webhook_on_number=True)
    town.client.messaging.v1.services(texts.sid).phone_numbers.create(phone_number_sid=number.sid)
    town.service.phone_numbers.create(sid=number.sid)
    browser = sign_in(Role.VIEWER, town.account)
    (shown,) = browser.json("/messaging-services")["services"]
    assert (shown["numbers"], shown["diverted"]) == (1, 0)
    texts.update(use_inbound_webhook_on_number=False)
    (shown,) = browser.json("/messaging-services")["services"]
    assert (shown["numbers"], shown["diverted"]) == (1, 1)
    assert not shown["use_inbound_webhook_on_number"]
    assert "sesame" not in str(shown)
    town.service.phone_numbers(number.sid).delete()
    texts.delete()


def test_nothing_here_shows_a_whole_number(town: Town, sign_in: Sign) -> None:
    browser = sign_in(Role.ADMIN, town.account)
    written(town)
    told = [browser.get("/requests", size=100).text, browser.get("/alerts", size=100).text]
    rows = re.findall(r'"(RQ[0-9a-f]{32})"', told[0])
    told += [browser.get(f"/requests/{sid}").text for sid in rows[:40]]
    for number in (ALICE, BOB, CAROL):
        assert not [text for text in told if number[1:] in text]
