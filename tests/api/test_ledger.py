"""What a mark claims is held against the requests of its test."""

from __future__ import annotations

import falcon
import falcon.testing
import pytest

from tests.api.ledger import Exchange, recording, rows, unproven

FETCH = "GET /api/2010-04-01/Accounts/{AccountSid}/Keys/{Sid}.json"
LIST = "GET /api/2010-04-01/Accounts/{AccountSid}/Keys.json"
KEY = {"sid": "SK1", "friendly_name": "", "date_created": "", "date_updated": ""}


def exchange(
    path: str, status: int = 200, body: object = None, parameters: tuple[str, ...] = ()
) -> Exchange:
    whole = f"/api/2010-04-01/Accounts/AC1/{path}"
    return Exchange("GET", whole, frozenset(parameters), status, body)


def missing(exchanges: list[Exchange], *mark: str) -> list[str]:
    return unproven([pytest.mark.covers.with_args(*mark).mark], exchanges)


def test_all_fields_are_in_one_answer() -> None:
    whole = exchange("Keys/SK1.json", body=KEY)
    assert missing([whole], FETCH, "field:*") == []
    for field in rows()[FETCH]["fields"]:
        rest = {name: value for name, value in KEY.items() if name != field}
        halves = [
            exchange("Keys/SK1.json", body=rest),
            exchange("Keys/SK1.json", body={field: ""}),
        ]
        assert missing(halves, FETCH, "field:*") == [f"{FETCH} field:*"]
    assert missing([exchange("Keys/SK1.json", 404, KEY)], FETCH, "field:*")
    assert missing([exchange("Calls/CA1.json", body=KEY)], FETCH, "field:*")


def test_all_parameters_were_sent_by_some_request() -> None:
    sent = [
        exchange("Keys.json", parameters=("PageSize", "Page")),
        exchange("Keys.json", parameters=("PageToken",)),
    ]
    assert missing(sent, LIST, "param:*") == []
    assert missing(sent[:1], LIST, "param:*") == [f"{LIST} param:*"]


def test_a_refusal_with_another_code() -> None:
    refusal = exchange("Keys/SK1.json", 404, {"code": 20404})
    assert missing([refusal], "not:80409") == []
    assert missing([refusal], FETCH, "not:80409") == []
    assert missing([refusal], "not:20404") == [" not:20404"]
    assert missing([exchange("Keys/SK1.json", body=KEY)], "not:80409") == [" not:80409"]


def test_without_an_operation_any_request_is_proof() -> None:
    refusal = exchange("Keys/SK1.json", 404, {"code": 20404})
    assert missing([refusal], "code:20404") == []
    assert missing([refusal], "code:20003") == [" code:20003"]
    assert missing([], "code:20404")


def test_the_frameworks_own_client_is_recorded_too() -> None:
    class Hello:
        def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
            resp.media = {"code": 7}

    app = falcon.App()
    app.add_route("/hello", Hello())
    with recording() as exchanges:
        falcon.testing.TestClient(app).simulate_get("/hello")
    assert exchanges == [Exchange("GET", "/hello", frozenset(), 200, {"code": 7})]
    assert missing(exchanges, "GET /hello", "code:7") == []
