from __future__ import annotations

import pytest

from maskline.proxy.doors import door, door_of, is_our_door, ours
from maskline.settings import Settings

BASE = "https://mask.example.com/m"
SETTINGS = Settings(public_url=BASE)
AC = "AC" + "1" * 32
KS = "KS" + "2" * 32
TAIL = f"/v1/Accounts/{AC}/Proxy/{KS}/Webhooks"
TWILIO = f"https://webhooks.twilio.com{TAIL}"


@pytest.mark.parametrize("what", ["Message", "Call", "Call/Leg", "Call/Done"])
def test_a_door_s_address_leads_to_it(what: str) -> None:
    address = door(SETTINGS, AC, KS, what)
    assert address == f"{BASE}/webhooks{TAIL}/{what}"
    assert door_of(address, SETTINGS, AC) == (KS, what)


@pytest.mark.parametrize(
    ("url", "found"),
    [
        (f"{BASE}/webhooks{TAIL}/Call?Digits=1&x=#rc=2", (KS, "Call")),
        (f"{BASE}/webhooks{TAIL}/Call/", (KS, "Call")),
        (f"https://MASK.example.com:443/m/webhooks{TAIL}/Call", (KS, "Call")),
        (f"https://webhooks.mask.example.com{TAIL}/Call", (KS, "Call")),
        (f"{TWILIO}/Message", (KS, "Message")),
        (f"http://webhooks.twilio.com{TAIL}/Message", None),
        (f"https://webhooks.twilio.com.evil.example{TAIL}/Message", None),
        (f"https://a.example/webhooks{TAIL}/Call", None),
        (f"{BASE}/webhooks{TAIL}/Calls", None),
        (f"{BASE}/webhooks{TAIL}/Call/Leg/More", None),
        (f"{BASE}/webhooks{TAIL.replace(AC, 'AC' + '3' * 32)}/Call", None),
        ("", None),
        (f"ftp://webhooks.twilio.com{TAIL}/Call", None),
    ],
)
def test_only_the_account_s_own_doors_are_ours(url: str, found: tuple[str, str] | None) -> None:
    assert door_of(url, SETTINGS, AC) == found


@pytest.mark.parametrize(
    ("url", "found"),
    [
        (f"{TWILIO}/Call?a=1", f"{BASE}/webhooks{TAIL}/Call?a=1"),
        (f"{BASE}/webhooks{TAIL}/Call", f"{BASE}/webhooks{TAIL}/Call"),
        # A leg, or a call, of somebody else's could be named.
        (f"{TWILIO}/Call/Leg?CallLeg=CA1", f"{BASE}/webhooks{TAIL}/Call/Leg"),
        (f"{BASE}/webhooks{TAIL}/Call/Done?Parent=CA1", f"{BASE}/webhooks{TAIL}/Call/Done"),
        (f"{BASE}/webhooks{TAIL.replace(AC, 'AC' + '3' * 32)}/Call/Leg?CallLeg=CA1", f"{BASE}/"),
        (f"{BASE}/carriers/one/Call/Placed?Call=CA1", f"{BASE}/"),
        (f"{BASE}/carriers/one", f"{BASE}/"),
        ("https://MASK.example.com:443/m/x/..//%63arriers/one/Call/Next?Call=CA1", f"{BASE}/"),
        ("https://webhooks.mask.example.com/carriers/one/Call/Told?Call=CA1", f"{BASE}/"),
        # A recording that a program was told of may be played.
        (f"{BASE}/carriers/one/media/t.mp3", f"{BASE}/carriers/one/media/t.mp3"),
        (f"{BASE}/carriers/one/media/../Call/Next", f"{BASE}/"),
        (f"{BASE}/music.mp3", f"{BASE}/music.mp3"),
        ("https://a.example/carriers/one/Call", "https://a.example/carriers/one/Call"),
        ("maskline:rest:1", "maskline:rest:1"),
        ("https://webhooks.twilio.com/else", "https://webhooks.twilio.com/else"),
        ("https://a.example/", "https://a.example/"),
    ],
)
def test_a_door_is_known_to_carriers_by_one_address(url: str, found: str) -> None:
    assert ours(url, SETTINGS, AC) == found


@pytest.mark.parametrize(
    ("url", "is_ours"),
    [
        (f"{BASE}/webhooks{TAIL}/Call/Leg?CallLeg=CA1", True),
        (f"{BASE}/webhooks{TAIL.replace(AC, 'AC' + '3' * 32)}/Call", True),
        (f"https://a.example/webhooks{TAIL}/Call", False),
        (f"{BASE}/other", False),
        ("", False),
    ],
)
def test_a_door_of_whomever(url: str, is_ours: bool) -> None:
    assert is_our_door(url, SETTINGS) is is_ours
