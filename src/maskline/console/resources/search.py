"""The search: by any number, SID or unique name."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from maskline.console.context import Context
from maskline.console.gate import Ask, Handler
from maskline.console.shapes.search import Hit, SearchResults
from maskline.model import sid as sids
from maskline.model.participant import Participant
from maskline.model.session import Session
from maskline.numbers.e164 import mask
from maskline.numbers.national import canonical
from maskline.store.contract import Transaction

_MOST: Final = 50
#: How many of an account's latest legs are looked through for somebody in no session.
_LEGS: Final = 500
_SHOWN_LEGS: Final = 20
_SID: Final = re.compile(r"[A-Za-z]{2}[0-9a-fA-F]{32}", re.ASCII)
#: As people write numbers; what stands between the digits says nothing.
_NUMBER: Final = re.compile(r"\+?\(?[0-9][0-9\s().\-/]{1,30}", re.ASCII)
_NANP: Final = 10
_CHANNEL: Final = re.compile(r"[a-z]+:\S+", re.ASCII)


class SearchResource:
    """`/search`."""

    def __init__(self, context: Context) -> None:
        self._store = context.store

    def handlers(self) -> Mapping[str, Handler]:
        """Its endpoint."""
        return {"GET /search": self.search}

    async def search(self, ask: Ask) -> SearchResults:
        """What the words lead to."""
        words = ask.query("q").strip()

        async def read(tx: Transaction) -> SearchResults:
            account = await ask.account(tx)
            if _SID.fullmatch(words):
                hits = await _by_sid(tx, account, words[:2].upper() + words[2:].lower())
                return SearchResults("sid", hits, more=False)
            if _NUMBER.fullmatch(words) or _CHANNEL.fullmatch(words):
                hits = await _by_number(tx, account, words)
                if hits or words.startswith("+"):
                    return SearchResults("number", hits[:_MOST], more=len(hits) > _MOST)
            hits = await _by_name(tx, account, words) if words else []
            return SearchResults("name", hits[:_MOST], more=len(hits) > _MOST)

        return await self._store.read(read)


async def _by_sid(tx: Transaction, account: str, sid: str) -> list[Hit]:
    hit: Hit | None = None
    match sid[:2]:
        case sids.SESSION:
            session = await tx.support.session(sid)
            if session is not None and session.account_sid == account:
                hit = _session(session)
        case sids.PARTICIPANT:
            person = await tx.support.participant(sid)
            if person is not None and person.account_sid == account:
                hit = await _participant(tx, person)
        case sids.INTERACTION:
            hit = await _interaction(tx, account, sid)
        case sids.SMS | sids.MMS:
            message = await tx.messages.get(sid, account)
            if message is not None:
                hit = await _leg(
                    tx, "message", sid, message.interaction_sid, message.status, message.direction
                )
        case sids.CALL:
            call = await tx.calls.get(sid, account)
            if call is not None:
                hit = await _leg(tx, "call", sid, call.interaction_sid, call.status, call.direction)
        case sids.SERVICE:
            service = await tx.services.get(sid, account)
            if service is not None:
                hit = Hit(
                    "service",
                    sid,
                    service.unique_name,
                    "Proxy Service",
                    service.date_created,
                    None,
                    sid,
                )
        case sids.PHONE_NUMBER | sids.SHORT_CODE:
            number = await tx.numbers.get(sid, account)
            if number is not None:
                hit = Hit(
                    "number",
                    sid,
                    number.number,
                    number.friendly_name,
                    number.date_created,
                    None,
                    number.service_sid,
                )
        case sids.ALERT:
            alert = await tx.alerts.get(sid, account)
            if alert is not None:
                about = alert.resource_sid or ""
                hit = Hit(
                    "alert",
                    sid,
                    f"{alert.error_code}",
                    alert.alert_text,
                    alert.date_generated,
                    await _session_of(tx, about),
                    alert.service_sid,
                    alert.log_level,
                )
        case sids.WEBHOOK_ATTEMPT:
            hit = await _webhook(tx, account, sid)
    return [] if hit is None else [hit]


async def _by_number(tx: Transaction, account: str, words: str) -> list[Hit]:
    text = words if ":" in words else re.sub(r"[^+0-9]", "", words)
    hits: list[Hit] = []
    found: dict[str, Participant] = {}
    for candidate in _spellings(text):
        ours = await tx.numbers.by_number(candidate)
        if ours is not None and ours.account_sid == account:
            hits.append(
                Hit(
                    "number",
                    ours.sid,
                    ours.number,
                    ours.friendly_name,
                    ours.date_created,
                    None,
                    ours.service_sid,
                )
            )
            people = await tx.support.on_number(candidate, _MOST + 1)
        else:
            people = await tx.support.people(account, candidate, _MOST + 1)
        found |= {one.sid: one for one in people if one.account_sid == account}
        hits += await _strangers(tx, account, candidate)
    people_ = sorted(found.values(), key=lambda one: one.sid, reverse=True)[: _MOST + 1]
    return hits + [await _participant(tx, one) for one in people_]


def _spellings(text: str) -> Sequence[str]:
    """The identifiers that a number may be on record as."""
    if ":" in text:
        return [text]
    forms = [text] if text.startswith("+") else [f"+{text}", text]
    if len(text) == _NANP and not text.startswith("+"):
        # As people in North America write them.
        forms.append(f"+1{text}")
    return list(dict.fromkeys([*forms, *(canonical(one) for one in forms)]))


async def _strangers(tx: Transaction, account: str, number: str) -> list[Hit]:
    """Somebody's latest messages and calls that belong to no session."""
    hits = [
        Hit(
            "message",
            one.sid,
            f"{mask(one.sender)} → {one.recipient}",
            "in no session",
            one.date_created,
            None,
            None,
            one.status,
        )
        for one in await tx.support.latest_messages(account, _LEGS)
        if one.interaction_sid is None and one.sender == number and one.direction == "inbound"
    ][:_SHOWN_LEGS]
    return (
        hits
        + [
            Hit(
                "call",
                one.sid,
                f"{mask(one.caller)} → {one.called}",
                "in no session",
                one.date_created,
                None,
                None,
                one.status,
            )
            for one in await tx.support.latest_calls(account, _LEGS)
            if one.interaction_sid is None and one.caller == number and one.direction == "inbound"
        ][:_SHOWN_LEGS]
    )


async def _by_name(tx: Transaction, account: str, name: str) -> list[Hit]:
    hits = [_session(one) for one in await tx.support.sessions_named(account, name, _MOST + 1)]
    service = await tx.services.by_name(account, name)
    if service is not None:
        hits.append(
            Hit(
                "service",
                service.sid,
                service.unique_name,
                "Proxy Service",
                service.date_created,
                None,
                service.sid,
            )
        )
    return hits


def _session(one: Session) -> Hit:
    return Hit(
        "session",
        one.sid,
        one.unique_name or one.sid,
        one.mode,
        one.date_created,
        one.sid,
        one.service_sid,
        one.status,
    )


async def _participant(tx: Transaction, one: Participant) -> Hit:
    session = await tx.support.session(one.session_sid)
    named = session.unique_name or session.sid if session is not None else one.session_sid
    return Hit(
        kind="participant",
        sid=one.sid,
        title=f"{one.friendly_name or 'Participant'} {mask(one.identifier)}",
        detail=f"in {named}, at {one.proxy_identifier}",
        at=one.date_created,
        session_sid=one.session_sid,
        service_sid=one.service_sid,
        status=None if session is None else session.status,
    )


async def _interaction(tx: Transaction, account: str, sid: str) -> Hit | None:
    one = await tx.interactions.by_sid(sid)
    if one is None or one.account_sid != account:
        return None
    status = one.outbound_resource_status or one.inbound_resource_status
    return Hit(
        "interaction",
        sid,
        sid,
        one.type,
        one.date_created,
        one.session_sid,
        one.service_sid,
        status,
    )


async def _leg(
    tx: Transaction, kind: str, sid: str, interaction_sid: str | None, status: str, way: str
) -> Hit:
    return Hit(
        "call" if kind == "call" else "message",
        sid,
        sid,
        way,
        sids.made_at(sid),
        await _session_of(tx, interaction_sid or ""),
        None,
        status,
    )


async def _webhook(tx: Transaction, account: str, sid: str) -> Hit | None:
    attempt = await tx.webhook_attempts.get(sid)
    if attempt is None or attempt.account_sid != account:
        return None
    return Hit(
        "webhook",
        sid,
        attempt.url,
        attempt.kind,
        sids.made_at(sid),
        attempt.session_sid,
        None,
        str(attempt.status or attempt.error),
    )


async def _session_of(tx: Transaction, sid: str) -> str | None:
    """The session of an interaction or of a leg, or the session itself."""
    if sid.startswith(sids.SESSION):
        return sid
    one = await tx.interactions.by_sid(sid) if sid.startswith(sids.INTERACTION) else None
    return None if one is None else one.session_sid
