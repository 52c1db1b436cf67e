"""Messages that programs send from numbers of their own, through the official SDK."""

from __future__ import annotations

from typing import Any

import pytest
from twilio.rest import Client

from maskline.messaging.opt_outs import Sender, new_opt_out
from maskline.model.opt_out import OptOutSource
from tests.api.conftest import Refused
from tests.api.wire import Wire, error
from tests.support.server import RunningServer

pytestmark = pytest.mark.both_engines

TO = "+14155550100"
REFUSED = (
    "ApplicationSid",
    "ContentSid",
    "ContentVariables",
    "FallbackFrom",
    "MessagingServiceSid",
    "PersistentAction",
    "ScheduleType",
    "SendAt",
)
IGNORED = (
    "AddressRetention",
    "Attempt",
    "ContentRetention",
    "ForceDelivery",
    "MaxPrice",
    "ProvideFeedback",
    "RiskCheck",
    "SendAsMms",
    "ShortenUrls",
    "SmartEncoded",
    "TrafficType",
    "ValidityPeriod",
)


@pytest.mark.covers(
    "POST /api/2010-04-01/Accounts/{AccountSid}/Messages.json",
    "status:201",
    "param:To",
    "param:From",
    "param:Body",
    "param:MediaUrl",
    "param:StatusCallback",
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
    "field:subresource_uris",
    "code:21602",
    "code:21603",
    "code:21604",
    "code:21606",
    "code:21211",
    "code:21266",
    "code:21610",
    "code:21617",
    "code:21620",
    "code:21623",
)
def test_a_message_is_sent(client: Client, refused: Refused, server: RunningServer) -> None:
    number = client.incoming_phone_numbers.create(area_code="415").phone_number
    sent = client.messages.create(
        to=TO,
        from_=number,
        body="Hello",
        media_url=["https://a.example/p.png"],
        status_callback="https://a.example/status",
    )
    assert (sent.to, sent.from_, sent.body, sent.num_media) == (TO, number, "Hello", "1")
    assert (sent.direction, sent.status, sent.sid[:2]) == ("outbound-api", "queued", "MM")
    assert sent.account_sid == client.account_sid
    assert (sent.error_code, sent.error_message, sent.messaging_service_sid) == (None, None, None)
    assert (sent.price, sent.date_sent, sent.num_segments) == (None, None, "1")
    assert sent.api_version == "2010-04-01"
    assert sent.uri == client.messages(sent.sid).fetch().uri
    assert sent.date_created == sent.date_updated
    assert "media" in sent.subresource_uris
    create = client.messages.create
    for code, fields in (
        (21606, {"to": TO, "from_": "+14155559999", "body": "x"}),
        (21602, {"to": TO, "from_": number}),
        (21603, {"to": TO, "body": "x"}),
        (21604, {"to": "", "from_": number, "body": "x"}),
        (21211, {"to": "Bob", "from_": number, "body": "x"}),
        (21266, {"to": number, "from_": number, "body": "x"}),
        (21617, {"to": TO, "from_": number, "body": "x" * 1601}),
        (21620, {"to": TO, "from_": number, "media_url": ["ftp://a.example"]}),
        (21623, {"to": TO, "from_": number, "media_url": ["https://a.example/p.png"] * 11}),
    ):
        assert refused(create, **fields) == code
    server.transact(lambda tx: _opt_out(server, tx, number))
    assert refused(create, to=TO, from_=number, body="x") == 21610


@pytest.mark.covers(
    "POST /api/2010-04-01/Accounts/{AccountSid}/Messages.json",
    "param:ApplicationSid",
    "param:ContentSid",
    "param:ContentVariables",
    "param:FallbackFrom",
    "param:MessagingServiceSid",
    "param:PersistentAction",
    "param:ScheduleType",
    "param:SendAt",
    "param:AddressRetention",
    "param:Attempt",
    "param:ContentRetention",
    "param:ForceDelivery",
    "param:MaxPrice",
    "param:ProvideFeedback",
    "param:RiskCheck",
    "param:SendAsMms",
    "param:ShortenUrls",
    "param:SmartEncoded",
    "param:TrafficType",
    "param:ValidityPeriod",
    "code:20001",
)
def test_what_can_t_be_done_is_refused_and_what_tunes_a_carrier_is_not(wire: Wire) -> None:
    number = wire.post(wire.core("IncomingPhoneNumbers.json"), {"AreaCode": "415"})
    form = {"To": TO, "From": number.json()["phone_number"], "Body": "x"}
    path = wire.core("Messages.json")
    for name in REFUSED:
        assert error(wire.post(path, form | {name: "x"})) == (400, 20001)
    sent = wire.post(path, form | dict.fromkeys(IGNORED, "x"))
    assert sent.status_code == 201


async def _opt_out(server: RunningServer, tx: Any, number: str) -> None:
    held = await tx.numbers.by_number(number)
    sender = Sender(server.account_sid, number, held)
    await tx.opt_outs.add(new_opt_out(server.server.env, sender, TO, OptOutSource.API, "others"))
