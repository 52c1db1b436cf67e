"""Ends of calls, told to the programs that want to hear of them."""

from __future__ import annotations

from collections.abc import Mapping

from maskline.env import Env
from maskline.jobs import new_job
from maskline.model.call import Call
from maskline.model.job import Job, JobKind, Status
from maskline.proxy.out_of_session import API_VERSION
from maskline.store.contract import Transaction


def status_job(
    env: Env, url: str, method: str, account_sid: str, call_sid: str, params: Mapping[str, str]
) -> Job:
    """Tells a program what became of a leg; what it is told of one leg keeps its order."""
    form = {"AccountSid": account_sid, "ApiVersion": API_VERSION, **params}
    payload = Status(url, method, account_sid, "", call_sid, tuple(form.items()))
    key, now = f"cb:{call_sid}", env.clock()
    return new_job(env, JobKind.STATUS.value, payload, account_sid, key, now)


async def end_of_call(env: Env, tx: Transaction, call: Call) -> list[Job]:
    """A call that came in is over: its number may name an address that is told."""
    hooks = await tx.numbers.hooks_of(call.called)
    if hooks is None:
        return []
    url, method = hooks.status_callback, hooks.status_callback_method
    if hooks.voice_application_sid:
        found = await tx.applications.get(hooks.voice_application_sid, call.account_sid)
        if found is not None:
            url, method = found.status_callback, found.status_callback_method
    if not url:
        return []
    params = {
        "CallSid": call.sid,
        "CallStatus": call.status,
        "CallDuration": str(call.duration or 0),
        "Direction": "inbound",
        "From": call.caller,
        "To": call.called,
    }
    return [status_job(env, url, method, call.account_sid, call.sid, params)]
