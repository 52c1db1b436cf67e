"""A server with a day's work behind it: a large pool, one that runs out, traffic, trouble."""

from __future__ import annotations

import math
import random
from typing import Any

import msgspec

from maskline.model.clock import HOUR, MINUTE
from maskline.model.job import Callback
from maskline.model.service import Service
from maskline.store.repositories.series import Count, PoolLevel
from tests.support.records import Records
from tests.support.server import RunningServer

#: Area codes of the large pool, and the share that each has.
_AREAS = (("+1415", 0.4), ("+1212", 0.3), ("+1305", 0.2), ("+4420", 0.1))
_AT_ONCE = 500


#: Every page for operators and developers, and words that stand on it when it is whole.
PAGES = {
    "pools": "First to run out",
    "pools/{large}": "600 numbers",
    "pools/{large}?view=table": "Sessions",
    "deliveries": "What became of messages",
    "queue": "answered with status 503",
    "queue?state=pending": "Nothing waits",
    "opt-outs": "told support",
    "debugger": "The sender is no participant",
    "debugger?alert={alert}": "What to do",
    "requests": "API requests",
    "code": "Nothing was done by hand yet",
    "webhooks": "Intercept callback",
    "messaging-services": "are not masked",
    "accounts": "legal-hold",
}


class Works:
    """What is there. `large` has so many numbers, `small` runs out within days."""

    def __init__(self, server: RunningServer, numbers: int = 400, url: str = "") -> None:
        self.server = server
        self.account = server.account_sid
        self.records = Records(server.server.env.clock)
        # The same every time: what it is for is to be looked at.
        self._dice = random.Random(11)
        self.now = server.server.env.clock()
        self.large = self._service("rides", url)
        self.small = self._service("care", url)
        self._pool(self.large, numbers)
        self._pool(self.small, 8)
        self._levels()
        self._traffic()
        self._trouble()
        self._lists()

    def _service(self, name: str, url: str) -> Service:
        service = self.records.service(
            self.account,
            unique_name=name,
            callback_url=f"{url}/callback" if url else None,
            intercept_callback_url=f"{url}/intercept" if url else None,
        )
        self.server.transact(lambda tx: tx.services.add(service))
        return service

    def _pool(self, service: Service, size: int) -> None:
        dice, made = self._dice, []
        for area, share in _AREAS:
            for place in range(max(1, round(size * share))):
                busy = int(dice.expovariate(0.12)) if dice.random() < 0.8 else 0
                made.append(
                    self.records.number(
                        self.account,
                        f"{area}{service.unique_name == 'care':d}{place:06d}",
                        service_sid=service.sid,
                        in_use=busy,
                        is_reserved=int(dice.random() < 0.02),
                        iso_country="GB" if area == "+4420" else "US",
                        capabilities=3 if area == "+4420" else 7,
                        pool_created=self.now,
                        pool_updated=self.now,
                    )
                )
        for start in range(0, len(made), _AT_ONCE):
            some = made[start : start + _AT_ONCE]
            self.server.transact(lambda tx, some=some: _each(tx.numbers.add, some))
        self.numbers = made

    def _levels(self) -> None:
        hour = self.now // HOUR
        levels = []
        for back in range(72, -1, -1):
            levels.append(PoolLevel(self.small.sid, "1", hour - back, 7, 7, 6 - back // 14))
            levels.append(PoolLevel(self.large.sid, "1", hour - back, 360, 352, 40))
            levels.append(PoolLevel(self.large.sid, "44", hour - back, 40, 39, 3))
            levels.append(PoolLevel(self.small.sid, "44", hour - back, 1, 1, 1))
        self.server.transact(lambda tx: tx.series.put_levels(levels))

    def _traffic(self) -> None:
        dice, minute, counts, levels = self._dice, self.now // MINUTE, [], []
        for back in range(180):
            at = minute - back
            many = int(60 + 40 * math.sin(back / 14) + dice.random() * 20)
            for carrier, part in (("simulator", 0.7), ("twilio", 0.3)):
                sent = int(many * part)
                bad = int(sent * (0.3 if carrier == "twilio" and 20 < back < 32 else 0.02))
                counts += [
                    Count(at, "in", carrier, "relayed", sent),
                    Count(at, "in", carrier, "refused", bad // 2 + 1),
                    Count(at, "sent", carrier, "accepted", sent),
                    Count(at, "sent", carrier, "retry", bad),
                    Count(at, "report", carrier, "delivered", sent - bad),
                    Count(at, "report", carrier, "undelivered", bad // 2),
                    Count(at, "report", carrier, "failed", bad - bad // 2),
                    Count(at, "call", carrier, "relayed", sent // 8),
                    Count(at, "call", carrier, "refused", sent // 40),
                ]
            counts += [
                Count(at, "webhook", "callback", "2xx", many * 2),
                Count(at, "webhook", "callback", "5xx", 9 if 20 < back < 32 else 0),
                Count(at, "limited", "proxy", "", 14 if back % 37 < 4 else 0),
            ]
            levels += [
                Count(at, "queue", "depth", "", many // 3 + (140 if 20 < back < 32 else 0)),
                Count(at, "queue", "age", "", 400 + many * 5 + (60_000 if 20 < back < 32 else 0)),
            ]

        async def write(tx: Any) -> None:
            await tx.series.add(one for one in counts if one.value)
            await tx.series.level(levels)

        self.server.transact(write)

    def _trouble(self) -> None:
        made = [
            (80903, "warning", "The sender is no participant of an active session", 34),
            (80908, "error", "A callback failed: rides.example: answered with status 503", 12),
            (80622, "error", "The pool is full: at most 5000 unreserved numbers", 3),
            (80909, "warning", "The intercept callback blocked the interaction", 5),
        ]
        alerts = [
            self.records.alert(
                self.account,
                error_code=code,
                log_level=level,
                alert_text=text,
                service_sid=self.large.sid,
            )
            for code, level, text, count in made
            for _ in range(count)
        ]
        self._dice.shuffle(alerts)
        # In the order of their SIDs, as they come.
        sids = sorted(one.sid for one in alerts)
        alerts = [
            msgspec.structs.replace(one, sid=sid) for one, sid in zip(alerts, sids, strict=True)
        ]
        session = self.records.session(self.large)
        errors = ("answered with status 503", "no connection in time", "answered with status 500")
        dead = [
            self.records.job(
                self.account,
                kind="callback",
                state="dead",
                attempts=9,
                last_error=errors[one % 3],
                payload=msgspec.json.encode(
                    Callback("https://rides.example/cb", self.records.interaction(session))
                ),
            )
            for one in range(4)
        ]

        async def write(tx: Any) -> None:
            await tx.alerts.add_many(alerts)
            await tx.outbox.add_many(dead)

        self.server.transact(write)
        self.dead = dead
        self.alerts = alerts

    def _lists(self) -> None:
        records, sender = self.records, self.numbers[0].number
        opt_outs = [
            records.opt_out(
                self.account, sender, f"+1202555{one:04d}", source=source, detail=detail
            )
            for one, (source, detail) in enumerate(
                (
                    ("keyword", "stop"),
                    ("keyword", "arret"),
                    ("api", "website"),
                    ("console", "others"),
                )
            )
        ]
        keys = [
            records.api_key(self.account, friendly_name=name) for name in ("backend", "nightly")
        ]
        texts = records.messaging_service(self.account, friendly_name="Reminders")
        fine = records.messaging_service(
            self.account, friendly_name="Receipts", use_inbound_webhook_on_number=1
        )
        diverted = [
            records.number(
                self.account,
                f"+1646{one:07d}",
                service_sid=self.small.sid,
                messaging_service_sid=texts.sid,
                messaging_since=self.now,
                diverted=1,
            )
            for one in range(3)
        ]

        async def write(tx: Any) -> None:
            await _each(tx.opt_outs.add, opt_outs)
            await _each(tx.accounts.add_key, keys)
            await _each(tx.messaging_services.add, [texts, fine])
            await _each(tx.numbers.add, diverted)

        self.server.transact(write)
        self.opt_outs = opt_outs


async def _each(add: Any, records: list[Any]) -> None:
    for one in records:
        await add(one)
