"""Recordings that carriers keep: noted as they are told of, and had from where they lie."""

from __future__ import annotations

import io
import wave
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar

import msgspec
import pytest

from maskline.carriers.contract import ApiMissing, ApiRefused, Inbound, Medium, MediumGone
from maskline.gateway.media import MediaDesk
from maskline.gateway.recordings import Recordings
from maskline.model.call import Call
from maskline.model.errors import Fault
from maskline.model.page import PageRequest
from maskline.model.recording import Recording
from maskline.model.traffic import CallEvent, DocumentWanted, Told
from maskline.store.repositories.recordings import RecordingFilter
from maskline.vault import Tickets
from tests.support.memory import World

T = TypeVar("T")
THEIRS = "https://carrier.example/Recordings/RE1"
SOUND = Medium(b"ID3 a voice", "audio/mpeg")


class Carrier:
    """Keeps its own files, and deletes them."""

    name = "one"

    def __init__(self) -> None:
        self.medium: Medium | Exception = SOUND
        self.refuses: Exception | None = None
        self.forgot: list[str] = []

    def keeps(self, url: str) -> bool:
        return url.startswith("https://carrier.example/")

    async def fetch(self, url: str) -> Medium:
        if isinstance(self.medium, Exception):
            raise self.medium
        return self.medium

    async def forget(self, url: str) -> None:
        self.forgot.append(url)
        if self.refuses is not None:
            raise self.refuses


class Plain:
    """Leaves its files open to who knows their addresses."""

    name = "two"


class Desk:
    def __init__(self, world: World) -> None:
        self.world = world
        self.carrier = Carrier()
        self.carriers: dict[str, Any] = {"one": self.carrier, "two": Plain()}
        self.recordings = Recordings(
            world.env,
            self,  # type: ignore[arg-type]
            self.carriers,
        )
        self.call = self.add()

    async def transact(self, use_case: Callable[[Any], Awaitable[T]]) -> T:
        return await use_case(self.world.tx)

    def add(self, **changes: Any) -> Call:
        call = self.world.records.call(self.world.account.sid, **{"carrier": "one", **changes})
        self.world.do(self.world.tx.calls.add_many([call]))
        return call

    def noted(self, *inbound: Inbound) -> Sequence[Inbound]:
        carrier: Any = self.carrier
        return self.world.do(self.recordings.noted(carrier, inbound))

    def kept(self) -> list[Recording]:
        narrow = RecordingFilter()
        page = self.world.do(
            self.world.tx.recordings.page(self.world.account.sid, narrow, PageRequest(50))
        )
        return list(page.records)

    def recording(self, **changes: Any) -> Recording:
        self.noted(told(self.call, RecordingSid="RE1", RecordingUrl=THEIRS))
        return msgspec.structs.replace(self.kept()[0], **changes)

    def medium(self, one: Recording, wanted: str | None = None) -> Any:
        return self.world.do(self.recordings.medium(one, wanted, None))


@pytest.fixture
def desk(world: World) -> Desk:
    return Desk(world)


def told(call: Call, **params: str) -> Told:
    return Told("one", call.sid, "https://p.example/rec", "POST", tuple(params.items()))


def test_programs_know_them_by_our_names(desk: Desk) -> None:
    made = {"RecordingSid": "RE1", "RecordingUrl": THEIRS, "RecordingDuration": "7"}
    wanted = DocumentWanted("one", desk.call.sid, details=tuple(made.items()))
    event = CallEvent(desk.call.sid, "completed")
    first, second, third = desk.noted(event, wanted, told(desk.call, **made))
    assert first is event
    assert isinstance(second, DocumentWanted)
    assert isinstance(third, Told)
    (one,) = desk.kept()
    assert dict(second.details) == made | {"RecordingSid": one.sid}
    assert dict(third.params) == made | {"RecordingSid": one.sid}
    assert (one.url, one.duration, one.source) == (THEIRS, 7, "RecordVerb")


def test_a_dial_s_recording(desk: Desk) -> None:
    details = {"DialCallStatus": "completed", "RecordingUrl": THEIRS, "ErrorCode": "11200"}
    desk.noted(DocumentWanted("one", desk.call.sid, details=tuple(details.items())))
    (one,) = desk.kept()
    assert (one.source, one.error_code) == ("DialVerb", None)


def test_what_tells_of_none_passes(desk: Desk) -> None:
    plain = told(desk.call, CallStatus="completed")
    inbound = (CallEvent(desk.call.sid, "completed"), plain)
    assert desk.noted(*inbound) == inbound
    other = desk.add(carrier="two")
    for call in (other, msgspec.structs.replace(other, sid="CA0")):
        foreign = told(call, RecordingSid="RE1", RecordingUrl=THEIRS)
        assert list(desk.noted(foreign)) == [foreign]
    assert desk.kept() == []


def test_programs_get_addresses_of_ours(desk: Desk) -> None:
    """Where the carrier keeps the file; an address that is for anybody stays."""
    media = MediaDesk("https://mask.example", Tickets([b"k" * 32]), 1, lambda: 0)
    carrier: Any = desk.carrier
    pairs = (("RecordingUrl", THEIRS), ("Digits", "1"))
    open_told = told(desk.call, RecordingUrl="https://cdn.example/1")
    event = CallEvent(desk.call.sid, "completed")
    first, second, *rest = media.covered(
        carrier,
        [
            told(desk.call, **dict(pairs)),
            DocumentWanted("one", desk.call.sid, details=pairs),
            open_told,
            event,
        ],
    )
    assert rest == [open_told, event]
    assert isinstance(first, Told)
    assert isinstance(second, DocumentWanted)
    for found in (dict(first.params), dict(second.details)):
        assert found["Digits"] == "1"
        door, _, ticket = found["RecordingUrl"].rpartition("/")
        assert door == "https://mask.example/carriers/one/media"
        assert media.url_of("one", ticket) == THEIRS


def test_a_file_is_fetched_where_it_lies(desk: Desk) -> None:
    one = desk.recording()
    whole = desk.medium(one)
    assert (whole.body, whole.content_type, whole.status) == (SOUND.body, "audio/mpeg", 200)
    assert ("x-content-type-options", "nosniff") in whole.headers
    part = desk.medium(one, "bytes=0-2")
    assert (part.body, part.status) == (b"ID3", 206)
    # For whoever has its address.
    for open_one in (
        msgspec.structs.replace(one, url="https://cdn.example/1"),
        msgspec.structs.replace(one, carrier="two"),
    ):
        led = desk.medium(open_one)
        assert led.status == 307
        assert dict(led.headers)["location"] == open_one.url


@pytest.mark.parametrize("changes", [{"url": ""}, {"carrier": "gone"}])
def test_a_file_that_is_not_there(desk: Desk, changes: dict[str, str]) -> None:
    one = desk.recording()
    with pytest.raises(Fault) as found:
        desk.medium(msgspec.structs.replace(one, **changes))
    assert found.value.code == 20404
    desk.carrier.medium = MediumGone("no")
    with pytest.raises(Fault) as found:
        desk.medium(one)
    assert found.value.code == 20404


def test_nobody_spoke_on_a_simulated_line(desk: Desk) -> None:
    for seconds, length in ((3, 3), (None, 0), (100_000, 600)):
        one = desk.recording(carrier="simulator", url="", duration=seconds)
        answer = desk.medium(one)
        assert answer.content_type == "audio/wav"
        with wave.open(io.BytesIO(answer.body)) as found:
            assert found.getnframes() == length * found.getframerate()
            assert set(found.readframes(100)) <= {0x80}


def test_a_carrier_deletes_its_file(desk: Desk) -> None:
    one = desk.recording()
    forget = desk.recordings.forget
    desk.world.do(forget(one))
    desk.carrier.refuses = ApiMissing("gone before")
    desk.world.do(forget(one))
    assert desk.carrier.forgot == [THEIRS] * 2
    desk.carrier.refuses = ApiRefused("away")
    refused = {one.sid: (one, 20503)}
    for name in ("two", "gone"):
        refused[name] = (msgspec.structs.replace(one, carrier=name), 20004)
    for recording, code in refused.values():
        with pytest.raises(Fault) as found:
            desk.world.do(forget(recording))
        assert found.value.code == code
    for nowhere in ({"carrier": "simulator"}, {"url": ""}):
        desk.world.do(forget(msgspec.structs.replace(one, **nowhere)))
    assert len(desk.carrier.forgot) == 3
