"""Real carriers of Twilio's shape, without the internet: a second server plays the carrier, with
its own 2010 API, signed webhooks and handsets, and two servers talk HTTP both ways."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from tests.support.carriers import NETWORK_TOKEN, Masked, masked
from tests.support.world import ALICE, BOB, POOL, STRANGER, Handset, eventually


@pytest.fixture(scope="module", params=["twilio", "signalwire"])
def both(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    with masked(tmp_path_factory, request.param, f"{request.param}-one") as found:
        found.furnish()
        yield found


#: What does not differ between the carriers is tried with one of them.
twilio_alone = pytest.mark.parametrize("both", ["twilio"], indirect=True, scope="module")


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
    me = "+12065551234"
    words = ("carriers", "test", both.name, "--to", me, "--json")
    steps = {one["step"]: one for one in json.loads(both.cli(*words, "--no-call"))}
    assert all(one["ok"] for one in steps.values()), steps
    assert set(steps) == {"number", "credentials", "inbound", "text"}
    (text,) = Handset(both.network, me).receives()
    assert text["from"] == steps["number"]["says"]
    called = both.run(*words, "--no-text")
    # The network that plays the carrier can't be told to call, and says so.
    failed = [one for one in json.loads(called.stdout) if not one["ok"]]
    assert [one["step"] for one in failed] == ["call"]
    assert called.returncode == 1


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
