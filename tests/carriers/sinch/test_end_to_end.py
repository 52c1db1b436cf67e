"""Sinch end to end: a server behind its APIs, which are played over real HTTP."""

from __future__ import annotations

import base64
import itertools
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from maskline.carriers.json_api import basic
from maskline.carriers.sinch.signature import Application, of_message
from tests.support.receiver import Receiver, document
from tests.support.vendor import Asked, Behind, Told, Vendor, behind
from tests.support.world import ALICE, BOB, STRANGER, eventually

TOKEN, HOOK_SECRET = "the-api-token", "the-hook-secret"
KEY, SECRET = "669E367E-6BBA-48AB-AF15-266871C28135", "BeIukql3pTKJ8RGL5zo0DA=="
APPLICATION = Application(KEY, base64.b64decode(SECRET), SECRET)
BATCHES = "/xms/v1/plan1/batches"


def digits(number: str) -> str:
    return number.removeprefix("+")


class Network(Vendor):
    """Sinch: takes batches, and after `loses` of them answers nothing; and calls, with orders for
    them."""

    def __init__(self) -> None:
        super().__init__(self._answer)
        self.callouts: dict[str, dict[str, Any]] = {}
        self.orders: list[tuple[str, Any]] = []
        self.ids = (f"B{i}" for i in itertools.count(1))
        self.batches: list[dict[str, Any]] = []
        self.loses = 0
        self.mask: Behind

    def _answer(self, asked: Asked) -> Told:
        if asked.path.startswith("/calling/v1/"):
            return self._calling(asked)
        if asked.headers.get("authorization") != f"Bearer {TOKEN}":
            return Told(401)
        if asked.path == BATCHES:
            batch = asked.body | {"id": next(self.ids), "canceled": False}
            self.batches.append(batch)
            if self.loses:
                self.loses -= 1
                return Told(500)
            return Told(201, batch)
        if asked.path.startswith(f"{BATCHES}?client_reference="):
            wanted = asked.path.partition("=")[2].partition("&")[0]
            found = [one for one in self.batches if one["client_reference"] == wanted]
            return Told(200, {"count": len(found), "page": 0, "batches": found})
        return Told(404)

    def _calling(self, asked: Asked) -> Told:
        if asked.headers.get("authorization") != basic(KEY, SECRET):
            return Told(401, {})
        _, _, call_id = asked.path.partition("/calls/id/")
        if asked.method == "PATCH" and call_id in self.callouts:
            self.orders.append((call_id, asked.body))
            return Told(204)
        if not asked.path.endswith("/callouts"):
            return Told(404, {})
        call_id = next(self.ids)
        self.callouts[call_id] = asked.body["customCallout"]
        return Told(200, {"callId": call_id})

    def rings(self, count: int) -> tuple[str, dict[str, Any]]:
        """The call that it was asked for last, once there are so many."""
        eventually(lambda: len(self.callouts) >= count)
        return list(self.callouts.items())[count - 1]

    def tells(self, path: str, document: Any) -> requests.Response:
        """A signed post of the SMS API."""
        body = json.dumps(document).encode()
        nonce, timestamp = "01HN", "1700000000"
        headers = {
            "Content-Type": "application/json",
            "X-Sinch-Webhook-Signature": of_message(HOOK_SECRET, body, nonce, timestamp),
            "X-Sinch-Webhook-Signature-Nonce": nonce,
            "X-Sinch-Webhook-Signature-Timestamp": timestamp,
            "X-Sinch-Webhook-Signature-Algorithm": "HmacSHA256",
        }
        return self.mask.post(path, body, headers)

    def texts(self, who: str, to: str, text: str) -> requests.Response:
        message = {
            "type": "mo_text",
            "id": next(self.ids),
            "from": digits(who),
            "to": digits(to),
            "body": text,
        }
        return self.tells("Message", message)

    def reports(self, batch: Any, status: str, code: int = 0) -> requests.Response:
        return self.tells(
            urlsplit(batch["callback_url"]).path.rpartition("/")[2],
            {
                "type": "recipient_delivery_report_sms",
                "batch_id": batch["id"],
                "recipient": batch["to"][0],
                "status": status,
                "code": code,
                "client_reference": batch["client_reference"],
            },
        )

    def calls(self, **event: Any) -> Any:
        """A signed callback of the Voice API."""
        body = json.dumps({"callid": "c-1", "version": 1} | event).encode()
        kind, now = "application/json", datetime.now(UTC).isoformat()
        path = urlsplit(f"{self.mask.door}/Call").path
        signature = APPLICATION.signature("POST", body, kind, now, path)
        headers = {
            "Content-Type": kind,
            "x-timestamp": now,
            "Authorization": f"application {KEY}:{signature}",
        }
        answer = self.mask.post("Call", body, headers)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def takes(self, count: int) -> Any:
        """The batch that it was handed last, once it has so many."""
        return eventually(lambda: len(self.batches) >= count and self.batches[-1])


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Network]:
    with Network() as found:
        settings = {
            "service_plan_id": "plan1",
            "sms_url": found.url,
            "application_key": KEY,
            "voice_url": found.url,
        }
        secrets = {"api_token": TOKEN, "hook_secret": HOOK_SECRET, "application_secret": SECRET}
        folder = tmp_path_factory.mktemp("sinch")
        with behind(
            folder, "sinch", settings, secrets, MASKLINE_DELIVERY_SEND_RETRY_DELAYS="0.05,0.05"
        ) as mask:
            found.mask = mask
            yield found


def test_texts_go_both_ways_masked(network: Network) -> None:
    mask, before = network.mask, len(network.batches)
    assert network.texts(ALICE, mask.near, "Where are you?").status_code == 200
    batch = network.takes(before + 1)
    assert (batch["from"], batch["to"]) == (digits(mask.far), [digits(BOB)])
    assert batch["body"] == "Where are you?"
    # Twice, and in the wrong order.
    for status in ("Delivered", "Queued", "Dispatched", "Delivered"):
        assert network.reports(batch, status).status_code == 200
    mask.settles("message", "delivered")
    assert network.texts(BOB, mask.far, "Here").status_code == 200
    reply = network.takes(before + 2)
    assert (reply["from"], reply["to"]) == (digits(mask.near), [digits(ALICE)])


def test_a_picture_goes_on(network: Network) -> None:
    mask, before = network.mask, len(network.batches)
    media = [{"url": "https://s3.example/cat.png", "content_type": "image/png"}]
    picture = {
        "type": "mo_media",
        "id": next(network.ids),
        "from": digits(ALICE),
        "to": digits(mask.near),
        "body": {"message": "look", "media": media},
    }
    assert network.tells("Message", picture).status_code == 200
    batch = network.takes(before + 1)
    assert batch["type"] == "mt_media"
    assert batch["body"] == {"url": "https://s3.example/cat.png", "message": "look"}


@pytest.mark.covers("carrier:sinch.opt-out")
def test_who_opted_out_there_is_opted_out_here(network: Network) -> None:
    mask, before = network.mask, len(network.batches)
    network.texts(ALICE, mask.near, "Still there?")
    assert network.reports(network.takes(before + 1), "Failed", 257).status_code == 200
    lost = mask.settles("message", "undelivered")
    message = mask.server.client.messages(lost.outbound_resource_sid).fetch()
    assert message.error_code == 21610
    network.texts(ALICE, mask.near, "And now?")
    mask.settles("message", "failed")
    assert len(network.batches) == before + 1
    network.texts(BOB, mask.far, "START")
    network.takes(before + 2)
    network.texts(ALICE, mask.near, "Welcome back")
    assert eventually(lambda: network.batches[-1]["body"] == "Welcome back")


def test_an_answer_that_is_lost_doubles_nothing(network: Network) -> None:
    mask, before = network.mask, len(network.batches)
    network.loses = 1
    network.texts(ALICE, mask.near, "Once only")
    batch = network.takes(before + 1)
    mask.settles("message", "sent")
    assert network.reports(batch, "Delivered").status_code == 200
    mask.settles("message", "delivered")
    assert len(network.batches) == before + 1


def test_a_call_is_masked_and_followed_to_its_end(network: Network) -> None:
    mask = network.mask
    did = {"type": "did", "endpoint": mask.near}
    answer = network.calls(event="ice", cli=digits(ALICE), to=did, domain="pstn")
    action = answer["action"]
    assert (action["name"], action["number"], action["cli"]) == ("connectPstn", BOB, mask.far)
    assert digits(ALICE) not in json.dumps(answer)
    assert network.calls(event="ace")["action"] == {"name": "continue"}
    mask.settles("voice", "in-progress")
    network.calls(event="dice", reason="CALLEEHANGUP", result="ANSWERED", duration=17)
    over = mask.settles("voice", "completed")
    assert over.inbound_resource_status == "completed"
    assert json.loads(over.data)["duration"] == "17"


def test_a_call_that_nobody_answers(network: Network) -> None:
    did = {"type": "did", "endpoint": network.mask.near}
    network.calls(event="ice", cli=digits(ALICE), to=did, callid="c-2")
    network.calls(event="dice", reason="TIMEOUT", result="NOANSWER", duration=0, callid="c-2")
    assert network.mask.settles("voice", "no-answer").inbound_resource_status == "no-answer"


def test_a_call_that_no_session_carries(network: Network) -> None:
    did = {"type": "did", "endpoint": network.mask.near}
    answer = network.calls(event="ice", cli=digits(STRANGER), to=did, callid="c-9")
    assert [one["name"] for one in answer["instructions"]] == ["answer", "say"]
    assert answer["action"] == {"name": "hangup"}
    network.calls(event="dice", reason="MANAGERHANGUP", result="N/A", callid="c-9")
    (call,) = network.mask.server.client.calls.list(from_=STRANGER)
    assert call.status == "completed"


@pytest.mark.covers("carrier:sinch.place-end-to-end")
def test_a_program_places_a_call(network: Network) -> None:
    mask, before = network.mask, len(network.callouts)
    client = mask.server.client
    with Receiver() as program:
        program.pages["/voice"] = document("<Say>Hello</Say><Gather numDigits='1' action='keys'/>")
        program.pages["/keys"] = document(f"<Dial>{STRANGER}</Dial>")
        made = client.calls.create(
            to=BOB,
            from_=mask.near,
            url=f"{program.url}/voice",
            machine_detection="Enable",
            send_digits="1#",
            status_callback=f"{program.url}/status",
            status_callback_event=["initiated", "ringing", "answered", "completed"],
        )
        call_id, callout = network.rings(before + 1)
        begins = json.loads(callout["ice"])["action"]
        assert (begins["number"], begins["cli"], begins["dtmf"]) == (BOB, mask.near, "1#")
        ours = {"callid": call_id, "custom": callout["custom"]}
        answered = {"event": "ace", "timestamp": "2026-09-24T10:59:41Z", "amd": {"status": "human"}}
        asked = network.calls(**ours, **answered)
        assert asked["action"]["name"] == "runMenu"
        assert network.calls(**ours, **answered) == asked
        assert client.calls(made.sid).fetch().answered_by == "human"
        typed = {"type": "sequence", "value": "7"}
        # What somebody typed comes without our name.
        dialled = network.calls(event="pie", callid=call_id, menuResult=typed)["action"]
        assert (dialled["number"], dialled["cli"]) == (STRANGER, mask.near)
        # Whom it rings answers too, and is joined.
        later = answered | {"timestamp": "2026-09-24T11:00:00Z"}
        assert network.calls(**ours, **later)["action"] == {"name": "continue"}
        assert len(program.at("/voice")) == 2
        client.calls(made.sid).update(status="completed")
        hangup = {"instructions": [], "action": {"name": "hangup"}}
        eventually(lambda: network.orders == [(call_id, hangup)])
        over = {"event": "dice", "reason": "MANAGERHANGUP", "result": "ANSWERED", "duration": 9}
        network.calls(**ours, **over)
        network.calls(**ours, **later)
        ended = client.calls(made.sid).fetch()
        assert (ended.status, ended.duration) == ("completed", "9")
        eventually(lambda: len(program.at("/status")) == 3)
        told = [one.form["CallStatus"] for one in program.at("/status")]
        assert told == ["initiated", "in-progress", "completed"]
        assert program.at("/keys")[0].form["Digits"] == "7"
        assert all(one.form["CallSid"] == made.sid for one in program.posted)


def test_a_call_rings_somebody_at_once(network: Network) -> None:
    mask, before = network.mask, len(network.callouts)
    dial = f"<Response><Say>Hello</Say><Dial>{STRANGER}</Dial></Response>"
    made = mask.server.client.calls.create(to=BOB, from_=mask.near, twiml=dial)
    call_id, callout = network.rings(before + 1)
    ours = {"callid": call_id, "custom": callout["custom"]}
    asked = network.calls(event="ace", timestamp="2026-09-24T10:59:41Z", **ours)
    assert (asked["instructions"][0]["text"], asked["action"]["name"]) == ("Hello", "runMenu")
    nothing = {"type": "timeout"}
    dialled = network.calls(event="pie", callid=call_id, menuResult=nothing)["action"]
    assert (dialled["name"], dialled["number"]) == ("connectPstn", STRANGER)
    network.calls(event="dice", result="ANSWERED", duration=2, **ours)
    assert mask.server.client.calls(made.sid).fetch().status == "completed"


def test_a_live_call_is_not_led_elsewhere(network: Network) -> None:
    """The debugger says so, and the call goes on as it was."""
    mask, before = network.mask, len(network.callouts)
    client = mask.server.client
    say = "<Response><Say>Hello</Say><Gather/></Response>"
    made = client.calls.create(to=BOB, from_=mask.near, twiml=say)
    call_id, callout = network.rings(before + 1)
    ours = {"callid": call_id, "custom": callout["custom"]}
    network.calls(event="ace", timestamp="2026-09-24T10:59:41Z", **ours)
    client.calls(made.sid).update(twiml="<Response><Say>Elsewhere</Say></Response>")
    mask.server.settle()
    alerts = client.monitor.v1.alerts.list()
    assert [one.error_code for one in alerts if one.resource_sid == made.sid] == ["21220"]
    assert client.calls(made.sid).fetch().status == "in-progress"
    network.calls(event="dice", reason="CALLEEHANGUP", result="ANSWERED", duration=2, **ours)
    assert client.calls(made.sid).fetch().status == "completed"


def test_what_is_not_signed_is_refused(network: Network) -> None:
    for path in ("Message", "Status", "Call"):
        answer = network.mask.post(path, b"{}", {"Content-Type": "application/json"})
        assert answer.status_code == 403
        assert answer.json()["code"] == 80625
