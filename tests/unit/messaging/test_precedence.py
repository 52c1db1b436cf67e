"""Whose program an inbound message is for: a Proxy pool, a Messaging Service with and without
deferral, an application, the number's own URL, or nobody."""

from __future__ import annotations

from itertools import product
from typing import Any

import msgspec
import pytest

from maskline.messaging import inbound
from maskline.model.application import Application
from maskline.model.job import Inbound, JobKind, OutOfSession
from maskline.model.number import NumberHooks
from maskline.model.traffic import InboundMessage
from tests.support.memory import World

NUMBER, PERSON = "+14158670001", "+12125550187"
OOS, SERVICE, APPLICATION, OWN = (
    f"https://{name}.example/" for name in ("proxy", "service", "application", "own")
)
STATES = tuple(
    product(
        (False, True),
        (None, "defers", "takes", "takes-without-url"),
        (False, True, "gone"),
        (False, True),
    )
)


def fallback(url: str) -> str:
    """Where the one at `url` has its fallback."""
    return f"{url}fallback"


def expected(pooled: bool, service: str | None, application: bool | str, own: bool) -> str | None:
    """Twilio's table. Proxy is the handling of a number in a pool."""
    if service == "takes":
        return SERVICE
    if service == "takes-without-url":
        return None
    if pooled:
        return OOS
    if application:
        return APPLICATION if application is True else None
    return OWN if own else None


@pytest.mark.parametrize(("pooled", "service", "application", "own"), STATES)
def test_precedence(
    world: World, pooled: bool, service: str | None, application: bool | str, own: bool
) -> None:
    proxy = world.add_service(OutOfSessionCallbackUrl=OOS) if pooled else None
    number = world.add_number(NUMBER, service=proxy)
    if service is not None:
        world.add_messaging_service(
            number,
            inbound_request_url=SERVICE if service != "takes-without-url" else None,
            # Without a URL of its own, or while it defers, it counts for nothing.
            fallback_url=fallback(SERVICE),
            fallback_method="GET",
            use_inbound_webhook_on_number=int(service == "defers"),
        )
    hooks: dict[str, Any] = {}
    if application:
        sid = world.records.sids.new("AP")
        hooks["sms_application_sid"] = sid
        if application is True:
            row = Application(
                sid,
                world.account.sid,
                "Desk",
                1,
                1,
                sms_url=APPLICATION,
                sms_fallback_url=fallback(APPLICATION),
                sms_fallback_method="GET",
            )
            world.do(world.tx.applications.add(row))
    if own:
        hooks["sms_url"] = OWN
    # A fallback belongs to the URL beside it: it is not told where another goes before that.
    hooks["sms_fallback_url"], hooks["sms_fallback_method"] = fallback(OWN), "GET"
    world.do(world.tx.numbers.set_hooks(number.sid, NumberHooks(**hooks)))
    text = InboundMessage("simulator", "theirs", PERSON, NUMBER, "Hello")
    world.do(inbound.receive(world.env, world.tx, [text]))
    told = [
        msgspec.json.decode(
            job.payload, type=OutOfSession if job.kind == JobKind.OUT_OF_SESSION else Inbound
        )
        for job in world.jobs()
        if job.kind in (JobKind.OUT_OF_SESSION, JobKind.INBOUND)
    ]
    wanted = expected(pooled, service, application, own)
    assert [one.url for one in told] == ([] if wanted is None else [wanted])
    for one in told:
        if isinstance(one, Inbound):
            assert (one.fallback_url, one.fallback_method) == (fallback(one.url), "GET")
            assert (one.service_sid is not None) is (one.url == SERVICE)
    # Whoever is told, or nobody: it is kept.
    assert world.rows("SELECT count(*) FROM messages WHERE direction = 'inbound'") == [(1,)]


def test_a_suspended_accounts_number_tells_nobody(world: World) -> None:
    number = world.add_number(NUMBER)
    world.do(world.tx.numbers.set_hooks(number.sid, NumberHooks(sms_url=OWN)))
    world.rows("UPDATE accounts SET status = 'suspended'")
    text = InboundMessage("simulator", "theirs", PERSON, NUMBER, "Hello")
    world.do(inbound.receive(world.env, world.tx, [text]))
    assert world.jobs() == []


def test_of_an_application_that_is_not_there_the_debugger_is_told(world: World) -> None:
    number = world.add_number(NUMBER)
    hooks = NumberHooks(sms_application_sid="AP" + "0" * 32, sms_url=OWN)
    world.do(world.tx.numbers.set_hooks(number.sid, hooks))
    text = InboundMessage("simulator", "theirs", PERSON, NUMBER, "Hello")
    world.do(inbound.receive(world.env, world.tx, [text]))
    assert world.codes() == [11200]
    assert len(world.rows("SELECT 1 FROM messages")) == 1
