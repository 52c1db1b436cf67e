from __future__ import annotations

from typing import Any

import msgspec
import pytest

from maskline.jobs import new_job
from maskline.model.interaction import Interaction
from maskline.model.job import Callback, Job, JobKind
from maskline.proxy.callbacks import (
    blocks,
    callback_job,
    intercept_alerts,
    parameters,
    resource_url,
)
from tests.support.memory import World

BASE = "https://mask.example.com"
AT = 1_720_094_400_123  # 2024-07-04T12:00:00.123Z

INTERACTION = Interaction(
    sid="KI1",
    account_sid="AC1",
    service_sid="KS1",
    session_sid="KC1",
    type="message",
    data='{"body":"hi"}',
    num_media=2,
    inbound_participant_sid="KP1",
    inbound_resource_sid="SM1",
    inbound_resource_status="received",
    outbound_participant_sid="KP2",
    outbound_resource_sid="SM2",
    outbound_resource_status="sent",
    date_created=AT,
    date_updated=AT + 2000,
)
HEAD = [
    ("interactionSid", "KI1"),
    ("interactionSessionSid", "KC1"),
    ("interactionServiceSid", "KS1"),
    ("interactionAccountSid", "AC1"),
    ("interactionType", "Message"),
    ("interactionData", '{"body":"hi"}'),
    ("interactionDateCreated", "2024-07-04T12:00:00Z"),
    ("interactionDateUpdated", "2024-07-04T12:00:02.123Z"),
    ("interactionNumMedia", "2"),
]
INBOUND = [
    ("inboundParticipantSid", "KP1"),
    ("inboundResourceSid", "SM1"),
    ("inboundResourceStatus", "received"),
    ("inboundResourceType", "message"),
    ("inboundResourceUrl", f"{BASE}/api/2010-04-01/Accounts/AC1/Messages/SM1.json"),
]
OUTBOUND = [
    ("outboundParticipantSid", "KP2"),
    ("outboundResourceSid", "SM2"),
    ("outboundResourceStatus", "sent"),
    ("outboundResourceType", "message"),
    ("outboundResourceUrl", f"{BASE}/api/2010-04-01/Accounts/AC1/Messages/SM2.json"),
]


def changed(**changes: Any) -> Interaction:
    """The interaction, changed."""
    return msgspec.structs.replace(INTERACTION, **changes)


def test_a_message_with_both_halves() -> None:
    assert parameters(INTERACTION, ["https://a/1", "https://a/2"], BASE) == [
        *HEAD,
        ("interactionMediaUrl0", "https://a/1"),
        ("interactionMediaUrl1", "https://a/2"),
        *INBOUND,
        *OUTBOUND,
    ]


def test_a_half_that_does_not_exist_is_absent() -> None:
    assert parameters(changed(outbound_resource_sid=None), [], BASE) == [*HEAD, *INBOUND]
    assert parameters(changed(inbound_resource_sid=None), [], BASE) == [*HEAD, *OUTBOUND]


def test_a_half_of_which_only_the_resource_is_known() -> None:
    found = dict(
        parameters(changed(outbound_participant_sid=None, outbound_resource_status=None), [], BASE)
    )
    assert found["outboundParticipantSid"] == ""
    assert found["outboundResourceStatus"] == ""


def test_a_call() -> None:
    call = changed(
        type="voice",
        data='{"duration":"5"}',
        inbound_resource_sid="CA1",
        inbound_resource_status="completed",
        outbound_resource_sid="CA2",
        outbound_resource_status="busy",
    )
    found = dict(parameters(call, [], BASE))
    assert found["interactionType"] == "Voice"
    assert found["interactionData"] == '{"duration":"5"}'
    assert "interactionNumMedia" not in found
    assert found["inboundResourceType"] == found["outboundResourceType"] == "call"
    assert found["outboundResourceUrl"] == f"{BASE}/api/2010-04-01/Accounts/AC1/Calls/CA2.json"
    assert found["outboundResourceStatus"] == "busy"


@pytest.mark.parametrize(
    ("sid", "kind"), [("SM1", "Messages"), ("MM1", "Messages"), ("CA1", "Calls")]
)
def test_resource_url(sid: str, kind: str) -> None:
    url = f"{BASE}/api/2010-04-01/Accounts/AC1/{kind}/{sid}.json"
    assert resource_url(BASE, "AC1", sid) == url


def test_the_job_of_a_callback(world: World) -> None:
    job = callback_job(world.env, "https://a.example/cb", INTERACTION, ["https://a/1"])
    assert job == Job(
        sid=job.sid,
        kind="callback",
        account_sid="AC1",
        ordering_key="cb:KI1",
        payload=job.payload,
        state="pending",
        attempts=0,
        due_at=world.clock(),
        owner="",
        last_error="",
        date_created=world.clock(),
    )
    payload = msgspec.json.decode(job.payload, type=Callback)
    assert payload == Callback("https://a.example/cb", INTERACTION, ("https://a/1",))


def test_a_job_is_leased_to_the_process_that_made_it(world: World) -> None:
    env = msgspec.structs.replace(world.env, lease=lambda now: ("me", now + 60_000))
    job = new_job(
        env,
        JobKind.CALLBACK,
        Callback("https://a.example", INTERACTION),
        "AC1",
        "key",
        world.clock(),
    )
    assert (job.owner, job.due_at) == ("me", world.clock() + 60_000)
    assert job.date_created == world.clock()
    assert job.sid.startswith("JB")


@pytest.mark.parametrize("status", [200, 201, 204, 299])
def test_an_intercept_that_lets_pass_is_not_told(world: World, status: int) -> None:
    answer = world.records.exchange(status)
    assert not blocks(answer)
    assert intercept_alerts(world.env, INTERACTION, answer) == []


def test_an_intercept_that_blocks_is_told(world: World) -> None:
    answer = world.records.exchange(403)
    assert blocks(answer)
    (alert,) = intercept_alerts(world.env, INTERACTION, answer)
    assert (alert.error_code, alert.resource_sid, alert.service_sid) == (80909, "KI1", "KS1")
    assert (alert.account_sid, alert.response_status) == ("AC1", 403)


@pytest.mark.parametrize(
    ("status", "why"), [(500, "status 500"), (302, "status 302"), (None, "no answer in time")]
)
def test_an_intercept_that_fails_is_told_and_blocks_nothing(
    world: World, status: int | None, why: str
) -> None:
    answer = world.records.exchange(status)
    assert not blocks(answer)
    (alert,) = intercept_alerts(world.env, INTERACTION, answer)
    assert (alert.error_code, alert.resource_sid, alert.response_status) == (80908, "KI1", status)
    assert "the intercept" in alert.alert_text
    assert why in alert.alert_text
