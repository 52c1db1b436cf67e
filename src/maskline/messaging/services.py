"""Messaging Services: create, find, update, delete."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

import msgspec

from maskline.a2p import campaigns
from maskline.env import Env
from maskline.model import sid as sids
from maskline.model.errors import Fault, not_found
from maskline.model.form import Form
from maskline.model.messaging_service import (
    MAX_VALIDITY,
    MessagingService,
    ScanContent,
    Usecase,
)
from maskline.model.method import Method
from maskline.store.contract import Transaction

MAX_NAME: Final = 64

_URLS: Final = MappingProxyType(
    {
        "InboundRequestUrl": "inbound_request_url",
        "FallbackUrl": "fallback_url",
        "StatusCallback": "status_callback",
    }
)
_CHOICES: Final[Mapping[str, tuple[str, type[StrEnum]]]] = MappingProxyType(
    {
        "InboundMethod": ("inbound_method", Method),
        "FallbackMethod": ("fallback_method", Method),
        "ScanMessageContent": ("scan_message_content", ScanContent),
    }
)
_SWITCHES: Final = MappingProxyType(
    {
        "StickySender": "sticky_sender",
        "MmsConverter": "mms_converter",
        "SmartEncoding": "smart_encoding",
        "FallbackToLongCode": "fallback_to_long_code",
        "AreaCodeGeomatch": "area_code_geomatch",
        "SynchronousValidation": "synchronous_validation",
        "UseInboundWebhookOnNumber": "use_inbound_webhook_on_number",
    }
)


async def create(env: Env, tx: Transaction, account_sid: str, form: Form) -> MessagingService:
    """A new service without numbers. Raises 20001, and 21713 for a use case that there is not."""
    now = env.clock()
    name = form.text("FriendlyName", MAX_NAME, required=True)
    assert name is not None
    blank = MessagingService(
        sid=env.sids.new(sids.MESSAGING_SERVICE),
        account_sid=account_sid,
        friendly_name=name,
        date_created=now,
        date_updated=now,
    )
    service = _changed(blank, form)
    await tx.messaging_services.add(service)
    return service


async def find(tx: Transaction, account_sid: str, sid: str) -> MessagingService:
    """The account's service with that SID. Raises 20404."""
    service = await tx.messaging_services.get(sid, account_sid)
    if service is None:
        raise not_found("Service")
    return service


async def update(
    env: Env, tx: Transaction, account_sid: str, sid: str, form: Form
) -> MessagingService:
    """Writes what was sent; an empty URL removes it. Whether it defers counts for the next message
    that comes in at one of its numbers. Raises 20404 and what `create` does."""
    changed = msgspec.structs.replace(
        _changed(await find(tx, account_sid, sid), form), date_updated=env.clock()
    )
    await tx.messaging_services.update(changed)
    return changed


async def delete(env: Env, tx: Transaction, account_sid: str, sid: str) -> None:
    """Deletes it, and with it its campaign. Its numbers stay the account's, and are free for
    another service at once."""
    service = await find(tx, account_sid, sid)
    campaign = await tx.campaigns.of_service(service.sid)
    if campaign is not None:
        await campaigns.drop(env, tx, campaign)
    await tx.messaging_services.delete(service.sid)


def _changed(service: MessagingService, form: Form) -> MessagingService:
    changes: dict[str, object] = {}
    if name := form.text("FriendlyName", MAX_NAME):
        changes["friendly_name"] = name
    for parameter, field in _URLS.items():
        if form.has(parameter):
            changes[field] = form.url(parameter)
    for parameter, (field, choices) in _CHOICES.items():
        if (choice := form.choice(parameter, choices)) is not None:
            changes[field] = choice.value
    if (usecase := _usecase(form)) is not None:
        changes["usecase"] = usecase.value
    for parameter, field in _SWITCHES.items():
        if (switch := form.boolean(parameter)) is not None:
            changes[field] = int(switch)
    if (validity := form.integer("ValidityPeriod", 1, MAX_VALIDITY)) is not None:
        changes["validity_period"] = validity
    return msgspec.structs.replace(service, **changes)


def _usecase(form: Form) -> Usecase | None:
    text = form.text("Usecase", 255)
    if text is None:
        return None
    try:
        return Usecase(text)
    except ValueError:
        raise Fault(21713, f"Usecase must be one of {', '.join(Usecase)}") from None
