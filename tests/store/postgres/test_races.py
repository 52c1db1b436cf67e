"""Use-cases of several processes at the same moment, through the rules themselves."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
import pytest

from maskline.a2p import campaigns
from maskline.bootstrap import bootstrap
from maskline.env import Env
from maskline.messaging import inbound, senders
from maskline.messaging import services as messaging_services
from maskline.model.account import Account
from maskline.model.errors import Fault
from maskline.model.form import Form
from maskline.model.number import Number, NumberKind
from maskline.model.participant import Pair, Participant
from maskline.model.service import Service
from maskline.model.session import ClosedReason, Session
from maskline.model.sid import SidFactory
from maskline.model.traffic import InboundCall, InboundMessage, Intake
from maskline.proxy import pairs, participants, pool, services, sessions
from maskline.settings import Settings
from maskline.store.contract import Store
from maskline.voice import calls
from tests.support.memory import ALICE, BOB, CAROL, form
from tests.support.records import Records
from tests.support.registration import CAMPAIGN_FORM

DAVE = "+13055551234"


@pytest.fixture
def env(records: Records) -> Env:
    """What the rules need around them; another clock's SIDs would do as well."""
    return Env(records.clock, SidFactory(records.clock), Settings())


@pytest.fixture
def stores(store: Store, other: Store) -> tuple[Store, Store]:
    """Two processes' stores."""
    return store, other


@pytest.fixture
async def numbers(db: Any, records: Records, account: Account, service: Service) -> list[Number]:
    """The Service's pool."""
    made = [records.number(account.sid) for _ in range(6)]
    for number in made:
        await db.numbers.add(number)
        await db.numbers.join(number.sid, service.sid, False, 1)
    return made


async def session_of(store: Store, env: Env, service: Service, *people: str) -> Session:
    """A session with those people in it."""
    asked = [msgspec.json.encode({"Identifier": one}).decode() for one in people]
    params = form({"Participants": asked} if asked else {})
    return await store.transact(lambda tx: sessions.create(env, tx, service, params))


async def people_of(store: Store, session: Session) -> list[Participant]:
    """Who holds a pair in it."""
    found = await store.read(lambda tx: tx.participants.of_session(session.sid))
    return [person for person in found if person.pair]


async def test_a_message_that_two_processes_are_handed_at_once(
    stores: tuple[Store, Store], db: Any, env: Env, service: Service, numbers: list[Number]
) -> None:
    session = await session_of(stores[0], env, service, ALICE, BOB)
    alice = next(one for one in await people_of(stores[0], session) if one.identifier == ALICE)
    for place in range(10):
        message = InboundMessage("simulator", f"SM{place}", ALICE, alice.proxy_identifier, "hi")
        found = await asyncio.gather(
            *(
                store.transact(lambda tx, one=message: inbound.receive(env, tx, [one]))
                for store in stores * 2
            )
        )
        intakes = [receipt.intake for (receipt,) in found]
        assert intakes.count(Intake.TAKEN) == 1
        assert intakes.count(Intake.DUPLICATE) == 3
        assert len({receipt.message_sid for (receipt,) in found}) == 1
        assert await db.outbox.count("pending") == place + 1


async def test_a_call_that_two_processes_are_handed_at_once(
    stores: tuple[Store, Store], db: Any, env: Env, service: Service, numbers: list[Number]
) -> None:
    session = await session_of(stores[0], env, service, ALICE, BOB)
    alice = next(one for one in await people_of(stores[0], session) if one.identifier == ALICE)
    call = InboundCall("simulator", "CA1", ALICE, alice.proxy_identifier)
    plans = await asyncio.gather(
        *(store.transact(lambda tx: calls.receive(env, tx, [call])) for store in stores * 2)
    )
    assert len({plan.call_sid for (plan,) in plans if plan is not None}) == 1
    assert all(plan == plans[0] for plan in plans)


async def test_two_at_once_for_one_place_in_a_session(
    stores: tuple[Store, Store], env: Env, service: Service, numbers: list[Number]
) -> None:
    for _ in range(10):
        session = await session_of(stores[0], env, service, ALICE)

        async def join(store: Store, who: str, into: Session = session) -> object:
            async def use_case(tx: Any) -> Participant:
                found = await sessions.fetch(tx, service, into.sid)
                return await participants.add(env, tx, service, found, participants.Candidate(who))

            return await store.transact(use_case)

        results = await asyncio.gather(
            join(stores[0], BOB), join(stores[1], CAROL), return_exceptions=True
        )
        assert [one.code for one in results if isinstance(one, Fault)] == [80609]
        assert len(await people_of(stores[0], session)) == 2
        await stores[0].transact(lambda tx, s=session: sessions.delete(env, tx, service, s.sid))


async def test_a_name_that_many_use_at_once_while_there_is_one_number(
    stores: tuple[Store, Store], db: Any, env: Env, records: Records, service: Service
) -> None:
    """Those who wait for the number have not written what its holder waits for."""
    number = records.number(service.account_sid)
    await db.numbers.add(number)
    await db.numbers.join(number.sid, service.sid, False, 1)

    async def create(store: Store, name: str, who: tuple[str, str]) -> Session:
        people = [msgspec.json.encode({"Identifier": one}).decode() for one in who]
        params = form({"UniqueName": [name], "Participants": people})
        return await store.transact(lambda tx: sessions.create(env, tx, service, params))

    for place in range(10):
        pairs_of = [(f"+1415555{place}{one}0{side}" for side in (1, 2)) for one in range(8)]
        results = await asyncio.gather(
            *(
                create(stores[one % 2], f"trip {place}", tuple(who))
                for one, who in enumerate(pairs_of)
            ),
            return_exceptions=True,
        )
        refused = [one.code for one in results if isinstance(one, Fault)]
        assert refused == [80603] * 7
    found = await db.numbers.by_number(number.number)
    assert found.in_use == 10


async def test_a_session_that_is_closed_while_somebody_joins(
    stores: tuple[Store, Store], db: Any, env: Env, service: Service, numbers: list[Number]
) -> None:
    for _ in range(20):
        session = await session_of(stores[0], env, service, ALICE)

        async def join(tx: Any, into: Session = session) -> Participant:
            found = await sessions.fetch(tx, service, into.sid)
            return await participants.add(env, tx, service, found, participants.Candidate(BOB))

        async def close(tx: Any, which: Session = session) -> Session:
            found = await sessions.fetch(tx, service, which.sid)
            return await sessions.close(env, tx, found, ClosedReason.API)

        results = await asyncio.gather(
            stores[0].transact(join), stores[1].transact(close), return_exceptions=True
        )
        assert {one.code for one in results if isinstance(one, Fault)} <= {80607}
        assert await people_of(stores[0], session) == []
    for number in numbers:
        found = await db.numbers.by_number(number.number)
        assert found.in_use == 0


async def test_the_sweeper_never_opens_what_was_closed_meanwhile(
    stores: tuple[Store, Store], db: Any, env: Env, records: Records, service: Service
) -> None:
    """The row's end is outrun by an interaction, so that the sweeper writes it anew."""
    for _ in range(20):
        session = await session_of(stores[0], env, service)
        due = msgspec.structs.replace(session, ttl=1, expires_at=records.clock())
        await db.sessions.update(due)
        records.clock.advance(500)  # type: ignore[attr-defined]
        await db.interactions.add_many([records.interaction(session)])

        async def close(tx: Any, which: Session = session) -> Session:
            found = await sessions.fetch(tx, service, which.sid)
            return await sessions.close(env, tx, found, ClosedReason.API)

        await asyncio.gather(
            stores[0].transact(close),
            stores[1].transact(lambda tx: sessions.expire_overdue(env, tx, 100)),
        )
        found = await db.sessions.get(session.sid, service.sid)
        assert found.status == "closed"


async def test_one_person_in_many_new_sessions_at_once(
    stores: tuple[Store, Store], db: Any, env: Env, service: Service, numbers: list[Number]
) -> None:
    """Whoever finds the chosen number taken looks again: nobody is told 80623."""
    partners = [f"+1212555{place:04d}" for place in range(1200, 1200 + len(numbers))]
    made = await asyncio.gather(
        *(
            session_of(stores[place % 2], env, service, ALICE, partner)
            for place, partner in enumerate(partners)
        )
    )
    assert len(made) == len(numbers)
    held = [await db.participants.holder(number.number, ALICE) for number in numbers]
    assert {person.session_sid for person in held} == {session.sid for session in made}


async def test_a_number_that_leaves_its_pool_while_it_is_chosen(
    stores: tuple[Store, Store], db: Any, env: Env, service: Service, numbers: list[Number]
) -> None:
    for number in numbers:
        session, _ = await asyncio.gather(
            session_of(stores[0], env, service, DAVE),
            stores[1].transact(
                lambda tx, sid=number.sid: pool.remove(tx, service, NumberKind.PHONE, sid)
            ),
            return_exceptions=True,
        )
        if isinstance(session, Fault):
            assert number is numbers[-1]
            continue
        assert isinstance(session, Session)
        (dave,) = await people_of(stores[0], session)
        held = await db.numbers.by_number(dave.proxy_identifier)
        assert (held.service_sid, held.in_use) == (service.sid, 1)
        await stores[0].transact(lambda tx, s=session: sessions.delete(env, tx, service, s.sid))


async def test_settings_of_a_service_that_two_change_at_once(
    stores: tuple[Store, Store], db: Any, env: Env, account: Account, service: Service
) -> None:
    for place in range(5):
        await asyncio.gather(
            stores[0].transact(
                lambda tx, ttl=place + 1: services.update(
                    env, tx, account.sid, service.sid, form({"DefaultTtl": str(ttl)})
                )
            ),
            stores[1].transact(
                lambda tx, name=place: services.update(
                    env, tx, account.sid, service.sid, form({"UniqueName": f"name {name}"})
                )
            ),
        )
        found = await db.services.get(service.sid, account.sid)
        assert (found.default_ttl, found.unique_name) == (place + 1, f"name {place}")


async def test_a_number_joins_a_messaging_service_that_changes(
    stores: tuple[Store, Store], db: Any, env: Env, records: Records, numbers: list[Number]
) -> None:
    """The number says what the service says, whichever was first; nor is it left in one that is
    gone."""
    owner = numbers[0].account_sid
    for place, number in enumerate(numbers * 3):
        texts = records.messaging_service(owner)
        await db.messaging_services.add(texts)
        params = form({"PhoneNumberSid": number.sid})

        async def join(tx: Any, into: str = texts.sid, params: Form = params) -> Number:
            return await senders.add(env, tx, owner, into, NumberKind.PHONE, params)

        async def change(tx: Any, which: str = texts.sid, ends: bool = place % 3 == 0) -> None:
            if ends:
                await messaging_services.delete(env, tx, owner, which)
            else:
                defers = form({"UseInboundWebhookOnNumber": "true"})
                await messaging_services.update(env, tx, owner, which, defers)

        results = await asyncio.gather(
            stores[0].transact(join), stores[1].transact(change), return_exceptions=True
        )
        assert {one.code for one in results if isinstance(one, Fault)} <= {21701}
        found = await db.numbers.by_number(number.number)
        assert found.diverted == 0
        gone = await db.messaging_services.get(texts.sid, owner) is None
        assert found.messaging_service_sid == (None if gone else texts.sid)
        await db.messaging_services.leave(number.sid)


async def test_a_messaging_service_is_never_too_full(
    stores: tuple[Store, Store], db: Any, env: Env, records: Records, numbers: list[Number]
) -> None:
    limits = msgspec.structs.replace(env.settings.limits, messaging_service_numbers=3)
    tight = msgspec.structs.replace(
        env, settings=msgspec.structs.replace(env.settings, limits=limits)
    )
    owner = numbers[0].account_sid
    texts = records.messaging_service(owner)
    await db.messaging_services.add(texts)

    async def join(place: int, number: Number) -> object:
        params = form({"PhoneNumberSid": number.sid})
        return await stores[place % 2].transact(
            lambda tx: senders.add(tight, tx, owner, texts.sid, NumberKind.PHONE, params)
        )

    results = await asyncio.gather(
        *(join(place, number) for place, number in enumerate(numbers)), return_exceptions=True
    )
    assert [one.code for one in results if isinstance(one, Fault)] == [21714] * 3
    assert await db.messaging_services.count(texts.sid) == 3


async def test_processes_that_start_together_make_one_account(
    stores: tuple[Store, Store], env: Env
) -> None:
    made = await asyncio.gather(*(bootstrap(env, store) for store in stores * 3))
    assert len({one.account.sid for one in made}) == 1
    assert sum(one.token_is_new for one in made) == 1
    assert len(await stores[0].read(lambda tx: tx.accounts.all())) == 1


async def test_nobody_inherits_a_pair_for_a_session_that_is_closed_meanwhile(
    stores: tuple[Store, Store], db: Any, records: Records, service: Service, numbers: list[Number]
) -> None:
    holder, heir, sharer = (
        records.participant(records.session(service), ALICE, numbers[0], pair=pair)
        for pair in (Pair.HELD, Pair.SHARED, Pair.SHARED)
    )
    for one in (holder, heir, sharer):
        await db.participants.add(one)
    closing = asyncio.Event()
    letting_go = asyncio.Event()

    async def close_the_sharer_s(tx: Any) -> None:
        await tx.participants.set_pair(sharer.sid, Pair.FREE, 1)
        closing.set()
        await letting_go.wait()

    async def close_the_holder_s(tx: Any) -> None:
        await closing.wait()
        await tx.participants.set_pair(holder.sid, Pair.FREE, 1)
        asyncio.get_running_loop().call_later(0.1, letting_go.set)
        await tx.participants.inherit_pair(holder.proxy_identifier, ALICE, 1)

    await asyncio.gather(
        stores[0].transact(close_the_sharer_s), stores[1].transact(close_the_holder_s)
    )
    assert (await db.participants.holder(holder.proxy_identifier, ALICE)).sid == heir.sid


async def test_a_pair_is_not_claimed_for_a_session_that_was_closed_meanwhile(
    stores: tuple[Store, Store],
    db: Any,
    env: Env,
    records: Records,
    service: Service,
    numbers: list[Number],
) -> None:
    holder, sharer = (
        records.participant(records.session(service), ALICE, numbers[0], pair=pair)
        for pair in (Pair.HELD, Pair.SHARED)
    )
    for one in (holder, sharer):
        await db.participants.add(one)
    closing = asyncio.Event()

    async def close_the_sharer_s(tx: Any) -> None:
        await tx.participants.set_pair(sharer.sid, Pair.FREE, 1)
        closing.set()
        await asyncio.sleep(0.1)

    async def claim(tx: Any) -> None:
        await closing.wait()
        await pairs.claim(env, tx, sharer.sid)

    await asyncio.gather(stores[0].transact(close_the_sharer_s), stores[1].transact(claim))
    assert (await db.participants.holder(holder.proxy_identifier, ALICE)).sid == holder.sid


async def test_sessions_that_begin_at_once_take_different_numbers_without_waiting(
    stores: tuple[Store, Store], env: Env, service: Service, numbers: list[Number], db: Any
) -> None:
    """All would take the least loaded one, and each wait for the one before to commit."""
    asked = [msgspec.json.encode({"Identifier": one}).decode() for one in (ALICE, BOB)]
    chosen, go_on = asyncio.Event(), asyncio.Event()

    async def hold(tx: Any) -> Session:
        made = await sessions.create(env, tx, service, form({"Participants": asked}))
        chosen.set()
        await go_on.wait()
        return made

    holder = asyncio.create_task(stores[0].transact(hold))
    await chosen.wait()
    second = await asyncio.wait_for(session_of(stores[1], env, service, CAROL, DAVE), 2)
    go_on.set()
    first = await holder
    used = []
    for made in (first, second):
        people = await db.participants.of_session(made.sid)
        used.append({one.proxy_identifier for one in people})
    assert all(used)
    assert used[0].isdisjoint(used[1])


async def test_a_number_that_another_session_takes_serves_when_there_is_no_other(
    stores: tuple[Store, Store],
    env: Env,
    db: Any,
    records: Records,
    account: Account,
    service: Service,
) -> None:
    only = records.number(account.sid)
    await db.numbers.add(only)
    await db.numbers.join(only.sid, service.sid, False, 1)
    strangers = [(f"+1415867{place:04}", f"+1305555{place:04}") for place in range(12)]
    made = await asyncio.gather(
        *(session_of(stores[place % 2], env, service, *two) for place, two in enumerate(strangers))
    )
    for one in made:
        people = await db.participants.of_session(one.sid)
        assert {person.proxy_identifier for person in people} == {only.number}


async def test_a_number_joins_a_messaging_service_that_gets_or_loses_its_campaign(
    stores: tuple[Store, Store], db: Any, env: Env, records: Records, numbers: list[Number]
) -> None:
    """Whichever was first, the number is bound exactly when there is a campaign."""
    owner = numbers[0].account_sid
    brand = records.brand(owner, status="APPROVED")
    await db.brands.add(brand)
    params = form({**CAMPAIGN_FORM, "BrandRegistrationSid": brand.sid})
    for place, number in enumerate(numbers * 3):
        texts = records.messaging_service(owner)
        await db.messaging_services.add(texts)
        made = records.campaign(texts, brand, campaign_status="VERIFIED")
        ends = place % 2 == 0
        if ends:
            await db.campaigns.add(made)
        joins = form({"PhoneNumberSid": number.sid})

        async def join(tx: Any, into: str = texts.sid, joins: Form = joins) -> Number:
            return await senders.add(env, tx, owner, into, NumberKind.PHONE, joins)

        async def change(
            tx: Any, which: str = texts.sid, sid: str = made.sid, ends: bool = ends
        ) -> None:
            if ends:
                await campaigns.delete(env, tx, owner, which, sid)
            else:
                await campaigns.create(env, tx, owner, which, params)

        await asyncio.gather(stores[0].transact(join), stores[1].transact(change))
        found = await db.numbers.by_number(number.number)
        there = await db.campaigns.of_service(texts.sid)
        assert (there is None) is ends
        assert found.campaign_sid == (None if there is None else there.sid)
        assert found.a2p_status == ("" if there is None else "pending")
        await db.messaging_services.leave(number.sid)
