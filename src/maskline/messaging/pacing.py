"""Pacing: in which buckets a message counts, by its sender and its carrier, and how long messages
may queue for them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import StrEnum
from functools import lru_cache
from typing import Final

import msgspec
from phonenumbers import COUNTRY_CODE_TO_REGION_CODE

from maskline.env import Env
from maskline.messaging.buckets import Bucket, Budget, Rate
from maskline.messaging.segments import count
from maskline.model.clock import SECOND
from maskline.model.job import Job, Relay
from maskline.model.registration import Terms
from maskline.numbers.dialling import calling_code
from maskline.numbers.e164 import is_e164, is_nanp, is_toll_free, is_united_states
from maskline.settings import A2pSettings, PacingSettings
from maskline.store.contract import Transaction

_HOUR: Final = 3600 * SECOND
_NUMBER: Final = "number:"
_BRAND: Final = "brand:"
#: Segments of the longest message: 1,600 characters beyond GSM-7.
_COMMON: Final = 24
#: Senders whose buckets are kept: an installation has as many as it has numbers.
_KEPT: Final = 10_000


class Sender(StrEnum):
    """The kinds of sender that carriers hold to different rates. INTERNATIONAL is all that is no
    number of North America and no short code: a sender's name too."""

    LONG_CODE = "long-code"
    TOLL_FREE = "toll-free"
    SHORT_CODE = "short-code"
    INTERNATIONAL = "international"


def kind_of(sender: str) -> Sender:
    """What a sender is. Short codes are bare digits."""
    if is_toll_free(sender):
        return Sender.TOLL_FREE
    if is_nanp(sender):
        return Sender.LONG_CODE
    if sender.isascii() and sender.isdigit():
        return Sender.SHORT_CODE
    return Sender.INTERNATIONAL


def country_of(sender: str) -> str:
    """The ISO 3166-1 code of the country that a number's calling code belongs to first; "" where
    there is none. Countries that share a code, as those of North America do, share the rate."""
    code = calling_code(sender) if is_e164(sender) else ""
    return COUNTRY_CODE_TO_REGION_CODE[int(code)][0] if code else ""


#: Of these the country says nothing.
_EVERYWHERE_ALIKE: Final = frozenset({Sender.TOLL_FREE, Sender.SHORT_CODE})


class Pace(msgspec.Struct, frozen=True):
    """What a message takes: so many segments of each bucket. `patience` is how long (ms) its queue
    may be, and past the moment `until` (ms) it is not to be sent any more."""

    carrier: str
    buckets: tuple[Bucket, ...]
    segments: int
    until: int
    patience: int

    @property
    def own(self) -> str:
        """The name of the sender's own bucket."""
        return self.buckets[0].name

    @property
    def whole(self) -> str:
        """The name of the bucket of all that the carrier is handed, be there one or not."""
        return whole_bucket(self.carrier)

    @property
    def lasting(self) -> bool:
        """Whether a bucket must outlive the process: a budget for a day."""
        return any(isinstance(bucket, Budget) for bucket in self.buckets)

    @property
    def rates(self) -> dict[str, Rate]:
        """The buckets that refill, by name: what their queues are reckoned by."""
        return {one.name: one for one in self.buckets if isinstance(one, Rate)}

    @property
    def budgets(self) -> dict[str, Budget]:
        """The buckets that are for a day, by name."""
        return {one.name: one for one in self.buckets if isinstance(one, Budget)}

    @property
    def seconds(self) -> float:
        """For how long the slowest bucket is taken up by it."""
        return max(bucket.seconds(self.segments) for bucket in self.buckets)


class Pacing:
    """The settings' rates, by carrier and sender."""

    def __init__(self, settings: PacingSettings, a2p: A2pSettings) -> None:
        self._off = frozenset(settings.off)
        self._a2p = a2p
        self._set = frozenset(_read(settings.rates))
        self._burst = settings.burst_seconds
        self._rates = {
            Sender.LONG_CODE.value: settings.long_code,
            Sender.TOLL_FREE.value: settings.toll_free,
            Sender.SHORT_CODE.value: settings.short_code,
            Sender.INTERNATIONAL.value: settings.international,
            **_read(settings.rates),
        }
        self._carriers = _read(settings.carrier_rates)
        self._kept: dict[tuple[str, str, bool], tuple[Terms | None, tuple[Bucket, ...]]] = {}

    def buckets(
        self, carrier: str, sender: str, terms: Terms | None = None, *, media: bool = False
    ) -> tuple[Bucket, ...]:
        """The buckets that a message counts in, the number's own first; none where its carrier's
        messages are not paced. `terms` are those of the sender's campaign, for a message that they
        hold for."""
        key = (carrier, sender, media)
        known = self._kept.get(key)
        # Terms are the same object until they change.
        if known is None or known[0] is not terms:
            if len(self._kept) >= _KEPT:
                self._kept.clear()
            made = list(self._made(carrier, sender))
            if terms is not None and carrier not in self._off:
                made = self._under(terms, made, carrier, sender, media=media)
            known = self._kept[key] = (terms, tuple(made))
        return known[1]

    def rate(self, carrier: str, sender: str) -> float:
        """The sender's own rate in segments a second; 0 is no limit. What is said of a carrier goes
        before what is said of all, and a country before a kind."""
        kind = kind_of(sender)
        names = [kind.value]
        if kind not in _EVERYWHERE_ALIKE and (country := country_of(sender)):
            names.insert(0, country)
        wanted = [*(f"{carrier}/{name}" for name in names), *names]
        return next(self._rates[name] for name in wanted if name in self._rates)

    def _made(self, carrier: str, sender: str) -> Iterator[Bucket]:
        if carrier in self._off:
            return
        if rate := self.rate(carrier, sender):
            yield self._bucket(f"{_NUMBER}{carrier}:{sender}", rate)
        if rate := self._carriers.get(carrier, 0.0):
            yield self._bucket(whole_bucket(carrier), rate)

    def _under(
        self, terms: Terms, made: list[Bucket], carrier: str, sender: str, *, media: bool
    ) -> list[Bucket]:
        """A registered number's buckets, with its campaign's and its brand's. Its own rate is the
        campaign's, where nothing is set for its country, kind or carrier that says otherwise."""
        a2p, own = self._a2p, f"{_NUMBER}{carrier}:{sender}"
        if a2p.att_share:
            name = f"campaign:{terms.campaign_sid}:{'mms' if media else 'sms'}"
            limit = (terms.mms_tpm if media else terms.sms_tpm) / a2p.att_share
            campaign = _per_minute(f"{name}:{sender}" if terms.per_number else name, limit)
            if made and made[0].name == own and not self._is_set(carrier, sender):
                made[0] = self._bucket(own, max(campaign.per_second, self.rate(carrier, sender)))
            made.append(campaign)
        if a2p.tmobile_share:
            made.append(
                Budget(
                    f"{_BRAND}{terms.brand_key}",
                    int(terms.daily_cap / a2p.tmobile_share),
                    account_sid=terms.account_sid,
                    resource_sid=terms.brand_sid or terms.campaign_sid,
                )
            )
        return made

    def _is_set(self, carrier: str, sender: str) -> bool:
        names = (country_of(sender), Sender.LONG_CODE.value)
        return any(name in self._set for one in names for name in (one, f"{carrier}/{one}"))

    def _bucket(self, name: str, rate: float) -> Rate:
        return Rate(name, rate, max(1, int(rate * self._burst)))


def whole_bucket(carrier: str) -> str:
    """The name of the bucket of all that a carrier is handed."""
    return f"carrier:{carrier}"


def carrier_of(bucket: str) -> str:
    """The carrier that a bucket of that name belongs to."""
    return bucket.split(":", 2)[1]


def is_number(bucket: str) -> bool:
    """Whether a bucket of that name is a sender's own."""
    return bucket.startswith(_NUMBER)


def _read(pairs: Sequence[str]) -> dict[str, float]:
    """Settings such as `GB=2`, by what stands before the sign."""
    split = (pair.partition("=") for pair in pairs)
    return {name: float(rate) for name, _, rate in split}


def _per_minute(name: str, limit: float) -> Rate:
    """A bucket by which no span of a minute sees more than `limit` segments, be they even or in
    bursts. A message of more than a fifth of it goes all the same."""
    # A second's worth may go at once, or the longest message, but no more than a fifth; what is
    # left comes evenly.
    burst = max(1, int(min(limit / 5, max(limit / 60, _COMMON))))
    return Rate(name, max(limit - burst, limit / 60) / 60, burst)


@lru_cache(maxsize=16)
def pacing_of(settings: PacingSettings, a2p: A2pSettings) -> Pacing:
    """The settings' rates, made once."""
    return Pacing(settings, a2p)


def terms_of(env: Env, sender: str, recipient: str) -> Terms | None:
    """The terms of a campaign that a message is sent under; null where it is under none: its sender
    is bound to none, or its recipient is elsewhere."""
    found = env.registry.of(sender)
    return None if found is None or not is_united_states(recipient) else found.terms


def pace_of(env: Env, job: Job, relay: Relay) -> Pace | None:
    """What a message takes that may be handed to its carrier now; null where it is not paced, or
    its program is asked first."""
    if relay.intercept is not None:
        return None
    settings = env.settings
    buckets = pacing_of(settings.pacing, settings.a2p).buckets(
        relay.carrier,
        relay.sender,
        terms_of(env, relay.sender, relay.recipient),
        media=bool(relay.media),
    )
    if not buckets:
        return None
    # A message with media goes as one, whatever its text.
    segments = 1 if relay.media else count(relay.body).segments
    until = expires_at(env, job, relay)
    return Pace(relay.carrier, buckets, segments, until, _patience(env))


def expires_at(env: Env, job: Job, relay: Relay) -> int:
    """Until when (ms) a message may wait, from its intake on."""
    seconds = relay.valid_seconds or env.settings.delivery.validity_seconds
    return job.date_created + int(seconds * SECOND)


class Waiting(msgspec.Struct, frozen=True):
    """A message to be left to the database: `due_at` (ms) is the earliest that it may be looked at
    again. One without a `pace` has its place in the queue, or needs none."""

    due_at: int
    pace: Pace | None = None


async def line_up(tx: Transaction, waiting: Sequence[Waiting], now: int) -> list[int | None]:
    """Gives each message its place at the end of its buckets' queues: when (ms) its turn comes, as
    far as can be foreseen. Null for one that would wait for longer than a queue may be."""
    rates = {name for one in waiting if one.pace is not None for name in one.pace.rates}
    ends = await tx.paces.queues(sorted(rates)) if rates else {}
    due: list[int | None] = []
    for one in waiting:
        if one.pace is None:
            due.append(one.due_at)
            continue
        begins = {name: max(now * 1000, ends.get(name, 0)) for name in one.pace.rates}
        turn = max(begins.values(), default=now * 1000) // 1000
        if turn >= one.pace.until:
            # It takes no place that it could not use, and fails when its time is over.
            due.append(max(one.due_at, one.pace.until))
            continue
        if turn > now + one.pace.patience:
            due.append(None)
            continue
        for name, bucket in one.pace.rates.items():
            ends[name] = begins[name] + int(bucket.seconds(one.pace.segments) * 1_000_000)
        due.append(max(one.due_at, turn))
    if ends:
        await tx.paces.set_queues(ends)
    return due


async def is_full(
    env: Env, tx: Transaction, carrier: str, sender: str, recipient: str = ""
) -> bool:
    """Whether a sender's queue is as long as it may be."""
    settings = env.settings
    buckets = pacing_of(settings.pacing, settings.a2p).buckets(
        carrier, sender, terms_of(env, sender, recipient)
    )
    if not buckets:
        return False
    ends = await tx.paces.queues_now([bucket.name for bucket in buckets])
    return max(ends.values(), default=0) // 1000 > env.clock() + _patience(env)


def _patience(env: Env) -> int:
    return int(env.settings.pacing.queue_hours * _HOUR)
