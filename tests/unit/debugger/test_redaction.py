from __future__ import annotations

import json
import string
from collections.abc import Callable
from urllib.parse import parse_qs, parse_qsl, quote, quote_plus

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from maskline.debugger.redaction import HIDDEN, kept, scrub, url
from maskline.model.exchange import Exchange
from maskline.numbers.e164 import mask

ALICE = "+14155550100"
KI = "KI0192f3a4b5c612345678901234567890"
WORDS = "meet me at the red door"


def exchange(parameters: dict[str, str], body: bytes = b"", **changes: object) -> Exchange:
    blank = Exchange("POST", "https://a.example/cb", {}, list(parameters.items()), 500, {}, body)
    return msgspec.structs.replace(blank, **changes)


def variables(**parameters: str) -> dict[str, str]:
    found = kept(exchange(parameters)).request_variables
    return dict(parse_qsl(found, keep_blank_values=True))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ""),
        ("no digits", "no digits"),
        (ALICE, "+1415555XXXX"),
        ("14155550100", "1415555XXXX"),
        ("call +1 (415) 555-0100 now", "call +1 (415) 555-XXXX now"),
        ("415.555.0100", "415.555.XXXX"),
        ("(415) 555-0100", "(415) 555-XXXX"),
        ("+49 30 1234567", "+49 30 123XXXX"),
        ("0044\u00a020\u00a07946\u00a00958", "0044\u00a020\u00a07946\u00a0XXXX"),
        ("4111 1111 1111 1111", "XXXX XXXX XXXX XXXX"),
        ("555-0100", "555-XXXX"),
        ("%2B14155550100", "%2B1415555XXXX"),
        ("to%3D%2b14155550100", "to%3D%2b1415555XXXX"),
        ("+141555501002a", "+14155550XXXXa"),
        ("2026-11-28", "2026-11-28"),
        ("2026-11-28T09:10:11Z", "2026-11-28T09:10:11Z"),
        ("status 500, 123456", "status 500, 123456"),
        (KI, KI),
    ],
)
def test_numbers_are_masked_in_whatever_form(text: str, expected: str) -> None:
    assert scrub(text) == expected


@given(st.from_regex(r"\+[1-9][0-9]{7,14}", fullmatch=True), st.text(" ,.;=\n<>\"'", max_size=5))
def test_no_number_shows_its_last_four_digits(number: str, around: str) -> None:
    text = scrub(f"{around}{number}{around}")
    assert number not in text
    assert number[1:] not in text
    assert text.count("X") == 4


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("https://a.example/cb?x=1", "https://a.example/cb?x=1"),
        ("https://me:pass@a.example:8443/cb", "https://a.example:8443/cb"),
        ("https://a.example/cb#rc=3", "https://a.example/cb"),
        ("https://a.example/cb?token=abc&Key=d&q=e", "https://a.example/cb?token=%s&Key=%s&q=e"),
        ("https://a.example/?sig=1&PASSWORD=2&x_auth=3", "https://a.example/?sig=%s&PASSWORD=%s"),
        (f"https://a.example/to/{ALICE}", "https://a.example/to/+1415555XXXX"),
        (f"https://a.example/to/{quote(ALICE)}", "https://a.example/to/+1415555XXXX"),
        (f"https://a.example/?to={quote(ALICE)}", "https://a.example/?to=%2B1415555XXXX"),
        (f"/v1/Sessions/{KI}", f"/v1/Sessions/{KI}"),
        ("http://[", HIDDEN),
    ],
)
def test_addresses(address: str, expected: str) -> None:
    assert url(address).startswith(expected.replace("%s", HIDDEN))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("interactionSid", KI),
        ("interactionType", "Message"),
        ("interactionData", '{"duration":"12"}'),
        ("interactionDateCreated", "2026-11-28T09:10:11Z"),
        ("interactionNumMedia", "2"),
        ("inboundResourceStatus", "received"),
        ("inboundResourceUrl", f"https://mask.example.com/api/2010-04-01/Messages/{KI}.json"),
        ("sessionMode", "voice-only"),
        ("sessionClosedReason", "api"),
        ("FromCountry", "US"),
        ("ttl", "600"),
        ("FailOnParticipantConflict", "true"),
        ("DateExpiry", "2026-11-28T09:10:11Z"),
        ("UniqueName", "ride 17"),
        ("sessionUniqueName", "ride 17"),
        ("OutOfSessionCallbackUrl", "https://app.example.com/oos"),
        ("Body", ""),
    ],
)
def test_what_tells_of_the_event_is_kept(name: str, value: str) -> None:
    assert variables(**{name: value}) == {name: value}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Body", WORDS),
        ("body", WORDS),
        ("interactionData", json.dumps({"body": WORDS})),
        ("interactionData", json.dumps({"duration": "1", "body": WORDS})),
        ("interactionData", WORDS),
        ("FriendlyName", "Alice Liddell"),
        ("inboundParticipantFriendlyName", "Alice Liddell"),
        ("Participants", json.dumps({"Identifier": ALICE})),
        ("interactionMediaUrl0", "https://media.example.com/photo.png"),
        ("MediaUrl", "https://media.example.com/photo.png"),
        ("RecordingUrl", "https://media.example.com/RE1"),
        ("Digits", "1234"),
        ("SpeechResult", WORDS),
        ("candidate", WORDS),
        ("FromCity", "SAN FRANCISCO"),
        ("EditReason", WORDS),
        ("whatever", WORDS),
    ],
)
def test_words_and_names_are_hidden(name: str, value: str) -> None:
    assert variables(**{name: value}) == {name: HIDDEN}


@pytest.mark.parametrize(
    "name",
    ["From", "To", "Caller", "Identifier", "ProxyIdentifier", "PhoneNumber", "proxy_identifier"],
)
def test_numbers_are_masked(name: str) -> None:
    assert variables(**{name: ALICE}) == {name: "+1415555XXXX"}
    assert variables(**{name: f"whatsapp:{ALICE}"}) == {name: "whatsapp:+1415555XXXX"}


@pytest.mark.parametrize("value", ["alice@example.com", "+1 (415) 555-0100", "messenger:1234567"])
def test_what_names_a_person_otherwise_is_masked_too(value: str) -> None:
    shown = variables(Identifier=value)["Identifier"]
    assert shown == mask(value)
    assert value[-6:] not in shown
    where = url(f"https://a.example/v1/Sessions?Identifier={quote(value)}")
    assert value[-6:] not in where
    assert quote(value[-6:]) not in where


def test_a_number_is_masked_where_none_belongs() -> None:
    assert variables(Status=ALICE, Sid=ALICE, UniqueName=f"ride {ALICE}") == {
        "Status": "+1415555XXXX",
        "Sid": "+1415555XXXX",
        "UniqueName": "ride +1415555XXXX",
    }
    assert variables(**{ALICE: "x"}) == {"+1415555XXXX": HIDDEN}


def test_secret_headers_are_hidden() -> None:
    headers = {
        "Authorization": "Basic abc",
        "X-Twilio-Signature": "def",
        "Cookie": "ghi",
        "X-Api-Key": "jkl",
        "I-Twilio-Idempotency-Token": "JB1",
        "Content-Type": "text/plain",
        "X-Phone": ALICE,
    }
    one = kept(exchange({}, request_headers=headers, response_headers={"set-cookie": "mno"}))
    assert dict(parse_qsl(one.request_headers)) == {
        "Authorization": HIDDEN,
        "X-Twilio-Signature": HIDDEN,
        "Cookie": HIDDEN,
        "X-Api-Key": HIDDEN,
        "I-Twilio-Idempotency-Token": "JB1",
        "Content-Type": "text/plain",
        "X-Phone": "+1415555XXXX",
    }
    assert parse_qs(one.response_headers or "") == {"set-cookie": [HIDDEN]}


def in_json(text: str) -> str:
    return json.dumps(text)[1:-1].replace("/", "\\/")


@pytest.mark.parametrize("quoted", [str, quote, quote_plus, in_json])
def test_an_answer_does_not_repeat_what_is_hidden(quoted: Callable[[str], str]) -> None:
    words = 'say "hi" & <go> to the café / bar'
    data = json.dumps({"body": words}, ensure_ascii=False)
    body = f"cannot handle {quoted(words)}!".encode()
    for parameters in ({"interactionData": data}, {"Body": words}):
        assert kept(exchange(parameters, body)).response_body == f"cannot handle {HIDDEN}!"


def test_an_answer_does_not_repeat_a_number() -> None:
    for body in (f"no {ALICE}", f"no{ALICE}", f"no{ALICE[1:]}", "no +1 415 555 0100"):
        text = kept(exchange({"From": ALICE}, body.encode())).response_body
        assert text is not None
        assert "0100" not in text
        assert text.startswith("no")


def test_nothing_is_kept_of_what_did_not_come() -> None:
    one = kept(exchange({}, status=None, error="no answer in time"))
    assert (one.response_status, one.response_headers, one.response_body) == (None, None, None)
    assert (one.request_method, one.request_url) == ("POST", "https://a.example/cb")


def test_all_is_bounded() -> None:
    parameters = {f"x{i}Sid": "s" * 1000 for i in range(200)}
    headers = {f"x-{i}": "h" * 1000 for i in range(200)}
    body = ("é" * 100_000).encode()
    one = kept(
        exchange(
            parameters,
            body,
            url=f"https://a.example/{'p' * 10_000}",
            request_headers=headers,
            response_headers=headers,
        )
    )
    for text in msgspec.structs.astuple(one)[1:-1]:
        assert 3000 < len(text) <= 4096
    assert all(len(value) == 256 for _, value in parse_qsl(one.request_variables))
    assert "\0" not in (kept(exchange({}, b"a\0b")).response_body or "")


@given(st.text(string.ascii_letters, min_size=40, max_size=60), st.integers(0, 70))
def test_a_word_that_is_cut_at_the_end_is_not_shown(words: str, before: int) -> None:
    """The answer ends in the midst of what is hidden, by our bound or by the reader's."""
    filler = "-" * (16_384 - before)
    one = kept(exchange({"Body": words}, f"{filler}{words}{words}".encode()))
    assert words[:10] not in (one.response_body or "")
    cut = kept(exchange({"Body": words}, f"-{words[:30]}".encode(), truncated=True))
    assert words[:10] not in (cut.response_body or "")


def test_an_exchange_shows_nothing_in_a_traceback() -> None:
    assert repr(exchange({"Body": WORDS}, b"x")) == "Exchange(POST, 500)"


_ANY = st.text(st.characters(codec=None, exclude_categories=()), max_size=30)


@given(_ANY, _ANY, _ANY, st.binary(max_size=40))
def test_whatever_comes_can_be_kept(name: str, value: str, address: str, body: bytes) -> None:
    one = kept(
        exchange(
            {name: value, "Sid": value, "UniqueName": value, "CallbackUrl": address},
            body,
            url=f"https://a.example/{address}",
            request_headers={name: value},
            response_headers={"X": value},
        )
    )
    for text in msgspec.structs.astuple(one)[:-1]:
        assert text.encode().decode() == text
    kept(exchange({}, url=address)).request_url.encode()
