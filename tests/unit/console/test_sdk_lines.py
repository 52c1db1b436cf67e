"""Requests as lines of code: what the SDKs take, and what no text may turn into."""

from __future__ import annotations

import ast
import inspect
import re
import shlex
import subprocess
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twilio.rest import Client

from maskline.console.sdk_lines import _RESOURCES, Call, _snake, snippets
from tests.support.programs import find

BASE = "https://mask.example"
AC, KS, KC, KP = ("AC" + "1" * 32, "KS" + "2" * 32, "KC" + "3" * 32, "KP" + "4" * 32)
SESSION = f"/proxy/v1/Services/{KS}/Sessions/{KC}"
CORE = f"/api/2010-04-01/Accounts/{AC}"


def lines(method: str, path: str, *params: tuple[str, str]) -> dict[str, str]:
    return dict(snippets(Call(method, path, params, AC), BASE))


def squeezed(code: str) -> str:
    """Code without the spaces by which it is broken into lines."""
    return re.sub(r",?\s*\n\s*(?=[.)}\]a-z])", "", code)


#: A request, and what stands in the Python and in the Node.js lines.
CASES: dict[str, tuple[tuple[Any, ...], str, str]] = {
    "create": (
        ("POST", "/proxy/v1/Services", ("UniqueName", "rides"), ("DefaultTtl", "3600")),
        'client.proxy.v1.services.create(unique_name="rides", default_ttl=3600)',
        'client.proxy.v1.services.create({ uniqueName: "rides", defaultTtl: 3600 })',
    ),
    "update": (
        ("POST", SESSION, ("Status", "closed")),
        f'.services("{KS}").sessions("{KC}").update(status="closed")',
        f'.services("{KS}").sessions("{KC}").update({{ status: "closed" }})',
    ),
    "fetch": (
        ("GET", f"{SESSION}/Participants/{KP}"),
        f'.participants("{KP}").fetch()',
        f'.participants("{KP}").fetch()',
    ),
    "list": (
        ("GET", f"{SESSION}/Interactions", ("PageSize", "20"), ("Page", "1"), ("PageToken", "x")),
        ".interactions.list(page_size=20)",
        ".interactions.list({ pageSize: 20 })",
    ),
    "delete": (
        ("DELETE", f"{CORE}/Keys/SK{'5' * 32}.json"),
        f'client.keys("SK{"5" * 32}").delete()',
        f'client.keys("SK{"5" * 32}").remove()',
    ),
    "made under another name": (
        ("POST", f"{CORE}/Keys.json", ("FriendlyName", "backend")),
        'client.new_keys.create(friendly_name="backend")',
        'client.newKeys.create({ friendlyName: "backend" })',
    ),
    "several values": (
        (
            "POST",
            f"{SESSION}/Participants/{KP}/MessageInteractions",
            ("Body", "a"),
            ("MediaUrl", "https://a.example/1"),
            ("MediaUrl", "https://a.example/2"),
        ),
        'create(body="a", media_url=["https://a.example/1", "https://a.example/2"])',
        'create({ body: "a", mediaUrl: ["https://a.example/1", "https://a.example/2"] })',
    ),
    "one of what may be several": (
        ("POST", f"{SESSION}/Participants/{KP}/MessageInteractions", ("MediaUrl", "u")),
        'create(media_url=["u"])',
        'create({ mediaUrl: ["u"] })',
    ),
    "truth": (
        ("POST", f"/proxy/v1/Services/{KS}/PhoneNumbers", ("Sid", "PN1"), ("IsReserved", "true")),
        'phone_numbers.create(sid="PN1", is_reserved=True)',
        'phoneNumbers.create({ sid: "PN1", isReserved: true })',
    ),
    "a word of the language": (
        ("GET", f"{CORE}/Messages.json", ("From", "+1415868XXXX")),
        'client.messages.list(from_="+1415868XXXX")',
        'client.messages.list({ from: "+1415868XXXX" })',
    ),
    "a country in the path": (
        ("GET", f"{CORE}/AvailablePhoneNumbers/US/TollFree.json", ("Contains", "800")),
        'client.available_phone_numbers("US").toll_free.list(contains="800")',
        'client.availablePhoneNumbers("US").tollFree.list({ contains: "800" })',
    ),
    "what is ours alone": (
        ("POST", f"/monitor/v1/Jobs/JB{'6' * 32}", ("Action", "replay")),
        f'client.request("POST", "{BASE}/monitor/v1/Jobs/JB{"6" * 32}", '
        'data={"Action": "replay"})',
        f'client.request({{ method: "post", uri: "{BASE}/monitor/v1/Jobs/JB{"6" * 32}", '
        'data: {"Action": "replay"} })',
    ),
    "a parameter that is ours alone": (
        ("POST", "/proxy/v1/Services", ("UniqueName", "a"), ("Ours", "b")),
        'client.request("POST", "https://mask.example/proxy/v1/Services", '
        'data={"UniqueName": "a", "Ours": "b"})',
        'client.request({ method: "post", uri: "https://mask.example/proxy/v1/Services", '
        'data: {"UniqueName": "a", "Ours": "b"} })',
    ),
    "a query of what is ours alone": (
        ("GET", "/messaging/v1/OptOuts", ("Source", "api")),
        'client.request("GET", "https://mask.example/messaging/v1/OptOuts", '
        'params={"Source": "api"})',
        'client.request({ method: "get", uri: "https://mask.example/messaging/v1/OptOuts", '
        'params: {"Source": "api"} })',
    ),
    "what can't be made": (
        ("POST", f"{SESSION}/Interactions", ("A", "b")),
        'client.request("POST", ',
        "client.request({ ",
    ),
    "a method that the SDKs have not": (
        ("PUT", "/proxy/v1/Services"),
        'client.request("PUT", "https://mask.example/proxy/v1/Services")',
        'client.request({ method: "put", uri: "https://mask.example/proxy/v1/Services" })',
    ),
    "the account itself": (
        ("GET", f"{CORE}.json"),
        'client.request("GET", ',
        "client.request({ ",
    ),
    "a product that the SDKs name otherwise": (
        ("POST", "/accounts/v1/Consents/Bulk", ("Items", "{}")),
        'client.request("POST", ',
        "client.request({ ",
    ),
    "a product without more": (
        ("GET", "/proxy/v1"),
        'client.request("GET", "https://mask.example/proxy/v1")',
        "client.request({ ",
    ),
    "a country without more": (
        ("GET", f"{CORE}/AvailablePhoneNumbers/US.json"),
        'client.request("GET", ',
        "client.request({ ",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_request_is_what_a_program_would_write(name: str) -> None:
    (method, path, *params), python, node = CASES[name]
    found = lines(method, path, *params)
    ast.parse(found["python"])
    flat = {language: squeezed(code) for language, code in found.items()}
    assert squeezed(python) in flat["python"]
    assert squeezed(node) in flat["node"]
    assert f"https://mask.example{path}" in found["curl"]
    for key, value in params:
        assert shlex.join([f"{key}={value}"]) in found["curl"]


def test_many_parameters_stand_one_below_the_other() -> None:
    found = lines(
        "POST",
        f"{SESSION}/Participants",
        ("Identifier", "+1212555XXXX"),
        ("FriendlyName", "[redacted]"),
        ("ProxyIdentifier", "+1415868XXXX"),
    )
    assert found["python"].splitlines()[-10:] == [
        "answer = (",
        f'    client.proxy.v1.services("{KS}")',
        f'    .sessions("{KC}")',
        "    .participants.create(",
        '        identifier="+1212555XXXX",',
        '        friendly_name="[redacted]",',
        '        proxy_identifier="+1415868XXXX",',
        "    )",
        ")",
        "print(answer)",
    ]
    assert "  .participants.create({\n    identifier: " in found["node"]


@given(name=st.text(max_size=40), value=st.text(max_size=60))
def test_no_text_becomes_code(name: str, value: str) -> None:
    """Whatever a program once sent, lines that are copied hold it as a text."""
    for path, key in (("/proxy/v1/Services", "UniqueName"), ("/proxy/v1/Services", name)):
        found = lines("POST", path, (key, value))
        tree = ast.parse(found["python"])
        texts = [one.value for one in ast.walk(tree) if isinstance(one, ast.Constant)]
        assert value in texts or value.lower() in ("true", "false")
        calls = [one for one in ast.walk(tree) if isinstance(one, ast.Call)]
        assert len(calls) == 3
        words = shlex.split(found["curl"].replace("\\\n", ""), posix=True)
        assert words[-1] == f"{key}={value}"
        assert words[:4] == ["curl", "-X", "POST", f"{BASE}{path}"]


@pytest.mark.needs("node")
def test_node_reads_the_lines(tmp_path: Any) -> None:
    script = tmp_path / "all.mjs"
    bodies = []
    for (method, path, *params), _, _ in CASES.values():
        code = lines(method, path, *params, ("Nasty", "'\"`${x}\\\n\u2028"))["node"]
        bodies.append("async () => {" + code.split(";", 1)[1] + "}")
    script.write_text("export default [" + ",\n".join(bodies) + "];", "utf-8")
    said = subprocess.run(
        [find("node"), "--check", str(script)], capture_output=True, text=True, check=False
    )
    assert said.returncode == 0, said.stderr


def test_the_official_sdk_takes_every_method_and_parameter() -> None:
    client = Client("AC", "x")
    roots: dict[str, Any] = {
        "proxy": client.proxy.v1,
        "messaging": client.messaging.v1,
        "monitor": client.monitor.v1,
        "api": client,
    }
    for place, resource in _RESOURCES.items():
        at: Any = roots[place.partition("/")[0]]
        parts = place.split("/")[1:]
        for depth, part in enumerate(parts[:-1]):
            if part != "{}":
                here = _RESOURCES.get("/".join(place.split("/")[: depth + 2]))
                at = getattr(at, here.name if here else _snake(part))
            else:
                at = at("SID")
        listed = getattr(at, resource.name)
        takes = {*inspect.signature(listed.list).parameters}
        assert {_snake(one) for one in resource.filters | {"PageSize"}} <= takes, place
        if resource.create is not None:
            makes = getattr(at, resource.created_by or resource.name).create
            assert {_snake(one) for one in resource.create} <= {
                *inspect.signature(makes).parameters
            }, place
        if resource.update is not None:
            changes = listed("SID").update
            assert {_snake(one) for one in resource.update} <= {
                *inspect.signature(changes).parameters
            }, place
