"""Error codes that no resource's own tests meet, and codes of Twilio's that we answer otherwise."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from twilio.rest.proxy.v1.service import ServiceInstance

from tests.api.wire import Wire, error
from tests.support.server import RunningServer


@pytest.fixture
def inside(stocked: ServiceInstance) -> str:
    """The path of a session."""
    return f"/proxy/v1/Services/{stocked.sid}/Sessions/{stocked.sessions.create().sid}"


@pytest.mark.covers("not:80401")
def test_a_malformed_account_sid(wire: Wire) -> None:
    for account in ("AC1", "nobody", f"SM{wire.account_sid[2:]}"):
        path = f"/api/2010-04-01/Accounts/{account}"
        assert error(wire.get(f"{path}.json")) == (401, 20003)
        assert error(wire.get(f"{path}/Keys.json")) == (401, 20003)


@pytest.mark.covers("not:80403")
@pytest.mark.covers("not:80405")
@pytest.mark.covers("not:80407")
@pytest.mark.covers("not:80409")
@pytest.mark.parametrize("prefix", ["KI", "KP", "PN", "KC", ""])
def test_malformed_sids_in_a_path(wire: Wire, inside: str, prefix: str) -> None:
    service, _, session = inside.rpartition("/Sessions/")
    for wrong in (f"{prefix}1", f"{prefix}{session[2:]}0", f"{prefix}{'g' * 32}"):
        for path in (
            f"{inside}/Interactions/{wrong}",
            f"{inside}/Participants/{wrong}",
            f"{inside}/Participants/{wrong}/MessageInteractions",
            f"{service}/PhoneNumbers/{wrong}",
            f"{service}/Sessions/{wrong}",
            f"{service}/Sessions/{wrong}/Participants",
        ):
            assert error(wire.get(path)) == (404, 20404), path


@pytest.mark.covers("not:80407")
def test_malformed_sids_of_numbers_in_a_form(
    wire: Wire, inside: str, person: Callable[[], str]
) -> None:
    pool = f"{inside.partition('/Sessions/')[0]}/PhoneNumbers"
    assert error(wire.post(pool, {"Sid": "PN1"})) == (400, 80701)
    named = {"Identifier": person(), "ProxyIdentifierSid": "PN1"}
    assert error(wire.post(f"{inside}/Participants", named)) == (400, 80606)


@pytest.mark.covers("not:80406")
def test_numbers_that_are_none(wire: Wire, inside: str) -> None:
    pool = f"{inside.partition('/Sessions/')[0]}/PhoneNumbers"
    for wrong in ("+1555", "4155551234", "+1415555123x"):
        assert error(wire.post(f"{inside}/Participants", {"Identifier": wrong})) == (400, 80404)
        assert error(wire.post(pool, {"PhoneNumber": wrong})) == (404, 80301)
        shop = wire.core("IncomingPhoneNumbers.json")
        assert error(wire.post(shop, {"PhoneNumber": wrong})) == (400, 21421)


@pytest.mark.covers("not:80307")
@pytest.mark.covers("not:80308")
@pytest.mark.covers("not:80503")
def test_updates_and_names_of_nothing(wire: Wire, inside: str) -> None:
    service = inside.partition("/Sessions/")[0]
    nobody = "0" * 32
    for path in (
        f"/proxy/v1/Services/KS{nobody}",
        f"{service}/Sessions/KC{nobody}",
        f"{service}/Sessions/no such name",
        f"{service}/PhoneNumbers/PN{nobody}",
        f"{service}/ShortCodes/SC{nobody}",
    ):
        assert error(wire.post(path, {})) == (404, 20404), path
        assert error(wire.get(path)) == (404, 20404), path
    assert wire.post(inside, {}).status_code == 200
    assert wire.post(service, {}).status_code == 200


def test_numbers_that_are_taken(
    wire: Wire, stocked: ServiceInstance, person: Callable[[], str]
) -> None:
    taken = stocked.phone_numbers.list()[0]
    shop = wire.core("IncomingPhoneNumbers.json")
    assert error(wire.post(shop, {"PhoneNumber": taken.phone_number})) == (400, 21422)
    sessions = f"/proxy/v1/Services/{stocked.sid}/Sessions"
    form = {"Identifier": person(), "ProxyIdentifierSid": taken.sid}
    first, second = (wire.post(sessions, {}).json()["sid"] for _ in range(2))
    assert wire.post(f"{sessions}/{first}/Participants", form).status_code == 201
    assert error(wire.post(f"{sessions}/{second}/Participants", form)) == (400, 80604)


@pytest.mark.covers("POST /proxy/v1/Services/{ServiceSid}/PhoneNumbers", "code:80622")
@pytest.mark.covers("POST /proxy/v1/Services/{ServiceSid}/PhoneNumbers/{Sid}", "code:80622")
@pytest.mark.covers("code:80625")
def test_a_full_pool_and_a_carrier_that_does_not_sign(
    tmp_path: Path, number: Callable[[], str]
) -> None:
    with RunningServer(
        tmp_path,
        MASKLINE_LIMITS_UNRESERVED_NUMBERS="1",
        MASKLINE_LIMITS_RESERVED_NUMBERS="2",
    ) as server:
        wire = Wire(server.url, server.account_sid, server.auth_token)
        service = wire.service()
        pool = f"{service}/PhoneNumbers"

        def add(**form: str) -> tuple[int, str]:
            shop = wire.core("IncomingPhoneNumbers.json")
            sid = wire.post(shop, {"PhoneNumber": number()}).json()["sid"]
            answer = wire.post(pool, {"Sid": sid, **form})
            if answer.status_code == 201:
                return 0, sid
            assert answer.status_code == 400
            return error(answer)[1], sid

        assert add()[0] == 0
        assert add()[0] == 80622
        code, reserved = add(IsReserved="true")
        assert code == 0
        assert add(IsReserved="true")[0] == 0
        assert add(IsReserved="true")[0] == 80622
        one = f"{pool}/{reserved}"
        assert error(wire.post(one, {"IsReserved": "false"})) == (400, 80622)
        assert wire.get(one).json()["is_reserved"] is True
        door = f"/webhooks/v1/Accounts/{wire.account_sid}/Proxy/{service.rpartition('/')[2]}"
        form = {"MessageSid": "SMx", "From": "+12025550123", "To": number(), "Body": "Hello"}
        answer = wire.post(f"{door}/Webhooks/Message", form)
        assert (answer.status_code, answer.json()["code"]) == (403, 80625)
