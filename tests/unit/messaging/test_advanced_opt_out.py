"""The STOP filter at a Messaging Service with lists of its own."""

from __future__ import annotations

from collections import Counter
from typing import Any, cast

import msgspec
import pytest

from maskline.messaging import (
    answers,
    diverted,
    inbound,
    opt_out_lists,
    opt_outs,
    outbound,
    senders,
    services,
)
from maskline.messaging.answers import Answered
from maskline.messaging.inbound import Receipt
from maskline.model.account import Switch
from maskline.model.errors import Fault
from maskline.model.job import Inbound, OutOfSession
from maskline.model.messaging_service import MessagingService
from maskline.model.number import NumberKind
from maskline.model.opt_out import Reach
from maskline.model.service import Service
from maskline.model.session import Session
from maskline.model.traffic import InboundMessage
from maskline.proxy.out_of_session import message_parameters
from maskline.store.contract import Transaction
from maskline.store.executor import Executor
from tests.support.memory import ALICE, BOB, World, form

NEAR = "+14158670001"
FAR = "+14158670002"
ELSE = "+14158670003"
FREE = "+18005550100"
CODE = "12345"
MONTREAL = "+15145550134"
PARIS = "+33612345678"
URL = "https://a.example/in"


def lists(world: World, service: MessagingService, *made: dict[str, Any]) -> None:
    """Turns the service's own lists on, with these beside the English one."""
    env, tx, account = world.env, world.tx, world.account.sid
    on = opt_out_lists.switch(env, tx, account, service.sid, form({"Enabled": "true"}))
    world.do(on)
    for values in made:
        world.do(opt_out_lists.create(env, tx, account, service.sid, form(values)))


FRENCH = {
    "Language": "FRENCH",
    "IsoCountryCode": "CA",
    "OptOutKeywords": ["ARRET", "BASTA", "STOP"],
    "OptInKeywords": ["DEBUT", "START"],
    "HelpKeywords": "AIDE",
    "OptOutMessage": "Fini.",
    "OptInMessage": "De retour.",
    "HelpMessage": "De l'aide.",
}
ITALIAN = {
    "Language": "ITALIAN",
    "OptOutKeywords": "BASTA",
    "OptInKeywords": "AVVIA",
    "HelpKeywords": "AIUTO",
    "OptOutMessage": "Finito.",
    "OptInMessage": "Di nuovo.",
    "HelpMessage": "Aiuto.",
}


@pytest.fixture
def masked(world: World) -> Service:
    """A Proxy Service whose numbers sit in a Messaging Service that defers, with lists."""
    service = world.add_service(CallbackUrl="https://a.example/cb")
    numbers = [world.add_number(number, service=service) for number in (NEAR, FAR)]
    texts = world.add_messaging_service(
        *numbers, world.add_number(ELSE), use_inbound_webhook_on_number=1
    )
    lists(world, texts, FRENCH, ITALIAN)
    return service


def meet(world: World, service: Service, *, other: str = BOB) -> Session:
    """Alice, who dials NEAR, and Bob, who dials FAR."""
    session = world.add_session(service)
    world.add_participant(service, session, ALICE, ProxyIdentifier=NEAR)
    world.add_participant(service, session, other, ProxyIdentifier=FAR)
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


def replies(world: World) -> list[tuple[str, str, str]]:
    """All that the platform sent by itself: (number, person, text)."""
    return [
        (one.sender, one.recipient, one.body)
        for one in world.relays()
        if one.interaction_sid is None
    ]


def forwarded(world: World) -> list[tuple[str, str]]:
    return [(one.recipient, one.body) for one in world.relays() if one.interaction_sid is not None]


def opted(world: World) -> list[tuple[str, str]]:
    return world.rows("SELECT sender, identifier FROM opt_outs ORDER BY sid")


def texts_of(world: World) -> str:
    """The SID of the Messaging Service."""
    sid: str = world.rows("SELECT sid FROM messaging_services")[0][0]
    return sid


def reach(world: World, number: str, person: str = BOB) -> int | None:
    return world.do(world.tx.opt_outs.reach(number, person))


# Whose list counts


@pytest.mark.parametrize(
    ("person", "body", "reply"),
    [
        # A country's own answer to a word goes before that for all.
        (MONTREAL, "Stop", "Fini."),
        (MONTREAL, " arret\n", "Fini."),
        (MONTREAL, "basta", "Fini."),
        (BOB, "BASTA", "Finito."),
        (PARIS, "\uff42\uff41\uff53\uff54\uff41", "Finito."),
        (MONTREAL, "debut", "De retour."),
        (MONTREAL, "AIDE", "De l'aide."),
        (PARIS, "aiuto", "Aiuto."),
    ],
)
def test_a_word_and_its_answer(
    world: World, masked: Service, person: str, body: str, reply: str
) -> None:
    receive(world, (person, ELSE, body))
    assert replies(world) == [(ELSE, person, reply)]


@pytest.mark.parametrize(
    ("person", "body"),
    [
        # A country's list is for its people alone.
        (BOB, "arret"),
        (PARIS, "aide"),
        # Nothing but the words that stand there, whole.
        (BOB, "STOP please"),
        (BOB, "S T O P"),
        (BOB, "stop."),
        (BOB, "OPT OUT"),
        (BOB, "debut"),
        (BOB, "x" * 35),
        (BOB, ""),
    ],
)
def test_what_is_no_word(world: World, masked: Service, person: str, body: str) -> None:
    receive(world, (person, ELSE, body))
    assert replies(world) == []
    assert opted(world) == []


@pytest.mark.parametrize(
    ("body", "is_dropped", "kind"),
    [
        ("STOP", True, "STOP"),
        ("stop", True, "STOP"),
        ("Stop", True, "STOP"),
        (" stop\n", True, "STOP"),
        ("STOP please", False, ""),
        ("S T O P", False, ""),
        ("stop.", False, ""),
        ("OPT OUT", False, ""),
        ("optout", True, "STOP"),
        ("Revoke", True, "STOP"),
        ("arret", True, ""),
        ("ARRETT", True, ""),
        ("Arrete", True, ""),
        ("UNSTOP", True, "START"),
        ("START", False, "START"),
        ("yes", False, "START"),
        ("debut", False, ""),
        ("HELP", False, "HELP"),
        ("info", False, "HELP"),
        # Proxy keeps every word back that stops.
        ("basta", True, "STOP"),
        ("avvia", False, "START"),
        ("aiuto", False, "HELP"),
    ],
)
def test_the_vectors_in_a_masked_conversation(
    world: World, masked: Service, body: str, is_dropped: bool, kind: str
) -> None:
    meet(world, masked)
    receive(world, (BOB, FAR, body))
    assert forwarded(world) == ([] if is_dropped else [(ALICE, body)])
    assert world.codes() == ([80901] if is_dropped else [])
    assert bool(replies(world)) == bool(kind)
    assert opted(world) == ([(texts_of(world), BOB)] if kind == "STOP" else [])


def test_the_default_words_don_t_count(world: World, masked: Service) -> None:
    texts = texts_of(world)
    (english,) = world.do(
        world.tx.opt_out_lists.page(texts, "", opt_out_lists.PageRequest(size=9))
    ).records[1:]
    asked = form({"OptOutKeywords": "STOP"})
    account = world.account.sid
    world.do(opt_out_lists.update(world.env, world.tx, account, texts, english.sid, asked))
    receive(world, (BOB, ELSE, "QUIT"))
    assert (replies(world), opted(world)) == ([], [])
    # Off again, they do.
    off = form({"Enabled": "false"})
    world.do(opt_out_lists.switch(world.env, world.tx, account, texts, off))
    receive(world, (BOB, ELSE, "QUIT"), (PARIS, ELSE, "BASTA"))
    assert opted(world) == [(ELSE, BOB)]


# What an opt-out is from


def test_an_opt_out_is_from_the_whole_service(world: World, masked: Service) -> None:
    session = meet(world, masked)
    receive(world, (BOB, ELSE, "BASTA"))
    assert opted(world) == [(texts_of(world), BOB)]
    for number in (NEAR, FAR, ELSE):
        assert reach(world, number) == Reach.SENDER
    receive(world, (ALICE, NEAR, "hi"))
    assert forwarded(world) == []
    assert world.codes() == [21610]
    bob = world.person(session, BOB)
    with pytest.raises(Fault) as caught:
        world.do(outbound.send(world.env, world.tx, masked, session, bob, form({"Body": "Hello"})))
    assert caught.value.code == 21610
    # To any of them, an opt-in ends it.
    receive(world, (BOB, NEAR, "START"), (ALICE, NEAR, "again"))
    assert opted(world) == []
    assert forwarded(world) == [(BOB, "again")]


def test_it_holds_for_what_comes_after_it_in_a_batch(world: World, masked: Service) -> None:
    meet(world, masked)
    receive(world, (BOB, ELSE, "STOP"), (ALICE, NEAR, "hi"))
    assert forwarded(world) == []


def test_what_was_said_to_one_number_before_holds_for_all(world: World) -> None:
    """Whatever `optout.scope` says: there are no opt-outs from a number alone any more."""
    service = world.add_service()
    numbers = [world.add_number(number, service=service) for number in (NEAR, FAR)]
    texts = world.add_messaging_service(*numbers, use_inbound_webhook_on_number=1)
    session = world.add_session(service)
    world.add_participant(service, session, ALICE, ProxyIdentifier=NEAR)
    world.add_participant(service, session, BOB, ProxyIdentifier=FAR)
    receive(world, (BOB, NEAR, "STOP"), (ALICE, NEAR, "one"))
    assert forwarded(world) == [(BOB, "one")]
    lists(world, texts)
    receive(world, (ALICE, NEAR, "two"))
    assert forwarded(world) == [(BOB, "one")]
    receive(world, (BOB, FAR, "START"), (ALICE, NEAR, "three"))
    assert opted(world) == []
    assert [body for _, body in forwarded(world)] == ["one", "START", "three"]


def test_the_list_of_opt_outs_ends_it_too(world: World, masked: Service) -> None:
    """An opt-in that a program passes on for one number reaches as far as a word to it."""
    receive(world, (BOB, ELSE, "STOP"))
    account = world.account.sid
    sender = world.do(opt_outs.sender_of(world.tx, account, NEAR))
    assert sender is not None
    assert world.do(opt_outs.end(world.env, world.tx, sender, BOB))
    assert opted(world) == []


def test_another_service_is_not_touched(world: World, masked: Service) -> None:
    other = world.add_number("+14158670009")
    lists(world, world.add_messaging_service(other))
    receive(world, (BOB, ELSE, "STOP"))
    assert not reach(world, other.number)


def test_it_goes_with_the_service(world: World, masked: Service) -> None:
    receive(world, (BOB, ELSE, "STOP"))
    texts, account = texts_of(world), world.account.sid
    number = world.do(world.tx.numbers.by_number(ELSE))
    assert number is not None
    phone = NumberKind.PHONE
    world.do(senders.remove(world.env, world.tx, account, texts, phone, number.sid))
    assert not reach(world, ELSE)
    asked = form({"PhoneNumberSid": number.sid})
    world.do(senders.add(world.env, world.tx, account, texts, phone, asked))
    assert reach(world, ELSE) == Reach.SENDER
    world.do(services.delete(world.env, world.tx, account, texts))
    assert not reach(world, ELSE)
    assert opted(world) == [(texts, BOB)]


# Answers


def test_who_repeats_it_is_not_answered_again(world: World, masked: Service) -> None:
    receive(world, (BOB, ELSE, "STOP"), (BOB, NEAR, "STOP"), (BOB, FAR, "quit"))
    assert len(replies(world)) == 1
    world.clock.advance(86_400_000)
    receive(world, (BOB, FAR, "STOP"))
    assert len(replies(world)) == 2


def test_nobody_who_opted_out_is_helped(world: World, masked: Service) -> None:
    (one, two) = receive(world, (BOB, ELSE, "STOP"), (BOB, NEAR, "HELP"))
    assert len(replies(world)) == 1
    assert (one.refused, two.refused) == ("stored", "no-session")


def test_a_list_without_an_answer_to_help(world: World, masked: Service) -> None:
    texts = texts_of(world)
    values = {**ITALIAN, "Language": "ZULU", "IsoCountryCode": "ZA"}
    made = form({**values, "HelpKeywords": "", "HelpMessage": ""})
    world.do(opt_out_lists.create(world.env, world.tx, world.account.sid, texts, made))
    receive(world, ("+27821234567", ELSE, "HELP"))
    assert len(replies(world)) == 1


def test_only_phones_are_asked(world: World, masked: Service) -> None:
    receive(world, ("98765", ELSE, "STOP"))
    assert (replies(world), opted(world)) == ([], [])


# Kinds of number


@pytest.mark.parametrize(
    ("body", "answer", "stops"),
    [
        # The network answers by itself, and blocks.
        ("STOP", "", True),
        # Both: the network's text and ours.
        ("START", "De retour.", False),
        ("UNSTOP", None, False),
        # What only we know.
        ("BASTA", "Fini.", True),
        ("AIDE", "De l'aide.", False),
        # The network would go on blocking.
        ("DEBUT", "", False),
    ],
)
def test_toll_free(world: World, body: str, answer: str | None, stops: bool) -> None:
    texts = world.add_messaging_service(world.add_number(FREE))
    lists(world, texts, FRENCH)
    receive(world, (MONTREAL, FREE, body))
    sent = [text for *_, text in replies(world)]
    if answer is None:
        assert sent
        assert sent != [""]
    else:
        assert sent == ([answer] if answer else [])
    assert opted(world) == ([(texts.sid, MONTREAL)] if stops else [])


def test_a_short_code_knows_words_by_lists_alone(world: World) -> None:
    code = world.add_number(CODE, kind="short-code", iso_country="US")
    receive(world, (BOB, CODE, "STOP"))
    assert opted(world) == []
    texts = world.add_messaging_service(code)
    lists(world, texts)
    receive(world, (BOB, CODE, "STOP"))
    assert opted(world) == [(texts.sid, BOB)]
    assert [number for number, *_ in replies(world)] == [CODE]


def test_no_switch_of_the_default_filter_turns_it_off(world: World, masked: Service) -> None:
    """They are about the default words; lists are there because somebody wanted them."""
    switches = Switch.STOP_FILTER_OFF | Switch.RESPECT_STOP_FILTER
    account = msgspec.structs.replace(world.account, switches=int(switches))
    world.do(world.tx.accounts.update(account))
    sid = world.number(FAR).sid
    hooks = world.do(world.tx.numbers.hooks(sid))
    hooks = msgspec.structs.replace(hooks, sms_stop_filter=False)
    world.do(world.tx.numbers.set_hooks(sid, hooks))
    meet(world, masked)
    receive(world, (BOB, FAR, "STOP"))
    assert opted(world) == [(texts_of(world), BOB)]
    assert (world.codes(), forwarded(world)) == ([80901], [])


# A carrier with lists of its own


@pytest.mark.parametrize(
    ("keyword", "kind"), [("opt-out", "STOP"), ("opt-in", "START"), ("help", "HELP")]
)
def test_what_the_carrier_took_it_for(
    world: World, masked: Service, keyword: str, kind: str
) -> None:
    meet(world, masked)
    receive(world, (BOB, FAR, "Lasst das"), answered=True, keyword=keyword)
    assert replies(world) == []
    assert opted(world) == ([(texts_of(world), BOB)] if kind == "STOP" else [])
    assert forwarded(world) == ([] if kind == "STOP" else [(ALICE, "Lasst das")])


# What programs are told


def told(world: World) -> list[Inbound]:
    jobs = [job.payload for job in world.jobs() if job.kind == "inbound"]
    return [msgspec.json.decode(payload, type=Inbound) for payload in jobs]


@pytest.mark.parametrize(
    ("body", "kind"),
    [("stop", "STOP"), ("Start", "START"), ("HELP", "HELP"), ("AIUTO", "HELP"), ("hello", None)],
)
@pytest.mark.parametrize("defers", [False, True])
def test_opt_out_type(world: World, body: str, kind: str | None, defers: bool) -> None:
    number = world.add_number(NEAR)
    hooks = world.do(world.tx.numbers.hooks(number.sid))
    hooks = msgspec.structs.replace(hooks, sms_url=URL)
    world.do(world.tx.numbers.set_hooks(number.sid, hooks))
    texts = world.add_messaging_service(
        number, inbound_request_url=URL, use_inbound_webhook_on_number=int(defers)
    )
    lists(world, texts, ITALIAN)
    receive(world, (BOB, NEAR, body))
    (job,) = told(world)
    assert dict(diverted.parameters(job)).get("OptOutType") == kind


def test_without_lists_programs_match_the_body_themselves(world: World) -> None:
    number = world.add_number(NEAR)
    world.add_messaging_service(number, inbound_request_url=URL)
    receive(world, (BOB, NEAR, "STOP"))
    (job,) = told(world)
    assert "OptOutType" not in dict(diverted.parameters(job))


def test_out_of_session(world: World, masked: Service) -> None:
    service = msgspec.structs.replace(masked, out_of_session_callback_url=URL)
    world.do(world.tx.services.update(service))
    receive(world, (BOB, FAR, "HELP"), (BOB, FAR, "hello"), (BOB, FAR, "BASTA"))
    jobs = [job.payload for job in world.jobs() if job.kind == "out-of-session"]
    messages = [msgspec.json.decode(payload, type=OutOfSession).message for payload in jobs]
    assert [
        dict(message_parameters(one, "SM1", "AC1", 1)).get("OptOutType") for one in messages
    ] == ["HELP", None]
    # An opt-out word is not told.
    assert world.codes() == [80901]


def test_a_word_that_a_program_hands_to_proxy(world: World, masked: Service) -> None:
    """Its Messaging Service keeps messages to itself, and gives them on: Proxy keeps back what
    stops."""
    meet(world, masked)
    texts = texts_of(world)
    service = world.do(world.tx.messaging_services.peek(texts))
    assert service is not None
    changed = msgspec.structs.replace(
        service, inbound_request_url=URL, use_inbound_webhook_on_number=0
    )
    world.do(world.tx.messaging_services.update(changed))
    receive(world, (BOB, FAR, "basta"), (BOB, FAR, "aiuto"))
    (basta, aiuto) = told(world)
    for job, asked in zip(
        [job.sid for job in world.jobs() if job.kind == "inbound"], (basta, aiuto), strict=True
    ):
        world.do(diverted.hand_over(world.env, world.tx, job, asked, [], []))
    assert forwarded(world) == [(ALICE, "aiuto")]
    assert 80901 in world.codes()


def test_a_programs_own_answer_fails(world: World) -> None:
    """It must not answer an opt-out itself; what it sends is not sent."""
    number = world.add_number(NEAR)
    lists(world, world.add_messaging_service(number, inbound_request_url=URL))
    receive(world, (BOB, NEAR, "STOP"))
    (job,) = told(world)
    world.do(answers.send(world.env, world.tx, job, [Answered("You are out, too.")]))
    assert len(replies(world)) == 1
    assert world.codes() == [21610]


# What it costs


class Counted:
    """An executor that notes which statements it runs."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner
        self.ran: list[str] = []

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)
        if not callable(found):
            return found

        def run(query: str, *args: Any) -> Any:
            self.ran.append(query)
            return found(query, *args)

        return run


def statements(world: World, monkeypatch: pytest.MonkeyPatch, body: str) -> list[str]:
    """Those that a masked message takes."""
    counted = Counted(world.executor)
    with monkeypatch.context() as patch:
        patch.setattr(world, "tx", Transaction(cast(Executor, counted)))
        receive(world, (ALICE, NEAR, body))
    return counted.ran


def test_a_masked_message_takes_no_statement_more(
    world: World, masked: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With lists, one of a single word takes one look."""
    meet(world, masked)
    texts = texts_of(world)
    # The first one begins the session.
    receive(world, (ALICE, NEAR, "hello"))
    listed = {body: statements(world, monkeypatch, body) for body in ("hi there", "hi")}
    off = form({"Enabled": "false"})
    account = world.account.sid
    world.do(opt_out_lists.switch(world.env, world.tx, account, texts, off))
    plain = {body: statements(world, monkeypatch, body) for body in ("hi there", "hi")}
    assert plain["hi there"] == plain["hi"] == listed["hi there"]
    assert Counter(listed["hi"]) - Counter(plain["hi"]) == Counter(["listed_word_find"])
    assert plain["hi"].count("route") == 1
