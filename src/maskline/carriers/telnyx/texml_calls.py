"""Calls that are steered by TeXML: what Telnyx posts of them, and its API for them."""

from __future__ import annotations

import asyncio
import logging
from hashlib import sha256
from typing import Any, Final
from urllib.parse import quote
from uuid import uuid4

import msgspec

from maskline.carriers import outcomes, placed
from maskline.carriers.contract import ApiRefused, Inbound, Tools
from maskline.carriers.json_api import JsonApi
from maskline.carriers.request import Answer, Malformed, Request, required, text, whole
from maskline.carriers.telnyx import machines, placing, texml
from maskline.carriers.twilio.webhooks import Reader, state_of
from maskline.model.call import CallStatus
from maskline.model.http import HttpFailure
from maskline.model.traffic import CallEvent, DocumentWanted, OutboundCall, SendResult, Told
from maskline.voice.instructions import Pause, Redirect, Response

log = logging.getLogger(__name__)

_TALKS: Final = CallStatus.IN_PROGRESS.value
#: What a program is told of what Telnyx says; all else is Telnyx's own, its ids above all.
_KNOWN: Final = frozenset(
    {
        "AnsweredBy",
        "CallDuration",
        "CallStatus",
        "CallbackSource",
        "ConferenceSid",
        "Confidence",
        "DialCallDuration",
        "DialCallSid",
        "DialCallStatus",
        "Digits",
        "FinishedOnKey",
        "FriendlyName",
        "MachineDetectionDuration",
        "RecordingChannels",
        "RecordingDuration",
        "RecordingSid",
        "RecordingSource",
        "RecordingStartTime",
        "RecordingStatus",
        "RecordingTrack",
        "RecordingUrl",
        "SequenceNumber",
        "SpeechResult",
        "StatusCallbackEvent",
        "StirVerstat",
        "Timestamp",
        "msg",
    }
)
_LONGEST_WAIT: Final = 3


class TexmlCalls:
    """Those of one account, `account` at Telnyx, without which it is asked for nothing; programs'
    are placed by the application `connection`."""

    options = placing.TEXML_OPTIONS

    def __init__(
        self, name: str, api: JsonApi, root: str, account: str, connection: str, tools: Tools
    ) -> None:
        self._name = name
        self._api = api
        self._connection = connection
        self._tools = tools
        self._account = f"{root}/v2/texml/Accounts/{quote(account, safe='')}"
        self._recordings = f"{self._account}/Recordings/"
        self._is_known = bool(account)
        self._reader = Reader(name, doors=f"{tools.door}/Call")
        self._tasks: set[asyncio.Task[None]] = set()

    async def settle(self) -> None:
        """Returns when no call is being sent on."""
        while self._tasks:
            await asyncio.gather(*self._tasks)

    # What it posts

    def read(self, request: Request) -> list[Inbound]:
        """What a request says. Raises Malformed, and LookupError for an unknown path."""
        query = request.query
        match request.path:
            case "Call/Placed":
                who = text(query, "AnsweredBy") or None
                found = placed.asking(query, self._name, required(request.form, "CallSid"), who)
                return found[:1] if _wait(request) else found
            case "Call/Placed/Status":
                return self._stands(request)
            case "Call/Placed/Machine":
                who = machines.by_texml(request.form, query)
                if who is None:
                    return []
                theirs = required(request.form, "CallSid")
                took = text(request.form, "MachineDetectionDuration")
                told = machines.told_of(query, self._name, who, took)
                return [
                    *placed.telling(query, self._name, theirs, _TALKS, answered_by=who),
                    *told,
                ]
        return [self._ours(one) for one in self._reader.read(request)]

    def _stands(self, request: Request) -> list[Inbound]:
        form = request.form
        status, duration = state_of(text(form, "CallStatus")), whole(text(form, "CallDuration"))
        if status is None:
            return []
        theirs = required(form, "CallSid")
        return placed.telling(request.query, self._name, theirs, status, duration)

    def _ours(self, one: Inbound) -> Inbound:
        """The same by our names, with nothing that is for nobody but Telnyx."""
        if isinstance(one, DocumentWanted):
            return msgspec.structs.replace(one, details=self._details(one.details))
        if isinstance(one, Told):
            return msgspec.structs.replace(one, params=self._details(one.params))
        if isinstance(one, CallEvent) and one.answered_by is not None:
            return msgspec.structs.replace(one, answered_by=machines.in_words(one.answered_by))
        return one

    def _details(self, pairs: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
        told = {name: value for name, value in pairs if name in _KNOWN}
        if "AnsweredBy" in told:
            told["AnsweredBy"] = machines.in_words(told["AnsweredBy"])
        recording = told.get("RecordingSid")
        if recording and self._is_known:
            # What Telnyx says of where it is ends after some minutes.
            url = f"{self._recordings}{quote(recording, safe='')}.json"
            digest = sha256(f"{self._name} {url}".encode()).hexdigest()
            told |= {"RecordingUrl": url, "RecordingSid": f"RE{digest[:32]}"}
        return tuple(told.items())

    def acknowledge(self, request: Request) -> Answer | None:
        """The answer to a request about a placed call that wants no document; null for another."""
        match request.path:
            case "Call/Placed":
                return Answer(texml.render(self._meanwhile(request)))
            case "Call/Placed/Machine":
                who = machines.by_texml(request.form, request.query)
                if who is not None and text(request.query, "Waits"):
                    theirs, sid = text(request.form, "CallSid"), text(request.query, "Call")
                    task = asyncio.create_task(self._send_on(theirs, sid, who))
                    self._tasks.add(task)
                    task.add_done_callback(self._tasks.discard)
        return None

    def _meanwhile(self, request: Request) -> Response:
        """What a call does while it is found out who answered. Whoever does not say so in time has
        not found out."""
        sid = text(request.query, "Call")
        url = placed.ask_at(self._tools.door, sid, AnsweredBy=machines.UNKNOWN)
        return Response((Pause(_wait(request)), Redirect(url)))

    async def _send_on(self, theirs: str, sid: str, who: str) -> None:
        """It is known who answered: the call asks what it does. Telnyx may tell twice."""
        scripts, mark = self._tools.scripts, uuid4().hex
        try:
            if scripts is None or await scripts.claim(sid, -1, mark) == mark:
                await self._ask(theirs, sid, AnsweredBy=who)
        except Exception as error:
            # The call asks by itself when it has waited.
            log.warning("%s did not send a call on: %s", self._name, type(error).__name__)

    # Calls of programs

    async def place(self, call: OutboundCall) -> SendResult:
        """Calls somebody. Never raises for what Telnyx answers."""
        fields = placing.texml_fields(call, self._connection, self._tools.door)
        try:
            return placing.outcome(await self._api.post(f"{self._account}/Calls", fields))
        except HttpFailure as failure:
            return outcomes.lost(failure)

    async def call(self, sender: str, recipient: str, url: str) -> str:
        """Calls somebody, who hears the document at `url`: Telnyx's id of the call. Raises
        ApiRefused."""
        fields = placing.texml_begun(self._connection, sender, recipient, url)
        made = await self._api.ask("POST", f"{self._account}/Calls", fields)
        return placing.made(made.get("data") or made)

    async def end(self, call_sid: str, provider_id: str, *, answered: bool) -> bool:
        """Ends a leg; false when it is not on the line. Raises ApiRefused."""
        if not answered and (await self._record(provider_id)).get("status") == _TALKS:
            # It was answered a moment ago.
            return True
        return await self._change(provider_id, {"Status": "completed"})

    async def steer(self, call_sid: str, provider_id: str) -> bool:
        """Has a call ask what it does now; false when it is not on the line. Raises ApiRefused."""
        return await self._ask(provider_id, call_sid)

    async def look(self, call_sid: str, provider_id: str) -> CallEvent | None:
        """The API's record of a leg; null where the account is not known. Raises ApiRefused, and
        ApiMissing where it has none."""
        if not self._is_known:
            return None
        found = await self._record(provider_id)
        status, duration = state_of(str(found.get("status"))), str(found.get("duration") or "")
        if status is None:
            return None
        return CallEvent(call_sid, status, provider_id, whole(duration), carrier=self._name)

    async def _ask(self, theirs: str, sid: str, **more: str) -> bool:
        url = placed.ask_at(self._tools.door, sid, **more)
        return await self._change(theirs, {"Url": url, "Method": "POST"})

    async def _record(self, theirs: str) -> dict[str, Any]:
        found = await self._api.ask("GET", self._url(theirs))
        return found.get("data") or found

    async def _change(self, theirs: str, fields: dict[str, str]) -> bool:
        try:
            return placing.was_carried_out(await self._api.post_form(self._url(theirs), fields))
        except HttpFailure as failure:
            raise ApiRefused(f"the carrier was not reached: {failure.reason}") from None

    def _url(self, theirs: str) -> str:
        return f"{self._account}/Calls/{quote(theirs, safe='')}"

    # Recordings

    def keeps(self, url: str) -> bool:
        """Whether it is the API's record of a recording."""
        return self._is_known and url.startswith(self._recordings)

    async def lies_at(self, url: str) -> str:
        """Where a recording lies just now. Raises ApiRefused."""
        found = await self._api.ask("GET", url)
        return str((found.get("data") or found).get("media_url") or "")


def _wait(request: Request) -> int:
    """How long (s) a call waits until it is known who answered; 0 for not. Raises Malformed."""
    wait = text(request.query, "Waits")
    if wait and not (wait.isascii() and wait.isdigit() and len(wait) <= _LONGEST_WAIT):
        raise Malformed("Waits is no time")
    return int(wait or 0)
