"""Participants, through the official SDK."""

from __future__ import annotations

import datetime
from collections.abc import Callable

import pytest
from twilio.base.exceptions import TwilioException
from twilio.rest import Client
from twilio.rest.proxy.v1.service import ServiceInstance

from maskline.model.number import Capability
from tests.api.conftest import Refused, add_number
from tests.api.wire import Wire, error, unique
from tests.support.server import RunningServer

pytestmark = pytest.mark.both_engines


@pytest.mark.covers(
    "POST /proxy/v1/Services/{ServiceSid}/Sessions/{SessionSid}/Participants",
    "status:201",
    "param:Identifier",
    "param:FriendlyName",
    "field:sid",
    "field:session_sid",
    "field:service_sid",
    "field:account_sid",
    "field:friendly_name",
    "field:identifier",
    "field:proxy_identifier",
    "field:proxy_identifier_sid",
    "field:date_deleted",
    "field:date_created",
    "field:date_updated",
    "field:url",
    "field:links.message_interactions",
)
def test_create(stocked: ServiceInstance, wire: Wire, person: Callable[[], str]) -> None:
    session, someone = stocked.sessions.create(), person()
    made = session.participants.create(identifier=someone, friendly_name="A person")
    pool = {number.sid: number.phone_number for number in stocked.phone_numbers.list()}
    url = f"{session.url}/Participants/{made.sid}"
    assert made.sid.startswith("KP")
    assert made.session_sid == session.sid
    assert made.service_sid == stocked.sid
    assert made.account_sid == wire.account_sid
    assert made.identifier == someone
    assert made.friendly_name == "A person"
    assert pool[made.proxy_identifier_sid] == made.proxy_identifier
    assert made.date_deleted is None
    assert isinstance(made.date_created, datetime.datetime)
    assert made.date_updated == made.date_created
    assert made.url == url
    assert made.links == {"message_interactions": f"{url}/MessageInteractions"}


@pytest.mark.covers("POST /proxy/v1/Services/{ServiceSid}/Sessions/{SessionSid}/Participants")
def test_two_that_are_added_one_by_one_have_two_numbers(
    stocked: ServiceInstance, person: Callable[[], str]
) -> None:
    session = stocked.sessions.create()
    one = session.participants.create(identifier=person())
    two = session.participants.create(identifier=person())
    assert one.proxy_identifier != two.proxy_identifier
    assert session.fetch().status == "open"


@pytest.mark.covers(
    "POST /proxy/v1/Services/{ServiceSid}/Sessions/{SessionSid}/Participants",
    "param:ProxyIdentifier",
    "param:ProxyIdentifierSid",
    "code:80604",
    "code:80605",
    "code:80606",
    "code:80402",
)
def test_a_number_of_the_callers_choice(
    client: Client,
    stocked: ServiceInstance,
    number: Callable[[], str],
    person: Callable[[], str],
    refused: Refused,
) -> None:
    session = stocked.sessions.create()
    first, second = stocked.phone_numbers.list()
    someone = person()
    made = session.participants.create(identifier=someone, proxy_identifier=second.phone_number)
    assert made.proxy_identifier_sid == second.sid
    same = session.participants.create(identifier=person(), proxy_identifier_sid=second.sid)
    assert same.proxy_identifier == second.phone_number
    create = stocked.sessions.create().participants.create
    assert refused(create, identifier=someone, proxy_identifier=second.phone_number) == 80604
    outside = client.incoming_phone_numbers.create(phone_number=number())
    assert refused(create, identifier=person(), proxy_identifier_sid=outside.sid) == 80605
    assert refused(create, identifier=person(), proxy_identifier="+14159990000") == 80606
    assert (
        refused(
            create,
            identifier=person(),
            proxy_identifier=first.phone_number,
            proxy_identifier_sid=second.sid,
        )
        == 80402
    )


@pytest.mark.covers(
    "POST /proxy/v1/Services/{ServiceSid}/Sessions/{SessionSid}/Participants",
    "code:80103",
    "code:80609",
)
def test_two_people_and_no_more(
    stocked: ServiceInstance, person: Callable[[], str], refused: Refused
) -> None:
    session, someone = stocked.sessions.create(), person()
    session.participants.create(identifier=someone)
    assert refused(session.participants.create, identifier=someone) == 80103
    session.participants.create(identifier=person())
    assert refused(session.participants.create, identifier=person()) == 80609


@pytest.mark.covers(
    "POST /proxy/v1/Services/{ServiceSid}/Sessions/{SessionSid}/Participants", "code:80404"
)
@pytest.mark.parametrize(
    "identifier",
    ["+15551234567", "14155551234", "+1", "+", "banana", "+1415555123x", "+0123456789"],
)
def test_identifiers_that_are_no_number(
    stocked: ServiceInstance, refused: Refused, identifier: str
) -> None:
    session = stocked.sessions.create()
    assert refused(session.participants.create, identifier=identifier) == 80404
    assert session.participants.list() == []


@pytest.mark.covers(
    "POST /proxy/v1/Services/{ServiceSid}/Sessions/{SessionSid}/Participants", "code:80203"
)
def test_an_argentine_mobile_number_is_a_number(stocked: ServiceInstance, refused: Refused) -> None:
    session = stocked.sessions.create()
    number = stocked.phone_numbers.list()[0]
    assert refused(session.participants.create, identifier="+542231234567") == 80203
    made = session.participants.create(identifier="+542231234567", proxy_identifier_sid=number.sid)
    assert made.identifier == "+542231234567"


@pytest.mark.covers(
    "POST /proxy/v1/Services/{ServiceSid}/Sessions/{SessionSid}/Participants",
    "code:80304",
    "code:80305",
    "code:80616",
)
def test_identifiers_of_other_channels(stocked: ServiceInstance, refused: Refused) -> None:
    session = stocked.sessions.create()
    assert refused(session.participants.create, identifier="messenger:123456") == 80616
    create = stocked.sessions.create(mode="message-only").participants.create
    assert refused(create, identifier="messenger:123456", http=404) == 80304
    assert (
        refused(create, identifier="messenger:1", proxy_identifier_sid="PN" + "0" * 32, http=404)
        == 80305
    )


@pytest.mark.covers(
    "POST /proxy/v1/Services/{ServiceSid}/Sessions/{SessionSid}/Participants",
    "code:80205",
    "code:80206",
    "code:80207",
    "code:80208",
)
def test_why_there_is_no_number(
    client: Client, number: Callable[[], str], person: Callable[[], str], refused: Refused
) -> None:
    service = client.proxy.v1.services.create(unique_name=unique())

    def code() -> int:
        return refused(service.sessions.create().participants.create, identifier=person())

    assert code() == 80205
    bought = client.incoming_phone_numbers.create(phone_number=number())
    held = service.phone_numbers.create(sid=bought.sid, is_reserved=True)
    assert code() == 80207
    held.update(is_reserved=False)
    service.update(geo_match_level="area-code")
    assert code() == 80206
    service.update(geo_match_level="country")
    someone = person()
    service.sessions.create().participants.create(identifier=someone)
    create = service.sessions.create().participants.create
    assert refused(create, identifier=someone) == 80208


@pytest.mark.covers(
    "POST /proxy/v1/Services/{ServiceSid}/Sessions/{SessionSid}/Participants",
    "code:80201",
    "code:80202",
)
def test_a_number_must_carry_what_the_mode_does(
    server: RunningServer,
    service: ServiceInstance,
    number: Callable[[], str],
    person: Callable[[], str],
    refused: Refused,
) -> None:
    service.phone_numbers.create(sid=add_number(server, number(), Capability.SMS))
    calls = service.sessions.create(mode="voice-only")
    assert refused(calls.participants.create, identifier=person()) == 80201
    both = service.sessions.create()
    assert refused(both.participants.create, identifier=person()) == 80201
    texts = service.sessions.create(mode="message-only")
    assert texts.participants.create(identifier=person()).proxy_identifier
    service.phone_numbers.create(sid=add_number(server, number(), Capability.VOICE))
    assert refused(both.participants.create, identifier=person()) == 80202
    assert calls.participants.create(identifier=person()).proxy_identifier


@pytest.mark.covers(
    "POST /proxy/v1/Services/{ServiceSid}/Sessions/{SessionSid}/Participants",
    "code:80607",
    "code:80701",
)
def test_a_closed_session_takes_nobody(
    stocked: ServiceInstance, person: Callable[[], str], refused: Refused, wire: Wire
) -> None:
    session = stocked.sessions.create()
    path = f"/proxy/v1/Services/{stocked.sid}/Sessions/{session.sid}/Participants"
    assert error(wire.post(path, {})) == (400, 80701)
    assert error(wire.post(path, {"FailOnParticipantConflict": "maybe"})) == (400, 80701)
    session.update(status="closed")
    assert refused(session.participants.create, identifier=person()) == 80607


@pytest.mark.covers(
    "POST /proxy/v1/Services/{ServiceSid}/Sessions/{SessionSid}/Participants",
    "param:FailOnParticipantConflict",
    "status:201",
)
def test_the_conflict_parameter_is_read(
    wire: Wire, stocked: ServiceInstance, person: Callable[[], str]
) -> None:
    session = stocked.sessions.create()
    path = f"/proxy/v1/Services/{stocked.sid}/Sessions/{session.sid}/Participants"
    form = {"Identifier": person(), "FailOnParticipantConflict": "true"}
    assert wire.post(path, form).status_code == 201


@pytest.mark.covers(
    "GET /proxy/v1/Services/{ServiceSid}/Sessions/{SessionSid}/Participants/{Sid}",
    "status:200",
    "field:identifier",
    "field:date_deleted",
    "code:20404",
)
@pytest.mark.covers(
    "DELETE /proxy/v1/Services/{ServiceSid}/Sessions/{SessionSid}/Participants/{Sid}",
    "status:200",
    "field:sid",
    "field:date_deleted",
    "code:20404",
)
@pytest.mark.covers(
    "POST /proxy/v1/Services/{ServiceSid}/Sessions/{SessionSid}/Participants", "code:80612"
)
def test_one_who_is_removed_stays_on_record_and_stays_away(
    stocked: ServiceInstance, person: Callable[[], str], refused: Refused
) -> None:
    session, someone = stocked.sessions.create(), person()
    made = session.participants.create(identifier=someone)
    assert session.participants(made.sid).fetch().identifier == someone
    answer = made.delete_with_http_info()
    assert answer.status_code == 200
    assert answer.data["sid"] == made.sid
    assert answer.data["date_deleted"] is not None
    fetched = session.participants(made.sid).fetch()
    assert isinstance(fetched.date_deleted, datetime.datetime)
    assert [one.sid for one in session.participants.list()] == [made.sid]
    assert refused(made.delete, http=404) == 20404
    assert refused(session.participants.create, identifier=someone) == 80612
    assert session.participants.create(identifier=person()).date_deleted is None
    assert refused(session.participants("KP" + "0" * 32).fetch, http=404) == 20404


@pytest.mark.covers(
    "GET /proxy/v1/Services/{ServiceSid}/Sessions/{SessionSid}/Participants",
    "field:sid",
    "field:identifier",
    "field:proxy_identifier",
    "field:meta.key",
)
def test_list(stocked: ServiceInstance, person: Callable[[], str]) -> None:
    session = stocked.sessions.create()
    made = [session.participants.create(identifier=person()).sid for _ in range(2)]
    assert [one.sid for one in session.participants.list()] == made[::-1]
    assert [one.sid for one in session.participants.stream(limit=1)] == made[1:]


def test_a_session_of_another_service_is_not_found(
    client: Client, stocked: ServiceInstance, person: Callable[[], str], refused: Refused
) -> None:
    session = stocked.sessions.create()
    made = session.participants.create(identifier=person())
    second = client.proxy.v1.services.create(unique_name=unique())
    strange = second.sessions(session.sid)
    assert refused(strange.fetch, http=404) == 20404
    assert refused(strange.participants(made.sid).fetch, http=404) == 20404
    assert refused(strange.participants.create, identifier=person(), http=404) == 20404
    with pytest.raises(TwilioException, match="Unable to fetch page"):
        strange.participants.list()
