"""Whatever happens to Messaging Services and numbers, each number says what its service says."""

from __future__ import annotations

from typing import NamedTuple

import hypothesis.strategies as st
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from maskline.messaging import senders, services
from maskline.model.errors import Fault
from maskline.model.number import NumberKind
from maskline.model.page import PageRequest
from maskline.proxy import inventory, pool
from maskline.proxy import services as proxy_services
from tests.support.memory import World, form

PHONE = NumberKind.PHONE
NUMBERS = tuple(f"+1415867000{place}" for place in range(4))
LIMIT = 2

numbers = st.sampled_from(NUMBERS)
places = st.integers(0, 2)
defers = st.booleans()


class Held(NamedTuple):
    """What the oracle knows of a number."""

    sid: str
    texts: str | None = None
    pool: str | None = None


class Senders(RuleBasedStateMachine):
    """A few numbers, Messaging Services and Proxy Services, and an oracle of two dictionaries."""

    @initialize()
    def begin(self) -> None:
        self.world = World()
        self.world.change("limits", messaging_service_numbers=LIMIT)
        self.held: dict[str, Held] = {}
        self.texts: dict[str, bool] = {}
        self.pools = [self.world.add_service() for _ in range(2)]

    def teardown(self) -> None:
        self.world.close()

    def some(self, place: int) -> str:
        """One of the Messaging Services, or none that there is."""
        there = sorted(self.texts)
        return there[place] if place < len(there) else "MG" + "0" * 32

    @rule(number=numbers)
    def buy(self, number: str) -> None:
        if number not in self.held:
            self.held[number] = Held(self.world.add_number(number).sid)

    @rule(number=numbers)
    def release(self, number: str) -> None:
        if held := self.held.pop(number, None):
            self.world.do(inventory.release(self.world.tx, self.world.account.sid, held.sid))

    @rule(flag=defers)
    def create(self, flag: bool) -> None:
        values = {"FriendlyName": "x", "UseInboundWebhookOnNumber": str(flag)}
        world = self.world
        made = world.do(services.create(world.env, world.tx, world.account.sid, form(values)))
        self.texts[made.sid] = flag

    @rule(place=places, flag=defers)
    def change(self, place: int, flag: bool) -> None:
        world, sid = self.world, self.some(place)
        values = form({"UseInboundWebhookOnNumber": str(flag)})
        code = self.code_of(services.update(world.env, world.tx, world.account.sid, sid, values))
        assert code == (0 if sid in self.texts else 20404)
        if not code:
            self.texts[sid] = flag

    @rule(place=places)
    def delete(self, place: int) -> None:
        sid = self.some(place)
        code = self.code_of(
            services.delete(self.world.env, self.world.tx, self.world.account.sid, sid)
        )
        assert code == (0 if self.texts.pop(sid, None) is not None else 20404)
        for number, held in self.held.items():
            if held.texts == sid:
                self.held[number] = held._replace(texts=None)

    @rule(number=numbers, place=places)
    def add(self, number: str, place: int) -> None:
        world, sid = self.world, self.some(place)
        held = self.held.get(number, Held("PN" + "0" * 32))
        values = form({"PhoneNumberSid": held.sid})
        account = world.account.sid
        code = self.code_of(senders.add(world.env, world.tx, account, sid, PHONE, values))
        if sid not in self.texts:
            assert code == 21701
        elif number not in self.held:
            assert code == 20404
        elif held.texts is not None:
            assert code == (21710 if held.texts == sid else 21712)
        elif sum(one.texts == sid for one in self.held.values()) == LIMIT:
            assert code == 21714
        else:
            assert code == 0
            self.held[number] = held._replace(texts=sid)

    @rule(number=numbers, place=places)
    def remove(self, number: str, place: int) -> None:
        sid = self.some(place)
        held = self.held.get(number, Held("PN" + "0" * 32))
        account = self.world.account.sid
        code = self.code_of(
            senders.remove(self.world.env, self.world.tx, account, sid, PHONE, held.sid)
        )
        if held.texts is not None and held.texts == sid:
            assert code == 0
            self.held[number] = held._replace(texts=None)
        else:
            assert code == (20404 if sid in self.texts else 21701)

    @rule(number=numbers, which=st.integers(0, 1))
    def pool(self, number: str, which: int) -> None:
        world, service = self.world, self.pools[which]
        held = self.held.get(number, Held("PN" + "0" * 32))
        values = form({"Sid": held.sid})
        code = self.code_of(pool.add(world.env, world.tx, service, PHONE, values))
        if number not in self.held:
            assert code == 80301
        elif held.pool is not None:
            assert code == (80104 if held.pool == service.sid else 80101)
        elif held.texts is not None and not self.texts[held.texts]:
            assert code == 80601
        else:
            assert code == 0
            self.held[number] = held._replace(pool=service.sid)

    @rule(number=numbers)
    def unpool(self, number: str) -> None:
        held = self.held.get(number)
        if held is not None and held.pool is not None:
            service = next(one for one in self.pools if one.sid == held.pool)
            self.world.do(pool.remove(self.world.tx, service, PHONE, held.sid))
            self.held[number] = held._replace(pool=None)

    @rule(which=st.integers(0, 1))
    def empty(self, which: int) -> None:
        world, service = self.world, self.pools[which]
        account = world.account.sid
        world.do(proxy_services.delete(world.env, world.tx, account, service.sid))
        self.pools[which] = world.add_service()
        for number, held in self.held.items():
            if held.pool == service.sid:
                self.held[number] = held._replace(pool=None)

    @invariant()
    def numbers_say_what_their_services_say(self) -> None:
        for number, held in self.held.items():
            found = self.world.number(number)
            assert (found.messaging_service_sid, found.service_sid) == (held.texts, held.pool)
            assert bool(found.diverted) == (held.texts is not None and not self.texts[held.texts])
            assert (found.messaging_since is None) == (held.texts is None)
        for sid in self.texts:
            page = self.world.do(
                senders.page(self.world.tx, self.world.account.sid, sid, PHONE, PageRequest())
            )
            expected = {number for number, held in self.held.items() if held.texts == sid}
            assert {one.number for one in page.records} == expected

    def code_of(self, use_case: object) -> int:
        """The code that it is refused with; 0 when it is not."""
        try:
            self.world.do(use_case)  # type: ignore[arg-type]
        except Fault as fault:
            return fault.code
        return 0


TestSenders = Senders.TestCase
TestSenders.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
