"""What is served of a call besides itself: recordings, notifications, events. Through the official
SDK, and by plain HTTP what that can't do; and what is not served."""

from __future__ import annotations

import io
import wave
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import msgspec
import pytest
from twilio.rest import Client

from maskline.debugger.alerts import new_alert
from maskline.model.account import Switch
from maskline.model.call import Call
from maskline.model.recording import Recording
from maskline.model.webhook_attempt import WebhookAttempt
from tests.api.conftest import Refused, add_number
from tests.api.ledger import rows
from tests.api.records import call_of, recording_of
from tests.api.wire import Wire, error
from tests.support.receiver import Receiver, Reply
from tests.support.server import RunningServer
from tests.support.world import Handset, eventually

pytestmark = pytest.mark.both_engines

ACCOUNT = "/api/2010-04-01/Accounts/{AccountSid}"
NOBODY = "0" * 32


@pytest.fixture
def recorded(server: RunningServer, call: Call) -> Recording:
    """A recording of the call."""
    one = recording_of(server, call)
    assert server.transact(lambda tx: tx.recordings.add(one))
    return one


@pytest.mark.covers(
    "GET /api/2010-04-01/Accounts/{AccountSid}/Recordings/{Sid}.json",
    "field:*",
    "code:20404",
    "param:IncludeSoftDeleted",
)
def test_one(client: Client, wire: Wire, other: Wire, recorded: Recording) -> None:
    path = wire.core(f"Recordings/{recorded.sid}")
    shown = wire.get(f"{path}.json").json()
    noon = "Sun, 13 Sep 2020 12:00:00 +0000"
    assert shown == {
        "sid": recorded.sid,
        "account_sid": wire.account_sid,
        "call_sid": recorded.call_sid,
        "conference_sid": None,
        "api_version": "2010-04-01",
        "status": "completed",
        "channels": 1,
        "source": "RecordVerb",
        "duration": "5",
        "error_code": None,
        "price": None,
        "price_unit": None,
        "encryption_details": None,
        "start_time": noon,
        "date_created": noon,
        "date_updated": noon,
        "uri": f"{path.removeprefix('/api')}.json",
        "subresource_uris": {},
        "media_url": f"{wire.url}{path}",
    }
    fetched = client.recordings(recorded.sid).fetch()
    assert (fetched.status, fetched.duration, fetched.channels) == ("completed", "5", 1)
    # Its carrier is gone, and with it the file.
    for form in ("", ".wav", ".mp3", ".ogg"):
        assert error(wire.get(f"{path}{form}")) == (404, 20404)
    assert error(other.get(other.core(f"Recordings/{recorded.sid}.json"))) == (404, 20404)
    assert wire.get(f"{path}.json", IncludeSoftDeleted="true").json() == shown


@pytest.mark.covers(
    "GET /api/2010-04-01/Accounts/{AccountSid}/Calls/{CallSid}/Recordings/{Sid}.json",
    "field:*",
    "code:20404",
)
def test_one_of_a_call(
    client: Client, wire: Wire, server: RunningServer, call: Call, recorded: Recording
) -> None:
    path = wire.core(f"Calls/{call.sid}/Recordings/{recorded.sid}.json")
    shown = wire.get(path).json()
    account_s = wire.get(wire.core(f"Recordings/{recorded.sid}.json")).json()
    del account_s["subresource_uris"], account_s["media_url"]
    assert shown == account_s | {"uri": path.removeprefix("/api"), "track": "both"}
    assert client.calls(call.sid).recordings(recorded.sid).fetch().track == "both"
    elsewhere = call_of(server, wire.account_sid, call.caller, call.called)
    server.transact(lambda tx: tx.calls.add_many([elsewhere]))
    wrong = wire.core(f"Calls/{elsewhere.sid}/Recordings/{recorded.sid}.json")
    assert error(wire.get(wrong)) == (404, 20404)
    assert error(wire.delete(wrong)) == (404, 20404)


@pytest.mark.covers(
    "GET /api/2010-04-01/Accounts/{AccountSid}/Recordings.json",
    "param:CallSid",
    "param:ConferenceSid",
    "param:DateCreated",
    "param:DateCreated<",
    "param:DateCreated>",
    "param:IncludeSoftDeleted",
)
@pytest.mark.covers(
    "GET /api/2010-04-01/Accounts/{AccountSid}/Calls/{CallSid}/Recordings.json",
    "param:DateCreated",
    "param:DateCreated<",
    "param:DateCreated>",
    "code:20404",
)
def test_lists(
    client: Client, wire: Wire, server: RunningServer, call: Call, recorded: Recording
) -> None:
    late = recorded.date_created + 86_400_000
    second, deleted = recording_of(server, call, date_created=late), recording_of(server, call)
    deleted = msgspec.structs.replace(deleted, status="deleted", url="")
    for one in (second, deleted):
        assert server.transact(lambda tx, one=one: tx.recordings.add(one))

    def found(of_call: bool = False, **narrow: Any) -> list[str]:
        if of_call:
            return [one.sid for one in client.calls(call.sid).recordings.list(**narrow)]
        return [one.sid for one in client.recordings.list(call_sid=call.sid, **narrow)]

    day = datetime.fromtimestamp(recorded.date_created / 1000, UTC)
    both, early, later = [second.sid, recorded.sid], [recorded.sid], [second.sid]
    for of_call in (False, True):
        assert found(of_call) == both
        assert found(of_call, date_created=day) == early
        between = day + timedelta(hours=12)
        assert found(of_call, date_created_before=between) == early
        assert found(of_call, date_created_after=between) == later
    assert found(include_soft_deleted=True) == [deleted.sid, *both]
    assert found(conference_sid=f"CF{NOBODY}") == []
    assert error(wire.get(wire.core(f"Calls/CA{NOBODY}/Recordings.json"))) == (404, 20404)


@pytest.mark.covers(
    "DELETE /api/2010-04-01/Accounts/{AccountSid}/Recordings/{Sid}.json",
    "code:20404",
    "code:20004",
    "code:80615",
)
@pytest.mark.covers(
    "DELETE /api/2010-04-01/Accounts/{AccountSid}/Calls/{CallSid}/Recordings/{Sid}.json",
    "code:20404",
)
def test_deleting_one(
    client: Client,
    wire: Wire,
    server: RunningServer,
    call: Call,
    recorded: Recording,
    refused: Refused,
) -> None:
    # Its file lies with a carrier that can't be asked.
    assert refused(client.recordings(recorded.sid).delete, http=405) == 20004
    first, second = (recording_of(server, call, carrier="simulator", url="") for _ in range(2))
    for one in (first, second):
        assert server.transact(lambda tx, one=one: tx.recordings.add(one))
    account = server.transact(lambda tx: tx.accounts.get(wire.account_sid))
    held = msgspec.structs.replace(account, switches=int(Switch.LEGAL_HOLD))
    server.transact(lambda tx: tx.accounts.update(held))
    assert refused(client.recordings(first.sid).delete, http=403) == 80615
    server.transact(lambda tx: tx.accounts.update(account))
    assert client.recordings(first.sid).delete()
    assert client.calls(call.sid).recordings(second.sid).delete()
    path = wire.core(f"Recordings/{first.sid}")
    for gone in (path, f"{path}.json", wire.core(f"Calls/{call.sid}/Recordings/{second.sid}.json")):
        assert error(wire.get(gone)) == (404, 20404)
    assert error(wire.get(path, IncludeSoftDeleted="true")) == (404, 20404)
    kept = wire.get(f"{path}.json", IncludeSoftDeleted="true").json()
    assert (kept["status"], kept["media_url"]) == ("deleted", None)
    for one in (client.recordings(first.sid), client.calls(call.sid).recordings(second.sid)):
        assert refused(one.delete, http=404) == 20404
    assert refused(client.recordings(f"RE{NOBODY}").delete, http=404) == 20404


@pytest.mark.covers("GET /api/2010-04-01/Accounts/{AccountSid}/Recordings/{Sid}.json")
def test_what_a_call_recorded(
    client: Client,
    wire: Wire,
    server: RunningServer,
    number: Callable[[], str],
    person: Callable[[], str],
) -> None:
    """A program that was written for Twilio gets it by its SID, and by its URL."""
    ours, phone = number(), Handset(server, person())
    add_number(server, ours, 7)
    with Receiver() as program:
        made = client.calls.create(
            to=phone.number,
            from_=ours,
            twiml="<Response><Say>Hi</Say></Response>",
            record=True,
            recording_channels="dual",
            recording_status_callback=f"{program.url}/recorded",
        )
        assert phone.act(phone.rings()["id"], "answer").status_code == 200
        (told,) = eventually(lambda: program.at("/recorded"))
        (one,) = client.calls(made.sid).recordings.list()
        assert (one.sid, one.source, one.channels) == (told.form["RecordingSid"], "OutboundAPI", 2)
        assert wire.get(told.form["RecordingUrl"]).status_code == 200
        program.pages["/done"] = Reply("<Response><Say>Thanks</Say></Response>", "text/xml")
        twiml = f"<Response><Record timeout='1' action='{program.url}/done'/></Response>"
        made = client.calls.create(to=phone.number, from_=ours, twiml=twiml)
        assert phone.act(phone.rings()["id"], "answer").status_code == 200
        (told,) = eventually(lambda: program.at("/done"))
    (one,) = client.calls(made.sid).recordings.list()
    assert (one.sid, one.status) == (told.form["RecordingSid"], "completed")
    assert one.duration == told.form["RecordingDuration"]
    for form in ("", ".wav", ".mp3"):
        answer = wire.get(f"{told.form['RecordingUrl']}{form}")
        assert (answer.status_code, answer.headers["content-type"]) == (200, "audio/wav")
        with wave.open(io.BytesIO(answer.content)) as file:
            assert file.getnframes() == int(one.duration) * file.getframerate()
    part = wire.send("GET", told.form["RecordingUrl"], headers={"Range": "bytes=0-3"})
    assert (part.status_code, part.content) == (206, b"RIFF")
    assert wire.send("GET", told.form["RecordingUrl"], auth=None).status_code == 401
    assert wire.get(f"{told.form['RecordingUrl']}.json").json()["sid"] == one.sid


@pytest.mark.covers(
    "GET /api/2010-04-01/Accounts/{AccountSid}/Calls/{CallSid}/Notifications.json",
    "param:Log",
    "param:MessageDate",
    "param:MessageDate<",
    "param:MessageDate>",
    "code:20404",
)
@pytest.mark.covers(
    "GET /api/2010-04-01/Accounts/{AccountSid}/Calls/{CallSid}/Notifications/{Sid}.json",
    "field:*",
    "code:20404",
)
def test_notifications(
    client: Client, wire: Wire, server: RunningServer, person: Callable[[], str]
) -> None:
    call = call_of(server, wire.account_sid, person(), person())
    call = msgspec.structs.replace(call, interaction_sid=server.server.env.sids.new("KI"))
    server.transact(lambda tx: tx.calls.add_many([call]))
    env = server.server.env
    wrong = new_alert(env, 11200, wire.account_sid, None, call.sid)
    wrong = msgspec.structs.replace(
        wrong, request_method="POST", request_url="https://a.example/", response_body="?"
    )
    mild = new_alert(env, 80907, wire.account_sid, None, call.interaction_sid)
    else_s = new_alert(env, 11200, wire.account_sid, None, None)
    server.transact(lambda tx: tx.alerts.add_many([wrong, mild, else_s]))
    notifications = client.calls(call.sid).notifications

    def found(**narrow: Any) -> list[str]:
        return [one.sid for one in notifications.list(**narrow)]

    assert found() == [mild.sid, wrong.sid]
    assert (found(log=0), found(log=1)) == ([wrong.sid], [mild.sid])
    today = datetime.fromtimestamp(wrong.date_generated / 1000, UTC).date()
    assert len(found(message_date=today)) == 2
    assert found(message_date_before=datetime(2020, 1, 1, tzinfo=UTC).date()) == []
    assert len(found(message_date_after=datetime(2020, 1, 1, tzinfo=UTC).date())) == 2
    path = wire.core(f"Calls/{call.sid}/Notifications")
    shown = wire.get(f"{path}/{wrong.sid}.json").json()
    text = shown.pop("message_text")
    assert "ErrorCode=11200" in text
    for name in ("message_date", "date_created", "date_updated"):
        assert parsedate_to_datetime(shown.pop(name)).date() == today
    assert shown == {
        "sid": wrong.sid,
        "account_sid": wire.account_sid,
        "call_sid": call.sid,
        "api_version": "2010-04-01",
        "log": "0",
        "error_code": "11200",
        "more_info": "https://www.twilio.com/docs/errors/11200",
        "request_method": "POST",
        "request_url": "https://a.example/",
        "request_variables": None,
        "response_headers": None,
        "response_body": "?",
        "uri": f"{path.removeprefix('/api')}/{wrong.sid}.json",
    }
    assert notifications(mild.sid).fetch().log == "1"
    for gone in (f"{path}/{else_s.sid}.json", f"{path}/NO{NOBODY}.json"):
        assert error(wire.get(gone)) == (404, 20404)
    for what in ("Notifications.json", f"Notifications/{wrong.sid}.json"):
        assert error(wire.get(wire.core(f"Calls/CA{NOBODY}/{what}"))) == (404, 20404)


@pytest.mark.covers(
    "GET /api/2010-04-01/Accounts/{AccountSid}/Calls/{CallSid}/Events.json",
    "param:PageSize",
    "param:Page",
    "param:PageToken",
    "field:*",
    "code:20404",
)
def test_events(client: Client, wire: Wire, server: RunningServer, call: Call) -> None:
    def attempt(**changes: Any) -> WebhookAttempt:
        blank = WebhookAttempt(
            sid=server.server.env.sids.new("WA"),
            account_sid=wire.account_sid,
            resource_sid=call.sid,
            session_sid=None,
            job_sid="JB1",
            kind="voice",
            method="POST",
            url="https://a.example/voice",
            status=200,
            error=None,
            latency_ms=12,
            params="CallSid=CA1&Digits=",
            response_headers="content-type=text%2Fxml",
            response_body="<Response/>",
        )
        return msgspec.structs.replace(blank, **changes)

    asked = attempt()
    lost = attempt(status=None, params=None, response_headers=None, response_body=None)
    foreign = attempt(account_sid="AC" + "9" * 32)
    server.transact(lambda tx: tx.webhook_attempts.add_many([asked, lost, foreign]))
    path = wire.core(f"Calls/{call.sid}/Events.json")
    newest, oldest = wire.get(path).json()["events"]
    made = oldest["response"].pop("date_created")
    assert parsedate_to_datetime(made) <= datetime.now(UTC)
    assert oldest == {
        "request": {
            "method": "POST",
            "url": "https://a.example/voice",
            "parameters": {"CallSid": "CA1", "Digits": ""},
        },
        "response": {
            "response_code": 200,
            "request_duration": 12,
            "content_type": "text/xml",
            "response_body": "<Response/>",
        },
    }
    assert newest["request"]["parameters"] == {}
    assert (newest["response"]["response_code"], newest["response"]["content_type"]) == (None, None)
    first = wire.get(path, PageSize=1).json()
    assert first["events"] == [newest]
    assert len(wire.get(f"/api{first['next_page_uri']}").json()["events"]) == 1
    assert wire.get(path, PageSize=1, Page=2).json()["events"] == []
    assert len(client.calls(call.sid).events.list()) == 2
    assert error(wire.get(wire.core(f"Calls/CA{NOBODY}/Events.json"))) == (404, 20404)


def test_what_is_not_served(wire: Wire, call: Call, recorded: Recording) -> None:
    """Of calls and recordings: each is refused, and the coverage list says why."""
    named = {"CallSid": call.sid, "RecordingSid": recorded.sid, "ReferenceSid": recorded.sid}
    unserved = [name for name, row in rows().items() if "unserved" in row and ACCOUNT in name]
    assert len(unserved) == 27
    for operation in unserved:
        method, _, path = operation.partition(" ")
        path = path.replace("{AccountSid}", wire.account_sid)
        for name, sid in named.items():
            path = path.replace(f"{{{name}}}", sid)
        for name in ("{Sid}", "{ConferenceSid}", "{AddOnResultSid}", "{PayloadSid}"):
            path = path.replace(name, recorded.sid)
        answer = wire.send(method, path, data={"Status": "stopped"} if method == "POST" else None)
        assert error(answer) in ((404, 20404), (405, 20004)), operation
