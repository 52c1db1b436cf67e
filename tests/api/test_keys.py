"""API keys and the account itself, through the official SDK."""

from __future__ import annotations

import datetime

import pytest
from twilio.base.exceptions import TwilioException
from twilio.rest import Client

from tests.api.conftest import Refused
from tests.api.wire import Wire, error, unique


@pytest.mark.covers(
    "POST /api/2010-04-01/Accounts/{AccountSid}/Keys.json",
    "status:201",
    "param:FriendlyName",
    "field:sid",
    "field:friendly_name",
    "field:date_created",
    "field:date_updated",
    "field:secret",
    "code:20001",
)
@pytest.mark.covers(
    "GET /api/2010-04-01/Accounts/{AccountSid}/Keys/{Sid}.json",
    "status:200",
    "field:sid",
    "field:friendly_name",
    "code:20404",
)
@pytest.mark.covers(
    "POST /api/2010-04-01/Accounts/{AccountSid}/Keys/{Sid}.json",
    "status:200",
    "param:FriendlyName",
    "field:friendly_name",
    "code:20404",
)
@pytest.mark.covers(
    "GET /api/2010-04-01/Accounts/{AccountSid}/Keys.json",
    "status:200",
    "field:sid",
    "field:first_page_uri",
    "field:next_page_uri",
    "field:page_size",
)
@pytest.mark.covers(
    "DELETE /api/2010-04-01/Accounts/{AccountSid}/Keys/{Sid}.json", "status:204", "code:20404"
)
def test_the_life_of_a_key(client: Client, refused: Refused, wire: Wire) -> None:
    name = unique()
    new = client.new_keys.create(friendly_name=name)
    assert new.sid.startswith("SK")
    assert len(new.secret) == 32
    assert new.friendly_name == name
    assert isinstance(new.date_created, datetime.datetime)
    key = client.keys(new.sid)
    assert key.fetch().friendly_name == name
    assert not hasattr(key.fetch(), "secret")
    raw = wire.get(wire.core(f"Keys/{new.sid}.json"))
    assert set(raw.json()) == {"sid", "friendly_name", "date_created", "date_updated"}
    assert new.sid in [one.sid for one in client.keys.list()]
    assert key.update(friendly_name="Renamed").friendly_name == "Renamed"
    assert key.update().friendly_name == "Renamed"
    assert refused(client.new_keys.create, friendly_name="x" * 65) == 20001
    assert key.delete() is True
    assert refused(key.fetch, http=404) == 20404
    assert refused(key.update, friendly_name="x", http=404) == 20404
    assert refused(key.delete, http=404) == 20404


@pytest.mark.covers("GET /proxy/v1/Services", "status:200", "code:20003")
def test_a_key_opens_the_api_until_it_is_deleted(client: Client, wire: Wire) -> None:
    new = client.new_keys.create()
    assert new.friendly_name == ""
    opened = Client(new.sid, new.secret, wire.account_sid)
    opened.proxy.base_url, opened.api.base_url = f"{wire.url}/proxy", f"{wire.url}/api"
    service = opened.proxy.v1.services.create(unique_name=unique())
    assert service.account_sid == wire.account_sid
    assert service.sid in [one.sid for one in client.proxy.v1.services.list(limit=5)]
    assert isinstance(opened.incoming_phone_numbers.list(limit=1), list)
    client.keys(new.sid).delete()
    with pytest.raises(TwilioException, match="20003"):
        opened.proxy.v1.services.list()


@pytest.mark.covers("GET /api/2010-04-01/Accounts/{AccountSid}/Keys.json", "code:20006")
@pytest.mark.covers("POST /api/2010-04-01/Accounts/{AccountSid}/Keys.json", "code:20006")
@pytest.mark.covers("GET /api/2010-04-01/Accounts/{AccountSid}/Keys/{Sid}.json", "code:20006")
@pytest.mark.covers("POST /api/2010-04-01/Accounts/{AccountSid}/Keys/{Sid}.json", "code:20006")
@pytest.mark.covers("DELETE /api/2010-04-01/Accounts/{AccountSid}/Keys/{Sid}.json", "code:20006")
@pytest.mark.covers("GET /api/2010-04-01/Accounts/{Sid}.json", "code:20006")
def test_a_key_reaches_neither_keys_nor_the_token(client: Client, wire: Wire) -> None:
    new = client.new_keys.create()
    auth = (new.sid, new.secret)
    account = f"/api/2010-04-01/Accounts/{wire.account_sid}.json"
    keys, one = wire.core("Keys.json"), wire.core(f"Keys/{new.sid}.json")
    for method, path in (
        ("GET", account),
        ("GET", keys),
        ("POST", keys),
        ("GET", one),
        ("POST", one),
        ("DELETE", one),
    ):
        answer = wire.send(method, path, auth=auth)
        assert error(answer) == (403, 20006)
        assert wire.auth[1] not in answer.text
    assert client.keys(new.sid).fetch().sid == new.sid


@pytest.mark.covers(
    "GET /api/2010-04-01/Accounts/{Sid}.json",
    "status:200",
    "field:sid",
    "field:owner_account_sid",
    "field:friendly_name",
    "field:auth_token",
    "field:status",
    "field:type",
    "field:date_created",
    "field:date_updated",
    "field:uri",
    "field:subresource_uris.messages",
    "field:subresource_uris.calls",
    "field:subresource_uris.keys",
    "field:subresource_uris.incoming_phone_numbers",
    "field:subresource_uris.available_phone_numbers",
)
def test_the_account(client: Client, wire: Wire) -> None:
    account = client.api.v2010.accounts(wire.account_sid).fetch()
    assert account.sid == account.owner_account_sid == wire.account_sid
    assert account.auth_token == wire.auth[1]
    assert (account.status, account.type) == ("active", "Full")
    assert account.uri == f"/2010-04-01/Accounts/{wire.account_sid}.json"
    for uri in account.subresource_uris.values():
        if "Available" not in uri:
            assert wire.get(f"/api{uri}").status_code == 200
