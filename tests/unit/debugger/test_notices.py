from __future__ import annotations

import json
from urllib.parse import parse_qsl

from maskline.debugger.alerts import new_alert
from maskline.debugger.notices import alert_text, parameters
from maskline.model.errors import CATALOGUE
from tests.support.memory import World


def test_an_alert_without_a_request(world: World) -> None:
    alert = new_alert(world.env, 80901, "AC1", "KS1", "KC1")
    form = dict(parameters(alert))
    payload = json.loads(form.pop("Payload"))
    assert form == {
        "Sid": alert.sid,
        "AccountSid": "AC1",
        "ParentAccountSid": "",
        "Timestamp": "2024-07-04T12:00:00Z",
        "Level": "Warning",
        "PayloadType": "application/json",
    }
    text = CATALOGUE[80901].text
    assert payload == {
        "resource_sid": "KC1",
        "service_sid": "KS1",
        "error_code": "80901",
        "more_info": {
            "msg": text,
            "Msg": text,
            "ErrorCode": "80901",
            "LogLevel": "WARN",
            "sourceComponent": "proxy",
        },
    }


def test_an_alert_with_a_request(world: World) -> None:
    exchange = world.records.exchange(502)
    alert = new_alert(world.env, 80913, "AC1", None, None, "status 502", exchange)
    form = dict(parameters(alert))
    assert form["Level"] == "Error"
    payload = json.loads(form["Payload"])
    assert payload["service_sid"] is None
    assert payload["more_info"]["LogLevel"] == "ERROR"
    assert payload["more_info"]["httpResponse"] == "502"
    assert payload["more_info"]["url"] == exchange.url
    assert payload["webhook"] == {
        "type": "application/json",
        "request": {
            "method": "POST",
            "url": exchange.url,
            "headers": {"X-Twilio-Signature": "[redacted]"},
            "parameters": {"interactionSid": "KI1", "interactionData": "[redacted]"},
        },
        "response": {
            "status_code": 502,
            "headers": {"content-type": "text/plain"},
            "body": "well",
        },
    }


def test_a_request_that_was_not_answered(world: World) -> None:
    alert = new_alert(world.env, 80908, "AC1", None, None, "", world.records.exchange(None))
    payload = json.loads(dict(parameters(alert))["Payload"])
    assert "httpResponse" not in payload["more_info"]
    assert payload["webhook"]["response"] == {"status_code": None, "headers": {}, "body": None}


def test_the_text_of_the_monitor_api(world: World) -> None:
    alert = new_alert(world.env, 80908, "AC1", None, "KI1", "a & b", world.records.exchange(500))
    assert parse_qsl(alert_text(alert)) == [
        ("Msg", f"{CATALOGUE[80908].text}: a & b"),
        ("ErrorCode", "80908"),
        ("LogLevel", "WARN"),
        ("sourceComponent", "proxy"),
        ("url", "https://app.example.com/callback"),
        ("httpResponse", "500"),
    ]
