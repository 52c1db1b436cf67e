"""Recordings that carriers keep: noted when they are told of, fetched for whoever may hear them."""

from __future__ import annotations

import io
import wave
from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from maskline.carriers.contract import (
    ApiMissing,
    ApiRefused,
    Forgets,
    Inbound,
    Media,
    Medium,
    MediumGone,
    Webhooks,
)
from maskline.carriers.request import Answer
from maskline.carriers.simulator.network import NAME as SIMULATED
from maskline.env import Env
from maskline.gateway.media import harmless
from maskline.gateway.ranges import ranged
from maskline.model.errors import Fault, not_found
from maskline.model.http import HttpFailure
from maskline.model.recording import Recording, RecordingSource
from maskline.model.traffic import DocumentWanted, Told
from maskline.store.contract import Store, Transaction
from maskline.voice import recordings

_NAMES: Final = frozenset({"RecordingSid", "RecordingUrl"})
#: What nobody said on a simulated line: samples a second, and the longest file (s).
_RATE: Final = 8000
_LONGEST: Final = 600

Pairs = tuple[tuple[str, str], ...]


class Recordings:
    """`carriers` is looked up each time, since accounts come and go."""

    def __init__(self, env: Env, store: Store, carriers: Mapping[str, Webhooks]) -> None:
        self._env = env
        self._store = store
        self._carriers = carriers

    async def noted(self, carrier: Webhooks, inbound: Sequence[Inbound]) -> Sequence[Inbound]:
        """What a carrier says, each recording of its calls by our name for it, which is noted."""
        if not any(_told_of(one) for one in inbound):
            return inbound
        return [await self._noted(carrier, one) if _told_of(one) else one for one in inbound]

    async def medium(self, one: Recording, wanted: str | None, condition: str | None) -> Answer:
        """The file, or the part of it that `wanted`, a Range, asks for. Raises 20404 where there is
        none."""
        carrier: object = self._carriers.get(one.carrier)
        if one.carrier == SIMULATED:
            medium = _silence(one.duration or 0)
        elif isinstance(carrier, Media) and one.url and carrier.keeps(one.url):
            try:
                medium = await carrier.fetch(one.url)
            except (MediumGone, HttpFailure):
                raise not_found("Recording's file") from None
        elif one.url and carrier is not None:
            # It is for whoever knows the address.
            return Answer(b"", "text/plain", 307, (("location", one.url),))
        else:
            raise not_found("Recording's file")
        return ranged(harmless(medium), wanted, condition)

    async def forget(self, one: Recording) -> None:
        """Has the carrier delete the file. Raises 20004 where it can't be asked to, 20503 where it
        did not answer that it has."""
        if one.carrier == SIMULATED or not one.url:
            return
        carrier: object = self._carriers.get(one.carrier)
        if not isinstance(carrier, Forgets):
            raise Fault(20004, "the file lies with a carrier: it is to be deleted there")
        try:
            await carrier.forget(one.url)
        except ApiMissing:
            pass
        except ApiRefused as refused:
            raise Fault(20503, str(refused)) from None

    async def _noted(self, carrier: Webhooks, one: Inbound) -> Inbound:
        assert isinstance(one, DocumentWanted | Told)
        told = dict(one.details if isinstance(one, DocumentWanted) else one.params)
        known = {name: told[name] for name in told if name != "ErrorCode" or isinstance(one, Told)}
        if isinstance(one, DocumentWanted) and "DialCallStatus" in told:
            known.setdefault("RecordingSource", RecordingSource.DIAL_VERB.value)

        async def work(tx: Transaction) -> Recording | None:
            call = await tx.calls.by_sid(one.call_sid)
            if call is None or call.carrier != carrier.name:
                return None
            return await recordings.note(self._env, tx, call, known)

        found = await self._store.transact(work)
        if found is None:
            return one
        told["RecordingSid"] = found.sid
        pairs: Pairs = tuple(told.items())
        if isinstance(one, DocumentWanted):
            return msgspec.structs.replace(one, details=pairs)
        return msgspec.structs.replace(one, params=pairs)


def _told_of(one: Inbound) -> bool:
    """Whether a recording is told of."""
    if isinstance(one, DocumentWanted):
        return any(name in _NAMES for name, _ in one.details)
    return isinstance(one, Told) and any(name in _NAMES for name, _ in one.params)


def _silence(seconds: int) -> Medium:
    """So many seconds of nothing."""
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(1)
        out.setframerate(_RATE)
        out.writeframes(b"\x80" * (_RATE * min(seconds, _LONGEST)))
    return Medium(file.getvalue(), "audio/wav")
