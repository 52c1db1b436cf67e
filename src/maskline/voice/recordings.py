"""Recordings of calls: what carriers tell of them is noted, and programs know them by our names."""

from __future__ import annotations

from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from hashlib import sha256
from typing import Final

import msgspec

from maskline.env import Env
from maskline.model import sid as sids
from maskline.model.call import Call
from maskline.model.clock import SECOND
from maskline.model.recording import Recording, RecordingSource, RecordingStatus
from maskline.store.contract import Transaction

_COMPLETED: Final = RecordingStatus.COMPLETED.value
_DELETED: Final = RecordingStatus.DELETED.value
#: `failed` is none of the resource's states: there is no file either.
_STATUSES: Final = {
    **{one.value: one.value for one in RecordingStatus if one is not RecordingStatus.DELETED},
    "failed": RecordingStatus.ABSENT.value,
}
_OVER: Final = frozenset({_COMPLETED, RecordingStatus.ABSENT.value, _DELETED})
_SOURCES: Final = frozenset(one.value for one in RecordingSource)
_TRACKS: Final = frozenset({"inbound", "outbound", "both"})


async def note(env: Env, tx: Transaction, call: Call, told: Mapping[str, str]) -> Recording:
    """Notes what is told of a recording of a call, by the names of Twilio's callbacks. The carrier
    knows it by `RecordingSid`, or by where its file lies. One that is over or deleted stays so, in
    whatever order it is told of."""
    # The zero character no database keeps.
    told = {name: value.replace("\0", "") for name, value in told.items()}
    url = told.get("RecordingUrl", "")
    provider_id = told.get("RecordingSid") or sha256(f"{call.carrier} {url}".encode()).hexdigest()
    known = await tx.recordings.of(call.sid, provider_id)
    if known is None:
        made = _told(_blank(env, call, provider_id), told, env.clock())
        if await tx.recordings.add(made):
            return made
        known = await tx.recordings.of(call.sid, provider_id) or made
    if known.status == _DELETED:
        return known
    changed = _told(known, told, env.clock())
    if changed != msgspec.structs.replace(known, date_updated=changed.date_updated):
        await tx.recordings.update(changed)
        return changed
    return known


async def delete(env: Env, tx: Transaction, one: Recording) -> None:
    """Its file is gone; that it was there stays known for a while."""
    gone = msgspec.structs.replace(one, url="", status=_DELETED, date_updated=env.clock())
    await tx.recordings.update(gone)


def _blank(env: Env, call: Call, provider_id: str) -> Recording:
    now = env.clock()
    return Recording(
        sid=env.sids.new(sids.RECORDING),
        account_sid=call.account_sid,
        call_sid=call.sid,
        carrier=call.carrier,
        provider_id=provider_id,
        url="",
        status=RecordingStatus.IN_PROGRESS.value,
        channels=1,
        source=RecordingSource.RECORD_VERB.value,
        track="both",
        duration=None,
        error_code=None,
        start_time=None,
        date_created=now,
        date_updated=now,
    )


def _told(one: Recording, told: Mapping[str, str], now: int) -> Recording:
    """The recording with what is told of it; without a state, it is told of since it is made."""
    status = _STATUSES.get(told.get("RecordingStatus", _COMPLETED), one.status)
    if one.status in _OVER and status not in _OVER:
        status = one.status
    source, track = told.get("RecordingSource", ""), told.get("RecordingTrack", "")
    duration, code = _number(told, "RecordingDuration"), _number(told, "ErrorCode")
    return msgspec.structs.replace(
        one,
        url=told.get("RecordingUrl") or one.url,
        status=status,
        channels=_number(told, "RecordingChannels") or one.channels,
        source=source if source in _SOURCES else one.source,
        track=track if track in _TRACKS else one.track,
        duration=one.duration if duration is None else duration,
        error_code=code if status == RecordingStatus.ABSENT and code else one.error_code,
        start_time=_moment(told.get("RecordingStartTime", "")) or one.start_time,
        date_updated=now,
    )


def _number(told: Mapping[str, str], name: str) -> int | None:
    text = told.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 8 else None


def _moment(text: str) -> int | None:
    """A time by RFC 2822, in ms."""
    try:
        return int(parsedate_to_datetime(text).timestamp() * SECOND)
    except (ValueError, OverflowError):
        return None
