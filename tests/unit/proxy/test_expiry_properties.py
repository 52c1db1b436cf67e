"""Random histories of one session, held against a session that is written at every interaction."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from maskline.messaging import inbound, outbound
from maskline.model.clock import iso_ms
from maskline.model.errors import Fault
from maskline.model.service import Service
from maskline.model.session import Session
from maskline.model.traffic import InboundCall, InboundMessage
from maskline.proxy import services, sessions
from maskline.voice import calls
from tests.support.memory import ALICE, BOB, World, form

NUMBER = "+14158670001"
SPAN = st.integers(0, 4)
DATE = st.one_of(st.none(), st.integers(-3, 8))
STEP = st.one_of(
    st.tuples(st.just("text"), st.sampled_from([ALICE, BOB])),
    st.tuples(st.just("call"), st.sampled_from([ALICE, BOB])),
    st.tuples(st.just("send"), st.just("")),
    st.tuples(st.just("default"), SPAN),
    st.tuples(st.just("update"), st.tuples(st.one_of(st.none(), SPAN), DATE)),
    st.tuples(st.just("close"), st.just("")),
    st.tuples(st.just("reopen"), DATE),
    st.tuples(st.just("forget"), st.just("")),
)
#: Each step with the half seconds that pass before it.
HISTORY = st.lists(st.tuples(st.integers(0, 6), STEP), max_size=14)


class Plain:
    """A session as it is when each interaction is written down in it. Times are ms."""

    def __init__(self, now: int, ttl: int, default: int) -> None:
        self.since, self.ttl, self.default = now, ttl, default
        self.active = True
        self.date: int | None = None
        self.started: int | None = None
        self.last: int | None = None
        self.updated = now
        self.ends = self._end(now)

    def _end(self, since: int) -> int | None:
        span = self.ttl or self.default
        if self.date is not None or not span:
            return self.date
        return max(since, self.last or 0) + span * 1000

    def over(self, now: int) -> bool:
        """Whether nothing is relayed any more."""
        return not self.active or (self.ends is not None and self.ends <= now)

    def interact(self, now: int) -> None:
        """Something is exchanged."""
        self.started = self.started or now
        self.last = self.updated = now
        self.ends = self._end(now)

    def update(self, now: int, ttl: int | None, date: int | None) -> None:
        """The program changes the expiry; a session that is over is opened by that, and one that
        is over by that is closed."""
        self.active = not self.over(now)
        news = ttl is not None or date is not None or not self.active
        if not self.active:
            self.since = now
        if not self.active and date is None and self.date is not None and self.date <= now:
            self.date = None
        self.ttl = self.ttl if ttl is None else ttl
        self.date = self.date if date is None else date
        if news:
            self.ends = self._end(self.since)
        self.active = True
        self.updated = now
        if self.over(now):
            self.close(now)

    def close(self, now: int) -> None:
        """Ends it, unless it is over."""
        if self.active:
            self.active, self.ends, self.updated = False, None, now


class Real:
    """The same session in a store."""

    def __init__(self, world: World, ttl: int, default: int) -> None:
        self.world = world
        self.service: Service = world.add_service(DefaultTtl=str(default))
        world.add_number(NUMBER, service=self.service)
        self.made = world.add_session(self.service, ALICE, BOB, Ttl=str(ttl))
        self.count = 0

    def now(self) -> Session:
        """As it reads."""
        return self.world.session(self.made)

    def exchange(self, kind: str, sender: str) -> bool:
        """Whether something sent is let through."""
        world, self.count = self.world, self.count + 1
        before = world.rows("SELECT COUNT(*) FROM interactions")
        name = f"id-{self.count}"
        if kind == "text":
            text = InboundMessage("simulator", name, sender, NUMBER, "hi")
            world.do(inbound.receive(world.env, world.tx, [text]))
        elif kind == "call":
            ring = InboundCall("simulator", name, sender, NUMBER)
            world.do(calls.receive(world.env, world.tx, [ring]))
        else:
            to = world.people(self.made)[0]
            words = form({"Body": "hi"})
            with contextlib.suppress(Fault):
                world.do(outbound.send(world.env, world.tx, self.service, self.now(), to, words))
        return world.rows("SELECT COUNT(*) FROM interactions") != before

    def update(self, **params: str) -> None:
        """By the API."""
        world = self.world
        world.do(sessions.update(world.env, world.tx, self.service, self.made.sid, form(params)))

    def set_default(self, ttl: int) -> None:
        """Changes the Service's default."""
        world, params = self.world, form({"DefaultTtl": str(ttl)})
        self.service = world.do(
            services.update(world.env, world.tx, world.account.sid, self.service.sid, params)
        )

    def forget(self) -> None:
        """Deletes the newest interaction, if there is one."""
        world = self.world
        ((newest,),) = world.rows("SELECT MAX(sid) FROM interactions")
        if newest is not None:
            assert world.do(world.tx.interactions.delete(newest, self.made.sid))


def follow(
    world: World, ttl: int, default: int, history: list[tuple[int, tuple[str, Any]]]
) -> None:
    """Does the same with both, and compares them after every step."""
    plain, real = Plain(world.clock(), ttl, default), Real(world, ttl, default)
    for halves, (act, what) in history:
        now = world.clock.advance(halves * 500)
        if act in ("text", "call", "send"):
            over = plain.over(now)
            assert real.exchange(act, what) is not over
            if not over:
                plain.interact(now)
            elif act != "send":
                plain.close(now)
        elif act == "default":
            plain.default = what
            real.set_default(what)
        elif act == "close":
            plain.close(now)
            real.update(Status="closed")
        elif act == "forget":
            real.forget()
        elif (act == "update") is plain.active:
            new_ttl, days = what if act == "update" else (None, what)
            date = None if days is None else now + days * 500
            params = {} if new_ttl is None else {"Ttl": str(new_ttl)}
            if date is not None:
                params["DateExpiry"] = iso_ms(date)
            if plain.over(now) and date is not None and date <= now:
                with pytest.raises(Fault, match="DateExpiry must be in the future"):
                    real.update(Status="in-progress", **params)
            else:
                plain.update(now, new_ttl, date)
                real.update(Status="in-progress", **params)
        compare(plain, real.now())


def compare(plain: Plain, real: Session) -> None:
    """The session reads as it would if every interaction had been written."""
    assert real.is_active is plain.active
    assert real.expires_at == plain.ends
    assert real.date_started == plain.started
    assert real.date_last_interaction == plain.last
    assert real.date_updated == plain.updated


@settings(max_examples=150, deadline=None)
@given(ttl=SPAN, default=SPAN, history=HISTORY)
@example(
    ttl=0,
    default=2,
    history=[(1, ("text", ALICE)), (1, ("default", 4)), (1, ("text", BOB)), (7, ("call", BOB))],
)
@example(
    ttl=2,
    default=0,
    history=[(1, ("text", ALICE)), (3, ("text", BOB)), (1, ("close", "")), (9, ("reopen", None))],
)
def test_a_session_lasts_as_long_as_if_every_interaction_were_written(
    ttl: int, default: int, history: list[tuple[int, tuple[str, Any]]]
) -> None:
    world = World()
    try:
        follow(world, ttl, default, history)
    finally:
        world.close()
