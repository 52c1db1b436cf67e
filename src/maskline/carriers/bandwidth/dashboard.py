"""Bandwidth's Numbers API, which the dashboard shows: XML.

An account has sub-accounts ("sites"), a sub-account has locations ("SIP peers"), and each number is
in one location. Where a number's traffic goes is set nowhere else: a location has a messaging and a
voice application, and an application has callback addresses. A number is pointed at us by moving it
to a location whose applications are ours; that can be undone number by number.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping, Sequence
from typing import Final
from urllib.parse import quote

import msgspec

from maskline.carriers import markup
from maskline.carriers.contract import ApiRefused, OwnedNumber
from maskline.carriers.markup import Element, NotXml
from maskline.model.http import HttpClient, HttpFailure, HttpRequest

XML: Final = "application/xml"
#: No more bytes of an answer are read, and no more pages of a list.
_MOST: Final = 4_000_000
_PAGES: Final = 1000
#: Moves are carried out a little later (seconds between looks, and how many).
_PAUSE: Final = 0.5
_LOOKS: Final = 20
_NATIONAL: Final = re.compile(r"[2-9][0-9]{9}")
_NEXT: Final = re.compile(r"<([^>]+)>")

# What a number's hooks are called: those that are set by moving it, and those that others set.
SITE: Final = "SiteId"
LOCATION: Final = "LocationId"
MESSAGING: Final = "MessagingApplicationId"
VOICE: Final = "VoiceApplicationId"
MESSAGE_URL: Final = "MessageCallbackUrl"
CALL_URL: Final = "CallInitiatedCallbackUrl"
#: An application's callback address, by what it was called over the years.
_MESSAGE_URLS: Final = ("InboundCallbackUrl", "MsgCallbackUrl", "CallbackUrl")


class Wanted(msgspec.Struct, frozen=True):
    """What a number's traffic is to go by. `site` and `location` are "" where numbers stay where
    they are."""

    messaging: str
    voice: str
    site: str
    location: str
    door: str

    @property
    def hooks(self) -> dict[str, str]:
        """A number's hooks, as they are to be."""
        found = {MESSAGING: self.messaging, MESSAGE_URL: f"{self.door}/Message"}
        if self.voice:
            found |= {VOICE: self.voice, CALL_URL: f"{self.door}/Call"}
        if self.location:
            found |= {SITE: self.site, LOCATION: self.location}
        return found


class Dashboard:
    """One account there. `root` is its address, up to and with the account's number."""

    def __init__(
        self, http: HttpClient, root: str, authorization: str, timeout: float, wanted: Wanted
    ) -> None:
        self._http = http
        self._root = root
        self._timeout = timeout
        #: What numbers are pointed at.
        self.wanted = wanted
        self._headers = {"Authorization": authorization, "Accept": XML}
        #: Hooks of the account's numbers, as they were when they were listed.
        self._known: dict[str, Mapping[str, str]] | None = None
        #: What is wrong with locations that were looked at; "" for nothing.
        self._faults: dict[tuple[str, str], str] = {}

    async def numbers(self) -> Sequence[OwnedNumber]:
        """All numbers of the account, location by location. Raises ApiRefused."""
        found: list[OwnedNumber] = []
        urls: dict[str, str] = {}
        for site in _ids(await self._get("/sites"), "Site", "Id"):
            at_site = f"/sites/{_part(site)}/sippeers"
            for location in _ids(await self._get(at_site), "SipPeer", "PeerId"):
                at = f"{at_site}/{_part(location)}"
                hooks = {SITE: site, LOCATION: location, **await self._applications(at, urls)}
                found += [
                    self._owned(national, hooks) for national in await self._members(f"{at}/tns")
                ]
        self._known = {one.provider_id: one.hooks for one in found}
        return found

    async def point(self, provider_id: str, hooks: Mapping[str, str]) -> None:
        """Moves a number to the location that the hooks name, if it is elsewhere, and sees to it
        that its traffic then goes where they say. Raises ApiRefused."""
        if self._known is None:
            await self.numbers()
        now = (self._known or {}).get(provider_id)
        if now is None:
            raise ApiRefused("the account does not have the number any more")
        target = {name: hooks[name] for name in (SITE, LOCATION) if hooks.get(name)}
        moves = LOCATION in target and any(now[name] != one for name, one in target.items())
        if hooks.get(MESSAGE_URL) == self.wanted.hooks[MESSAGE_URL]:
            await self._check(target if moves else now)
        if moves:
            await self._move(provider_id, target)

    def _owned(self, national: str, hooks: Mapping[str, str]) -> OwnedNumber:
        wanted = self.wanted
        # What a number can do is a matter of where it is, or will be.
        moves = bool(wanted.location)
        return OwnedNumber(
            provider_id=national,
            number=f"+1{national}" if _NATIONAL.fullmatch(national) else f"+{national.lstrip('+')}",
            friendly_name="",
            sms=moves or bool(hooks[MESSAGING]),
            mms=moves or bool(hooks[MESSAGING]),
            voice=bool(wanted.voice) if moves else bool(hooks[VOICE]),
            hooks=hooks,
        )

    async def _applications(self, at: str, urls: dict[str, str]) -> dict[str, str]:
        """A location's applications, and where these post to."""
        messaging = await self._optional(f"{at}/products/messaging/applicationSettings")
        voice = await self._optional(f"{at}/products/origination/settings")
        found = {
            MESSAGING: messaging.value("HttpMessagingV2AppId"),
            VOICE: voice.value("HttpVoiceV2AppId"),
        }
        for name, hook, called in (
            (MESSAGING, MESSAGE_URL, _MESSAGE_URLS),
            (VOICE, CALL_URL, (CALL_URL,)),
        ):
            application = found[name]
            if application and application not in urls:
                document = await self._optional(f"/applications/{_part(application)}")
                told = (document.value(one) for one in called)
                urls[application] = next(filter(None, told), "")
            found[hook] = urls.get(application, "")
        return found

    async def _check(self, target: Mapping[str, str]) -> None:
        """Whether a number's traffic comes to us once it is there. Raises ApiRefused, which says
        what to do: it is a setting of all numbers there, and so not ours to change."""
        place = target[SITE], target[LOCATION]
        if place not in self._faults:
            at = f"/sites/{_part(place[0])}/sippeers/{_part(place[1])}"
            self._faults[place] = self._fault(place[1], await self._applications(at, {}))
        if self._faults[place]:
            raise ApiRefused(self._faults[place])

    def _fault(self, location: str, there: Mapping[str, str]) -> str:
        """What is wrong with a location's applications, and what to do; "" for nothing."""
        wanted = self.wanted
        for name, kind in (MESSAGING, "messaging"), (VOICE, "voice"):
            right = wanted.hooks.get(name)
            if right is not None and there[name] != right:
                other = (
                    "" if wanted.location else ", or set site_id and location_id to move numbers"
                )
                return (
                    f"location {location} has {there[name] or 'nothing'} for its {kind} "
                    f"application: assign {right} to it in the dashboard{other}"
                )
        for name, kind in (MESSAGE_URL, "messaging"), (CALL_URL, "voice"):
            right = wanted.hooks.get(name)
            if right is not None and there[name] != right:
                return (
                    f"the {kind} application posts to {there[name] or 'nobody'}: set its callback "
                    f"URL to {right} in the dashboard"
                )
        return ""

    async def _move(self, national: str, target: Mapping[str, str]) -> None:
        order = markup.write(
            "MoveTnsOrder",
            ("SiteId", target[SITE]),
            ("SipPeerId", target[LOCATION]),
            ("TelephoneNumbers/TelephoneNumber", national),
        )
        made = await self._document("POST", "/moveTns", order)
        for _ in range(_LOOKS):
            status = made.value("ProcessingStatus").upper()
            if status == "COMPLETE":
                return
            if status in ("FAILED", "PARTIAL"):
                code = made.value("ErrorCode") or made.value("Code")
                raise ApiRefused(f"Bandwidth did not move it{f', error {code}' if code else ''}")
            name = made.value("OrderId")
            if not name:
                break
            await asyncio.sleep(_PAUSE)
            made = await self._get(f"/moveTns/{_part(name)}")
        raise ApiRefused("Bandwidth has not moved it yet: run it again in a while")

    async def _members(self, path: str) -> list[str]:
        """The numbers of a location, page by page where there are pages."""
        found: list[str] = []
        following: str | None = path
        for _ in range(_PAGES):
            if following is None:
                break
            page = await self._get(following)
            found += [one.text for one in page.all("FullNumber")]
            following = self._next(page)
        return found

    def _next(self, page: Element) -> str | None:
        """The path of the page after one. An address elsewhere must not be shown credentials."""
        link = _NEXT.search(page.value("next"))
        if link is None or not link[1].startswith(f"{self._root}/"):
            return None
        return link[1].removeprefix(self._root)

    async def _optional(self, path: str) -> Element:
        """A setting; an empty element where there is none."""
        return await self._document("GET", path, None, missing=Element(""))

    async def _get(self, path: str) -> Element:
        return await self._document("GET", path, None)

    async def _document(
        self, method: str, path: str, body: bytes | None, missing: Element | None = None
    ) -> Element:
        headers = self._headers if body is None else self._headers | {"Content-Type": XML}
        try:
            response = await self._http.send(
                HttpRequest(
                    method,
                    self._root + path,
                    headers,
                    body,
                    read_timeout=self._timeout,
                    total_timeout=self._timeout,
                    max_body=_MOST,
                )
            )
        except HttpFailure as failure:
            raise ApiRefused(f"the Numbers API was not reached: {failure.reason}") from None
        status = response.status
        if status in (401, 403):
            raise ApiRefused(f"the Numbers API does not accept the credentials ({status})")
        if status == 404:
            if missing is not None:
                return missing
            raise ApiRefused("the Numbers API knows no such account or resource (404)")
        try:
            document = markup.read(response.body)
        except NotXml as error:
            raise ApiRefused(f"the Numbers API answered {status} with what is no XML") from error
        code = document.value("ErrorCode") or document.value("Code")
        if not 200 <= status < 300 or (code and document.all("ResponseStatus")):
            named = f", error {code}" if code.isalnum() and len(code) < 10 else ""
            raise ApiRefused(f"the Numbers API answered {status}{named}")
        return document


def _ids(document: Element, name: str, key: str) -> list[str]:
    return [one.value(key) for one in document.all(name) if one.value(key)]


def _part(text: str) -> str:
    """A part of a path, whatever an answer said it is called."""
    return quote(text, safe="")
