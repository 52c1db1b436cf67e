"""Applications, through the official SDK; what shows the whole resource by plain HTTP."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from twilio.rest import Client

from tests.api.conftest import Refused, add_number
from tests.api.wire import Wire, error, unique
from tests.support.receiver import Receiver, Reply
from tests.support.server import RunningServer
from tests.support.world import Handset, eventually

pytestmark = pytest.mark.both_engines

EVERYTHING = {
    "FriendlyName": "Desk",
    "VoiceUrl": "https://a.example/voice",
    "VoiceMethod": "GET",
    "VoiceFallbackUrl": "https://b.example/voice",
    "VoiceFallbackMethod": "GET",
    "VoiceCallerIdLookup": "true",
    "StatusCallback": "https://a.example/status",
    "StatusCallbackMethod": "GET",
    "SmsUrl": "https://a.example/sms",
    "SmsMethod": "GET",
    "SmsFallbackUrl": "https://b.example/sms",
    "SmsFallbackMethod": "GET",
    "SmsStatusCallback": "https://a.example/sent",
    "MessageStatusCallback": "https://a.example/message",
    "PublicApplicationConnectEnabled": "true",
    "ApiVersion": "2010-04-01",
}


def list_of(wire: Wire) -> str:
    return f"/api/2010-04-01/Accounts/{wire.account_sid}/Applications.json"


@pytest.mark.covers(
    "POST /api/2010-04-01/Accounts/{AccountSid}/Applications.json",
    "status:201",
    "param:*",
    "field:*",
)
@pytest.mark.covers("GET /api/2010-04-01/Accounts/{AccountSid}/Applications/{Sid}.json", "field:*")
@pytest.mark.covers(
    "POST /api/2010-04-01/Accounts/{AccountSid}/Applications/{Sid}.json", "param:*", "field:*"
)
def test_one_with_everything(wire: Wire) -> None:
    made = wire.post(list_of(wire), EVERYTHING)
    assert made.status_code == 201
    body = made.json()
    uri = f"/2010-04-01/Accounts/{wire.account_sid}/Applications/{body['sid']}.json"
    assert body["sid"].startswith("AP")
    assert body == {
        "sid": body["sid"],
        "account_sid": wire.account_sid,
        "friendly_name": "Desk",
        "api_version": "2010-04-01",
        "voice_url": "https://a.example/voice",
        "voice_method": "GET",
        "voice_fallback_url": "https://b.example/voice",
        "voice_fallback_method": "GET",
        "voice_caller_id_lookup": True,
        "status_callback": "https://a.example/status",
        "status_callback_method": "GET",
        "sms_url": "https://a.example/sms",
        "sms_method": "GET",
        "sms_fallback_url": "https://b.example/sms",
        "sms_fallback_method": "GET",
        "sms_status_callback": "https://a.example/sent",
        "message_status_callback": "https://a.example/message",
        "public_application_connect_enabled": True,
        "date_created": body["date_created"],
        "date_updated": body["date_updated"],
        "uri": uri,
    }
    assert wire.get(f"/api{uri}").json() == body
    emptied = dict.fromkeys((name for name in EVERYTHING if name.endswith(("Url", "Callback"))), "")
    changed = wire.post(f"/api{uri}", {**EVERYTHING, **emptied, "FriendlyName": "Other"}).json()
    assert (changed["friendly_name"], changed["sms_url"], changed["sms_method"]) == (
        "Other",
        None,
        "GET",
    )
    assert wire.get(f"/api{uri}").json() == changed


@pytest.mark.covers(
    "GET /api/2010-04-01/Accounts/{AccountSid}/Applications.json",
    "param:FriendlyName",
    "param:PageSize",
    "field:*",
)
def test_lists(wire: Wire) -> None:
    name = unique()
    sids = [wire.post(list_of(wire), {"FriendlyName": name}).json()["sid"] for _ in range(3)]
    body = wire.get(f"{list_of(wire)}?FriendlyName={name}&PageSize=2").json()
    assert [one["sid"] for one in body.pop("applications")] == sids[:0:-1]
    following = body.pop("next_page_uri")
    first = f"{list_of(wire).removeprefix('/api')}?FriendlyName={name}&PageSize=2&Page=0"
    assert body == {
        "end": 1,
        "first_page_uri": first,
        "page": 0,
        "page_size": 2,
        "previous_page_uri": None,
        "start": 0,
        "uri": first,
    }
    assert [one["sid"] for one in wire.get(f"/api{following}").json()["applications"]] == sids[:1]


@pytest.mark.covers(
    "DELETE /api/2010-04-01/Accounts/{AccountSid}/Applications/{Sid}.json",
    "status:204",
    "code:20404",
)
def test_delete(client: Client, wire: Wire, other: Wire) -> None:
    made = client.applications.create()
    assert made.friendly_name == made.sid
    theirs = list_of(other).replace(".json", f"/{made.sid}.json")
    assert error(other.delete(theirs)) == (404, 20404)
    assert client.applications(made.sid).delete()
    ours = list_of(wire).replace(".json", f"/{made.sid}.json")
    for answer in (wire.delete(ours), wire.get(ours), wire.post(ours, {})):
        assert error(answer) == (404, 20404)


def test_numbers_of_a_deleted_one_have_their_own_program_again(
    client: Client, server: RunningServer, number: Callable[[], str]
) -> None:
    ours = number()
    add_number(server, ours, 7)
    (held,) = client.incoming_phone_numbers.list(phone_number=ours)
    app = client.applications.create(sms_url="https://app.example/").sid
    held.update(sms_application_sid=app, voice_application_sid=app, sms_url="https://own.example/")
    assert client.applications(app).delete()
    held = client.incoming_phone_numbers(held.sid).fetch()
    assert (held.sms_application_sid, held.voice_application_sid) == ("", "")
    assert held.sms_url == "https://own.example/"


@pytest.mark.covers(
    "POST /api/2010-04-01/Accounts/{AccountSid}/Messages.json", "param:ApplicationSid"
)
def test_a_message_reports_to_its_application(
    client: Client,
    server: RunningServer,
    number: Callable[[], str],
    person: Callable[[], str],
    refused: Refused,
) -> None:
    ours, phone = number(), person()
    add_number(server, ours, 7)
    with Receiver() as program:
        made = client.applications.create(message_status_callback=f"{program.url}/app")
        fields = {"to": phone, "from_": ours, "body": "x"}
        client.messages.create(application_sid=made.sid, **fields)
        own = f"{program.url}/own"
        client.messages.create(application_sid=made.sid, status_callback=own, **fields)
        eventually(lambda: len(program.at("/app")) == len(program.at("/own")) == 2)
    silent = client.applications.create()
    assert client.messages.create(application_sid=silent.sid, **fields).status == "queued"
    unknown = "AP" + "9" * 32
    assert refused(client.messages.create, application_sid=unknown, **fields) == 20001


def test_a_numbers_own_program_answers(
    client: Client, server: RunningServer, number: Callable[[], str], person: Callable[[], str]
) -> None:
    """Outside Proxy, by the number's URL, its fallback, and its application, which goes first."""
    ours, phone = number(), Handset(server, person())
    sid = add_number(server, ours, 7)
    reply = Reply("<Response><Message>Hello back</Message></Response>")
    with Receiver() as program:
        program.pages = {"/bad": Reply("", status=500), "/fallback": reply, "/app": reply}
        here = client.incoming_phone_numbers(sid)
        here.update(sms_url=f"{program.url}/bad", sms_fallback_url=f"{program.url}/fallback")
        phone.text(ours, "Hi")
        phone.receives(1)
        (told,) = program.at("/fallback")
        assert (told.form["Body"], told.form["ErrorCode"]) == ("Hi", "11200")
        assert "MessagingServiceSid" not in told.form
        application = client.applications.create(sms_url=f"{program.url}/app")
        here.update(sms_application_sid=application.sid)
        phone.text(ours, "Again")
        box = phone.receives(2)
        assert [one["from"] for one in box] == [ours, ours]
        assert program.at("/app")[0].form["Body"] == "Again"
        assert len(program.at("/bad")) == 1
        application.delete()
        phone.text(ours, "Nobody")
        here.update(sms_application_sid="", sms_url=f"{program.url}/app")
        phone.text(ours, "Somebody")
        phone.receives(3)
        assert [one.form["Body"] for one in program.at("/app")] == ["Again", "Somebody"]
