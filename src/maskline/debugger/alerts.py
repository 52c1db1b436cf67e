"""New alerts."""

from __future__ import annotations

from maskline.env import Env
from maskline.model import sid as sids
from maskline.model.alert import Alert
from maskline.model.errors import CATALOGUE


def new_alert(
    env: Env,
    code: int,
    account_sid: str,
    service_sid: str | None,
    resource_sid: str | None,
    detail: str = "",
) -> Alert:
    """An alert with the dictionary's level and text. `detail` must hold no personal data."""
    now = env.clock()
    entry = CATALOGUE[code]
    return Alert(
        sid=env.sids.new(sids.ALERT),
        account_sid=account_sid,
        service_sid=service_sid,
        resource_sid=resource_sid,
        error_code=code,
        log_level=entry.level,
        alert_text=f"{entry.text}: {detail}" if detail else entry.text,
        request_method=None,
        request_url=None,
        request_variables=None,
        request_headers=None,
        response_headers=None,
        response_body=None,
        date_generated=now,
        date_created=now,
    )
