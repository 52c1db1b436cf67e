"""The list of opt-outs, as programs and operators keep it."""

from __future__ import annotations

from maskline.env import Env
from maskline.model import sid as sids
from maskline.model.number import Number
from maskline.model.opt_out import OptOut, OptOutSource


def new_opt_out(
    env: Env,
    number: Number,
    person: str,
    source: OptOutSource,
    detail: str,
    *,
    date_of_consent: int | None = None,
    date_replied: int | None = None,
) -> OptOut:
    """A person's opt-out from a number, given now if no time is named."""
    now = env.clock()
    return OptOut(
        sid=env.sids.new(sids.OPT_OUT),
        account_sid=number.account_sid,
        sender=number.number,
        identifier=person,
        service_sid=number.service_sid,
        messaging_service_sid=number.messaging_service_sid,
        source=source.value,
        detail=detail,
        date_of_consent=now if date_of_consent is None else date_of_consent,
        date_replied=date_replied,
        date_created=now,
    )
