"""Applications: create, find, update, delete."""

from __future__ import annotations

from enum import StrEnum
from types import MappingProxyType
from typing import Final

import msgspec

from maskline.env import Env
from maskline.model import sid as sids
from maskline.model.application import Application
from maskline.model.errors import not_found
from maskline.model.form import Form
from maskline.model.method import Method
from maskline.store.contract import Transaction

MAX_NAME: Final = 64


class ApiVersion(StrEnum):
    """What Twilio takes."""

    OLD = "2008-08-01"
    NEW = "2010-04-01"


_URLS: Final = MappingProxyType(
    {
        "VoiceUrl": "voice_url",
        "VoiceFallbackUrl": "voice_fallback_url",
        "StatusCallback": "status_callback",
        "SmsUrl": "sms_url",
        "SmsFallbackUrl": "sms_fallback_url",
        "SmsStatusCallback": "sms_status_callback",
        "MessageStatusCallback": "message_status_callback",
    }
)
_METHODS: Final = MappingProxyType(
    {
        "VoiceMethod": "voice_method",
        "VoiceFallbackMethod": "voice_fallback_method",
        "StatusCallbackMethod": "status_callback_method",
        "SmsMethod": "sms_method",
        "SmsFallbackMethod": "sms_fallback_method",
    }
)
_SWITCHES: Final = MappingProxyType(
    {
        "VoiceCallerIdLookup": "voice_caller_id_lookup",
        "PublicApplicationConnectEnabled": "public_application_connect_enabled",
    }
)


async def create(env: Env, tx: Transaction, account_sid: str, form: Form) -> Application:
    """A new application; without a name it has its SID for one."""
    now, sid = env.clock(), env.sids.new(sids.APPLICATION)
    made = _changed(Application(sid, account_sid, sid, now, now), form)
    await tx.applications.add(made)
    return made


async def find(tx: Transaction, account_sid: str, sid: str) -> Application:
    """The account's application with that SID. Raises 20404."""
    found = await tx.applications.get(sid, account_sid)
    if found is None:
        raise not_found("Application")
    return found


async def update(env: Env, tx: Transaction, account_sid: str, sid: str, form: Form) -> Application:
    """Writes what was sent; an empty URL removes it. It holds for the next message or call."""
    changed = _changed(await find(tx, account_sid, sid), form)
    changed = msgspec.structs.replace(changed, date_updated=env.clock())
    await tx.applications.update(changed)
    return changed


async def delete(tx: Transaction, account_sid: str, sid: str) -> None:
    """Deletes it. A number that referred to it has what it names by itself again. Raises 20404."""
    if not await tx.applications.delete(sid, account_sid):
        raise not_found("Application")


def _changed(application: Application, form: Form) -> Application:
    changes: dict[str, object] = {}
    # There is one version here, and it is shown whatever was asked for.
    form.choice("ApiVersion", ApiVersion)
    if name := form.text("FriendlyName", MAX_NAME):
        changes["friendly_name"] = name
    for parameter, field in _URLS.items():
        if form.has(parameter):
            changes[field] = form.url(parameter) or ""
    for parameter, field in _METHODS.items():
        if (method := form.choice(parameter, Method)) is not None:
            changes[field] = method.value
    for parameter, field in _SWITCHES.items():
        if (switch := form.boolean(parameter)) is not None:
            changes[field] = int(switch)
    return msgspec.structs.replace(application, **changes)
