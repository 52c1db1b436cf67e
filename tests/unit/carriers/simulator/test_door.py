"""The handsets' door over HTTP, through the framework."""

from __future__ import annotations

import asyncio
import gc
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import quote

import falcon.asgi
import pytest
from falcon.testing import ASGIConductor, Result

from maskline.carriers.simulator import Limits
from maskline.gateway import simulator as door
from maskline.store.contract import StoreUnavailable
from maskline.voice.instructions import Dial, Number, Response, Say
from tests.unit.carriers.simulator.fakes import (
    ALICE,
    BOB,
    NOBODY,
    PROXY_A,
    PROXY_B,
    Rig,
    outbound,
    settle,
)

MAX_BODY = 100_000


class Http:
    """A client of the door."""

    def __init__(self, rig: Rig, conductor: ASGIConductor) -> None:
        self.rig = rig
        self.conductor = conductor

    async def ask(
        self, method: str, path: str, body: object = None, raw: bytes | None = None, **query: str
    ) -> Result:
        content = raw if raw is not None else b"" if body is None else json.dumps(body).encode()
        result: Result = await self.conductor.simulate_request(
            method, f"/simulator{path}", body=content, params=query or None
        )
        return result

    async def done(self, method: str, path: str, body: object = None, status: int = 200) -> Any:
        result = await self.ask(method, path, body)
        assert result.status_code == status, result.text
        assert result.headers["content-type"] == "application/json"
        return result.json


def phone(number: str, path: str = "") -> str:
    return f"/phones/{quote(number, safe='')}{path}"


def refused(result: Result, status: int, code: int) -> str:
    """The message of a refusal."""
    assert result.status_code == status, result.text
    assert result.headers["content-type"] == "application/json"
    body = result.json
    assert set(body) == {"code", "message", "more_info", "status"}
    assert (body["status"], body["code"]) == (status, code)
    assert body["more_info"].endswith(f"/{code}")
    message: str = body["message"]
    assert "+1" not in message
    return message


@pytest.fixture
async def http(rig: Rig) -> AsyncIterator[Http]:
    app: falcon.asgi.App[Any, Any] = falcon.asgi.App()
    door.add_routes(app, rig.simulator, MAX_BODY)
    rig.host.trees[PROXY_A] = Response((Dial((Number(BOB),), PROXY_B, answer_on_bridge=True),))
    async with ASGIConductor(app) as conductor:
        yield Http(rig, conductor)


# Messages


async def test_send_and_list(http: Http) -> None:
    media = ["https://media.example/1.png"]
    text = {"to": PROXY_A, "body": "hi 👋\n", "media": media, "unknown": 1}
    sent = await http.done("POST", phone(ALICE, "/messages"), text, 201)
    assert sent.pop("id").startswith("HM")
    assert sent == {
        "from": ALICE,
        "to": PROXY_A,
        "body": "hi 👋\n",
        "media": media,
        "direction": "outbound",
        "status": "sent",
        "at": "2027-01-15T08:00:00.000Z",
    }
    await http.rig.simulator.send(outbound(recipient=ALICE))
    listed = (await http.done("GET", phone(ALICE, "/messages")))["messages"]
    assert [one["direction"] for one in listed] == ["outbound", "inbound"]
    after = await http.ask("GET", phone(ALICE, "/messages"), after=listed[0]["id"], limit="1")
    assert after.json == {"messages": listed[1:]}
    assert await http.done("GET", phone(BOB, "/messages")) == {"messages": []}


async def test_short_codes_and_media_alone(http: Http) -> None:
    await http.done("POST", phone(ALICE, "/messages"), {"to": "12345", "body": "hi"}, 201)
    only = {"to": PROXY_A, "media": ["https://media.example/1.png"]}
    assert (await http.done("POST", phone(ALICE, "/messages"), only, 201))["body"] == ""


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"body": "hi"}, 20001),
        ({"to": 12, "body": "hi"}, 20001),
        ({"to": PROXY_A, "body": None}, 20001),
        ({"to": PROXY_A, "body": "hi", "media": "https://a.example/"}, 20001),
        ({"to": PROXY_A, "body": "hi", "media": [1]}, 20001),
        ([], 20001),
        ("hi", 20001),
        ({"to": "", "body": "hi"}, 21421),
        ({"to": "4158675310x", "body": "hi"}, 21421),
        ({"to": "12", "body": "hi"}, 21421),
        ({"to": "\u0661\u0662\u0663\u0664", "body": "hi"}, 21421),
        ({"to": PROXY_A + "\n", "body": "hi"}, 21421),
        ({"to": PROXY_A}, 21602),
        ({"to": PROXY_A, "body": "", "media": []}, 21602),
        ({"to": PROXY_A, "body": "a" * 1601}, 21617),
        ({"to": PROXY_A, "body": "a\0b"}, 20001),
        ({"to": PROXY_A, "body": "a\x1bb"}, 20001),
        ({"to": PROXY_A, "media": ["https://a.example/"] * 11}, 21623),
        *(
            ({"to": PROXY_A, "body": "hi", "media": [url]}, 21620)
            for url in (
                "",
                "a.png",
                "ftp://a.example/b",
                "https://",
                "https://a.example/ b",
                "https://a.example/\n",
                "https://a.example:port/",
                "https://a.example/" + "a" * 4000,
            )
        ),
    ],
)
async def test_messages_that_cannot_be_sent(http: Http, wrong: object, code: int) -> None:
    refused(await http.ask("POST", phone(ALICE, "/messages"), wrong), 400, code)
    assert not http.rig.host.messages
    assert not http.rig.ledger.rows


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"to=%2B1",
        b"\xff\xfe",
        b'{"to":"\xff","body":"x"}',
        b'{"to":"\\ud800","body":"x"}',
        b'{"to":"+14158675310","body":"\\ud800"}',
        b'{"x":' + b"[" * 50_000,
    ],
)
async def test_bodies_that_are_no_json(http: Http, raw: bytes) -> None:
    for path in (phone(ALICE, "/messages"), phone(ALICE, "/calls")):
        refused(await http.ask("POST", path, raw=raw), 400, 20001)
    assert not http.rig.host.messages


async def test_a_body_may_be_so_long(http: Http) -> None:
    for body in ("a" * 1600, "👋" * 1600):
        await http.done("POST", phone(ALICE, "/messages"), {"to": PROXY_A, "body": body}, 201)
    result = await http.ask("POST", phone(ALICE, "/messages"), raw=b" " * (MAX_BODY + 1))
    refused(result, 413, 20413)
    assert result.headers["connection"] == "close"
    # The length that a client states is not believed.
    result = await http.conductor.simulate_post(
        "/simulator" + phone(ALICE, "/messages"),
        body=b" " * (MAX_BODY + 1),
        headers={"content-length": "5"},
    )
    refused(result, 413, 20413)


async def test_nobody_owns_the_number(http: Http) -> None:
    text = {"to": NOBODY, "body": "hi"}
    refused(await http.ask("POST", phone(ALICE, "/messages"), text), 404, 20404)
    refused(await http.ask("POST", phone(ALICE, "/calls"), {"to": NOBODY}), 404, 20404)
    assert await http.done("GET", phone(ALICE, "/messages")) == {"messages": []}
    assert await http.done("GET", phone(ALICE, "/calls")) == {"calls": []}


async def test_the_server_can_store_nothing(http: Http) -> None:
    http.rig.host.down = 2
    for path, body in (("/messages", {"to": PROXY_A, "body": "hi"}), ("/calls", {"to": PROXY_A})):
        result = await http.ask("POST", phone(ALICE, path), body)
        refused(result, 503, 20503)
        assert result.headers["retry-after"] == "1"

    async def fails(*_: object) -> object:
        raise StoreUnavailable

    http.rig.ledger.page = fails  # type: ignore[assignment,method-assign]
    refused(await http.ask("GET", phone(ALICE, "/messages")), 503, 20503)


@pytest.mark.parametrize(
    "number", ["12125551234", "+02125551234", "+1", "+12125551234x", "%20", "+1212555%001234", "+²"]
)
async def test_a_handset_is_named_in_e164(http: Http, number: str) -> None:
    for method, path, body in (
        ("GET", "/messages", None),
        ("POST", "/messages", {"to": PROXY_A, "body": "hi"}),
        ("GET", "/calls", None),
        ("POST", "/calls", {"to": PROXY_A}),
        ("GET", "/calls/HC1", None),
        ("POST", "/calls/HC1/answer", None),
        ("PUT", "/behaviour", {}),
    ):
        result = await http.ask(method, f"/phones/{number}{path}", body)
        refused(result, 400, 21421)
    assert not http.rig.host.messages


@pytest.mark.parametrize("limit", ["0", "1001", "-1", "x", "1.5", "\u0661", "9" * 5000])
async def test_wrong_limits(http: Http, limit: str) -> None:
    refused(await http.ask("GET", phone(ALICE, "/messages"), limit=limit), 400, 20001)
    refused(await http.ask("GET", "/phones", limit=limit), 400, 20001)


async def test_phones(http: Http) -> None:
    await http.done("POST", phone(ALICE, "/messages"), {"to": PROXY_A, "body": "hi"}, 201)
    at = "2027-01-15T08:00:00.000Z"
    expected = {"phones": [{"number": ALICE, "last_seen": at}]}
    assert await http.done("GET", "/phones") == expected


@pytest.mark.parametrize("after", ["a b", "HM\0", "é", "a" * 65])
async def test_wrong_places_to_go_on_from(http: Http, after: str) -> None:
    refused(await http.ask("GET", phone(ALICE, "/messages"), after=after), 400, 20001)


# Calls


async def test_a_call_from_end_to_end(http: Http) -> None:
    call = await http.done("POST", phone(ALICE, "/calls"), {"to": PROXY_A}, 201)
    assert (call["from"], call["to"], call["peer"]) == (ALICE, PROXY_A, PROXY_A)
    assert (call["direction"], call["status"]) == ("outbound", "ringing")
    (ringing,) = (await http.done("GET", phone(BOB, "/calls")))["calls"]
    assert (ringing["from"], ringing["to"], ringing["status"]) == (PROXY_B, BOB, "ringing")
    mine, theirs = phone(ALICE, f"/calls/{call['id']}"), phone(BOB, f"/calls/{ringing['id']}")
    assert (await http.done("POST", f"{theirs}/answer"))["status"] == "in-progress"
    assert (await http.done("GET", mine))["status"] == "in-progress"
    typed = await http.done("POST", f"{mine}/digits", {"digits": "123#"})
    assert typed["digits"] == "123#"
    assert (await http.done("GET", theirs))["heard"] == [{"what": "digits", "text": "123#"}]
    over = await http.done("POST", f"{mine}/hangup")
    assert (over["status"], over["duration"]) == ("completed", 0)
    assert (await http.done("GET", theirs))["status"] == "completed"


async def test_what_the_caller_hears(http: Http) -> None:
    http.rig.host.trees[PROXY_B] = Response((Say("Goodbye."),))
    call = await http.done("POST", phone(ALICE, "/calls"), {"to": PROXY_B}, 201)
    assert call["status"] == "completed"
    assert call["heard"] == [{"what": "say", "text": "Goodbye."}]


@pytest.mark.parametrize("body", [None, {}, {"reason": "busy"}, {"reason": "rejected"}])
async def test_reject(http: Http, body: object) -> None:
    await http.done("POST", phone(ALICE, "/calls"), {"to": PROXY_A}, 201)
    ringing = http.rig.ringing(BOB)
    over = await http.done("POST", phone(BOB, f"/calls/{ringing.id}/reject"), body)
    assert over["status"] == "busy"


async def test_calls_that_cannot_be(http: Http) -> None:
    for wrong, code in (({}, 20001), ({"to": 1}, 20001), ({"to": "911"}, 21421)):
        refused(await http.ask("POST", phone(ALICE, "/calls"), wrong), 400, code)
    call = await http.done("POST", phone(ALICE, "/calls"), {"to": PROXY_A}, 201)
    mine = phone(ALICE, f"/calls/{call['id']}")
    refused(await http.ask("POST", f"{mine}/answer"), 409, 21220)
    refused(await http.ask("POST", f"{mine}/reject", {}), 409, 21220)
    refused(await http.ask("POST", f"{mine}/digits", {"digits": "1"}), 409, 21220)
    for digits in ("", "1" * 101, "e", "1 2", "\u0661", "1\n"):
        result = await http.ask("POST", f"{mine}/digits", {"digits": digits})
        refused(result, 400, 20001)
    refused(await http.ask("POST", f"{mine}/digits", {}), 400, 20001)
    theirs = phone(BOB, f"/calls/{http.rig.ringing(BOB).id}")
    result = await http.ask("POST", f"{theirs}/reject", {"reason": f"ring {ALICE}"})
    assert ALICE not in refused(result, 400, 20001)
    assert http.rig.ringing(BOB).status == "ringing"
    refused(await http.ask("POST", f"{theirs}/hangup"), 409, 21220)
    # A call belongs to its handset.
    for path in (f"/calls/{call['id']}", "/calls/HC0", "/calls/%00"):
        refused(await http.ask("GET", phone(BOB, path)), 404, 20404)
        refused(await http.ask("POST", phone(BOB, f"{path}/hangup")), 404, 20404)


async def test_too_many_calls(http: Http) -> None:
    for _ in range(Limits().handset_calls):
        await http.done("POST", phone(ALICE, "/calls"), {"to": PROXY_A}, 201)
    refused(await http.ask("POST", phone(ALICE, "/calls"), {"to": PROXY_A}), 429, 20429)


# Behaviours


async def test_behaviours(http: Http) -> None:
    built_in = await http.done("GET", "/behaviour")
    assert built_in == {
        "outcome": "delivered",
        "error_code": None,
        "delay_ms": 0,
        "duplicate_receipts": 0,
        "lose_receipt": False,
        "out_of_order": False,
        "refuse": None,
        "accept_delay_ms": 0,
        "duplicate_inbound": 0,
        "on_call": "ring",
        "on_call_ms": 0,
    }
    own = await http.done("PUT", phone(BOB, "/behaviour"), {"on_call": "busy", "refuse": {}})
    refuse = {"code": 30001, "retry": True, "retry_after": None, "attempts": None}
    assert own == built_in | {"on_call": "busy", "refuse": refuse}
    assert await http.done("GET", phone(BOB, "/behaviour")) == own
    default = await http.done("PUT", "/behaviour", {"outcome": "failed"})
    assert await http.done("GET", phone(ALICE, "/behaviour")) == default
    assert await http.done("GET", phone(BOB, "/behaviour")) == own
    assert (await http.ask("DELETE", phone(BOB, "/behaviour"))).status_code == 204
    assert await http.done("GET", phone(BOB, "/behaviour")) == default
    assert (await http.ask("DELETE", "/behaviour")).status_code == 204
    assert await http.done("GET", "/behaviour") == built_in


async def test_wrong_behaviours(http: Http) -> None:
    wrongs: tuple[object, ...] = ({"outcome": ALICE}, {"delay_ms": 10**30}, [], {"refuse": 1})
    for wrong in wrongs:
        for path in ("/behaviour", phone(BOB, "/behaviour")):
            refused(await http.ask("PUT", path, wrong), 400, 20001)
    assert (await http.done("GET", phone(BOB, "/behaviour")))["outcome"] == "delivered"


async def test_too_many_behaviours() -> None:
    rig = await Rig(Limits(handsets=1)).started()
    app: falcon.asgi.App[Any, Any] = falcon.asgi.App()
    door.add_routes(app, rig.simulator)
    async with ASGIConductor(app) as conductor:
        http = Http(rig, conductor)
        await http.done("PUT", phone(ALICE, "/behaviour"), {})
        result = await http.ask("PUT", phone(BOB, "/behaviour"), {})
        refused(result, 429, 20429)


# Events


@asynccontextmanager
async def listening(http: Http, query: str = "", **headers: str) -> AsyncIterator[Any]:
    """A stream of events, which ends with its test however that ends."""
    async with http.conductor.simulate_get_stream(
        "/simulator/events", query_string=query, headers=headers
    ) as response:
        try:
            yield response
        finally:
            http.rig.simulator.end_listening()


async def heard(stream: Any, count: int) -> list[dict[str, str]]:
    """The fields of the next blocks of a stream."""
    blocks: list[dict[str, str]] = []
    text = ""
    for _ in range(1000):
        if len(blocks) >= count:
            break
        text += (await stream.read()).decode()
        await asyncio.sleep(0)
        *whole, text = text.split("\n\n")
        blocks += [dict(line.split(": ", 1) for line in block.split("\n")) for block in whole]
    assert len(blocks) == count
    return blocks


async def test_events_are_streamed(http: Http) -> None:
    async with listening(http) as response:
        assert response.headers["content-type"] == "text/event-stream"
        assert response.headers["cache-control"] == "no-store"
        assert await heard(response.stream, 1) == [{"": "simulator", "retry": "1000"}]
        await http.done("POST", phone(ALICE, "/messages"), {"to": PROXY_A, "body": "a\nb"}, 201)
        await http.rig.simulator.send(outbound())
        first, second, third = await heard(response.stream, 3)
        assert json.loads(first["data"])["data"]["body"] == "a\nb"
        assert json.loads(first["data"])["id"] == int(first["id"])
        assert [json.loads(one["data"])["type"] for one in (second, third)] == [
            "message.received",
            "receipt",
        ]
    async with listening(http, **{"Last-Event-ID": first["id"]}) as response:
        assert (await heard(response.stream, 3))[1:] == [second, third]


async def test_events_of_one_handset(http: Http) -> None:
    await http.rig.simulator.text(ALICE, PROXY_A, "hi")
    await http.rig.simulator.send(outbound())
    await settle()
    for query in (quote(BOB, safe=""), BOB):
        async with listening(http, f"number={query}", **{"Last-Event-ID": "1"}) as response:
            _, gap, *told = await heard(response.stream, 4)
            assert json.loads(gap["data"])["type"] == "gap"
            assert {json.loads(one["data"])["number"] for one in told} == {BOB}


async def test_silence_is_broken(http: Http) -> None:
    async with listening(http) as response:
        await heard(response.stream, 1)
        await http.rig.timers.pass_(15)
        assert await heard(response.stream, 1) == [{"": "still here"}]
        await http.rig.timers.pass_(15)
        assert await heard(response.stream, 1) == [{"": "still here"}]


@pytest.mark.parametrize("last", ["", "x", "-1", "1" * 30])
async def test_a_last_id_that_is_none_is_as_good_as_none(http: Http, last: str) -> None:
    await http.rig.simulator.text(ALICE, PROXY_A, "before")
    async with listening(http, **{"Last-Event-ID": last}) as response:
        await heard(response.stream, 1)
        await http.rig.simulator.text(ALICE, PROXY_A, "after")
        (event,) = await heard(response.stream, 1)
        assert json.loads(event["data"])["data"]["body"] == "after"


async def test_wrong_and_too_many_listeners(http: Http) -> None:
    refused(await http.ask("GET", "/events", number="12"), 400, 21421)
    rig = await Rig(Limits(subscribers=1)).started()
    app: falcon.asgi.App[Any, Any] = falcon.asgi.App()
    door.add_routes(app, rig.simulator)
    async with ASGIConductor(app) as conductor:
        full = Http(rig, conductor)
        async with listening(full) as response:
            await heard(response.stream, 1)
            await settle()
            refused(await full.ask("GET", "/events"), 429, 20429)


async def test_a_listener_that_leaves_is_let_go(http: Http) -> None:
    async def visit() -> None:
        async with http.conductor.simulate_get_stream("/simulator/events") as response:
            await heard(response.stream, 1)

    visiting = asyncio.create_task(visit())
    await settle()
    assert http.rig.timers.waiting == 1
    while not visiting.done():
        # The framework sees that a client has gone when it next has something to tell it.
        await http.rig.timers.pass_(15)
    await visiting
    gc.collect()
    await settle()
    assert http.rig.timers.waiting == 0
