"""Which webhooks can be sent again, and what is sent then."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from maskline.messaging import outbound, replays
from maskline.messaging.dead_letters import Refused
from maskline.model.interaction import Interaction
from maskline.model.job import JobState, read_callback
from maskline.model.service import Service
from maskline.model.webhook_attempt import WebhookAttempt
from tests.support.memory import ALICE, BOB, World, form

NUMBER = "+14158670001"
URL = "https://a.example/cb"


class Told:
    """A message of which the program was told."""

    def __init__(self, world: World, media: list[str] | None = None) -> None:
        self.world = world
        self.service: Service = world.add_service(CallbackUrl=URL)
        world.add_number(NUMBER, service=self.service)
        session = world.add_session(self.service, ALICE, BOB)
        values = {"Body": "hi", **({"MediaUrl": media[0]} if media else {})}
        self.interaction: Interaction = world.do(
            outbound.send(
                world.env,
                world.tx,
                self.service,
                session,
                world.person(session, ALICE),
                form(values),
            )
        )

    def attempt(self, **changes: Any) -> WebhookAttempt:
        """An attempt to tell it."""
        sids, one = self.world.records.sids, self.interaction
        made = WebhookAttempt(
            sid=sids.new("WA"),
            account_sid=one.account_sid,
            resource_sid=one.sid,
            session_sid=one.session_sid,
            job_sid=sids.new("JB"),
            kind="callback",
            method="POST",
            url=URL,
            status=200,
            error=None,
            latency_ms=3,
            told='[null,"delivered",12345]',
        )
        return msgspec.structs.replace(made, **changes)

    def replay(self, attempt: WebhookAttempt) -> Any:
        """Sends it again."""
        return self.world.do(replays.replay(self.world.env, self.world.tx, attempt))


def test_a_callback_tells_again_what_it_told(world: World) -> None:
    told = Told(world)
    job = told.replay(told.attempt())
    payload = read_callback(job.payload)
    assert payload.url == URL
    assert payload.interaction == msgspec.structs.replace(
        told.interaction, outbound_resource_status="delivered", date_updated=12345
    )
    assert world.do(world.tx.outbox.get(job.sid)) == job


def test_what_was_told_whole_is_told_as_it_is_now(world: World) -> None:
    told = Told(world)
    job = told.replay(told.attempt(told=None))
    assert read_callback(job.payload).interaction == told.interaction


def test_media_are_told_again(world: World) -> None:
    told = Told(world, ["https://a.example/p.png"])
    job = told.replay(told.attempt())
    assert read_callback(job.payload).media == ("https://a.example/p.png",)


def test_a_dead_letter_is_a_job_again(world: World) -> None:
    told = Told(world)
    job = told.replay(told.attempt())
    world.do(world.tx.outbox.bury(job.sid, 7, "answered with status 500"))
    again = told.replay(told.attempt(job_sid=job.sid, status=500))
    assert (again.sid, again.state, again.attempts) == (job.sid, JobState.PENDING, 0)


def test_what_is_under_way_is_not_sent_twice(world: World) -> None:
    told = Told(world)
    job = told.replay(told.attempt())
    with pytest.raises(Refused, match="already"):
        told.replay(told.attempt(job_sid=job.sid))


@pytest.mark.parametrize("kind", ["intercept", "status", "debugger", "message", "call"])
def test_questions_of_the_past_are_not_asked_again(world: World, kind: str) -> None:
    told = Told(world)
    with pytest.raises(Refused, match="asked"):
        told.replay(told.attempt(kind=kind))


@pytest.mark.parametrize("resource", [None, "KI" + "0" * 32])
def test_what_is_gone_is_not_told(world: World, resource: str | None) -> None:
    told = Told(world)
    with pytest.raises(Refused, match="deleted"):
        told.replay(told.attempt(resource_sid=resource))


def test_without_an_address_nothing_is_told(world: World) -> None:
    told = Told(world)
    service = msgspec.structs.replace(told.service, callback_url=None)
    world.do(world.tx.services.update(service))
    with pytest.raises(Refused, match="no callback URL"):
        told.replay(told.attempt())
