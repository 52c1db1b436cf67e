"""Messaging Services and their senders, through the official SDK; what it can't send by plain
HTTP."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

import pytest
from twilio.rest import Client
from twilio.rest.messaging.v1.service import ServiceInstance

from maskline.model.number import Capability, Number
from tests.api.conftest import Refused, add_number
from tests.api.records import iso, on_top, sid, unchanged
from tests.api.wire import Wire, error, unique
from tests.support.server import RunningServer

pytestmark = pytest.mark.both_engines

SERVICES = "/messaging/v1/Services"

#: The sample on Twilio's page about A2P messaging with Flex, without what names one service.
SAMPLE: dict[str, Any] = {
    "friendly_name": "My Service!",
    "sticky_sender": False,
    "mms_converter": True,
    "smart_encoding": False,
    "fallback_to_long_code": True,
    "scan_message_content": "inherit",
    "synchronous_validation": True,
    "area_code_geomatch": True,
    "validity_period": 600,
    "inbound_request_url": "https://www.example.com",
    "inbound_method": "POST",
    "fallback_url": None,
    "fallback_method": "POST",
    "status_callback": "https://www.example.com",
    "usecase": "marketing",
    "us_app_to_person_registered": False,
    "use_inbound_webhook_on_number": True,
    "sending_windows": [],
}
#: And the links in it, with where each leads to below the service.
LINKS = {
    "phone_numbers": "PhoneNumbers",
    "short_codes": "ShortCodes",
    "alpha_senders": "AlphaSenders",
    "messages": "Messages",
    "us_app_to_person": "Compliance/Usa2p",
    "us_app_to_person_usecases": "Compliance/Usa2p/Usecases",
    "channel_senders": "ChannelSenders",
}
#: Those that are there already, empty at first, and the list's key.
SERVED = {
    "phone_numbers": "phone_numbers",
    "short_codes": "short_codes",
    "alpha_senders": "alpha_senders",
    "destination_alpha_senders": "alpha_senders",
    "channel_senders": "senders",
    "us_app_to_person": "compliance",
}


@pytest.fixture
def texts(client: Client) -> ServiceInstance:
    """A new Messaging Service that defers."""
    return client.messaging.v1.services.create(
        friendly_name=unique(), use_inbound_webhook_on_number=True
    )


@pytest.mark.covers(
    "POST /messaging/v1/Services",
    "status:201",
    "param:InboundRequestUrl",
    "field:*",
    "says:a2p.object",
)
def test_an_answer_is_twilios_sample_key_by_key(wire: Wire) -> None:
    form = {
        "FriendlyName": "My Service!",
        "StickySender": "false",
        "SmartEncoding": "false",
        "SynchronousValidation": "true",
        "ValidityPeriod": "600",
        "InboundRequestUrl": "https://www.example.com",
        "StatusCallback": "https://www.example.com",
        "Usecase": "marketing",
        "UseInboundWebhookOnNumber": "true",
    }
    body = wire.post(SERVICES, form).json()
    url = f"{wire.url}{SERVICES}/{sid(body, 'MG')}"
    # What Twilio has added since.
    later = {"destination_alpha_senders": "DestinationAlphaSenders"}
    assert body == SAMPLE | {
        "account_sid": wire.account_sid,
        "sid": body["sid"],
        "date_created": iso(body["date_created"]),
        "date_updated": iso(body["date_updated"]),
        "links": {name: f"{url}/{path}" for name, path in (LINKS | later).items()},
        "url": url,
    }


@pytest.mark.covers("POST /messaging/v1/Services", "param:*", "field:*")
@pytest.mark.covers("POST /messaging/v1/Services/{Sid}", "field:*")
@pytest.mark.covers("GET /messaging/v1/Services/{Sid}", "field:*")
@pytest.mark.covers("GET /messaging/v1/Services", "field:services")
def test_a_service_with_everything(wire: Wire) -> None:
    form = {
        "FriendlyName": "Texts",
        "InboundRequestUrl": "https://example.com/in",
        "InboundMethod": "GET",
        "FallbackUrl": "https://example.com/fallback",
        "FallbackMethod": "GET",
        "StatusCallback": "https://example.com/status",
        "StickySender": "false",
        "MmsConverter": "false",
        "SmartEncoding": "false",
        "ScanMessageContent": "disable",
        "FallbackToLongCode": "false",
        "AreaCodeGeomatch": "false",
        "ValidityPeriod": "600",
        "SynchronousValidation": "true",
        "Usecase": "notifications",
        "UseInboundWebhookOnNumber": "true",
    }
    made = wire.post(SERVICES, form).json()
    path = f"{SERVICES}/{sid(made, 'MG')}"
    url = wire.url + path
    assert made == {
        "sid": made["sid"],
        "account_sid": wire.account_sid,
        "friendly_name": "Texts",
        "date_created": iso(made["date_created"]),
        "date_updated": made["date_created"],
        "inbound_request_url": "https://example.com/in",
        "inbound_method": "GET",
        "fallback_url": "https://example.com/fallback",
        "fallback_method": "GET",
        "status_callback": "https://example.com/status",
        "sticky_sender": False,
        "mms_converter": False,
        "smart_encoding": False,
        "scan_message_content": "disable",
        "fallback_to_long_code": False,
        "area_code_geomatch": False,
        "synchronous_validation": True,
        "validity_period": 600,
        "usecase": "notifications",
        "us_app_to_person_registered": False,
        "use_inbound_webhook_on_number": True,
        "sending_windows": [],
        "links": made["links"],
        "url": url,
    }
    assert wire.get(path).json() == made
    body = unchanged(wire, path, made, iso)
    assert on_top(wire, SERVICES, "services") == body


@pytest.mark.covers("POST /messaging/v1/Services", "status:201", "param:FriendlyName")
def test_a_name_alone_has_the_defaults(client: Client, wire: Wire) -> None:
    service = client.messaging.v1.services.create(friendly_name="Texts")
    assert service.account_sid == wire.account_sid
    assert service.friendly_name == "Texts"
    assert service.inbound_request_url is service.fallback_url is service.status_callback is None
    assert service.inbound_method == service.fallback_method == "POST"
    assert service.sticky_sender is service.mms_converter is service.smart_encoding is True
    assert service.fallback_to_long_code is service.area_code_geomatch is True
    assert service.synchronous_validation is service.use_inbound_webhook_on_number is False
    assert service.us_app_to_person_registered is False
    assert service.scan_message_content == "inherit"
    assert service.validity_period == 36_000
    assert service.usecase == "undeclared"
    assert isinstance(service.date_created, datetime.datetime)


@pytest.mark.covers(
    "POST /messaging/v1/Services/{Sid}",
    "status:200",
    "param:*",
    "field:date_updated",
    "says:a2p.parameter",
)
def test_update(client: Client, texts: ServiceInstance) -> None:
    values: dict[str, Any] = {
        "friendly_name": "Changed",
        "inbound_request_url": "https://example.com/in",
        "inbound_method": "GET",
        "fallback_url": "https://example.com/fallback",
        "fallback_method": "GET",
        "status_callback": "https://example.com/status",
        "sticky_sender": False,
        "mms_converter": False,
        "smart_encoding": False,
        "scan_message_content": "enable",
        "fallback_to_long_code": False,
        "area_code_geomatch": False,
        "validity_period": 1,
        "synchronous_validation": True,
        "usecase": "poll",
        "use_inbound_webhook_on_number": False,
    }
    changed = texts.update(**values)
    fetched = client.messaging.v1.services(texts.sid).fetch()
    for found in (changed, fetched):
        assert {name: getattr(found, name) for name in values} == values
    assert fetched.date_updated >= texts.date_updated
    emptied = texts.update(inbound_request_url="", fallback_url="", status_callback="")
    assert emptied.inbound_request_url is emptied.fallback_url is emptied.status_callback is None
    assert emptied.usecase == "poll"
    assert texts.update(use_inbound_webhook_on_number=True).use_inbound_webhook_on_number is True


@pytest.mark.covers("POST /messaging/v1/Services", "code:20001")
@pytest.mark.covers("POST /messaging/v1/Services/{Sid}", "code:20001")
@pytest.mark.parametrize(
    ("parameter", "value"),
    [
        ("FriendlyName", "x" * 65),
        ("InboundRequestUrl", "example.com"),
        ("InboundMethod", "PUT"),
        ("FallbackUrl", "ftp://example.com/"),
        ("FallbackMethod", "DELETE"),
        ("StatusCallback", "https://"),
        ("StickySender", "1"),
        ("MmsConverter", "yes"),
        ("SmartEncoding", "on"),
        ("ScanMessageContent", "always"),
        ("FallbackToLongCode", "no"),
        ("AreaCodeGeomatch", "x"),
        ("ValidityPeriod", "0"),
        ("ValidityPeriod", "36001"),
        ("SynchronousValidation", "0"),
        ("UseInboundWebhookOnNumber", "maybe"),
    ],
)
def test_wrong_parameters(wire: Wire, parameter: str, value: str) -> None:
    path = wire.messaging_service()
    before, newest = wire.get(path).json(), on_top(wire, SERVICES, "services")
    for where, form in ((SERVICES, {"FriendlyName": "x"}), (path, {})):
        answer = wire.post(where, {**form, parameter: value})
        assert error(answer) == (400, 20001)
        assert parameter in answer.json()["message"]
    assert wire.get(path).json() == before
    assert on_top(wire, SERVICES, "services") == newest


@pytest.mark.covers("POST /messaging/v1/Services", "code:21713")
@pytest.mark.covers("POST /messaging/v1/Services/{Sid}", "code:21713")
@pytest.mark.parametrize("usecase", ["spam", "Marketing", "MARKETING", "customer care"])
def test_a_use_case_that_there_is_not(
    client: Client, texts: ServiceInstance, usecase: str, refused: Refused
) -> None:
    before = texts.usecase
    services = client.messaging.v1.services
    assert refused(services.create, friendly_name="x", usecase=usecase) == 21713
    assert refused(texts.update, usecase=usecase) == 21713
    assert services(texts.sid).fetch().usecase == before


@pytest.mark.covers("POST /messaging/v1/Services", "code:20001")
def test_a_name_is_required(client: Client, wire: Wire, refused: Refused) -> None:
    assert refused(client.messaging.v1.services.create, friendly_name="") == 20001
    assert error(wire.post(SERVICES, {})) == (400, 20001)


@pytest.mark.covers("GET /messaging/v1/Services/{Sid}", "code:20404")
@pytest.mark.covers("POST /messaging/v1/Services/{Sid}", "code:20404")
@pytest.mark.covers("DELETE /messaging/v1/Services/{Sid}", "status:204", "code:20404")
def test_delete(
    client: Client, texts: ServiceInstance, number: Callable[[], str], refused: Refused
) -> None:
    bought = client.incoming_phone_numbers.create(phone_number=number())
    texts.phone_numbers.create(phone_number_sid=bought.sid)
    assert texts.delete() is True
    for work in (texts.fetch, texts.update, texts.delete):
        assert refused(work, http=404) == 20404
    second = client.messaging.v1.services.create(friendly_name="Second")
    assert second.phone_numbers.create(phone_number_sid=bought.sid).sid == bought.sid
    assert client.incoming_phone_numbers(bought.sid).fetch().sid == bought.sid


@pytest.mark.covers("GET /messaging/v1/Services/{Sid}")
def test_where_links_lead(wire: Wire) -> None:
    """Those of what is not there yet answer as what does not exist."""
    for name, link in wire.get(wire.messaging_service()).json()["links"].items():
        answer = wire.get(link)
        if name in SERVED:
            assert answer.json()[SERVED[name]] == []
        elif name == "us_app_to_person_usecases":
            assert answer.json()[name]
        else:
            assert error(answer) == (404, 20404)


# Senders


@pytest.mark.covers(
    "POST /messaging/v1/Services/{ServiceSid}/PhoneNumbers",
    "status:201",
    "param:PhoneNumberSid",
    "field:*",
    "says:a2p.holds-numbers",
)
@pytest.mark.covers("GET /messaging/v1/Services/{ServiceSid}/PhoneNumbers/{Sid}", "field:*")
@pytest.mark.covers("GET /messaging/v1/Services/{ServiceSid}/PhoneNumbers", "field:phone_numbers")
def test_a_phone_number(wire: Wire, client: Client, number: Callable[[], str]) -> None:
    bought = client.incoming_phone_numbers.create(phone_number=number())
    path = f"{wire.messaging_service()}/PhoneNumbers"
    answer = wire.post(path, {"PhoneNumberSid": bought.sid})
    assert answer.status_code == 201
    made = answer.json()
    assert made == {
        "sid": bought.sid,
        "account_sid": wire.account_sid,
        "service_sid": path.split("/")[4],
        "date_created": iso(made["date_created"]),
        "date_updated": made["date_created"],
        "phone_number": bought.phone_number,
        "country_code": "US",
        "capabilities": ["Voice", "SMS", "MMS"],
        "url": f"{wire.url}{path}/{bought.sid}",
    }
    assert wire.get(f"{path}/{bought.sid}").json() == made
    assert wire.get(path).json()["phone_numbers"] == [made]


@pytest.mark.covers(
    "POST /messaging/v1/Services/{ServiceSid}/ShortCodes",
    "status:201",
    "param:ShortCodeSid",
    "field:*",
)
@pytest.mark.covers(
    "POST /messaging/v1/Services/{ServiceSid}/ShortCodes",
    "code:21710",
    "code:21421",
    "code:20001",
)
@pytest.mark.covers(
    "GET /messaging/v1/Services/{ServiceSid}/ShortCodes/{Sid}", "field:*", "code:20404"
)
@pytest.mark.covers("GET /messaging/v1/Services/{ServiceSid}/ShortCodes", "field:short_codes")
@pytest.mark.covers("DELETE /messaging/v1/Services/{ServiceSid}/ShortCodes/{Sid}", "status:204")
def test_a_short_code(
    wire: Wire, texts: ServiceInstance, short_code: Number, refused: Refused
) -> None:
    path = f"{SERVICES}/{texts.sid}/ShortCodes"
    made = wire.post(path, {"ShortCodeSid": short_code.sid}).json()
    assert made == {
        "sid": short_code.sid,
        "account_sid": wire.account_sid,
        "service_sid": texts.sid,
        "date_created": iso(made["date_created"]),
        "date_updated": made["date_created"],
        "short_code": short_code.number,
        "country_code": "US",
        "capabilities": ["SMS"],
        "url": f"{wire.url}{path}/{short_code.sid}",
    }
    one = texts.short_codes(short_code.sid)
    assert wire.get(f"{path}/{short_code.sid}").json() == made
    assert one.fetch().short_code == short_code.number
    assert [code.sid for code in texts.short_codes.list()] == [short_code.sid]
    assert refused(texts.short_codes.create, short_code_sid=short_code.sid, http=409) == 21710
    assert refused(texts.short_codes.create, short_code_sid="PN" + "0" * 32) == 21421
    assert refused(texts.short_codes.create, short_code_sid="") == 20001
    assert refused(texts.phone_numbers(short_code.sid).fetch, http=404) == 20404
    assert one.delete() is True
    assert refused(one.fetch, http=404) == 20404


@pytest.mark.covers(
    "POST /messaging/v1/Services/{ServiceSid}/PhoneNumbers",
    "code:20001",
    "code:20404",
    "code:21421",
    "code:21701",
    "code:21710",
    "code:21712",
    "code:21715",
)
def test_numbers_that_are_refused(
    server: RunningServer,
    client: Client,
    texts: ServiceInstance,
    number: Callable[[], str],
    refused: Refused,
) -> None:
    create = texts.phone_numbers.create
    bought = client.incoming_phone_numbers.create(phone_number=number())
    create(phone_number_sid=bought.sid)
    second = client.messaging.v1.services.create(friendly_name="Second")
    assert refused(create, phone_number_sid=bought.sid, http=409) == 21710
    assert refused(second.phone_numbers.create, phone_number_sid=bought.sid) == 21712
    assert refused(create, phone_number_sid="PN" + "0" * 32, http=404) == 20404
    for wrong in ("PN1", "SC" + "0" * 32):
        assert refused(create, phone_number_sid=wrong) == 21421
    assert refused(create, phone_number_sid="") == 20001
    voice = add_number(server, number(), Capability.VOICE)
    assert refused(create, phone_number_sid=voice) == 21715
    never = client.messaging.v1.services("MG" + "0" * 32)
    free = client.incoming_phone_numbers.create(phone_number=number())
    assert refused(never.phone_numbers.create, phone_number_sid=free.sid, http=404) == 21701
    assert refused(never.phone_numbers(bought.sid).fetch, http=404) == 21701
    assert [one.sid for one in texts.phone_numbers.list()] == [bought.sid]
    assert second.phone_numbers.list() == []


@pytest.mark.covers("GET /messaging/v1/Services/{ServiceSid}/PhoneNumbers/{Sid}", "code:20404")
@pytest.mark.covers(
    "DELETE /messaging/v1/Services/{ServiceSid}/PhoneNumbers/{Sid}", "status:204", "code:20404"
)
def test_a_number_that_is_taken_out_or_released(
    client: Client, texts: ServiceInstance, number: Callable[[], str], refused: Refused
) -> None:
    bought = client.incoming_phone_numbers.create(phone_number=number())
    one = texts.phone_numbers(bought.sid)
    texts.phone_numbers.create(phone_number_sid=bought.sid)
    assert one.fetch().phone_number == bought.phone_number
    assert one.delete() is True
    assert refused(one.fetch, http=404) == 20404
    assert refused(one.delete, http=404) == 20404
    assert client.incoming_phone_numbers(bought.sid).fetch().sid == bought.sid
    texts.phone_numbers.create(phone_number_sid=bought.sid)
    bought.delete()
    assert refused(one.fetch, http=404) == 20404
    assert texts.phone_numbers.list() == []


@pytest.mark.covers("POST /messaging/v1/Services/{ServiceSid}/PhoneNumbers", "code:21714")
def test_a_service_that_is_full(tmp_path: Any, number: Callable[[], str], refused: Refused) -> None:
    with RunningServer(tmp_path, MASKLINE_LIMITS_MESSAGING_SERVICE_NUMBERS="1") as server:
        client = server.client
        texts = client.messaging.v1.services.create(friendly_name="Texts")
        first, second = (
            client.incoming_phone_numbers.create(phone_number=number()) for _ in range(2)
        )
        create = texts.phone_numbers.create
        create(phone_number_sid=first.sid)
        assert refused(create, phone_number_sid=second.sid, http=412) == 21714
        texts.phone_numbers(first.sid).delete()
        assert create(phone_number_sid=second.sid).sid == second.sid


@pytest.mark.covers("POST /proxy/v1/Services/{ServiceSid}/PhoneNumbers", "code:80601")
@pytest.mark.covers("says:a2p.proxy-numbers")
def test_a_number_in_a_pool_and_in_a_messaging_service(
    client: Client, texts: ServiceInstance, number: Callable[[], str], refused: Refused
) -> None:
    """First the pool, then the Messaging Service; the other way round only while that defers."""
    pool = client.proxy.v1.services.create(unique_name=unique()).phone_numbers
    first, second = (client.incoming_phone_numbers.create(phone_number=number()) for _ in range(2))
    pool.create(sid=first.sid)
    assert texts.phone_numbers.create(phone_number_sid=first.sid).sid == first.sid
    texts.phone_numbers.create(phone_number_sid=second.sid)
    texts.update(use_inbound_webhook_on_number=False)
    assert refused(pool.create, sid=second.sid) == 80601
    texts.update(use_inbound_webhook_on_number=True)
    assert pool.create(sid=second.sid).sid == second.sid
    assert {one.sid for one in pool.list()} == {first.sid, second.sid}
