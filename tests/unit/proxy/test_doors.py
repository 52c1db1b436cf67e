from __future__ import annotations

import pytest

from maskline.proxy.doors import door, door_of, ours

BASE = "https://mask.example.com"
AC = "AC" + "1" * 32
KS = "KS" + "2" * 32
TAIL = f"/v1/Accounts/{AC}/Proxy/{KS}/Webhooks"


@pytest.mark.parametrize("what", ["Message", "Call", "Call/Leg", "Call/Done"])
def test_a_door_s_address_leads_to_it(what: str) -> None:
    assert door_of(door(BASE, AC, KS, what), BASE, AC) == (KS, what)


@pytest.mark.parametrize(
    ("url", "found"),
    [
        (f"{BASE}/webhooks{TAIL}/Call?Digits=1&x=#rc=2", (KS, "Call")),
        (f"{BASE}/webhooks{TAIL}/Call/", (KS, "Call")),
        (f"https://webhooks.twilio.com{TAIL}/Message", (KS, "Message")),
        (f"http://webhooks.twilio.com{TAIL}/Message", None),
        (f"https://webhooks.twilio.com.evil.example{TAIL}/Message", None),
        (f"{BASE}{TAIL}/Call", None),
        (f"{BASE}/webhooks{TAIL}/Calls", None),
        (f"{BASE}/webhooks{TAIL.replace(AC, 'AC' + '3' * 32)}/Call", None),
        ("", None),
    ],
)
def test_only_the_account_s_own_doors_are_ours(url: str, found: tuple[str, str] | None) -> None:
    assert door_of(url, BASE, AC) == found


@pytest.mark.parametrize(
    ("url", "found"),
    [
        (f"https://webhooks.twilio.com{TAIL}/Call?a=1", f"{BASE}/webhooks{TAIL}/Call?a=1"),
        (f"{BASE}/webhooks{TAIL}/Call", f"{BASE}/webhooks{TAIL}/Call"),
        ("https://webhooks.twilio.com/else", "https://webhooks.twilio.com/else"),
        ("https://a.example/", "https://a.example/"),
    ],
)
def test_twilio_s_address_is_taken_for_ours(url: str, found: str) -> None:
    assert ours(url, BASE, AC) == found
