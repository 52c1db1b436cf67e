"""Services: create, fetch, update, delete."""

from __future__ import annotations

from typing import Final

import msgspec

from maskline.env import Env
from maskline.model import sid as sids
from maskline.model.account import Switch
from maskline.model.errors import Fault, not_found
from maskline.model.form import Form
from maskline.model.service import GeoMatchLevel, NumberSelection, Service
from maskline.proxy.own_address import is_own
from maskline.proxy.switches import check_hold, is_on
from maskline.store.contract import Transaction

MAX_TTL: Final = 2_147_483_646
MAX_NAME: Final = 191

_URLS: Final = ("CallbackUrl", "InterceptCallbackUrl", "OutOfSessionCallbackUrl")


async def create(
    env: Env, tx: Transaction, account_sid: str, form: Form, called: str = ""
) -> Service:
    """A new Service. `called` is the address that the request was sent to: no callback may lead
    there. Raises 80602 for a name that the account uses already, 80506 where the operator allows no
    more Services."""
    if await is_on(tx, account_sid, Switch.RESTRICT_SERVICES):
        raise Fault(80506)
    now = env.clock()
    name = form.text("UniqueName", MAX_NAME, required=True)
    assert name is not None
    blank = Service(
        sid=env.sids.new(sids.SERVICE),
        account_sid=account_sid,
        unique_name=name,
        chat_instance_sid=None,
        callback_url=None,
        intercept_callback_url=None,
        out_of_session_callback_url=None,
        default_ttl=0,
        geo_match_level=GeoMatchLevel.COUNTRY,
        number_selection_behavior=NumberSelection.PREFER_STICKY,
        date_created=now,
        date_updated=now,
    )
    service = _changed(env, blank, form, called)
    if not await tx.services.add(service):
        raise Fault(80602)
    return service


async def update(
    env: Env, tx: Transaction, account_sid: str, sid: str, form: Form, called: str = ""
) -> Service:
    """Writes what was sent, as `create` reads it; an empty URL removes it."""
    service = await find(tx, account_sid, sid)
    changed = msgspec.structs.replace(
        _changed(env, service, form, called), date_updated=env.clock()
    )
    if changed.unique_name != service.unique_name and await tx.services.by_name(
        account_sid, changed.unique_name
    ):
        raise Fault(80602)
    await tx.services.update(changed)
    return changed


async def fetch(tx: Transaction, account_sid: str, sid_or_name: str) -> Service:
    """By SID or unique name."""
    if sids.is_sid(sid_or_name, sids.SERVICE):
        return await find(tx, account_sid, sid_or_name)
    service = await tx.services.by_name(account_sid, sid_or_name)
    if service is None:
        raise not_found("Service")
    return service


async def find(tx: Transaction, account_sid: str, sid: str) -> Service:
    """By SID alone. Raises 80408 for one that was deleted, 20404 for one that never was."""
    service = await tx.services.get(sid, account_sid)
    if service is not None:
        return service
    if await tx.services.was_deleted(sid, account_sid):
        raise Fault(80408)
    raise not_found("Service")


async def delete(env: Env, tx: Transaction, account_sid: str, sid: str) -> None:
    """Deletes it with all its sessions, active ones too; its numbers are free at once. Raises 80615
    while the account is on legal hold."""
    service = await find(tx, account_sid, sid)
    await check_hold(tx, account_sid)
    await tx.services.delete(service, env.clock())


def _changed(env: Env, service: Service, form: Form, called: str) -> Service:
    changes: dict[str, object] = {}
    if name := form.text("UniqueName", MAX_NAME):
        changes["unique_name"] = name
    if (ttl := form.integer("DefaultTtl", 0, MAX_TTL)) is not None:
        changes["default_ttl"] = ttl
    if level := form.choice("GeoMatchLevel", GeoMatchLevel):
        changes["geo_match_level"] = level.value
    if selection := form.choice("NumberSelectionBehavior", NumberSelection):
        changes["number_selection_behavior"] = selection.value
    for parameter, field in zip(
        _URLS,
        ("callback_url", "intercept_callback_url", "out_of_session_callback_url"),
        strict=True,
    ):
        if form.has(parameter):
            url = changes[field] = form.url(parameter)
            if url is not None and is_own(url, env.settings, called):
                raise form.wrong(parameter, "must not be an address of this server")
    if form.has("ChatInstanceSid"):
        chat = form.text("ChatInstanceSid", 34)
        if chat is not None and not sids.is_sid(chat, "IS"):
            raise form.wrong("ChatInstanceSid", "must be a SID that starts with IS")
        changes["chat_instance_sid"] = chat
    return msgspec.structs.replace(service, **changes)
