"""Messages, their media, and calls, through the official SDK."""

from __future__ import annotations

import datetime

import msgspec
import pytest
from twilio.rest import Client

from maskline.model.call import Call
from maskline.model.message import Message
from tests.api.conftest import Refused
from tests.api.records import DAY, NOON
from tests.api.wire import Wire, error
from tests.support.server import RunningServer

pytestmark = pytest.mark.both_engines

UTC = datetime.UTC


def day(offset: int) -> datetime.date:
    return datetime.datetime.fromtimestamp((NOON + offset * DAY) / 1000, UTC).date()


@pytest.mark.covers(
    "GET /api/2010-04-01/Accounts/{AccountSid}/Messages/{Sid}.json",
    "status:200",
    "field:sid",
    "field:account_sid",
    "field:messaging_service_sid",
    "field:from",
    "field:to",
    "field:body",
    "field:num_media",
    "field:num_segments",
    "field:direction",
    "field:status",
    "field:error_code",
    "field:error_message",
    "field:price",
    "field:price_unit",
    "field:api_version",
    "field:date_created",
    "field:date_sent",
    "field:date_updated",
    "field:uri",
    "field:subresource_uris.media",
    "code:20404",
)
@pytest.mark.covers(
    "DELETE /api/2010-04-01/Accounts/{AccountSid}/Messages/{Sid}.json", "status:204", "code:20404"
)
def test_fetch_and_delete_a_message(client: Client, message: Message, refused: Refused) -> None:
    one = client.messages(message.sid)
    found = one.fetch()
    assert found.from_ == message.sender
    assert found.to == message.recipient
    assert (found.body, found.direction, found.status) == ("Hello", "inbound", "received")
    assert (found.num_media, found.num_segments) == ("2", "1")
    assert found.error_code is None
    assert found.error_message is None
    assert found.date_sent == datetime.datetime.fromtimestamp(NOON / 1000, UTC)
    assert found.uri == f"/2010-04-01/Accounts/{found.account_sid}/Messages/{found.sid}.json"
    assert found.subresource_uris == {"media": found.uri.replace(".json", "/Media.json")}
    assert one.delete() is True
    assert refused(one.fetch, http=404) == 20404
    assert refused(one.delete, http=404) == 20404


@pytest.mark.covers("GET /api/2010-04-01/Accounts/{AccountSid}/Messages/{Sid}.json", "status:200")
@pytest.mark.parametrize(
    ("code", "text"), [(21610, "The recipient has unsubscribed from this sender"), (39_999, None)]
)
def test_a_failed_message_says_why(
    server: RunningServer, client: Client, message: Message, code: int, text: str | None
) -> None:
    failed = msgspec.structs.replace(
        message, sid=server.server.env.sids.new("SM"), status="failed", error_code=code
    )
    server.transact(lambda tx: tx.messages.add_many([failed]))
    found = client.messages(failed.sid).fetch()
    assert (found.error_code, found.error_message) == (code, text)


@pytest.mark.covers(
    "GET /api/2010-04-01/Accounts/{AccountSid}/Messages.json",
    "status:200",
    "param:To",
    "param:From",
    "param:DateSent",
    "param:DateSent<",
    "param:DateSent>",
    "field:sid",
    "field:first_page_uri",
    "field:next_page_uri",
    "field:previous_page_uri",
    "field:uri",
    "field:page",
    "field:page_size",
    "field:start",
    "field:end",
    "code:20001",
)
def test_list_messages_with_filters(
    client: Client, server: RunningServer, message: Message, wire: Wire
) -> None:
    later = msgspec.structs.replace(
        message, sid=server.server.env.sids.new("MM"), date_created=NOON + 2 * DAY
    )
    server.transact(lambda tx: tx.messages.add_many([later]))

    def found(**filters: object) -> list[str]:
        return [one.sid for one in client.messages.list(to=message.recipient, **filters)]

    both = [later.sid, message.sid]
    assert found() == both
    assert found(from_=message.sender) == both
    assert found(from_="+14150000000") == []
    assert found(date_sent=day(0)) == [message.sid]
    assert found(date_sent=day(1)) == []
    assert found(date_sent_after=day(1)) == [later.sid]
    assert found(date_sent_before=day(1)) == [message.sid]
    assert found(date_sent_after=day(0), date_sent_before=day(3)) == both
    assert found(date_sent_after=day(3)) == []
    exact = datetime.datetime.fromtimestamp(NOON / 1000, UTC)
    assert found(date_sent_after=exact, date_sent_before=exact) == [message.sid]
    assert found(date_sent_after=exact + datetime.timedelta(seconds=1), date_sent=day(0)) == []
    path = wire.core("Messages.json")
    page = wire.get(path, To=message.recipient, **{"DateSent>": "2020-01-01", "PageSize": "1"})
    body = page.json()
    assert (body["page"], body["page_size"], body["start"], body["end"]) == (0, 1, 0, 0)
    assert "DateSent%3E=2020-01-01" in body["next_page_uri"]
    second = wire.get(f"/api{body['next_page_uri']}").json()
    assert [one["sid"] for one in second["messages"]] == [message.sid]
    assert (second["start"], second["end"]) == (1, 1)
    assert error(wire.get(path, DateSent="yesterday")) == (400, 20001)
    assert error(wire.get(path, To="x" * 256)) == (400, 20001)


@pytest.mark.covers(
    "GET /api/2010-04-01/Accounts/{AccountSid}/Messages/{MessageSid}/Media.json",
    "status:200",
    "param:DateCreated",
    "param:DateCreated<",
    "param:DateCreated>",
    "param:PageSize",
    "field:sid",
    "field:first_page_uri",
    "code:20404",
)
@pytest.mark.covers(
    "GET /api/2010-04-01/Accounts/{AccountSid}/Messages/{MessageSid}/Media/{Sid}.json",
    "status:200",
    "field:sid",
    "field:account_sid",
    "field:parent_sid",
    "field:content_type",
    "field:date_created",
    "field:date_updated",
    "field:uri",
    "code:20404",
)
@pytest.mark.covers(
    "GET /api/2010-04-01/Accounts/{AccountSid}/Messages/{MessageSid}/Media/{Sid}", "status:307"
)
@pytest.mark.covers(
    "DELETE /api/2010-04-01/Accounts/{AccountSid}/Messages/{MessageSid}/Media/{Sid}.json",
    "status:204",
    "code:20404",
)
def test_media(client: Client, message: Message, wire: Wire, refused: Refused) -> None:
    media = client.messages(message.sid).media
    first, second = media.list()
    assert first.parent_sid == message.sid
    assert first.content_type == "image/png"
    assert [one.sid for one in media.list(page_size=1)] == [first.sid, second.sid]
    page = media.page(page_size=1)
    assert [one.sid for one in page.next_page()] == [second.sid]
    assert [one.sid for one in page.next_page().previous_page()] == [first.sid]
    assert len(media.list(date_created=day(0))) == 2
    assert media.list(date_created_after=day(1)) == []
    assert media.list(date_created_before=day(0)) == []
    fetched = media(first.sid).fetch()
    assert fetched.uri == (
        f"/2010-04-01/Accounts/{message.account_sid}/Messages/{message.sid}/Media/{first.sid}.json"
    )
    bytes_at = wire.get(f"/api{fetched.uri}".removesuffix(".json"))
    assert (bytes_at.status_code, bytes_at.headers["Location"]) == (
        307,
        "https://example.com/0.png",
    )
    assert media(first.sid).delete() is True
    assert refused(media(first.sid).fetch, http=404) == 20404
    assert refused(media(first.sid).delete, http=404) == 20404
    assert [one.sid for one in media.list()] == [second.sid]
    nobody = wire.core(f"Messages/MM{'0' * 32}/Media.json")
    assert error(wire.get(nobody)) == (404, 20404)


@pytest.mark.covers(
    "GET /api/2010-04-01/Accounts/{AccountSid}/Calls/{Sid}.json",
    "status:200",
    "field:sid",
    "field:parent_call_sid",
    "field:account_sid",
    "field:phone_number_sid",
    "field:from",
    "field:from_formatted",
    "field:to",
    "field:to_formatted",
    "field:direction",
    "field:status",
    "field:start_time",
    "field:end_time",
    "field:duration",
    "field:price",
    "field:price_unit",
    "field:answered_by",
    "field:caller_name",
    "field:forwarded_from",
    "field:group_sid",
    "field:trunk_sid",
    "field:queue_time",
    "field:api_version",
    "field:date_created",
    "field:date_updated",
    "field:uri",
    "field:subresource_uris",
    "code:20404",
)
@pytest.mark.covers(
    "DELETE /api/2010-04-01/Accounts/{AccountSid}/Calls/{Sid}.json", "status:204", "code:20404"
)
def test_fetch_and_delete_a_call(client: Client, call: Call, refused: Refused) -> None:
    one = client.calls(call.sid)
    found = one.fetch()
    assert (found._from, found.to) == (call.caller, call.called)
    assert found.from_formatted.startswith("(202) 456-")
    assert (found.status, found.direction, found.duration) == ("completed", "inbound", "5")
    assert found.start_time == datetime.datetime.fromtimestamp(NOON / 1000, UTC)
    assert found.end_time - found.start_time == datetime.timedelta(seconds=5)
    assert found.uri == f"/2010-04-01/Accounts/{call.account_sid}/Calls/{call.sid}.json"
    assert one.delete() is True
    assert refused(one.fetch, http=404) == 20404
    assert refused(one.delete, http=404) == 20404


@pytest.mark.covers(
    "GET /api/2010-04-01/Accounts/{AccountSid}/Calls.json",
    "status:200",
    "param:To",
    "param:From",
    "param:Status",
    "param:ParentCallSid",
    "param:StartTime",
    "param:StartTime<",
    "param:StartTime>",
    "param:EndTime",
    "param:EndTime<",
    "param:EndTime>",
    "field:sid",
    "field:first_page_uri",
    "code:20001",
)
def test_list_calls_with_filters(
    client: Client, server: RunningServer, call: Call, wire: Wire
) -> None:
    child = msgspec.structs.replace(
        call,
        sid=server.server.env.sids.new("CA"),
        parent_call_sid=call.sid,
        status="initiated",
        start_time=None,
        end_time=None,
        duration=None,
    )
    server.transact(lambda tx: tx.calls.add_many([child]))

    def found(**filters: object) -> list[str]:
        return [one.sid for one in client.calls.list(to=call.called, **filters)]

    assert found() == [child.sid, call.sid]
    assert found(from_=call.caller) == [child.sid, call.sid]
    assert found(from_="+14150000000") == []
    assert found(status="completed") == [call.sid]
    assert found(parent_call_sid=call.sid) == [child.sid]
    assert client.calls(child.sid).fetch().status == "queued"
    start = datetime.datetime.fromtimestamp(NOON / 1000, UTC)
    minute = datetime.timedelta(minutes=1)
    assert found(start_time=start) == [call.sid]
    assert found(start_time_after=start) == [call.sid]
    assert found(start_time_after=start + minute) == []
    assert found(start_time_before=start) == [call.sid]
    assert found(start_time_before=start - minute) == []
    assert found(end_time=day(0)) == [call.sid]
    assert found(end_time=day(1)) == []
    assert found(end_time_after=start, end_time_before=start + minute) == [call.sid]
    assert found(end_time_before=start) == []
    path = wire.core("Calls.json")
    assert error(wire.get(path, StartTime="soon")) == (400, 20001)
    assert error(wire.get(path, Status="sleeping")) == (400, 20001)
