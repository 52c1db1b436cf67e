"""Accounts at carriers, typed."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from maskline.carriers.contract import ApiRefused, OwnedNumber
from maskline.carriers.twilio.adapter import TwilioShaped
from maskline.cli import trial
from maskline.delivery.carriers import owner_of
from maskline.model.carrier import CarrierAccount, CarrierRequest
from maskline.model.traffic import Accepted, CallEvent, OutboundMessage, Refused, SendResult
from maskline.vault import Vault, new_key, read_keys
from maskline.voice.instructions import Response
from tests.unit.cli.conftest import CommandLine

AC = "AC" + "a" * 32
SECRET = "the-auth-token"
ONE, TWO, THREE = "+14158670001", "+14158670002", "+14158670003"


@pytest.fixture(autouse=True)
def key(account: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> str:
    """Every test has an account, and a key."""
    found = new_key()
    monkeypatch.setenv("MASKLINE_CREDENTIALS_KEY", found)
    monkeypatch.setenv("MASKLINE_TWILIO_AUTH_TOKEN", SECRET)
    return found


def add(maskline: CommandLine, *words: str) -> Any:
    return maskline("carriers", "add", "twilio", "--set", f"account_sid={AC}", *words)


def stored(maskline: CommandLine) -> list[CarrierAccount]:
    found: list[CarrierAccount] = maskline.transact(lambda _, tx: tx.carriers.all())
    return found


def test_an_account_is_added_listed_and_removed(maskline: CommandLine) -> None:
    answer = add(maskline)
    assert answer.code == 0
    assert "added twilio" in answer.out
    assert "public_url is not set" in answer.err
    assert add(maskline, "--name", "twilio-eu").code == 0
    assert add(maskline).code == 1
    (one, two) = maskline("carriers", "list", "--json").json
    assert (one["name"], two["name"], one["settings"]["account_sid"]) == ("twilio", "twilio-eu", AC)
    assert "twilio-eu" in maskline("carriers", "list").out
    shown = maskline("carriers", "show", "twilio", "--json").json
    assert shown["door"].endswith("/carriers/twilio")
    assert AC in maskline("carriers", "show", "twilio").out
    for text in (answer.out, answer.err, json.dumps([one, two, shown])):
        assert SECRET not in text
    assert SECRET.encode() not in maskline.path.read_bytes()
    assert maskline("carriers", "remove", "twilio", "--keep-hooks").code == 0
    assert maskline("carriers", "remove", "twilio").code == 1
    assert [account.name for account in stored(maskline)] == ["twilio-eu"]


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("pigeon",), 2, "there is no carrier pigeon"),
        (("twilio",), 1, "account_sid"),
        (("twilio", "--set", "account_sid"), 1, "has no value"),
        (("twilio", "--set", "account_sid=AC1"), 1, "account_sid"),
        (("twilio", "--set", f"account_sid={AC}", "--set", "x=1"), 1, "unknown field"),
        (("twilio", "--set", f"account_sid={AC}", "--name", "simulator"), 2, "can't be"),
        (("twilio", "--set", f"account_sid={AC}", "--name", "A b"), 2, "can't be"),
        (("twilio", "--set", f"account_sid={AC}", "--credentials", "none.json"), 1, "none.json"),
        (("twilio", "--set", f"account_sid={AC}", "--credentials", "bad.json"), 1, "credentials"),
    ],
)
def test_what_is_wrong_is_said(
    maskline: CommandLine, words: tuple[str, ...], code: int, says: str
) -> None:
    Path("bad.json").write_text('{"auth_token": "hush"}')
    answer = maskline("carriers", "add", *words)
    assert answer.code == code
    assert says in answer.err
    assert "hush" not in answer.err
    assert stored(maskline) == []


def test_credentials_may_come_from_a_file(maskline: CommandLine) -> None:
    Path("good.json").write_text(json.dumps({"auth_token": "another-token", "api_key": "SK1"}))
    assert "go together" in add(maskline, "--credentials", "good.json").err
    Path("good.json").write_text(json.dumps({"auth_token": "another-token"}))
    assert add(maskline, "--credentials", "good.json").code == 0


def test_credentials_may_come_from_standard_input(
    maskline: CommandLine, monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    for words in (("add", "twilio", "--set", f"account_sid={AC}"), ("set", "twilio")):
        token = f"typed-for-{words[0]}"
        typed = io.TextIOWrapper(io.BytesIO(json.dumps({"auth_token": token}).encode()))
        monkeypatch.setattr("sys.stdin", typed)
        assert maskline("carriers", *words, "--credentials", "-").code == 0
        assert opened(maskline, key) == {"auth_token": token}


def test_without_a_key_nothing_is_added(
    maskline: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MASKLINE_CREDENTIALS_KEY")
    answer = add(maskline)
    assert answer.code == 1
    assert "new-key" in answer.err
    monkeypatch.setenv("MASKLINE_CREDENTIALS_KEY", "short")
    assert "credentials_key" in add(maskline).err
    monkeypatch.delenv("MASKLINE_CREDENTIALS_KEY")
    monkeypatch.setenv("MASKLINE_CREDENTIALS_KEY_FILE", "none")
    assert "can't be read" in add(maskline).err
    Path("key").write_text(maskline("carriers", "new-key").out)
    monkeypatch.setenv("MASKLINE_CREDENTIALS_KEY_FILE", "key")
    assert add(maskline).code == 0


def opened(maskline: CommandLine, key: str) -> dict[str, str]:
    """The account's credentials."""
    (one,) = stored(maskline)
    secret = Vault(read_keys(key)).open(one.credentials, owner_of(one.name, one.kind))
    found: dict[str, str] = json.loads(secret)
    return {name: value for name, value in found.items() if value}


def test_settings_are_changed_one_by_one(maskline: CommandLine, key: str) -> None:
    add(maskline, "--set", "rate=5", "--set", "opt_outs=none")
    (before,) = stored(maskline)
    answer = maskline("carriers", "set", "twilio", "--set", "rate=7", "--set", "opt_outs=")
    assert answer.code == 0
    (after,) = stored(maskline)
    settings = json.loads(after.settings)
    assert (settings["rate"], settings["opt_outs"], settings["account_sid"]) == (7.0, "local", AC)
    assert after.date_updated > before.date_updated
    assert after.credentials == before.credentials


@pytest.mark.covers("carrier:accounts.credentials")
def test_credentials_are_replaced_one_by_one(
    maskline: CommandLine, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(maskline)
    monkeypatch.delenv("MASKLINE_TWILIO_AUTH_TOKEN")
    monkeypatch.setenv("MASKLINE_TWILIO_NEXT_AUTH_TOKEN", "the-next-token")
    answer = maskline("carriers", "set", "twilio", "--new-credentials")
    assert answer.code == 0
    both = {"auth_token": SECRET, "next_auth_token": "the-next-token"}
    assert opened(maskline, key) == both
    Path("new.json").write_text('{"auth_token": "the-next-token", "next_auth_token": ""}')
    assert maskline("carriers", "set", "twilio", "--credentials", "new.json").code == 0
    assert opened(maskline, key) == {"auth_token": "the-next-token"}
    assert "token" not in answer.out + answer.err


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ((), "nothing was named"),
        (("--set", "rate"), "has no value"),
        (("--set", "rate=fast"), "the settings are wrong"),
        (("--set", "x=1"), "unknown field"),
        (("--set", "x="), "unknown field"),
        (("--set", "account_sid="), "account_sid"),
        (("--credentials", "hush.json"), "credentials are wrong"),
        (("--credentials", "list.json"), "no JSON object"),
        (("--credentials", "half.json"), "go together"),
    ],
)
def test_a_change_that_can_t_be(maskline: CommandLine, words: tuple[str, ...], says: str) -> None:
    add(maskline)
    before = stored(maskline)
    Path("hush.json").write_text('{"auth_token": "hush"}')
    Path("list.json").write_text('["hush-hush"]')
    Path("half.json").write_text('{"api_key": "hush-hush"}')
    answer = maskline("carriers", "set", "twilio", *words)
    assert answer.code != 0
    assert says in answer.err
    assert "hush" not in answer.err.replace("hush.json", "")
    assert stored(maskline) == before


def test_new_credentials_that_are_nowhere(
    maskline: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(maskline)
    monkeypatch.delenv("MASKLINE_TWILIO_AUTH_TOKEN")
    assert "no credentials" in maskline("carriers", "set", "twilio", "--new-credentials").err
    monkeypatch.setenv("MASKLINE_CREDENTIALS_KEY", new_key())
    Path("new.json").write_text('{"auth_token": "another-token"}')
    answer = maskline("carriers", "set", "twilio", "--credentials", "new.json")
    assert "can't be opened" in answer.err


@pytest.mark.covers("carrier:accounts.key")
def test_the_key_is_replaced(
    maskline: CommandLine, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(maskline)
    assert "nothing to do" in maskline("carriers", "rotate-key").out
    new = new_key()
    monkeypatch.setenv("MASKLINE_CREDENTIALS_KEY", f"{new},{key}")
    (before,) = stored(maskline)
    assert "sealed anew: twilio" in maskline("carriers", "rotate-key").out
    (after,) = stored(maskline)
    assert after.credentials != before.credentials
    # Servers take the change up by its time.
    assert after.date_updated > before.date_updated
    monkeypatch.setenv("MASKLINE_CREDENTIALS_KEY", new)
    found = maskline("doctor", "--json").json["checks"]
    (check,) = [one for one in found if one["check"] == "carrier twilio"]
    assert check["state"] == "ok"


@pytest.mark.covers("carrier:accounts.lacks")
def test_what_a_carrier_lacks_is_said_when_it_is_added(
    maskline: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MASKLINE_SMPP_SYSTEM_ID", "maskline")
    answer = maskline("carriers", "add", "smpp", "--set", "host=smsc.example")
    assert answer.code == 0
    assert "SMPP 3.4 can't carry out: Dial" in answer.err
    assert "Dial" in maskline("carriers", "show", "smpp", "--json").json["lacks"]
    assert "can't carry out" not in add(maskline).err


def test_the_doctor_looks_at_carriers(
    maskline: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def checks() -> dict[str, str]:
        found = maskline("doctor", "--json").json["checks"]
        return {one["check"]: one["state"] for one in found if "carrier" in one["check"]}

    assert checks() == {}
    add(maskline)
    assert checks() == {"carrier twilio": "ok", "carriers": "warn"}
    monkeypatch.setenv("MASKLINE_PUBLIC_URL", "https://mask.example.com")
    assert checks() == {"carrier twilio": "ok"}
    maskline("numbers", "add", ONE, "--carrier", "twilio")
    maskline.transact(lambda _, tx: tx.carriers.delete("twilio"))
    assert checks() == {"carriers": "bad"}
    add(maskline)
    monkeypatch.setenv("MASKLINE_CREDENTIALS_KEY", new_key())
    assert checks() == {"carrier twilio": "bad"}
    monkeypatch.delenv("MASKLINE_CREDENTIALS_KEY")
    assert checks() == {"carrier twilio": "bad"}


def test_kinds_are_listed(maskline: CommandLine) -> None:
    kinds = {one["kind"]: one for one in maskline("carriers", "kinds", "--json").json}
    assert kinds["twilio"]["settings"]["account_sid"] == "required"
    assert "auth_token" in kinds["twilio"]["credentials"]
    assert "signalwire" in maskline("carriers", "kinds").out


class Network:
    """What the carrier has, in place of its API."""

    def __init__(self) -> None:
        self.owned: list[OwnedNumber] = []
        self.pointed: list[tuple[str, dict[str, str]]] = []
        self.refuses = ""
        #: How a call stands each time that somebody looks; the last for good.
        self.stands: list[str | None] = ["in-progress"]
        self.sent: SendResult = Accepted("SM1")

    async def numbers(self, adapter: TwilioShaped) -> Sequence[OwnedNumber]:
        if self.refuses == "numbers":
            raise ApiRefused("the carrier answered 500")
        return self.owned

    async def point(
        self, adapter: TwilioShaped, provider_id: str, hooks: Mapping[str, str]
    ) -> None:
        if self.refuses == "point":
            raise ApiRefused("the carrier answered 500")
        self.pointed.append((provider_id, dict(hooks)))

    async def check(self, adapter: TwilioShaped) -> str:
        if self.refuses == "check":
            raise ApiRefused("the carrier does not accept the credentials (401)")
        return "Rides (active)"

    async def dial(
        self, adapter: TwilioShaped, sender: str, recipient: str, response: Response
    ) -> str:
        if self.refuses == "dial":
            raise ApiRefused("the carrier answered 400, error 21210")
        return "CA1"

    async def look(
        self, adapter: TwilioShaped, call_sid: str, provider_id: str | None
    ) -> CallEvent | None:
        if self.refuses == "look":
            raise ApiRefused("not now")
        status = self.stands.pop(0) if len(self.stands) > 1 else self.stands[0]
        return None if status is None else CallEvent(call_sid, status, provider_id)

    async def send(self, adapter: TwilioShaped, message: OutboundMessage) -> SendResult:
        return self.sent


@pytest.fixture
def network(monkeypatch: pytest.MonkeyPatch) -> Network:
    """Takes the place of the API for every adapter."""
    found = Network()
    for name in ("numbers", "point", "check", "dial", "look", "send"):
        work = getattr(found, name)

        def method(self: TwilioShaped, *args: Any, work: Any = work) -> Any:
            return work(self, *args)

        monkeypatch.setattr(TwilioShaped, name, method)
    return found


def owned(number: str, *, sms: bool = True, **hooks: str) -> OwnedNumber:
    return OwnedNumber(f"PN{number[-4:]}", number, f"n{number[-4:]}", sms, False, sms, hooks)


def test_numbers_are_synced_and_released(maskline: CommandLine, network: Network) -> None:
    add(maskline)
    maskline("numbers", "add", TWO)
    network.owned = [
        owned(ONE, SmsUrl="https://old.example/sms", SmsMethod="GET"),
        owned(TWO),
        owned(THREE, sms=False),
    ]
    words = ("numbers", "sync", "--carrier", "twilio")
    steps = {one["number"]: one for one in maskline(*words, "--dry-run", "--json").json}
    assert [steps[number]["action"] for number in (ONE, TWO, THREE)] == ["import", "move", "skip"]
    assert steps[ONE]["old"]["SmsUrl"] == "https://old.example/sms"
    assert steps[ONE]["new"]["SmsUrl"].endswith("/carriers/twilio/Message")
    assert network.pointed == []
    asked = maskline(*words)
    assert asked.code == 1
    assert "--yes" in asked.err
    assert network.pointed == []
    table = maskline(*words, "--yes")
    assert table.code == 0
    assert "https://old.example/sms" in table.out
    assert "2 numbers now come here" in table.out
    assert [provider_id for provider_id, _ in network.pointed] == ["PN0001", "PN0002"]
    assert network.pointed[0][1]["VoiceUrl"].endswith("/carriers/twilio/Call")
    listed = maskline("numbers", "list", "--json").json["numbers"]
    assert {one["number"]: one["carrier"] for one in listed} == {ONE: "twilio", TWO: "twilio"}
    (first,) = [one for one in listed if one["number"] == ONE]
    assert (first["friendly_name"], first["capabilities"]) == ("n0001", ["voice", "sms"])
    # Once more nothing is to do, and what was there first is not forgotten.
    network.owned = [
        owned(ONE, **network.pointed[0][1]),
        owned(TWO, **{**network.pointed[0][1], "SmsUrl": "https://else.example"}),
    ]
    steps = {one["number"]: one["action"] for one in maskline(*words, "--yes", "--json").json}
    assert steps == {ONE: "keep", TWO: "point"}
    assert maskline("carriers", "remove", "twilio").code == 1
    network.pointed.clear()
    assert maskline("numbers", "release", ONE).code == 0
    ((provider_id, hooks),) = network.pointed
    assert (provider_id, hooks["SmsUrl"], hooks["SmsMethod"]) == (
        "PN0001",
        "https://old.example/sms",
        "GET",
    )
    assert maskline("numbers", "release", TWO, "--keep-hooks").code == 0
    assert len(network.pointed) == 1
    assert maskline("numbers", "list", "--json").json["numbers"] == []
    assert maskline("numbers", "release").code == 2
    assert maskline("carriers", "remove", "twilio").code == 0


def test_what_the_carrier_refuses_is_said(maskline: CommandLine, network: Network) -> None:
    add(maskline)
    network.owned = [owned(ONE, SmsUrl="https://old.example/sms")]
    words = ("numbers", "sync", "--carrier", "twilio", "--yes")
    network.refuses = "numbers"
    assert "answered 500" in maskline(*words).err
    network.refuses = "point"
    answer = maskline(*words)
    assert answer.code == 1
    assert ONE in answer.err
    kept = maskline("numbers", "release", ONE)
    assert kept.code == 1
    assert "--keep-hooks" in kept.err
    assert "there is no account" in maskline("numbers", "sync", "--carrier", "none").err


def test_another_account_s_number_is_left_alone(maskline: CommandLine, network: Network) -> None:
    maskline("accounts", "add", "Other")
    maskline("numbers", "add", ONE, "--account", "Other")
    add(maskline)
    network.owned = [owned(ONE)]
    words = ("numbers", "sync", "--carrier", "twilio", "--yes", "--json", "--account", "Acme")
    (step,) = maskline(*words).json
    assert (step["action"], step["reason"]) == ("skip", "another account owns it here")


def steps_of(maskline: CommandLine, *words: str) -> dict[str, bool]:
    answer = maskline("carriers", "test", "twilio", "--to", "+1 415 555 0100", "--json", *words)
    found = {one["step"]: one["ok"] for one in answer.json}
    assert answer.code == int(not all(found.values()))
    return found


def test_an_account_is_tried_out(
    maskline: CommandLine, network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(maskline)
    assert steps_of(maskline) == {"number": False, "credentials": True}
    maskline("numbers", "add", ONE, "--carrier", "twilio")
    assert steps_of(maskline) == {
        "number": True,
        "credentials": True,
        "inbound": False,
        "text": True,
        "call": True,
    }
    network.owned = [owned(ONE, SmsUrl="https://old.example")]
    assert steps_of(maskline, "--no-text", "--no-call")["inbound"] is False
    door = "http://127.0.0.1:8080/carriers/twilio"
    network.owned = [
        owned(
            ONE,
            SmsUrl=f"{door}/Message",
            VoiceUrl=f"{door}/Call",
            StatusCallback=f"{door}/Call/Status",
            **dict.fromkeys(
                (
                    "SmsMethod",
                    "SmsFallbackMethod",
                    "VoiceMethod",
                    "VoiceFallbackMethod",
                    "StatusCallbackMethod",
                ),
                "POST",
            ),
        )
    ]
    assert all(steps_of(maskline, "--from", ONE).values())
    network.sent = Refused(21610, retry=False)
    network.refuses = "dial"
    assert steps_of(maskline) == {
        "number": True,
        "credentials": True,
        "inbound": True,
        "text": False,
        "call": False,
    }
    network.refuses = "look"
    assert steps_of(maskline, "--no-text")["call"] is False
    network.refuses = ""
    monkeypatch.setattr(trial, "_BETWEEN", 0.0)
    for stands, answered in (
        (["initiated", None, "ringing", "completed"], True),
        (["ringing", "busy"], False),
        ([None], False),
    ):
        network.stands = list(stands)
        assert steps_of(maskline, "--no-text")["call"] is answered
    network.refuses = "check"
    assert steps_of(maskline) == {"number": True, "credentials": False}
    network.refuses = "numbers"
    assert steps_of(maskline)["inbound"] is False
    shown = maskline("carriers", "test", "twilio", "--to", "+14155550100")
    assert "text: refused with 21610" in shown.out
    assert maskline("carriers", "test", "twilio", "--to", "me").code == 2


def test_requests_are_shown_and_taken_in_again(maskline: CommandLine) -> None:
    add(maskline)
    maskline("numbers", "add", ONE, "--carrier", "twilio")
    form = f"MessageSid=SM1&From=%2B14155550100&To=%2B{ONE[1:]}&Body=hi"
    ring = form.replace("MessageSid=SM1", "CallSid=CA1")
    headers = '{"content-type":"application/x-www-form-urlencoded"}'

    def keep(sid: str, **changes: Any) -> str:
        fields = {"path": "Message", "body": form, "status": 404, "truncated": 0} | changes
        one = CarrierRequest(
            sid, "", "twilio", "POST", str(fields["path"]), "", headers, str(fields["body"]),
            int(fields["truncated"]), int(fields["status"]), 5,
        )  # fmt: skip
        maskline.transact(lambda _, tx: tx.carrier_requests.add_many([one]))
        return sid

    text, call = keep("CR1"), keep("CR2", path="Call", body=ring, status=200)
    half = keep("CR3", truncated=1)
    listed = maskline("carriers", "requests", "list", "--json").json
    assert [one["sid"] for one in listed["requests"]] == [half, call, text]
    failed = maskline("carriers", "requests", "list", "--failed", "--limit", "1")
    assert half in failed.out
    assert "--after CR3" in failed.err
    shown = maskline("carriers", "requests", "show", text)
    assert "Body=hi" in shown.out
    assert "POST /carriers/twilio/Message" in shown.out
    assert maskline("carriers", "requests", "show", text, "--json").json["status"] == 404
    assert maskline("carriers", "requests", "show", "CR9").code == 1
    replay = ("carriers", "requests", "replay")
    assert maskline(*replay, text).out.strip() == "taken"
    assert maskline(*replay, text).out.strip() == "duplicate"
    for sid, says in ((call, "can't be taken in once more"), (half, "request_bytes")):
        answer = maskline(*replay, sid)
        assert answer.code == 1
        assert says in answer.err
