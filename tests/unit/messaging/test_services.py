from __future__ import annotations

import msgspec
import pytest

from maskline.messaging import services
from maskline.model.errors import Fault
from maskline.model.messaging_service import MessagingService
from tests.support.memory import World, form

URL = "https://a.example/hook"


def create(world: World, **params: str) -> MessagingService:
    """A service, as the API makes it."""
    values = {"FriendlyName": "Texts", **params}
    return world.do(services.create(world.env, world.tx, world.account.sid, form(values)))


def update(world: World, service: MessagingService, **params: str) -> MessagingService:
    """Writes what is sent."""
    return world.do(
        services.update(world.env, world.tx, world.account.sid, service.sid, form(params))
    )


def find(world: World, service: MessagingService) -> MessagingService:
    """The service as it is now."""
    return world.do(services.find(world.tx, world.account.sid, service.sid))


def test_a_name_alone_has_the_defaults(world: World) -> None:
    service = create(world)
    assert service.sid[:2] == "MG"
    assert service == MessagingService(
        sid=service.sid,
        account_sid=world.account.sid,
        friendly_name="Texts",
        inbound_request_url=None,
        inbound_method="POST",
        fallback_url=None,
        fallback_method="POST",
        status_callback=None,
        sticky_sender=1,
        mms_converter=1,
        smart_encoding=1,
        scan_message_content="inherit",
        fallback_to_long_code=1,
        area_code_geomatch=1,
        synchronous_validation=0,
        validity_period=36_000,
        usecase="undeclared",
        use_inbound_webhook_on_number=0,
        date_created=world.clock(),
        date_updated=world.clock(),
    )
    assert find(world, service) == service


PARAMETERS = [
    ("FriendlyName", "friendly_name", "x" * 64, "x" * 64),
    ("InboundRequestUrl", "inbound_request_url", URL, URL),
    ("InboundMethod", "inbound_method", "GET", "GET"),
    ("FallbackUrl", "fallback_url", URL, URL),
    ("FallbackMethod", "fallback_method", "GET", "GET"),
    ("StatusCallback", "status_callback", URL, URL),
    ("StickySender", "sticky_sender", "false", 0),
    ("MmsConverter", "mms_converter", "False", 0),
    ("SmartEncoding", "smart_encoding", "FALSE", 0),
    ("ScanMessageContent", "scan_message_content", "enable", "enable"),
    ("FallbackToLongCode", "fallback_to_long_code", "false", 0),
    ("AreaCodeGeomatch", "area_code_geomatch", "false", 0),
    ("ValidityPeriod", "validity_period", "1", 1),
    ("SynchronousValidation", "synchronous_validation", "true", 1),
    ("Usecase", "usecase", "marketing", "marketing"),
    ("UseInboundWebhookOnNumber", "use_inbound_webhook_on_number", "true", 1),
]


@pytest.mark.parametrize(("parameter", "field", "sent", "kept"), PARAMETERS)
def test_each_parameter_sets_its_field_and_no_other(
    world: World, parameter: str, field: str, sent: str, kept: object
) -> None:
    made = create(world, **{parameter: sent})
    assert getattr(made, field) == kept
    plain = create(world)
    now = world.clock.advance(1000)
    changed = update(world, plain, **{parameter: sent})
    assert changed == msgspec.structs.replace(plain, **{field: kept}, date_updated=now)
    assert find(world, plain) == changed


@pytest.mark.parametrize(
    ("parameter", "value"),
    [
        ("FriendlyName", "x" * 65),
        ("FriendlyName", "a\nb"),
        *(
            (parameter, value)
            for parameter in ("InboundRequestUrl", "FallbackUrl", "StatusCallback")
            for value in ("a.example", "ftp://a.example/", "https://" + "x" * 4000)
        ),
        *(
            (parameter, value)
            for parameter in ("InboundMethod", "FallbackMethod")
            for value in ("PUT", "get")
        ),
        *((parameter, "perhaps") for parameter, _, _, kept in PARAMETERS if kept in (0, 1)),
        ("ScanMessageContent", "always"),
        ("Usecase", "spam"),
        *(("ValidityPeriod", value) for value in ("0", "36001", "-1", "1.5", "long")),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_stored(
    world: World, parameter: str, value: str
) -> None:
    service = create(world)
    for work in (
        lambda: create(world, **{parameter: value}),
        lambda: update(world, service, **{"SmartEncoding": "false", parameter: value}),
    ):
        with pytest.raises(Fault, match=parameter):
            work()
    assert world.rows("SELECT sid FROM messaging_services") == [(service.sid,)]
    assert find(world, service) == service


def test_a_service_needs_a_name(world: World) -> None:
    for values in ({}, {"FriendlyName": ""}):
        with pytest.raises(Fault, match="FriendlyName is required"):
            world.do(services.create(world.env, world.tx, world.account.sid, form(values)))


def test_an_empty_url_is_removed_and_an_empty_name_is_none(world: World) -> None:
    service = create(world, InboundRequestUrl=URL, FallbackUrl=URL, StatusCallback=URL)
    changed = update(world, service, FriendlyName="", InboundRequestUrl="", FallbackUrl="")
    assert (changed.inbound_request_url, changed.fallback_url) == (None, None)
    assert (changed.friendly_name, changed.status_callback) == ("Texts", URL)


def test_another_accounts_service(world: World) -> None:
    service, other = create(world), world.add_account().sid
    for use_case in (
        lambda: services.find(world.tx, other, service.sid),
        lambda: services.update(world.env, world.tx, other, service.sid, form({})),
        lambda: services.delete(world.env, world.tx, other, service.sid),
    ):
        with pytest.raises(Fault) as caught:
            world.do(use_case())
        assert (caught.value.code, caught.value.status) == (20404, 404)
    assert find(world, service) == service


def test_delete(world: World) -> None:
    service = create(world)
    number = world.add_number()
    world.do(world.tx.messaging_services.join(number.sid, service.sid, 1))
    world.do(services.delete(world.env, world.tx, world.account.sid, service.sid))
    with pytest.raises(Fault):
        find(world, service)
    assert world.number(number.number) == number
