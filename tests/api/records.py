"""Whole records: what they are made of, and rows that the API has no way to make."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any

import msgspec

from maskline.model.call import Call
from maskline.model.message import Media, Message
from maskline.model.number import Number, NumberKind
from maskline.model.recording import Recording
from maskline.model.sid import is_sid
from tests.api.wire import Wire
from tests.support.server import RunningServer

Body = dict[str, Any]

DAY = 86_400_000
NOON = 1_600_000_000_000 // DAY * DAY + DAY // 2


def message_of(server: RunningServer, account_sid: str, sender: str, recipient: str) -> Message:
    """An inbound message with two media, of another day than any other message."""
    return Message(
        sid=server.server.env.sids.new("MM"),
        account_sid=account_sid,
        direction="inbound",
        sender=sender,
        recipient=recipient,
        body="Hello",
        status="received",
        error_code=None,
        num_media=2,
        num_segments=1,
        carrier="simulator",
        provider_id=None,
        interaction_sid=None,
        date_created=NOON,
        date_sent=NOON,
        date_updated=NOON + 1000,
    )


def media_of(server: RunningServer, message: Message, count: int) -> list[Media]:
    """The first media of a message."""
    return [
        Media(
            sid=server.server.env.sids.new("ME"),
            account_sid=message.account_sid,
            message_sid=message.sid,
            position=place,
            content_type="image/png",
            url=f"https://example.com/{place}.png",
            date_created=NOON,
        )
        for place in range(count)
    ]


def call_of(server: RunningServer, account_sid: str, caller: str, called: str) -> Call:
    """A call that was answered."""
    return Call(
        sid=server.server.env.sids.new("CA"),
        account_sid=account_sid,
        parent_call_sid=None,
        direction="inbound",
        caller=caller,
        called=called,
        status="completed",
        carrier="simulator",
        provider_id=None,
        interaction_sid=None,
        start_time=NOON,
        end_time=NOON + 5000,
        duration=5,
        date_created=NOON,
        date_updated=NOON + 5000,
    )


def recording_of(server: RunningServer, call: Call, **changes: Any) -> Recording:
    """A recording of a call, by a carrier that is gone."""
    blank = Recording(
        sid=server.server.env.sids.new("RE"),
        account_sid=call.account_sid,
        call_sid=call.sid,
        carrier="gone",
        provider_id=server.server.env.sids.new("RE"),
        url="https://carrier.example/1",
        status="completed",
        channels=1,
        source="RecordVerb",
        track="both",
        duration=5,
        error_code=None,
        start_time=None,
        date_created=NOON,
        date_updated=NOON,
    )
    return msgspec.structs.replace(blank, **changes)


def short_code_of(server: RunningServer, account_sid: str, digits: str) -> Number:
    """A short code in no pool."""
    return Number(
        sid=server.server.env.sids.new("SC"),
        account_sid=account_sid,
        kind=NumberKind.SHORT_CODE.value,
        number=digits,
        friendly_name="",
        carrier="simulator",
        iso_country="US",
        dial_class="1",
        area_code="",
        capabilities=2,
        reach=2,
        service_sid=None,
        is_reserved=0,
        in_use=0,
        pool_created=None,
        pool_updated=None,
        date_created=1_700_000_000_000,
        date_updated=1_700_000_000_000,
    )


def iso(text: str) -> str:
    """A time as Proxy writes it."""
    assert datetime.fromisoformat(text).strftime("%Y-%m-%dT%H:%M:%SZ") == text
    return text


def rfc2822(text: str) -> str:
    """A time as the 2010 API writes it."""
    assert parsedate_to_datetime(text).strftime("%a, %d %b %Y %H:%M:%S +0000") == text
    return text


def sid(body: Body, prefix: str) -> str:
    """A record's SID."""
    assert is_sid(body["sid"], prefix)
    return str(body["sid"])


def unchanged(wire: Wire, path: str, record: Body, time: Callable[[str], str]) -> Body:
    """The record after an update of nothing, which may only have touched its `date_updated`."""
    answer = wire.post(path, {})
    assert answer.status_code == 200
    body: Body = answer.json()
    assert body == record | {"date_updated": time(body["date_updated"])}
    assert wire.get(path).json() == body
    return body


def on_top(wire: Wire, path: str, key: str) -> Body:
    """The first record of a list."""
    record: Body = wire.get(path, PageSize=1).json()[key][0]
    return record
