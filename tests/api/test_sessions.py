"""Sessions, through the official SDK."""

from __future__ import annotations

import datetime
from collections.abc import Callable

import pytest
from twilio.rest import Client
from twilio.rest.proxy.v1.service import ServiceInstance

from tests.api.conftest import Refused
from tests.api.wire import Wire, error, unique

pytestmark = pytest.mark.both_engines


@pytest.mark.covers(
    "POST /proxy/v1/Services/{ServiceSid}/Sessions",
    "status:201",
    "param:UniqueName",
    "param:DateExpiry",
    "param:Ttl",
    "param:Mode",
    "param:Status",
    "field:sid",
    "field:service_sid",
    "field:account_sid",
    "field:date_started",
    "field:date_ended",
    "field:date_last_interaction",
    "field:date_expiry",
    "field:unique_name",
    "field:status",
    "field:closed_reason",
    "field:ttl",
    "field:mode",
    "field:date_created",
    "field:date_updated",
    "field:url",
    "field:links.interactions",
    "field:links.participants",
)
def test_create_with_everything(client: Client, service: ServiceInstance, wire: Wire) -> None:
    name = unique()
    session = service.sessions.create(
        unique_name=name,
        date_expiry=datetime.datetime(2090, 7, 30, 20, 0, 0, tzinfo=datetime.UTC),
        ttl=600,
        mode="message-only",
        status="open",
    )
    url = f"{wire.url}/proxy/v1/Services/{service.sid}/Sessions/{session.sid}"
    assert session.sid.startswith("KC")
    assert session.service_sid == service.sid
    assert session.account_sid == wire.account_sid
    assert session.unique_name == name
    assert session.date_expiry == datetime.datetime(2090, 7, 30, 20, tzinfo=datetime.UTC)
    assert session.ttl == 600
    assert session.mode == "message-only"
    assert session.status == "open"
    assert session.closed_reason is None
    assert session.date_started is None
    assert session.date_ended is None
    assert session.date_last_interaction is None
    assert session.date_created == session.date_updated
    assert session.url == url
    assert session.links == {
        "interactions": f"{url}/Interactions",
        "participants": f"{url}/Participants",
    }


@pytest.mark.covers("POST /proxy/v1/Services/{ServiceSid}/Sessions", "status:201")
def test_create_with_nothing_has_the_defaults(service: ServiceInstance) -> None:
    session = service.sessions.create()
    assert session.unique_name is None
    assert (session.status, session.mode, session.ttl) == ("open", "voice-and-message", 0)
    assert session.date_expiry is None
    assert service.sessions.create().sid != session.sid


@pytest.mark.covers("POST /proxy/v1/Services/{ServiceSid}/Sessions", "param:Ttl", "field:ttl")
def test_a_ttl_shows_no_expiry(service: ServiceInstance) -> None:
    session = service.sessions.create(ttl=600)
    assert (session.ttl, session.date_expiry) == (600, None)


@pytest.mark.covers("POST /proxy/v1/Services/{ServiceSid}/Sessions", "param:Participants")
def test_create_with_two_participants_gives_both_the_same_number(
    stocked: ServiceInstance, person: Callable[[], str]
) -> None:
    one, two = person(), person()
    session = stocked.sessions.create(
        participants=[{"Identifier": one, "FriendlyName": "One"}, {"Identifier": two}]
    )
    people = {p.identifier: p for p in session.participants.list()}
    assert set(people) == {one, two}
    assert people[one].friendly_name == "One"
    assert people[one].proxy_identifier == people[two].proxy_identifier
    assert session.status == "open"
    assert session.date_started is None


@pytest.mark.covers("POST /proxy/v1/Services/{ServiceSid}/Sessions", "param:Participants")
def test_the_keys_of_a_participant_may_have_any_case(
    stocked: ServiceInstance, person: Callable[[], str]
) -> None:
    number = stocked.phone_numbers.list()[0]
    one, two = person(), person()
    session = stocked.sessions.create(
        participants=[
            {"identifier": one, "proxy_identifier": number.phone_number},
            {"IDENTIFIER": two, "proxyIdentifierSid": number.sid},
        ]
    )
    assert {p.proxy_identifier_sid for p in session.participants.list()} == {number.sid}


@pytest.mark.covers(
    "POST /proxy/v1/Services/{ServiceSid}/Sessions",
    "param:Participants",
    "code:80103",
    "code:80205",
    "code:80404",
    "code:80604",
    "code:80605",
    "code:80606",
    "code:80609",
    "code:80701",
)
def test_a_participant_that_fails_leaves_no_session(
    client: Client, stocked: ServiceInstance, person: Callable[[], str], refused: Refused
) -> None:
    empty = client.proxy.v1.services.create(unique_name=unique())
    good, twin = {"Identifier": person()}, {"Identifier": person()}
    used = stocked.phone_numbers.list()[0]
    busy = person()
    stocked.sessions.create(participants=[{"Identifier": busy, "ProxyIdentifierSid": used.sid}])
    before = [one.sid for one in stocked.sessions.list()]
    numbers = {one.sid: one.in_use for one in stocked.phone_numbers.list()}
    for code, people in (
        (80103, [good, good]),
        (80404, [good, {"Identifier": "+15551234567"}]),
        (80604, [good, {"Identifier": busy, "ProxyIdentifier": used.phone_number}]),
        (80606, [good, {"Identifier": person(), "ProxyIdentifier": "+14159990000"}]),
        (80609, [good, twin, {"Identifier": person()}]),
        (80701, [good, {"FriendlyName": "nobody"}]),
    ):
        name = unique()
        create = stocked.sessions.create
        assert refused(create, unique_name=name, participants=people) == code
        assert refused(stocked.sessions(name).fetch, http=404) == 20404
    assert [one.sid for one in stocked.sessions.list()] == before
    assert {one.sid: one.in_use for one in stocked.phone_numbers.list()} == numbers
    create = empty.sessions.create
    assert refused(create, participants=[good, twin]) == 80205
    elsewhere = {"Identifier": person(), "ProxyIdentifierSid": used.sid}
    assert refused(create, participants=[twin, elsewhere]) == 80605
    assert empty.sessions.list() == []


@pytest.mark.covers("POST /proxy/v1/Services/{ServiceSid}/Sessions", "code:80701")
@pytest.mark.parametrize(
    "text",
    [
        "",
        "+14155551234",
        "[]",
        "{",
        '{"Identifier": 7}',
        '"x"',
        "null",
        '{"Identifier"}',
        "[" * 9999,
    ],
)
def test_participants_must_be_objects(wire: Wire, stocked: ServiceInstance, text: str) -> None:
    path = f"/proxy/v1/Services/{stocked.sid}/Sessions"
    answer = wire.post(path, {"Participants": text or "{}"})
    assert error(answer) == (400, 80701)
    assert wire.get(path).json()["sessions"] == []


@pytest.mark.covers("POST /proxy/v1/Services/{ServiceSid}/Sessions", "code:80603")
@pytest.mark.covers("says:names.session")
def test_a_name_is_taken_until_its_session_is_deleted(
    service: ServiceInstance, refused: Refused
) -> None:
    name = unique()
    session = service.sessions.create(unique_name=name)
    assert refused(service.sessions.create, unique_name=name) == 80603
    session.update(status="closed")
    assert refused(service.sessions.create, unique_name=name) == 80603
    session.delete()
    assert service.sessions.create(unique_name=name).sid != session.sid


@pytest.mark.covers("POST /proxy/v1/Services/{ServiceSid}/Sessions", "param:UniqueName")
def test_two_services_may_use_the_same_name(client: Client, service: ServiceInstance) -> None:
    name = unique()
    second = client.proxy.v1.services.create(unique_name=unique())
    one = service.sessions.create(unique_name=name)
    two = second.sessions.create(unique_name=name)
    assert service.sessions(name).fetch().sid == one.sid
    assert second.sessions(name).fetch().sid == two.sid


@pytest.mark.covers(
    "POST /proxy/v1/Services/{ServiceSid}/Sessions", "param:Status", "code:80608", "code:80701"
)
def test_a_session_begins_active(service: ServiceInstance, refused: Refused) -> None:
    create = service.sessions.create
    assert create(status="in-progress").status == "in-progress"
    for status in ("closed", "failed", "unknown"):
        assert refused(create, status=status) == 80608
    assert refused(create, status="completed") == 80701


@pytest.mark.covers(
    "POST /proxy/v1/Services/{ServiceSid}/Sessions", "param:DateExpiry", "code:80701"
)
def test_the_forms_of_a_date(wire: Wire, service: ServiceInstance) -> None:
    path = f"/proxy/v1/Services/{service.sid}/Sessions"
    for sent, shown in (
        ("2090-07-30", "2090-07-30T00:00:00Z"),
        ("2090-07-30T20:00:00Z", "2090-07-30T20:00:00Z"),
        ("2090-07-30T20:00:00+02:00", "2090-07-30T18:00:00Z"),
        ("2090-07-30T20:00:00.750Z", "2090-07-30T20:00:00Z"),
    ):
        answer = wire.post(path, {"DateExpiry": sent})
        assert answer.status_code == 201
        assert answer.json()["date_expiry"] == shown
    for wrong in ("2016-07-31", "2009-01-01T00:00:00Z", "tomorrow", "2090-13-01", "1e9"):
        assert error(wire.post(path, {"DateExpiry": wrong})) == (400, 80701)


@pytest.mark.covers(
    "POST /proxy/v1/Services/{ServiceSid}/Sessions", "param:FailOnParticipantConflict", "code:80701"
)
@pytest.mark.covers(
    "POST /proxy/v1/Services/{ServiceSid}/Sessions/{Sid}", "param:FailOnParticipantConflict"
)
def test_the_conflict_parameter_is_read(wire: Wire, service: ServiceInstance) -> None:
    path = f"/proxy/v1/Services/{service.sid}/Sessions"
    made = wire.post(path, {"FailOnParticipantConflict": "true"})
    assert made.status_code == 201
    changed = wire.post(f"{path}/{made.json()['sid']}", {"FailOnParticipantConflict": "false"})
    assert changed.status_code == 200
    assert error(wire.post(path, {"FailOnParticipantConflict": "yes"})) == (400, 80701)


@pytest.mark.covers("GET /proxy/v1/Services/{ServiceSid}/Sessions/{Sid}", "status:200", "field:sid")
@pytest.mark.covers("GET /proxy/v1/Services/{ServiceSid}/Sessions/{Sid}", "code:20404")
def test_fetch_by_sid_and_by_name(service: ServiceInstance, refused: Refused) -> None:
    name = f"Order 1234 {unique()}"
    session = service.sessions.create(unique_name=name)
    for key in (session.sid, name):
        assert service.sessions(key).fetch().sid == session.sid
    assert refused(service.sessions("nobody").fetch, http=404) == 20404
    assert refused(service.sessions("KC" + "0" * 32).fetch, http=404) == 20404


@pytest.mark.covers(
    "POST /proxy/v1/Services/{ServiceSid}/Sessions/{Sid}",
    "status:200",
    "param:DateExpiry",
    "param:Ttl",
    "param:Status",
    "field:status",
    "field:closed_reason",
    "field:date_ended",
    "field:date_expiry",
    "field:ttl",
)
def test_update_close_and_reopen(stocked: ServiceInstance, person: Callable[[], str]) -> None:
    session = stocked.sessions.create(
        participants=[{"Identifier": person()}, {"Identifier": person()}]
    )
    before = {p.sid: p.proxy_identifier for p in session.participants.list()}
    later = datetime.datetime(2091, 1, 2, 3, 4, 5, tzinfo=datetime.UTC)
    changed = session.update(ttl=99, date_expiry=later)
    assert (changed.ttl, changed.date_expiry, changed.status) == (99, later, "open")
    closed = session.update(status="closed")
    assert (closed.status, closed.closed_reason) == ("closed", "api")
    assert closed.date_ended is not None
    assert closed.date_started is None
    assert session.update(status="closed").date_ended == closed.date_ended
    opened = session.update(status="in-progress")
    assert (opened.status, opened.closed_reason, opened.date_ended) == ("in-progress", None, None)
    assert opened.date_expiry == later
    assert {p.sid: p.proxy_identifier for p in session.participants.list()} == before


@pytest.mark.covers(
    "POST /proxy/v1/Services/{ServiceSid}/Sessions/{Sid}", "code:80607", "code:80608", "code:80701"
)
def test_moves_that_are_not_allowed(service: ServiceInstance, refused: Refused) -> None:
    session = service.sessions.create()
    assert refused(session.update, status="failed") == 80608
    assert refused(session.update, status="never") == 80701
    assert session.update(status="open").status == "open"
    session.update(status="closed")
    assert refused(session.update, ttl=5) == 80607
    assert refused(session.update, status="open") == 80608
    assert session.fetch().status == "closed"


@pytest.mark.covers("POST /proxy/v1/Services/{ServiceSid}/Sessions/{Sid}", "code:80604")
def test_a_pair_that_is_taken_keeps_a_session_closed(
    stocked: ServiceInstance, person: Callable[[], str], refused: Refused
) -> None:
    number, someone = stocked.phone_numbers.list()[0], person()
    people = [{"Identifier": someone, "ProxyIdentifierSid": number.sid}]
    first = stocked.sessions.create(participants=people)
    assert refused(stocked.sessions.create, participants=people) == 80604
    first.update(status="closed")
    second = stocked.sessions.create(participants=people)
    assert refused(first.update, status="in-progress") == 80604
    assert first.fetch().status == "closed"
    second.update(status="closed")
    assert first.update(status="in-progress").status == "in-progress"


@pytest.mark.covers("POST /proxy/v1/Services/{ServiceSid}/Sessions/{Sid}", "status:200")
def test_an_empty_update_is_taken(service: ServiceInstance) -> None:
    session = service.sessions.create(ttl=5)
    assert session.update().ttl == 5


@pytest.mark.covers("DELETE /proxy/v1/Services/{ServiceSid}/Sessions/{Sid}", "status:204")
@pytest.mark.covers("DELETE /proxy/v1/Services/{ServiceSid}/Sessions/{Sid}", "code:20404")
@pytest.mark.covers("POST /proxy/v1/Services/{ServiceSid}/Sessions/{Sid}", "code:20404")
def test_delete_frees_its_numbers(
    stocked: ServiceInstance, person: Callable[[], str], refused: Refused
) -> None:
    session = stocked.sessions.create(
        participants=[{"Identifier": person()}, {"Identifier": person()}]
    )
    assert sum(one.in_use for one in stocked.phone_numbers.list()) == 1
    assert session.delete() is True
    assert sum(one.in_use for one in stocked.phone_numbers.list()) == 0
    for call in (session.fetch, session.update, session.delete):
        assert refused(call, http=404) == 20404


@pytest.mark.covers("DELETE /proxy/v1/Services/{ServiceSid}/Sessions/{Sid}", "status:204")
def test_delete_leaves_the_messages_that_were_exchanged(
    client: Client, stocked: ServiceInstance, person: Callable[[], str], refused: Refused
) -> None:
    session = stocked.sessions.create()
    someone = session.participants.create(identifier=person())
    sent = someone.message_interactions.create(body="Hello")
    session.delete()
    assert refused(session.interactions(sent.sid).fetch, http=404) == 20404
    assert client.messages(sent.outbound_resource_sid).fetch().body == "Hello"


@pytest.mark.covers("GET /proxy/v1/Services/{ServiceSid}/Sessions", "field:sid", "field:status")
def test_list_shows_active_and_closed_ones(service: ServiceInstance) -> None:
    made = [service.sessions.create().sid for _ in range(3)]
    service.sessions(made[0]).update(status="closed")
    listed = service.sessions.list()
    assert [one.sid for one in listed] == made[::-1]
    assert [one.status for one in listed] == ["open", "open", "closed"]


@pytest.mark.covers("POST /proxy/v1/Services/{ServiceSid}/Sessions", "code:20404", "code:80408")
def test_a_service_that_is_gone(client: Client, service: ServiceInstance, refused: Refused) -> None:
    service.delete()
    assert refused(client.proxy.v1.services(service.sid).sessions.create) == 80408
    never = client.proxy.v1.services("KS" + "0" * 32)
    assert refused(never.sessions.create, http=404) == 20404
