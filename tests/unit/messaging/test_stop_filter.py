from __future__ import annotations

from typing import Any, NamedTuple

import msgspec
import pytest

from maskline.messaging import inbound
from maskline.messaging.inbound import Receipt
from maskline.messaging.stop_filter import Line, classify, is_filtered, line_of
from maskline.messaging.words import Keyword, words_of
from maskline.model.account import Switch
from maskline.model.message import Message
from maskline.model.opt_out import OptOut, Reach
from maskline.model.service import Service
from maskline.model.session import Session
from maskline.model.traffic import InboundMessage, Intake
from maskline.proxy.callbacks import parameters
from maskline.settings import OptOutSettings
from tests.support.memory import ALICE, BOB, CAROL, World

NEAR = "+14158670001"
FAR = "+14158670002"
THIRD = "+14158670003"
FREE = "+18005550100"
CODE = "12345"
CALLBACK = "https://a.example/cb"
INTERCEPT = "https://a.example/icb"
DAY = 86_400_000

STOPPED, BACK, HELPED = (
    words_of(OptOutSettings())[word].reply for word in ("stop", "start", "help")
)


class Answer(NamedTuple):
    """What the platform sends by itself."""

    sender: str
    recipient: str
    body: str


@pytest.fixture
def service(world: World) -> Service:
    """A Service that is told of everything, with two numbers."""
    return furnished(world, CallbackUrl=CALLBACK)


def furnished(world: World, **params: str) -> Service:
    """A Service with two numbers."""
    service = world.add_service(**params)
    for number in (NEAR, FAR):
        world.add_number(number, service=service)
    return service


def meet(world: World, service: Service) -> Session:
    """Alice, who dials NEAR, and Bob, who dials FAR."""
    session = world.add_session(service)
    world.add_participant(service, session, ALICE, ProxyIdentifier=NEAR)
    world.add_participant(service, session, BOB, ProxyIdentifier=FAR)
    return session


def receive(world: World, *texts: tuple[str, str, str], **changes: Any) -> list[Receipt]:
    """Takes in messages of (sender, number, body), together."""
    messages = [
        msgspec.structs.replace(
            InboundMessage("simulator", world.records.sids.new("XX"), sender, number, body),
            **changes,
        )
        for sender, number, body in texts
    ]
    return world.do(inbound.receive(world.env, world.tx, messages))


def answers(world: World) -> list[Answer]:
    """All that the platform sent by itself, oldest first."""
    return [
        Answer(one.sender, one.recipient, one.body)
        for one in world.relays()
        if one.interaction_sid is None
    ]


def forwarded(world: World) -> list[tuple[str, str]]:
    """All that is on its way from one person to another: (recipient, body)."""
    relays = [one for one in world.relays() if one.interaction_sid is not None]
    return [(one.recipient, one.body) for one in relays]


def legs(world: World) -> list[Message]:
    """All outbound legs, oldest first."""
    found = world.rows(
        "SELECT sid FROM messages WHERE direction <> 'inbound' ORDER BY substr(sid, 3)"
    )
    rows = [world.do(world.tx.messages.by_sid(sid)) for (sid,) in found]
    return [row for row in rows if row is not None]


def list_of(world: World) -> list[tuple[str, str]]:
    """The opt-outs: (number, person)."""
    return world.rows("SELECT sender, identifier FROM opt_outs ORDER BY sid")


def opt_out(world: World, number: str = FAR, person: str = BOB) -> OptOut:
    """The opt-out of a pair."""
    found = world.do(world.tx.opt_outs.of(world.account.sid, number, person))
    assert found is not None
    return found


def switch(world: World, *switches: Switch) -> None:
    """Turns switches of the account on."""
    account = msgspec.structs.replace(world.account, switches=int(sum(switches)))
    world.do(world.tx.accounts.update(account))


def flag(world: World, number: str, value: bool) -> None:
    """Sets a number's own STOP filter."""
    sid = world.number(number).sid
    hooks = world.do(world.tx.numbers.hooks(sid))
    hooks = msgspec.structs.replace(hooks, sms_stop_filter=value)
    world.do(world.tx.numbers.set_hooks(sid, hooks))


# The rule by itself


@pytest.mark.parametrize(
    ("number", "line"),
    [
        (NEAR, Line.LONG_CODE),
        ("+442079460000", Line.LONG_CODE),
        (FREE, Line.TOLL_FREE),
        ("+18885550100", Line.TOLL_FREE),
        ("+498005550100", Line.LONG_CODE),
        (CODE, Line.SHORT_CODE),
    ],
)
def test_kinds_of_number(number: str, line: Line) -> None:
    assert line_of(number) is line


@pytest.mark.parametrize(
    ("word", "everywhere", "toll_free"),
    [
        ("stop", Keyword.OPT_OUT, Keyword.OPT_OUT),
        ("quit", Keyword.OPT_OUT, Keyword.OPT_OUT),
        ("start", Keyword.OPT_IN, Keyword.OPT_IN),
        ("unstop", Keyword.OPT_IN, Keyword.OPT_IN),
        ("yes", Keyword.OPT_IN, None),
        ("help", Keyword.HELP, Keyword.HELP),
        ("hello", None, None),
        ("arret", None, None),
    ],
)
def test_classes(word: str, everywhere: Keyword | None, toll_free: Keyword | None) -> None:
    words = words_of(OptOutSettings())
    found = {line: classify(word, line, words) for line in Line}
    kinds = {line: known and known.keyword for line, known in found.items()}
    assert kinds == {
        Line.LONG_CODE: everywhere,
        Line.SHORT_CODE: everywhere,
        Line.TOLL_FREE: toll_free,
    }


@pytest.mark.parametrize(
    ("line", "switches", "own", "acts"),
    [
        (Line.LONG_CODE, 0, None, True),
        (Line.TOLL_FREE, 0, None, True),
        (Line.SHORT_CODE, 0, None, False),
        (Line.LONG_CODE, 0, False, False),
        (Line.SHORT_CODE, 0, True, True),
        (Line.LONG_CODE, Switch.RESPECT_STOP_FILTER, None, True),
        (Line.LONG_CODE, Switch.STOP_FILTER_OFF, None, False),
        (Line.SHORT_CODE, Switch.STOP_FILTER_OFF, True, False),
    ],
)
def test_where_the_filter_acts(line: Line, switches: int, own: bool | None, acts: bool) -> None:
    assert is_filtered(line, switches, own) is acts


# What a word comes to


@pytest.mark.covers("says:optout.reply")
def test_an_opt_out_is_recorded_and_confirmed(world: World, service: Service) -> None:
    meet(world, service)
    now = world.clock.advance(1000)
    (receipt,) = receive(world, (BOB, FAR, " Stop\n"))
    assert receipt.intake is Intake.TAKEN
    held = opt_out(world)
    assert held == OptOut(
        sid=held.sid,
        account_sid=world.account.sid,
        sender=FAR,
        identifier=BOB,
        service_sid=service.sid,
        messaging_service_sid=None,
        source="keyword",
        detail="stop",
        date_of_consent=now,
        date_replied=now,
        date_created=now,
    )
    assert held.sid.startswith("OO")
    assert answers(world) == [Answer(FAR, BOB, STOPPED)]
    (job,) = world.jobs()
    assert job.ordering_key == f"{FAR}>{BOB}"
    (leg,) = legs(world)
    assert (leg.direction, leg.status, leg.num_segments) == ("platform", "queued", 1)
    assert (leg.interaction_sid, leg.carrier) == (None, "simulator")
    assert world.rows("SELECT * FROM interactions") == []


def test_an_answer_is_in_no_log(world: World, service: Service) -> None:
    meet(world, service)
    (receipt,) = receive(world, (BOB, FAR, "STOP"))
    (leg,) = legs(world)
    account = world.account.sid
    assert world.do(world.tx.messages.get(leg.sid, account)) is None
    assert not world.do(world.tx.messages.delete(leg.sid, account))
    assert receipt.message_sid is not None
    assert world.do(world.tx.messages.get(receipt.message_sid, account)) is not None


@pytest.mark.covers("says:optout.blocks")
@pytest.mark.parametrize("word", ["STOP", "quit", "Revoke", "OPTOUT"])
def test_no_message_reaches_whoever_opted_out(world: World, service: Service, word: str) -> None:
    session = meet(world, service)
    receive(world, (BOB, FAR, word))
    receive(world, (ALICE, NEAR, "hi"))
    assert forwarded(world) == []
    (interaction,) = world.rows(
        "SELECT sid, outbound_participant_sid, outbound_resource_sid, outbound_resource_status"
        " FROM interactions"
    )
    leg = legs(world)[-1]
    assert interaction[1:] == (world.person(session, BOB).sid, leg.sid, "failed")
    assert (leg.status, leg.error_code, leg.recipient) == ("failed", 21610, BOB)
    (callback,) = world.callbacks()
    assert callback.interaction.outbound_resource_status == "failed"
    alert = world.alerts()[-1]
    assert (alert.error_code, alert.resource_sid, alert.service_sid) == (
        21610,
        interaction[0],
        service.sid,
    )
    assert alert.log_level == "error"
    assert BOB not in alert.alert_text


def test_whoever_opted_out_may_still_write(world: World, service: Service) -> None:
    meet(world, service)
    receive(world, (BOB, FAR, "STOP"), (BOB, FAR, "one thing more"))
    assert forwarded(world) == [(ALICE, "one thing more")]


def test_the_program_is_not_asked_about_what_is_stopped(world: World) -> None:
    service = furnished(world, InterceptCallbackUrl=INTERCEPT, CallbackUrl=CALLBACK)
    meet(world, service)
    receive(world, (BOB, FAR, "STOP"))
    receive(world, (ALICE, NEAR, "hi"))
    assert forwarded(world) == []
    assert [one.status for one in legs(world)] == ["queued", "failed"]
    assert len(world.callbacks()) == 1


def test_media_towards_whoever_opted_out_are_kept_with_the_leg(
    world: World, service: Service
) -> None:
    meet(world, service)
    receive(world, (BOB, FAR, "STOP"))
    receive(world, (ALICE, NEAR, "look"), media=(("https://m.example/1", "image/png"),))
    leg = legs(world)[-1]
    assert (leg.sid[:2], leg.status) == ("MM", "failed")
    assert len(world.do(world.tx.messages.media(leg.sid))) == 1


def test_media_with_a_keyword_do_not_hide_it(world: World, service: Service) -> None:
    meet(world, service)
    receive(world, (BOB, FAR, "STOP"), media=(("https://m.example/1", "image/png"),))
    assert list_of(world) == [(FAR, BOB)]


@pytest.mark.covers("says:optout.opt-in")
@pytest.mark.parametrize("word", ["START", "yes", "UNSTOP"])
def test_an_opt_in_ends_it(world: World, service: Service, word: str) -> None:
    meet(world, service)
    receive(world, (BOB, FAR, "STOP"))
    receive(world, (BOB, FAR, word))
    receive(world, (ALICE, NEAR, "hi"))
    assert list_of(world) == []
    assert [one.body for one in answers(world)] == [STOPPED, BACK]
    assert forwarded(world)[-1] == (BOB, "hi")


def test_an_opt_in_of_somebody_who_never_left_is_answered_too(
    world: World, service: Service
) -> None:
    meet(world, service)
    receive(world, (BOB, FAR, "START"))
    assert answers(world) == [Answer(FAR, BOB, BACK)]
    assert forwarded(world) == [(ALICE, "START")]


@pytest.mark.parametrize("word", ["HELP", "info"])
def test_a_help_word_is_answered_and_changes_nothing(
    world: World, service: Service, word: str
) -> None:
    meet(world, service)
    receive(world, (BOB, FAR, word))
    assert answers(world) == [Answer(FAR, BOB, HELPED)]
    assert list_of(world) == []
    assert forwarded(world) == [(ALICE, word)]


def test_help_is_not_answered_while_somebody_is_opted_out(world: World, service: Service) -> None:
    meet(world, service)
    receive(world, (BOB, FAR, "STOP"), (BOB, FAR, "HELP"))
    assert [one.body for one in answers(world)] == [STOPPED]


def test_a_repeated_stop_is_confirmed_once_a_day(world: World, service: Service) -> None:
    meet(world, service)
    receive(world, (BOB, FAR, "STOP"), (BOB, FAR, "STOP"))
    first = opt_out(world)
    world.clock.advance(DAY - 1)
    receive(world, (BOB, FAR, "QUIT"))
    assert len(answers(world)) == 1
    now = world.clock.advance(1)
    receive(world, (BOB, FAR, "QUIT"), (BOB, FAR, "STOP"))
    assert answers(world) == [Answer(FAR, BOB, STOPPED)] * 2
    assert opt_out(world) == msgspec.structs.replace(first, date_replied=now)


def test_a_stop_after_an_opt_out_that_the_operator_made_is_confirmed(
    world: World, service: Service
) -> None:
    meet(world, service)
    receive(world, (BOB, FAR, "STOP"))
    made = msgspec.structs.replace(opt_out(world), source="cli", date_replied=None, sid="OO1")
    world.do(world.tx.opt_outs.delete(opt_out(world).sid, world.account.sid))
    world.do(world.tx.opt_outs.add(made))
    receive(world, (BOB, FAR, "STOP"))
    assert len(answers(world)) == 2
    assert opt_out(world).source == "cli"


def test_a_stop_that_the_carrier_hands_over_twice_is_one(world: World, service: Service) -> None:
    meet(world, service)
    for _ in range(2):
        receive(world, (BOB, FAR, "STOP"), (BOB, FAR, "STOP"), provider_id="one")
    assert len(answers(world)) == 1
    assert world.rows("SELECT COUNT(*) FROM messages WHERE direction = 'inbound'") == [(1,)]


def test_a_word_holds_for_what_comes_after_it_in_the_same_batch(
    world: World, service: Service
) -> None:
    meet(world, service)
    receive(
        world,
        (ALICE, NEAR, "before"),
        (BOB, FAR, "STOP"),
        (ALICE, NEAR, "between"),
        (BOB, FAR, "START"),
        (ALICE, NEAR, "after"),
    )
    assert [body for who, body in forwarded(world) if who == BOB] == ["before", "after"]
    assert world.codes().count(21610) == 1


# Wherever it is sent to


def test_it_acts_on_a_number_in_no_pool(world: World) -> None:
    world.add_number(THIRD)
    receive(world, (CAROL, THIRD, "STOP"), (CAROL, THIRD, "HELP"))
    assert list_of(world) == [(THIRD, CAROL)]
    assert answers(world) == [Answer(THIRD, CAROL, STOPPED)]
    assert world.codes() == []
    held = world.do(world.tx.opt_outs.of(world.account.sid, THIRD, CAROL))
    assert held is not None
    assert held.service_sid is None


def test_it_acts_on_a_sender_without_a_session(world: World, service: Service) -> None:
    receive(world, (CAROL, NEAR, "STOP"))
    assert list_of(world) == [(NEAR, CAROL)]
    assert answers(world) == [Answer(NEAR, CAROL, STOPPED)]
    assert world.codes() == [80903]


def test_it_does_not_act_on_other_channels(world: World, service: Service) -> None:
    receive(world, ("messenger:123", NEAR, "STOP"), ("ACME", NEAR, "STOP"))
    assert (list_of(world), answers(world)) == ([], [])


def test_a_short_code_is_left_to_the_program(world: World) -> None:
    world.add_number(CODE, kind="short-code")
    receive(world, (CAROL, CODE, "STOP"), (CAROL, CODE, "HELP"), (CAROL, CODE, "START"))
    assert (list_of(world), answers(world)) == ([], [])
    flag(world, CODE, True)
    receive(world, (CAROL, CODE, "STOP"))
    assert list_of(world) == [(CODE, CAROL)]


def test_on_a_toll_free_number_the_network_answers(world: World) -> None:
    world.add_number(FREE)
    receive(world, (CAROL, FREE, "STOP"))
    assert (list_of(world), answers(world)) == ([(FREE, CAROL)], [])
    receive(world, (CAROL, FREE, "YES"))
    assert list_of(world) == [(FREE, CAROL)]
    receive(world, (CAROL, FREE, "HELP"))
    receive(world, (CAROL, FREE, "UNSTOP"))
    assert (list_of(world), answers(world)) == ([], [])
    receive(world, (CAROL, FREE, "HELP"), (CAROL, FREE, "QUIT"))
    assert [one.body for one in answers(world)] == [HELPED, STOPPED]


# The switches: facts on how Proxy and the platform combine


def word_table() -> list[Any]:
    """Rows: the flag, the platform's filter, the word; who is it told to, is it dropped, and what
    does the platform do."""
    words = {"STOP": STOPPED, "UNSTOP": BACK, "START": BACK, "YES": BACK, "HELP": HELPED}
    rows = []
    for respects in (False, True):
        for filtered in (True, False):
            for word, reply in (*words.items(), ("INFO", HELPED), ("ARRET", None)):
                kept = word in ("STOP", "UNSTOP", "ARRET") and (filtered or not respects)
                rows.append((respects, filtered, word, kept, reply if filtered else None))
    return rows


@pytest.mark.covers(
    "says:optout.flag",
    "says:optout.passes",
    "says:optout.unstop",
    "says:changelog.stop-filter-flag",
)
@pytest.mark.parametrize("off", ["account", "number"])
@pytest.mark.parametrize("who", ["alice", "bob"])
@pytest.mark.parametrize(("respects", "filtered", "word", "kept", "reply"), word_table())
def test_how_proxy_and_the_platform_combine(
    world: World,
    off: str,
    who: str,
    respects: bool,
    filtered: bool,
    word: str,
    kept: bool,
    reply: str | None,
) -> None:
    service = furnished(world, InterceptCallbackUrl=INTERCEPT, CallbackUrl=CALLBACK)
    meet(world, service)
    sender, number, partner = (ALICE, NEAR, BOB) if who == "alice" else (BOB, FAR, ALICE)
    switches = [Switch.RESPECT_STOP_FILTER] if respects else []
    if not filtered and off == "account":
        switches.append(Switch.STOP_FILTER_OFF)
    elif not filtered:
        flag(world, number, False)
    switch(world, *switches)
    receive(world, (sender, number, word.lower()))

    assert answers(world) == ([] if reply is None else [Answer(number, sender, reply)])
    stopped = filtered and word == "STOP"
    assert list_of(world) == ([(number, sender)] if stopped else [])
    asked = [one for one in world.relays() if one.intercept is not None]
    if kept:
        assert (forwarded(world), world.callbacks()) == ([], [])
        assert world.rows("SELECT * FROM interactions") == []
        assert [(one.error_code, one.log_level) for one in world.alerts()] == [(80901, "warning")]
    else:
        # The program decides in its intercept callback.
        assert [(one.recipient, one.body) for one in asked] == [(partner, word.lower())]
        assert world.codes() == []


PROXYS = [
    "STOP",
    "REVOKE",
    "OPTOUT",
    "UNSUBSCRIBE",
    "END",
    "CANCEL",
    "QUIT",
    "STOPALL",
    "ARRETT",
    "ARRET",
    "ARRETE",
    "UNSTOP",
]


@pytest.mark.covers("says:optout.dropped", "says:optout.silent", "says:optout.debugger")
@pytest.mark.covers("says:words.any-case")
@pytest.mark.parametrize("who", ["alice", "bob"])
@pytest.mark.parametrize("word", PROXYS)
def test_proxys_words_reach_nobody(world: World, word: str, who: str) -> None:
    service = furnished(world, InterceptCallbackUrl=INTERCEPT, CallbackUrl=CALLBACK)
    session = meet(world, service)
    sender, number = (ALICE, NEAR) if who == "alice" else (BOB, FAR)
    spellings = (word, word.lower(), f" {word.capitalize()}\n")
    receive(world, *((sender, number, spelling) for spelling in spellings))
    assert (forwarded(world), world.callbacks()) == ([], [])
    assert world.rows("SELECT * FROM interactions") == []
    told = [(one.error_code, one.log_level, one.resource_sid) for one in world.alerts()]
    assert told == [(80901, "warning", session.sid)] * 3


@pytest.mark.covers("says:words.opt-in")
@pytest.mark.parametrize("word", ["START", "start", "Yes", "YES", "debut", "DEBUT"])
def test_words_that_are_forwarded_in_any_case(world: World, service: Service, word: str) -> None:
    meet(world, service)
    receive(world, (ALICE, NEAR, word))
    assert forwarded(world) == [(BOB, word)]
    assert world.codes() == []


@pytest.mark.covers("says:optout.no-advanced")
def test_no_list_of_ours_changes_proxys_words(world: World, service: Service) -> None:
    world.change("optout", languages=("fr",), ignored_words=("STOP",), opt_out_words=("Basta",))
    together(world, NEAR, FAR)
    meet(world, service)
    receive(world, (ALICE, NEAR, "STOP"), (ALICE, NEAR, "basta"))
    assert [one.body for one in answers(world)] == [
        words_of(OptOutSettings(languages=("fr",)))["arret"].reply
    ]
    assert forwarded(world) == [(BOB, "basta")]
    assert world.codes() == [80901]
    (callback,) = world.callbacks()
    names = {name for name, _ in parameters(callback.interaction, (), "")}
    assert "OptOutType" not in names


def test_what_stands_in_the_list_holds_while_the_filter_is_off(
    world: World, service: Service
) -> None:
    meet(world, service)
    receive(world, (BOB, FAR, "STOP"))
    switch(world, Switch.STOP_FILTER_OFF)
    receive(world, (ALICE, NEAR, "hi"))
    assert forwarded(world) == []


def test_one_number_may_be_without_the_filter(world: World, service: Service) -> None:
    meet(world, service)
    flag(world, FAR, False)
    receive(world, (BOB, FAR, "STOP"), (ALICE, NEAR, "STOP"))
    assert list_of(world) == [(NEAR, ALICE)]


# Scope


def together(world: World, *numbers: str) -> str:
    """A Messaging Service with these numbers."""
    sid = world.records.sids.new("MG")
    for number in numbers:
        world.connection.execute(
            "UPDATE numbers SET messaging_service_sid = ? WHERE number = ?", (sid, number)
        )
    return sid


@pytest.mark.covers("says:optout.one-number")
@pytest.mark.parametrize("messaging", [False, True])
@pytest.mark.parametrize("scope", ["number", "messaging_service", "service"])
def test_what_an_opt_out_holds_for(
    world: World, service: Service, scope: str, messaging: bool
) -> None:
    world.change("optout", scope=scope)
    if messaging:
        together(world, NEAR, FAR)
    silent = scope == "service" or (scope == "messaging_service" and messaging)
    meet(world, service)
    other = world.add_session(service)
    world.add_participant(service, other, CAROL, ProxyIdentifier=NEAR)
    world.add_participant(service, other, BOB, ProxyIdentifier=NEAR)
    receive(world, (BOB, FAR, "STOP"))
    receive(world, (ALICE, NEAR, "one"), (CAROL, NEAR, "two"))
    assert forwarded(world) == ([] if silent else [(BOB, "two")])
    receive(world, (BOB, NEAR, "HELP"))
    assert (Answer(NEAR, BOB, HELPED) in answers(world)) is not silent
    # Whoever comes back by another number comes back to all that the scope spans.
    receive(world, (BOB, NEAR, "START"))
    receive(world, (ALICE, NEAR, "three"))
    assert ((BOB, "three") in forwarded(world)) is silent
    assert list_of(world) == ([] if silent else [(FAR, BOB)])


def test_numbers_that_share_one_service_do_not_share_the_other(
    world: World, service: Service
) -> None:
    world.add_number(THIRD)
    messaging = together(world, FAR, THIRD)
    receive(world, (BOB, FAR, "STOP"))
    held = opt_out(world)
    assert (held.service_sid, held.messaging_service_sid) == (service.sid, messaging)
    found = {number: world.do(world.tx.opt_outs.reach(number, BOB)) for number in (NEAR, THIRD)}
    assert found == {NEAR: Reach.SERVICE, THIRD: Reach.MESSAGING_SERVICE}
    everything = Reach.SENDER | Reach.MESSAGING_SERVICE | Reach.SERVICE
    assert world.do(world.tx.opt_outs.reach(FAR, BOB)) == everything


def test_the_number_that_was_told_is_silent_wherever_it_goes(
    world: World, service: Service
) -> None:
    meet(world, service)
    receive(world, (BOB, FAR, "STOP"))
    world.do(world.tx.numbers.leave(world.number(FAR).sid))
    assert world.do(world.tx.opt_outs.reach(FAR, BOB)) == Reach.SENDER


@pytest.mark.parametrize("kind", ["service", "messaging"])
def test_an_opt_out_may_be_from_a_whole_service(world: World, service: Service, kind: str) -> None:
    meet(world, service)
    sender = service.sid if kind == "service" else together(world, NEAR, FAR)
    made = world.records.opt_out(world.account.sid, sender, BOB)
    assert world.do(world.tx.opt_outs.add(made))
    receive(world, (ALICE, NEAR, "hi"))
    assert forwarded(world) == []
    # To answer "you are subscribed again" and go on stopping would be a lie.
    receive(world, (BOB, FAR, "START"), (ALICE, NEAR, "again"))
    assert (BOB, "again") in forwarded(world)
    assert list_of(world) == []


def test_accounts_know_nothing_of_each_other(world: World, service: Service) -> None:
    meet(world, service)
    receive(world, (BOB, FAR, "STOP"))
    sid = world.number(FAR).sid
    other = world.add_account()
    world.connection.execute("UPDATE numbers SET account_sid = ? WHERE sid = ?", (other.sid, sid))
    assert world.do(world.tx.opt_outs.reach(FAR, BOB)) is None
