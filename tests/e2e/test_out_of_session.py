"""People whom no session connects: what the program answers really happens on their phones."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote_plus, urlencode

import msgspec
import pytest
import requests
from twilio.request_validator import RequestValidator

from tests.support.receiver import Posted, Receiver, Reply
from tests.support.server import AUTH_TOKEN, RunningServer
from tests.support.world import ALICE, BOB, POOL, STRANGER, World, eventually

OOS = "/oos"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as receiver:
        yield receiver


@pytest.fixture
def server(tmp_path: Path, database: dict[str, str]) -> Iterator[RunningServer]:
    with RunningServer(
        tmp_path,
        **database,
        MASKLINE_WEBHOOKS_OUT_OF_SESSION_TIMEOUT="1",
        MASKLINE_WEBHOOKS_TOTAL_TIMEOUT="1",
        MASKLINE_WEBHOOKS_OUT_OF_SESSION_RETRY_DELAYS="0.02,0.02",
    ) as server:
        yield server


@pytest.fixture
def world(server: RunningServer, receiver: Receiver) -> World:
    return World(
        server,
        callback_url=f"{receiver.url}/callback",
        out_of_session_callback_url=f"{receiver.url}{OOS}",
    )


def twiml(verbs: str) -> Reply:
    return Reply(f"<?xml version='1.0'?><Response>{verbs}</Response>")


def invite(**fields: Any) -> Reply:
    return Reply(json.dumps(fields), "application/json")


def asked(receiver: Receiver, path: str = OOS, count: int = 1) -> list[Posted]:
    """What the program was asked, once it was so often."""
    return eventually(lambda: ((got := receiver.at(path)) and len(got) >= count and got) or [])


def codes(world: World) -> list[str]:
    """The codes of the alerts, oldest first."""
    url = f"{world.server.url}/monitor/v1/Alerts"
    auth = (world.server.account_sid, AUTH_TOKEN)
    alerts = requests.get(url, auth=auth, timeout=10).json()["alerts"]
    return [one["error_code"] for one in reversed(alerts)]


def alert_texts(world: World) -> str:
    url = f"{world.server.url}/monitor/v1/Alerts"
    auth = (world.server.account_sid, AUTH_TOKEN)
    return unquote_plus(requests.get(url, auth=auth, timeout=10).text)


def is_signed(one: Posted) -> bool:
    return bool(
        RequestValidator(AUTH_TOKEN).validate(one.url, one.form, one.headers["X-Twilio-Signature"])
    )


def sessions(world: World) -> list[Any]:
    found: list[Any] = world.here.sessions.list()
    return found


# Messages


def test_a_stranger_s_text_is_told_to_the_program(world: World, receiver: Receiver) -> None:
    receiver.pages[OOS] = Reply("", "", 204)
    world.stranger.text(POOL[0], "who are you?", ["https://media.example/1.png"])
    (one,) = asked(receiver)
    world.server.settle()
    assert is_signed(one)
    assert one.headers["I-Twilio-Idempotency-Token"]
    form = dict(one.form)
    (message,) = world.client.messages.list()
    assert {form.pop(name) for name in ("MessageSid", "SmsSid", "SmsMessageSid")} == {message.sid}
    assert json.loads(form.pop("AddOns"))["status"] == "successful"
    assert form == {
        "AccountSid": world.server.account_sid,
        "ApiVersion": "2010-04-01",
        "From": STRANGER,
        "FromCity": "",
        "FromState": "",
        "FromZip": "",
        "FromCountry": "US",
        "To": POOL[0],
        "ToCity": "",
        "ToState": "",
        "ToZip": "",
        "ToCountry": "US",
        "SmsStatus": "received",
        "Body": "who are you?",
        "NumSegments": "1",
        "NumMedia": "1",
        "MediaUrl0": "https://media.example/1.png",
        "MediaContentType0": "image/png",
    }
    assert not world.stranger.inbox()
    assert codes(world) == ["80903"]
    assert not sessions(world)


@pytest.mark.both_engines
def test_the_last_session_is_told_with_its_participants(world: World, receiver: Receiver) -> None:
    receiver.pages[OOS] = Reply("", "", 204)
    first = world.session(unique_name="long ago")
    first.here.update(status="closed")
    session = world.client.proxy.v1.services(world.service.sid).sessions.create(
        unique_name="ride 7", ttl=3600
    )
    here = world.here.sessions(session.sid)
    number = first.a.proxy_identifier
    a = here.participants.create(identifier=ALICE, friendly_name="Al", proxy_identifier=number)
    b = here.participants.create(identifier=BOB, friendly_name="Bob")
    closed = here.update(status="closed")
    world.alice.text(number, "still there?")
    form = asked(receiver)[0].form
    assert {name: value for name, value in form.items() if name.startswith("session")} == {
        "sessionSid": session.sid,
        "sessionUniqueName": "ride 7",
        "sessionAccountSid": world.server.account_sid,
        "sessionServiceSid": world.service.sid,
        "sessionStatus": "closed",
        "sessionMode": "voice-and-message",
        "sessionClosedReason": "api",
        "sessionDateCreated": session.date_created.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "sessionDateUpdated": closed.date_updated.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "sessionDateEnded": closed.date_ended.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "sessionDateStarted": "",
        "sessionDateLastInteraction": "",
        "sessionDateExpiry": "",
    }
    assert form["ttl"] == "3600"
    for prefix, one, identifier, name in (
        ("inboundParticipant", a, ALICE, "Al"),
        ("outboundParticipant", b, BOB, "Bob"),
    ):
        told = {key.removeprefix(prefix): form[key] for key in form if key.startswith(prefix)}
        assert told.pop("DateUpdated").endswith("Z")
        assert told == {
            "Sid": one.sid,
            "Identifier": identifier,
            "FriendlyName": name,
            "ProxyIdentifier": one.proxy_identifier,
            "ProxyIdentifierSid": one.proxy_identifier_sid,
            "AccountSid": world.server.account_sid,
            "ServiceSid": world.service.sid,
            "SessionSid": session.sid,
            "DateCreated": one.date_created.strftime("%Y-%m-%dT%H:%M:%SZ"),
        }


def test_an_expired_session_asks_the_program_too(world: World, receiver: Receiver) -> None:
    receiver.pages[OOS] = Reply("", "", 204)
    session = world.session(ttl=1)
    eventually(lambda: session.here.fetch().status == "closed")
    world.alice.text(session.a.proxy_identifier, "too late")
    form = asked(receiver)[0].form
    assert (form["sessionSid"], form["sessionStatus"]) == (session.sid, "closed")
    assert form["sessionClosedReason"] == "ttl"
    assert [one["body"] for one in world.alice.receives()] == [
        world.server.settings.messages.reply_expired
    ]


@pytest.mark.both_engines
@pytest.mark.parametrize("content_type", ["application/xml", "text/xml; charset=utf-8"])
def test_messages_of_a_twiml_answer_are_sent(
    world: World, receiver: Receiver, content_type: str
) -> None:
    verbs = (
        "<Message>Hello &amp; welcome</Message>"
        f"<Message to='{ALICE}' from='{POOL[1]}' action='told' statusCallback='/status'>"
        "<Body>Somebody asks</Body><Media>pic.png</Media></Message>"
    )
    receiver.pages[OOS] = Reply(f"<Response>{verbs}</Response>", content_type)
    world.stranger.text(POOL[0], "hi")
    (seen,) = world.stranger.receives()
    assert (seen["from"], seen["body"]) == (POOL[0], "Hello & welcome")
    (other,) = world.alice.receives()
    assert (other["from"], other["body"]) == (POOL[1], "Somebody asks")
    assert other["media"] == [f"{receiver.url}/pic.png"]
    told = asked(receiver, "/status", 2)
    assert [one.form["MessageStatus"] for one in told] == ["sent", "delivered"]
    assert all(map(is_signed, told))
    assert told[0].form["From"] == POOL[1]
    assert told[0].form["To"] == ALICE
    assert [one.form["MessageStatus"] for one in asked(receiver, "/told", 2)] == [
        "sent",
        "delivered",
    ]
    assert len(receiver.at(OOS)) == 1
    assert not codes(world)
    assert not sessions(world)


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_redirect_leads_to_the_next_document(
    world: World, receiver: Receiver, method: str
) -> None:
    receiver.pages[OOS] = twiml(
        f"<Message>one</Message><Redirect method='{method}'>deep/next</Redirect>"
        "<Message>never</Message>"
    )
    receiver.pages["/deep/next"] = twiml("<Message>two</Message>")
    world.stranger.text(POOL[0], "hi")
    assert [one["body"] for one in world.stranger.receives(2)] == ["one", "two"]
    following = next(one for one in receiver.posted if "/deep/next" in one.url)
    assert (following.form["Body"], following.form["From"]) == ("hi", STRANGER)
    if method == "POST":
        assert is_signed(following)
    else:
        signature = following.headers["X-Twilio-Signature"]
        assert RequestValidator(AUTH_TOKEN).validate(following.url, {}, signature)
    world.server.settle()
    assert len(world.stranger.inbox()) == 2


def test_a_program_may_hand_a_message_back_when_it_has_made_a_session(
    world: World, receiver: Receiver
) -> None:
    account, service = world.server.account_sid, world.service.sid
    door = f"https://webhooks.twilio.com/v1/Accounts/{account}/Proxy/{service}/Webhooks/Message"
    number = world.here.phone_numbers.list()[0]

    def answer(form: dict[str, str]) -> Reply:
        session = world.here.sessions.create()
        here = world.here.sessions(session.sid).participants
        here.create(identifier=STRANGER, proxy_identifier_sid=number.sid)
        here.create(identifier=BOB)
        return twiml(f"<Message>one moment</Message><Redirect>{door}</Redirect>")

    receiver.pages[OOS] = answer
    world.stranger.text(number.phone_number, "hi")
    assert world.bob.receives()[0]["body"] == "hi"
    assert world.stranger.receives()[0]["body"] == "one moment"
    world.server.settle()
    assert len(receiver.at(OOS)) == 1


def test_a_message_that_is_handed_back_in_vain_asks_again_but_not_for_ever(
    world: World, receiver: Receiver
) -> None:
    account, service = world.server.account_sid, world.service.sid
    door = f"{world.server.url}/webhooks/v1/Accounts/{account}/Proxy/{service}/Webhooks/Message"
    receiver.pages[OOS] = twiml(f"<Message>again</Message><Redirect>{door}</Redirect>")
    world.stranger.text(POOL[0], "hi")
    asked(receiver, count=10)
    world.server.settle()
    assert len(receiver.at(OOS)) == 10
    assert codes(world) == ["80913"]
    assert [one["body"] for one in world.stranger.inbox()] == [
        world.server.settings.messages.reply_failed
    ]


@pytest.mark.covers("says:oos.charset")
@pytest.mark.parametrize(
    "content_type",
    [
        "application/json",
        "application/json; charset=utf-8",
        'application/json;charset="UTF-16"',
        "application/json; charset=ISO-8859-1",
        "Application/JSON; Charset=no-such-charset",
    ],
)
def test_a_json_answer_makes_a_session_and_the_message_goes_on(
    world: World, receiver: Receiver, content_type: str
) -> None:
    charset = content_type.partition("=")[2].strip('"').lower()
    text = json.dumps({"participantIdentifier": BOB, "uniqueName": "Zürich", "other": [1]})
    encoding = charset if charset not in ("", "no-such-charset") else "utf-8"
    receiver.pages[OOS] = Reply(text.replace("\\u00fc", "ü").encode(encoding), content_type)
    world.stranger.text(POOL[0], "hello")
    (seen,) = world.bob.receives()
    assert seen["body"] == "hello"
    assert STRANGER not in json.dumps(seen)
    (session,) = sessions(world)
    assert (session.unique_name, session.mode) == ("Zürich", "voice-and-message")
    assert (session.ttl, session.date_expiry) == (0, None)
    participants = world.here.sessions(session.sid).participants.list()
    people = {one.identifier: one.proxy_identifier for one in participants}
    assert people[STRANGER] == POOL[0]
    assert people[BOB] == seen["from"]
    world.bob.text(seen["from"], "who is it?")
    assert [one["body"] for one in world.stranger.receives()] == ["who is it?"]
    interactions = world.here.sessions(session.sid).interactions.list()
    assert [json.loads(one.data)["body"] for one in interactions] == ["who is it?", "hello"]
    message = world.client.messages(interactions[1].inbound_resource_sid).fetch()
    assert (message.from_, message.to, message.body) == (STRANGER, POOL[0], "hello")
    assert not codes(world)


@pytest.mark.both_engines
def test_a_published_number_leads_to_its_seller(world: World, receiver: Receiver) -> None:
    published = world.here.phone_numbers.list()[0]
    world.here.phone_numbers(published.sid).update(is_reserved=True)
    receiver.pages[OOS] = invite(
        participantIdentifier=BOB,
        mode="message-only",
        ttl=600,
        dateExpiry="2099-01-01T00:00:00Z",
    )
    world.stranger.text(published.phone_number, "is it still for sale?")
    (seen,) = world.bob.receives()
    assert seen["from"] != published.phone_number
    (session,) = sessions(world)
    assert (session.mode, session.ttl) == ("message-only", 600)
    assert session.date_expiry.year == 2099
    world.alice.text(published.phone_number, "me too!")
    second = world.bob.receives(2)[1]
    assert second["from"] not in (published.phone_number, seen["from"])
    assert len(sessions(world)) == 2


@pytest.mark.both_engines
def test_two_texts_at_once_of_one_stranger_make_one_session(
    world: World, receiver: Receiver
) -> None:
    def answer(form: dict[str, str]) -> Reply:
        time.sleep(0.3)
        return invite(participantIdentifier=BOB)

    receiver.pages[OOS] = answer
    for word in ("one", "two", "three"):
        world.stranger.text(POOL[0], word)
    assert [one["body"] for one in world.bob.receives(3)] == ["one", "two", "three"]
    world.server.settle()
    assert len(sessions(world)) == 1
    assert len(receiver.at(OOS)) == 1
    assert len(world.bob.inbox()) == 3


@pytest.mark.parametrize(
    ("reply", "cause"),
    [
        (Reply("{not json", "application/json"), "not a JSON object"),
        (Reply("[]", "application/json"), "not a JSON object"),
        (Reply("{}", "application/json"), "participantIdentifier is missing"),
        (invite(participantIdentifier=True), "participantIdentifier must be a text"),
        (invite(participantIdentifier="+15551234567"), "80404"),
        (invite(participantIdentifier=STRANGER), "80103"),
        (invite(participantIdentifier=BOB, mode="by-pigeon"), "80701"),
        (invite(participantIdentifier=BOB, ttl=-1), "80701"),
        (invite(participantIdentifier=BOB, dateExpiry="2001-01-01"), "80701"),
        (invite(participantIdentifier=BOB, participantProxyIdentifier="+14150001111"), "80606"),
        (invite(participantIdentifier="+442079460958"), "80203"),
        (invite(participantIdentifier="messenger:1"), "80304"),
    ],
)
def test_an_answer_that_makes_no_session_is_reported_and_the_sender_told(
    world: World, receiver: Receiver, reply: Reply, cause: str
) -> None:
    receiver.pages[OOS] = reply
    world.stranger.text(POOL[0], "hi")
    assert [one["body"] for one in world.stranger.receives()] == [
        world.server.settings.messages.reply_failed
    ]
    world.server.settle()
    assert codes(world) == ["80905"]
    assert cause in alert_texts(world)
    assert BOB not in alert_texts(world)
    assert STRANGER not in alert_texts(world)
    assert not sessions(world)
    assert not world.bob.inbox()
    assert len(receiver.at(OOS)) == 1


@pytest.mark.covers("code:80913")
@pytest.mark.covers("says:oos.status")
@pytest.mark.parametrize("status", [301, 400, 404, 410])
def test_an_answer_that_is_no_success_is_reported_at_once(
    world: World, receiver: Receiver, status: int
) -> None:
    receiver.pages[OOS] = Reply("<Response><Message>x</Message></Response>", status=status)
    world.stranger.text(POOL[0], "hi")
    world.stranger.receives()
    world.server.settle()
    assert [one["body"] for one in world.stranger.inbox()] == [
        world.server.settings.messages.reply_failed
    ]
    assert codes(world) == ["80913"]
    assert len(receiver.at(OOS)) == 1


def test_a_program_that_is_down_is_asked_again_with_the_same_token(
    world: World, receiver: Receiver
) -> None:
    answers = iter([503, 429])
    receiver.pages[OOS] = lambda form: next(answers, twiml("<Message>back</Message>"))
    world.stranger.text(POOL[0], "hi")
    assert [one["body"] for one in world.stranger.receives()] == ["back"]
    posted = asked(receiver, count=3)
    assert len({one.headers["I-Twilio-Idempotency-Token"] for one in posted}) == 1
    assert len({json.dumps(one.form, sort_keys=True) for one in posted}) == 1
    world.server.settle()
    assert codes(world) == ["80913"]
    assert len(world.stranger.inbox()) == 1


@pytest.mark.both_engines
def test_a_program_that_stays_down_is_given_up_and_the_text_kept(
    world: World, receiver: Receiver
) -> None:
    receiver.pages[OOS] = Reply("", "", 500)
    world.stranger.text(POOL[0], "hi")
    asked(receiver, count=3)
    world.stranger.receives()
    world.server.settle()
    assert codes(world) == ["80913", "80913"]
    assert "given up" in alert_texts(world)
    assert [one["body"] for one in world.stranger.inbox()] == [
        world.server.settings.messages.reply_failed
    ]
    assert world.server.transact(lambda tx: tx.outbox.count("dead")) == 1


@pytest.mark.parametrize(
    ("document", "code"),
    [
        ("<Response><Message>x</Response>", "12100"),
        ("<Answer/>", "12102"),
        (f"<Response><!--{'x' * 70_000}--></Response>", "11750"),
    ],
)
def test_a_document_that_can_t_be_understood_is_reported_and_the_sender_told(
    world: World, receiver: Receiver, document: str, code: str
) -> None:
    receiver.pages[OOS] = Reply(document)
    world.stranger.text(POOL[0], "hi")
    world.stranger.receives()
    world.server.settle()
    assert codes(world) == [code]
    assert len(receiver.at(OOS)) == 1


def test_verbs_for_calls_are_left_out_of_an_answer_to_a_message(
    world: World, receiver: Receiver
) -> None:
    receiver.pages[OOS] = twiml("<Say>hi</Say><Message>hello</Message><Message/>")
    world.stranger.text(POOL[0], "hi")
    assert [one["body"] for one in world.stranger.receives()] == ["hello"]
    world.server.settle()
    assert codes(world) == ["14110", "14103"]


def test_addresses_that_are_none_harm_nothing_else(world: World, receiver: Receiver) -> None:
    receiver.pages[OOS] = twiml(
        "<Message action='http://[' statusCallback='/status'>a</Message>"
        "<Message><Body>b</Body><Media>http://[</Media></Message>"
    )
    world.stranger.text(POOL[0], "hi")
    assert [one["body"] for one in world.stranger.receives()] == ["a"]
    asked(receiver, "/status", 2)
    assert codes(world) == ["21620"]
    receiver.pages[OOS] = twiml("<Message>c</Message><Redirect>http://[</Redirect>")
    world.alice.text(POOL[0], "hi")
    assert [one["body"] for one in world.alice.receives()] == [
        world.server.settings.messages.reply_failed
    ]
    for url in ("http://[", "mailto:x@a.example", "ftp://a.example/"):
        receiver.pages[OOS] = twiml(f"<Redirect>{url}</Redirect>")
        over = world.stranger.ends(world.stranger.call(POOL[0])["id"])
        assert heard(over) == said(world, world.server.settings.voice.say_failed)
    assert codes(world)[1:] == ["11200"] * 4


def test_a_program_can_t_send_from_a_number_that_is_not_its_account_s(
    world: World, receiver: Receiver
) -> None:
    receiver.pages[OOS] = twiml(
        f"<Message from='+14155550199'>a</Message><Message to='nobody'>b</Message>"
        f"<Message to='{POOL[0]}'>c</Message><Message>d</Message>"
    )
    world.stranger.text(POOL[0], "hi")
    assert [one["body"] for one in world.stranger.receives()] == ["d"]
    world.server.settle()
    assert sorted(codes(world)) == ["21211", "21266", "21606"]


def test_an_opt_out_word_is_not_told_to_the_program(world: World, receiver: Receiver) -> None:
    receiver.pages[OOS] = twiml("<Message>stay!</Message>")
    world.stranger.text(POOL[0], "Stop")
    world.server.settle()
    assert not receiver.at(OOS)
    assert codes(world) == ["80901"]


def test_a_slow_program_delays_no_other_message(world: World, receiver: Receiver) -> None:
    def answer(form: dict[str, str]) -> int:
        time.sleep(0.8)
        return 204

    receiver.pages[OOS] = answer
    session = world.session()
    for _ in range(3):
        world.stranger.text(POOL[0], "hm")
    began = time.monotonic()
    world.alice.text(session.a.proxy_identifier, "quick")
    world.bob.receives()
    assert time.monotonic() - began < 0.7


def test_without_a_url_strangers_get_no_answer_and_others_one_an_hour(
    server: RunningServer,
) -> None:
    world = World(server)
    session = world.session()
    session.here.update(status="closed")
    for _ in range(3):
        world.stranger.text(session.a.proxy_identifier, "hi")
        world.alice.text(session.a.proxy_identifier, "hi")
    server.settle()
    assert not world.stranger.inbox()
    assert [one["body"] for one in world.alice.receives()] == [
        server.settings.messages.reply_expired
    ]
    assert codes(world) == ["80903"] * 6


@pytest.mark.covers("code:11200")
def test_a_status_that_nobody_takes_is_reported(tmp_path: Path, receiver: Receiver) -> None:
    with RunningServer(tmp_path, MASKLINE_WEBHOOKS_RETRY_DELAYS="0.01") as server:
        world = World(server, out_of_session_callback_url=f"{receiver.url}{OOS}")
        receiver.pages[OOS] = twiml("<Message action='/gone'>hi</Message>")
        receiver.pages["/gone"] = Reply("", "", 404)
        world.stranger.text(POOL[0], "hi")
        assert len(asked(receiver, "/gone", 4)) == 4
        server.settle()
        # Of each of the two reports: when it first failed, and when it was given up.
        assert [int(code) for code in codes(world)] == [11200] * 4
        receiver.pages[OOS] = twiml("<Message action='http://127.0.0.1:1/'>hi</Message>")
        world.alice.text(POOL[0], "hi")
        world.alice.receives()
        eventually(lambda: len(codes(world)) == 8)


# Calls


def heard(call: dict[str, Any]) -> list[tuple[str, str]]:
    return [(one["what"], one["text"]) for one in call["heard"]]


def said(world: World, text: str) -> list[tuple[str, str]]:
    return [("say", text)]


def test_a_stranger_s_call_is_told_to_the_program(world: World, receiver: Receiver) -> None:
    receiver.pages[OOS] = twiml("<Say>Welcome.</Say><Play>tune.mp3</Play><Hangup/>")
    call = world.stranger.call(POOL[0])
    (one,) = asked(receiver)
    assert is_signed(one)
    form = dict(one.form)
    (record,) = world.client.calls.list()
    assert form.pop("CallSid") == record.sid
    assert form.pop("AddOns")
    assert {form.pop(f"{name}Country") for name in ("From", "To", "Caller", "Called")} == {"US"}
    for name in ("From", "To", "Caller", "Called"):
        assert {form.pop(f"{name}{what}") for what in ("City", "State", "Zip")} == {""}
    assert form == {
        "AccountSid": world.server.account_sid,
        "ApiVersion": "2010-04-01",
        "From": STRANGER,
        "Caller": STRANGER,
        "To": POOL[0],
        "Called": POOL[0],
        "CallStatus": "ringing",
        "Direction": "inbound",
    }
    over = world.stranger.ends(call["id"])
    assert heard(over) == [("say", "Welcome."), ("play", f"{receiver.url}/tune.mp3")]
    assert over["status"] == "completed"
    assert not codes(world)


def test_a_caller_of_a_past_session_is_told_of_with_it(world: World, receiver: Receiver) -> None:
    receiver.pages[OOS] = twiml("<Reject reason='busy'/>")
    session = world.session()
    session.here.update(status="closed")
    call = world.bob.call(session.b.proxy_identifier)
    assert world.bob.ends(call["id"])["status"] == "busy"
    form = asked(receiver)[0].form
    assert form["sessionSid"] == session.sid
    assert form["inboundParticipantIdentifier"] == BOB
    assert form["outboundParticipantIdentifier"] == ALICE


def test_digits_reach_the_action_of_a_gather(world: World, receiver: Receiver) -> None:
    receiver.pages[OOS] = twiml(
        "<Gather numDigits='4' action='menu/pin'><Say>Your code?</Say></Gather><Say>late</Say>"
    )
    receiver.pages["/menu/pin"] = lambda form: twiml(
        f"<Say>{form['Digits']}</Say><Redirect method='GET'>next</Redirect>"
    )
    receiver.pages["/menu/next"] = twiml("<Pause/><Say>bye</Say>")
    call = world.stranger.call(POOL[0])
    world.stranger.act(call["id"], "digits", digits="12")
    world.stranger.act(call["id"], "digits", digits="34")
    over = world.stranger.ends(call["id"])
    assert heard(over) == [
        ("say", "Your code?"),
        ("say", "1234"),
        ("pause", "1"),
        ("say", "bye"),
    ]
    pin = asked(receiver, "/menu/pin")[0]
    assert is_signed(pin)
    assert pin.form["CallStatus"] == "in-progress"
    assert pin.form["From"] == STRANGER
    assert pin.form["AccountSid"] == world.server.account_sid


def test_a_gather_without_an_action_asks_its_document_again(
    world: World, receiver: Receiver
) -> None:
    receiver.pages[OOS] = lambda form: twiml(
        f"<Say>got {form['Digits']}</Say>" if "Digits" in form else "<Gather numDigits='1'/>"
    )
    call = world.stranger.call(POOL[0])
    world.stranger.act(call["id"], "digits", digits="7")
    assert heard(world.stranger.ends(call["id"])) == [("say", "got 7")]


def test_the_action_of_a_record_is_called(world: World, receiver: Receiver) -> None:
    receiver.pages[OOS] = twiml("<Record action='/done' finishOnKey='#'/>")
    receiver.pages["/done"] = twiml("<Say>thanks</Say>")
    call = world.stranger.call(POOL[0])
    world.stranger.act(call["id"], "digits", digits="#")
    assert heard(world.stranger.ends(call["id"]))[-1] == ("say", "thanks")
    form = asked(receiver, "/done")[0].form
    assert form["Digits"] == "#"
    assert form["RecordingDuration"] == "0"
    assert form["RecordingSid"] in form["RecordingUrl"]


@pytest.mark.both_engines
def test_a_program_dials_and_the_callee_sees_the_number_that_was_dialled(
    world: World, receiver: Receiver
) -> None:
    receiver.pages[OOS] = twiml(f"<Dial action='over'>{BOB}</Dial>")
    receiver.pages["/over"] = twiml("<Say>that was it</Say>")
    call = world.stranger.call(POOL[0])
    ringing = world.bob.rings()
    assert ringing["from"] == POOL[0]
    world.bob.act(ringing["id"], "answer")
    world.bob.act(ringing["id"], "hangup")
    assert heard(world.stranger.ends(call["id"])) == [("say", "that was it")]
    form = asked(receiver, "/over")[0].form
    assert form["DialCallStatus"] == "completed"
    leg = world.client.calls(form["DialCallSid"]).fetch()
    inbound = world.client.calls(form["CallSid"]).fetch()
    assert (leg.direction, leg.status, leg._from, leg.to) == (
        "outbound-dial",
        "completed",
        POOL[0],
        BOB,
    )
    assert leg.parent_call_sid == inbound.sid
    eventually(lambda: world.client.calls(form["CallSid"]).fetch().status == "completed")
    assert STRANGER not in world.bob.everything()


@pytest.mark.covers("code:13214")
def test_a_program_shows_only_numbers_that_it_may(world: World, receiver: Receiver) -> None:
    receiver.pages[OOS] = twiml(f"<Dial callerId='{ALICE}' action='/over'>{BOB}</Dial>")
    receiver.pages["/over"] = twiml("")
    world.stranger.call(POOL[0])
    assert asked(receiver, "/over")[0].form["DialCallStatus"] == "failed"
    assert not world.bob.calls()
    assert [int(code) for code in codes(world)] == [13214]
    receiver.pages[OOS] = twiml(f"<Dial callerId='{STRANGER}'>{BOB}</Dial>")
    world.stranger.call(POOL[1])
    assert world.bob.rings()["from"] == STRANGER
    receiver.pages[OOS] = twiml(f"<Dial callerId='{POOL[2]}'>{ALICE}</Dial>")
    world.stranger.call(POOL[1])
    assert world.alice.rings()["from"] == POOL[2]


@pytest.mark.both_engines
def test_a_json_answer_makes_a_session_and_the_call_is_connected(
    world: World, receiver: Receiver
) -> None:
    published = world.here.phone_numbers.list()[0]
    world.here.phone_numbers(published.sid).update(is_reserved=True)
    receiver.pages[OOS] = invite(participantIdentifier=BOB, uniqueName="ad 5")
    call = world.stranger.call(published.phone_number)
    ringing = world.bob.rings()
    assert ringing["from"] != published.phone_number
    world.bob.act(ringing["id"], "answer")
    world.stranger.act(call["id"], "hangup")
    world.bob.ends(ringing["id"])
    (session,) = sessions(world)
    here = world.here.sessions(session.sid)
    assert session.unique_name == "ad 5"
    interaction = eventually(
        lambda: next(
            (
                one
                for one in here.interactions.list()
                if one.outbound_resource_status == "completed"
            ),
            None,
        )
    )
    assert interaction.type == "voice"
    people = {one.identifier: one.proxy_identifier for one in here.participants.list()}
    assert people == {STRANGER: published.phone_number, BOB: ringing["from"]}
    world.server.settle()
    assert receiver.at("/callback")[-1].form["outboundResourceStatus"] == "completed"
    assert STRANGER not in world.bob.everything()
    back = world.bob.call(ringing["from"])
    assert world.stranger.rings()["from"] == published.phone_number
    world.bob.act(back["id"], "hangup")
    assert len(receiver.at(OOS)) == 1


def test_a_new_session_s_call_is_intercepted_like_any_other(
    server: RunningServer, receiver: Receiver
) -> None:
    world = World(
        server,
        out_of_session_callback_url=f"{receiver.url}{OOS}",
        intercept_callback_url=f"{receiver.url}/intercept",
    )
    receiver.pages[OOS] = invite(participantIdentifier=BOB)
    receiver.pages["/intercept"] = Reply("", "", 403)
    call = world.stranger.call(POOL[0])
    over = world.stranger.ends(call["id"])
    assert heard(over) == said(world, server.settings.voice.say_blocked)
    assert len(sessions(world)) == 1
    assert not world.bob.calls()


@pytest.mark.parametrize("host", ["own", "twilio"])
def test_a_call_that_is_handed_back_asks_again_with_its_digits(
    world: World, receiver: Receiver, host: str
) -> None:
    account, service = world.server.account_sid, world.service.sid
    base = f"{world.server.url}/webhooks" if host == "own" else "https://webhooks.twilio.com"
    door = f"{base}/v1/Accounts/{account}/Proxy/{service}/Webhooks/Call"

    def answer(form: dict[str, str]) -> Reply:
        if form.get("Digits") == "12":
            return invite(participantIdentifier=BOB)
        return twiml(f"<Gather numDigits='2' action='{door}'><Say>Extension?</Say></Gather>")

    receiver.pages[OOS] = answer
    call = world.stranger.call(POOL[0])
    world.stranger.act(call["id"], "digits", digits="12")
    ringing = world.bob.rings()
    first, second = asked(receiver, count=2)
    assert (first.form["CallStatus"], second.form["CallStatus"]) == ("ringing", "in-progress")
    assert second.form["CallSid"] == first.form["CallSid"]
    assert second.form["Digits"] == "12"
    tokens = {one.headers["I-Twilio-Idempotency-Token"] for one in (first, second)}
    assert len(tokens) == 2
    world.bob.act(ringing["id"], "answer")
    world.bob.act(ringing["id"], "hangup")
    world.stranger.ends(call["id"])
    (session,) = sessions(world)
    eventually(
        lambda: (
            [
                one.outbound_resource_status
                for one in world.here.sessions(session.sid).interactions.list()
            ]
            == ["completed"]
        )
    )


def test_a_call_that_a_program_made_a_session_for_is_connected_when_handed_back(
    world: World, receiver: Receiver
) -> None:
    account, service = world.server.account_sid, world.service.sid
    door = f"{world.server.url}/webhooks/v1/Accounts/{account}/Proxy/{service}/Webhooks/Call"
    number = world.here.phone_numbers.list()[0]

    def answer(form: dict[str, str]) -> Reply:
        session = world.here.sessions.create()
        here = world.here.sessions(session.sid).participants
        here.create(identifier=STRANGER, proxy_identifier_sid=number.sid)
        here.create(identifier=BOB)
        return twiml(f"<Say>One moment.</Say><Redirect>{door}</Redirect>")

    receiver.pages[OOS] = answer
    call = world.stranger.call(number.phone_number)
    world.bob.act(world.bob.rings()["id"], "answer")
    assert heard(world.stranger.calls()[0]) == [("say", "One moment.")]
    world.stranger.act(call["id"], "hangup")
    assert len(receiver.at(OOS)) == 1


@pytest.mark.parametrize(
    ("reply", "code"),
    [
        (Reply("", "", 500), 80913),
        (Reply("", "", 404), 80913),
        (Reply("<Response><Say>", "text/xml"), 12100),
        (Reply("{", "application/json"), 80905),
        (invite(participantIdentifier="+15551234567"), 80905),
        (invite(participantIdentifier=BOB, participantProxyIdentifier="+14150001111"), 80905),
    ],
)
def test_a_caller_whom_the_program_fails_hears_so(
    world: World, receiver: Receiver, reply: Reply, code: int
) -> None:
    receiver.pages[OOS] = reply
    call = world.stranger.call(POOL[0])
    over = world.stranger.ends(call["id"])
    assert heard(over) == said(world, world.server.settings.voice.say_failed)
    assert codes(world) == [str(code)]
    assert len(receiver.at(OOS)) == 1
    assert not sessions(world)


def test_a_program_that_hangs_keeps_no_caller_waiting_for_ever(
    world: World, receiver: Receiver
) -> None:
    receiver.delay = 3
    receiver.pages[OOS] = twiml("<Say>late</Say>")
    began = time.monotonic()
    call = world.stranger.call(POOL[0])
    assert 0.9 < time.monotonic() - began < 2.5
    over = world.stranger.ends(call["id"])
    assert heard(over) == said(world, world.server.settings.voice.say_failed)
    assert codes(world) == ["80913"]


@pytest.mark.parametrize("content_type", ["", "text/plain"])
def test_a_caller_for_whom_the_program_asks_for_nothing_hears_a_sentence(
    world: World, receiver: Receiver, content_type: str
) -> None:
    receiver.pages[OOS] = Reply("whatever", content_type, 201)
    call = world.stranger.call(POOL[0])
    over = world.stranger.ends(call["id"])
    assert heard(over) == said(world, world.server.settings.voice.say_no_session)
    assert codes(world) == ["80902"]


def test_a_document_that_fails_in_the_middle_of_a_call_is_reported(
    world: World, receiver: Receiver
) -> None:
    for path, page in (
        ("/gone", Reply("", "", 410)),
        ("/json", Reply("{}", "application/json")),
        ("/bad", Reply("<Response><Say>")),
    ):
        receiver.pages[OOS] = twiml(f"<Redirect>{path}</Redirect>")
        receiver.pages[path] = page
        call = world.stranger.call(POOL[0])
        over = world.stranger.ends(call["id"])
        assert heard(over) == said(world, world.server.settings.voice.say_failed)
    receiver.pages[OOS] = twiml("<Redirect>/odd</Redirect>")
    receiver.pages["/odd"] = twiml("<Say>fine</Say><Fly/>")
    assert heard(world.stranger.ends(world.stranger.call(POOL[0])["id"])) == [("say", "fine")]
    receiver.pages[OOS] = twiml("<Redirect>/empty</Redirect>")
    receiver.pages["/empty"] = Reply("", "", 204)
    world.stranger.ends(world.stranger.call(POOL[0])["id"])
    account, service = world.server.account_sid, world.service.sid
    for what in ("Message", "Call/Done"):
        door = f"{world.server.url}/webhooks/v1/Accounts/{account}/Proxy/{service}/Webhooks/{what}"
        receiver.pages[OOS] = twiml(f"<Redirect>{door}</Redirect>")
        over = world.stranger.ends(world.stranger.call(POOL[0])["id"])
        assert heard(over) == said(world, world.server.settings.voice.say_failed)
    assert codes(world) == ["11200", "11200", "12100", "12200"]


def test_documents_that_lead_on_for_ever_end_in_a_sentence(
    world: World, receiver: Receiver
) -> None:
    receiver.pages[OOS] = twiml(f"<Redirect>{OOS}</Redirect>")
    over = world.stranger.ends(world.stranger.call(POOL[0])["id"])
    assert heard(over) == said(world, world.server.settings.voice.say_failed)
    assert len(receiver.at(OOS)) == 101
    assert codes(world) == ["11200"]


def test_documents_at_private_addresses_are_not_fetched(tmp_path: Path, receiver: Receiver) -> None:
    with RunningServer(tmp_path, MASKLINE_ALLOW_PRIVATE_WEBHOOKS="false") as server:
        world = World(server, out_of_session_callback_url=f"{receiver.url}{OOS}")
        call = world.stranger.call(POOL[0])
        over = world.stranger.ends(call["id"])
        assert heard(over) == said(world, server.settings.voice.say_failed)
        assert not receiver.posted
        assert codes(world) == ["80913"]


def test_a_withheld_caller_is_handed_to_the_program_where_the_settings_say_so(
    tmp_path: Path, receiver: Receiver
) -> None:
    with RunningServer(tmp_path, MASKLINE_VOICE_WITHHELD_CALLERS="out-of-session") as server:
        world = World(server, out_of_session_callback_url=f"{receiver.url}{OOS}")
        receiver.pages[OOS] = twiml("<Say>Who is it?</Say>")
        form = {"CallSid": "CAx", "From": "anonymous", "To": POOL[0], "CallStatus": "ringing"}
        answer = door(world, "Call", form)
        assert "<Say>Who is it?</Say>" in answer.text
        assert asked(receiver)[0].form["From"] == "anonymous"


def door(world: World, what: str, form: dict[str, str]) -> requests.Response:
    """A Twilio-shaped carrier posts a signed form."""
    account, service = world.server.account_sid, world.service.sid
    url = f"{world.server.url}/webhooks/v1/Accounts/{account}/Proxy/{service}/Webhooks/{what}"
    signature = RequestValidator(AUTH_TOKEN).compute_signature(url, form)
    return requests.post(url, data=form, headers={"X-Twilio-Signature": signature}, timeout=10)


def test_a_twilio_shaped_carrier_is_handed_the_document_with_absolute_urls(
    world: World, receiver: Receiver
) -> None:
    account, service = world.server.account_sid, world.service.sid
    twilio = f"https://webhooks.twilio.com/v1/Accounts/{account}/Proxy/{service}/Webhooks/Call"
    receiver.pages[OOS] = twiml(
        f"<Gather action='menu'><Play>a.mp3</Play></Gather><Dial>{BOB}</Dial>"
        f"<Redirect>{twilio}</Redirect>"
    )
    form = {"CallSid": "CAx", "From": STRANGER, "To": POOL[0], "CallStatus": "ringing"}
    answer = door(world, "Call", form).text
    sid = world.client.calls.list()[0].sid
    ours = twilio.replace("https://webhooks.twilio.com", f"{world.server.url}/webhooks")
    # The carrier comes to us for the next document: we ask the program.
    query = urlencode({"Call": sid, "Url": f"{receiver.url}/menu", "Method": "POST"})
    assert f'action="{ours}/Next?{query}&At='.replace("&", "&amp;") in answer
    assert f">{receiver.url}/a.mp3</Play>" in answer
    assert f'<Dial callerId="{POOL[0]}"' in answer
    assert f">{ours}?At=" in answer
    reports = f"{ours}/Leg?Parent={sid}"
    assert f'statusCallback="{reports}"' in answer
    tail = reports.partition("/Webhooks/")[2]
    for status in ("initiated", "ringing", "in-progress", "completed"):
        told = {"CallSid": "CAy", "From": POOL[0], "To": BOB, "CallStatus": status}
        assert door(world, tail, told).status_code == 200
    leg = next(one for one in world.client.calls.list() if one.direction == "outbound-dial")
    assert (leg._from, leg.to, leg.status) == (POOL[0], BOB, "completed")
    # Handed back by the document, the call comes to another one.
    back = re.findall(r">[^<]*/Webhooks/(Call\?At=\w+)</Redirect>", answer)[0]
    for text in ("One", "Two"):
        receiver.pages[OOS] = twiml(f"<Message>{text}</Message><Say>Sent</Say>")
        assert "<Response><Say>Sent</Say></Response>" in door(world, back, form).text
        assert "<Response><Say>Sent</Say></Response>" in door(world, back, form).text
        back = "Call"
    sent = [one.body for one in world.client.messages.list(from_=POOL[0])]
    assert sorted(sent) == ["One", "Two"]
    receiver.pages[OOS] = invite(participantIdentifier=BOB)
    again = form | {"CallStatus": "in-progress", "Digits": "4", "Secret": "x"}
    answer = door(world, "Call", again).text
    assert f">{BOB}</Number>" in answer
    second = asked(receiver, count=6)[-1].form
    assert (second["CallStatus"], second["Digits"]) == ("in-progress", "4")
    assert "Secret" not in second
    assert len(world.client.calls.list()) == 3


@pytest.mark.both_engines
@pytest.mark.parametrize("status", ["suspended", "closed"])
def test_an_account_that_is_not_active_relays_nothing(
    world: World, receiver: Receiver, status: str
) -> None:
    session = world.session()
    account = world.server.transact(lambda tx: tx.accounts.get(world.server.account_sid))
    changed = msgspec.structs.replace(account, status=status)
    world.server.transact(lambda tx: tx.accounts.update(changed))
    number = session.a.proxy_identifier
    assert world.alice.text(number, "hi").status_code == 201
    assert world.stranger.text(number, "hi").status_code == 201
    over = world.alice.ends(world.alice.call(number)["id"])
    assert heard(over) == said(world, world.server.settings.voice.say_suspended)
    form = {"CallSid": "CAx", "From": ALICE, "To": number, "CallStatus": "ringing"}
    assert world.server.settings.voice.say_suspended in door(world, "Call", form).text
    form = {"MessageSid": "SMx", "From": ALICE, "To": number, "Body": "hi"}
    assert door(world, "Message", form).status_code == 200
    world.server.settle()
    assert not world.bob.inbox()
    assert not world.bob.calls()
    assert not world.alice.inbox()
    assert not receiver.posted
    world.server.transact(lambda tx: tx.accounts.update(account))
    assert not codes(world)
    assert len(world.client.messages.list()) == 3
