from __future__ import annotations

import msgspec
import pytest

from maskline.messaging import senders
from maskline.model.errors import Fault
from maskline.model.messaging_service import MessagingService
from maskline.model.number import Capability, Number, NumberKind
from maskline.model.page import PageRequest
from maskline.proxy import inventory
from tests.support.memory import World, form

PHONE, SHORT = NumberKind.PHONE, NumberKind.SHORT_CODE
FREE, HERE, ELSEWHERE = "+14158670001", "+14158670002", "+14158670003"
STRANGE, CALLS, MEDIA = "+14158670004", "+14158670005", "+14158670006"
CODE, CODE_HERE = "894546", "894547"


@pytest.fixture
def service(world: World) -> MessagingService:
    """A service beside another one, with numbers in every place where a number can be."""
    world.add_number(FREE)
    world.add_number(CALLS, capabilities=int(Capability.VOICE | Capability.FAX))
    world.add_number(MEDIA, capabilities=int(Capability.MMS))
    world.add_number(STRANGE, account=world.add_account())
    world.add_number(CODE, kind="short-code", sid="SC" + "1" * 32)
    code = world.add_number(CODE_HERE, kind="short-code", sid="SC" + "2" * 32)
    world.add_messaging_service(world.add_number(ELSEWHERE))
    return world.add_messaging_service(world.add_number(HERE), code)


def add(
    world: World, service: MessagingService | str, number: str, kind: NumberKind = PHONE
) -> Number:
    """Puts the number, or what has that SID, into the service."""
    sid = number if number[:2].isalpha() else world.number(number).sid
    name = "PhoneNumberSid" if kind is PHONE else "ShortCodeSid"
    return add_form(world, service, kind, {name: sid})


def add_form(
    world: World, service: MessagingService | str, kind: NumberKind, values: dict[str, str]
) -> Number:
    """Sends a form."""
    sid = service if isinstance(service, str) else service.sid
    account = world.account.sid
    return world.do(senders.add(world.env, world.tx, account, sid, kind, form(values)))


def find(world: World, service: MessagingService, kind: NumberKind, sid: str) -> Number:
    """The service's number."""
    return world.do(senders.find(world.tx, world.account.sid, service.sid, kind, sid))


@pytest.mark.parametrize(("text", "kind"), [(FREE, PHONE), (CODE, SHORT), (MEDIA, PHONE)])
def test_add(world: World, service: MessagingService, text: str, kind: NumberKind) -> None:
    before = world.number(text)
    now = world.clock.advance(1000)
    added = add(world, service, text, kind)
    assert added == world.number(text)
    assert added == msgspec.structs.replace(
        before, messaging_service_sid=service.sid, messaging_since=now, diverted=1
    )
    assert find(world, service, kind, added.sid) == added


def test_a_number_of_a_pool_stays_in_it(world: World, service: MessagingService) -> None:
    proxy = world.add_service()
    number = world.add_number(service=proxy)
    added = add(world, service, number.number)
    assert (added.service_sid, added.messaging_service_sid) == (proxy.sid, service.sid)


@pytest.mark.parametrize(
    ("number", "kind", "code", "status"),
    [
        pytest.param(HERE, PHONE, 21710, 409, id="in this service"),
        pytest.param(CODE_HERE, SHORT, 21710, 409, id="a short code in this service"),
        pytest.param(ELSEWHERE, PHONE, 21712, 400, id="in another service"),
        pytest.param(CALLS, PHONE, 21715, 400, id="takes no messages"),
        pytest.param(STRANGE, PHONE, 20404, 404, id="another account's"),
        pytest.param("PN" + "0" * 32, PHONE, 20404, 404, id="nobody's"),
        pytest.param("SC" + "0" * 32, SHORT, 20404, 404, id="nobody's short code"),
        pytest.param("SC" + "1" * 32, PHONE, 21421, 400, id="a short code's SID"),
        pytest.param("PN" + "1" * 32, SHORT, 21421, 400, id="a phone number's SID"),
        pytest.param("PN1", PHONE, 21421, 400, id="no SID"),
    ],
)
def test_add_is_refused(
    world: World, service: MessagingService, number: str, kind: NumberKind, code: int, status: int
) -> None:
    before = world.rows("SELECT * FROM numbers ORDER BY sid")
    with pytest.raises(Fault) as caught:
        add(world, service, number, kind)
    assert (caught.value.code, caught.value.status) == (code, status)
    assert number not in caught.value.message
    assert world.rows("SELECT * FROM numbers ORDER BY sid") == before


@pytest.mark.parametrize("kind", NumberKind)
def test_the_sid_is_required(world: World, service: MessagingService, kind: NumberKind) -> None:
    with pytest.raises(Fault, match="Sid is required"):
        add_form(world, service, kind, {"Sid": world.number(FREE).sid})


def test_a_service_that_is_not_there(world: World, service: MessagingService) -> None:
    other = world.add_account().sid
    missing = "MG" + "0" * 32
    sid = world.number(HERE).sid
    request = PageRequest()
    for account, where in ((world.account.sid, missing), (other, service.sid)):
        params = form({"PhoneNumberSid": sid})
        for use_case in (
            senders.add(world.env, world.tx, account, where, PHONE, params),
            senders.find(world.tx, account, where, PHONE, sid),
            senders.page(world.tx, account, where, PHONE, request),
            senders.remove(world.env, world.tx, account, where, PHONE, sid),
        ):
            with pytest.raises(Fault) as caught:
                world.do(use_case)
            assert (caught.value.code, caught.value.status) == (21701, 404)
    assert world.number(HERE).messaging_service_sid == service.sid


def test_a_service_takes_so_many(world: World, service: MessagingService) -> None:
    world.change("limits", messaging_service_numbers=3)
    add(world, service, FREE)
    with pytest.raises(Fault) as caught:
        add(world, service, CODE, SHORT)
    assert (caught.value.code, caught.value.status) == (21714, 412)
    assert "3" in caught.value.message
    world.do(
        senders.remove(
            world.env, world.tx, world.account.sid, service.sid, PHONE, world.number(HERE).sid
        )
    )
    add(world, service, CODE, SHORT)


def test_pages_and_removal(world: World, service: MessagingService) -> None:
    account, request = world.account.sid, PageRequest()

    def listed(kind: NumberKind) -> list[str]:
        page = world.do(senders.page(world.tx, account, service.sid, kind, request))
        return [one.number for one in page.records]

    assert (listed(PHONE), listed(SHORT)) == ([HERE], [CODE_HERE])
    here, code = world.number(HERE), world.number(CODE_HERE)
    for kind, sid in ((SHORT, here.sid), (PHONE, code.sid), (PHONE, world.number(ELSEWHERE).sid)):
        with pytest.raises(Fault) as caught:
            world.do(senders.remove(world.env, world.tx, account, service.sid, kind, sid))
        assert caught.value.code == 20404
    world.do(senders.remove(world.env, world.tx, account, service.sid, PHONE, here.sid))
    assert (listed(PHONE), listed(SHORT)) == ([], [CODE_HERE])
    left = world.number(HERE)
    assert (left.messaging_service_sid, left.messaging_since, left.diverted) == (None, None, 0)
    assert add(world, service, HERE).messaging_service_sid == service.sid


def test_a_number_that_is_released_leaves(world: World, service: MessagingService) -> None:
    sid = world.number(HERE).sid
    world.do(inventory.release(world.tx, world.account.sid, sid))
    with pytest.raises(Fault):
        find(world, service, PHONE, sid)
    assert world.do(world.tx.messaging_services.count(service.sid)) == 1
