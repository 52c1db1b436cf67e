"""Services, through the official SDK."""

from __future__ import annotations

import datetime
from collections.abc import Callable

import pytest
from twilio.rest import Client
from twilio.rest.proxy.v1.service import ServiceInstance

from tests.api.conftest import Refused
from tests.api.ledger import rows
from tests.api.wire import Wire, error, unique

CREATE = "POST /proxy/v1/Services"
UPDATE = "POST /proxy/v1/Services/{Sid}"


@pytest.mark.covers(
    "POST /proxy/v1/Services",
    "status:201",
    "param:UniqueName",
    "param:DefaultTtl",
    "param:CallbackUrl",
    "param:GeoMatchLevel",
    "param:NumberSelectionBehavior",
    "param:InterceptCallbackUrl",
    "param:OutOfSessionCallbackUrl",
    "param:ChatInstanceSid",
    "field:sid",
    "field:unique_name",
    "field:account_sid",
    "field:chat_instance_sid",
    "field:callback_url",
    "field:default_ttl",
    "field:number_selection_behavior",
    "field:geo_match_level",
    "field:intercept_callback_url",
    "field:out_of_session_callback_url",
    "field:date_created",
    "field:date_updated",
    "field:url",
    "field:links.sessions",
    "field:links.phone_numbers",
    "field:links.short_codes",
)
def test_create_with_everything(client: Client, wire: Wire) -> None:
    name = unique()
    service = client.proxy.v1.services.create(
        unique_name=name,
        default_ttl=3600,
        callback_url="https://example.com/callback",
        geo_match_level="area-code",
        number_selection_behavior="avoid-sticky",
        intercept_callback_url="https://example.com/intercept",
        out_of_session_callback_url="https://example.com/out-of-session",
        chat_instance_sid="IS" + "a" * 32,
    )
    url = f"{wire.url}/proxy/v1/Services/{service.sid}"
    assert service.sid.startswith("KS")
    assert service.account_sid == wire.account_sid
    assert service.unique_name == name
    assert service.default_ttl == 3600
    assert service.callback_url == "https://example.com/callback"
    assert service.geo_match_level == "area-code"
    assert service.number_selection_behavior == "avoid-sticky"
    assert service.intercept_callback_url == "https://example.com/intercept"
    assert service.out_of_session_callback_url == "https://example.com/out-of-session"
    assert service.chat_instance_sid == "IS" + "a" * 32
    assert isinstance(service.date_created, datetime.datetime)
    assert service.date_updated == service.date_created
    assert service.url == url
    assert service.links == {
        "sessions": f"{url}/Sessions",
        "phone_numbers": f"{url}/PhoneNumbers",
        "short_codes": f"{url}/ShortCodes",
    }


@pytest.mark.covers("POST /proxy/v1/Services", "param:UniqueName")
def test_create_with_a_name_alone_has_the_defaults(client: Client) -> None:
    service = client.proxy.v1.services.create(unique_name=unique())
    assert service.default_ttl == 0
    assert service.geo_match_level == "country"
    assert service.number_selection_behavior == "prefer-sticky"
    assert service.callback_url is None
    assert service.intercept_callback_url is None
    assert service.out_of_session_callback_url is None
    assert service.chat_instance_sid is None


@pytest.mark.covers("POST /proxy/v1/Services", "param:GeoMatchLevel")
@pytest.mark.parametrize(
    "level", ["country", "area-code", "extended-area-code", "overlay", "radius"]
)
def test_every_spelling_of_the_geo_level_is_taken(client: Client, level: str) -> None:
    service = client.proxy.v1.services.create(unique_name=unique(), geo_match_level=level)
    assert client.proxy.v1.services(service.sid).fetch().geo_match_level == level


@pytest.mark.covers("POST /proxy/v1/Services", "code:80602")
@pytest.mark.covers("POST /proxy/v1/Services/{Sid}", "code:80602")
def test_a_name_is_taken_once(client: Client, service: ServiceInstance, refused: Refused) -> None:
    services = client.proxy.v1.services
    assert refused(services.create, unique_name=service.unique_name) == 80602
    second = services.create(unique_name=unique())
    assert refused(second.update, unique_name=service.unique_name) == 80602
    assert second.update(unique_name=second.unique_name).unique_name == second.unique_name


@pytest.mark.covers("GET /proxy/v1/Services/{Sid}", "status:200", "field:unique_name")
def test_fetch_by_sid_and_by_name(client: Client, service: ServiceInstance) -> None:
    for key in (service.sid, service.unique_name):
        found = client.proxy.v1.services(key).fetch()
        assert found.sid == service.sid
        assert found.url == service.url


@pytest.mark.covers("GET /proxy/v1/Services/{Sid}", "status:200")
def test_a_name_may_hold_what_a_path_can(client: Client) -> None:
    name = f"Ünïque 名 100% + & = {unique()}"
    service = client.proxy.v1.services.create(unique_name=name)
    assert service.unique_name == name
    assert client.proxy.v1.services(name.replace("%", "%25")).fetch().sid == service.sid


@pytest.mark.covers(
    "POST /proxy/v1/Services/{Sid}",
    "status:200",
    "param:UniqueName",
    "param:DefaultTtl",
    "param:CallbackUrl",
    "param:GeoMatchLevel",
    "param:NumberSelectionBehavior",
    "param:InterceptCallbackUrl",
    "param:OutOfSessionCallbackUrl",
    "param:ChatInstanceSid",
    "field:sid",
    "field:unique_name",
    "field:default_ttl",
    "field:date_updated",
)
def test_update(client: Client, service: ServiceInstance) -> None:
    name = unique()
    changed = service.update(
        unique_name=name,
        default_ttl=60,
        callback_url="https://example.com/c",
        geo_match_level="overlay",
        number_selection_behavior="avoid-sticky",
        intercept_callback_url="https://example.com/i",
        out_of_session_callback_url="https://example.com/o",
        chat_instance_sid="IS" + "b" * 32,
    )
    assert (changed.sid, changed.unique_name, changed.default_ttl) == (service.sid, name, 60)
    fetched = client.proxy.v1.services(service.sid).fetch()
    assert fetched.callback_url == "https://example.com/c"
    assert fetched.geo_match_level == "overlay"
    assert fetched.number_selection_behavior == "avoid-sticky"
    assert fetched.intercept_callback_url == "https://example.com/i"
    assert fetched.out_of_session_callback_url == "https://example.com/o"
    assert fetched.chat_instance_sid == "IS" + "b" * 32
    assert fetched.date_updated >= service.date_updated


@pytest.mark.covers("POST /proxy/v1/Services/{Sid}", "param:CallbackUrl", "param:ChatInstanceSid")
def test_an_empty_value_removes_a_url_and_leaves_the_rest(client: Client) -> None:
    service = client.proxy.v1.services.create(
        unique_name=unique(),
        callback_url="https://example.com/c",
        intercept_callback_url="https://example.com/i",
        chat_instance_sid="IS" + "c" * 32,
        default_ttl=5,
    )
    changed = service.update(callback_url="", chat_instance_sid="")
    assert changed.callback_url is None
    assert changed.chat_instance_sid is None
    assert changed.intercept_callback_url == "https://example.com/i"
    assert changed.default_ttl == 5


@pytest.mark.covers("POST /proxy/v1/Services/{Sid}", "status:200")
def test_an_update_of_nothing_changes_nothing(service: ServiceInstance) -> None:
    assert service.update().unique_name == service.unique_name


@pytest.mark.covers("DELETE /proxy/v1/Services/{Sid}", "status:204")
@pytest.mark.covers("GET /proxy/v1/Services/{Sid}", "code:80408", "code:20404")
@pytest.mark.covers("POST /proxy/v1/Services/{Sid}", "code:80408", "code:20404")
@pytest.mark.covers("DELETE /proxy/v1/Services/{Sid}", "code:80408", "code:20404")
@pytest.mark.covers("says:names.service")
def test_delete_and_what_is_said_of_it_afterwards(
    client: Client, service: ServiceInstance, refused: Refused
) -> None:
    services = client.proxy.v1.services
    assert service.delete() is True
    assert refused(services(service.sid).fetch) == 80408
    assert refused(services(service.sid).update) == 80408
    assert refused(services(service.sid).delete) == 80408
    assert refused(services(service.unique_name).fetch, http=404) == 20404
    never = services("KS" + "0" * 32)
    assert refused(never.fetch, http=404) == 20404
    assert refused(never.update, http=404) == 20404
    assert refused(never.delete, http=404) == 20404
    again = services.create(unique_name=service.unique_name)
    assert again.sid != service.sid


#: Every operation on what is inside a Service.
INSIDE = [name for name in rows() if "/proxy/v1/Services/{ServiceSid}/" in name]


@pytest.mark.parametrize("operation", INSIDE)
def test_all_that_was_in_a_deleted_service_says_so(
    wire: Wire, other: Wire, stocked: ServiceInstance, person: Callable[[], str], operation: str
) -> None:
    """Whether the rest of the path was once right or never."""
    number = stocked.phone_numbers.list()[0].sid
    session = stocked.sessions.create()
    someone = session.participants.create(identifier=person())
    sent = someone.message_interactions.create(body="Hello")
    stocked.delete()
    method, _, path = operation.partition(" ")
    last = {
        "PhoneNumbers": number,
        "Sessions": session.sid,
        "Participants": someone.sid,
        "Interactions": sent.sid,
        "MessageInteractions": sent.sid,
    }
    right = {
        "SessionSid": session.sid,
        "ParticipantSid": someone.sid,
        "Sid": last.get(path.split("/")[-2], "SC" + "0" * 32),
    }
    for names in (right, dict.fromkeys(right, "XX" + "0" * 32)):
        asked = path.format(ServiceSid=stocked.sid, **names)
        assert error(wire.send(method, asked)) == (400, 80408)
        assert error(other.send(method, asked)) == (404, 20404)
        never = path.format(ServiceSid="KS" + "0" * 32, **names)
        assert error(wire.send(method, never)) == (404, 20404)


@pytest.mark.covers("DELETE /proxy/v1/Services/{Sid}", "status:204")
def test_delete_takes_active_sessions_and_frees_the_numbers(
    client: Client, stocked: ServiceInstance, person: Callable[[], str], refused: Refused
) -> None:
    sid = stocked.phone_numbers.list()[0].sid
    session = stocked.sessions.create(
        participants=[{"Identifier": person()}, {"Identifier": person()}]
    )
    assert stocked.delete() is True
    assert refused(session.fetch) == 80408
    second = client.proxy.v1.services.create(unique_name=unique())
    assert second.phone_numbers.create(sid=sid).in_use == 0


@pytest.mark.covers(
    "GET /proxy/v1/Services", "field:sid", "field:unique_name", "field:url", "field:links.sessions"
)
def test_list_and_stream_show_the_newest_first(client: Client) -> None:
    made = [client.proxy.v1.services.create(unique_name=unique()).sid for _ in range(3)]
    assert [one.sid for one in client.proxy.v1.services.list(limit=3)] == made[::-1]
    assert [one.sid for one in client.proxy.v1.services.stream(limit=3)] == made[::-1]


@pytest.mark.parametrize(
    "parameter", ["CallbackUrl", "InterceptCallbackUrl", "OutOfSessionCallbackUrl"]
)
def test_a_callback_may_say_how_it_is_called(wire: Wire, parameter: str) -> None:
    service = wire.service()
    sound = {parameter: "https://a.example/cb#rc=2&rp=5xx,ct&tt=8000"}
    assert wire.post(service, sound).status_code == 200
    answer = wire.post(service, {parameter: "https://a.example/cb#rc=2&rp=404"})
    assert error(answer) == (400, 80701)
    assert f"{parameter} has a wrong override: #rp must be" in answer.json()["message"]


@pytest.mark.covers("POST /proxy/v1/Services", "code:80701", "says:urls.own")
@pytest.mark.covers("POST /proxy/v1/Services/{Sid}", "code:80701")
@pytest.mark.parametrize(
    "parameter", ["CallbackUrl", "InterceptCallbackUrl", "OutOfSessionCallbackUrl"]
)
def test_a_callback_may_not_be_the_server_s_own(wire: Wire, parameter: str) -> None:
    port = wire.url.rpartition(":")[2]
    service = wire.service()
    for url in (
        wire.url,
        f"http://localhost:{port}/proxy/v1/Services",
        f"http://proxy.localhost:{port}/v1/Services",
        f"http://user@[::1]:{port}/x",
        f"http://0x7f000001:{port}/x",
    ):
        for path in ("/proxy/v1/Services", service):
            answer = wire.post(path, {"UniqueName": unique(), parameter: url})
            assert error(answer) == (400, 80701), url
            assert parameter in answer.json()["message"]
    # By whatever name it is called.
    called = {"Host": "Mask.Test:99"}
    wanted = {parameter: "http://mask.test.:99/x"}
    assert error(wire.post(service, wanted, headers=called)) == (400, 80701)
    assert wire.get(service).json()["callback_url"] is None
    assert wire.post(service, wanted).status_code == 200
    for strange in ("[", "a b", "", "x:y"):
        elsewhere = {parameter: "https://app.example.com/x"}
        assert wire.post(service, elsewhere, headers={"Host": strange}).status_code == 200, strange
