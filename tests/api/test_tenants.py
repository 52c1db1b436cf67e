"""Accounts see nothing of each other, whatever they ask for."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest
from twilio.rest import Client
from twilio.rest.proxy.v1.service import ServiceInstance

from maskline.jobs import new_job
from maskline.messaging import opt_out_lists
from maskline.messaging.opt_outs import Sender, new_opt_out
from maskline.model.call import Call
from maskline.model.form import Form
from maskline.model.job import Status
from maskline.model.message import Media, Message
from maskline.model.opt_out import OptOutSource
from maskline.store.contract import Transaction
from tests.api.wire import Wire, error
from tests.support.server import RunningServer


@pytest.fixture
def estate(
    server: RunningServer, client: Client, stocked: ServiceInstance, person: Callable[[], str]
) -> dict[str, str]:
    """One of everything that the first account can have, by the first letters of its SID."""
    env, now = server.server.env, server.server.env.clock()
    session = stocked.sessions.create(
        unique_name=f"secret-{stocked.sid}", participants=[{"Identifier": person()}]
    )
    participant = session.participants.list()[0]
    interaction = participant.message_interactions.create(body="secret")
    message = Message(
        sid=env.sids.new("MM"),
        account_sid=server.account_sid,
        direction="inbound",
        sender=person(),
        recipient=person(),
        body="secret",
        status="received",
        error_code=None,
        num_media=1,
        num_segments=1,
        carrier="simulator",
        provider_id=None,
        interaction_sid=None,
        date_created=now,
        date_sent=now,
        date_updated=now,
    )
    medium = Media(
        env.sids.new("ME"), server.account_sid, message.sid, 0, "image/png", "https://x.test/", now
    )
    call = Call(
        sid=env.sids.new("CA"),
        account_sid=server.account_sid,
        parent_call_sid=None,
        direction="inbound",
        caller=person(),
        called=person(),
        status="completed",
        carrier="simulator",
        provider_id=None,
        interaction_sid=None,
        start_time=now,
        end_time=now,
        duration=0,
        date_created=now,
        date_updated=now,
    )
    texts = client.messaging.v1.services.create(
        friendly_name="secret", use_inbound_webhook_on_number=True
    )
    texts.phone_numbers.create(phone_number_sid=participant.proxy_identifier_sid)
    abroad = texts.destination_alpha_senders.create(alpha_sender="Secret")
    words = server.transact(lambda tx: _listed(server, tx, texts.sid))
    opt_out = server.transact(lambda tx: _opted_out(server, tx, person()))
    server.transact(lambda tx: tx.messages.add_many([message]))
    server.transact(lambda tx: tx.messages.add_media([medium]))
    server.transact(lambda tx: tx.calls.add_many([call]))
    server.settle()
    return {
        "AC": server.account_sid,
        "KS": stocked.sid,
        "MG": texts.sid,
        "KC": session.sid,
        "KP": participant.sid,
        "KI": interaction.sid,
        "PN": participant.proxy_identifier_sid,
        "SK": client.new_keys.create().sid,
        "MM": message.sid,
        "ME": medium.sid,
        "CA": call.sid,
        "AI": abroad.sid,
        "OL": words,
        "OO": opt_out,
        "JB": server.transact(lambda tx: _dead_letter(server, tx)),
    }


async def _opted_out(server: RunningServer, tx: Transaction, person: str) -> str:
    """The SID of an opt-out from a number that is not there any more."""
    sender = Sender(server.account_sid, "+14158670000")
    opt_out = new_opt_out(server.server.env, sender, person, OptOutSource.KEYWORD, "stop")
    assert await tx.opt_outs.add(opt_out)
    return opt_out.sid


async def _listed(server: RunningServer, tx: Transaction, texts: str) -> str:
    """The SID of a list of opt-out words."""
    form = Form({"Language": ["GERMAN"]})
    env, account = server.server.env, server.account_sid
    return (await opt_out_lists.create(env, tx, account, texts, form)).sid


async def _dead_letter(server: RunningServer, tx: Transaction) -> str:
    """The SID of a dead letter."""
    told = Status("https://a.example/", "POST", "AC", "KS", "SM", ())
    job = new_job(server.server.env, "status", told, server.account_sid, "", 0)
    await tx.outbox.add_many([msgspec.structs.replace(job, state="dead", owner="")])
    return job.sid


PROXY = [
    (method, f"/proxy/v1/Services/{path}".rstrip("/"))
    for path, methods in (
        ("{KS}", "GET POST DELETE"),
        ("{KS}/Sessions", "GET POST"),
        ("{KS}/Sessions/{KC}", "GET POST DELETE"),
        ("{KS}/Sessions/{KC}/Participants", "GET POST"),
        ("{KS}/Sessions/{KC}/Participants/{KP}", "GET DELETE"),
        ("{KS}/Sessions/{KC}/Participants/{KP}/MessageInteractions", "GET POST"),
        ("{KS}/Sessions/{KC}/Participants/{KP}/MessageInteractions/{KI}", "GET"),
        ("{KS}/Sessions/{KC}/Interactions", "GET"),
        ("{KS}/Sessions/{KC}/Interactions/{KI}", "GET DELETE"),
        ("{KS}/PhoneNumbers", "GET POST"),
        ("{KS}/PhoneNumbers/{PN}", "GET POST DELETE"),
        ("{KS}/ShortCodes", "GET POST"),
        ("{KS}/ShortCodes/{PN}", "GET POST DELETE"),
    )
    for method in methods.split()
]
MESSAGING = [
    (method, f"/messaging/v1/{path}", code)
    for path, methods, code in (
        ("Services/{MG}", "GET POST DELETE", 20404),
        ("Services/{MG}/PhoneNumbers", "GET POST", 21701),
        ("Services/{MG}/PhoneNumbers/{PN}", "GET DELETE", 21701),
        ("Services/{MG}/ShortCodes", "GET POST", 21701),
        ("Services/{MG}/ShortCodes/{PN}", "GET DELETE", 21701),
        ("Services/{MG}/AlphaSenders", "GET POST", 21701),
        ("Services/{MG}/AlphaSenders/{AI}", "GET DELETE", 21701),
        ("Services/{MG}/DestinationAlphaSenders", "GET POST", 21701),
        ("Services/{MG}/DestinationAlphaSenders/{AI}", "GET DELETE", 21701),
        ("Services/{MG}/ChannelSenders", "GET POST", 21701),
        ("Services/{MG}/AdvancedOptOut", "GET POST", 21701),
        ("Services/{MG}/AdvancedOptOut/Lists", "GET POST", 21701),
        ("Services/{MG}/AdvancedOptOut/Lists/{OL}", "GET POST DELETE", 21701),
        ("OptOuts/{OO}", "GET DELETE", 20404),
    )
    for method in methods.split()
]
MONITOR = [("GET", "/monitor/v1/Jobs/{JB}"), ("POST", "/monitor/v1/Jobs/{JB}")]
CORE = [
    (method, path)
    for path, methods in (
        ("Keys/{SK}.json", "GET POST DELETE"),
        ("IncomingPhoneNumbers/{PN}.json", "GET POST DELETE"),
        ("Messages/{MM}.json", "GET DELETE"),
        ("Messages/{MM}/Media.json", "GET"),
        ("Messages/{MM}/Media/{ME}.json", "GET DELETE"),
        ("Messages/{MM}/Media/{ME}", "GET DELETE"),
        ("Calls/{CA}.json", "GET DELETE"),
    )
    for method in methods.split()
]
#: What shows whether any of them had an effect.
READABLE = (
    "/proxy/v1/Services/{KS}",
    "/proxy/v1/Services/{KS}/Sessions",
    "/proxy/v1/Services/{KS}/Sessions/{KC}/Participants",
    "/proxy/v1/Services/{KS}/Sessions/{KC}/Interactions",
    "/proxy/v1/Services/{KS}/PhoneNumbers",
    "/messaging/v1/Services/{MG}",
    "/messaging/v1/Services/{MG}/PhoneNumbers",
    "/messaging/v1/Services/{MG}/DestinationAlphaSenders/{AI}",
    "/messaging/v1/Services/{MG}/AdvancedOptOut",
    "/messaging/v1/Services/{MG}/AdvancedOptOut/Lists/{OL}",
    "/messaging/v1/OptOuts/{OO}",
    "/monitor/v1/Jobs/{JB}",
    "/api/2010-04-01/Accounts/{AC}/Keys/{SK}.json",
    "/api/2010-04-01/Accounts/{AC}/IncomingPhoneNumbers/{PN}.json",
    "/api/2010-04-01/Accounts/{AC}/Messages/{MM}.json",
    "/api/2010-04-01/Accounts/{AC}/Messages/{MM}/Media.json",
    "/api/2010-04-01/Accounts/{AC}/Calls/{CA}.json",
)
FORMS = {
    "Sessions": {"UniqueName": "x"},
    "Participants": {"Identifier": "+12024561414"},
    "MessageInteractions": {"Body": "x"},
}


def test_nothing_is_reached_with_other_credentials(
    wire: Wire, other: Wire, estate: dict[str, str]
) -> None:
    everything = {
        path: wire.get(path).json() for path in (one.format(**estate) for one in READABLE)
    }
    for method, template in PROXY:
        path = template.format(**estate)
        form = FORMS.get(path.rsplit("/", 1)[1], {}) if method == "POST" else None
        if method == "POST" and "PhoneNumbers" in path:
            form = {"Sid": estate["PN"]}
        answer = other.send(method, path, data=form)
        assert error(answer) == (404, 20404), (method, path)
    for method, template, code in MESSAGING:
        path = template.format(**estate)
        form = {"PhoneNumberSid": estate["PN"]} if method == "POST" else None
        assert error(other.send(method, path, data=form)) == (404, code), (method, path)
    for method, template in MONITOR:
        path = template.format(**estate)
        form = {"Action": "discard"} if method == "POST" else None
        assert error(other.send(method, path, data=form)) == (404, 20404), (method, path)
    for method, template in CORE:
        tail = template.format(**estate)
        assert error(other.send(method, other.core(tail))) == (404, 20404), (method, tail)
        assert error(other.send(method, wire.core(tail))) == (401, 20003), (method, tail)
    for path, before in everything.items():
        assert wire.get(path).json() == before, path


def test_a_tenants_names_and_numbers_are_hidden(
    wire: Wire, other: Wire, client: Client, estate: dict[str, str]
) -> None:
    theirs = client.proxy.v1.services(estate["KS"]).fetch()
    assert error(other.get(f"/proxy/v1/Services/{theirs.unique_name}")) == (404, 20404)
    mine = other.post("/proxy/v1/Services", {"UniqueName": theirs.unique_name})
    assert mine.status_code == 201
    own = f"/proxy/v1/Services/{mine.json()['sid']}"
    assert error(other.get(f"{own}/Sessions/{estate['KC']}")) == (404, 20404)
    assert error(other.get(f"{own}/PhoneNumbers/{estate['PN']}")) == (404, 20404)
    number = client.incoming_phone_numbers(estate["PN"]).fetch().phone_number
    assert error(other.post(f"{own}/PhoneNumbers", {"Sid": estate["PN"]})) == (404, 80301)
    assert error(other.post(f"{own}/PhoneNumbers", {"PhoneNumber": number})) == (404, 80301)
    texts = f"{other.messaging_service()}/PhoneNumbers"
    assert error(other.post(texts, {"PhoneNumberSid": estate["PN"]})) == (404, 20404)
    session = f"{own}/Sessions/{other.post(f'{own}/Sessions', {}).json()['sid']}"
    for choice in ({"ProxyIdentifier": number}, {"ProxyIdentifierSid": estate["PN"]}):
        answer = other.post(f"{session}/Participants", {"Identifier": "+12024561414", **choice})
        assert error(answer) == (400, 80606)
    assert error(other.post(other.core("IncomingPhoneNumbers.json"), {"PhoneNumber": number})) == (
        400,
        21422,
    )


@pytest.mark.parametrize(
    "path",
    ["Keys.json", "IncomingPhoneNumbers.json", "Messages.json", "Calls.json"],
)
def test_lists_show_ones_own_only(other: Wire, estate: dict[str, str], path: str) -> None:
    key = {"Keys": "keys", "Messages": "messages", "Calls": "calls"}.get(
        path.removesuffix(".json"), "incoming_phone_numbers"
    )
    listed = other.get(other.core(path), PageSize=100).json()[key]
    assert all(one.get("account_sid", other.account_sid) == other.account_sid for one in listed)
    assert not {one["sid"] for one in listed} & set(estate.values())
    for services in ("/proxy/v1/Services", "/messaging/v1/Services"):
        listed = other.get(services, PageSize=100).json()["services"]
        assert all(one["account_sid"] == other.account_sid for one in listed)
        assert not {one["sid"] for one in listed} & set(estate.values())


def test_a_closed_sessions_number_may_change_hands(
    client: Client, other: Wire, stocked: ServiceInstance, person: Callable[[], str]
) -> None:
    """A number that another account bought afterwards never carries the old session's traffic."""
    session = stocked.sessions.create(participants=[{"Identifier": person()}])
    participant = session.participants.list()[0]
    session.update(status="closed")
    client.incoming_phone_numbers(participant.proxy_identifier_sid).delete()
    bought = other.post(
        other.core("IncomingPhoneNumbers.json"), {"PhoneNumber": participant.proxy_identifier}
    )
    assert bought.status_code == 201
    with pytest.raises(Exception, match="pool"):
        session.update(status="in-progress")
    assert session.fetch().status == "closed"
