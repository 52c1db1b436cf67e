"""Who may do what: a row for every endpoint and role."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from maskline.console.contract import ENDPOINTS, Endpoint
from maskline.model.console import Role
from tests.console.browser import Browser, phone
from tests.console.conftest import Sign
from tests.console.town import ALICE, Town
from tests.support.toll_free import verification

_lines = itertools.count()

#: What an endpoint that takes a body is sent: something that makes sense and changes nothing much.
BODIES: dict[str, Any] = {
    "POST /sign-in": {"name": "nobody", "password": "wrong"},
    "POST /sign-in/link": {"token": "wrong"},
    "POST /password": {"current": "", "new": "short"},
    "POST /users": {"name": "", "role": "viewer"},
    "POST /users/{sid}": {},
    "POST /sessions/{sid}": {"action": "extend", "ttl": 3600},
    "POST /sessions/{sid}/messages": {"participant_sid": "KP0", "body": "hi"},
    "POST /reveal": {"ref": "KP0:identifier"},
    "POST /opt-outs": {"person": "wrong", "sender": "wrong"},
    "POST /messages": {"to": "wrong"},
    "POST /messaging-services": {"name": ""},
    "POST /messaging-services/{sid}": {},
    "POST /messaging-services/{sid}/senders": {},
    "POST /messaging-services/{sid}/opt-outs": {"enabled": False},
    "POST /messaging-services/{sid}/opt-out-lists": {"language": "wrong"},
    "POST /messaging-services/{sid}/opt-out-lists/{list}": {
        "opt_out_keywords": [],
        "opt_in_keywords": [],
        "help_keywords": [],
        "opt_out_message": "",
        "opt_in_message": "",
        "help_message": "",
    },
    "POST /a2p/brands": {"customer_profile_sid": "wrong", "a2p_profile_sid": "wrong"},
    "POST /a2p/brands/{sid}/report": {"status": "wrong"},
    "POST /a2p/brands/{sid}/vettings": {"provider": "nobody"},
    "POST /a2p/brands/{sid}/vettings/{vetting}/report": {"status": "wrong"},
    "POST /a2p/campaigns": {
        "service_sid": "MG0",
        "brand_sid": "BN0",
        "usecase": "PROXY",
        "description": "",
        "message_flow": "",
        "samples": [],
        "has_links": False,
        "has_phone": False,
    },
    "POST /a2p/campaigns/external": {"service_sid": "MG0", "campaign_id": "C1"},
    "POST /a2p/campaigns/{sid}/correct": {
        "description": "short",
        "message_flow": "short",
        "samples": [],
        "has_links": False,
        "has_phone": False,
    },
    "POST /a2p/campaigns/{sid}/report": {"status": "wrong"},
    "POST /toll-free": {"number_sid": "PN0"},
    "POST /toll-free/{sid}/correct": {"edit_reason": "x" * 5000},
    "POST /toll-free/{sid}/report": {"status": "wrong"},
    "POST /hooks/test": {"kind": "intercept", "owner_sid": "KS0"},
    "POST /accounts": {"name": ""},
    "POST /accounts/{sid}": {},
    "POST /keys": {"name": "x" * 65},
    "POST /handsets/{number}/messages": {"to": "wrong"},
    "POST /handsets/{number}/calls": {"to": "wrong"},
    "POST /handsets/{number}/calls/{call}/reject": {},
    "POST /handsets/{number}/calls/{call}/digits": {"digits": "wrong"},
}
#: Those that everybody may ask.
OPEN = {
    "GET /sign-in",
    "POST /sign-in",
    "POST /sign-in/link",
    "GET /oidc/start",
    "GET /oidc/callback",
}
#: The least role, written out a second time: what the contract says is not enough.
NEEDED = {
    "GET /me": "viewer",
    "POST /sign-out": "viewer",
    "POST /password": "viewer",
    "GET /users": "admin",
    "POST /users": "admin",
    "POST /users/{sid}": "admin",
    "POST /users/{sid}/reset": "admin",
    "GET /audit": "admin",
    "GET /overview": "viewer",
    "GET /services": "viewer",
    "GET /search": "viewer",
    "GET /sessions": "viewer",
    "GET /sessions/{sid}": "viewer",
    "POST /sessions/{sid}": "support",
    "GET /sessions/{sid}/timeline": "viewer",
    "POST /sessions/{sid}/messages": "support",
    "GET /legs/{sid}": "viewer",
    "POST /reveal": "support",
    "GET /webhooks/{sid}": "viewer",
    "POST /webhooks/{sid}/replay": "support",
    "GET /events": "viewer",
    "GET /pools": "viewer",
    "GET /pools/{sid}/cells": "viewer",
    "GET /traffic": "viewer",
    "GET /errors": "viewer",
    "GET /jobs": "viewer",
    "POST /jobs/{sid}/replay": "support",
    "POST /jobs/{sid}/discard": "support",
    "GET /opt-outs": "viewer",
    "POST /opt-outs": "support",
    "POST /opt-outs/{sid}/remove": "support",
    "GET /alerts": "viewer",
    "GET /alerts/{sid}": "viewer",
    "GET /requests": "viewer",
    "GET /requests/{sid}": "viewer",
    "GET /hooks": "viewer",
    "POST /hooks/test": "support",
    "GET /messages": "viewer",
    "POST /messages": "support",
    "POST /messages/{sid}/cancel": "support",
    "GET /messaging-services": "viewer",
    "POST /messaging-services": "admin",
    "GET /messaging-services/{sid}": "viewer",
    "POST /messaging-services/{sid}": "admin",
    "POST /messaging-services/{sid}/delete": "admin",
    "GET /messaging-services/{sid}/senders": "viewer",
    "POST /messaging-services/{sid}/senders": "admin",
    "POST /messaging-services/{sid}/senders/{sender}/remove": "admin",
    "GET /free-senders": "viewer",
    "GET /a2p": "viewer",
    "POST /a2p/brands": "admin",
    "GET /a2p/brands/{sid}": "viewer",
    "POST /a2p/brands/{sid}/passcode": "admin",
    "POST /a2p/brands/{sid}/vettings": "admin",
    "POST /a2p/brands/{sid}/vettings/{vetting}/report": "admin",
    "GET /a2p/answers/{sid}": "viewer",
    "POST /a2p/brands/{sid}/resubmit": "admin",
    "POST /a2p/brands/{sid}/report": "admin",
    "POST /a2p/campaigns": "admin",
    "POST /a2p/campaigns/external": "admin",
    "GET /a2p/campaigns/{sid}": "viewer",
    "POST /a2p/campaigns/{sid}/correct": "admin",
    "POST /a2p/campaigns/{sid}/report": "admin",
    "POST /a2p/campaigns/{sid}/delete": "admin",
    "GET /toll-free": "viewer",
    "POST /toll-free": "admin",
    "GET /toll-free/{sid}": "viewer",
    "POST /toll-free/{sid}/correct": "admin",
    "POST /toll-free/{sid}/report": "admin",
    "POST /toll-free/{sid}/delete": "admin",
    "POST /messaging-services/{sid}/opt-outs": "admin",
    "GET /messaging-services/{sid}/opt-out-lists": "viewer",
    "POST /messaging-services/{sid}/opt-out-lists": "admin",
    "POST /messaging-services/{sid}/opt-out-lists/{list}": "admin",
    "POST /messaging-services/{sid}/opt-out-lists/{list}/remove": "admin",
    "GET /accounts": "admin",
    "POST /accounts": "admin",
    "POST /accounts/{sid}": "admin",
    "GET /keys": "admin",
    "POST /keys": "admin",
    "POST /keys/{sid}/revoke": "admin",
    "GET /handsets": "viewer",
    "GET /handsets/{number}/messages": "viewer",
    "POST /handsets/{number}/messages": "support",
    "POST /handsets/{number}/pictures": "support",
    "GET /handsets/{number}/calls": "viewer",
    "POST /handsets/{number}/calls": "support",
    "POST /handsets/{number}/calls/{call}/answer": "support",
    "POST /handsets/{number}/calls/{call}/reject": "support",
    "POST /handsets/{number}/calls/{call}/hangup": "support",
    "POST /handsets/{number}/calls/{call}/digits": "support",
}


#: Whose SID stands in a path; without one here, a session's.
KINDS = (
    ("/webhooks/", "webhook"),
    ("/legs/", "message"),
    ("/messages/", "message"),
    ("/pools/", "service"),
    ("/alerts/", "alert"),
    ("/requests/", "request"),
)


def name_of(endpoint: Endpoint) -> str:
    return f"{endpoint.method} {endpoint.path}"


def test_the_list_of_roles_is_whole() -> None:
    assert {name_of(one) for one in ENDPOINTS} == OPEN | set(NEEDED)


def ask(browser: Browser, endpoint: Endpoint, town: Town, csrf: str | None = None) -> int:
    """The status of what is answered."""
    name = name_of(endpoint)
    sid = next((town.sids[kind] for part, kind in KINDS if part in name), town.session.sid)
    path = endpoint.path.replace("/handsets/{number}", phone(ALICE)).replace("{call}", "HC0")
    if "/messaging-services/{sid}" in name or "/a2p/answers/{sid}" in name:
        # What an earlier one deleted must not be missing here.
        sid = town.client.messaging.v1.services.create(friendly_name="Texts").sid
    if "/a2p/brands/{sid}" in name:
        sid = town.client.messaging.v1.brand_registrations.create(
            customer_profile_bundle_sid="BU" + "1" * 32, a2p_profile_bundle_sid="BU" + "2" * 32
        ).sid
    if "/a2p/campaigns/{sid}" in name:
        service = town.client.messaging.v1.services.create(friendly_name="Texts").sid
        made = town.client.messaging.v1.external_campaign
        sid = made.create(campaign_id="C1", messaging_service_sid=service).sid
    if "/toll-free/{sid}" in name:
        sid = verification(town.client, f"+1888555{next(_lines):04}")
    path = path.replace("{sender}", "PN0").replace("{list}", "OL0").replace("{vetting}", "VT0")
    path = path.replace("{sid}", "US0" if "/users/" in name else sid)
    token = browser.me.get("csrf_token", "") if csrf is None else csrf
    more: dict[str, Any] = {"headers": {"X-CSRF-Token": token}} if token else {}
    if endpoint.raw:
        more["data"] = b"GIF89a"
        more["headers"] = {**more.get("headers", {}), "Content-Type": "image/gif"}
    elif name in BODIES:
        more["json"] = BODIES[name]
    if endpoint.path == "/events":
        with browser.http.get(f"{browser.api}/events", stream=True, timeout=10) as answer:
            return answer.status_code
    return browser.raw(endpoint.method, path, allow_redirects=False, **more).status_code


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=name_of)
@pytest.mark.parametrize("role", [None, *Role], ids=lambda role: role or "nobody")
def test_a_role_may_do_what_it_is_for(
    town: Town, sign_in: Sign, endpoint: Endpoint, role: Role | None
) -> None:
    name = name_of(endpoint)
    browser = Browser(town.server.url) if role is None else sign_in(role)
    status = ask(browser, endpoint, town)
    if name in OPEN:
        assert status in {200, 302, 401, 404}
    elif role is None:
        assert status == 401
    elif Role(NEEDED[name]).rank > role.rank:
        assert status == 403
    else:
        # Let in: what the body then amounts to is another matter.
        assert status in {200, 400, 404, 409}
        assert endpoint.method == "POST" or status == 200


@pytest.mark.parametrize(
    "endpoint",
    [one for one in ENDPOINTS if one.method == "POST" and one.role is not None],
    ids=name_of,
)
def test_nothing_is_done_without_the_pages_token(
    town: Town, sign_in: Sign, endpoint: Endpoint
) -> None:
    browser, other = sign_in(Role.ADMIN), sign_in(Role.ADMIN)
    assert ask(browser, endpoint, town, csrf="") == 403
    assert ask(browser, endpoint, town, csrf=other.me["csrf_token"]) == 403
    assert ask(browser, endpoint, town) in {200, 400, 404, 409}


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_another_sites_page_can_do_nothing(
    town: Town, sign_in: Sign, headers: dict[str, str]
) -> None:
    browser = sign_in(Role.ADMIN)
    body = {"action": "close"}
    answer = browser.post(f"/sessions/{town.session.sid}", body, headers=headers)
    assert answer.status_code == 403
    login = browser.raw("POST", "/sign-in", json={"name": "a", "password": "b"}, headers=headers)
    assert login.status_code == 403


def test_a_form_is_no_json(town: Town, sign_in: Sign) -> None:
    """What a page of another site can send without asking first."""
    browser = sign_in(Role.ADMIN)
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data"):
        answer = browser.post(
            "/reveal", data=b'{"ref": "KP0:identifier"}', headers={"Content-Type": kind}
        )
        assert answer.status_code == 415


#: Paths, and whether they name the account by themselves.
FOREIGN = (
    ("GET", "/sessions/{session}", None),
    ("GET", "/sessions/{session}/timeline", None),
    ("POST", "/sessions/{session}", {"action": "close"}),
    ("POST", "/sessions/{session}/messages", {"participant_sid": "{person}", "body": "hi"}),
    ("POST", "/reveal", {"ref": "{person}:identifier"}),
    ("GET", "/legs/{leg}", None),
    ("GET", "/webhooks/{webhook}", None),
    ("POST", "/webhooks/{webhook}/replay", None),
    ("GET", "/overview?account={account}", None),
    ("GET", "/services?account={account}", None),
    ("GET", "/sessions?account={account}", None),
    ("GET", "/search?q=x&account={account}", None),
    ("GET", "/handsets?account={account}", None),
    ("GET", "/pools?account={account}", None),
    ("GET", "/pools/{service}/cells", None),
    ("GET", "/errors?account={account}", None),
    ("GET", "/jobs?account={account}", None),
    ("POST", "/jobs/{job}/replay", None),
    ("POST", "/jobs/{job}/discard", None),
    ("GET", "/opt-outs?account={account}", None),
    ("POST", "/opt-outs?account={account}", {"person": "+12125550100", "sender": "{service}"}),
    ("POST", "/opt-outs/{opt_out}/remove", None),
    ("GET", "/alerts?account={account}", None),
    ("GET", "/alerts/{alert}", None),
    ("GET", "/requests?account={account}", None),
    ("GET", "/requests/{request}", None),
    ("GET", "/hooks?account={account}", None),
    ("POST", "/hooks/test", {"kind": "callback", "owner_sid": "{service}"}),
    ("GET", "/messaging-services?account={account}", None),
    ("GET", "/toll-free?account={account}", None),
    ("GET", "/toll-free/{verification}", None),
    ("POST", "/toll-free/{verification}/correct", {"business_name": "Ours"}),
    ("POST", "/toll-free/{verification}/report", {"status": "TWILIO_APPROVED"}),
    ("POST", "/toll-free/{verification}/delete", None),
    ("POST", "/reveal", {"ref": "{verification}:notification_email"}),
    ("POST", "/accounts/{account}", {"name": "Ours"}),
    ("GET", "/keys?account={account}", None),
    ("POST", "/keys?account={account}", {"name": "a key"}),
    ("POST", "/keys/{key}/revoke", None),
    ("GET", "/events?account={account}", None),
)


@pytest.mark.parametrize(("method", "path", "body"), FOREIGN, ids=lambda one: str(one))
def test_one_accounts_user_sees_nothing_of_another(
    town: Town, sign_in: Sign, method: str, path: str, body: Any
) -> None:
    browser = sign_in(Role.ADMIN, town.account)
    known = {
        "session": town.other_session.sid,
        "person": town.carol.sid,
        "leg": town.other_session.interactions.list()[0].inbound_resource_sid,
        "webhook": town.sids["other webhook"],
        "account": town.other,
        **town.theirs,
    }
    filled = {
        key: value.format(**known) if "{" in value else value for key, value in (body or {}).items()
    }
    answer = (
        browser.get(path.format(**known))
        if method == "GET"
        else browser.post(path.format(**known), filled or None)
    )
    assert answer.status_code == 404
    assert town.other_session.fetch().status == "in-progress"


def test_one_accounts_user_finds_only_its_own(town: Town, sign_in: Sign) -> None:
    mine, whole = sign_in(Role.ADMIN, town.account), sign_in(Role.ADMIN)
    assert [one["sid"] for one in mine.me["accounts"]] == [town.account]
    assert len(whole.me["accounts"]) == 2
    for words in (
        "care-1",
        "care",
        "+12145551234",
        town.other_session.sid,
        town.carol.sid,
        "+14158675320",
        town.sids["other webhook"],
    ):
        assert mine.json("/search", q=words)["hits"] == []
        assert whole.json("/search", q=words, account=town.other)["hits"] != []
    assert whole.json("/search", q="care-1", account=town.account)["hits"] == []
    assert [one["sid"] for one in mine.json("/sessions")["sessions"]] == [town.session.sid]
    log = mine.json("/audit")["entries"]
    assert {one["account_sid"] for one in log} == {town.account}


def test_numbers_stay_masked_wherever_they_stand(town: Town, sign_in: Sign) -> None:
    """But for the simulated phones, which are nobody's."""
    browser = sign_in(Role.ADMIN)
    told = [
        browser.get(path).text
        for path in (
            "/overview",
            "/sessions",
            f"/sessions/{town.session.sid}",
            f"/sessions/{town.session.sid}/timeline",
            f"/webhooks/{town.sids['webhook']}",
            "/search?q=%2B12125551234",
            "/search?q=%2B14158675310",
            "/search?q=%2B17185551234",
            f"/search?q={town.sids['message']}",
            f"/legs/{town.sids['message']}",
            f"/legs/{town.sids['call']}",
            "/audit",
            "/opt-outs",
            "/opt-outs?person=%2B12125551234",
            "/alerts",
            "/requests?size=100",
            f"/requests/{town.sids['participant request']}",
            "/jobs",
            "/hooks",
        )
    ]
    for number in town.phones:
        assert not [text for text in told if number in text or number[1:] in text]
    assert "+1212555XXXX" in "".join(told)
