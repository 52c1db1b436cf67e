"""What the debugger is told of traffic that goes wrong on its way out, and whom it tells."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qsl

import msgspec
import pytest
from twilio.request_validator import RequestValidator

from maskline.model.alert import Alert
from maskline.model.page import PageRequest
from maskline.store.contract import Transaction
from maskline.store.repositories.alerts import AlertFilter
from tests.support.receiver import Posted, Receiver
from tests.support.server import RunningServer
from tests.support.world import ALICE, BOB, STRANGER, World, eventually


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as receiver:
        yield receiver


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RunningServer]:
    with RunningServer(tmp_path, MASKLINE_WEBHOOKS_RETRY_DELAYS="0.01,0.01") as server:
        yield server


def alerts(server: RunningServer, count: int) -> list[Alert]:
    """The account's alerts, newest first, once there are so many."""

    def told() -> list[Alert]:
        page = server.transact(
            lambda tx: tx.alerts.page(server.account_sid, AlertFilter(), PageRequest())
        )
        found: list[Alert] = page.records
        return found if len(found) >= count else []

    found = eventually(told) if count else told()
    assert len(found) == count
    return found


def tell(server: RunningServer, url: str) -> None:
    """Has the account's alerts told to an address."""

    async def work(tx: Transaction) -> None:
        account = await tx.accounts.get(server.account_sid)
        assert account is not None
        await tx.accounts.update(msgspec.structs.replace(account, debugger_url=url))

    server.transact(work)


@pytest.mark.covers("code:80908")
def test_a_callback_that_fails_is_told_at_first_and_when_it_is_given_up(
    server: RunningServer, receiver: Receiver
) -> None:
    receiver.answer = lambda form: 500 if form["outboundResourceStatus"] == "queued" else 200
    world = World(server, callback_url=receiver.url.replace("//", "//me:pass@") + "/callback?key=k")
    session = world.session()
    world.alice.text(session.a.proxy_identifier, "hi there")
    interaction = session.settles("delivered")
    last, first = alerts(server, 2)
    for alert in (last, first):
        assert (alert.error_code, alert.resource_sid) == (80908, interaction.sid)
        assert alert.service_sid == world.service.sid
        assert "status 500" in alert.alert_text
        assert (alert.request_method, alert.response_status) == ("POST", 500)
        assert alert.request_url == f"{receiver.url}/callback?key=[redacted]"
        sent = dict(parse_qsl(alert.request_variables or ""))
        assert sent["interactionSid"] == interaction.sid
        assert sent["interactionData"] == "[redacted]"
        headers = dict(parse_qsl(alert.request_headers or ""))
        assert headers["X-Twilio-Signature"] == "[redacted]"
        assert "content-length=0" in (alert.response_headers or "").lower()
        assert alert.response_body == ""
        assert all(secret not in repr(alert) for secret in ("pass", "hi there", ALICE, BOB))
    assert "given up" in last.alert_text
    assert "given up" not in first.alert_text
    assert len([one for one in receiver.posted if "queued" in one.form.values()]) == 3


@pytest.mark.covers("code:80909")
@pytest.mark.parametrize(("status", "code"), [(403, 80909), (500, 80908)])
def test_an_intercept_s_answer_is_told(
    server: RunningServer, receiver: Receiver, status: int, code: int
) -> None:
    receiver.status = status
    world = World(server, intercept_callback_url=f"{receiver.url}/ask")
    session = world.session()
    world.alice.text(session.a.proxy_identifier, "hi there")
    (told,) = alerts(server, 1)
    (interaction,) = session.interactions()
    assert (told.error_code, told.resource_sid) == (code, interaction.sid)
    assert (told.request_url, told.response_status) == (f"{receiver.url}/ask", status)
    call = world.alice.call(session.a.proxy_identifier)
    if status == 403:
        world.alice.ends(call["id"])
    else:
        world.bob.act(world.bob.rings()["id"], "reject")
    again, _ = alerts(server, 2)
    assert (again.error_code, again.response_status) == (code, status)
    assert again.resource_sid != told.resource_sid


def test_the_account_s_program_is_told(server: RunningServer, receiver: Receiver) -> None:
    world = World(server)
    tell(server, f"{receiver.url}/debugger?a=b")
    session = world.session(mode="message-only")
    world.stranger.text(session.a.proxy_identifier, "who is this")
    world.alice.text(session.a.proxy_identifier, "STOP")

    def told() -> list[Posted]:
        posts = receiver.at("/debugger?a=b")
        return posts if len(posts) == 2 else []

    posts = sorted(eventually(told), key=lambda post: post.form["Sid"])
    kept = sorted(alerts(server, 2), key=lambda alert: alert.sid)
    validator = RequestValidator(server.auth_token)
    for post, alert in zip(posts, kept, strict=True):
        assert validator.validate(post.url, post.form, post.headers["X-Twilio-Signature"])
        assert post.form["Sid"] == alert.sid
        assert post.form["AccountSid"] == server.account_sid
        payload = json.loads(post.form["Payload"])
        assert payload["error_code"] == str(alert.error_code)
        assert payload["resource_sid"] == alert.resource_sid
        assert payload["service_sid"] == world.service.sid
        assert "webhook" not in payload
    assert [post.form["Level"] for post in posts] == ["Warning", "Warning"]
    assert {json.loads(post.form["Payload"])["error_code"] for post in posts} == {"80901", "80903"}
    everything = json.dumps([post.form for post in posts])
    assert not any(one.lstrip("+") in everything for one in (ALICE, BOB, STRANGER))
    assert "who is this" not in everything


def test_calls_that_go_well_or_find_nobody_raise_nothing(server: RunningServer) -> None:
    world = World(server)
    session = world.session()
    for action in ("answer", "reject"):
        call = world.alice.call(session.a.proxy_identifier)
        ringing = world.bob.rings()
        world.bob.act(ringing["id"], action)
        world.bob.act(ringing["id"], "hangup")
        world.alice.ends(call["id"])
        session.settles("completed" if action == "answer" else "busy")
    call = world.alice.call(session.a.proxy_identifier)
    world.bob.rings()
    world.alice.act(call["id"], "hangup")
    session.settles("canceled")
    assert alerts(server, 0) == []


def test_a_debugger_that_fails_is_tried_again_and_raises_no_alert(
    server: RunningServer, receiver: Receiver
) -> None:
    receiver.status = 500
    world = World(server, callback_url=f"{receiver.url}/callback")
    tell(server, f"{receiver.url}/debugger")
    session = world.session()
    world.stranger.text(session.a.proxy_identifier, "who is this")
    eventually(lambda: len(receiver.at("/debugger")) == 3)
    server.settle()
    (alert,) = alerts(server, 1)
    assert alert.error_code == 80903
    assert server.transact(lambda tx: tx.outbox.count("dead")) == 1
    assert server.transact(lambda tx: tx.outbox.count("pending")) == 0
    assert len(receiver.posted) == 3
    assert len({post.headers["I-Twilio-Idempotency-Token"] for post in receiver.posted}) == 1
