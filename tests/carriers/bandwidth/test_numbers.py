"""Bandwidth's numbers: listed location by location, and moved to one of ours."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree

import pytest

from maskline.carriers import bandwidth
from maskline.carriers.bandwidth import dashboard
from maskline.carriers.bandwidth.adapter import Bandwidth
from maskline.carriers.contract import ApiRefused, Inventory
from maskline.carriers.json_api import basic
from maskline.model.http import ConnectFailed, HttpRequest, HttpResponse
from tests.support.carrier_desk import DOOR, tools

ROOT = "https://dashboard.bandwidth.com/api/accounts/9900000"
OURS = {"site_id": "10", "location_id": "101"}
NUMBER = "2065550100"


class Numbers:
    """The Numbers API: two sub-accounts, three locations, as its documentation shows them."""

    def __init__(self, root: str = ROOT) -> None:
        self.root = root
        self.locations = {"10": ["101", "102"], "20": ["201"]}
        self.members = {"101": ["2065550199"], "102": [], "201": [NUMBER, "2065550101"]}
        self.messaging = {"101": "app-m", "201": "old-m"}
        self.voice = {"101": "app-v"}
        self.urls = {
            "app-m": f"<InboundCallbackUrl>{DOOR}/Message</InboundCallbackUrl>",
            "app-v": f"<CallInitiatedCallbackUrl>{DOOR}/Call</CallInitiatedCallbackUrl>",
            "old-m": "<MsgCallbackUrl>https://old.example/sms</MsgCallbackUrl>",
        }
        self.requests: list[HttpRequest] = []
        self.states = ["RECEIVED", "PROCESSING", "COMPLETE"]
        self.orders: list[ElementTree.Element] = []
        self.answer: HttpResponse | Exception | None = None

    async def send(self, request: HttpRequest) -> HttpResponse:
        self.requests.append(request)
        if isinstance(self.answer, Exception):
            raise self.answer
        if self.answer is not None:
            return self.answer
        assert request.url.startswith(self.root)
        status, body = self.at(request)
        text = f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>{body}'
        return HttpResponse(status, {"content-type": "application/xml"}, text.encode(), False)

    def at(self, request: HttpRequest) -> tuple[int, str]:
        path = request.url.removeprefix(self.root).partition("?")[0]
        match path.strip("/").split("/"):
            case ["sites"]:
                sites = "".join(
                    f"<Site><Id>{one}</Id><Name>s</Name></Site>" for one in self.locations
                )
                return 200, f"<SitesResponse><Sites>{sites}</Sites></SitesResponse>"
            case ["sites", site, "sippeers"]:
                peers = "".join(
                    f"<SipPeer><PeerId>{one}</PeerId><PeerName>p</PeerName></SipPeer>"
                    for one in self.locations[site]
                )
                return 200, f"<TNSipPeersResponse><SipPeers>{peers}</SipPeers></TNSipPeersResponse>"
            case ["sites", _, "sippeers", peer, "tns"]:
                return 200, self._tns(peer, "page=2" in request.url)
            case ["sites", _, "sippeers", peer, "products", "messaging", "applicationSettings"]:
                name = self.messaging.get(peer)
                if name is None:
                    return 404, "<Nothing/>"
                return 200, (
                    "<ApplicationsSettingsResponse><ApplicationsSettings><HttpMessagingV2AppId>"
                    f"{name}</HttpMessagingV2AppId></ApplicationsSettings>"
                    "</ApplicationsSettingsResponse>"
                )
            case ["sites", _, "sippeers", peer, "products", "origination", "settings"]:
                name = self.voice.get(peer)
                inner = f"<HttpVoiceV2AppId>{name}</HttpVoiceV2AppId>" if name else ""
                return 200, (
                    "<SipPeerOriginationSettingsResponse><SipPeerOriginationSettings>"
                    f"<HttpSettings>{inner}</HttpSettings></SipPeerOriginationSettings>"
                    "</SipPeerOriginationSettingsResponse>"
                )
            case ["applications", name]:
                return 200, (
                    "<ApplicationProvisioningResponse><Application>"
                    f"<ApplicationId>{name}</ApplicationId>{self.urls[name]}"
                    "</Application></ApplicationProvisioningResponse>"
                )
            case ["moveTns"]:
                order = ElementTree.fromstring(request.body or b"")
                self.orders.append(order)
                return 201, self._order()
            case ["moveTns", "order-1"]:
                return 200, self._order()
        raise AssertionError(path)

    def _tns(self, peer: str, second: bool) -> str:
        every = self.members[peer]
        shown = every[1:] if second else every[:1]
        following = (
            f"<Links><next>Link=&lt;{self.root}/sites/x/sippeers/{peer}/tns?page=2&gt;;"
            'rel="next";</next></Links>'
            if not second and len(every) > 1
            else ""
        )
        tns = "".join(
            f"<SipPeerTelephoneNumber><FullNumber>{one}</FullNumber></SipPeerTelephoneNumber>"
            for one in shown
        )
        return (
            f"<SipPeerTelephoneNumbersResponse>{following}<SipPeerTelephoneNumbers>{tns}"
            "</SipPeerTelephoneNumbers></SipPeerTelephoneNumbersResponse>"
        )

    def _order(self) -> str:
        state = self.states.pop(0)
        if state == "COMPLETE":
            (number,) = (one.text or "" for one in self.orders[-1].iter("TelephoneNumber"))
            for members in self.members.values():
                if number in members:
                    members.remove(number)
            (target,) = (one.text or "" for one in self.orders[-1].iter("SipPeerId"))
            self.members[target].append(number)
        errors = (
            "<ErrorList><Error><Code>7511</Code></Error></ErrorList>" if state == "FAILED" else ""
        )
        return (
            "<MoveTnsOrderResponse><MoveTnsOrder><OrderId>order-1</OrderId>"
            f"{errors}<ProcessingStatus>{state}</ProcessingStatus></MoveTnsOrder>"
            "</MoveTnsOrderResponse>"
        )

    def where(self, number: str) -> str:
        return next(peer for peer, members in self.members.items() if number in members)


def adapter(api: Numbers, secrets: dict[str, str] | None = None, **settings: Any) -> Bandwidth:
    given = {"account_id": "9900000", "application_id": "app-m", "voice_application_id": "app-v"}
    credentials = bandwidth.Credentials(
        "the-token", "the-secret", "bw", "a-password-of-ours", **(secrets or {})
    )
    lent = tools(api)  # type: ignore[arg-type]
    return bandwidth.build("one", bandwidth.Settings(**(given | settings)), credentials, lent)


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dashboard, "_PAUSE", 0)


@pytest.mark.covers("carrier:bandwidth.numbers")
async def test_all_numbers_are_listed_with_what_their_location_has() -> None:
    api = Numbers()
    one = adapter(api)
    assert isinstance(one, Inventory)
    found = {one.number: one for one in await one.numbers()}
    assert list(found) == ["+12065550199", "+12065550100", "+12065550101"]
    ours, other = found["+12065550199"], found["+12065550100"]
    assert ours.hooks == {"SiteId": "10", "LocationId": "101", **one.hooks()}
    assert (ours.sms, ours.mms, ours.voice, ours.provider_id) == (True, True, True, "2065550199")
    assert other.hooks == {
        "SiteId": "20",
        "LocationId": "201",
        "MessagingApplicationId": "old-m",
        "VoiceApplicationId": "",
        "MessageCallbackUrl": "https://old.example/sms",
        "CallInitiatedCallbackUrl": "",
    }
    assert (other.sms, other.voice) == (True, False)
    assert {request.headers["Authorization"] for request in api.requests} == {
        basic("the-token", "the-secret")
    }


async def test_the_numbers_api_may_have_credentials_of_its_own() -> None:
    api = Numbers()
    one = adapter(api, {"numbers_user": "ann", "numbers_password": "her-password"})
    await one.numbers()
    assert api.requests[0].headers["Authorization"] == basic("ann", "her-password")
    with pytest.raises(ValueError, match="go together"):
        adapter(api, {"numbers_user": "ann"})
    with pytest.raises(ValueError, match="go together"):
        adapter(api, site_id="10")


@pytest.mark.covers("carrier:bandwidth.point")
async def test_a_number_is_moved_to_our_location_and_back() -> None:
    api = Numbers()
    one = adapter(api, **OURS)
    before = {found.provider_id: found.hooks for found in await one.numbers()}[NUMBER]
    await one.point(NUMBER, one.hooks())
    assert api.where(NUMBER) == "101"
    assert ElementTree.tostring(api.orders[0]).decode() == (
        "<MoveTnsOrder><SiteId>10</SiteId><SipPeerId>101</SipPeerId><TelephoneNumbers>"
        f"<TelephoneNumber>{NUMBER}</TelephoneNumber></TelephoneNumbers></MoveTnsOrder>"
    )
    # Another command, which has listed nothing, puts it back.
    api.states = ["COMPLETE"]
    await adapter(api, **OURS).point(NUMBER, before)
    assert api.where(NUMBER) == "201"


async def test_what_is_there_already_is_not_moved() -> None:
    api = Numbers()
    one = adapter(api, **OURS)
    await one.point("2065550199", one.hooks())
    assert api.orders == []


@pytest.mark.parametrize(
    ("location", "messaging", "voice", "url", "says"),
    [
        (
            OURS,
            "other",
            "app-v",
            "",
            "location 101 has other for its messaging application: assign",
        ),
        (OURS, None, "app-v", "", "location 101 has nothing for its messaging application"),
        (
            OURS,
            "app-m",
            None,
            "",
            "location 101 has nothing for its voice application: assign app-v",
        ),
        (OURS, "app-m", "app-v", "https://old.example/", "posts to https://old.example/: set its"),
        ({}, "app-m", "app-v", "", "or set site_id and location_id to move numbers"),
    ],
)
async def test_what_is_a_setting_of_all_numbers_there_is_for_the_operator_to_change(
    location: dict[str, str], messaging: str | None, voice: str | None, url: str, says: str
) -> None:
    api = Numbers()
    api.urls["other"] = ""
    if url:
        api.urls["app-m"] = f"<InboundCallbackUrl>{url}</InboundCallbackUrl>"
    for settings, value in (api.messaging, messaging), (api.voice, voice):
        if value is None:
            del settings["101"]
        else:
            settings["101"] = value
    one = adapter(api, **location)
    for _ in range(2):
        with pytest.raises(ApiRefused, match="dashboard") as refused:
            await one.point(NUMBER, one.hooks())
        assert says in str(refused.value)
    assert api.orders == []
    assert api.where(NUMBER) == "201"


async def test_without_a_location_of_ours_numbers_stay_where_they_are() -> None:
    api = Numbers()
    one = adapter(api)
    await one.point("2065550199", one.hooks())
    api.messaging["201"], api.voice["201"] = "app-m", "app-v"
    another = adapter(api)
    await another.point(NUMBER, another.hooks())
    assert api.orders == []


@pytest.mark.parametrize(
    ("states", "says"),
    [
        (["FAILED"], "did not move it, error 7511"),
        (["RECEIVED", "FAILED"], "did not move it, error 7511"),
        (["PROCESSING"] * 30, "not moved it yet: run it again"),
    ],
)
async def test_a_move_that_does_not_come_about(states: list[str], says: str) -> None:
    api = Numbers()
    api.states = states
    one = adapter(api, **OURS)
    with pytest.raises(ApiRefused, match=says):
        await one.point(NUMBER, one.hooks())


async def test_a_number_that_is_gone() -> None:
    one = adapter(Numbers(), **OURS)
    with pytest.raises(ApiRefused, match="not have the number any more"):
        await one.point("2065550177", one.hooks())


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (ConnectFailed("no connection", "tcp"), "not reached"),
        (HttpResponse(401, {}, b"", False), "credentials"),
        (HttpResponse(403, {}, b"", False), "credentials"),
        (HttpResponse(404, {}, b"", False), "no such account"),
        (HttpResponse(200, {}, b"{}", False), "no XML"),
        (
            HttpResponse(200, {}, b'<!DOCTYPE r [<!ENTITY x "+12065550100">]><r>&x;</r>', False),
            "no XML",
        ),
        (
            HttpResponse(
                400,
                {},
                b"<R><ResponseStatus><ErrorCode>12010</ErrorCode><Description>+12065550100"
                b"</Description></ResponseStatus></R>",
                False,
            ),
            "answered 400, error 12010",
        ),
        (
            HttpResponse(
                200,
                {},
                b"<R><ResponseStatus><ErrorCode>13563</ErrorCode></ResponseStatus></R>",
                False,
            ),
            "answered 200, error 13563",
        ),
        (HttpResponse(500, {}, b"<R/>", False), "answered 500"),
    ],
)
async def test_what_the_api_refuses(answer: HttpResponse | Exception, says: str) -> None:
    api = Numbers()
    api.answer = answer
    with pytest.raises(ApiRefused, match=says) as refused:
        await adapter(api).numbers()
    assert "2065550100" not in str(refused.value)


async def test_a_page_at_another_host_is_not_shown_the_credentials() -> None:
    api = Numbers()
    elsewhere = "<Links><next>Link=&lt;https://evil.example/x&gt;</next></Links>"
    tns = "<SipPeerTelephoneNumber><FullNumber>2065550100</FullNumber></SipPeerTelephoneNumber>"
    api._tns = lambda peer, second: f"<R>{elsewhere}{tns}</R>"  # type: ignore[method-assign]
    assert len(await adapter(api).numbers()) == 3
    assert all(request.url.startswith(f"{ROOT}/") for request in api.requests)
