"""Sinch's Numbers API: the numbers of a project, and what they are on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, urlencode

from maskline.carriers.contract import OwnedNumber
from maskline.carriers.json_api import JsonApi, basic
from maskline.model.http import HttpClient

if TYPE_CHECKING:
    from maskline.carriers.sinch import Settings

_PAGE: Final = 100
#: A list that goes in circles ends with this.
_MOST_PAGES: Final = 1000
PLAN: Final = "servicePlanId"
APPLICATION: Final = "appId"


class Project:
    """One project, as an access key of it sees it."""

    def __init__(self, http: HttpClient, settings: Settings, key_id: str, key_secret: str) -> None:
        authorization = basic(key_id, key_secret)
        self._api = JsonApi(http, lambda: authorization, settings.timeout)
        self._numbers = f"{settings.numbers_url}/v1/projects/{settings.project_id}/activeNumbers"
        self._settings = settings

    def hooks(self) -> Mapping[str, str]:
        """What numbers are to be on."""
        wanted = {
            PLAN: self._settings.service_plan_id,
            APPLICATION: self._settings.application_key,
        }
        return {name: value for name, value in wanted.items() if value}

    async def numbers(self) -> Sequence[OwnedNumber]:
        """All numbers, page by page. Raises ApiRefused."""
        found: list[OwnedNumber] = []
        query = {"pageSize": str(_PAGE)}
        for _ in range(_MOST_PAGES):
            page = await self._api.ask("GET", f"{self._numbers}?{urlencode(query)}")
            found += [_owned(one) for one in page.get("activeNumbers") or ()]
            token = page.get("nextPageToken")
            if not token or token == query.get("pageToken"):
                break
            query["pageToken"] = str(token)
        return found

    async def point(self, provider_id: str, hooks: Mapping[str, str]) -> None:
        """Puts a number on other ones; on none, for an empty name. Raises ApiRefused."""
        fields: dict[str, Any] = {}
        if PLAN in hooks:
            fields["smsConfiguration"] = {PLAN: hooks[PLAN]}
        if APPLICATION in hooks:
            fields["voiceConfiguration"] = {"type": "RTC", APPLICATION: hooks[APPLICATION]}
        await self._api.ask("PATCH", f"{self._numbers}/{quote(provider_id, safe='')}", fields)


def _owned(one: Mapping[str, Any]) -> OwnedNumber:
    can = one.get("capability") or ()
    number = str(one["phoneNumber"])
    sms, voice = (one.get(f"{name}Configuration") or {} for name in ("sms", "voice"))
    return OwnedNumber(
        provider_id=number,
        number=number,
        friendly_name=str(one.get("displayName") or ""),
        sms="SMS" in can,
        mms="SMS" in can and number.startswith("+1"),
        voice="VOICE" in can,
        hooks={
            PLAN: str(sms.get(PLAN) or ""),
            APPLICATION: str(voice.get(APPLICATION) or ""),
        },
    )
