"""Call instructions other than Dial: what the caller hears and what becomes of the call."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from maskline.carriers.contract import CallAnswer
from maskline.carriers.simulator import Limits, Pace
from maskline.voice.instructions import (
    LEG_EVENTS,
    CallEvent,
    Dial,
    Gather,
    Hangup,
    Number,
    Pause,
    Play,
    Record,
    Redirect,
    Reject,
    Response,
    Say,
    Verb,
)
from tests.unit.carriers.simulator.fakes import ALICE, BOB, PROXY_A, PROXY_B, Rig, settle

IN = "inbound-1"
HERE = "https://program.example/voice/start"


class Program:
    """Answers with what a test put at a URL."""

    def __init__(self, **pages: Response) -> None:
        self.pages = pages
        self.asked: list[tuple[str, str, dict[str, str]]] = []
        self.dialled: str | None = None
        self.told: list[tuple[str, str, dict[str, str]]] = []
        self.given_up: list[str] = []
        self.last = Response((Say("sorry"), Hangup()))
        self.openings: list[tuple[str, dict[str, str]]] = []

    async def __call__(self, url: str, method: str, params: Mapping[str, str]) -> CallAnswer:
        self.asked.append((url, method, dict(params)))
        return CallAnswer(params["CallSid"], self.pages[url.rpartition("/")[2]], self.dialled)

    def tell(self, url: str, method: str, params: Mapping[str, str]) -> None:
        self.told.append((url, method, dict(params)))

    async def opening(self, call_sid: str, params: Mapping[str, str]) -> CallAnswer:
        self.openings.append((call_sid, dict(params)))
        return CallAnswer(call_sid, self.pages["opening"], None)

    async def give_up(self, call_sid: str) -> Response:
        self.given_up.append(call_sid)
        return self.last


async def dial(rig: Rig, *verbs: Verb) -> str:
    rig.host.trees[PROXY_A] = Response(verbs)
    await rig.started()
    return (await rig.simulator.dial(ALICE, PROXY_A)).id


async def with_program(program: Program, *verbs: Verb) -> tuple[Rig, str]:
    rig = Rig(fetch=program)
    return rig, await dial(rig, *verbs)


@pytest.mark.parametrize(
    ("verbs", "heard", "status", "told"),
    [
        ((), [], "completed", ["in-progress", "completed"]),
        ((Hangup(),), [], "completed", ["in-progress", "completed"]),
        ((Hangup(), Say("never")), [], "completed", ["in-progress", "completed"]),
        (
            (Say("Sorry."), Hangup()),
            [("say", "Sorry.")],
            "completed",
            ["in-progress", "completed"],
        ),
        (
            (Play("https://a.example/b.mp3", loop=3), Play(digits="1w2"), Pause(4), Say("bye")),
            [
                ("play", "https://a.example/b.mp3"),
                ("digits", "1w2"),
                ("pause", "4"),
                ("say", "bye"),
            ],
            "completed",
            ["in-progress", "completed"],
        ),
        ((Reject(), Say("never")), [], "no-answer", ["no-answer"]),
        ((Reject("busy"),), [], "busy", ["busy"]),
        ((Pause(2), Reject("busy")), [("pause", "2")], "busy", ["busy"]),
        ((Say("hm"), Reject()), [("say", "hm")], "completed", ["in-progress", "completed"]),
        # Nothing gets instructions from elsewhere here.
        ((Redirect(HERE), Say("never")), [], "completed", ["in-progress", "completed"]),
        (
            (Dial((), answer_on_bridge=True, action=HERE), Say("never")),
            [],
            "failed",
            ["failed"],
        ),
        (
            (Dial((), answer_on_bridge=True), Say("sorry")),
            [("say", "sorry")],
            "completed",
            ["in-progress", "completed"],
        ),
        ((Dial((), answer_on_bridge=True), Hangup()), [], "failed", ["failed"]),
    ],
)
async def test_verbs(
    rig: Rig, verbs: tuple[Verb, ...], heard: list[object], status: str, told: list[str]
) -> None:
    call = await dial(rig, *verbs)
    over = rig.simulator.call(ALICE, call)
    assert rig.heard(ALICE) == heard
    assert (over.status, over.duration) == (status, 0)
    assert [status for _, status in rig.host.told] == told


async def test_prompts_take_their_time() -> None:
    rig = Rig(pace=Pace(prompt=2.0))
    await dial(rig, Pause(), Say("one"), Play("two"))
    assert rig.only_call(ALICE).status == "ringing"
    await rig.timers.pass_(2)
    assert rig.heard(ALICE) == [("pause", "1"), ("say", "one")]
    assert rig.only_call(ALICE).status == "in-progress"
    await rig.timers.pass_(3.9)
    assert rig.only_call(ALICE).status == "in-progress"
    await rig.timers.pass_(0.1)
    assert (rig.only_call(ALICE).status, rig.host.last(IN)) == ("completed", ("completed", 4))


@pytest.mark.parametrize("verb", [Say("la", loop=0), Play("https://a.example/la", loop=0)])
async def test_an_endless_prompt_ends_with_the_call(verb: Verb) -> None:
    rig = Rig()
    call = await dial(rig, verb)
    await rig.timers.pass_(3600)
    assert len(rig.heard(ALICE)) == 1
    await rig.simulator.key_in(ALICE, call, "1")
    await rig.simulator.hang_up(ALICE, call)
    assert rig.host.last(IN) == ("completed", 3600)


async def test_no_call_lasts_for_ever() -> None:
    rig = Rig(pace=Pace(call=100))
    await dial(rig, Say("la", loop=0), Say("never"))
    await rig.timers.pass_(100)
    assert rig.heard(ALICE) == [("say", "la")]
    assert rig.host.last(IN) == ("completed", 100)


async def test_a_ringing_call_does_not_last_for_ever_either() -> None:
    rig = Rig(pace=Pace(call=100))
    await dial(rig, Dial((Number(BOB),), PROXY_B, answer_on_bridge=True, timeout=600))
    await rig.timers.pass_(100)
    assert rig.host.last(IN) == ("failed", 0)
    assert rig.only_call(BOB).status == "canceled"


async def test_the_transcript_and_the_keys_are_bounded() -> None:
    rig = Rig(Limits(heard=2, digits=3), pace=Pace(prompt=1))
    call = await dial(rig, Say("1"), Say("2"), Say("3"), Say("4", loop=0))
    await rig.timers.pass_(3)
    await rig.simulator.key_in(ALICE, call, "12")
    await rig.simulator.key_in(ALICE, call, "34")
    assert rig.heard(ALICE) == [("say", "3"), ("say", "4")]
    assert rig.only_call(ALICE).digits == "234"


# Gather


@pytest.mark.parametrize(
    ("gather", "typed", "seconds"),
    [
        (Gather((Say("press"),)), ["1", "2#"], 0),
        (Gather((Say("press"),), num_digits=2), ["123"], 0),
        (Gather((Say("press"),), finish_on_key="*"), ["1#", "*"], 0),
        (Gather((Say("press"),), timeout=3), ["12"], 3),
        (Gather((Say("press"),), timeout=3), [], 3),
        (Gather((Say("press"),), finish_on_key="", timeout=1), ["1#"], 1),
        (Gather((), num_digits=1), ["1"], 0),
        (Gather((Say("press"),), input="speech", num_digits=1), ["1"], 5),
    ],
)
async def test_gather_goes_on_to_the_next_verb(
    gather: Gather, typed: list[str], seconds: float
) -> None:
    rig = Rig()
    call = await dial(rig, gather, Say("next"), Say("wait", loop=0))
    for digits in typed:
        assert ("say", "next") not in rig.heard(ALICE)
        await rig.simulator.key_in(ALICE, call, digits)
    if seconds:
        await rig.timers.pass_(seconds - 0.01)
        assert ("say", "next") not in rig.heard(ALICE)
        await rig.timers.pass_(0.01)
    prompts = [("say", prompt.text) for prompt in gather.prompts if isinstance(prompt, Say)]
    assert rig.heard(ALICE) == [*prompts, ("say", "next"), ("say", "wait")]
    assert rig.only_call(ALICE).digits == "".join(typed)


async def test_each_key_gives_more_time() -> None:
    rig = Rig()
    call = await dial(rig, Gather(timeout=5), Say("next"))
    for _ in range(3):
        await rig.timers.pass_(4)
        await rig.simulator.key_in(ALICE, call, "1")
    await rig.timers.pass_(4.99)
    assert not rig.heard(ALICE)
    await rig.timers.pass_(0.01)
    assert rig.heard(ALICE) == [("say", "next")]


async def test_a_key_cuts_the_prompts_short() -> None:
    rig = Rig(pace=Pace(prompt=10))
    prompts = (Say("one"), Pause(2), Say("two"))
    call = await dial(rig, Gather(prompts, num_digits=2), Say("next"))
    await rig.timers.pass_(11)
    await rig.simulator.key_in(ALICE, call, "1")
    await rig.simulator.key_in(ALICE, call, "2")
    assert rig.heard(ALICE) == [("say", "one"), ("pause", "2"), ("say", "next")]


async def test_the_program_learns_the_digits() -> None:
    program = Program(menu=Response((Say("sales"),)))
    rig, call = await with_program(program, Gather(action=HERE + "/menu", method="GET"), Say("no"))
    await rig.simulator.key_in(ALICE, call, "12#")
    (asked,) = program.asked
    assert asked[:2] == (HERE + "/menu", "GET")
    assert asked[2] == {
        "CallSid": IN,
        "From": ALICE,
        "To": PROXY_A,
        "Direction": "inbound",
        "CallStatus": "in-progress",
        "Digits": "12",
    }
    assert rig.heard(ALICE) == [("say", "sales")]


@pytest.mark.parametrize(("always", "heard"), [(False, "no keys"), (True, "asked")])
async def test_the_program_learns_of_silence_if_it_wants(always: bool, heard: str) -> None:
    program = Program(menu=Response((Say("asked"),)))
    gather = Gather(action=HERE + "/menu", action_on_empty_result=always)
    rig, _ = await with_program(program, gather, Say("no keys"))
    await rig.timers.pass_(5)
    assert rig.heard(ALICE) == [("say", heard)]


# Instructions from elsewhere


async def test_instructions_lead_on_to_others() -> None:
    program = Program(
        start=Response((Say("start"), Redirect(HERE + "/next", "GET"), Say("never"))),
        next=Response((Say("next"),)),
    )
    rig, _ = await with_program(program, Redirect(HERE))
    await rig.timers.pass_(0)
    assert [url for url, _, _ in program.asked] == [HERE, HERE + "/next"]
    assert program.asked[0][2]["CallStatus"] == "ringing"
    assert program.asked[1][1:] == ("GET", program.asked[1][2])
    assert program.asked[1][2]["CallStatus"] == "in-progress"


async def test_instructions_that_lead_on_for_ever_end() -> None:
    program = Program(start=Response((Redirect(HERE),)))
    rig = Rig(Limits(documents=5), fetch=program)
    call = await dial(rig, Redirect(HERE))
    await settle()
    assert len(program.asked) == 5
    assert program.given_up == [IN]
    assert rig.heard(ALICE) == [("say", "sorry")]
    assert rig.simulator.call(ALICE, call).status == "completed"


async def test_the_server_has_the_last_word_once() -> None:
    program = Program(start=Response((Redirect(HERE),)))
    program.last = Response((Redirect(HERE),))
    rig = Rig(Limits(documents=2), fetch=program)
    call = await dial(rig, Redirect(HERE))
    await settle()
    assert len(program.asked) == 2
    assert rig.simulator.call(ALICE, call).status == "failed"


async def test_where_nobody_asks_instructions_lead_nowhere() -> None:
    rig = Rig()
    call = await dial(rig, Say("hi"), Redirect(HERE), Say("never"))
    assert rig.simulator.call(ALICE, call).status == "completed"
    assert rig.heard(ALICE) == [("say", "hi")]


@pytest.mark.parametrize(("verbs", "status"), [((), "failed"), ((Say("hi"),), "completed")])
async def test_a_program_that_fails_ends_the_call(
    verbs: tuple[Verb, ...], status: str, caplog: pytest.LogCaptureFixture
) -> None:
    rig, call = await with_program(Program(), *verbs, Redirect(HERE), Say("never"))
    await settle()
    assert rig.simulator.call(ALICE, call).status == status
    assert "KeyError" in caplog.text
    assert "program.example" not in caplog.text


async def test_the_program_learns_how_a_dial_ended() -> None:
    program = Program(done=Response((Say("goodbye"),)))
    rig = Rig(fetch=program)
    to_bob = Dial((Number(BOB),), PROXY_B, answer_on_bridge=True, action=HERE + "/done")
    await dial(rig, to_bob, Say("never"))
    ringing = rig.ringing(BOB)
    await rig.simulator.answer(BOB, ringing.id)
    await rig.timers.pass_(9)
    await rig.simulator.hang_up(BOB, ringing.id)
    params = program.asked[0][2]
    assert params["DialCallStatus"] == "completed"
    assert params["DialCallSid"] == "leg-1"
    assert params["DialCallDuration"] == "9"
    assert rig.heard(ALICE) == [("say", "goodbye")]
    # What the program is asked comes after what it is asked about.
    assert ("leg-1", "completed") in rig.host.told[:-1]


@pytest.mark.parametrize(
    ("events", "told"),
    [
        (("completed",), [("completed", "9")]),
        (
            LEG_EVENTS,
            [("initiated", None), ("ringing", None), ("in-progress", None), ("completed", "9")],
        ),
        (("answered",), [("in-progress", None)]),
    ],
)
async def test_the_program_is_told_what_becomes_of_the_legs_that_it_dials(
    events: tuple[CallEvent, ...], told: list[tuple[str, str | None]]
) -> None:
    program = Program()
    target = Number(
        BOB,
        status_callback=f"{HERE}/leg",
        status_callback_method="GET",
        status_callback_events=events,
    )
    rig, _ = await with_program(program, Dial((target,), PROXY_B, answer_on_bridge=True))
    ringing = rig.ringing(BOB)
    await rig.simulator.answer(BOB, ringing.id)
    await rig.timers.pass_(9)
    await rig.simulator.hang_up(BOB, ringing.id)
    assert {(url, method) for url, method, _ in program.told} == {(f"{HERE}/leg", "GET")}
    assert [(one["CallStatus"], one.get("CallDuration")) for _, _, one in program.told] == told
    (params, *_) = (one for _, _, one in program.told)
    assert (params["CallSid"], params["ParentCallSid"]) == ("leg-1", IN)
    assert (params["From"], params["To"]) == (PROXY_B, BOB)


@pytest.mark.parametrize("shared", [True, False])
async def test_who_is_not_told_of_legs(shared: bool) -> None:
    """The server's own Dial reports to the server; a Number without an address to nobody."""
    program = Program()
    rig = Rig(fetch=program)
    if shared:
        rig.host.dialled.add(PROXY_A)
    callback = f"{HERE}/leg" if shared else None
    await dial(rig, Dial((Number(BOB, status_callback=callback),), PROXY_B, answer_on_bridge=True))
    await rig.timers.pass_(30)
    assert program.told == []


async def test_the_server_s_own_dial_ends_the_call_and_asks_nobody() -> None:
    program = Program()
    to_bob = Dial((Number(BOB),), PROXY_B, answer_on_bridge=True, action=HERE + "/done")
    rig = Rig(fetch=program)
    rig.host.dialled.add(PROXY_A)
    await dial(rig, to_bob, Say("never"))
    await rig.timers.pass_(30)
    assert not program.asked
    # Both legs end in one moment, so that the program is told once.
    assert rig.host.moments[-1] == [("dialled-1", "no-answer", 0), (IN, "no-answer", 0)]


async def test_a_program_goes_on_after_nobody_answered() -> None:
    program = Program(done=Response((Say("voicemail"),)))
    to_bob = Dial((Number(BOB),), PROXY_B, answer_on_bridge=True, action=HERE + "/done")
    rig, call = await with_program(program, to_bob)
    await rig.timers.pass_(30)
    params = program.asked[0][2]
    assert (params["DialCallStatus"], params["CallStatus"]) == ("no-answer", "ringing")
    assert params["DialCallSid"] == "leg-1"
    assert "DialCallDuration" not in params
    assert rig.simulator.call(ALICE, call).status == "completed"


async def test_a_dial_to_nobody_has_no_name() -> None:
    program = Program(done=Response((Say("voicemail"),)))
    await with_program(program, Dial((), action=HERE + "/done"))
    assert "DialCallSid" not in program.asked[0][2]


async def test_the_server_may_name_the_leg_of_a_document_that_it_answers_itself() -> None:
    program = Program(back=Response((Dial((Number(BOB),), PROXY_B),)))
    program.dialled = "named"
    rig, _ = await with_program(program, Redirect(HERE + "/back"))
    assert ("named", "ringing") in rig.host.told
    assert not rig.host.legs


@pytest.mark.parametrize(
    ("record", "typed", "seconds", "length", "key"),
    [
        (Record(HERE + "/done", timeout=5), "", 5, "5", ""),
        (Record(HERE + "/done", timeout=5, max_length=2), "", 2, "2", ""),
        (Record(HERE + "/done", finish_on_key="*"), "1*", 0, "0", "*"),
    ],
)
async def test_a_recording(
    record: Record, typed: str, seconds: float, length: str, key: str
) -> None:
    program = Program(done=Response((Say("thanks"),)))
    rig, call = await with_program(program, record, Say("never"))
    assert rig.heard(ALICE) == [("record", "")]
    if typed:
        await rig.simulator.key_in(ALICE, call, typed)
    await rig.timers.pass_(seconds)
    params = program.asked[0][2]
    assert (params["RecordingDuration"], params["Digits"]) == (length, key)
    assert rig.heard(ALICE) == [("record", ""), ("say", "thanks")]


async def test_a_recording_that_nobody_asks_about(rig: Rig) -> None:
    await dial(rig, Record(timeout=1), Say("next"))
    await rig.timers.pass_(1)
    assert rig.heard(ALICE) == [("record", ""), ("say", "next")]
