"""One server for all tests of the API, and the marks that say what a test covers."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Generator, Iterator

import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client
from twilio.rest.proxy.v1.service import ServiceInstance

from maskline.model.account import Account
from maskline.model.call import Call
from maskline.model.message import Message
from maskline.model.number import Number
from maskline.numbers.e164 import Validity, check
from maskline.proxy.inventory import Offer, new_number
from tests.api.ledger import recording, unproven
from tests.api.openapi import problems
from tests.api.records import call_of, media_of, message_of, short_code_of
from tests.api.wire import Wire, unique
from tests.support.engines import lend_database
from tests.support.server import RunningServer

Refused = Callable[..., int]


def pytest_configure(config: pytest.Config) -> None:
    """Registers the mark of the coverage list."""
    config.addinivalue_line(
        "markers", "covers(operation, *claims): what of the API the test covers; see ledger.py"
    )


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, None, None]:
    """Fails a test that claims to cover what it did not ask the server for, or that was answered
    otherwise than Twilio's OpenAPI files say."""
    with recording() as exchanges:
        yield
    missing = unproven(item.iter_markers("covers"), exchanges)
    assert not missing, f"claimed but not seen: {missing}"
    wrong = {problem for exchange in exchanges for problem in problems(exchange)}
    assert not wrong, "\n".join(sorted(wrong))


@pytest.fixture(scope="session")
def server(
    server_engine: str, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningServer]:
    """The server."""
    folder = tmp_path_factory.mktemp("api")
    with (
        lend_database(server_engine, request, folder) as url,
        RunningServer(folder, MASKLINE_DATABASE_URL=url) as running,
    ):
        yield running


@pytest.fixture
def client(server: RunningServer) -> Client:
    """The official SDK, as the first account."""
    return server.client


@pytest.fixture(scope="session")
def wire(server: RunningServer) -> Wire:
    """Plain HTTP, as the first account."""
    return Wire(server.url, server.account_sid, server.auth_token)


@pytest.fixture(scope="session")
def other(server: RunningServer) -> Wire:
    """Plain HTTP, as another account."""
    return add_account(server, "AC" + "2" * 32)


def add_account(server: RunningServer, sid: str, status: str = "active") -> Wire:
    """Plain HTTP as an account that is made for it."""
    token = f"token-of-{sid[-8:]}-0123456789abcdef"
    account = Account(sid, "An account", token, status, 1_700_000_000_000, 1_700_000_000_000)
    server.transact(lambda tx: tx.accounts.add(account))
    return Wire(server.url, sid, token)


def _valid(prefix: str) -> Iterator[str]:
    for line in range(1_000, 10_000):
        if check(f"{prefix}{line}", Validity.strict):
            yield f"{prefix}{line}"


@pytest.fixture(scope="session")
def number() -> Callable[[], str]:
    """Numbers that nobody has bought."""
    numbers = _valid("+1415867")
    return lambda: next(numbers)


@pytest.fixture(scope="session")
def person() -> Callable[[], str]:
    """Real numbers of people who are in no session."""
    people = _valid("+1202456")
    return lambda: next(people)


def add_number(server: RunningServer, number: str, capabilities: int) -> str:
    """The SID of a number that can do no more than the `Capability` flags say."""
    offer = Offer(number, "simulator", capabilities)
    row = new_number(server.server.env, server.account_sid, offer)
    assert server.transact(lambda tx: tx.numbers.add(row))
    return row.sid


@pytest.fixture(scope="session")
def digits() -> Callable[[], str]:
    """Short codes that nobody has."""
    codes = itertools.count(20_000)
    return lambda: str(next(codes))


@pytest.fixture
def short_code(server: RunningServer, digits: Callable[[], str]) -> Number:
    """A short code of the first account."""
    row = short_code_of(server, server.account_sid, digits())
    assert server.transact(lambda tx: tx.numbers.add(row))
    return row


@pytest.fixture
def message(server: RunningServer, person: Callable[[], str]) -> Message:
    """An inbound message with two media."""
    row = message_of(server, server.account_sid, person(), person())
    server.transact(lambda tx: tx.messages.add_many([row]))
    server.transact(lambda tx: tx.messages.add_media(media_of(server, row, 2)))
    return row


@pytest.fixture
def call(server: RunningServer, person: Callable[[], str]) -> Call:
    """A call that was answered."""
    row = call_of(server, server.account_sid, person(), person())
    server.transact(lambda tx: tx.calls.add_many([row]))
    return row


@pytest.fixture
def service(client: Client) -> ServiceInstance:
    """A new Service with an empty pool."""
    return client.proxy.v1.services.create(unique_name=unique())


@pytest.fixture
def stocked(client: Client, service: ServiceInstance, number: Callable[[], str]) -> ServiceInstance:
    """A new Service with two numbers in its pool."""
    for _ in range(2):
        bought = client.incoming_phone_numbers.create(phone_number=number())
        service.phone_numbers.create(sid=bought.sid)
    return service


@pytest.fixture
def refused() -> Refused:
    """Calls something that must be refused, and returns the refusal's code."""

    def call(work: Callable[..., object], *args: object, http: int = 400, **kwargs: object) -> int:
        with pytest.raises(TwilioRestException) as caught:
            work(*args, **kwargs)
        assert caught.value.status == http
        return int(caught.value.code)

    return call
