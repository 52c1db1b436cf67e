"""What dialects of instruction trees have in common."""

from __future__ import annotations

from collections.abc import Mapping
from xml.etree.ElementTree import fromstring

import msgspec
import pytest

from maskline.carriers.contract import CallAnswer, Fetch, Tools
from maskline.carriers.rendering import element, escaped, led_on, limited, prepared
from maskline.voice.instructions import (
    Dial,
    Gather,
    GatherInput,
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
from tests.support.carrier_desk import Client
from tests.support.kept_scripts import KeptScripts

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


ACTION = "https://a.example/next"
VERBS = frozenset({"Say", "Gather", "Record", "Dial", "Hangup", "Redirect"})
GATHER = Gather((HI,), action=ACTION)


@pytest.mark.parametrize(
    ("heard", "left", "lacking"),
    [
        ("dtmf", (GATHER,), ""),
        ("dtmf speech", (GATHER,), "Gather.input"),
        ("speech", (HI,), "Gather.input"),
    ],
)
def test_a_carrier_that_hears_keys_alone(
    heard: GatherInput, left: tuple[Verb, ...], lacking: str, caplog: pytest.LogCaptureFixture
) -> None:
    asked = Response((Gather((HI,), action=ACTION, input=heard),))
    assert limited(asked, VERBS, "one").verbs == left
    assert lacking in caplog.text
    assert limited(asked, VERBS | {"Gather.input"}, "one") == asked


class Ready:
    """What a carrier is lent, with scripts in memory."""

    def __init__(self, fetch: Fetch | None = None, *, keeps: bool = True) -> None:
        self.scripts = KeptScripts()
        scripts = self.scripts if keeps else None
        self.tools = Tools(Client(), "https://d.example", lambda: 0, fetch=fetch, scripts=scripts)

    async def answer(self, answer: CallAnswer, **more: bool) -> CallAnswer:
        return await prepared(answer, self.tools, VERBS, "one", "ringing", **more)


@pytest.mark.parametrize(
    ("verbs", "is_kept"),
    [
        ((HI, END), False),
        ((GATHER,), True),
        ((Record(action=ACTION),), True),
        ((DIAL, END), False),
        ((msgspec.structs.replace(DIAL, action=ACTION),), True),
        ((msgspec.structs.replace(DIAL, targets=(*DIAL.targets, Number("+1"))),), True),
        ((DIAL, Redirect(ACTION)), True),
    ],
)
async def test_what_is_kept(verbs: tuple[Verb, ...], is_kept: bool) -> None:
    ready = Ready()
    found = await ready.answer(CallAnswer("CA1", Response(verbs), None))
    assert bool(found.script) is bool(ready.scripts.kept) is is_kept
    assert found.response.verbs == verbs
    # A masked call never is; the answer to a place always, for who asks twice.
    ready = Ready()
    await ready.answer(CallAnswer("CA1", Response(verbs), "CA2"))
    assert not ready.scripts.kept
    found = await ready.answer(CallAnswer("CA1", Response(verbs), "CA2", follows="CD1:0"))
    assert found.script
    # Where a carrier comes back after every Dial, what follows is needed.
    ready = Ready()
    await ready.answer(CallAnswer("CA1", Response(verbs), None), goes_on_after_dials=True)
    assert bool(ready.scripts.kept) is (is_kept or any(isinstance(one, Dial) for one in verbs))


async def test_the_rest_of_a_document_keeps_its_place() -> None:
    fetch, asked = fetching((BYE, GATHER))
    ready = Ready(fetch)
    rest = CallAnswer("CA1", Response((HI, GATHER)), None, "CD1", 4)
    assert await ready.answer(rest) == rest
    assert not ready.scripts.kept
    # One that leads on is another document.
    rest = CallAnswer("CA1", Response((HI, Redirect(ACTION))), None, "CD1", 4)
    found = await ready.answer(rest)
    assert (found.response.verbs, found.at) == ((HI, BYE, GATHER), 0)
    assert found.script != "CD1"
    assert len(asked) == 1


async def test_without_scripts_nobody_is_asked() -> None:
    ready = Ready(keeps=False)
    asked = (GATHER, Record(action=ACTION), DIAL, Redirect(ACTION))
    found = await ready.answer(CallAnswer("CA1", Response(asked), None))
    assert (found.response.verbs, found.script) == ((HI, DIAL, END), "")


def test_xml_carries_any_text() -> None:
    text = "a<b>&\"'\x00\x0b\ufffe\ud800 é👋"
    document = element("Say", {"voice": text, "loop": 2, "on": True, "off": None}, escaped(text))
    read = fromstring(document)
    assert read.text == "a<b>&\"' é👋"
    assert read.attrib == {"voice": "a<b>&\"' é👋", "loop": "2", "on": "true"}
    assert element("Hangup") == "<Hangup/>"
