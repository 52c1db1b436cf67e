"""The operations of the replay. Each does one thing to the server and to the model, and compares
what came of it. To add one, write a class and put it into OPERATIONS."""

from __future__ import annotations

import asyncio
import json
import random
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from maskline.model.account import Switch
from maskline.model.clock import iso
from tests.replay.model import NOBODYS, NUMBERS, PEOPLE, Line, Meeting, Model, Person, Service, Text
from tests.replay.stage import INVITED, STRANGER, Answer, Stage

MODES = (*["voice-and-message"] * 4, "message-only", "voice-only")


@dataclass
class Replay:
    """A stage and what should be on it. `audit` sees every answer that somebody gets."""

    stage: Stage
    dice: random.Random
    model: Model = field(default_factory=Model)
    names: Any = field(default_factory=lambda: count(1))
    tokens: Any = field(default_factory=lambda: count(1))
    answers: list[tuple[str, str]] = field(default_factory=list)

    @property
    def now(self) -> int:
        """The time, in ms."""
        return self.stage.clock()

    def heard(self, answer: Answer, who: str = "") -> Answer:
        """Notes an answer that a handset (`who`) got, or a refusal that a program got."""
        if who or answer.status >= 400:
            self.answers.append((who, answer.text))
        return answer

    async def post(self, path: str, **form: Any) -> Answer:
        """POST by the program."""
        return self.heard(await self.stage.post(path, **form))

    async def delete(self, path: str) -> Answer:
        """DELETE by the program."""
        return self.heard(await self.stage.delete(path))

    def token(self) -> str:
        """A word that no message held before."""
        return f"token-{next(self.tokens)}-"

    def a_service(self) -> Service:
        """One of the Services."""
        return self.dice.choice(self.model.services)

    def a_meeting(self, *, active: bool | None = None) -> Meeting | None:
        """One of the sessions; mostly a young one."""
        found = [meeting for meeting in self.model.meetings if active in (None, meeting.active)]
        if not found:
            return None
        return self.dice.choice(found[-20:] if self.dice.random() < 0.7 else found)

    def a_person(self, *, active: bool | None = None) -> Person | None:
        """One who is in a session and was not removed."""
        meeting = self.a_meeting(active=active)
        return self.dice.choice(meeting.live) if meeting is not None and meeting.live else None


def at(service: Service) -> str:
    """A Service's path."""
    return f"/proxy/v1/Services/{service.sid}"


def of(meeting: Meeting) -> str:
    """A session's path."""
    return f"{at(meeting.service)}/Sessions/{meeting.sid}"


def expect(answer: Answer, *codes: int) -> bool:
    """Whether it succeeded, as it must when no codes are given; else one of them must answer."""
    assert answer.code in (codes or (0,)), f"{answer.code} and not {codes}: {answer.text}"
    return answer.code == 0


class Operation:
    """Something that can happen. `weight` is how often, against the others."""

    weight = 1

    async def run(self, replay: Replay) -> None:
        """Does it."""
        raise NotImplementedError


class Asked:
    """A person to be, and the number that is named for them."""

    def __init__(self, identifier: str, line: Line | None) -> None:
        self.identifier = identifier
        self.line = line

    @property
    def form(self) -> dict[str, str]:
        """The parameters."""
        named = {} if self.line is None else {"ProxyIdentifierSid": self.line.sid}
        return {"Identifier": self.identifier, **named}

    def refusals(self, model: Model, service: Service, *, fail: bool) -> set[int]:
        """The codes that fit."""
        if self.line is None:
            code = model.none_free(service, self.identifier)
            return set() if code is None else {code}
        if self.line.service is not service:
            return {80605}
        conflict = bool(model.of(self.line, self.identifier))
        return {80604} if conflict and (fail or not model.conflicts) else set()

    def settle(self, model: Model, meeting: Meeting, shown: dict[str, Any]) -> None:
        """Takes over what the server gave, which must be allowed."""
        line = next(one for one in model.lines if one.sid == shown["proxy_identifier_sid"])
        assert shown["identifier"] == self.identifier
        assert shown["proxy_identifier"] == line.number
        if self.line is None:
            assert line in model.free(meeting.service, self.identifier)
        else:
            assert line is self.line
        person = Person(shown["sid"], self.identifier, line, meeting)
        meeting.people.append(person)
        model.take(person)


def wish(replay: Replay, service: Service, identifier: str) -> Line | None:
    """Mostly nobody names a number. Where conflicts are allowed, some name one that they have."""
    model, dice = replay.model, replay.dice
    chance = dice.random()
    if chance < 0.7:
        return None
    pool = model.pool(service)
    if chance < 0.85 and model.conflicts:
        pool = [line for line in pool if model.of(line, identifier)] or pool
    return dice.choice(pool or model.lines)


class CreateSession(Operation):
    """A session with nobody, one or two in it."""

    weight = 26

    async def run(self, replay: Replay) -> None:
        model, dice, now = replay.model, replay.dice, replay.now
        service = replay.a_service()
        people = dice.sample(PEOPLE, dice.choice([0, 1, 2, 2, 2, 2]))
        asked = [Asked(one, wish(replay, service, one)) for one in people]
        form: dict[str, Any] = {"Mode": dice.choice(MODES)}
        taken = [one.name for one in model.meetings if one.service is service and one.name]
        if dice.random() < 0.3:
            form["UniqueName"] = f"session {next(replay.names)}"
            if taken and dice.random() < 0.2:
                form["UniqueName"] = dice.choice(taken)
        ttl = dice.choice([0, 0, 0, 300, 3600, 36_000])
        date = now + dice.randint(1, 3600) * 1000 if dice.random() < 0.15 else None
        form["Ttl"] = str(ttl)
        if date is not None:
            form["DateExpiry"] = iso(date)
            date = date // 1000 * 1000
        fail = dice.random() < 0.3
        form["FailOnParticipantConflict"] = str(fail).lower()
        form["Participants"] = [json.dumps(one.form) for one in asked]
        codes: set[int] = set()
        for one in asked:
            codes |= one.refusals(model, service, fail=fail)
        if form.get("UniqueName") in taken:
            codes = {80603}
        if date is not None and date <= now:
            codes = {80701}
        before = len(model.meetings)
        answer = await replay.post(f"{at(service)}/Sessions", **form)
        if not expect(answer, *codes):
            assert len(model.meetings) == before
            return
        meeting = Meeting(
            answer.body["sid"], service, form["Mode"], form.get("UniqueName"), now, ttl, date
        )
        meeting.reckon()
        model.meetings.append(meeting)
        found = await replay.stage.get(f"{of(meeting)}/Participants")
        for one, shown in zip(asked, found.body["participants"][::-1], strict=True):
            one.settle(model, meeting, shown)


class AddParticipant(Operation):
    """One person more in a session."""

    weight = 12

    async def run(self, replay: Replay) -> None:
        meeting = replay.a_meeting()
        if meeting is None:
            return
        model, dice = replay.model, replay.dice
        who = dice.choice(PEOPLE)
        one = Asked(who, wish(replay, meeting.service, who))
        fail = dice.random() < 0.3
        present = {person.identifier: person.live for person in meeting.people}
        if not meeting.open_at(replay.now):
            codes = {80607}
        elif len(meeting.live) == 2:
            codes = {80609}
        elif one.identifier in present:
            codes = {80103 if present[one.identifier] else 80612}
        else:
            codes = one.refusals(model, meeting.service, fail=fail)
        flag = {"FailOnParticipantConflict": "true"} if fail else {}
        answer = await replay.post(f"{of(meeting)}/Participants", **one.form, **flag)
        if expect(answer, *codes):
            one.settle(model, meeting, answer.body)


class RemoveParticipant(Operation):
    """A person is removed; once more, there is nobody to remove."""

    weight = 5

    async def run(self, replay: Replay) -> None:
        meeting = replay.a_meeting()
        if meeting is None or not meeting.people:
            return
        person = replay.dice.choice(meeting.people)
        answer = await replay.delete(f"{of(meeting)}/Participants/{person.sid}")
        if expect(answer, *(() if person.live else (20404,))):
            if meeting.active:
                replay.model.let_go(person)
            person.live = False


class CloseSession(Operation):
    """A session is closed, perhaps once more."""

    weight = 12

    async def run(self, replay: Replay) -> None:
        meeting = replay.a_meeting()
        if meeting is None:
            return
        expect(await replay.post(of(meeting), Status="closed"))
        if meeting.over(replay.now):
            replay.model.expire(meeting, replay.now)
        elif meeting.active:
            replay.model.close(meeting, "api", replay.now)


class ReopenSession(Operation):
    """A closed session is opened again, with the numbers that it had."""

    weight = 9

    async def run(self, replay: Replay) -> None:
        meeting = replay.a_meeting(active=False)
        if meeting is None:
            return
        model, now, codes = replay.model, replay.now, set()
        fail = replay.dice.random() < 0.3
        for person in meeting.live:
            if person.line.service is not meeting.service:
                codes.add(80605)
            elif model.of(person.line, person.identifier) and (fail or not model.conflicts):
                codes.add(80604)
        form = {"Status": "in-progress", "FailOnParticipantConflict": str(fail).lower()}
        if not expect(await replay.post(of(meeting), **form), *codes):
            return
        if meeting.date is not None and meeting.date <= now:
            meeting.date = None
        meeting.status, meeting.reason, meeting.ended = "in-progress", None, None
        meeting.reopened = now
        meeting.reckon()
        for person in meeting.live:
            model.take(person)


class MoveEnd(Operation):
    """A session is given another end, which may have come already."""

    weight = 6

    async def run(self, replay: Replay) -> None:
        meeting = replay.a_meeting()
        if meeting is None:
            return
        now, dice = replay.now, replay.dice
        ttl = dice.choice([None, 0, 30, 600])
        date = None if dice.random() < 0.7 else (now // 1000 + dice.randint(-60, 3600)) * 1000
        form = {} if ttl is None else {"Ttl": str(ttl)}
        if date is not None:
            form["DateExpiry"] = str(iso(date))
        answer = await replay.post(of(meeting), **form)
        if not expect(answer, *(() if meeting.open_at(now) else (80607,))):
            return
        meeting.ttl = meeting.ttl if ttl is None else ttl
        meeting.date = meeting.date if date is None else date
        if form:
            meeting.reckon()
        if meeting.over(now):
            replay.model.expire(meeting, now)


class DeleteSession(Operation):
    """A session is deleted with all that belongs to it."""

    weight = 4

    async def run(self, replay: Replay) -> None:
        meeting = replay.a_meeting()
        if meeting is None:
            return
        held = (80615,) if replay.model.hold else ()
        if expect(await replay.delete(of(meeting)), *held):
            replay.model.forget(meeting)
            assert (await replay.stage.get(of(meeting))).code == 20404


class FetchSession(Operation):
    """What a session shows."""

    weight = 8

    async def run(self, replay: Replay) -> None:
        meeting = replay.a_meeting()
        if meeting is None:
            return
        key = meeting.name if meeting.name and replay.dice.random() < 0.5 else meeting.sid
        path = f"{at(meeting.service)}/Sessions/{key.replace(' ', '%20')}"
        shown = (await replay.stage.get(path)).body
        assert shown["sid"] == meeting.sid
        assert (shown["status"], shown["closed_reason"]) == (meeting.status, meeting.reason)
        assert (shown["ttl"], shown["mode"]) == (meeting.ttl, meeting.mode)
        assert shown["date_expiry"] == iso(meeting.date)
        assert shown["date_ended"] == iso(meeting.ended)
        assert shown["date_last_interaction"] == iso(meeting.last)
        people = await replay.stage.get(f"{of(meeting)}/Participants")
        assert {
            (one["sid"], one["proxy_identifier"], one["date_deleted"] is None)
            for one in people.body["participants"]
        } == {(one.sid, one.line.number, one.live) for one in meeting.people}


class NarrowList(Operation):
    """The sessions of a status."""

    weight = 2

    async def run(self, replay: Replay) -> None:
        service = replay.a_service()
        status = replay.dice.choice(["open", "in-progress", "closed"])
        path: str | None = f"{at(service)}/Sessions?Status={status}&PageSize=100"
        found = []
        while path is not None:
            body = (await replay.stage.get(path)).body
            found += [one["sid"] for one in body["sessions"]]
            path = (body["meta"]["next_page_url"] or "").partition("mask.example.com")[2] or None
        assert found == [
            meeting.sid
            for meeting in replay.model.meetings[::-1]
            if meeting.service is service and meeting.status == status
        ]


class Strangers(Operation):
    """Another account sees nothing of a session and can do nothing with it."""

    weight = 2

    async def run(self, replay: Replay) -> None:
        meeting = replay.a_meeting()
        if meeting is None:
            return
        stage = replay.stage
        for path in (of(meeting), f"{of(meeting)}/Participants", at(meeting.service)):
            assert replay.heard(await stage.get(path, STRANGER)).code == 20404
        answer = await stage.post(of(meeting), STRANGER, Status="closed")
        assert replay.heard(answer).code == 20404


class JoinPool(Operation):
    """A number is put into a pool."""

    weight = 4

    async def run(self, replay: Replay) -> None:
        line, service = replay.dice.choice(replay.model.lines), replay.a_service()
        reserved = replay.dice.random() < 0.2
        codes = ()
        if line.service is not None:
            codes = (80104 if line.service is service else 80101,)
        form = {"Sid": line.sid, "IsReserved": str(reserved).lower()}
        if expect(await replay.post(f"{at(service)}/PhoneNumbers", **form), *codes):
            line.service, line.reserved = service, reserved


class LeavePool(Operation):
    """A number is taken out of its pool, unless sessions use it."""

    weight = 3

    async def run(self, replay: Replay) -> None:
        line = replay.dice.choice(replay.model.lines)
        if line.service is None:
            return
        codes = (80611,) if replay.model.load(line) else ()
        answer = await replay.delete(f"{at(line.service)}/PhoneNumbers/{line.sid}")
        if expect(answer, *codes):
            line.service, line.reserved = None, False


class Reserve(Operation):
    """A number is reserved or made available; those who have it keep it."""

    weight = 3

    async def run(self, replay: Replay) -> None:
        line = replay.dice.choice(replay.model.lines)
        if line.service is None:
            return
        line.reserved = replay.dice.random() < 0.3
        form = {"IsReserved": str(line.reserved).lower()}
        answer = await replay.post(f"{at(line.service)}/PhoneNumbers/{line.sid}", **form)
        expect(answer)
        assert answer.body["in_use"] == replay.model.load(line)


class UpdateService(Operation):
    """A Service asks first, or does not; asks about strangers, or does not; and has another default
    ttl."""

    weight = 3

    async def run(self, replay: Replay) -> None:
        service, program = replay.a_service(), replay.stage.program
        service.asks = replay.dice.random() < 0.4
        service.door = replay.dice.random() < 0.5
        service.default_ttl = replay.dice.choice([0, 0, 3600])
        expect(
            await replay.post(
                at(service),
                InterceptCallbackUrl=f"{program.url}/intercept" if service.asks else "",
                OutOfSessionCallbackUrl=f"{program.url}/door" if service.door else "",
                DefaultTtl=str(service.default_ttl),
            )
        )


class ReplaceService(Operation):
    """A Service is deleted, and another takes over its name and its numbers."""

    weight = 1

    async def run(self, replay: Replay) -> None:
        model, stage = replay.model, replay.stage
        if replay.dice.random() < 0.7:
            return
        service = replay.a_service()
        pool = model.pool(service)
        held = (80615,) if model.hold else ()
        if not expect(await replay.delete(at(service)), *held):
            return
        for meeting in [one for one in model.meetings if one.service is service]:
            model.forget(meeting)
        model.services.remove(service)
        model.gone.append(service)
        for line in pool:
            line.service, line.reserved = None, False
        new = await create_service(replay, service.name)
        for line in pool:
            form = {"Sid": line.sid}
            expect(await stage.post(f"{at(new)}/PhoneNumbers", **form))
            line.service = new


class AskDeletedService(Operation):
    """A Service that was deleted says so, and so does all that was in it."""

    weight = 1

    async def run(self, replay: Replay) -> None:
        if not replay.model.gone:
            return
        path = at(replay.dice.choice(replay.model.gone))
        for one in (path, f"{path}/Sessions", f"{path}/PhoneNumbers"):
            assert replay.heard(await replay.stage.get(one)).code == 80408
        assert (await replay.post(f"{path}/Sessions")).code == 80408


class TurnSwitches(Operation):
    """The operator allows conflicts or forbids them, and holds records or lets them go."""

    weight = 2

    async def run(self, replay: Replay) -> None:
        model = replay.model
        model.conflicts = replay.dice.random() < 0.6
        model.hold = replay.dice.random() < 0.15
        switches = Switch.ALLOW_PARTICIPANT_CONFLICT if model.conflicts else Switch(0)
        switches |= Switch.LEGAL_HOLD if model.hold else Switch(0)
        await replay.stage.turn(int(switches))


class Sweep(Operation):
    """The clock comes round that closes sessions."""

    weight = 4

    async def run(self, replay: Replay) -> None:
        await replay.stage.sweep()
        for meeting in replay.model.meetings:
            if meeting.over(replay.now):
                replay.model.expire(meeting, replay.now)


class DeleteRecord(Operation):
    """An interaction is deleted, or one of its legs."""

    weight = 3

    async def run(self, replay: Replay) -> None:
        meeting = replay.a_meeting()
        if meeting is None:
            return
        model = replay.model
        found = (await replay.stage.get(f"{of(meeting)}/Interactions")).body["interactions"]
        if not found:
            return
        one = replay.dice.choice(found)
        held = (80615,) if model.hold else ()
        if replay.dice.random() < 0.5:
            expect(await replay.delete(f"{of(meeting)}/Interactions/{one['sid']}"), *held)
            return
        await replay.stage.settle()
        for half in ("inbound", "outbound"):
            sid = one[f"{half}_resource_sid"]
            if sid is None or sid in model.deleted_legs:
                continue
            url = one[f"{half}_resource_url"].partition("mask.example.com")[2]
            if expect(await replay.delete(url), *held):
                model.deleted_legs.add(sid)


class SendMessage(Operation):
    """The program writes to one participant."""

    weight = 10

    async def run(self, replay: Replay) -> None:
        person = replay.a_person(active=None if replay.dice.random() < 0.2 else True)
        if person is None:
            return
        meeting, token, now = person.meeting, replay.token(), replay.now
        codes: tuple[int, ...] = ()
        if not meeting.open_at(now):
            codes = (80607,)
        elif meeting.mode == "voice-only":
            codes = (80910,)
        elif (person.line.number, person.identifier) in replay.model.opted:
            codes = (21610,)
        path = f"{of(meeting)}/Participants/{person.sid}/MessageInteractions"
        if expect(await replay.post(path, Body=f"{token} from the office"), *codes):
            passes(replay, person, token)


def passes(replay: Replay, to: Person, token: str, *, blocked: bool = False) -> None:
    """A text is on its way to a person, unless the program or they themselves keep it from them."""
    model, now = replay.model, replay.now
    if blocked or (to.line.number, to.identifier) in model.opted:
        model.touch(to.meeting, now)
        return
    model.due[token] = Text(token, to.identifier, to.line.number)
    model.interact(to.meeting, to, now)


def outcome(replay: Replay, sender: str, line: Line, token: str, *, blocked: bool = False) -> bool:
    """What a text that the server has taken does to the model. Whether the program is asked for a
    session that carries it."""
    model, now = replay.model, replay.now
    found = model.route(sender, line, "message", now)
    door = line.service is not None and line.service.door
    for _ in range(2 if door else 1):
        # Before the program is asked, it is looked once more whether another session carries it.
        if isinstance(found, Meeting):
            model.expire(found, now)
            found = model.route(sender, line, "message", now) if door else None
    if isinstance(found, Person):
        passes(replay, found, token, blocked=blocked)
        return False
    return door and model.holder(line, sender) is None


def a_pair(replay: Replay) -> tuple[str, Line]:
    """Somebody who writes or calls, and the number: mostly one that was given to them."""
    chance = replay.dice.random()
    whole = [one for one in replay.model.meetings if one.active and len(one.live) == 2]
    if chance < 0.8 and whole:
        person: Person | None = replay.dice.choice(replay.dice.choice(whole).live)
    else:
        person = replay.a_person()
    if person is None or chance > 0.88:
        return replay.dice.choice(PEOPLE), replay.dice.choice(replay.model.lines)
    return person.identifier, person.line


async def write(replay: Replay, sender: str, number: str, body: str) -> Answer:
    """A handset sends a text."""
    form = {"to": number, "body": body}
    return replay.heard(await replay.stage.handset(sender, "messages", form), sender)


class WriteText(Operation):
    """Somebody writes to a number, and may be led to somebody by that."""

    weight = 22

    async def run(self, replay: Replay) -> None:
        sender, line = a_pair(replay)
        service, token, guest = line.service, replay.token(), replay.dice.choice(PEOPLE)
        asks = service is not None and service.asks
        blocked = asks and replay.dice.random() < 0.3
        invites = replay.dice.random() < 0.7
        body = f"{token} {'forbidden' if blocked else 'hello'}"
        if invites:
            body += f" guest {PEOPLE.index(guest)}"
        before = len(replay.stage.program.told)
        answer = await write(replay, sender, line.number, body)
        assert answer.status == 201
        if asks or (service is not None and service.door):
            # What the program lets pass moves a pair only when it has said so.
            await replay.stage.settle()
        if outcome(replay, sender, line, token, blocked=blocked):
            assert service is not None
            asked = replay.stage.program.told[before:]
            assert "/door" in [one.path for one in asked]
            if invites:
                await self._invited(replay, service, sender, line, guest, token, blocked=blocked)

    async def _invited(
        self,
        replay: Replay,
        service: Service,
        sender: str,
        line: Line,
        guest: str,
        token: str,
        *,
        blocked: bool,
    ) -> None:
        model, stage, now = replay.model, replay.stage, replay.now
        known = {one.sid for one in model.meetings}
        listed = (await stage.get(f"{at(service)}/Sessions?PageSize=1")).body["sessions"]
        made = [one["sid"] for one in listed if one["sid"] not in known]
        if guest == sender or not model.free(service, guest):
            assert made == []
            return
        meeting = Meeting(made[0], service, INVITED, None, now)
        meeting.reckon()
        model.meetings.append(meeting)
        found = await stage.get(f"{of(meeting)}/Participants")
        caller, partner = found.body["participants"][::-1]
        Asked(sender, line).settle(model, meeting, caller)
        Asked(guest, None).settle(model, meeting, partner)
        passes(replay, meeting.people[1], token, blocked=blocked)


class WriteMany(Operation):
    """Many write at once, none of whom can be in another's way."""

    weight = 3

    async def run(self, replay: Replay) -> None:
        model, now = replay.model, replay.now
        pairs = {}
        for _ in range(20):
            sender, line = a_pair(replay)
            found = model.route(sender, line, "message", now)
            if isinstance(found, Meeting):
                continue
            if line.service is not None and (line.service.asks or line.service.door):
                continue
            if isinstance(found, Person) and any(
                len(model.of(one.line, one.identifier)) > 1 for one in found.meeting.live
            ):
                continue
            pairs[sender, line.number] = line, replay.token()
        sent = [
            write(replay, sender, number, f"{token} at once")
            for (sender, number), (_, token) in pairs.items()
        ]
        for answer in await asyncio.gather(*sent):
            assert answer.status == 201
        for (sender, _), (line, token) in pairs.items():
            outcome(replay, sender, line, token)


class OptOut(Operation):
    """Somebody wants no more messages from a number, or wants them again. Neither word is passed
    on."""

    weight = 4

    async def run(self, replay: Replay) -> None:
        sender, line = a_pair(replay)
        back = replay.dice.random() < 0.6
        word = "UNSTOP" if back else replay.dice.choice(["STOP", "unsubscribe", " Cancel "])
        assert (await write(replay, sender, line.number, word)).status == 201
        pair = (line.number, sender)
        replay.model.opted.discard(pair) if back else replay.model.opted.add(pair)
        found = replay.model.route(sender, line, "message", replay.now)
        if isinstance(found, Meeting) and not found.service.door:
            replay.model.expire(found, replay.now)


class WriteToNobody(Operation):
    """Somebody writes to a number that no account has."""

    async def run(self, replay: Replay) -> None:
        answer = await write(replay, replay.dice.choice(PEOPLE), NOBODYS, "hello?")
        assert (answer.status, answer.code) == (404, 20404)


class Call(Operation):
    """Somebody calls a number, and somebody else takes the call, turns it away, or is too late."""

    weight = 6

    async def run(self, replay: Replay) -> None:
        caller, line = a_pair(replay)
        model, stage, now, dice = replay.model, replay.stage, replay.now, replay.dice
        asks = line.service is not None and line.service.asks
        stage.program.blocks_calls = blocked = asks and dice.random() < 0.3
        dialled = await stage.handset(caller, "calls", {"to": line.number})
        replay.heard(dialled, caller)
        assert dialled.status == 201
        found = model.route(caller, line, "voice", now)
        ringing = [
            (who, call)
            for who in PEOPLE
            for call in (await self._calls(replay, who))
            if call["status"] == "ringing" and call["direction"] == "inbound"
        ]
        if isinstance(found, Meeting):
            model.expire(found, now)
        if not isinstance(found, Person) or blocked:
            assert ringing == []
            if isinstance(found, Person):
                model.touch(found.meeting, now)
        else:
            model.interact(found.meeting, found, now)
            ((who, call),) = ringing
            assert who == found.identifier
            assert call["from"] == found.line.number
            action = dice.choice(["answer", "reject", "hangup"])
            replay.heard(await stage.handset(who, f"calls/{call['id']}/{action}", {}), who)
        replay.heard(await stage.handset(caller, f"calls/{dialled.body['id']}/hangup", {}), caller)
        for who in (caller, *(one for one, _ in ringing)):
            assert all(call["ended"] for call in await self._calls(replay, who))

    async def _calls(self, replay: Replay, who: str) -> list[dict[str, Any]]:
        seen = replay.heard(await replay.stage.seen(who, "calls"), who)
        calls: list[dict[str, Any]] = seen.body["calls"]
        return calls


class Restart(Operation):
    """The server is stopped and another takes its place."""

    weight = 1

    async def run(self, replay: Replay) -> None:
        if replay.dice.random() < 0.05:
            await replay.stage.restart()


async def create_service(replay: Replay, name: str) -> Service:
    """A new Service with a callback."""
    url = f"{replay.stage.program.url}/callback"
    answer = await replay.stage.post("/proxy/v1/Services", UniqueName=name, CallbackUrl=url)
    expect(answer)
    service = Service(answer.body["sid"], name)
    replay.model.services.append(service)
    return service


async def set_up(replay: Replay) -> None:
    """Three Services, two of them with numbers in their pools."""
    for number in NUMBERS:
        path = f"/api/2010-04-01/Accounts/{'AC' + '1' * 32}/IncomingPhoneNumbers.json"
        bought = await replay.stage.post(path, PhoneNumber=number)
        assert bought.status == 201, bought.text
        replay.model.lines.append(Line(bought.body["sid"], number))
    for name in ("rides", "meals", "homes"):
        await create_service(replay, name)
    for place, line in enumerate(replay.model.lines[:11]):
        service = replay.model.services[place % 2]
        expect(await replay.stage.post(f"{at(service)}/PhoneNumbers", Sid=line.sid))
        line.service = service


OPERATIONS: tuple[Operation, ...] = (
    CreateSession(),
    AddParticipant(),
    RemoveParticipant(),
    CloseSession(),
    ReopenSession(),
    MoveEnd(),
    DeleteSession(),
    FetchSession(),
    NarrowList(),
    Strangers(),
    JoinPool(),
    LeavePool(),
    Reserve(),
    UpdateService(),
    ReplaceService(),
    AskDeletedService(),
    TurnSwitches(),
    Sweep(),
    DeleteRecord(),
    SendMessage(),
    WriteText(),
    WriteMany(),
    OptOut(),
    WriteToNobody(),
    Call(),
    Restart(),
)
