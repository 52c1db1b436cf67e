"""What dialects of instruction trees have in common."""

from __future__ import annotations

from collections.abc import Mapping
from xml.etree.ElementTree import fromstring

import pytest

from maskline.carriers.contract import CallAnswer, Fetch
from maskline.carriers.rendering import element, escaped, led_on, limited
from maskline.voice.instructions import (
    Dial,
    Gather,
    Hangup,
    Number,
    Pause,
    Record,
    Redirect,
    Reject,
    Response,
    Say,
    Verb,
)

HI, BYE, END = Say("hi"), Say("bye"), Hangup()
DIAL = Dial((Number("+14155550100"),))


def test_what_a_carrier_lacks_is_left_out_and_told(caplog: pytest.LogCaptureFixture) -> None:
    asked = Response((Gather((HI, Pause(2))), Record(), Reject()))
    assert limited(asked, frozenset({"Say", "Hangup"}), "one") == Response((HI, END))
    assert "one can't carry out" in caplog.text
    assert "Gather, Record, Reject" in caplog.text
    caplog.clear()
    assert limited(Response((HI, DIAL)), frozenset({"Say", "Dial"}), "one") == Response((HI, DIAL))
    assert not caplog.text


def fetching(*documents: tuple[Verb, ...], dialled: str | None = None) -> tuple[Fetch, list[str]]:
    left, asked = list(documents), []

    async def fetch(url: str, method: str, params: Mapping[str, str]) -> CallAnswer:
        asked.append(f"{method} {url} {params['CallSid']} {params['CallStatus']}")
        if not left:
            raise LookupError(url)
        return CallAnswer("CA1", Response(left.pop(0)), dialled)

    return fetch, asked


async def followed(verbs: tuple[Verb, ...], fetch: Fetch | None) -> tuple[tuple[Verb, ...], object]:
    answer = await led_on(CallAnswer("CA1", Response(verbs), None), fetch, "ringing")
    return answer.response.verbs, answer.dialled_sid


async def test_documents_are_followed() -> None:
    fetch, asked = fetching((BYE, Redirect("https://b.example")), (DIAL,), dialled="CA2")
    verbs = await followed((HI, Redirect("https://a.example", "GET"), END), fetch)
    assert verbs == ((HI, BYE, DIAL), "CA2")
    assert asked == ["GET https://a.example CA1 ringing", "POST https://b.example CA1 ringing"]


@pytest.mark.parametrize("before", [DIAL, Gather(), Record()])
async def test_what_comes_after_somebody_was_asked_is_not_foreseen(before: Verb) -> None:
    fetch, asked = fetching((BYE,))
    assert await followed((before, Redirect("https://a.example")), fetch) == ((before, END), None)
    assert not asked


async def test_a_call_never_ends_in_silence_for_want_of_a_document() -> None:
    gone, _ = fetching()
    nothing, _ = fetching(())
    for fetch in (gone, nothing, None):
        assert await followed((HI, Redirect("https://a.example")), fetch) == ((HI, END), None)
    round_and_round, asked = fetching(*[(Redirect("https://a.example"),)] * 20)
    assert await followed((Redirect("https://a.example"),), round_and_round) == ((END,), None)
    assert len(asked) == 10


def test_xml_carries_any_text() -> None:
    text = "a<b>&\"'\x00\x0b\ufffe\ud800 é👋"
    document = element("Say", {"voice": text, "loop": 2, "on": True, "off": None}, escaped(text))
    read = fromstring(document)
    assert read.text == "a<b>&\"' é👋"
    assert read.attrib == {"voice": "a<b>&\"' é👋", "loop": "2", "on": "true"}
    assert element("Hangup") == "<Hangup/>"
