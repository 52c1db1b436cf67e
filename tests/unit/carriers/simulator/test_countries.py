"""Handsets that have two numbers, as in Mexico and Argentina, are one phone under both."""

from __future__ import annotations

import pytest

from maskline.carriers.simulator import Behaviour, Refusal
from maskline.model.traffic import Refused
from maskline.voice.instructions import Dial, Number, Response
from tests.unit.carriers.simulator.fakes import PROXY_A, PROXY_B, Rig, outbound, settle

FORMS = ("+525512345678", "+5215512345678")
ARGENTINE = ("+541123456789", "+5491123456789")


@pytest.mark.parametrize("forms", [FORMS, ARGENTINE])
@pytest.mark.parametrize("dialled", [0, 1])
@pytest.mark.parametrize("looked", [0, 1])
async def test_a_message_shows_under_both(
    rig: Rig, forms: tuple[str, str], dialled: int, looked: int
) -> None:
    await rig.simulator.send(outbound(recipient=forms[dialled]))
    await settle()
    (shown,) = await rig.simulator.messages(forms[looked], "", 100)
    assert (shown.to, shown.body) == (forms[0], "hello")
    assert [event.type for event in await rig.events(forms[looked])] == [
        "message.received",
        "receipt",
    ]
    assert [number for number, _ in rig.simulator.phones(10)] == [forms[0]]


@pytest.mark.parametrize("form", FORMS)
async def test_a_message_comes_from_the_number_that_the_handset_is_named_by(
    rig: Rig, form: str
) -> None:
    sent = await rig.simulator.text(form, PROXY_A, "hi")
    assert rig.host.messages[0].sender == form
    assert sent.from_ == FORMS[0]
    for name in FORMS:
        assert [one.body for one in await rig.simulator.messages(name, "", 100)] == ["hi"]
    assert [event.type for event in await rig.events(FORMS[1])] == ["message.sent"]


@pytest.mark.parametrize("form", FORMS)
async def test_a_call_rings_under_both(rig: Rig, form: str) -> None:
    rig.host.trees[PROXY_A] = Response((Dial((Number(form),), caller_id=PROXY_B),))
    await rig.simulator.dial("+12125551234", PROXY_A)
    for name in FORMS:
        assert rig.ringing(name).to == FORMS[0]
    answered = await rig.simulator.answer(FORMS[1], rig.ringing(FORMS[0]).id)
    assert answered.status == "in-progress"
    typed = await rig.simulator.key_in(FORMS[1], answered.id, "1")
    assert typed.digits == "1"
    over = await rig.simulator.hang_up(FORMS[1], answered.id)
    assert rig.simulator.call(FORMS[1], over.id).status == "completed"


@pytest.mark.parametrize("form", FORMS)
async def test_a_call_comes_from_the_number_that_the_handset_is_named_by(
    rig: Rig, form: str
) -> None:
    rig.host.trees[PROXY_A] = Response((Dial((Number("+13055551234"),), caller_id=PROXY_B),))
    call = await rig.simulator.dial(form, PROXY_A)
    assert (rig.host.calls[0].caller, call.from_) == (form, FORMS[0])
    assert [one.id for one in rig.simulator.calls(FORMS[1])] == [call.id]
    await rig.simulator.reject("+13055551234", rig.ringing("+13055551234").id)


@pytest.mark.parametrize("form", FORMS)
async def test_a_behaviour_holds_for_both(rig: Rig, form: str) -> None:
    rig.behave(form, Behaviour(refuse=Refusal(code=30007, retry=False)))
    for name in FORMS:
        assert isinstance(await rig.simulator.send(outbound(recipient=name)), Refused)
    rig.simulator.behaviours.drop(form)
    assert rig.simulator.behaviours.of(FORMS[0]) == Behaviour()
