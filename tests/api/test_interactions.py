"""Interactions and messages from the application, through the official SDK."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from twilio.rest import Client
from twilio.rest.proxy.v1.service import ServiceInstance
from twilio.rest.proxy.v1.service.session import SessionInstance
from twilio.rest.proxy.v1.service.session.participant import ParticipantInstance

from maskline.model.interaction import Interaction
from tests.api.conftest import Refused
from tests.api.wire import Wire, error
from tests.support.server import RunningServer

pytestmark = pytest.mark.both_engines

SENT = {"queued", "sending", "sent", "delivered"}


@pytest.fixture
def session(stocked: ServiceInstance, person: Callable[[], str]) -> SessionInstance:
    """A session of two people."""
    return stocked.sessions.create(participants=[{"Identifier": person()} for _ in range(2)])


@pytest.fixture
def addressed(session: SessionInstance) -> ParticipantInstance:
    """One of them."""
    return session.participants.list()[0]


@pytest.mark.covers(
    "POST /proxy/v1/Services/{ServiceSid}/Sessions/{SessionSid}/Participants/{ParticipantSid}"
    "/MessageInteractions",
    "status:200",
    "param:Body",
    "field:sid",
    "field:session_sid",
    "field:service_sid",
    "field:account_sid",
    "field:data",
    "field:type",
    "field:participant_sid",
    "field:inbound_participant_sid",
    "field:inbound_resource_sid",
    "field:inbound_resource_status",
    "field:inbound_resource_type",
    "field:inbound_resource_url",
    "field:outbound_participant_sid",
    "field:outbound_resource_sid",
    "field:outbound_resource_status",
    "field:outbound_resource_type",
    "field:outbound_resource_url",
    "field:date_created",
    "field:date_updated",
    "field:url",
)
@pytest.mark.covers(
    "GET /proxy/v1/Services/{ServiceSid}/Sessions/{SessionSid}/Participants/{ParticipantSid}"
    "/MessageInteractions",
    "field:sid",
    "field:participant_sid",
    "field:meta.key",
)
@pytest.mark.covers(
    "GET /proxy/v1/Services/{ServiceSid}/Sessions/{SessionSid}/Participants/{ParticipantSid}"
    "/MessageInteractions/{Sid}",
    "status:200",
    "field:sid",
    "field:participant_sid",
)
def test_a_message_from_the_application(
    session: SessionInstance, addressed: ParticipantInstance, wire: Wire
) -> None:
    answer = addressed.message_interactions.create_with_http_info(body='Say "hi" · 你好')
    assert answer.status_code == 200
    sent = answer.data
    assert json.loads(sent.data) == {"body": 'Say "hi" · 你好'}
    assert sent.data.startswith('{"body":"')
    assert sent.type == "message"
    assert sent.sid.startswith("KI")
    assert (sent.session_sid, sent.service_sid) == (session.sid, session.service_sid)
    assert sent.account_sid == wire.account_sid
    assert sent.participant_sid == addressed.sid
    assert sent.outbound_participant_sid == addressed.sid
    assert sent.inbound_participant_sid is None
    assert sent.inbound_resource_sid is None
    assert sent.inbound_resource_status is None
    assert sent.inbound_resource_type is None
    assert sent.inbound_resource_url is None
    assert sent.outbound_resource_sid.startswith("SM")
    assert sent.outbound_resource_status in SENT
    assert sent.outbound_resource_type == "Message"
    assert sent.outbound_resource_url == (
        f"{wire.url}/api/2010-04-01/Accounts/{wire.account_sid}"
        f"/Messages/{sent.outbound_resource_sid}.json"
    )
    assert sent.url == f"{addressed.url}/MessageInteractions/{sent.sid}"
    assert [one.sid for one in addressed.message_interactions.list()] == [sent.sid]
    fetched = addressed.message_interactions(sent.sid).fetch()
    assert (fetched.sid, fetched.participant_sid) == (sent.sid, addressed.sid)
    assert wire.get(sent.outbound_resource_url).json()["body"] == 'Say "hi" · 你好'


@pytest.mark.covers(
    "POST /proxy/v1/Services/{ServiceSid}/Sessions/{SessionSid}/Participants/{ParticipantSid}"
    "/MessageInteractions",
    "param:MediaUrl",
)
def test_media_go_along(addressed: ParticipantInstance, client: Client) -> None:
    urls = ["https://example.com/a.png", "https://example.com/b.png"]
    sent = addressed.message_interactions.create(media_url=urls)
    assert sent.outbound_resource_sid.startswith("MM")
    assert json.loads(sent.data) == {"body": ""}
    message = client.messages(sent.outbound_resource_sid)
    assert message.fetch().num_media == "2"
    assert len(message.media.list()) == 2


@pytest.mark.covers(
    "POST /proxy/v1/Services/{ServiceSid}/Sessions/{SessionSid}/Participants/{ParticipantSid}"
    "/MessageInteractions",
    "code:21602",
    "code:21617",
    "code:21620",
    "code:21623",
    "code:80701",
    "code:20404",
)
def test_messages_that_are_refused(
    addressed: ParticipantInstance, session: SessionInstance, wire: Wire
) -> None:
    path = f"/proxy{addressed.url.split('/proxy')[1]}/MessageInteractions"
    media = "https://example.com/a.png"
    assert error(wire.post(path, {})) == (400, 21602)
    assert error(wire.post(path, {"Body": ""})) == (400, 21602)
    assert error(wire.post(path, {"Body": "x" * 1601})) == (400, 21617)
    assert error(wire.post(path, {"Body": "a\0b"})) == (400, 80701)
    assert error(wire.post(path, {"Body": ["a", "b"]})) == (400, 80701)
    for url in ("ftp://example.com/a", "a.png", "https://", "javascript:alert(1)", "http://a b/"):
        assert error(wire.post(path, {"MediaUrl": url})) == (400, 21620), url
    assert error(wire.post(path, {"MediaUrl": [media] * 11})) == (400, 21623)
    nobody = path.replace(addressed.sid, "KP" + "0" * 32)
    assert error(wire.post(nobody, {"Body": "x"})) == (404, 20404)
    assert session.interactions.list() == []


@pytest.mark.covers(
    "POST /proxy/v1/Services/{ServiceSid}/Sessions/{SessionSid}/Participants/{ParticipantSid}"
    "/MessageInteractions",
    "code:80607",
    "code:80610",
    "code:80910",
)
def test_sessions_that_take_no_message(
    stocked: ServiceInstance,
    session: SessionInstance,
    addressed: ParticipantInstance,
    person: Callable[[], str],
    refused: Refused,
) -> None:
    session.update(status="closed")
    assert refused(addressed.message_interactions.create, body="x") == 80607
    calls = stocked.sessions.create(mode="voice-only")
    one = calls.participants.create(identifier=person())
    assert refused(one.message_interactions.create, body="x") == 80910
    texts = stocked.sessions.create()
    gone = texts.participants.create(identifier=person())
    gone.delete()
    assert refused(gone.message_interactions.create, body="x") == 80610


@pytest.mark.covers(
    "GET /proxy/v1/Services/{ServiceSid}/Sessions/{SessionSid}/Interactions",
    "field:sid",
    "field:type",
    "field:meta.key",
)
@pytest.mark.covers(
    "GET /proxy/v1/Services/{ServiceSid}/Sessions/{SessionSid}/Interactions/{Sid}",
    "status:200",
    "field:sid",
    "field:session_sid",
    "field:service_sid",
    "field:account_sid",
    "field:data",
    "field:type",
    "field:inbound_participant_sid",
    "field:inbound_resource_sid",
    "field:inbound_resource_status",
    "field:inbound_resource_type",
    "field:inbound_resource_url",
    "field:outbound_participant_sid",
    "field:outbound_resource_sid",
    "field:outbound_resource_status",
    "field:outbound_resource_type",
    "field:outbound_resource_url",
    "field:date_created",
    "field:date_updated",
    "field:url",
    "code:20404",
)
@pytest.mark.covers(
    "DELETE /proxy/v1/Services/{ServiceSid}/Sessions/{SessionSid}/Interactions/{Sid}",
    "status:204",
    "code:20404",
)
@pytest.mark.covers(
    "GET /proxy/v1/Services/{ServiceSid}/Sessions/{SessionSid}/Participants/{ParticipantSid}"
    "/MessageInteractions/{Sid}",
    "code:20404",
)
def test_the_same_interaction_is_read_and_deleted_in_the_session(
    session: SessionInstance,
    addressed: ParticipantInstance,
    client: Client,
    refused: Refused,
) -> None:
    first = addressed.message_interactions.create(body="one")
    second = addressed.message_interactions.create(body="two")
    assert [one.sid for one in session.interactions.list()] == [second.sid, first.sid]
    found = session.interactions(first.sid).fetch()
    assert found.url == f"{session.url}/Interactions/{first.sid}"
    assert (found.type, found.data) == ("message", '{"body":"one"}')
    assert found.outbound_resource_url == first.outbound_resource_url
    other = session.participants.list()[1]
    assert refused(other.message_interactions(first.sid).fetch, http=404) == 20404
    assert found.delete() is True
    assert refused(found.fetch, http=404) == 20404
    assert refused(found.delete, http=404) == 20404
    assert refused(addressed.message_interactions(first.sid).fetch, http=404) == 20404
    assert [one.sid for one in session.interactions.list()] == [second.sid]
    assert client.messages(first.outbound_resource_sid).fetch().body == "one"


@pytest.mark.covers("GET /proxy/v1/Services/{ServiceSid}/Sessions/{SessionSid}/Interactions/{Sid}")
def test_a_call_and_a_message_with_both_halves(
    server: RunningServer, session: SessionInstance
) -> None:
    one, two = session.participants.list()
    rows: list[Any] = []
    for kind, prefix, status in (("voice", "CA", "completed"), ("message", "SM", "delivered")):
        rows.append(
            Interaction(
                sid=server.server.env.sids.new("KI"),
                account_sid=session.account_sid,
                service_sid=session.service_sid,
                session_sid=session.sid,
                type=kind,
                data='{"duration":"5"}' if kind == "voice" else '{"body":"x"}',
                num_media=0,
                inbound_participant_sid=one.sid,
                inbound_resource_sid=server.server.env.sids.new(prefix),
                inbound_resource_status="received" if kind == "message" else status,
                outbound_participant_sid=two.sid,
                outbound_resource_sid=server.server.env.sids.new(prefix),
                outbound_resource_status=status,
                date_created=1_700_000_000_999,
                date_updated=1_700_000_001_000,
            )
        )
    server.transact(lambda tx: tx.interactions.add_many(rows))
    call = session.interactions(rows[0].sid).fetch()
    assert (call.type, call.data) == ("voice", '{"duration":"5"}')
    assert (call.inbound_resource_type, call.outbound_resource_type) == ("Call", "Call")
    assert "/Calls/CA" in call.inbound_resource_url
    assert call.date_created.isoformat() == "2023-11-14T22:13:20+00:00"
    text = session.interactions(rows[1].sid).fetch()
    assert (text.inbound_resource_type, text.outbound_resource_type) == ("Message", "Message")
    assert (text.inbound_participant_sid, text.outbound_participant_sid) == (one.sid, two.sid)
    assert (text.inbound_resource_status, text.outbound_resource_status) == (
        "received",
        "delivered",
    )
    assert "/Messages/SM" in text.outbound_resource_url
    assert two.message_interactions.list() == []
