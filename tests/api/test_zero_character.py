"""The zero character, which PostgreSQL refuses to keep, wherever it may be sent: no such request is
an internal error, on no engine."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import requests
from twilio.request_validator import RequestValidator

from tests.support.server import RunningServer

pytestmark = pytest.mark.both_engines

PATHS = [
    "/proxy/v1/Services/%00",
    "/proxy/v1/Services/a%00b/Sessions",
    "/proxy/v1/Services?PageToken=%00&Page=1",
    "/messaging/v1/Services/%00",
    "/monitor/v1/Alerts/%00",
    "/monitor/v1/Alerts?LogLevel=%00",
    "/api/2010-04-01/Accounts/%00/Messages.json",
    "/api/2010-04-01/Accounts/{AC}/Messages.json?To=%00",
    "/api/2010-04-01/Accounts/{AC}/Messages/%00.json",
    "/api/2010-04-01/Accounts/{AC}/Calls.json?Status=%00",
    "/api/2010-04-01/Accounts/{AC}/Keys/%00.json",
    "/api/2010-04-01/Accounts/{AC}/IncomingPhoneNumbers.json?PhoneNumber=%00&FriendlyName=%00",
    "/api/2010-04-01/Accounts/{AC}/AvailablePhoneNumbers/US/Local.json?Contains=%00",
    "/simulator/phones/%00/messages",
    "/simulator/phones/%2B14155550100/messages?after=%00",
]
ALICE = "+12125551234"


@pytest.mark.parametrize("path", PATHS)
def test_in_a_path_or_query(server: RunningServer, path: str) -> None:
    answer = requests.get(
        server.url + path.replace("{AC}", server.account_sid),
        auth=(server.account_sid, server.auth_token),
        timeout=10,
    )
    assert answer.status_code < 500


def test_in_credentials(server: RunningServer) -> None:
    answer = requests.get(f"{server.url}/proxy/v1/Services", auth=("a\0b", "c\0d"), timeout=10)
    assert answer.status_code == 401


@pytest.mark.parametrize(
    "body",
    [
        {"to": "+14155550199", "body": "a\0b"},
        {"to": "+1\0", "body": "x"},
        {"to": "+14155550199", "body": "x", "media": ["https://x.example/\0"]},
    ],
)
def test_from_a_simulated_phone(server: RunningServer, body: dict[str, object]) -> None:
    phone = ALICE.replace("+", "%2B")
    answer = requests.post(f"{server.url}/simulator/phones/{phone}/messages", json=body, timeout=10)
    assert answer.status_code < 500


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ({"From": "+12125551\x00234", "Body": "x"}, 400),
        ({"From": ALICE, "Body": "a\0b"}, 200),
        ({"From": ALICE, "Body": "x", "NumMedia": "1", "MediaUrl0": "https://x.example/\0"}, 200),
        ({"From": ALICE, "Body": "x", "To": "+1415\0"}, 400),
    ],
)
def test_from_a_carrier(
    server: RunningServer, number: Callable[[], str], form: dict[str, str], status: int
) -> None:
    owned = number()
    server.client.incoming_phone_numbers.create(phone_number=owned)
    form = {"To": owned, "MessageSid": f"SM{owned}", **form}
    door = f"Accounts/{server.account_sid}/Proxy/KS{'0' * 32}/Webhooks/Message"
    url = f"{server.url}/webhooks/v1/{door}"
    signature = RequestValidator(server.auth_token).compute_signature(url, form)
    answer = requests.post(url, data=form, headers={"X-Twilio-Signature": signature}, timeout=10)
    assert answer.status_code == status
