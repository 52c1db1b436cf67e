"""Bandwidth end to end: a server behind its API, which is played over real HTTP."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree

import pytest
import requests
from twilio.base.exceptions import TwilioRestException

from maskline.carriers.json_api import basic
from tests.support.vendor import Asked, Behind, Told, Vendor, behind
from tests.support.world import ALICE, BOB, eventually

TOKEN, SECRET = "the-api-token", "the-api-secret"
USER, PASSWORD = "bandwidth", "a-password-of-our-own"
PICTURE = b"\x89PNG picture"


class Network(Vendor):
    """Bandwidth: takes messages and keeps pictures; `fails` are the codes of the next ones."""

    def __init__(self) -> None:
        super().__init__(self._answer)
        self.ids = (f"bw-{i}" for i in itertools.count(1))
        self.mask: Behind

    def _answer(self, asked: Asked) -> Told:
        if asked.headers.get("authorization") != basic(TOKEN, SECRET):
            return Told(401, {"type": "unauthorized", "description": "Authentication Failed"})
        if asked.path.startswith("/api/v2/users/77/media/"):
            return Told(200, PICTURE, "image/png")
        if asked.path != "/api/v2/users/77/messages":
            return Told(404, {})
        assert asked.body["applicationId"] == "app-1"
        sent = {"id": next(self.ids), "direction": "out", "segmentCount": 1, "media": []}
        return Told(202, asked.body | sent)

    def tells(self, path: str, document: Any) -> requests.Response:
        headers = {"Authorization": basic(USER, PASSWORD), "Content-Type": "application/json"}
        return self.mask.post(path, json.dumps(document).encode(), headers)

    def texts(self, who: str, to: str, text: str, media: tuple[str, ...] = ()) -> requests.Response:
        message = {
            "id": next(self.ids),
            "owner": to,
            "to": [to],
            "from": who,
            "text": text,
            "media": list(media),
            "direction": "in",
        }
        return self.tells("Message", [{"type": "message-received", "to": to, "message": message}])

    def takes(self, count: int) -> Any:
        """What it was handed last, once it has so many."""
        return eventually(lambda: len(self.sent) >= count and self.sent[-1])

    @property
    def sent(self) -> list[dict[str, Any]]:
        return [one.body for one in self.asked if one.path.endswith("/messages")]

    def reports(self, kind: str, tag: str, code: int | None = None) -> requests.Response:
        message = {"id": "bw-any", "to": [BOB], "from": "+1", "tag": tag, "direction": "out"}
        return self.tells(
            "Status", [{"type": kind, "to": BOB, "errorCode": code, "message": message}]
        )


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Network]:
    with Network() as found:
        settings = {
            "account_id": "77",
            "application_id": "app-1",
            "messaging_url": f"{found.url}/api/v2",
            "voice_url": f"{found.url}/api/v2",
        }
        secrets = {
            "api_token": TOKEN,
            "api_secret": SECRET,
            "hook_username": USER,
            "hook_password": PASSWORD,
        }
        folder = tmp_path_factory.mktemp("bandwidth")
        with behind(folder, "bandwidth", settings, secrets) as mask:
            found.mask = mask
            yield found


def test_texts_go_both_ways_masked(network: Network) -> None:
    mask, before = network.mask, len(network.sent)
    assert network.texts(ALICE, mask.near, "Where are you?").status_code == 200
    text = network.takes(before + 1)
    assert (text["from"], text["to"], text["text"]) == (mask.far, [BOB], "Where are you?")
    # Twice, and in the wrong order.
    for kind in ("message-delivered", "message-sending", "message-delivered"):
        assert network.reports(kind, text["tag"]).status_code == 200
    mask.settles("message", "delivered")
    assert network.texts(BOB, mask.far, "Here").status_code == 200
    reply = network.takes(before + 2)
    assert (reply["from"], reply["to"], reply["text"]) == (mask.near, [ALICE], "Here")


def test_pictures_pass_without_its_credentials(network: Network) -> None:
    mask, before = network.mask, len(network.sent)
    kept = f"{network.url}/api/v2/users/77/media/bw-9/0/cat.png"
    assert requests.get(kept, timeout=5).status_code == 401
    assert network.texts(ALICE, mask.near, "look", (kept,)).status_code == 200
    (url,) = network.takes(before + 1)["media"]
    assert url.startswith(f"{mask.door}/media/")
    assert requests.get(url, timeout=5).content == PICTURE


@pytest.mark.covers("carrier:bandwidth.opt-out")
def test_who_opted_out_there_is_opted_out_here(network: Network) -> None:
    mask, before = network.mask, len(network.sent)
    network.texts(ALICE, mask.near, "Still there?")
    text = network.takes(before + 1)
    assert network.reports("message-failed", text["tag"], 4775).status_code == 200
    lost = mask.settles("message", "undelivered")
    message = mask.server.client.messages(lost.outbound_resource_sid).fetch()
    assert message.error_code == 21610
    network.texts(ALICE, mask.near, "And now?")
    mask.settles("message", "failed")
    assert len(network.sent) == before + 1
    network.texts(BOB, mask.far, "START")
    network.takes(before + 2)
    network.texts(ALICE, mask.near, "Welcome back")
    assert eventually(lambda: network.sent[-1]["text"] == "Welcome back")


def test_a_call_is_masked_and_followed_to_its_end(network: Network) -> None:
    mask = network.mask
    initiate = {"eventType": "initiate", "callId": "c-1", "from": ALICE, "to": mask.near}
    answer = network.tells("Call", initiate)
    assert answer.headers["content-type"].startswith("text/xml")
    assert ALICE not in answer.text
    transfer = ElementTree.fromstring(answer.content).find("Transfer")
    assert transfer is not None
    rung = transfer.find("PhoneNumber")
    assert rung is not None
    assert (transfer.get("transferCallerId"), rung.text) == (mask.far, BOB)

    def tells(element: ElementTree.Element, name: str, **event: str) -> requests.Response:
        """As Bandwidth does it: at the address, and with the credentials, that it was given."""
        auth = (element.get("username") or "", element.get("password") or "")
        return requests.post(element.get(name) or "", json=event, auth=auth, timeout=5)

    said = tells(rung, "transferAnswerUrl", eventType="transferAnswer", callId="c-2")
    assert said.text.endswith("<Response/>")
    mask.settles("voice", "in-progress")
    ended = {"callId": "c-2", "cause": "hangup"}
    times = {"answerTime": "2026-06-20T15:54:25Z", "endTime": "2026-06-20T15:54:42Z"}
    tells(rung, "transferDisconnectUrl", eventType="transferDisconnect", **ended, **times)
    done = tells(
        transfer, "transferCompleteUrl", eventType="transferComplete", callId="c-1", cause="hangup"
    )
    assert "<Hangup/>" in done.text
    over = mask.settles("voice", "completed")
    assert over.inbound_resource_status == "completed"
    assert json.loads(over.data)["duration"] == "17"
    # The end of the call that came in comes too, and changes nothing.
    network.tells("Call/Status", {"eventType": "disconnect", "callId": "c-1", "cause": "hangup"})
    again = network.tells("Call", initiate)
    assert again.status_code == 200


def test_a_call_that_no_session_carries(network: Network) -> None:
    initiate = {"eventType": "initiate", "callId": "c-9", "from": "+17185551234"}
    answer = network.tells("Call", initiate | {"to": network.mask.near})
    said = ElementTree.fromstring(answer.content)
    assert [one.tag for one in said] == ["SpeakSentence", "Hangup"]
    network.tells("Call/Status", {"eventType": "disconnect", "callId": "c-9", "cause": "hangup"})
    (call,) = network.mask.server.client.calls.list(from_="+17185551234")
    assert call.status == "completed"


def test_without_a_voice_application_no_call_is_placed(network: Network) -> None:
    client, before = network.mask.server.client, len(network.asked)
    with pytest.raises(TwilioRestException) as refused:
        client.calls.create(to=ALICE, from_=network.mask.near, twiml="<Response/>")
    assert refused.value.code == 21212
    assert len(network.asked) == before


def test_what_does_not_show_the_credentials_is_asked_for_them(network: Network) -> None:
    """A client may wait until it is asked."""
    for headers in ({}, {"Authorization": basic(USER, "another-password")}):
        answer = network.mask.post("Message", b"[]", headers)
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"].startswith('Basic realm="')
        assert answer.json()["code"] == 80625
