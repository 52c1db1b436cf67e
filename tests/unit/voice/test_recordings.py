"""What is known of recordings of calls."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from maskline.model.call import Call
from maskline.model.page import PageRequest
from maskline.model.recording import Recording
from maskline.store.repositories.recordings import RecordingFilter
from maskline.voice import recordings
from tests.support.memory import World
from tests.support.records import NOON

URL = "https://carrier.example/RE1"
TOLD = {"RecordingSid": "REtheirs", "RecordingUrl": URL}


def note(world: World, call: Call, **told: str) -> Recording:
    return world.do(recordings.note(world.env, world.tx, call, TOLD | told))


def kept(world: World) -> list[Recording]:
    narrow = RecordingFilter(deleted=1)
    page = world.do(world.tx.recordings.page(world.account.sid, narrow, PageRequest(50)))
    return list(page.records)


@pytest.fixture
def call(world: World) -> Call:
    found = world.records.call(world.account.sid, carrier="one")
    world.do(world.tx.calls.add_many([found]))
    return found


def test_one_is_known_by_our_name(world: World, call: Call) -> None:
    one = note(world, call, RecordingDuration="7")
    assert one.sid != "REtheirs"
    assert (one.sid[:2], len(one.sid)) == ("RE", 34)
    assert (one.account_sid, one.call_sid, one.carrier) == (call.account_sid, call.sid, "one")
    assert (one.status, one.url, one.duration) == ("completed", URL, 7)
    assert (one.channels, one.source, one.track, one.start_time) == (1, "RecordVerb", "both", None)
    assert URL not in repr(one)
    # The same of another call is another.
    other = world.records.call(world.account.sid, carrier="one")
    assert note(world, other).sid != one.sid
    assert len(kept(world)) == 2


def test_what_no_database_keeps_is_left_out(world: World, call: Call) -> None:
    one = note(world, call)
    assert note(world, call, RecordingSid="RE\0theirs", RecordingUrl=f"{URL}\0") == one


def test_what_is_told_again_changes_nothing(world: World, call: Call) -> None:
    one = note(world, call, RecordingDuration="7")
    world.clock.advance(1000)
    assert note(world, call, RecordingDuration="7") == one
    assert note(world, call) == one
    assert kept(world) == [one]


def test_one_without_a_name_goes_by_its_address(world: World, call: Call) -> None:
    one = note(world, call, RecordingSid="")
    assert note(world, call, RecordingSid="").sid == one.sid
    assert note(world, call, RecordingSid="", RecordingUrl=f"{URL}/2").sid != one.sid


def test_its_course(world: World, call: Call) -> None:
    begun = note(
        world,
        call,
        RecordingUrl="",
        RecordingStatus="in-progress",
        RecordingSource="OutboundAPI",
        RecordingChannels="2",
        RecordingTrack="inbound",
        RecordingStartTime="Thu, 04 Jul 2024 12:00:00 +0000",
    )
    assert (begun.status, begun.url, begun.duration) == ("in-progress", "", None)
    assert (begun.source, begun.channels, begun.track) == ("OutboundAPI", 2, "inbound")
    assert begun.start_time == NOON
    world.clock.advance(5000)
    over = note(world, call, RecordingStatus="completed", RecordingDuration="5")
    assert over == msgspec.structs.replace(
        begun, status="completed", url=URL, duration=5, date_updated=NOON + 5000
    )
    # Late, and nothing that is known here.
    for odd in (
        {"RecordingStatus": "in-progress"},
        {"RecordingStatus": "dancing"},
        {"RecordingSource": "Radio", "RecordingTrack": "third", "RecordingChannels": "x"},
        {"RecordingStartTime": "soon", "RecordingDuration": "²", "ErrorCode": "11200"},
    ):
        assert note(world, call, **odd) == over
    assert kept(world) == [over]


@pytest.mark.parametrize("status", ["absent", "failed"])
def test_one_that_came_to_nothing(world: World, call: Call, status: str) -> None:
    one = note(world, call, RecordingUrl="", RecordingStatus=status, ErrorCode="13223")
    assert (one.status, one.error_code) == ("absent", 13223)


def test_one_that_was_deleted_stays_so(world: World, call: Call) -> None:
    one = note(world, call)
    world.do(recordings.delete(world.env, world.tx, one))
    again = note(world, call, RecordingDuration="9")
    assert (again.sid, again.status, again.url, again.duration) == (one.sid, "deleted", "", None)
    assert kept(world) == [again]


def test_two_that_tell_at_once(world: World, call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    one = note(world, call)
    of, answers = world.tx.recordings.of, iter([False, True])

    async def blind(*named: Any) -> Recording | None:
        return await of(*named) if next(answers) else None

    monkeypatch.setattr(type(world.tx.recordings), "of", lambda _, *named: blind(*named))
    assert note(world, call) == one
