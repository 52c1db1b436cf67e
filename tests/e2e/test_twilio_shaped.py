"""Real carriers of Twilio's shape, without the internet: a second server plays the carrier, with
its own 2010 API, signed webhooks and handsets, and two servers talk HTTP both ways."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl

import pytest
import requests
from twilio.request_validator import RequestValidator

from tests.support.carriers import NETWORK_TOKEN, Masked, masked
from tests.support.receiver import Receiver, document
from tests.support.world import ALICE, BOB, POOL, STRANGER, Handset, eventually


@pytest.fixture(scope="module", params=["twilio", "signalwire"])
def both(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    with masked(tmp_path_factory, request.param, f"{request.param}-one") as found:
        found.furnish()
        yield found


#: What does not differ between the carriers is tried with one of them.
twilio_alone = pytest.mark.parametrize("both", ["twilio"], indirect=True, scope="module")


def stands(both: Masked, sid: str, status: str) -> Any:
    """A call here, once it has that status."""
    return eventually(
        lambda: found if (found := both.mask.client.calls(sid).fetch()).status == status else None
    )


def settles(both: Masked, kind: str, status: str) -> Any:
    return eventually(
        lambda: next(
            (
                one
                for one in both.here.interactions.list()[:1]
                if (one.type, one.outbound_resource_status) == (kind, status)
            ),
            None,
        )
    )


@pytest.mark.covers("carrier:signalwire.end-to-end")
def test_texts_go_both_ways_masked(both: Masked) -> None:
    near, far = both.session()
    before = len(both.bob.inbox())
    assert both.alice.text(near, "Where are you?").status_code == 201
    (text,) = both.bob.receives(before + 1)[before:]
    assert (text["from"], text["body"]) == (far, "Where are you?")
    settles(both, "message", "delivered")
    before = len(both.alice.inbox())
    assert both.bob.text(far, "Here").status_code == 201
    (reply,) = both.alice.receives(before + 1)[before:]
    assert (reply["from"], reply["body"]) == (near, "Here")
    settles(both, "message", "delivered")
    assert BOB not in both.alice.everything()
    assert ALICE not in both.bob.everything()


@pytest.mark.covers("carrier:accounts.media")
def test_pictures_pass_without_the_carrier_s_credentials(both: Masked) -> None:
    """The carrier keeps a picture behind its credentials; the partner's phone gets an address that
    needs none, and that nobody can guess."""
    near, _ = both.session()
    picture = f"{both.mask.url}/healthz"
    assert both.alice.text(POOL[0], "", [picture]).status_code == 201
    account = both.network.client
    (stored,) = [one for one in account.messages.list(limit=5) if one.num_media == "1"][:1]
    (medium,) = account.messages(stored.sid).media.list()
    kept = f"{both.network.url}/api{medium.uri.removesuffix('.json')}"
    assert requests.get(kept, timeout=5).status_code == 401
    before = len(both.bob.inbox())
    assert both.alice.text(near, "look", [kept]).status_code == 201
    (text,) = both.bob.receives(before + 1)[before:]
    (passed,) = text["media"]
    url = passed if isinstance(passed, str) else passed["url"]
    assert url.startswith(f"{both.mask.url}/carriers/{both.name}/media/")
    answer = requests.get(url, timeout=5)
    assert answer.status_code == 200
    assert answer.content == requests.get(picture, timeout=5).content
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert requests.get(url[:-4] + "AAAA", timeout=5).status_code == 404
    (newest, *_) = both.here.interactions.list()
    assert newest.data is not None


def test_calls_are_masked_and_followed_to_their_end(both: Masked) -> None:
    near, far = both.session()
    call = both.alice.call(near)
    ringing = both.bob.rings()
    assert ringing["from"] == far
    settles(both, "voice", "ringing")
    assert both.bob.act(ringing["id"], "answer").status_code == 200
    settles(both, "voice", "in-progress")
    assert both.bob.act(ringing["id"], "hangup").status_code == 200
    both.alice.ends(call["id"])
    ended = settles(both, "voice", "completed")
    assert ended.inbound_resource_status == "completed"
    legs = {one.sid: one for one in both.mask.client.calls.list(limit=10)}
    child = legs[ended.outbound_resource_sid]
    assert child.parent_call_sid == ended.inbound_resource_sid
    assert BOB not in both.alice.everything()


@twilio_alone
def test_a_call_that_nobody_answers(both: Masked) -> None:
    near, _ = both.session()
    call = both.alice.call(near)
    assert both.bob.act(both.bob.rings()["id"], "reject").status_code == 200
    both.alice.ends(call["id"])
    assert settles(both, "voice", "busy").inbound_resource_status == "busy"


@twilio_alone
def test_a_call_that_no_session_carries_ends(both: Masked) -> None:
    """The carrier's call record is told of by the number's own StatusCallback."""
    call = both.stranger.call(POOL[0])
    ended = both.stranger.ends(call["id"])
    assert ended["status"] == "completed"
    eventually(
        lambda: [
            one
            for one in both.mask.client.calls.list(limit=5)
            if one._from == STRANGER and one.status == "completed"
        ]
    )


@pytest.mark.covers("carrier:twilio.opt-out", "carrier:signalwire.opt-out")
def test_who_opts_out_at_the_carrier_is_opted_out_here(both: Masked) -> None:
    near, far = both.session()
    before = len(both.bob.inbox())
    assert both.bob.text(far, "STOP").status_code == 201
    # One answer, the carrier's: it keeps the list.
    told = eventually(lambda: both.bob.inbox()[before:])
    assert len(told) == 1
    assert both.alice.text(near, "Still there?").status_code == 201
    lost = settles(both, "message", "failed")
    message = both.mask.client.messages(lost.outbound_resource_sid).fetch()
    assert message.error_code == 21610
    assert both.bob.text(far, "START").status_code == 201
    eventually(lambda: len(both.bob.inbox()) == before + 2)
    assert both.alice.text(near, "And now?").status_code == 201
    settles(both, "message", "delivered")


@twilio_alone
def test_a_carrier_that_lies(both: Masked) -> None:
    """It hands over what it handed over before, and reports late, twice and in no order."""
    near, far = both.session()
    before = len(both.bob.inbox())
    both.alice.behave(duplicate_inbound=2)
    both.bob.behave(delay_ms=200, duplicate_receipts=2, out_of_order=True)
    try:
        for body in ("one", "two"):
            assert both.alice.text(near, body).status_code == 201
        both.bob.receives(before + 2)
        settles(both, "message", "delivered")
        taken = {one["path"]: one for one in _requests(both)}
        assert {"Message", "Status"} <= taken.keys()
        assert [one["body"] for one in both.bob.inbox()[before:]] == ["one", "two"]
        assert {one["from"] for one in both.bob.inbox()[before:]} == {far}
        found = both.here.interactions.list()
        assert [one.outbound_resource_status for one in found] == ["delivered"] * 2
    finally:
        both.alice.behave()
        both.bob.behave()


def _requests(both: Masked) -> list[dict[str, Any]]:
    """What was kept of the carrier's requests; none was answered with an error of ours."""
    found: list[dict[str, Any]] = json.loads(
        both.cli("carriers", "requests", "list", "--json", "--limit", "200")
    )["requests"]
    assert all(one["status"] < 500 for one in found)
    return found


@twilio_alone
def test_the_carrier_s_errors_are_kept(both: Masked) -> None:
    near, _ = both.session()
    both.bob.behave(outcome="undelivered", error_code=30005)
    try:
        assert both.alice.text(near, "Lost").status_code == 201
        lost = settles(both, "message", "undelivered")
        message = both.mask.client.messages(lost.outbound_resource_sid).fetch()
        assert message.error_code == 30005
    finally:
        both.bob.behave()


@twilio_alone
def test_what_is_not_signed_is_refused(both: Masked) -> None:
    door = f"{both.mask.url}/carriers/{both.name}"
    form = {"MessageSid": "SM1", "From": ALICE, "To": POOL[0], "Body": "forged"}
    for headers in ({}, {"X-Twilio-Signature": "AAAA"}):
        answer = requests.post(f"{door}/Message", data=form, headers=headers, timeout=5)
        assert answer.status_code == 403
        assert answer.json()["code"] == 80625
    assert requests.post(f"{both.mask.url}/carriers/nobody/Message", timeout=5).status_code == 404


@pytest.mark.covers("carrier:accounts.sealed")
def test_secrets_are_nowhere(both: Masked) -> None:
    assert NETWORK_TOKEN not in both.mask.log
    database = both.mask.directory / "maskline.db"
    for file in database.parent.glob("maskline.db*"):
        assert NETWORK_TOKEN.encode() not in file.read_bytes()


@pytest.mark.covers("carrier:accounts.replay")
@twilio_alone
def test_what_came_in_can_be_looked_at_and_taken_in_again(both: Masked) -> None:
    number = "+14158675398"
    url = f"{both.mask.url}/carriers/{both.name}/Message"
    both.network.client.incoming_phone_numbers.create(phone_number=number, sms_url=url)
    assert both.stranger.text(number, "Is anybody there?").status_code == 201

    def failed() -> list[dict[str, Any]]:
        words = ("carriers", "requests", "list", "--failed", "--json")
        found = json.loads(both.cli(*words))["requests"]
        return [one for one in found if "anybody" in one["body"]]

    # The number is not known here yet: nothing was taken, and the carrier's request was kept.
    (kept,) = eventually(failed)[:1]
    assert (kept["carrier"], kept["path"], kept["status"]) == (both.name, "Message", 404)
    assert json.loads(kept["headers"])["x-twilio-signature"] == "***"
    both.cli("numbers", "add", number, "--carrier", both.name)
    # The carrier tries again by itself, and may have been sooner: either way it is taken once.
    outcomes = {"taken", "duplicate"}
    assert both.cli("carriers", "requests", "replay", kept["sid"]).strip() in outcomes
    assert both.cli("carriers", "requests", "replay", kept["sid"]).strip() == "duplicate"
    (message,) = both.mask.client.messages.list(to=number)
    assert (message.body, message.from_) == ("Is anybody there?", STRANGER)
    monitor = f"{both.mask.url}/monitor/v1/CarrierRequests"
    auth = (both.mask.account_sid, both.mask.auth_token)
    listed = requests.get(monitor, auth=auth, timeout=5).json()["requests"]
    text = next(one for one in listed if one["path"] == "Message")
    assert requests.get(text["url"], auth=auth, timeout=5).json()["headers"]["host"]
    again = requests.post(text["url"], auth=auth, data={"Action": "replay"}, timeout=5)
    assert again.json()["outcome"] == "duplicate"
    # Whose number it was nobody knew then: it is the operator's to see.
    assert kept["sid"] not in [one["sid"] for one in listed]


@pytest.mark.covers("carrier:accounts.try")
@twilio_alone
def test_an_operator_tries_it_out(both: Masked) -> None:
    me = Handset(both.network, "+12065551234")
    me.behave(on_call="answer", on_call_ms=10)
    words = ("carriers", "test", both.name, "--to", me.number, "--json")
    steps = {one["step"]: one for one in json.loads(both.cli(*words))}
    assert all(one["ok"] for one in steps.values()), steps
    assert set(steps) == {"number", "credentials", "inbound", "text", "call"}
    (text,) = me.receives()
    assert text["from"] == steps["number"]["says"]
    (call,) = me.calls()
    assert me.ends(call["id"])["from"] == steps["number"]["says"]
    assert call["heard"][0]["text"].startswith("Maskline can call you")
    assert "answered" in steps["call"]["says"]


@twilio_alone
def test_an_operator_hears_why_a_call_came_to_nothing(both: Masked) -> None:
    me = Handset(both.network, "+12065551235")
    me.behave(on_call="busy", on_call_ms=10)
    words = ("carriers", "test", both.name, "--to", me.number, "--json", "--no-text")
    tried = both.run(*words)
    assert tried.returncode == 1
    (failed,) = [one for one in json.loads(tried.stdout) if not one["ok"]]
    assert (failed["step"], failed["says"]) == ("call", "begun, and came to: busy")


def test_a_program_places_calls_by_the_carrier(both: Masked) -> None:
    """The carrier asks us what a call does, and tells us what becomes of it; the program hears of
    it from us alone, by our names."""
    client = both.mask.client
    me, friend = (Handset(both.network, f"+1206555124{digit}") for digit in (1, 2))
    with Receiver() as program:
        program.pages["/voice"] = document("<Gather numDigits='1' action='keys'/>")
        program.pages["/keys"] = document(
            f"<Dial><Number url='whisper' statusCallback='{program.url}/leg' "
            f"statusCallbackEvent='answered completed'>{friend.number}</Number></Dial>"
            "<Say>Goodbye</Say>"
        )
        program.pages["/whisper"] = document("<Say>A call for you</Say>")
        made = client.calls.create(
            to=me.number,
            from_=POOL[0],
            url=f"{program.url}/voice",
            machine_detection="Enable",
            status_callback=f"{program.url}/status",
            status_callback_event=["initiated", "ringing", "answered", "completed"],
        )
        ringing = me.rings()
        assert ringing["from"] == POOL[0]
        stands(both, made.sid, "ringing")
        me.act(ringing["id"], "answer")
        stands(both, made.sid, "in-progress")
        assert client.calls(made.sid).fetch().answered_by == "human"
        eventually(lambda: program.at("/voice"))
        me.act(ringing["id"], "digits", digits="7")
        # No Dial shows a number that its document does not name: ours does.
        rings = friend.rings()
        assert rings["from"] == POOL[0]
        friend.act(rings["id"], "answer")
        eventually(lambda: len(program.at("/leg")) == 1)
        friend.act(rings["id"], "hangup")
        me.ends(ringing["id"])
        over = stands(both, made.sid, "completed")
        assert over.duration is not None
        eventually(lambda: len(program.at("/status")) == 4)
        eventually(lambda: len(program.at("/leg")) == 2)
        told = [one.form for one in program.at("/status")]
        assert [one["CallStatus"] for one in told] == [
            "initiated",
            "ringing",
            "in-progress",
            "completed",
        ]
        (leg,) = client.calls.list(parent_call_sid=made.sid)
        assert (leg.to, leg.status) == (friend.number, "completed")
        assert {one.form["CallSid"] for one in program.at("/leg")} == {leg.sid}
        keyed = program.at("/keys")[0].form
        assert (keyed["Digits"], keyed["CallSid"]) == ("7", made.sid)
        theirs = both.network.client.calls.list()
        for one in program.posted:
            # All of it is signed as the account that the program knows.
            assert one.form["AccountSid"] == both.mask.account_sid
            assert not [call.sid for call in theirs if call.sid in str(one.form)]
        assert friend.ends(rings["id"])["heard"] == [{"what": "say", "text": "A call for you"}]


@twilio_alone
def test_a_live_call_at_the_carrier_is_steered_and_ended(both: Masked) -> None:
    client, me = both.mask.client, Handset(both.network, "+12065551243")
    stay = "<Response><Gather timeout='60'/></Response>"
    made = client.calls.create(to=me.number, from_=POOL[0], twiml=stay)
    ringing = me.rings()
    me.act(ringing["id"], "answer")
    stands(both, made.sid, "in-progress")
    say = "<Response><Say>Now this</Say><Gather timeout='60'/></Response>"
    client.calls(made.sid).update(twiml=say)
    eventually(lambda: [one for one in me.calls() if "Now this" in str(one["heard"])])
    client.calls(made.sid).update(status="completed")
    assert me.ends(ringing["id"])["status"] == "completed"
    stands(both, made.sid, "completed")
    made = client.calls.create(to=me.number, from_=POOL[0], twiml=stay)
    ringing = me.rings()
    stands(both, made.sid, "ringing")
    client.calls(made.sid).update(status="canceled")
    assert me.ends(ringing["id"])["status"] == "canceled"
    stands(both, made.sid, "canceled")


@twilio_alone
def test_a_live_call_s_limit_and_who_answered_it(both: Masked) -> None:
    client, me = both.mask.client, Handset(both.network, "+12065551245")
    made = client.calls.create(
        to=me.number,
        from_=POOL[0],
        twiml="<Response><Gather timeout='60'/></Response>",
        machine_detection="Enable",
        async_amd="true",
    )
    ringing = me.rings()
    me.act(ringing["id"], "answer")
    stands(both, made.sid, "in-progress")
    eventually(lambda: client.calls(made.sid).fetch().answered_by == "human")
    client.calls(made.sid).update(time_limit=1)
    assert me.ends(ringing["id"])["status"] == "completed"
    stands(both, made.sid, "completed")


@twilio_alone
def test_a_call_that_a_document_answers_is_followed(both: Masked) -> None:
    """At a number of its own, with a program behind it: what the carrier fetches later comes by us,
    and so does what the callee may see."""
    number = "+14158675377"
    both.network.client.incoming_phone_numbers.create(phone_number=number)
    both.cli("numbers", "sync", "--carrier", both.name, "--yes")
    client = both.mask.client
    (record,) = client.incoming_phone_numbers.list(phone_number=number)
    friend = Handset(both.network, "+12065551244")
    with Receiver() as program:
        client.incoming_phone_numbers(record.sid).update(voice_url=f"{program.url}/voice")
        program.pages["/voice"] = document("<Gather numDigits='1' action='keys'/>")
        program.pages["/keys"] = document(f"<Dial><Number>{friend.number}</Number></Dial>")
        call = both.stranger.call(number)
        (leg,) = eventually(lambda: client.calls.list(to=number))
        both.stranger.act(call["id"], "digits", digits="1")
        assert friend.rings()["from"] == number
        stands(both, leg.sid, "in-progress")
        friend.act(friend.rings()["id"], "reject")
        assert both.stranger.ends(call["id"])["status"] == "completed"
        stands(both, leg.sid, "completed")
        (child,) = client.calls.list(parent_call_sid=leg.sid)
        assert (child._from, child.to) == (number, friend.number)
        stands(both, child.sid, "busy")
        assert program.at("/keys")[0].form["CallSid"] == leg.sid


@pytest.mark.covers("carrier:accounts.texts")
def test_messages_in_a_call_s_documents_are_sent_by_us(both: Masked) -> None:
    """The carrier carries them as ours, once, and is shown none: it would send them by itself."""
    client, network = both.mask.client, both.network.client
    me, friend = (Handset(both.network, f"+1206555125{digit}") for digit in (1, 2))
    before = len(network.messages.list(from_=POOL[0]))
    with Receiver() as program:
        program.pages["/voice"] = document(
            "<Message>Welcome</Message><Gather numDigits='1' action='keys'/><Sms>Too late</Sms>"
        )
        program.pages["/keys"] = document(
            f"<Dial><Number url='whisper'>{friend.number}</Number></Dial>"
            "<Message>Thanks</Message><Gather timeout='60'/>"
        )
        program.pages["/whisper"] = document("<Say>A call</Say><Message>Called you</Message>")
        made = client.calls.create(to=me.number, from_=POOL[0], url=f"{program.url}/voice")
        me.act(me.rings()["id"], "answer")
        assert [one["body"] for one in me.receives(1)] == ["Welcome"]
        me.act(me.calls()[-1]["id"], "digits", digits="7")
        assert len(me.inbox()) == 1
        friend.act(friend.rings()["id"], "answer")
        assert [one["body"] for one in friend.receives(1)] == ["Called you"]
        friend.act(friend.calls()[-1]["id"], "hangup")
        assert [one["body"] for one in me.receives(2)] == ["Welcome", "Thanks"]
        # The carrier's requests for documents, once more: it may not have heard the answer.
        asked = [one for one in _requests(both) if one["path"] == "Call/Next"]
        asked = [one for one in asked if made.sid in one["query"]]
        for one in asked:
            url = f"{both.mask.url}/carriers/{both.name}/Call/Next?{one['query']}"
            form = dict(parse_qsl(one["body"], keep_blank_values=True))
            signature = RequestValidator(NETWORK_TOKEN).compute_signature(url, form)
            headers = {"X-Twilio-Signature": signature}
            answer = requests.post(url, data=form, headers=headers, timeout=10)
            assert answer.status_code == 200, answer.text
            assert "Message" not in answer.text
        assert len(asked) >= 4
        client.calls(made.sid).update(status="completed")
        stands(both, made.sid, "completed")
    ours = client.messages.list(from_=POOL[0], limit=3)
    assert [(one.body, one.direction) for one in ours] == [
        ("Thanks", "outbound-reply"),
        ("Called you", "outbound-reply"),
        ("Welcome", "outbound-reply"),
    ]
    assert len(network.messages.list(from_=POOL[0])) == before + 3
    assert {one.direction for one in network.messages.list(from_=POOL[0])} == {"outbound-api"}
    assert len(me.inbox()) == 2


@pytest.mark.covers("carrier:accounts.recordings")
def test_a_recording_is_had_through_us(both: Masked) -> None:
    """By a name and an address of ours; the file stays with the carrier, until it is deleted."""
    client, network = both.mask.client, both.network.client
    me = Handset(both.network, "+12065551262")
    with Receiver() as program:
        program.pages["/voice"] = document("<Record timeout='1' action='done'/>")
        program.pages["/done"] = document("<Say>Thanks</Say>")
        made = client.calls.create(to=me.number, from_=POOL[0], url=f"{program.url}/voice")
        me.act(me.rings()["id"], "answer")
        told = eventually(lambda: program.at("/done"))[0].form
        stands(both, made.sid, "completed")
    (one,) = client.calls(made.sid).recordings.list()
    (theirs,) = network.recordings.list(limit=1)
    assert one.sid == told["RecordingSid"] != theirs.sid
    assert (one.status, one.duration) == ("completed", told["RecordingDuration"])
    url = told["RecordingUrl"]
    assert url.startswith(f"{both.mask.url}/carriers/{both.name}/media/")
    file = requests.get(f"{url}.mp3", timeout=5).content
    assert file.startswith(b"RIFF")
    own = client.recordings(one.sid).fetch().media_url
    auth = (both.mask.account_sid, both.mask.auth_token)
    assert requests.get(own, timeout=5).status_code == 401
    assert requests.get(f"{own}.wav", auth=auth, timeout=5).content == file
    assert client.recordings(one.sid).delete()
    assert not network.recordings.list(call_sid=theirs.call_sid)
    assert requests.get(own, auth=auth, timeout=5).status_code == 404
    assert requests.get(url, timeout=5).status_code == 404


@pytest.mark.covers("carrier:accounts.sync")
@twilio_alone
def test_released_numbers_go_back_to_what_they_were(both: Masked) -> None:
    number = "+14158675399"
    old = "https://old.example/sms"
    both.network.client.incoming_phone_numbers.create(phone_number=number, sms_url=old)
    dry = both.cli("numbers", "sync", "--carrier", both.name, "--dry-run")
    assert old in dry
    assert f"{both.mask.url}/carriers/{both.name}/Message" in dry
    (held,) = both.network.client.incoming_phone_numbers.list(phone_number=number)
    assert held.sms_url == old
    both.cli("numbers", "sync", "--carrier", both.name, "--yes")
    (held,) = both.network.client.incoming_phone_numbers.list(phone_number=number)
    assert held.sms_url == f"{both.mask.url}/carriers/{both.name}/Message"
    assert held.voice_url == f"{both.mask.url}/carriers/{both.name}/Call"
    assert held.status_callback == f"{both.mask.url}/carriers/{both.name}/Call/Status"
    refused = both.run("carriers", "remove", both.name)
    assert refused.returncode == 1
    both.cli("numbers", "release", number)
    (held,) = both.network.client.incoming_phone_numbers.list(phone_number=number)
    assert (held.sms_url, held.voice_url, held.status_callback) == (old, "", "")
