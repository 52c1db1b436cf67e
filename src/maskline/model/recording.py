"""Recordings of calls: the file lies with the carrier, and here is what is known of it."""

from __future__ import annotations

from enum import StrEnum

import msgspec


class RecordingStatus(StrEnum):
    """The states of a recording, in the 2010 API's words."""

    IN_PROGRESS = "in-progress"
    PAUSED = "paused"
    STOPPED = "stopped"
    PROCESSING = "processing"
    COMPLETED = "completed"
    ABSENT = "absent"
    DELETED = "deleted"


class RecordingSource(StrEnum):
    """What had it made: a Record, a Dial with `record`, or the request that placed the call."""

    RECORD_VERB = "RecordVerb"
    DIAL_VERB = "DialVerb"
    OUTBOUND_API = "OutboundAPI"


class Recording(msgspec.Struct, frozen=True):
    """A recording of the call `call_sid`, which its `carrier` knows by `provider_id` and keeps at
    `url`, "" where there is no file. `duration` is in whole seconds, null while it is not known;
    `error_code` says why it is absent."""

    sid: str
    account_sid: str
    call_sid: str
    carrier: str
    provider_id: str
    url: str
    status: str
    channels: int
    source: str
    track: str
    duration: int | None
    error_code: int | None
    start_time: int | None
    date_created: int
    date_updated: int

    def __repr__(self) -> str:
        # Where somebody's voice lies.
        return f"Recording({self.sid})"
