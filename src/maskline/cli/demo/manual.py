"""How to go on by hand: lines that work when they are pasted into a shell."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterator
from urllib.parse import quote

import msgspec

from maskline.cli.demo.program import Masked, Setting
from maskline.model.account import Account


def lines(base: str, account: Account, setting: Setting) -> Iterator[str]:
    """Comments and commands."""
    alice, bob = setting.alice, setting.bob
    login = shlex.quote(f"{account.sid}:{account.auth_token}")
    session = f"{base}/proxy/v1/Services/{setting.service_sid}/Sessions/{setting.session_sid}"
    yield "# Alice texts; see it on Bob's phone"
    yield _post(base, alice, "messages", {"to": alice.proxy, "body": "By hand"})
    yield f"curl -sS {_phone(base, bob, 'messages')}"
    yield ""
    yield "# Bob calls, and Alice's phone rings: its calls, with the id to answer or reject"
    yield _post(base, bob, "calls", {"to": bob.proxy})
    yield f"curl -sS {_phone(base, alice, 'calls')}"
    yield ""
    yield "# What your program sees: the session's interactions, and the account's messages"
    yield f"curl -sS -u {login} {shlex.quote(f'{session}/Interactions')}"
    messages = f"{base}/api/2010-04-01/Accounts/{account.sid}/Messages.json"
    yield f"curl -sS -u {login} {shlex.quote(messages)}"
    yield ""
    yield "# The same through the official SDK"
    yield f"{shlex.quote(sys.executable)} - <<'EOF'"
    yield from sdk(base, account, setting)
    yield "EOF"


def sdk(base: str, account: Account, setting: Setting) -> Iterator[str]:
    """A program for the SDK."""
    service, session = setting.service_sid, setting.session_sid
    yield "from twilio.rest import Client"
    yield f'client = Client("{account.sid}", "{account.auth_token}")'
    yield f'client.proxy.base_url = "{base}/proxy"'
    yield f'session = client.proxy.v1.services("{service}").sessions("{session}")'
    yield "for one in session.interactions.list():"
    yield "    print(one.sid, one.type, one.outbound_resource_status, one.data)"


def _phone(base: str, masked: Masked, what: str) -> str:
    number = quote(masked.person.number, safe="")
    return shlex.quote(f"{base}/simulator/phones/{number}/{what}")


def _post(base: str, masked: Masked, what: str, body: dict[str, str]) -> str:
    data = shlex.quote(msgspec.json.encode(body).decode())
    return f"curl -sS {_phone(base, masked, what)} -d {data}"
