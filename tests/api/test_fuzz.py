"""Whatever is posted, nothing breaks: every answer is a resource or a refusal with a reason."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest
import requests
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from twilio.rest import Client

from tests.api.wire import FORM, Wire, error, unique
from tests.support.server import RunningServer

pytestmark = pytest.mark.both_engines

SERVICE = ("UniqueName", "DefaultTtl", "CallbackUrl", "GeoMatchLevel", "ChatInstanceSid")
SESSION = ("UniqueName", "DateExpiry", "Ttl", "Mode", "Status", "Participants")
PERSON = ("Identifier", "FriendlyName", "ProxyIdentifier", "ProxyIdentifierSid")
NUMBER = ("PhoneNumber", "AreaCode", "FriendlyName", "SmsUrl", "VoiceMethod", "TrunkSid")
TEXTS = ("FriendlyName", "InboundRequestUrl", "FallbackMethod", "ValidityPeriod", "Usecase")

WORDS = ("Language", "IsoCountryCode", "OptOutKeywords", "HelpKeywords", "OptOutMessage")

#: Every route that takes a form, with the parameters that it reads.
ROUTES = (
    ("/proxy/v1/Services", SERVICE),
    ("/proxy/v1/Services/{KS}", SERVICE),
    ("/proxy/v1/Services/{KS}/Sessions", SESSION),
    ("/proxy/v1/Services/{KS}/Sessions/{KC}", SESSION),
    ("/proxy/v1/Services/{KS}/Sessions/{KC}/Participants", PERSON),
    (
        "/proxy/v1/Services/{KS}/Sessions/{KC}/Participants/{KP}/MessageInteractions",
        ("Body", "MediaUrl"),
    ),
    ("/proxy/v1/Services/{KS}/PhoneNumbers", ("Sid", "PhoneNumber", "IsReserved")),
    ("/proxy/v1/Services/{KS}/PhoneNumbers/{PN}", ("IsReserved",)),
    ("/proxy/v1/Services/{KS}/ShortCodes", ("Sid", "IsReserved")),
    ("/proxy/v1/Services/{KS}/ShortCodes/SC0", ("IsReserved",)),
    ("/messaging/v1/Services", TEXTS),
    ("/messaging/v1/Services/{MG}", TEXTS),
    ("/messaging/v1/Services/{MG}/PhoneNumbers", ("PhoneNumberSid",)),
    ("/messaging/v1/Services/{MG}/ShortCodes", ("ShortCodeSid",)),
    ("/messaging/v1/Services/{MG}/AlphaSenders", ("AlphaSender", "Carrier")),
    ("/messaging/v1/Services/{MG}/DestinationAlphaSenders", ("AlphaSender", "IsoCountryCode")),
    ("/messaging/v1/Services/{MG}/ChannelSenders", ("Sid",)),
    ("/messaging/v1/Services/{MG}/AdvancedOptOut", ("Enabled",)),
    ("/messaging/v1/Services/{MG}/AdvancedOptOut/Lists", WORDS),
    ("/messaging/v1/OptOuts", ("ContactId", "SenderId", "Source", "DateOfConsent")),
    ("/accounts/v1/Consents/Bulk", ("Items",)),
    ("/api/2010-04-01/Accounts/{AC}/Keys.json", ("FriendlyName",)),
    ("/api/2010-04-01/Accounts/{AC}/Keys/{SK}.json", ("FriendlyName",)),
    ("/api/2010-04-01/Accounts/{AC}/IncomingPhoneNumbers.json", NUMBER),
    ("/api/2010-04-01/Accounts/{AC}/IncomingPhoneNumbers/Local.json", NUMBER),
    ("/api/2010-04-01/Accounts/{AC}/IncomingPhoneNumbers/Mobile.json", NUMBER),
    ("/api/2010-04-01/Accounts/{AC}/IncomingPhoneNumbers/TollFree.json", NUMBER),
    ("/api/2010-04-01/Accounts/{AC}/IncomingPhoneNumbers/{PN}.json", NUMBER),
)

LIKELY = (
    "",
    "0",
    "-1",
    "2147483647",
    "true",
    "open",
    "closed",
    "in-progress",
    "voice-only",
    "country",
    "2090-01-01T00:00:00Z",
    "0001-01-01",
    "9999-12-31T23:59:59-23:59",
    "+12024561414",
    "+14158675310",
    "messenger:1",
    "415",
    "DE",
    "GERMAN",
    "STOP",
    "https://example.com/",
    "http://[::1",
    "PN" + "0" * 32,
    '{"Identifier":"+12024561414"}',
    '{"Identifier":{"a":[1]}}',
    "[" * 500,
    "\ud7ff\ue000\U0010ffff",
    "x" * 300,
    "%",
    "\0",
)

texts = st.one_of(
    st.sampled_from(LIKELY),
    st.text(max_size=40),
    st.from_regex(r"\+?[0-9]{1,20}", fullmatch=True),
)
fuzzed = settings(
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.fixture(scope="module")
def estate(server: RunningServer) -> dict[str, str]:
    """One of everything that the routes name."""
    client: Client = server.client
    service = client.proxy.v1.services.create(unique_name=unique())
    number = client.incoming_phone_numbers.create(area_code="332")
    service.phone_numbers.create(sid=number.sid)
    session = service.sessions.create()
    person = session.participants.create(identifier="+12024561111")
    texts = client.messaging.v1.services.create(friendly_name="Texts")
    return {
        "AC": server.account_sid,
        "MG": texts.sid,
        "KS": service.sid,
        "KC": session.sid,
        "KP": person.sid,
        "PN": number.sid,
        "SK": client.new_keys.create().sid,
    }


def sound(answer: requests.Response) -> None:
    """The answer is none of the server's failures, and a refusal has its body."""
    assert answer.status_code < 500, answer.text
    if answer.status_code >= 400:
        error(answer)
    elif answer.content:
        assert isinstance(answer.json(), dict)


@pytest.mark.parametrize(("template", "names"), ROUTES)
def test_forms(wire: Wire, estate: dict[str, str], template: str, names: tuple[str, ...]) -> None:
    path = template.format(**estate)
    forms = st.lists(st.tuples(st.one_of(st.sampled_from(names), texts), texts), max_size=8)

    @fuzzed
    @given(forms)
    def post(form: list[tuple[str, str]]) -> None:
        sound(wire.post(path, form))

    post()


@pytest.mark.parametrize(("template", "names"), ROUTES[:8:3])
def test_bodies_of_any_bytes(
    wire: Wire, estate: dict[str, str], template: str, names: tuple[str, ...]
) -> None:
    path = template.format(**estate)

    @fuzzed
    @given(
        st.binary(max_size=200), st.sampled_from([FORM, f"{FORM}; charset=\xe9", "a;b=c;;", "/"])
    )
    def post(body: bytes, kind: str) -> None:
        header: Any = {"Content-Type": kind.encode("latin-1")}
        sound(wire.send("POST", path, data=body, headers=header))

    post()


LISTS = tuple(template for template, _ in ROUTES if not template.endswith("}"))
QUERIES = ("PageSize", "Page", "PageToken", "PhoneNumber", "FriendlyName", "Beta", "Origin")


@fuzzed
@given(
    st.sampled_from(LISTS),
    st.lists(st.tuples(st.sampled_from(QUERIES), texts), max_size=4),
)
def test_queries(
    wire: Wire, estate: dict[str, str], template: str, query: list[tuple[str, str]]
) -> None:
    sound(wire.send("GET", template.format(**estate), params=query))


@fuzzed
@given(
    st.sampled_from([template for template, _ in ROUTES]),
    st.lists(texts, min_size=7, max_size=7),
    st.sampled_from(["GET", "POST", "DELETE"]),
)
def test_paths(wire: Wire, template: str, parts: list[str], method: str) -> None:
    names = dict(zip(("AC", "MG", "KS", "KC", "KP", "PN", "SK"), parts, strict=True))
    path = template.format(**{name: quote(part, safe="") for name, part in names.items()})
    sound(wire.send(method, path))
