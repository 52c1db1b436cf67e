"""Scripts in memory, for tables of a carrier's cases."""

from __future__ import annotations

import msgspec

from maskline.carriers.contract import CallAnswer
from maskline.model.traffic import CallTurn
from maskline.voice.instructions import Response, Verb
from tests.support.masked_call import CALL

SCRIPT = "CD" + "0" * 32


class KeptScripts:
    """Names what it is given to keep one after the other, and answers turns with what a test put
    there, or with None."""

    def __init__(self, *answers: CallAnswer | None) -> None:
        self.answers = list(answers)
        self.kept: list[CallAnswer] = []
        self.turns: list[CallTurn] = []
        self.first: dict[str, str] = {}

    async def keep(self, answer: CallAnswer) -> CallAnswer:
        self.kept.append(answer)
        name = f"CD{len(self.kept) - 1:032}"
        return msgspec.structs.replace(answer, script=name, at=0, follows="")

    async def turn(self, turn: CallTurn) -> CallAnswer | None:
        self.turns.append(turn)
        return self.answers.pop(0)

    async def claim(self, script: str, at: int, leg: str) -> str:
        place = f"{script}:{at}"
        return self.first.setdefault(place, leg) if leg else self.first.get(place, "")


def told(*verbs: Verb, script: str = "", at: int = 0, follows: str = "") -> CallAnswer:
    """What a call is told that rings nobody of ours."""
    response = Response(verbs)
    return CallAnswer(CALL, response, None, script, at, follows=follows, call_id="their-call")
