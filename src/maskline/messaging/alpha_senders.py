"""Names in a Messaging Service: alphanumeric senders, for all countries or for one."""

from __future__ import annotations

from maskline.env import Env
from maskline.messaging.opt_out_lists import find_service
from maskline.messaging.sender_choice import NORTH_AMERICA
from maskline.model import sid as sids
from maskline.model.alpha_sender import AlphaSender, is_name
from maskline.model.errors import Fault, not_found
from maskline.model.form import Form
from maskline.model.page import Page, PageRequest
from maskline.store.contract import Transaction


async def add(
    env: Env, tx: Transaction, account_sid: str, service_sid: str, country: str, form: Form
) -> AlphaSender:
    """Adds a name to the service, for a country or, "", for all that let names through.

    Raises 21701 for a service that the account does not have, 21710 when it has the name for that
    country, 21714 when it is full, 20001 for what is no name, and for a country that has none.
    """
    service = await find_service(tx, account_sid, service_sid)
    text = form.text("AlphaSender", 255, required=True)
    assert text is not None
    if not is_name(text):
        raise form.wrong(
            "AlphaSender", "must be 1 to 11 of A-Z, a-z, 0-9, space and +-_&, a letter among them"
        )
    if country in NORTH_AMERICA:
        raise form.wrong("IsoCountryCode", "is a country whose networks take no names")
    carrier = form.text("Carrier", 64) or ""
    if carrier and carrier != "simulator" and await tx.carriers.get(carrier) is None:
        raise form.wrong("Carrier", "must be the name of a carrier of this server")
    limit = env.settings.limits.messaging_service_numbers
    if await tx.messaging_services.count(service_sid) >= limit:
        raise Fault(21714, f"at most {limit} senders")
    sender = AlphaSender(
        sid=env.sids.new(sids.ALPHA_SENDER),
        account_sid=service.account_sid,
        messaging_service_sid=service.sid,
        alpha_sender=text,
        iso_country=country,
        carrier=carrier,
        date_created=env.clock(),
    )
    if not await tx.messaging_services.add_name(sender):
        raise Fault(21710)
    return sender


async def find(
    tx: Transaction, account_sid: str, service_sid: str, sid: str, *, default: bool
) -> AlphaSender:
    """The service's name with that SID; `default`: only one for all countries. Raises 21701,
    20404."""
    await find_service(tx, account_sid, service_sid)
    found = await tx.messaging_services.name(sid, service_sid)
    if found is None or (default and found.iso_country):
        raise not_found("AlphaSender")
    return found


async def page(
    tx: Transaction, account_sid: str, service_sid: str, country: str | None, request: PageRequest
) -> Page[AlphaSender]:
    """The service's names: of one country, "" being those for all, or null for any. Raises
    21701."""
    await find_service(tx, account_sid, service_sid)
    return await tx.messaging_services.names(service_sid, country, request)


async def remove(
    tx: Transaction, account_sid: str, service_sid: str, sid: str, *, default: bool
) -> None:
    """Takes a name out of the service. Raises 21701, 20404."""
    found = await find(tx, account_sid, service_sid, sid, default=default)
    await tx.messaging_services.remove_name(found.sid)
